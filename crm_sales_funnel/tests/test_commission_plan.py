from datetime import date

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import SQL

from .commission_common import PARTS, CommissionCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-03-10")
class TestCommissionPlan(CommissionCommon):
    # ------------------------------------------------------------------
    # What does not fit is said
    # ------------------------------------------------------------------

    def test_a_name_and_a_rate_are_enough(self):
        plan = self.plan(name="Standard", rate=3)
        self.assertRecordValues(
            plan,
            [
                {
                    "company_id": self.company.id,
                    "currency_id": self.company.currency_id.id,
                    "state": "draft",
                    "version": 1,
                    "date_from": date(2026, 3, 1),
                    "date_to": False,
                    "basis": "collected",
                    "measure": "untaxed",
                    "level_measure": "untaxed",
                    "level_mode": "marginal",
                    "period": "month",
                    "problems": "",
                }
            ],
        )
        plan.action_approve()
        self.assertEqual(plan.state, "approved")

    def test_levels_are_reached_by_what_is_paid_on(self):
        self.assertEqual(self.plan(measure="margin").level_measure, "margin")
        plan = self.plan(measure="margin", level_measure="untaxed")
        self.assertEqual(plan.level_measure, "untaxed")

    def test_no_number_is_missing_in_the_database(self):
        """Whoever computes from the tables finds zero where nothing was entered."""
        self.plan(
            level=[{}],
            rule=[{"product_id": self.product.id}],
            factor=[{}],
            release=[{"event": "collected"}],
            member=[{"user_id": self.users["salesperson"].id}],
        )
        self.env.flush_all()
        for part in ("plan", *PARTS):
            self.env.cr.execute(
                SQL("SELECT * FROM %s", SQL.identifier(f"funnel_commission_{part}"))
            )
            fields = self.env[f"funnel.commission.{part}"]._fields
            for row in self.env.cr.dictfetchall():
                missing = [
                    name
                    for name, value in row.items()
                    if value is None
                    and fields[name].type not in ("many2one", "date", "datetime")
                ]
                self.assertFalse(missing, part)

    def test_refused_of_a_plan(self):
        for text, values in (
            ("in which unit", {"measure": "quantity"}),
            ("in which unit", {"level_measure": "quantity"}),
            ("ends after it begins", {"date_to": "2025-12-31"}),
            ("in this century", {"date_from": "0202-01-01"}),
            ("from 0 to 100 %", {"rate": 100.5}),
            ("from 0 to 100 %", {"rate": -1}),
            ("no number", {"rate": float("nan")}),
            (
                "not below 0",
                {"measure": "quantity", "uom_id": self.unit.id, "rate": -1},
            ),
        ):
            with self.subTest(values):
                self.assert_refused(text, self.plan, **values)
        by_unit = self.plan(measure="quantity", uom_id=self.unit.id, rate=250)
        self.assert_refused("from 0 to 100 %", by_unit.write, {"measure": "untaxed"})

    def test_no_number_while_it_is_entered(self):
        """In words, also of what the plan consists of."""
        plans = self.env["funnel.commission.plan"]
        row = {"bound": float("nan"), "rate": 5}
        level = self.plan(rate=3, level=[{"bound": 1, "rate": 2}]).level_ids
        for command in ([0, "virtual_1", row], [1, level.id, row]):
            with self.subTest(command), self.assertRaisesRegex(UserError, "no number"):
                plans.onchange(
                    {"level_ids": [command]}, ["level_ids"], {"level_ids": {}}
                )

    def test_refused_of_parts(self):
        contact = self.env["res.partner"].create(
            {"name": "Ms Meyer", "parent_id": self.customer.id}
        )
        user, team = self.users["salesperson"].id, self.team.id
        germany = self.env.ref("base.de").id
        whole, part_of_it = (
            {"user_id": user, "scope": "territory", field: [Command.set(record.ids)]}
            for field, record in (
                ("country_ids", self.env.ref("base.de")),
                ("state_ids", self.env.ref("base.state_de_by")),
            )
        )
        for part, text, *rows in (
            ("rule", "for what the rate is", {"rate": 2}),
            ("rule", "Choose the company Nordwind", {"partner_id": contact.id}),
            ("rule", "from 0 to 100 %", {"categ_id": self.categ.id, "rate": 101}),
            (
                "rule",
                "multiplied by 0 to 1000",
                {"categ_id": self.categ.id, "kind": "multiplier", "multiplier": -1},
            ),
            ("level", "same bound", {"bound": 10}, {"bound": 10}),
            ("level", "at 0 or above", {"bound": -1}),
            ("level", "bonus of a level", {"bound": 1, "fixed": -1}),
            ("level", "begins at 0 has no bonus", {"bound": 0, "fixed": 100}),
            ("level", "from 0 to 100 %", {"bound": 1, "rate": -1}),
            ("factor", "ends above its start", {"value_from": 30, "value_to": 30}),
            ("factor", "Choose the payment method", {"driver": "method"}),
            (
                "factor",
                "only where it depends on the method",
                {"payment_method_line_id": self.method.id},
            ),
            (
                "factor",
                "by which customers pay",
                {"driver": "method", "payment_method_line_id": self.method_out.id},
            ),
            (
                "factor",
                "late",
                {"driver": "margin_percent", "kind": "deduction"},
            ),
            ("factor", "late", {"kind": "deduction", "value": 101}),
            ("factor", "is not below 0", {"value": -1}),
            ("factor", "from 0 to 100 %", {"kind": "rate", "value": 101}),
            ("factor", "months are not", {"driver": "customer_age", "value_from": -1}),
            (
                "factor",
                "for the same: Days from Delivery to Payment",
                {"value_from": 0, "value_to": 31},
                {"value_from": 30, "value_to": 60},
            ),
            (
                "factor",
                "for the same: Margin",
                {"driver": "margin_percent", "value_from": 20},
                {"driver": "margin_percent", "value_from": 30},
            ),
            (
                "factor",
                "for the same: Payment Method",
                {"driver": "method", "payment_method_line_id": self.method.id},
                {"driver": "method", "payment_method_line_id": self.method.id},
            ),
            (
                "release",
                "at the same event",
                {"event": "ordered"},
                {"event": "ordered"},
            ),
            ("release", "up to 100 %", {"event": "ordered", "percent": 0}),
            ("release", "up to 100 %", {"event": "ordered", "percent": 101}),
            ("member", "up to 100 %", {"user_id": user, "share": 0}),
            ("member", "up to 100 %", {"user_id": user, "share": 101}),
            (
                "member",
                "time ends after it begins",
                {"user_id": user, "date_from": "2026-02-01", "date_to": "2026-01-01"},
            ),
            (
                "member",
                "which team's sales",
                {"user_id": self.users["finance"].id, "scope": "team"},
            ),
            ("member", "own sales nothing", {"user_id": user, "is_taken": True}),
            ("member", "are the territory of", {"user_id": user, "scope": "territory"}),
            (
                "member",
                "for territories only",
                {"user_id": user, "country_ids": [Command.set([germany])]},
            ),
            ("member", "twice at the same time", {"user_id": user}, {"user_id": user}),
            (
                "member",
                "twice at the same time",
                {"user_id": user, "scope": "team", "team_id": team},
                {"user_id": user, "scope": "team", "date_from": "2026-05-01"},
            ),
            ("member", "twice at the same time", whole, part_of_it),
            ("member", "twice at the same time", part_of_it, whole),
            ("member", "twice at the same time", whole, whole),
            ("member", "twice at the same time", part_of_it, part_of_it),
        ):
            with self.subTest(part=part, rows=rows):
                self.assert_refused(text, self.plan, **{part: rows})

    def test_fits_together(self):
        """Ranges that touch, times that follow each other, early payments."""
        user = self.users["salesperson"].id
        self.plan(
            rate=3,
            factor=[
                {"driver": "days_due", "value_from": -30, "value_to": 0, "value": 1.5},
                {"driver": "days_due", "value_from": 0, "value_to": 31},
                {"driver": "days_due", "value_from": 31, "kind": "deduction"},
                {"driver": "margin_percent", "value_from": 0},
                {"driver": "method", "payment_method_line_id": self.method.id},
            ],
            member=[
                {"user_id": user, "date_to": "2026-03-31"},
                {"user_id": user, "date_from": "2026-04-01", "share": 50},
                {"user_id": user, "scope": "team", "share": 10},
            ],
        ).action_approve()

    def test_what_is_missing_is_told_before_and_at_the_approval(self):
        leader, user = self.users["team_leader"].id, self.users["salesperson"].id
        of_team = {"scope": "team", "is_taken": True, "share": 60}
        for text, values in (
            ("enter a rate", {"rate": 0}),
            ("add up to 90 %", {"release": [{"event": "collected", "percent": 90}]}),
            ("before it is earned", {"release": [{"event": "ordered"}]}),
            (
                "when it is collected",
                {"basis": "ordered", "factor": [{"driver": "days_due"}]},
            ),
            (
                "100 % is taken from what Team South earns",
                {
                    "member": [
                        {"user_id": leader, **of_team},
                        {"user_id": user, **of_team, "date_from": "2026-06-01"},
                    ]
                },
            ),
        ):
            with self.subTest(text):
                plan = self.plan(**{"rate": 3, **values})
                self.assertRegex(plan.problems, text)
                self.assert_refused(text, plan.action_approve)
                self.assertEqual(plan.state, "draft")
        # The next leader takes what the one before took.
        plan = self.plan(
            rate=3,
            member=[
                {"user_id": leader, **of_team, "date_to": "2026-05-31"},
                {"user_id": user, **of_team, "date_from": "2026-06-01"},
            ],
        )
        plan.action_approve()
        self.plan(
            rate=3,
            basis="ordered",
            factor=[{"driver": "days_due"}],
            release=[
                {"event": "ordered", "percent": 50},
                {"event": "collected", "percent": 50},
            ],
        ).action_approve()
        for values in (
            {"level": [{"bound": 10, "rate": 2}]},
            {"level": [{"bound": 10, "fixed": 500}]},
            {"rule": [{"categ_id": self.categ.id, "rate": 2}]},
            {"factor": [{"kind": "rate", "value": 2}]},
        ):
            with self.subTest(values):
                self.plan(rate=0, **values).action_approve()

    def test_team_of_a_member(self):
        plan = self.plan(
            rate=3,
            member=[{"user_id": self.users["salesperson"].id, "scope": "team"}],
        )
        member = plan.member_ids
        self.assertEqual(member.team_id, self.team)
        member.scope = "own"
        self.assertFalse(member.team_id)

    # ------------------------------------------------------------------
    # What is approved stays
    # ------------------------------------------------------------------

    def test_approved_does_not_change(self):
        """By nobody: neither the plan nor a part, by what is written, added, deleted,
        moved or given with the plan."""
        plan, draft = self.full_plan(), self.full_plan()
        plan.action_approve()
        before = {part: plan[field].read() for part, field in PARTS.items()}
        users = [self.users["manager"], self.env.user, self.env.ref("base.user_root")]
        for user in users:
            own = plan.with_user(user)
            for values in (
                {"rate": 5},
                {"name": "Better"},
                {"date_from": "2026-01-01"},
                {"date_to": "2026-12-31"} if not own.env.su else {"basis": "ordered"},
                {"company_id": self.company.id},
                {"level_mode": "retroactive"},
                {"level_measure": "margin"},
                {"level_ids": [Command.clear()]},
                {"rule_ids": [Command.update(plan.rule_ids.id, {"rate": 9})]},
                {"member_ids": [Command.delete(plan.member_ids[0].id)]},
            ):
                with self.subTest(user=user.login, values=values):
                    self.assert_refused("Make a new version", own.write, values)
            for part, field in PARTS.items():
                records, drafts = own[field], draft.with_user(user)[field]
                with self.subTest(user=user.login, part=part):
                    self.assert_refused(
                        "new version", records[0].write, self.TOUCH[part]
                    )
                    self.assert_refused("new version", records[0].unlink)
                    self.assert_refused(
                        "new version", records[0].write, {"plan_id": draft.id}
                    )
                    self.assert_refused(
                        "new version", drafts[0].write, {"plan_id": plan.id}
                    )
                    self.assert_refused(
                        "new version", records[0].copy, {"plan_id": plan.id}
                    )
            self.assert_refused("close it, and archive", own.unlink)
        self.env.invalidate_all()
        self.assertEqual(
            {part: plan[field].read() for part, field in PARTS.items()}, before
        )
        self.assertEqual(plan.rate, 3)

    def test_approved_is_put_elsewhere_in_the_list(self):
        plan = self.plan(rate=3)
        plan.action_approve()
        plan.with_user(self.users["manager"]).write({"sequence": 3})
        self.assertEqual(plan.sequence, 3)

    def test_state_and_version_are_written_by_buttons_alone(self):
        manager = self.users["manager"]
        plan, other = self.plan(rate=3), self.plan(rate=3)
        for values in (
            {"state": "approved"},
            {"version": 5},
            {"previous_id": other.id},
        ):
            with self.subTest(values), self.assertRaisesRegex(AccessError, "buttons"):
                plan.with_user(manager).write(values)
            with self.subTest(values), self.assertRaisesRegex(AccessError, "buttons"):
                self.plan(manager, **values)
        plans = self.env["funnel.commission.plan"].with_user(manager)
        made = plans.with_context(default_state="approved", default_version=7).create(
            {"name": "By default"}
        )
        self.assertRecordValues(made, [{"state": "draft", "version": 1}])

    def test_drafts_are_deleted(self):
        plan = self.full_plan()
        parts = [plan[field] for field in PARTS.values()]
        plan.with_user(self.users["manager"]).unlink()
        self.assertFalse([part for part in parts if part.exists()])

    def test_closed(self):
        plan, later = self.plan(rate=3), self.plan(rate=3, date_from="2026-05-01")
        self.assert_refused("Only what is approved", plan.action_close)
        ended = self.plan(rate=3, date_to="2026-03-05")
        plans = plan | later | ended
        plans.action_approve()
        plans.with_user(self.users["manager"]).action_close()
        self.assertRecordValues(
            plans,
            [
                {"state": "closed", "date_to": date(2026, 3, 10)},
                {"state": "closed", "date_to": date(2026, 4, 30)},
                {"state": "closed", "date_to": date(2026, 3, 5)},
            ],
        )
        self.assert_refused("new version", plan.write, {"rate": 4})
        self.assert_refused("new version", plan.action_approve)

    # ------------------------------------------------------------------
    # Versions and copies
    # ------------------------------------------------------------------

    def test_new_version(self):
        manager = self.users["manager"]
        plan = self.full_plan().with_user(manager)
        self.assert_refused("This is a draft", plan.action_new_version)
        plan.action_approve()
        action = plan.action_new_version()
        version = plan.browse(action["res_id"])
        self.assertRecordValues(
            version,
            [
                {
                    "name": plan.name,
                    "display_name": f"{plan.name} v2",
                    "state": "draft",
                    "version": 2,
                    "previous_id": plan.id,
                    "date_from": date(2026, 4, 1),
                    "date_to": False,
                    "rate": 3,
                    "level_measure": "margin",
                }
            ],
        )
        for field in PARTS.values():
            self.assertEqual(
                self.values_of(version[field]), self.values_of(plan[field])
            )
        self.assertEqual(version.sentence, plan.sentence)
        # once more: the same draft
        self.assertEqual(plan.action_new_version()["res_id"], version.id)
        version.rate = 4
        self.assertEqual((plan.rate, plan.date_to), (3, False))
        version.action_approve()
        self.assertRecordValues(
            plan, [{"state": "approved", "date_to": date(2026, 3, 31), "rate": 3}]
        )
        self.assertEqual(version.state, "approved")
        self.assert_refused("has taken its place", plan.action_new_version)
        third = plan.browse(version.action_new_version()["res_id"])
        self.assertRecordValues(third, [{"version": 3, "date_from": date(2026, 5, 1)}])

    def test_a_version_begins_after_the_one_before(self):
        plan = self.plan(rate=3)
        plan.action_approve()
        version = plan.browse(plan.action_new_version()["res_id"])
        for day in ("2026-03-01", "2026-02-01"):
            version.date_from = day
            self.assertRegex(
                version.problems, "must begin after .* begins on 03/01/2026"
            )
            self.assert_refused(
                "must begin after .* begins on 03/01/2026", version.action_approve
            )
        version.date_from = "2026-03-02"
        version.action_approve()
        self.assertEqual(plan.date_to, date(2026, 3, 1))

    def test_a_version_that_ended_before_stays_ended(self):
        plan = self.plan(rate=3, date_to="2026-03-20")
        plan.action_approve()
        version = plan.browse(plan.action_new_version()["res_id"])
        version.action_approve()
        self.assertEqual(plan.date_to, date(2026, 3, 20))

    def test_what_never_began_is_replaced_from_any_day(self):
        plan = self.plan(rate=3, date_from="2026-05-01")
        plan.action_approve()
        plan.action_close()
        version = plan.browse(plan.action_new_version()["res_id"])
        version.date_from = "2026-04-01"
        version.action_approve()
        self.assertEqual(plan.date_to, date(2026, 3, 31))
        self.assertEqual(version.state, "approved")

    def test_one_version_takes_the_place(self):
        plan = self.plan(rate=3)
        plan.action_approve()
        plan.action_new_version()
        other = self.plan(rate=3)
        self.assert_refused(
            "a version already", other.sudo().write, {"previous_id": plan.id}
        )

    def test_copy(self):
        plan = self.full_plan()
        plan.action_approve()
        copy = plan.with_user(self.users["manager"]).copy()
        self.assertRecordValues(
            copy,
            [
                {
                    "name": f"{plan.name} (copy)",
                    "state": "draft",
                    "version": 1,
                    "previous_id": False,
                    "date_from": plan.date_from,
                }
            ],
        )
        for field in PARTS.values():
            self.assertEqual(self.values_of(copy[field]), self.values_of(plan[field]))
        copy.rate = 7
        self.assertEqual(plan.rate, 3)
