from odoo import Command
from odoo.tests import HttpCase, new_test_user, tagged

from .cost_common import CostCommon

MATCHED = {"fields": {"amount": {}}}
FORM = {
    "payment_state": {},
    "amount_residual": {},
    "line_ids": {
        "fields": {"matched_credit_ids": MATCHED, "matched_debit_ids": MATCHED}
    },
}


@tagged("post_install", "-at_install")
class TestCashPartialAccess(CostCommon, HttpCase):
    """What paid what is read by who reads one of the two documents."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.outside = cls.new_role_user("funnel_outside", "salesperson")
        cls.users["outside"] = cls.outside
        cls.users["accountant"] = new_test_user(
            cls.env,
            "plain_readonly",
            groups="account.group_account_readonly",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.bill = cls.document(7, move_type="in_invoice", tax=cls.env["account.tax"])
        cls.documents = {
            "own": cls.invoice(100, "2026-03-01"),
            "other": cls.invoice(200, "2026-03-01", invoice_user_id=cls.outside.id),
            "free": cls.invoice(300, "2026-03-01", invoice_user_id=False),
            "bill": cls.bill,
        }
        for name in ("own", "other", "free"):
            move = cls.documents[name]
            cls.receive(move.amount_total, "2026-03-10", move)
        cls.pay(7, cls.bill, payment_type="outbound", partner_type="supplier")
        cls.documents["cost"] = cls.cost(
            5, user_id=cls.users["team_leader"].id
        ).move_id.sudo()

    def test_all_fields_of_an_entry(self):
        """By who keeps books without a role here, as other programs read them."""
        accountant = new_test_user(
            self.env,
            "plain_accountant",
            groups="account.group_account_manager",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        order = self._order(100, self.users["salesperson"])
        self.env.invalidate_all()  # what is in memory is read by anybody
        self.assertTrue(order.with_user(accountant).read())
        for name in ("own", "bill", "cost"):
            entry = self.documents[name].with_user(accountant)
            payment = entry.reconciled_payment_ids
            with self.subTest(name):
                for records in (entry, entry.line_ids, payment):
                    self.assertTrue(records.read())

    def partials(self, role):
        return self.env["account.partial.reconcile"].with_user(self.users[role])

    def test_who_reads_what(self):
        everything = {"own", "other", "free", "bill", "cost"}
        customers = {"own", "other", "free"}
        for role, names in (
            ("salesperson", {"own", "free"}),
            ("outside", {"other", "free"}),
            # Without a salesperson it is of no team, but everybody's.
            ("team_leader", {"own", "free"}),
            ("order_desk", customers),
            ("manager", customers),
            ("purchasing", {"bill", "cost"}),
            ("finance", everything),
            ("accountant", everything),
        ):
            found = self.partials(role).search([("company_id", "=", self.company.id)])
            moves = (found.sudo().debit_move_id | found.sudo().credit_move_id).move_id
            with self.subTest(role):
                self.assertEqual(
                    {n for n, move in self.documents.items() if move in moves}, names
                )
                self.assertEqual(len(found), len(names))
                # As Odoo says of the entries themselves.
                mine = self.env["account.move"].with_user(self.users[role])
                ids = [move.id for move in self.documents.values()]
                readable = mine.search([("id", "in", ids)])
                self.assertEqual(
                    {n for n, move in self.documents.items() if move in readable},
                    names,
                )

    def test_of_ones_companies(self):
        second = self.setup_other_company(name="Second Ltd")
        partial = self.documents["own"].line_ids.matched_credit_ids
        role = self.users["order_desk"]
        role.company_ids = [Command.link(second["company"].id)]
        apart = self.partials("order_desk").with_context(
            allowed_company_ids=second["company"].ids
        )
        self.assertFalse(apart.search([("id", "=", partial.id)]))
        self.assertTrue(self.partials("order_desk").search([("id", "=", partial.id)]))

    def test_documents_are_opened_as_before(self):
        for role, name in (
            ("salesperson", "own"),
            ("salesperson", "free"),
            ("team_leader", "own"),
            ("order_desk", "other"),
            ("manager", "own"),
            ("purchasing", "bill"),
            ("purchasing", "cost"),
            ("finance", "own"),
        ):
            self.env.invalidate_all()
            move = self.documents[name].with_user(self.users[role])
            with self.subTest(role=role, name=name):
                move.get_view(view_type="form")
                shown = set(move.fields_get()) & {"invoice_payments_widget"}
                self.assertEqual(bool(shown), role == "finance")
                (read,) = move.web_read({**FORM, **{name: {} for name in shown}})
                self.assertIn(read["payment_state"], ("paid", "in_payment"))
                self.assertEqual(read["amount_residual"], 0)
                paid = [
                    partial["amount"]
                    for line in read["line_ids"]
                    for name in ("matched_credit_ids", "matched_debit_ids")
                    for partial in line[name]
                ]
                self.assertEqual(paid, [move.amount_total])
                # What prints it reads them as everybody.
                printed = move.sudo().invoice_payments_widget["content"]
                self.assertEqual([p["amount"] for p in printed], [move.amount_total])

    def test_order_shows_its_invoice(self):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "user_id": self.users["salesperson"].id,
                "order_line": [
                    Command.create({"product_id": self.bolts.id, "price_unit": 10})
                ],
            }
        )
        order.action_confirm()
        order.order_line.qty_delivered = 1
        invoice = order._create_invoices()
        invoice.invoice_date = "2026-03-01"
        invoice.action_post()
        self.receive(invoice.amount_total, "2026-03-10", invoice)
        for role in ("salesperson", "team_leader", "order_desk"):
            self.env.invalidate_all()
            (read,) = order.with_user(self.users[role]).web_read(
                {"invoice_ids": {"fields": FORM}, "amount_to_invoice": {}}
            )
            with self.subTest(role):
                (document,) = read["invoice_ids"]
                self.assertIn(document["payment_state"], ("paid", "in_payment"))
                self.assertEqual(document["amount_residual"], 0)

    def test_portal_page(self):
        new_test_user(
            self.env,
            "funnel_portal",
            groups="base.group_portal",
            partner_id=self.env["res.partner"]
            .create({"name": "Buyer", "parent_id": self.customer.id})
            .id,
        )
        self.authenticate("funnel_portal", "funnel_portal")
        page = self.url_open(f"/my/invoices/{self.documents['own'].id}")
        self.assertEqual(page.status_code, 200)
        self.assertIn(self.documents["own"].name, page.text)
