"""How much each customer matters, and newcomers whom nobody has spoken to yet."""

NEWCOMERS = (
    # salesperson, name, city, country, days since it was entered
    ("sales", "佛山市岚汀五金有限公司", "佛山", "cn", 6),
    ("sales", "江门市栎舟工贸有限公司", "江门", "cn", 20),
    ("sales.zh", "嘉兴砚浦机电有限公司", "嘉兴", "cn", 9),
    ("sales.anna", "Lindenfurt Werkzeughandel GmbH", "Kassel", "de", 12),
)
LONG_AGO = 350  # days since there are contact plans


def create_levels(story):
    """Give each customer a level: who orders most is a key account or A."""
    seen = {}
    for customer in story.customers.values():
        count = seen[customer.login] = seen.get(customer.login, 0) + 1
        if customer.weight > 1:
            level = "key" if count == 1 else "a"
        elif not customer.partner.agreed_contact_date:
            level = "a"  # so that somebody is due by the plan
        else:
            level = "b" if count % 3 else "c"
        _give_level(story, customer.partner, level, LONG_AGO)
    newcomers = story.env["res.partner"].create(
        [
            {
                "name": name,
                "is_company": True,
                "company_id": story.company.id,
                "customer_rank": 1,
                "city": city,
                "country_id": story.env.ref(f"base.{country}").id,
                "lang": "zh_CN" if country == "cn" else "en_US",
                "user_id": story.users[login].id,
            }
            for login, name, city, country, _ago in NEWCOMERS
        ]
    )
    for newcomer, (*_rest, ago) in zip(newcomers, NEWCOMERS, strict=True):
        _give_level(story, newcomer, "b", ago)


def _give_level(story, partner, level, ago):
    partner.write(
        {
            "customer_level_id": story.ref(f"funnel_customer_level_{level}"),
            # As if it had been given then.
            "contact_plan_since": story.day(ago),
        }
    )
