from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from .settlement_common import SettlementCommon

NO_AMOUNTS = (float("nan"), float("inf"), -1e300, 1e15)
NO_DAYS = ("9999-12-01", "1899-12-01")


@tagged("post_install", "-at_install")
class TestCommissionByHand(SettlementCommon):
    """What people enter, and who calls the server sends besides, is refused in words."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal = new_test_user(
            cls.env, "commission_portal", groups="base.group_portal"
        )

    def ledger(self, role="finance", **context):
        return self.entries.with_user(self.users[role]).with_context(**context)

    def values(self, **more):
        return {"user_id": self.seller.id, "amount": 5, "reason": "Fair", **more}

    # ------------------------------------------------------------------
    # Adjustments
    # ------------------------------------------------------------------

    def test_nothing_is_a_default_of_the_client(self):
        plan = self.plan(rate=3)
        self.collect(1000)
        self.assertEqual(self.earned(plan), 30)
        earned = self.entries.search([("plan_id", "=", plan.id)])
        settlement = self.settle()
        for role in ("finance", "manager"):
            forged = self.ledger(
                role,
                default_type="earned",
                default_plan_id=plan.id,
                default_base=500,
                default_revision=3,
                default_origin_id=earned.id,
                default_earn_date="2026-02-01",
                default_settlement_id=settlement.id,
            )
            entry = forged.create(self.values(date="2026-04-05"))
            self.env.invalidate_all()
            self.assertRecordValues(
                entry,
                [
                    {
                        "type": "adjustment",
                        "plan_id": False,
                        "base": 0,
                        "revision": 1,
                        "origin_id": False,
                        "earn_date": date(2026, 4, 5),
                        "settlement_id": False,
                        "amount": 5,
                    }
                ],
            )
            self.assertEqual(entry.env.context, forged.env.context)
        self.assertEqual(settlement.payable, 30)

    def test_amounts_are_numbers(self):
        for amount in NO_AMOUNTS:
            with (
                self.subTest(amount),
                self.assertRaisesRegex(ValidationError, "no number"),
            ):
                self.ledger().create(self.values(amount=amount))

    def test_days_are_meant(self):
        for day in NO_DAYS:
            with (
                self.subTest(day),
                self.assertRaisesRegex(ValidationError, "between the years"),
            ):
                self.ledger().create(self.values(date=day))

    def test_who_works_here_earns(self):
        with self.assertRaisesRegex(ValidationError, "does not work here"):
            self.ledger().create(self.values(user_id=self.portal.id))
        left = self.seller.copy({"login": "commission_left"})
        left.active = False
        entry = self.ledger().create(self.values(user_id=left.id))
        self.assertEqual(entry.payee_id, left.partner_id)

        branch = self.setup_other_company()["company"]
        stranger = self.env["res.users"].create(
            {
                "name": "From the Branch",
                "login": "commission_branch",
                "company_id": branch.id,
                "company_ids": branch.ids,
            }
        )
        with self.assertRaisesRegex(ValidationError, "From the Branch does not"):
            self.ledger().create(self.values(user_id=stranger.id))
        # Who worked here is still owed something, or owes it.
        left.write({"company_ids": branch.ids, "company_id": branch.id})
        self.assertTrue(self.ledger().create(self.values(user_id=left.id)))

    def test_nothing_is_no_adjustment(self):
        for amount in (0, 0.004, -0.004):
            with (
                self.subTest(amount),
                self.assertRaisesRegex(ValidationError, "Enter an amount"),
            ):
                self.ledger().create(self.values(amount=amount))

    # ------------------------------------------------------------------
    # Targets
    # ------------------------------------------------------------------

    def target(self, **values):
        return (
            self.env["funnel.target"]
            .with_user(self.manager)
            .create({"user_id": self.seller.id, "amount": 5, **values})
        )

    def test_targets(self):
        for text, values in (
            *(("no number", {"amount": amount}) for amount in NO_AMOUNTS),
            *(("between the years", {"date_from": day}) for day in NO_DAYS),
            ("does not work", {"user_id": self.portal.id}),
        ):
            with (
                self.subTest(text=text, values=values),
                self.assertRaisesRegex(ValidationError, text),
            ):
                self.target(**values)
        target = self.target(date_from="2026-03-01")
        with self.assertRaisesRegex(ValidationError, "between the years"):
            target.write({"date_from": "9999-12-01"})
        with self.assertRaisesRegex(ValidationError, "between the years"):
            self.env["funnel.target"].with_user(self.manager).onchange(
                {"date_from": "9999-12-01", "period": "month"},
                ["date_from"],
                {"date_from": {}, "date_to": {}, "period": {}},
            )

    def test_targets_filled_in(self):
        self.target(date_from="2026-03-01", amount=1000)
        wizard = self.env["funnel.target.plan"].with_user(self.manager)
        for percent in (float("nan"), 1e300, 1e14):
            with (
                self.subTest(percent),
                self.assertRaisesRegex(ValidationError, "no number"),
            ):
                wizard.create({"year": 2027, "percent": percent}).action_apply()
        wizard.create({"year": 2027, "percent": 10}).action_apply()
        made = self.env["funnel.target"].search([("date_from", "=", "2027-03-01")])
        self.assertEqual(made.amount, 1100)

    def test_targets_of_who_does_not_work_here_any_more(self):
        """They are left out, and the others' are filled in; by its months as well."""
        moved, gone, left = (
            self.new_role_user(f"funnel_{name}", "salesperson")
            for name in ("moved", "gone", "left")
        )
        people = (self.seller, moved, gone, left)
        for user in people:
            self.target(date_from="2026-03-01", amount=1000, user_id=user.id)
        years = self.env["funnel.target"].union(
            *(
                self.target(date_from="2028-01-01", period="year", user_id=user.id)
                for user in people
            )
        )
        other = self.setup_other_company(name="Second Ltd")["company"]
        moved.write({"company_ids": [Command.set(other.ids)], "company_id": other.id})
        gone.write({"group_ids": [Command.set(self.env.ref("base.group_portal").ids)]})
        left.active = False
        wizard = self.env["funnel.target.plan"].with_user(self.manager)
        for values, day in (
            ({"year": 2027}, "2027-03-01"),
            ({"mode": "spread", "target_ids": years.ids}, "2028-05-01"),
        ):
            wizard.create(values).action_apply()
            made = self.env["funnel.target"].search([("date_from", "=", day)])
            with self.subTest(values):
                self.assertEqual(made.user_id, self.seller)

    def test_a_year_of_another_company_by_its_months(self):
        other = self.setup_other_company(name="Second Ltd")["company"]
        for user in (self.seller, self.manager):
            user.company_ids += other
        values = {"period": "year", "date_from": "2027-01-01", "amount": 1200}
        years = self.target(**values) | self.target(**values, company_id=other.id)
        both = self.company | other
        years = years.with_user(self.manager).with_context(allowed_company_ids=both.ids)
        action = years.action_plan()
        wizard = years.env[action["res_model"]].with_context(**action["context"])
        wizard.create({}).action_apply()
        months = years.search([("period", "=", "month")])
        for company in both:
            mine = months.filtered(lambda one, own=company: one.company_id == own)
            self.assertEqual(mine.mapped("amount"), [100] * 12)
        with self.assertRaisesRegex(UserError, "Select targets of a year"):
            wizard.create({}).action_apply()

    def test_days_in_the_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        target = self.target(date_from="2026-03-01")
        french = target.with_context(lang="fr_FR")
        self.assertIn("01/03/2026", french.display_name)
        with self.assertRaisesRegex(ValidationError, "01/03/2026 .* 02/03/2026"):
            french.date_from = "2026-03-02"

    # ------------------------------------------------------------------
    # Dialogs
    # ------------------------------------------------------------------

    def test_days_of_dialogs(self):
        self.plan(rate=3)
        self.collect(1000)
        settlement = self.approved()
        for model, values in (
            ("funnel.commission.settle", {"date_to": "9999-12-31"}),
            ("funnel.commission.pay", {"date": "9999-12-31"}),
            ("funnel.commission.pay", {"month": "9999-12-31"}),
        ):
            if model == "funnel.commission.pay":
                values["settlement_ids"] = settlement.ids
            with (
                self.subTest(model, values=values),
                self.assertRaisesRegex(ValidationError, "between the years"),
            ):
                self.env[model].with_user(self.finance).create(values)

    def test_whose_it_is_is_not_told(self):
        """Neither by a default of the client, nor by writing it afterwards."""
        self.plan(rate=3)
        self.collect(1000)
        self.collect(2000, invoice_user_id=self.other_seller.id)
        settlements = self.settle()
        self.as_("finance", settlements).action_submit()
        foreign = settlements.filtered(lambda one: one.user_id == self.other_seller)
        mine = settlements - foreign
        dialogs = self.env["funnel.commission.dispute"].with_user(self.seller)
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            dialogs.with_context(default_settlement_id=foreign.id).create(
                {"message": "x"}
            )
        dialog = dialogs.with_context(default_settlement_id=mine.id).create(
            {"message": "x"}
        )
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            dialog.write({"settlement_id": foreign.id})
        dialog.invalidate_recordset()
        dialog.settlement_id = mine
        dialog.action_dispute()
        self.assertEqual((mine.state, foreign.state), ("disputed", "submitted"))
        self.assertRaises(UserError, dialog.action_dispute)
