"""By which plans the salespeople earn: a simple one for all, one with levels in its
second version, and one for new customers that waits for its approval."""

from dateutil.relativedelta import relativedelta

from odoo import Command

MONTHS = 12  # so long ago the plans began
MONTHS_OF_VERSION = 2


def create_commission_plans(story):
    """Make the plans, and approve what is agreed."""
    begin = story.today.replace(day=1) - relativedelta(months=MONTHS)
    plans = story.env["funnel.commission.plan"]
    standard = plans.create(
        {
            "name": "标准提成 (Standard)",
            "company_id": story.company.id,
            "date_from": begin,
            "rate": 3,
            "sequence": 1,
        }
    )
    margin = plans.create(_prepare_margin_vals(story, begin))
    (standard | margin).action_approve()
    version = plans.browse(margin.action_new_version()["res_id"])
    version.date_from = story.today.replace(day=1) - relativedelta(
        months=MONTHS_OF_VERSION
    )
    version.level_ids[1].rate = 5
    version.action_approve()
    plans.create(_prepare_new_customers_vals(story))


def _prepare_margin_vals(story, begin):
    asia = story.teams["asia"]
    return {
        "name": "毛利奖金 (Margin Bonus)",
        "company_id": story.company.id,
        "date_from": begin,
        "measure": "margin",
        "rate": 1,
        "sequence": 2,
        "level_ids": _commands(
            {"bound": 10_000, "rate": 2}, {"bound": 30_000, "rate": 4, "fixed": 500}
        ),
        "member_ids": _commands(
            {"user_id": story.users["sales"].id},
            {"user_id": story.users["sales.zh"].id},
            {
                "user_id": story.users["leader"].id,
                "scope": "team",
                "team_id": asia.id,
                "share": 10,
            },
        ),
    }


def _prepare_new_customers_vals(story):
    germany = story.env.ref("base.de")
    return {
        "name": "新客户开发 (New Customers)",
        "company_id": story.company.id,
        "date_from": story.today.replace(day=1) + relativedelta(months=1),
        "basis": "ordered",
        "rate": 2,
        "sequence": 3,
        "rule_ids": _commands(
            {
                "customer_level_id": story.ref("funnel_customer_level_key"),
                "kind": "excluded",
            },
            {
                "categ_id": story.products[0].categ_id.id,
                "kind": "multiplier",
                "multiplier": 1.2,
            },
        ),
        "factor_ids": _commands(
            {"driver": "customer_age", "value_to": 12, "value": 2},
            {"driver": "customer_age", "value_from": 12, "value": 0.5},
        ),
        "release_ids": _commands(
            {"event": "ordered", "percent": 50}, {"event": "collected", "percent": 50}
        ),
        "member_ids": _commands(
            {
                "user_id": story.users["sales.anna"].id,
                "scope": "territory",
                "country_ids": [Command.set(germany.ids)],
            },
            {"user_id": story.users["sales.daniel"].id},
        ),
    }


def _commands(*rows):
    return [Command.create(row) for row in rows]
