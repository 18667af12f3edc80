from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .test_printing_slip_number import SlipNumberCommon


class SlipBalanceCommon(SlipNumberCommon):
    """A bolt costs 10.00 without tax and 11.30 with it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bolt.write({"list_price": 10, "invoice_policy": "delivery"})
        cls.partner = cls.env["res.partner"].create({"name": "Ostwind GmbH"})
        cls.picking = cls.deliverable(10)

    @classmethod
    def deliverable(cls, quantity, **values):
        values.setdefault("partner", cls.partner)
        return cls.new_delivery([(cls.bolt, quantity, {})], **values)

    def invoice(self, picking):
        moves = picking.sale_id._create_invoices()
        moves.action_post()
        return moves

    def assert_balances(self, picking, before, amount, after):
        slip = self.print_slip(picking)
        self.assertTrue(slip.has_balance)
        self.assertEqual(
            [slip.balance_before, slip.amount, slip.balance_after],
            [before, amount, after],
        )


@tagged("post_install", "-at_install")
class TestPrintingSlipBalance(SlipBalanceCommon):
    def test_a_planned_delivery_is_not_owed_yet(self):
        self.assert_balances(self.picking, 0, 113, 113)

    def test_a_delivery_that_is_done_is_owed_once(self):
        self.deliver(self.picking, 10)
        self.assert_balances(self.picking, 0, 113, 113)

    def test_a_delivery_that_is_invoiced_is_owed_once(self):
        self.deliver(self.picking, 10)
        self.invoice(self.picking)
        self.assert_balances(self.picking, 0, 113, 113)

    def test_what_was_delivered_and_invoiced_before(self):
        invoiced, delivered = self.deliverable(2), self.deliverable(3)
        self.deliver(invoiced, 2)
        self.invoice(invoiced)
        self.deliver(delivered, 3)
        self.deliverable(50)  # not delivered: it is not owed
        self.assert_balances(self.picking, 56.5, 113, 169.5)

    def test_invoiced_in_advance(self):
        self.bolt.invoice_policy = "order"
        picking = self.deliverable(4)
        self.invoice(picking)
        self.assert_balances(picking, 0, 45.2, 45.2)
        # For another delivery it is a debt like any other.
        self.assert_balances(self.picking, 45.2, 113, 158.2)

    def test_goods_that_come_back_lessen_the_debt(self):
        self.deliver(self.picking, 10)
        self.invoice(self.picking)
        back = self.give_back(self.picking, 3)
        self.assert_balances(back, 113, -33.9, 79.1)

    def test_an_invoice_to_a_contact_is_owed_by_its_company(self):
        contact = self.env["res.partner"].create(
            {"name": "Shop", "parent_id": self.partner.id, "type": "invoice"}
        )
        before = self.deliver(self.deliverable(1, partner=contact), 1)
        self.invoice(before)
        self.assert_balances(self.picking, 11.3, 113, 124.3)

    def test_frozen_at_the_first_print(self):
        self.assert_balances(self.picking, 0, 113, 113)
        self.invoice(self.deliver(self.deliverable(5), 5))
        self.assert_balances(self.picking, 0, 113, 113)
        # Another version tells its own amount, and the balance of the first print.
        self.deliver(self.picking, 4)
        self.assert_balances(self.picking, 0, 45.2, 45.2)

    def test_slips_follow_one_another(self):
        """What is printed and on its way counts for the next slip."""
        self.assert_balances(self.picking, 0, 113, 113)
        second, third = self.deliverable(2), self.deliverable(3)
        self.print_slip(second | third)
        self.assert_balances(second, 113, 22.6, 135.6)
        self.assert_balances(third, 135.6, 33.9, 169.5)
        for picking in (self.picking, second, third):
            self.deliver(picking, picking.move_ids.product_uom_qty)
        self.assert_balances(self.deliverable(1), 169.5, 11.3, 180.8)

    def test_slips_of_goods_that_are_delivered_follow_one_another_too(self):
        pickings = self.picking | self.deliverable(2) | self.deliverable(3)
        for picking in pickings:
            self.deliver(picking, picking.move_ids.product_uom_qty)
        self.print_slip(pickings)
        self.assertEqual(pickings.mapped("slip_ids.balance_after"), [113, 135.6, 169.5])

    def move_to_another_customer(self, picking):
        other = self.env["res.partner"].create({"name": "Westwind GmbH"})
        picking.sale_id.write({"partner_id": other.id, "partner_invoice_id": other.id})
        picking.partner_id = other
        return other

    def test_slips_follow_one_another_when_one_came_from_another_customer(self):
        self.print_slip(self.picking)
        other = self.move_to_another_customer(self.picking)
        slips = self.print_slip(self.picking | self.deliverable(2, partner=other))
        self.assertEqual(
            [(slip.balance_before, slip.balance_after) for slip in slips.sorted("id")],
            [(0, 113), (113, 135.6)],
        )
        self.assert_balances(self.deliverable(1, partner=other), 135.6, 11.3, 146.9)

    def test_what_goes_to_another_customer_burdens_the_first_no_more(self):
        self.print_slip(self.picking)
        other = self.move_to_another_customer(self.picking)
        self.assert_balances(self.deliverable(1), 0, 11.3, 11.3)
        self.assert_balances(self.deliverable(1, partner=other), 0, 11.3, 11.3)

    def test_debts_are_not_told_to_another_customer(self):
        self.invoice(self.deliver(self.deliverable(5), 5))
        self.assert_balances(self.picking, 56.5, 113, 169.5)
        other = self.env["res.partner"].create({"name": "Westwind GmbH"})
        self.picking.sale_id.partner_invoice_id = other
        self.picking.partner_id = other
        self.assert_balances(self.picking, 0, 113, 113)
        self.assertEqual(self.picking.slip_ids.version, 2)
        self.assertEqual(self.picking.slip_ids.partner_id, other)

    def test_foreign_currency_counts_in_that_of_the_company(self):
        usd = self.setup_other_currency("EUR", rates=[("2020-01-01", 2.0)])
        before = self.deliverable(2, currency=usd)
        self.deliver(before, 2)
        picking = self.deliverable(4, currency=usd)
        self.assert_balances(picking, 11.3, 22.6, 33.9)
        company_currency = self.company.currency_id.name
        self.assertEqual(
            self.header(picking)["balance_after"], f"33.90 {company_currency}"
        )

    def test_debts_to_another_company_do_not_count(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        debts = self.env["stock.picking"].sudo()._get_customer_debts
        self.deliver(self.picking, 10)
        self.assertEqual(debts(self.partner, self.company)[self.partner.id], 113)
        self.assertFalse(debts(self.partner, company)[self.partner.id])

    def test_the_debts_of_the_payer_are_not_told_to_the_receiver(self):
        self.picking.sale_id.partner_invoice_id = self.customer
        slip = self.print_slip(self.picking)
        self.assertFalse(slip.has_balance)
        self.assertNotIn("balance_before", self.header(self.picking))

    def test_without_a_partner_there_is_no_balance(self):
        self.picking.partner_id = False
        self.assertFalse(self.print_slip(self.picking).has_balance)

    def test_printed_for_those_who_see_prices(self):
        self.print_slip(self.picking)
        expected = ["0.00", "113.00", "113.00"]
        keys = ("balance_before", "slip_amount", "balance_after")
        for role in ("order_desk", "finance", "salesperson"):
            with self.subTest(role=role):
                header = self.header(self.picking, role)
                self.assertEqual([header[key] for key in keys], expected)
        self.assertFalse(set(keys) & self.header(self.picking, prices=False).keys())
        texts = {
            role: str(self.print_cells(self.picking, user=self.users[role]))
            for role in ("order_desk", "warehouse")
        }
        self.assertIn("Balance: 113.00", texts["order_desk"])
        self.assertNotIn("113", texts["warehouse"])
        self.assertNotIn("Balance", texts["warehouse"])

    def test_not_printed_for_those_who_do_not_look_after_customers(self):
        self.print_slip(self.picking)
        told = {"balance_before", "slip_amount", "balance_after"}
        for role in ("order_desk", "finance", "salesperson", "purchasing"):
            values = self.header(self.picking, role)
            with self.subTest(role=role):
                self.assertEqual(told <= values.keys(), role != "purchasing")
        slips = self.env["funnel.print.slip"].with_user(self.users["purchasing"])
        self.assertFalse(slips.search([("kind", "=", "delivery")]))
        self.users["order_desk"].group_ids = self.env.ref("stock.group_stock_user")
        self.assertFalse(told & self.header(self.picking).keys())

    def test_not_printed_for_salespeople_of_others(self):
        self.picking.sale_id.user_id = self.users["manager"]
        self.print_slip(self.picking)
        self.assertNotIn("balance_after", self.header(self.picking, "salesperson"))
        self.assertIn("balance_after", self.header(self.picking, "manager"))

    def test_withheld_from_the_warehouse(self):
        self.print_slip(self.picking, "warehouse")
        slip = self.picking.slip_ids.with_user(self.users["warehouse"])
        self.assertEqual(slip.read(["number"])[0]["number"], slip.number)
        for name in ("balance_before", "amount", "balance_after"):
            with self.subTest(field=name):
                with self.assertRaises(AccessError):
                    slip.read([name])
                with self.assertRaises(AccessError):
                    slip.search([(name, ">", 0)])
                with self.assertRaises(AccessError):
                    slip.formatted_read_group([], [], [f"{name}:sum"])
        with self.assertRaises(AccessError):
            slip.read(["content"])
        self.assertEqual(slip.sudo().balance_after, 113)

    def test_one_company_one_customer_at_a_time(self):
        pickings = self.env["stock.picking"]
        for count in range(1, 4):
            partner = self.env["res.partner"].create({"name": f"Wind {count}"})
            self.deliver(self.deliverable(count, partner=partner), count)
            pickings |= self.deliverable(1, partner=partner)
        self.print_slip(pickings)
        self.assertEqual(pickings.mapped("slip_ids.balance_before"), [11.3, 22.6, 33.9])

    def test_a_line_sold_by_the_dozen(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        line = {"product_uom_id": dozen.id, "price_unit": 120}
        picking = self.new_delivery([(self.bolt, 2, line)], partner=self.partner)
        self.deliver(picking, *picking.move_ids.mapped("product_uom_qty"))
        self.assert_balances(picking, 0, 271.2, 271.2)

    def test_a_note_in_the_order_owes_nothing(self):
        self.picking.sale_id.order_line = [
            Command.create({"display_type": "line_note", "name": "Handle with care"})
        ]
        self.assert_balances(self.picking, 0, 113, 113)
