from datetime import datetime, timedelta

from odoo import fields
from odoo.tests import tagged

from .test_receivable_uninvoiced import UninvoicedCommon


@tagged("post_install", "-at_install")
class TestReceivableOwed(UninvoicedCommon):
    """What is delivered and not invoiced stands beside the aging, and is compared with
    nothing."""

    def tie_out(self, user=None, as_of=False, companies=None, **context):
        self.env.flush_all()
        self.env.invalidate_all()
        report = self.env["funnel.aging.report"].with_user(user or self.env.user)
        return report.with_context(
            allowed_company_ids=(companies or self.company).ids, as_of=as_of, **context
        ).get_tie_out()

    def figures(self, *args, **context):
        """Return what the line says of the company."""
        names = ("aging", "uninvoiced", "owed", "ledger", "difference")
        company = self.tie_out(*args, **context)["companies"][0]
        return tuple(company.get(name) for name in names)

    def test_a_delivery_and_its_invoice(self):
        self.assertEqual(self.figures(), (0, 0, 0, 0, 0))
        self.deliver(self.picking, 10)
        self.assertEqual(self.figures(), (0, 113, 113, 0, 0))
        draft = self.picking.sale_id._create_invoices()
        self.assertEqual(self.figures(), (0, 113, 113, 0, 0))
        draft.action_post()
        self.assertEqual(self.figures(), (113, 0, 113, 113, 0))
        self.give_back(self.picking, 3)
        self.assertEqual(self.figures(), (113, -33.9, 79.1, 113, 0))

    def test_at_any_date(self):
        today = fields.Date.context_today(self.picking)
        delivered, invoiced = today - timedelta(20), today - timedelta(10)
        self.deliver(self.picking, 10)
        self.picking.move_ids.date = datetime.combine(delivered, datetime.min.time())
        invoice = self.picking.sale_id._create_invoices()
        invoice.invoice_date = invoiced
        invoice.action_post()
        day = timedelta(1)
        for as_of, expected in (
            (delivered - day, (0, 0, 0, 0, 0)),
            (delivered, (0, 113, 113, 0, 0)),
            (invoiced - day, (0, 113, 113, 0, 0)),
            (invoiced, (113, 0, 113, 113, 0)),
            (False, (113, 0, 113, 113, 0)),
        ):
            with self.subTest(as_of):
                as_of = as_of and str(as_of)
                self.assertEqual(self.figures(as_of=as_of), expected)
                report = self.env["funnel.uninvoiced.report"].with_context(
                    as_of=as_of, allowed_company_ids=self.company.ids
                )
                self.assertEqual(
                    sum(report.search([]).mapped("amount")), expected[1], "what opens"
                )

    def test_what_each_role_sees(self):
        stranger = self.new_role_user("funnel_stranger", "salesperson")
        for user, quantity in ((self.users["salesperson"], 1), (stranger, 2)):
            picking = self.deliverable(quantity)
            picking.sale_id.write({"user_id": user.id, "team_id": False})
            self.deliver(picking, quantity)
        everything = (0, 33.9, 33.9, 0, 0)
        for role, expected in (
            ("salesperson", (0, 11.3, 11.3, None, None)),
            ("team_leader", (0, 11.3, 11.3, None, None)),
            ("manager", everything),
            ("order_desk", everything),
            ("finance", everything),
            ("purchasing", (0, None, None, None, None)),
        ):
            with self.subTest(role):
                self.assertEqual(self.figures(self.users[role]), expected)

    def test_what_colleagues_sold_to_the_customer_of_a_salesperson(self):
        """It is part of what the customer owes, and said to be theirs: the rows that
        open from there are the salesperson's own."""
        colleague = self.new_role_user("colleague", "salesperson")
        self.partner.user_id = self.users["salesperson"]
        self.deliver(self.picking, 10)
        for quantity in (4, 2):
            theirs = self.deliverable(quantity)
            theirs.sale_id.user_id = colleague
            self.deliver(theirs, quantity)
        theirs.sale_id._create_invoices().action_post()
        self.env.flush_all()
        for role, by_colleagues in (
            ("salesperson", 45.2 + 22.6),
            ("team_leader", 0),  # the orders are of the team
            ("finance", 0),
        ):
            reports = self.env["funnel.receivable.report"].with_user(self.users[role])
            reports = reports.with_context(allowed_company_ids=self.company.ids)
            row = reports.search([("partner_id", "=", self.partner.id)])
            row.invalidate_recordset()
            with self.subTest(role):
                self.assertAlmostEqual(row.total, 113 + 45.2 + 22.6)
                self.assertAlmostEqual(row.by_colleagues, by_colleagues)
                shown = 0
                for action, amount in (
                    (row.action_open_parts(), "residual"),
                    (row.action_open_uninvoiced(), "amount"),
                ):
                    rows = reports.env[action["res_model"]].search(action["domain"])
                    shown += sum(rows.mapped(amount))
                self.assertAlmostEqual(shown + row.by_colleagues, row.total)

    def test_each_company_has_its_own(self):
        other = self.setup_other_company(name="Second Ltd")["company"]
        self.env.user.company_ids |= other
        self.deliver(self.picking, 10)
        companies = self.tie_out(companies=other | self.company)["companies"]
        self.assertEqual(
            [(company["id"], company["owed"]) for company in companies],
            [(other.id, 0), (self.company.id, 113)],
        )
        (alone,) = self.tie_out(companies=other)["companies"]
        self.assertEqual(alone["uninvoiced"], 0)

    def test_payables_have_none(self):
        self.deliver(self.picking, 10)
        context = {"account_type": "liability_payable"}
        (company,) = self.tie_out(self.users["finance"], **context)["companies"]
        self.assertFalse({"uninvoiced", "owed"} & company.keys())
