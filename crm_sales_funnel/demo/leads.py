"""Opportunities: in every stage, won with an order, and lost."""

from datetime import timedelta
from itertools import cycle

from .people import TEAMS, team_of
from .story import read_rows

TOPICS = (
    # English, Chinese
    ("Fasteners for a new assembly line", "新装配线紧固件"),
    ("Safety gear, contract for a year", "劳保用品年度框架合同"),
    ("Tool sets for the service teams", "售后班组工具套装"),
    ("Cutting discs, monthly supply", "切割片按月供货"),
    ("Helmets and vests for a building site", "工地安全帽和反光背心"),
    ("Stainless bolts for an export order", "出口订单用不锈钢螺栓"),
    ("Second source for hex bolts", "外六角螺栓第二供应商"),
    ("Tools for a new workshop", "新车间工具配置"),
    ("Anchors for a façade", "幕墙工程膨胀螺栓"),
    ("Gloves, trial order", "手套试单"),
    ("Drill bits, price comparison", "麻花钻比价"),
    ("Safety shoes for 200 people", "200人安全鞋采购"),
)
_topics = cycle(TOPICS)
LOST = 8
WON = 8
QUOTED = 5  # quotations that belong to an opportunity


def create_leads(story):
    """Make the opportunities of the year."""
    stages = story.env["crm.stage"].search([("team_ids", "=", False)])
    won_stage = stages.filtered("is_won")[:1]
    open_stages = stages - stages.filtered("is_won")
    _create_open(story, open_stages)
    _create_quoted(story, open_stages[-1:])
    _create_won(story, won_stage)
    _create_lost(story, open_stages)


def _create_open(story, stages):
    """Make open ones, fewer from stage to stage, half of them with newcomers."""
    vals_list = []
    prospects = read_rows("prospects")
    for number, stage in enumerate(stages):
        for turn in range(max(4, 9 - 2 * number)):
            age = story.dice.randint(number * 12, 25 + number * 15)
            if turn % 2 and prospects:
                vals = _prepare_prospect_vals(story, prospects.pop(0), age)
            else:
                vals = _prepare_customer_vals(story, _any_customer(story), age)
            vals_list.append({**vals, "stage_id": stage.id})
    leads = story.env["crm.lead"].create(vals_list)
    logins = {user.id: login for login, user in story.users.items()}
    story.prospects = [
        (logins[lead.user_id.id], lead) for lead in leads if not lead.partner_id
    ]
    for lead in leads[::3]:
        lead.activity_schedule(
            "mail.mail_activity_data_call",
            date_deadline=story.day(story.dice.randint(-12, 4)),
            user_id=lead.user_id.id,
        )


def _create_quoted(story, stage):
    plans = [plan for plan in story.plans if plan.kind == "quotation"]
    _create_with_orders(story, stage, plans[-QUOTED:])


def _create_won(story, stage):
    """Make won ones, each with the order that it brought."""
    plans = [plan for plan in story.plans if plan.is_confirmed and plan.ordered > 5]
    plans = story.dice.sample(plans, WON)
    for lead, plan in zip(_create_with_orders(story, stage, plans), plans, strict=True):
        lead.date_closed = plan.order.date_order


def _create_with_orders(story, stage, plans):
    leads = story.env["crm.lead"].create(
        [
            {
                **_prepare_customer_vals(
                    story, plan.customer, plan.ordered + story.dice.randint(6, 35)
                ),
                "expected_revenue": round(plan.order.amount_untaxed, -2),
                "stage_id": stage.id,
            }
            for plan in plans
        ]
    )
    for lead, plan in zip(leads, plans, strict=True):
        plan.order.opportunity_id = lead
    return leads


def _create_lost(story, stages):
    """Make lost ones, over the year, each with its reason."""
    Reason = story.env["crm.lost.reason"]
    reasons = Reason.search([], limit=3) or Reason.create({"name": "Too expensive"})
    for turn in range(LOST):
        age = story.dice.randint(40, 330)
        lead = story.env["crm.lead"].create(
            {
                **_prepare_customer_vals(story, _any_customer(story), age),
                "stage_id": stages[turn % len(stages)].id,
            }
        )
        lead.action_set_lost(lost_reason_id=reasons[turn % len(reasons)].id)
        lead.date_closed = story.moment(age - story.dice.randint(7, 35))


def _any_customer(story):
    """Return a customer of somebody who still works here."""
    members = [login for team in TEAMS.values() for login in team[3]]
    customers = [c for c in story.customers.values() if c.login in members]
    return story.dice.choice(customers)


def _prepare_customer_vals(story, customer, age):
    return {
        **prepare_vals(story, customer.login, age, customer.speaks_chinese),
        "partner_id": (customer.people or customer.partner)[:1].id,
    }


def _prepare_prospect_vals(story, row, age):
    country = story.env["res.country"].search(
        [("code", "=", row["country"].upper())], limit=1
    )
    return {
        **prepare_vals(story, row["user"], age, row["country"] == "cn"),
        "partner_name": row["name"],
        "contact_name": row["contact"],
        "email_from": row["email"],
        "phone": row["phone"],
        "city": row["city"],
        "country_id": country.id,
    }


def prepare_vals(story, login, age, chinese):
    """Return the values of an opportunity of a salesperson, made ``age`` days ago."""
    created = story.moment(age)
    return {
        "name": next(_topics)[1 if chinese else 0],
        "type": "opportunity",
        "company_id": story.company.id,
        "user_id": story.users[login].id,
        "team_id": team_of(story, login).id,
        "expected_revenue": story.dice.randrange(5000, 120000, 500),
        "date_deadline": story.today + timedelta(days=story.dice.randint(-5, 60)),
        "priority": story.dice.choice("0012"),
        "create_date": created,
        "date_open": created,
    }
