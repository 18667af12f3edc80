"""Where salespeople were, whom they called yesterday, and a newcomer whom one types as lb."""

from odoo import Command

from .people import TEAMS

NEWCOMER = {
    "name": "立白商贸有限公司",
    "phone": "+86 20 9550 0171",
    "street": "番禺区立白巷5号",
    "city": "广州",
    "zip": "510000",
}
PERSON = {
    "name": "何静",
    "function": "采购经理",
    "phone": "+86 138 0955 0171",
    "email": "he.jing@libaishangmao.example.com",
}
# days ago, hour, channel, outcome, hours, what was said
TALKS_OF_NEWCOMER = (
    (12, 10, "phone", "interested", 0.2, "网上看到我们，要M8螺栓报价 (wants M8 bolts)"),
    (5, 14, "visit", "sample", 1.5, "看了仓库，带了手套样品 (took samples of gloves)"),
)
# hour, channel, outcome, hours, what was said
YESTERDAY = (
    (9, "phone", "interested", 0.25, "问不锈钢螺栓交期 (delivery of stainless bolts)"),
    (11, "visit", "price", 1.0, "谈全年用量 (talked about quantities of a year)"),
    (16, "phone", "no_answer", 0.1, "无人接听 (no answer)"),
)


def create_visits(story):
    """Say where visits took place; add a newcomer, and what was done yesterday."""
    logs = story.env["funnel.contact.log"]
    visit = story.ref("funnel_contact_channel_visit")
    visits = logs.search([("channel_id", "=", visit), ("partner_id", "!=", False)])
    for partner, of_partner in visits.grouped("partner_id").items():
        of_partner.place = partner.street
    logs.create(_prepare_newcomer(story) + _prepare_yesterday(story))


def _prepare_newcomer(story):
    """Create the newcomer; return the values of the contacts with it."""
    partner = story.env["res.partner"].create(
        {
            **NEWCOMER,
            "is_company": True,
            "customer_rank": 1,
            "company_id": story.company.id,
            "country_id": story.env.ref("base.cn").id,
            "state_id": story.env.ref("base.state_cn_GD").id,
            "lang": "zh_CN" if _speaks_chinese(story) else "en_US",
            "user_id": story.users["sales"].id,
            "customer_level_id": story.ref("funnel_customer_level_b"),
            "child_ids": [
                Command.create(
                    {"type": "contact", "company_id": story.company.id, **PERSON}
                )
            ],
        }
    )
    vals_list = [
        {
            **_prepare_vals(story, "sales", partner, talk),
            "date": story.moment(ago, hour),
            "contact_id": partner.child_ids.id,
        }
        for ago, hour, *talk in TALKS_OF_NEWCOMER
    ]
    vals_list[-1]["next_contact_date"] = story.today
    return vals_list


def _speaks_chinese(story) -> bool:
    return "zh_CN" in dict(story.env["res.lang"].get_installed())


def _prepare_yesterday(story):
    """Return the values of yesterday's contacts of the leader's team, with customers
    whose next contact is planned for later."""
    vals_list = []
    for login in TEAMS["asia"][3]:
        customers = story.env["res.partner"].search(
            [
                ("user_id", "=", story.users[login].id),
                ("is_company", "=", True),
                "|",
                ("next_contact_date", "=", False),
                ("next_contact_date", ">", story.today),
            ],
            order="id",
            limit=len(YESTERDAY),
        )
        vals_list += [
            {
                **_prepare_vals(story, login, customer, talk),
                "date": story.moment(1, hour),
            }
            for customer, (hour, *talk) in zip(customers, YESTERDAY, strict=False)
        ]
    return vals_list


def _prepare_vals(story, login, partner, talk):
    channel, outcome, hours, summary = talk
    return {
        "partner_id": partner.id,
        "user_id": story.users[login].id,
        "channel_id": story.ref(f"funnel_contact_channel_{channel}"),
        "outcome_id": story.ref(f"funnel_contact_outcome_{outcome}"),
        "duration": hours,
        "summary": summary,
        "place": partner.street if channel == "visit" else False,
    }
