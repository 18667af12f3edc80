"""What was said to customers over the year, and whom to talk to next."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Any

from .people import LEFT

TALKS = (
    # channels, outcome, English, Chinese
    (
        "phone wechat mail",
        "price",
        "Asked for prices of M8 and M10 bolts; quotation sent the same day.",
        "询问M8、M10螺栓价格，当天已发报价单。",
    ),
    (
        "phone",
        "no_answer",
        "No answer, will try again.",
        "电话无人接听，改日再打。",
    ),
    (
        "phone wechat mail message",
        "no_need",
        "Their stock lasts a while, next order probably in a month.",
        "库存还够，预计下个月再订。",
    ),
    (
        "visit",
        "interested",
        "Saw the workshop; they want another supplier for gloves.",
        "参观了车间，手套想换供应商。",
    ),
    (
        "visit",
        "sample",
        "Took along the new safety shoes, they try two pairs.",
        "带了新款安全鞋样品，客户试穿两双。",
    ),
    (
        "mail message wechat",
        "sample",
        "Asked for samples of flap discs, sent by courier.",
        "客户要百叶片样品，已快递寄出。",
    ),
    (
        "phone wechat mail",
        "complaint",
        "One box of nuts was 20 pieces short, added to the next delivery.",
        "有一盒螺母少20个，下次送货补上。",
    ),
    (
        "phone mail wechat message",
        "interested",
        "A new line starts next season, tools for eight workplaces are needed.",
        "下一季新产线投产，八个工位要配工具。",
    ),
    (
        "phone wechat message mail",
        "interested",
        "Asked whether stainless bolts are in stock.",
        "问不锈钢螺栓有没有现货。",
    ),
    (
        "visit",
        "interested",
        "Spoke with purchasing and warehouse: deliveries before ten, please.",
        "和采购、仓库都谈了，要求上午十点前送到。",
    ),
    (
        "phone mail",
        "price",
        "Our cutting discs are 3 % dearer than a competitor's, will ask.",
        "切割片比同行贵3%，回去申请价格。",
    ),
    (
        "mail message wechat",
        "interested",
        "Sent the new catalogue, they come back with a list.",
        "发了新目录，客户会回复采购清单。",
    ),
    (
        "wechat phone message",
        "no_need",
        "Business is slow at the moment, keep in touch.",
        "最近生意淡，保持联系。",
    ),
    (
        "visit phone",
        "price",
        "Talked about quantities of a year and a better price for M10.",
        "谈了全年用量和M10的优惠价。",
    ),
)
ORDERED = ("Ordered, delivery date agreed.", "已下单，交期已确认。")
OWED = ("Promised to pay by the end of the month.", "承诺月底前付款。")
CHANNELS_CHINA = ("wechat", "phone", "visit", "mail")  # the most used one first
CHANNELS_ABROAD = ("mail", "phone", "message")
MINUTES = {"phone": (3, 20), "visit": (30, 150)}
# When the next contacts of one salesperson are due, in days before today; None: that is
# left to the contact plan.
NEXT = (9, 4, None, 1, 0, 0, -1, -1, -3, -6, -9, -14, -20)
NEXT_OF_LEADS = (2, -1, 0)
YEAR = 350
LEFT_BEFORE = 60  # days since the leaver's last contact


@dataclass(frozen=True)
class Other:
    """Whom the contacts of one diary are with: a customer, or a lead."""

    login: str
    chinese: bool
    vals: dict[str, Any]  # of each contact
    people: tuple = ()


def create_contacts(story):
    """Log what was said, and leave each salesperson somebody to talk to."""
    with_customers, with_leads = defaultdict(list), defaultdict(list)  # by login
    for customer in story.customers.values():
        with_customers[customer.login].append(_keep_customer_diary(story, customer))
    for login, lead in story.prospects:
        with_leads[login].append(_keep_lead_diary(story, login, lead))
    for diaries, days in ((with_customers, NEXT), (with_leads, NEXT_OF_LEADS)):
        for login, own in diaries.items():
            if login != LEFT:
                _plan_next(story, own, days)
            story.env["funnel.contact.log"].create(
                [vals for diary in own for vals in diary]
            )


def _keep_customer_diary(story, customer):
    """Return the values of the contacts with a customer, the oldest first."""
    other = Other(
        customer.login,
        customer.speaks_chinese,
        {"partner_id": customer.partner.id},
        tuple(customer.people),
    )
    last = LEFT_BEFORE if customer.login == LEFT else 0
    talks = story.dice.randint(3, 5) * (2 if customer.weight > 1 else 1)
    since = max(last, min(customer.since, YEAR))
    diary = [_talk(story, other, (last, since)) for _ in range(talks)]
    for plan in story.plans:
        if plan.customer is customer and plan.is_confirmed and plan.ordered >= last:
            channel = _channels(other)[0]
            vals = _prepare_vals(story, other, plan.ordered, channel, "order", ORDERED)
            diary.append({**vals, "order_id": plan.order.id})
        if plan.customer is customer and plan.is_chased and not last:
            day = story.dice.randint(4, 25)
            vals = _prepare_vals(story, other, day, "phone", "payment", OWED)
            diary.append({**vals, "move_id": plan.invoice.id})
    return sorted(diary, key=lambda vals: vals["date"])


def _keep_lead_diary(story, login, lead):
    """Return the values of the contacts with a newcomer, the oldest first."""
    other = Other(login, lead.country_id.code == "CN", {"lead_id": lead.id})
    age = (story.today - lead.create_date.date()).days
    diary = [_talk(story, other, (min(4, age), age)) for _ in range(2)]
    return sorted(diary, key=lambda vals: vals["date"])


def _talk(story, other, days):
    """Return one of the everyday talks, on one of these days."""
    channels, outcome, *summary = story.dice.choice(TALKS)
    possible = [name for name in channels.split() if name in _channels(other)]
    if not possible:  # nobody travels abroad for a visit
        return _talk(story, other, days)
    channel, day = story.dice.choice(possible), story.dice.randint(*days)
    return _prepare_vals(story, other, day, channel, outcome, summary)


def _channels(other):
    return CHANNELS_CHINA if other.chinese else CHANNELS_ABROAD


def _prepare_vals(story, other, day, channel, outcome, summary):
    person = story.dice.choice(other.people) if other.people else None
    date = story.moment(day)
    return {
        "date": date,
        "create_date": date,
        **other.vals,
        "contact_id": person and person.id,
        "user_id": story.users[other.login].id,
        "channel_id": story.ref(f"funnel_contact_channel_{channel}"),
        "outcome_id": story.ref(f"funnel_contact_outcome_{outcome}"),
        "summary": summary[1 if other.chinese else 0],
        "direction": story.dice.choice(("outgoing", "outgoing", "incoming")),
        "duration": story.dice.randint(*MINUTES.get(channel, (0, 0))) / 60,
    }


def _plan_next(story, diaries, days):
    """Give each contact the day of the next one, and the newest one of each customer
    a day that is overdue, today, tomorrow or later.

    :param diaries: of one salesperson, each with the oldest contact first
    :param days: in days before today, or None where nothing is agreed
    """
    for diary in diaries:
        for vals, following in pairwise(diary):
            vals["next_contact_date"] = story.local_day(following["date"])
    # Those who were not heard of for long are overdue.
    for diary, ago in zip(sorted(diaries, key=lambda d: d[-1]["date"]), days):
        if ago is None:
            continue
        newest = story.local_day(diary[-1]["date"])
        diary[-1]["next_contact_date"] = max(story.day(ago), newest + timedelta(days=1))
