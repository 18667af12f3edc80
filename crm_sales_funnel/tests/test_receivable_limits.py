from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .test_receivable_uninvoiced import UninvoicedCommon

FIGURES = (
    "receivable_total",
    "receivable_uninvoiced",
    "receivable_overdue",
    "oldest_overdue_days",
    "oldest_debt_days",
)


@tagged("post_install", "-at_install")
class TestReceivableLimits(UninvoicedCommon):
    """The customer owes 226 for two invoices, of which 113 are 40 days overdue, and 56.5
    for a delivery; 20 are paid and not matched."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.context_today(cls.env["res.partner"])
        cls.partner.user_id = cls.users["salesperson"]

    def setUp(self):
        super().setUp()
        for days in (0, 40):
            invoice = self.invoice(self.deliver(self.deliverable(10), 10))
            if days:
                invoice.button_draft()
                invoice.invoice_date = self.today - timedelta(days=days)
                invoice.invoice_payment_term_id = False
                invoice.invoice_date_due = invoice.invoice_date
                invoice.action_post()
        self.deliver(self.deliverable(5), 5)
        payment = self.env["account.payment"].create(
            {
                "amount": 20,
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.partner.id,
                "journal_id": self.company_data["default_journal_bank"].id,
            }
        )
        payment.action_post()

    def row(self, user=None):
        self.env.flush_all()
        self.env.invalidate_all()
        report = self.env["funnel.receivable.report"].with_user(user or self.env.user)
        report = report.with_context(allowed_company_ids=self.company.ids)
        return report.search([("partner_id", "=", self.partner.id)])

    def payer(self, user=None):
        self.env.flush_all()
        self.env.invalidate_all()
        partner = self.partner.with_user(user or self.env.user)
        return partner.with_context(allowed_company_ids=self.company.ids)

    def test_what_a_customer_owes(self):
        row = self.row()
        self.assertAlmostEqual(row.invoiced, 206)
        self.assertAlmostEqual(row.uninvoiced, 56.5)
        self.assertAlmostEqual(row.total, 262.5)
        self.assertAlmostEqual(row.overdue, 113)
        self.assertAlmostEqual(row.credit, -20)
        self.assertEqual((row.oldest_overdue_days, row.oldest_debt_days), (40, 40))
        self.assertEqual(row.user_id, self.users["salesperson"])
        total = sum(row.search([]).mapped("total"))
        self.assertAlmostEqual(row.share, 262.5 / total)
        self.assertFalse(row.is_over_limit or row.is_too_old or row.reason)

    def test_the_same_on_the_customer_and_its_contacts(self):
        contact = self.env["res.partner"].create(
            {"name": "Shop", "parent_id": self.partner.id}
        )
        for partner in (self.payer(), contact.with_env(self.payer().env)):
            with self.subTest(partner.name):
                self.assertEqual(
                    [round(partner[fname], 2) for fname in FIGURES],
                    [262.5, 56.5, 113, 40, 40],
                )
                self.assertAlmostEqual(partner.receivable_share, self.row().share)

    def test_limits(self):
        customer = self.payer().with_company(self.company)
        for limits, over, old, words in (
            ({"credit_limit": 262.5}, False, False, None),
            (
                {"credit_limit": 200},
                True,
                False,
                r"owes .*262.50, limit .*200.00.*62.50",
            ),
            ({"overdue_limit": 113}, False, False, None),
            ({"overdue_limit": 100}, True, False, "overdue .*113.00, limit .*100.00"),
            ({"max_debt_age": 40}, False, False, None),
            ({"max_debt_age": 39}, False, True, "debt of 40 days, at most 39$"),
        ):
            customer.write(
                {"credit_limit": 0, "overdue_limit": 0, "max_debt_age": 0} | limits
            )
            with self.subTest(**limits):
                row = self.row()
                self.assertEqual((row.is_over_limit, row.is_too_old), (over, old))
                self.assertRegex(row.reason or "", words or "^$")
                found = row.search([("is_over_limit", "=", True)])
                self.assertEqual(row in found, over)

    def test_a_limit_for_all_customers(self):
        self.company.account_use_credit_limit = True
        self.env["ir.default"].set(
            "res.partner", "credit_limit", 250, company_id=self.company.id
        )
        row = self.row()
        self.assertEqual(row.credit_limit, 250)
        self.assertAlmostEqual(row.excess, 12.5)
        self.partner.with_company(self.company).credit_limit = 1000
        self.assertFalse(self.row().excess)

    def test_limits_of_another_company_do_not_count(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.partner.with_company(other).credit_limit = 1
        self.assertFalse(self.row().is_over_limit)

    def test_search(self):
        nobody = self.env["res.partner"].create({"name": "Owes nothing"})
        partners = self.payer().browse([self.partner.id, nobody.id])
        both, debtor, none = set(partners.ids), {self.partner.id}, set()
        for condition, expected in (
            (("receivable_total", ">", 262), debtor),
            (("receivable_total", ">", 263), none),
            (("receivable_total", ">=", 0), both),
            (("receivable_total", "<", 1), {nobody.id}),
            (("receivable_total", "=", 0), {nobody.id}),
            (("receivable_total", "!=", 0), debtor),
            (("receivable_uninvoiced", ">", 56), debtor),
            (("receivable_overdue", ">", 113), none),
            (("receivable_overdue", "<=", 113), both),
            (("receivable_share", ">", 0), debtor),
            (("oldest_overdue_days", "=", 40), debtor),
            (("oldest_debt_days", ">", 39), debtor),
            (("oldest_debt_days", "<", 40), {nobody.id}),
        ):
            with self.subTest(condition):
                domain = [("id", "in", partners.ids), condition]
                self.assertEqual(set(partners.search(domain).ids), expected)

    def test_share_is_searched(self):
        row = self.row()
        self.assertIn(row, row.search([("share", ">", row.share - 0.01)]))
        self.assertNotIn(row, row.search([("share", ">", row.share + 0.01)]))

    def test_search_of_a_share_as_it_is_shown(self):
        others = self.env["res.partner"].create([{"name": f"Other {n}"} for n in "ab"])
        for other, amount in zip(others, (262.5, 262.5), strict=True):
            self._create_invoice_one_line(
                price_unit=amount, tax_ids=[], partner_id=other.id, post=True
            )
        row = self.row()  # a third of 787.50, 33.33 %
        rows = row.search([])
        self.assertEqual(sum(rows.mapped("total")), 787.5)
        for condition, found in (
            (("share", "=", 0.3333), rows),
            (("share", "=", 0.3334), row.browse()),
            (("share", "!=", 0.3333), row.browse()),
            (("share", "!=", 0.5), rows),
            (("share", "in", [0.1, 0.3333]), rows),
            (("share", "not in", [0.1]), rows),
            (("share", "=", 0), row.browse()),
            (("share", "=", False), row.browse()),
            (("share", ">=", 0.3333), rows),
            (("share", ">", 0.3333), row.browse()),
            (("share", "<=", 0.3333), rows),
            (("share", "<", 0.3333), row.browse()),
        ):
            with self.subTest(condition):
                self.assertEqual(row.search([condition]), found)
                domain = [condition, ("partner_id", "=", self.partner.id)]
                self.assertEqual(row.search(domain), found & row)
                customers = [("receivable_share", *condition[1:])]
                self.assertEqual(
                    self.partner in self.payer().search(customers), row in found
                )

    def test_search_of_a_share_when_nobody_owes(self):
        report = self.row().with_user(self.new_role_user("stranger", "salesperson"))
        for operator, value in (("=", 0), ("!=", 0), ("in", []), (">", 0.5)):
            with self.subTest(operator):
                self.assertFalse(report.search([("share", operator, value)]))

    def test_search_of_a_share_when_customers_have_credit(self):
        """Of -337.50 the customer's 262.50 are -77.78 %."""
        other = self.env["res.partner"].create({"name": "Paid in advance"})
        self._create_invoice_one_line(
            price_unit=600,
            tax_ids=[],
            partner_id=other.id,
            move_type="out_refund",
            post=True,
        )
        row = self.row()
        self.assertAlmostEqual(row.share, 262.5 / -337.5)
        for condition, found in (
            (("share", "=", -0.7778), True),
            (("share", "=", row.share), True),  # as it is read
            (("share", "<", 0), True),
            (("share", ">", -0.78), True),
            (("share", ">", 0), False),
        ):
            with self.subTest(condition):
                self.assertEqual(row in row.search([condition]), found)

    def test_share_of_a_salesperson(self):
        """He is told no share in what he may not see."""
        self.assertAlmostEqual(self.row(self.users["salesperson"]).share, 1)

    def test_what_each_role_sees(self):
        stranger = self.new_role_user("funnel_stranger", "salesperson")
        for user in (self.users["salesperson"], self.users["finance"]):
            self.assertAlmostEqual(self.row(user).total, 262.5)
            self.assertAlmostEqual(self.payer(user).receivable_total, 262.5)
        self.assertTrue(self.row(self.users["team_leader"]))
        self.assertFalse(self.row(stranger))
        portal = new_test_user(self.env, "funnel_portal", groups="base.group_portal")
        for user in (self.users["warehouse"], self.users["purchasing"], portal):
            with self.assertRaises(AccessError):
                self.row(user)
            self.assertNotIn("receivable_total", self.payer(user).fields_get())

    def test_the_parts_are_opened(self):
        row = self.row(self.users["finance"])
        for action, fname, total in (
            (row.action_open_parts(), "residual", 206),
            (row.action_open_uninvoiced(), "amount", 56.5),
        ):
            report = self.env[action["res_model"]].with_context(
                allowed_company_ids=self.company.ids
            )
            parts = report.search(action["domain"])
            self.assertAlmostEqual(sum(parts.mapped(fname)), total)

    def test_number_of_queries_does_not_grow(self):
        """Of one customer and of many."""
        partners = self.payer()
        for number in range(4):
            partner = partners.create({"name": f"Customer {number}"})
            self.invoice(self.deliver(self.deliverable(1, partner=partner), 1))
            partners |= partner
        with_all = [*FIGURES, "receivable_share"]

        def count(some):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            some.read(with_all)
            return self.env.cr.sql_log_count - before

        count(partners)
        self.assertEqual(count(partners), count(partners[0]))
