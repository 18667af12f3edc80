from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .test_receivable_slip import SlipDebtCommon


class CreditCommon(SlipDebtCommon):
    """A bolt costs 11.30; ten of them, 113.00, are ordered and not delivered."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.credit_gate_limits = True
        cls.partner.write({"user_id": cls.users["salesperson"].id, "customer_rank": 1})
        cls.desk = cls.users["order_desk"]
        cls.check = cls.env["funnel.credit.check"]

    @classmethod
    def quote(cls, quantity, **values):
        """Return a quotation of so many bolts."""
        values.setdefault("partner_id", cls.partner.id)
        return cls.env["sale.order"].create(
            {
                "order_line": [
                    Command.create(
                        {
                            "product_id": cls.bolt.id,
                            "product_uom_qty": quantity,
                            "price_unit": 10,
                            "tax_ids": [Command.set(cls.vat.ids)],
                        }
                    )
                ],
                **values,
            }
        )

    def limit(self, **limits):
        self.partner.with_company(self.company).write(limits)

    def hold(self, reason="The cheque bounced", **values):
        return self.env["funnel.credit.hold"]._place(
            self.company, self.partner, reason, **values
        )

    def invoice_late(self, days):
        """Deliver what is ordered and invoice it as due so many days ago."""
        invoice = self.invoice(self.deliver(self.picking, 10))
        invoice.button_draft()
        invoice.invoice_date = fields.Date.today() - timedelta(days=days)
        invoice.invoice_payment_term_id = False
        invoice.invoice_date_due = invoice.invoice_date
        invoice.action_post()

    def ordered_in_advance(self):
        """Return the delivery of ten bolts that are invoiced as they are ordered, in
        place of the other one."""
        self.picking.action_cancel()
        self.bolt.invoice_policy = "order"
        return self.deliverable(10)

    def standing(self, apart=()):
        """Return how the customer stands, who has some limit."""
        self.env.flush_all()
        self.env.invalidate_all()
        standings = self.check._get_standings(self.company, self.partner, apart)
        return standings[self.partner.id]

    def assert_used(self, owed, promised):
        self.limit(credit_limit=1_000_000)
        standing = self.standing()
        self.assertAlmostEqual(standing.owed, owed)
        self.assertAlmostEqual(standing.promised, promised)

    def confirm(self, *orders, user=None):
        orders = self.env["sale.order"].concat(*orders)
        orders.with_user(user or self.desk).action_confirm()

    def assert_refused(self, work, *words):
        """Check that something is refused, with these words in their order."""
        pattern = "(?s)" + ".*".join(words)
        with self.assertRaises(UserError) as refused:  # what was written is taken back
            work()
        self.assertRegex(refused.exception.args[0], pattern)
        self.env.invalidate_all()

    def pay_online(self, order, amount):
        """Have the customer pay on the web page of the order."""
        provider = self.env["payment.provider"].sudo().search([], limit=1)
        return (
            self.env["payment.transaction"]
            .sudo()
            .create(
                {
                    "provider_id": provider.id,
                    "payment_method_id": self.env.ref(
                        "payment.payment_method_unknown"
                    ).id,
                    "amount": amount,
                    "currency_id": order.currency_id.id,
                    "partner_id": order.partner_id.id,
                    "reference": f"{order.name}-{amount}",
                    "state": "done",
                    "sale_order_ids": [Command.set(order.ids)],
                }
            )
        )


@tagged("post_install", "-at_install")
class TestReceivableCredit(CreditCommon):
    """What is used of a limit, by figures."""

    def test_what_is_ordered_becomes_what_is_owed(self):
        self.assert_used(0, 113)
        self.deliver(self.picking, 4)
        self.assert_used(45.2, 67.8)
        self.invoice(self.picking)
        self.assert_used(45.2, 67.8)
        self.deliver(self.picking.backorder_ids, 6)
        self.assert_used(113, 0)

    def test_nothing_is_owed_for_a_cancelled_backorder(self):
        self.picking.move_ids.write({"quantity": 4, "picked": True})
        self.picking.with_context(cancel_backorder=True)._action_done()
        self.assert_used(45.2, 0)

    def test_a_cancelled_delivery_promises_nothing(self):
        self.picking.action_cancel()
        self.assert_used(0, 0)

    def test_invoiced_in_advance(self):
        picking = self.ordered_in_advance()
        draft = picking.sale_id._create_invoices()
        self.assert_used(0, 113)
        draft.action_post()
        self.assert_used(113, 0)
        self.deliver(picking, 4)
        self.assert_used(113, 0)

    def test_invoiced_in_advance_in_part(self):
        picking = self.ordered_in_advance()
        draft = picking.sale_id._create_invoices()
        draft.invoice_line_ids.quantity = 4
        draft.action_post()
        self.assert_used(45.2, 67.8)
        self.deliver(picking, 5)
        self.assert_used(56.5, 56.5)

    def test_what_comes_back_is_not_promised_again(self):
        self.deliver(self.picking, 10)
        self.give_back(self.picking, 3)
        self.assert_used(79.1, 0)

    def test_services_are_promised_until_they_are_done(self):
        self.picking.action_cancel()
        service = self.env["product.product"].create(
            {"name": "Assembly", "type": "service", "invoice_policy": "delivery"}
        )
        order = self.quote(1)
        order.order_line.write(
            {"product_id": service.id, "product_uom_qty": 3, "price_unit": 50}
        )
        order.order_line.tax_ids = False
        order.action_confirm()
        self.assert_used(0, 150)
        order.order_line.qty_delivered = 1
        self.assert_used(50, 100)

    def test_foreign_currency(self):
        self.picking.action_cancel()
        eur = self.setup_other_currency("EUR", rates=[("2020-01-01", 2.0)])
        pricelist = self.env["product.pricelist"].create(
            {"name": "EUR", "currency_id": eur.id}
        )
        order = self.quote(10, pricelist_id=pricelist.id)
        self.assertEqual(order._get_credit_amounts(self.company), (56.5, 56.5))
        order.action_confirm()
        self.assert_used(0, 56.5)

    def test_shops_count_to_the_company(self):
        shop = self.env["res.partner"].create(
            {"name": "Shop", "parent_id": self.partner.id}
        )
        self.quote(10, partner_id=shop.id, partner_invoice_id=shop.id).action_confirm()
        self.assert_used(0, 226)
        self.limit(credit_limit=230)
        order = self.quote(1, partner_id=shop.id, partner_invoice_id=shop.id)
        self.assert_refused(lambda: self.confirm(order), "credit limit")

    def test_other_customers_and_companies_do_not_count(self):
        self.deliverable(5, partner=self.customer)
        self.assert_used(0, 113)
        other = self.env["res.company"].create({"name": "Other"})
        self.partner.with_company(other).credit_limit = 1
        self.limit(credit_limit=0)
        self.assertFalse(self.check._get_standings(self.company, self.partner, ()))

    def test_the_last_cent(self):
        self.limit(credit_limit=192.1)
        fits, too_much = self.quote(7), self.quote(1)
        self.confirm(fits)
        self.assertEqual(fits.state, "sale")
        self.assert_refused(
            lambda: self.confirm(too_much),
            r"owes .*0\.00",
            r"not delivered: .*192\.10",
            r"this is .*11\.30",
            r"limit .*192\.10",
            r"11\.30 too much",
        )

    def test_debts_alone(self):
        self.company.credit_used = "debts"
        self.limit(credit_limit=113)
        self.confirm(self.quote(10))
        self.deliver(self.picking, 10)
        self.assert_refused(lambda: self.confirm(self.quote(1)), r"11\.30 too much")

    def test_a_limit_for_all_customers(self):
        self.env["ir.default"].set(
            "res.partner", "credit_limit", 120, company_id=self.company.id
        )
        self.assert_refused(lambda: self.confirm(self.quote(1)), r"4\.30 too much")

    def test_limits_that_only_warn(self):
        self.company.credit_gate_limits = False
        self.limit(credit_limit=1)
        self.confirm(self.quote(1))

    def test_overdue_and_old_debts(self):
        self.invoice_late(40)
        # They hold whether or not the credit limit does.
        self.company.credit_gate_limits = False
        for limits, words in (
            ({"overdue_limit": 113}, None),
            ({"overdue_limit": 112}, r"113\.00 are overdue, at most .*112\.00"),
            ({"max_debt_age": 40}, None),
            ({"max_debt_age": 39}, "40 days ago, at most 39"),
        ):
            self.limit(**{"overdue_limit": 0, "max_debt_age": 0} | limits)
            order = self.quote(1)
            with self.subTest(**limits):
                if words:
                    self.assert_refused(lambda o=order: self.confirm(o), words)
                else:
                    self.confirm(order)

    def test_orders_of_nothing_pass(self):
        self.limit(credit_limit=1)
        self.confirm(self.quote(0))

    def test_paid_in_advance(self):
        self.limit(credit_limit=120)
        self.hold()
        order = self.quote(10)
        self.assert_refused(lambda: self.confirm(order), "credit hold")
        self.pay_online(order, 113)
        self.confirm(order)

    def test_totals_are_what_the_lines_cost(self):
        """Whoever writes other ones is not believed."""
        self.limit(credit_limit=100)
        order = self.quote(10)
        mine = order.with_user(self.users["salesperson"]).with_company(self.company)
        mine.write({"amount_total": 0, "amount_untaxed": 0, "client_order_ref": "X"})
        mine.order_line.write({"price_total": 0, "price_subtotal": 0})
        self.assertEqual((order.amount_total, order.client_order_ref), (113, "X"))
        self.assertEqual(order.order_line.price_total, 113)
        self.assert_refused(mine.action_confirm, r"126\.00 too much")
        copied = order.copy_data()[0]
        made = mine.create({**copied, "amount_total": 0})
        self.assertEqual(made.amount_total, 113)

    def test_what_was_given_back_is_not_paid_in_advance(self):
        order = self.quote(10).sudo()
        paid = self.pay_online(order, 113)
        self.env["funnel.credit.hold"]._place(self.company, self.partner, "Cheque")
        self.assertTrue(order._is_paid_in_advance())
        refund = paid._create_child_transaction(13, is_refund=True)
        refund.state = "done"
        order.invalidate_recordset()
        self.assertAlmostEqual(order._get_paid_online(), 100)
        self.assert_refused(lambda: self.confirm(order), "hold")

    def test_a_payment_that_was_cancelled_is_none(self):
        order = self.quote(10).sudo()
        payment = self.env["account.payment"].create(
            {
                "amount": 113,
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.partner.id,
                "journal_id": self.company_data["default_journal_bank"].id,
            }
        )
        payment.action_post()
        self.pay_online(order, 113).payment_id = payment
        self.assertTrue(order._is_paid_in_advance())
        payment.action_draft()
        payment.action_cancel()
        self.assertFalse(order._is_paid_in_advance())

    def test_one_payment_of_two_orders_pays_for_both_together(self):
        first, second = self.quote(10).sudo(), self.quote(10).sudo()
        paid = self.pay_online(first, 113)
        paid.sale_order_ids |= second
        self.assertFalse(first._is_paid_in_advance())
        self.assertFalse(second._is_paid_in_advance())
        paid.amount = 226
        self.assertTrue(first._is_paid_in_advance())
        self.assertTrue(second._is_paid_in_advance())

    def test_paid_in_advance_in_part(self):
        self.limit(credit_limit=120)
        order = self.quote(10)
        self.pay_online(order, 100)
        self.assert_refused(lambda: self.confirm(order), r"6\.00 too much")
        self.pay_online(order, 7)
        self.confirm(order)

    def test_a_payment_that_is_booked_counts_once(self):
        self.limit(credit_limit=120)
        order = self.quote(10)
        payment = self.env["account.payment"].create(
            {
                "amount": 100,
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.partner.id,
                "journal_id": self.company_data["default_journal_bank"].id,
            }
        )
        payment.action_post()
        self.pay_online(order, 100).payment_id = payment
        self.assert_refused(lambda: self.confirm(order), r"owes .*-", r"6\.00 too much")

    def test_created_as_confirmed_it_counts_once(self):
        self.limit(credit_limit=124.3)
        self.assertEqual(self.quote(1, state="sale").state, "sale")

    def test_several_at_once(self):
        self.limit(credit_limit=140)
        orders = self.quote(2), self.quote(1)
        self.assertFalse(self.check._get_refusals(orders[0]))
        self.assertFalse(self.check._get_refusals(orders[1]))
        self.assert_refused(
            lambda: self.confirm(*orders),
            orders[1].name,
            r"others that you chose: .*22\.60",
            r"6\.90 too much",
        )

    def test_number_of_queries_does_not_grow(self):
        self.limit(credit_limit=1)
        orders = self.quote(1)
        for number in range(4):
            partner = self.env["res.partner"].create({"name": f"Customer {number}"})
            partner.with_company(self.company).credit_limit = 1
            orders |= self.quote(1, partner_id=partner.id)

        def count(some):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(len(self.check._get_refusals(some)), len(some))
            return self.env.cr.sql_log_count - before

        count(orders)
        self.assertEqual(count(orders), count(orders[0]))

    def test_without_limits_two_queries(self):
        order = self.quote(1)
        self.env.flush_all()
        order.partner_invoice_id.commercial_partner_id.read(["name"])
        order._get_credit_amounts(self.company)
        order._is_paid_in_advance()
        with self.assertQueryCount(2):
            self.check._check(order)

    # ------------------------------------------------------------------
    # The state of the customer
    # ------------------------------------------------------------------

    def test_state(self):
        partners = self.env["res.partner"].with_company(self.company)
        shop = partners.create({"name": "Shop", "parent_id": self.partner.id})
        nobody = partners.create({"name": "Owes nothing"})
        everybody = (self.partner | shop | nobody).with_env(partners.env)

        def states():
            self.env.flush_all()
            self.env.invalidate_all()
            found = {
                state: everybody.search(
                    [("id", "in", everybody.ids), ("credit_hold_state", "=", state)]
                )
                for state in ("none", "limit", "hold")
            }
            for state, some in found.items():
                self.assertEqual(
                    set(some.mapped("credit_hold_state")) or {state}, {state}
                )
            self.assertEqual(found["none"] | found["limit"] | found["hold"], everybody)
            self.assertEqual(
                everybody.search(
                    [("id", "in", everybody.ids), ("credit_hold_state", "!=", "none")]
                ),
                found["limit"] | found["hold"],
            )
            return found

        self.assertEqual(states()["none"], everybody)
        self.deliver(self.picking, 10)
        self.limit(credit_limit=112)
        self.assertEqual(states()["limit"], self.partner | shop)
        holds = self.hold()
        self.assertEqual(states()["hold"], self.partner | shop)
        holds._release("Paid")
        self.assertEqual(states()["limit"], self.partner | shop)
        self.limit(credit_limit=0, max_debt_age=1)
        self.assertEqual(states()["none"], everybody)

    def test_state_is_of_the_current_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.hold()
        for company, state in ((self.company, "hold"), (other, "none")):
            partner = self.partner.with_company(company)
            self.assertEqual(partner.credit_hold_state, state)
            self.assertEqual(
                partner.search_count(
                    [("id", "=", partner.id), ("credit_hold_state", "=", "hold")]
                ),
                state == "hold",
            )

    def test_who_joins_another_company_takes_the_hold_there(self):
        self.hold()
        group = self.env["res.partner"].create({"name": "Group", "is_company": True})
        self.partner.write({"is_company": False, "parent_id": group.id})
        self.assertEqual(group.with_company(self.company).credit_hold_state, "hold")
        self.assert_refused(lambda: self.confirm(self.quote(1)), "credit hold")
