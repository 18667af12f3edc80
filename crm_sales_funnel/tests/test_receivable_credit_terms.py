import math

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.service.model import call_kw
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.mail.tools.discuss import Store

from .common import ROLES
from .test_receivable_credit import CreditCommon

TERMS = ("credit_limit", "overdue_limit", "max_debt_age", "followup_policy_id")
DIALOG = "funnel.credit.terms"
AGED = {"changes_max_debt_age": True}
AGE = "Oldest Debt Allowed (days)"


@tagged("post_install", "-at_install")
class TestReceivableCreditTerms(CreditCommon):
    """Finance decides what a customer may owe, and changes nothing else of him."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.finance = cls.users["finance"]
        cls.policy = cls.env["funnel.followup.policy"].create({"name": "Slowly"})
        cls.second = cls.env["res.partner"].create(
            {"name": "Südwind GmbH", "customer_rank": 1}
        )
        cls.both = cls.partner | cls.second
        cls.other = cls.env["res.company"].create({"name": "Second Ltd"})

    def dialog(self, partners, user=None):
        dialogs = self.env[DIALOG].with_user(user or self.finance)
        return dialogs.with_context(
            allowed_company_ids=self.company.ids,
            active_model="res.partner",
            active_ids=partners.ids,
        )

    def terms(self, partner, company=None):
        self.env.invalidate_all()
        partner = partner.with_company(company or self.company)
        return tuple(partner[name] for name in TERMS)

    def notes(self, partner, user):
        """Return what a user reads of the changes of the terms."""
        self.env.flush_all()
        self.env.invalidate_all()
        store = Store()
        messages = partner.message_ids.with_user(user)
        messages = messages.with_context(allowed_company_ids=user.company_ids.ids)
        store.add(messages.filtered(lambda m: "Credit terms" in m.body))
        authors = messages.grouped("id")
        return [
            (
                authors[note["id"]].author_id.id,
                value["fieldInfo"]["changedField"],
                value["oldValue"],
                value["newValue"],
            )
            for note in store.get_result().get("mail.message", [])
            for value in note["trackingValues"]
        ]

    def test_a_salesperson_reads_what_his_own_customers_are_granted(self):
        seller = self.users["salesperson"]
        self.both.with_company(self.company).overdue_limit = 500
        self.second.user_id = self.users["team_leader"]
        for name in ("overdue_limit", "max_debt_age", "followup_policy_id"):
            for partner in self.both:
                with self.subTest(name), self.assertRaises(AccessError):
                    partner.with_user(seller).read([name])
            with self.subTest(name), self.assertRaises(AccessError):
                self.env["res.partner"].with_user(seller).search([(name, ">", 0)])
        self.deliver(self.picking, 10)
        debts = self.env["funnel.receivable.report"].with_user(seller)
        self.assertEqual(debts.search([]).mapped("overdue_limit"), [500])
        for role in ("order_desk", "finance", "manager"):
            partner = self.second.with_user(self.users[role])
            self.assertEqual(partner.with_company(self.company).overdue_limit, 500)

    def test_finance_does_not_write_customers(self):
        with self.assertRaises(AccessError):
            self.partner.with_user(self.finance).overdue_limit = 5

    def test_of_one_customer(self):
        self.limit(credit_limit=100, max_debt_age=30)
        form = Form(self.dialog(self.partner))
        self.assertEqual((form.credit_limit, form.max_debt_age), (100, 30))
        self.assertFalse(form.changes_credit_limit)
        form.credit_limit = 500
        form.followup_policy_id = self.policy
        self.assertTrue(form.changes_credit_limit)
        form.save().action_apply()
        self.assertEqual(self.terms(self.partner), (500, 0, 30, self.policy))
        author = self.finance.partner_id.id
        self.assertEqual(
            self.notes(self.partner, self.finance),
            [
                (author, "Credit Limit", 100, 500),
                (author, "Follow-up Policy", "", "Slowly"),
            ],
        )

    def test_of_several_customers_what_is_ticked(self):
        self.limit(credit_limit=100, overdue_limit=7)
        self.second.with_company(self.company).write(
            {"credit_limit": 200, "max_debt_age": 60}
        )
        form = Form(self.dialog(self.both))
        self.assertEqual((form.credit_limit, form.overdue_limit), (0, 0))
        form.max_debt_age = 90
        self.assertTrue(form.changes_max_debt_age)
        form.changes_overdue_limit = True  # of nobody any more
        form.save().action_apply()
        none = self.policy.browse()
        self.assertEqual(self.terms(self.partner), (100, 0, 90, none))
        self.assertEqual(self.terms(self.second), (200, 0, 90, none))
        notes = self.notes(self.second, self.finance)
        self.assertEqual([note[1:] for note in notes], [(AGE, 60, 90)])

    def test_nothing_is_changed(self):
        self.limit(credit_limit=100)
        before = len(self.partner.message_ids)
        with self.assertRaisesRegex(UserError, "Nothing is changed"):
            Form(self.dialog(self.partner)).save().action_apply()
        dialog = Form(self.dialog(self.partner)).save()
        dialog.changes_credit_limit = True
        dialog.action_apply()
        self.assertEqual(len(self.partner.message_ids), before)

    def test_of_a_contact_it_is_the_company(self):
        contact = self.env["res.partner"].create(
            {"name": "Shop", "parent_id": self.partner.id}
        )
        form = Form(self.dialog(contact))
        form.overdue_limit = 5
        form.save().action_apply()
        self.assertEqual(self.terms(self.partner)[1], 5)

    def test_of_the_current_company(self):
        self.finance.company_ids = [Command.link(self.other.id)]
        form = Form(self.dialog(self.partner))
        form.credit_limit = 500
        form.save().action_apply()
        self.assertEqual(self.terms(self.partner, self.other)[0], 0)
        # Who works for the other company alone reads that, and no figures.
        self.finance.write(
            {
                "company_ids": [Command.set(self.other.ids)],
                "company_id": self.other.id,
            }
        )
        self.assertFalse(self.notes(self.partner, self.finance))

    def test_the_figures_are_for_those_who_may_read_them(self):
        form = Form(self.dialog(self.partner))
        form.credit_limit, form.overdue_limit = 500, 50
        form.save().action_apply()
        for role, labels in (
            ("finance", ["Credit Limit", "Overdue Limit"]),
            ("order_desk", ["Overdue Limit"]),
            ("warehouse", []),
        ):
            with self.subTest(role):
                notes = self.notes(self.partner, self.users[role])
                self.assertEqual([note[1] for note in notes], labels)

    def test_managers_too(self):
        self.limit(credit_limit=100)
        form = Form(self.dialog(self.partner, self.users["manager"]))
        self.assertEqual(form.credit_limit, 100)
        form.credit_limit = 200
        form.save().action_apply()
        self.assertEqual(self.terms(self.partner)[0], 200)

    def test_who_opens_it(self):
        portal = new_test_user(self.env, "funnel_portal", groups="base.group_portal")
        users = {role: self.users[role] for role in ROLES} | {"portal": portal}
        for role, user in users.items():
            may = role in ("finance", "manager")
            with self.subTest(role):
                self.assertEqual(
                    self.env[DIALOG].with_user(user).has_access("create"), may
                )
            if not may:
                with self.subTest(role), self.assertRaises(AccessError):
                    self.partner.with_user(user)._set_credit_terms(
                        self.company, {"credit_limit": 1}
                    )

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_of_what_may_not_be_read(self):
        self.second.write({"company_id": self.other.id})
        self.second.with_company(self.other).credit_limit = 77
        values = {"credit_limit": 1, "changes_credit_limit": True}
        dialog = self.env[DIALOG].with_user(self.finance)
        secret = dialog.create({"partner_ids": self.second.ids, **values})
        self.assertFalse(secret.overdue_limit)
        with self.assertRaises(UserError):
            secret.action_apply()
        with self.assertRaises(AccessError):
            dialog.create(
                {
                    "partner_ids": self.partner.ids,
                    "company_id": self.other.id,
                    **values,
                }
            ).action_apply()
        self.assertEqual(self.terms(self.second, self.other)[0], 77)
        self.assertEqual(self.terms(self.partner, self.other)[0], 0)

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_the_name_of_another_company_is_not_told(self):
        """By none of the dialogs that ask for a company."""
        fields = {"company_id": {"fields": {"display_name": {}}}}
        for model, values in (
            (DIALOG, {"partner_ids": self.partner.ids}),
            ("funnel.credit.hold.place", {"reason": "Late"}),
            ("funnel.statement.run", {"date_to": "2026-03-31"}),
        ):
            dialogs = self.env[model].with_user(self.finance)
            dialogs = dialogs.with_context(allowed_company_ids=self.company.ids)
            dialog = dialogs.create(values)
            foreign = {"company_id": self.other.id}
            for method, args, context in (
                ("create", [{**values, **foreign}], {}),
                ("write", [dialog.ids, foreign], {}),
                ("onchange", [[], foreign, ["company_id"], fields], {}),
                ("onchange", [dialog.ids, foreign, ["company_id"], fields], {}),
                (
                    "onchange",
                    [[], {"company_id": {"id": self.other.id}}, [], fields],
                    {},
                ),
                (
                    "onchange",
                    [[], {}, [], fields],
                    {"default_company_id": self.other.id},
                ),
                (
                    "onchange",
                    [[], {}, [], fields],
                    {"default_company_id": {"id": self.other.id}},
                ),
                ("create", [{**values, "company_id": str(self.other.id)}], {}),
                ("create", [{**values, "company_id": float(self.other.id)}], {}),
                ("create", [{**values, "company_id": [self.other.id]}], {}),
                ("write", [dialog.ids, {"company_id": str(self.other.id)}], {}),
            ):
                with (
                    self.subTest(model, method=method, context=context),
                    self.assertRaises(AccessError) as refused,
                    self.cr.savepoint(),
                ):
                    call_kw(dialogs, method, args, {"context": context})
                self.assertNotIn(self.other.name, str(refused.exception))
                self.env.invalidate_all()
            self.finance.company_ids = [Command.link(self.other.id)]
            both = dialogs.with_context(
                allowed_company_ids=self.finance.company_ids.ids
            )
            self.assertEqual(both.create({**values, **foreign}).company_id, self.other)
            self.finance.company_ids = [Command.unlink(self.other.id)]

    def test_what_are_no_terms(self):
        dialog = Form(self.dialog(self.partner)).save()
        foreign = self.policy.copy({"company_id": self.other.id})
        for values, words in (
            ({"credit_limit": -1}, "Credit Limit cannot be negative"),
            ({"overdue_limit": -0.01}, "Overdue Limit cannot be negative"),
            ({"max_debt_age": -1}, "cannot be negative"),
            ({"max_debt_age": 3651, **AGED}, "at most 3650 days"),
            ({"max_debt_age": 10**12}, "no number, or too large"),
            ({"credit_limit": math.nan}, "Credit Limit: this is no number"),
            ({"overdue_limit": math.inf}, "Overdue Limit: this is no number"),
            ({"credit_limit": 1e300}, "no number, or too large"),
            ({"followup_policy_id": foreign.id}, "policy of another company"),
        ):
            for method, args in (
                ("create", [{"partner_ids": self.partner.ids, **values}]),
                ("write", [dialog.ids, values]),
            ):
                with (
                    self.subTest(method, **values),
                    self.assertRaisesRegex(ValidationError, words),
                    self.cr.savepoint(),
                ):
                    call_kw(dialog.browse(), method, args, {})
                self.env.invalidate_all()

    def test_from_the_lists(self):
        self.deliver(self.picking, 10)
        held = self.hold()
        self.env.flush_all()
        report = self.env["funnel.receivable.report"].with_user(self.finance)
        report = report.with_context(allowed_company_ids=self.company.ids)
        row = report.search([("partner_id", "=", self.partner.id)])
        for limit, records in enumerate((row, held.with_user(self.finance)), 5):
            with self.subTest(records._name):
                action = records.action_set_credit_terms()
                self.assertEqual(action["res_model"], DIALOG)
                dialog = self.env[DIALOG].with_user(self.finance)
                form = Form(dialog.with_context(**action["context"]))
                self.assertEqual(form.customer_count, 1)
                form.overdue_limit = limit
                form.save().action_apply()
                self.assertEqual(self.terms(self.partner)[1], limit)
                with self.assertRaises(AccessError):
                    records.with_user(self.desk).action_set_credit_terms()

    def test_queries_do_not_grow(self):
        customers = self.env["res.partner"].create(
            [{"name": f"Customer {number}"} for number in range(12)]
        )

        def count(some, limit):
            form = Form(self.dialog(some))
            form.overdue_limit = limit
            dialog = form.save()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            dialog.action_apply()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        count(customers, 1)
        self.assertLessEqual(count(customers, 2), count(customers[:3], 3) + 2)
