from odoo.tests import tagged

from .test_receivable_slip import SlipDebtCommon


@tagged("post_install", "-at_install")
class TestPrintingSlipChange(SlipDebtCommon):
    """Slips that are changed after they were printed: the next ones count what is on
    its way now."""

    def split(self, picking, quantity):
        """Leave a quantity in a delivery; return that with the rest."""
        picking.move_ids.quantity = quantity
        picking.action_split_transfer()
        return picking.backorder_ids

    def test_split(self):
        self.print_slip(self.picking)
        rest = self.split(self.picking, 5)
        self.assert_balances(rest, 56.5, 56.5, 113)
        self.assert_balances(self.deliverable(1), 113, 11.3, 124.3)

    def test_split_of_what_is_invoiced_in_advance(self):
        self.bolt.invoice_policy = "order"
        picking = self.deliverable(10)
        self.invoice(picking)
        self.print_slip(picking)
        rest = self.split(picking, 5)
        self.assert_balances(rest, 56.5, 56.5, 113)
        self.assert_balances(self.deliverable(1), 113, 11.3, 124.3)

    def test_less_of_what_is_invoiced_in_advance(self):
        self.bolt.invoice_policy = "order"
        picking = self.deliverable(10)
        self.invoice(picking)
        self.print_slip(picking)
        picking.move_ids.product_uom_qty = 4
        self.assert_balances(self.deliverable(1), 113, 11.3, 124.3)

    def test_another_quantity_or_price_of_the_order(self):
        self.print_slip(self.picking)
        line = self.picking.sale_id.order_line
        for vals, before in (
            ({"product_uom_qty": 4}, 45.2),
            ({"price_unit": 20}, 90.4),
        ):
            line.write(vals)
            picking = self.deliverable(1)
            with self.subTest(vals):
                self.assert_balances(picking, before, 11.3, before + 11.3)
            self.void(picking)

    def test_number_of_queries_does_not_grow(self):
        def queries():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.picking.sudo()._get_slip_balances({self.picking: 0})
            return self.env.cr.sql_log_count - before

        counts = []
        for _more in range(2):
            self.print_slip(self.deliverable(1) | self.deliverable(2))
            queries()  # fills what is kept between requests
            counts.append(queries())
        self.assertEqual(*counts)

    # Whether there is a balance is asked at each print

    def invoice_to(self, picking, partner):
        picking.sale_id.partner_invoice_id = partner

    def test_a_balance_that_was_not_known_at_the_first_print(self):
        self.invoice(self.deliver(self.deliverable(5), 5))
        self.invoice_to(self.picking, self.customer)
        self.assertFalse(self.print_slip(self.picking).has_balance)
        self.invoice_to(self.picking, self.partner)
        self.assert_balances(self.picking, 56.5, 113, 169.5)
        self.assertEqual(self.picking.slip_ids.version, 1)
        self.assert_balances(self.deliverable(1), 169.5, 11.3, 180.8)
        self.assert_balances(self.picking, 56.5, 113, 169.5)

    def assert_told(self, told):
        self.print_slip(self.picking)
        self.assertEqual("balance_after" in self.header(self.picking), told)

    def test_a_balance_that_is_known_no_more(self):
        self.assert_told(True)
        self.invoice_to(self.picking, self.customer)
        self.assert_told(False)
        self.invoice_to(self.picking, self.partner)
        self.assert_told(True)
        self.picking.move_ids.sudo().copy(
            {"product_id": self.nut.id}
        )  # a part of a kit
        self.assert_told(False)

    def test_no_balance_of_an_order_that_is_cancelled(self):
        self.assert_told(True)
        self.deliver(self.picking, 10)
        self.picking.sale_id.sudo()._action_cancel()  # no user does
        self.assert_told(False)

    def test_less_comes_back(self):
        self.deliver(self.picking, 10)
        back = self.plan_return(self.picking, 10)
        self.print_slip(back)
        back.move_ids.product_uom_qty = 2
        self.assert_balances(self.deliverable(1), 90.4, 11.3, 101.7)
