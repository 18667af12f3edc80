"""Who is entered twice: a colleague's lead that nobody else sees, and what looked alike.

The customers of the story have two pairs of their own, which are found as well.
"""

from .leads import prepare_vals

# A lead of one salesperson, which is the customer of another one.
LEAD = ("绍兴市云岫纺织有限公司", "沈一鸣", "+86 575 955 0195", "sales.zh")
DAYS_SINCE_CONTACT = 4
SAID = "两台织机在试我们的刀具，下周看结果。"
CUSTOMER = ("云岫纺织(绍兴)", "sales")
# The name of a lead which sounds like a customer, and is another firm.
ALIKE = ("启荣五金(佛山)", "何嘉", "sales.zh", "qirong")
WHY = "另一家公司，地址和法人都不同 Another firm: other address, other owner"


def create_collisions(story):
    """Enter a customer twice, and decide of two names that they are different."""
    name, contact, phone, login = LEAD
    lead = _create_lead(story, name, contact, login, phone=phone)
    _log_contact(story, lead)
    name, login = CUSTOMER
    story.env["res.partner"].create(
        {
            "name": name,
            "is_company": True,
            "customer_rank": 1,
            "company_id": story.company.id,
            "user_id": story.users[login].id,
            "customer_level_id": story.ref("funnel_customer_level_b"),
            "country_id": story.company.country_id.id,
            "city": "绍兴",
        }
    )
    name, contact, login, customer = ALIKE
    _create_lead(story, name, contact, login)
    _keep_apart(story, name, story.customers[customer].partner)


def _create_lead(story, name, contact, login, **vals):
    return story.env["crm.lead"].create(
        {
            **prepare_vals(story, login, story.dice.randint(5, 20), True),
            "partner_name": name,
            "contact_name": contact,
            "country_id": story.company.country_id.id,
            **vals,
        }
    )


def _log_contact(story, lead):
    story.env["funnel.contact.log"].create(
        {
            "lead_id": lead.id,
            "user_id": lead.user_id.id,
            "date": story.moment(DAYS_SINCE_CONTACT),
            "channel_id": story.ref("funnel_contact_channel_phone"),
            "outcome_id": story.ref("funnel_contact_outcome_interested"),
            "summary": SAID,
        }
    )


def _keep_apart(story, name, customer):
    """Let the manager say that a customer is none of those with a name like this."""
    partners = story.env["res.partner"].with_user(story.users["manager"])
    values = {"id": customer.id, "name": customer.name, "is_company": True}
    for row in partners.funnel_find_similar(values):
        if row["name"] == name:
            partners.funnel_keep_apart(values, row["key"], WHY)
