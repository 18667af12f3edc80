from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .settlement_common import SettlementCommon


@tagged("post_install", "-at_install")
class TestCommissionKept(SettlementCommon):
    """What the ledger tells of is read everywhere, whatever became of the documents."""

    def assert_read(self, entries):
        """Read entries in all the ways of the web client, as who may."""
        self.env.flush_all()
        for user in (entries.user_id[0], self.finance, self.manager):
            self.env.invalidate_all()
            mine = self.entries.with_user(user)
            domain = [("id", "in", entries.ids)]
            names = [
                name
                for name, field in mine._fields.items()
                if mine._has_field_access(field, "read")
            ]
            fields = {
                name: {"fields": {"display_name": {}}}
                if mine._fields[name].type == "many2one"
                else {}
                for name in names
            }
            rows = mine.web_search_read(domain, fields)["records"]
            self.assertEqual(len(rows), len(entries))
            self.assertTrue(all(row["label"] for row in rows), rows)
            for name in names:
                if mine._fields[name].store and mine._fields[name].type == "many2one":
                    groups = mine.web_read_group(domain, [name], ["amount:sum"])
                    self.assertEqual(
                        round(sum(g["amount:sum"] for g in groups["groups"]), 2),
                        round(sum(row["amount"] for row in rows), 2),
                    )
            self.assertEqual(len(mine.browse(entries.ids).read(names)), len(entries))

    def assert_kept(self, record, delete=None):
        """Deleting it is refused in words that name it."""
        with self.assertRaisesRegex(UserError, "Archive or cancel") as refused:
            (delete or record.unlink)()
        self.assertIn(record.display_name, str(refused.exception))

    def test_order(self):
        plan = self.plan(basis="ordered", rate=3)
        order = self.sell((1000, 1), (500, 2))
        self.assertEqual(self.earned(plan), 60)
        order._action_cancel()
        self.assert_kept(order)
        self.assertEqual(self.earned(plan), 0)
        self.assert_kept(order)
        entries = self.entries.search([("plan_id", "=", plan.id)])
        self.assertEqual(sorted(entries.mapped("amount")), [-30, -30, 30, 30])
        # A line is taken out when the order is corrected.
        order.action_draft()
        order.order_line[1].unlink()
        order.action_confirm()
        self.assertEqual(self.earned(plan), 30)
        self.assert_read(self.entries.search([("plan_id", "=", plan.id)]))
        settlement = self.settle("2026-12-31")
        self.assertEqual(settlement.payable, 30)
        pages = settlement.with_user(self.seller)._print_documents(set(), True)
        self.assertEqual({line["document"] for line in pages[0]["lines"]}, {order.name})

    def test_order_of_many(self):
        """One query, however many are deleted."""
        plan = self.plan(basis="ordered", rate=3)
        order = self.sell((1000, 1))
        self.assertEqual(self.earned(plan), 30)
        order._action_cancel()
        others = order.browse()
        for _number in range(5):
            others |= self.sell((10, 1), confirm=False)
        with self.assertRaisesRegex(UserError, order.name):
            (others | order).unlink()
        self.env.flush_all()
        ledger = self.entries
        with self.assertQueryCount(1):
            ledger._refuse_deletion(others, "order_id")
        others.unlink()

    def test_invoice(self):
        plan = self.plan(basis="invoiced", rate=3)
        invoice = self.document(1000)
        self.assertEqual(self.earned(plan), 30)
        invoice.button_draft()
        invoice.name = "/"
        self.assert_kept(invoice, invoice.with_context(force_delete=True).unlink)
        invoice.invoice_line_ids.unlink()
        invoice.invoice_line_ids = [
            Command.create({"name": "Other", "price_unit": 500, "tax_ids": []})
        ]
        invoice.action_post()
        self.assertEqual(self.earned(plan), 15)
        self.assert_read(self.entries.search([("plan_id", "=", plan.id)]))

    def test_payment(self):
        """What is not paid after all is written down by what is no more."""
        plan = self.plan(rate=3)
        invoice, payment = self.collect(1000)
        self.assertEqual(self.earned(plan), 30)
        invoice.line_ids.remove_move_reconcile()
        self.assertEqual(self.earned(plan), 0)
        entries = self.entries.search([("plan_id", "=", plan.id)])
        self.assertFalse(entries.sudo().partial_id.exists())
        self.assert_read(entries)
        payment.action_draft()
        payment.unlink()
        self.assert_read(entries)

    def test_user(self):
        plan = self.plan(basis="invoiced", rate=3)
        leaver = self.seller.copy({"login": "commission_leaver"})
        self.document(1000, invoice_user_id=leaver.id)
        self.assertEqual(self.earned(plan, leaver), 30)
        self.assert_kept(leaver)
        leaver.active = False
        self.assert_read(self.entries.search([("user_id", "=", leaver.id)]))
        self.assertEqual(self.settle().payable, 30)

    def test_team_customer_and_product(self):
        plan = self.plan(basis="invoiced", rate=3)
        team = self.env["crm.team"].create({"name": "Export"})
        customer = self.env["res.partner"].create({"name": "Gone Ltd"})
        product = self.env["product.product"].create({"name": "Washer"})
        invoice = self.document(1000, team_id=team.id, partner_id=customer.id)
        invoice.button_draft()
        invoice.invoice_line_ids.write({"product_id": product.id, "price_unit": 1000})
        invoice.action_post()
        self.assertEqual(self.earned(plan), 30)
        # Nothing but the ledger refers to them.
        invoice.button_draft()
        invoice.write({"team_id": False, "partner_id": self.customer.id})
        invoice.invoice_line_ids.product_id = self.bolts
        invoice.action_post()
        self.earned(plan)
        for record in (team, customer, product, product.product_tmpl_id):
            with self.subTest(record._name):
                self.assert_kept(record)
        entries = self.entries.search([("plan_id", "=", plan.id)])
        self.assertIn(customer, entries.partner_id)
        self.assert_read(entries)

    def test_unused_is_deleted(self):
        self.plan(basis="invoiced", rate=3)
        team = self.env["crm.team"].create({"name": "Export"})
        product = self.env["product.product"].create({"name": "Washer"})
        order = self.sell((1000, 1), confirm=False)
        for record in (order, team, product):
            record.unlink()
            self.assertFalse(record.exists())
