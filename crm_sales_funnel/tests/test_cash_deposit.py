from odoo import Command
from odoo.tests import tagged

from .cash_common import CashCommon


@tagged("post_install", "-at_install")
class TestCashDeposit(CashCommon):
    """What is proposed to receive for an order is in the currency of the order."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # One of the company is half a euro, and from 15 March on a quarter.
        rates = [("2026-01-01", 0.5), ("2026-03-15", 0.25)]
        cls.eur = cls.setup_other_currency("EUR", rates=rates)
        pricelist = cls.env["product.pricelist"].create(
            {"name": "EUR", "currency_id": cls.eur.id, "company_id": cls.company.id}
        )
        cls.order = cls.env["sale.order"].create(
            {
                "partner_id": cls.customer.id,
                "pricelist_id": pricelist.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": cls.bolts.id,
                            "price_unit": 100,
                            "tax_ids": False,
                        }
                    )
                ],
            }
        )
        cls.order.action_confirm()

    def proposed(self):
        self.env["funnel.allocation"]._write_pending()
        context = self.order.action_receive_deposit()["context"]
        self.assertEqual(context["default_currency_id"], self.eur.id)
        return context["default_amount"]

    def test_order_in_another_currency(self):
        """100 EUR, 40 EUR of which are there: 60 EUR."""
        self.assertEqual(self.proposed(), 100)
        self.pay(40, deposit_order_id=self.order.id, currency_id=self.eur.id)
        self.assertEqual(self.order.collected_amount, 80)
        self.assertEqual(self.proposed(), 60)

    def test_money_in_the_currency_of_the_company(self):
        """20.00 are 10 EUR on 10 March, and 5 EUR on 20 March: 85 EUR are left."""
        for day in ("2026-03-10", "2026-03-20"):
            self.pay(20, day=day, deposit_order_id=self.order.id)
        self.assertEqual(self.proposed(), 85)

    def test_more_than_enough(self):
        self.pay(101, deposit_order_id=self.order.id, currency_id=self.eur.id)
        self.assertEqual(self.proposed(), 0)

    def test_what_was_paid_online(self):
        """It is the deposit of the order of its transaction, whenever that is told."""
        transaction = self.env["payment.transaction"].create(
            {
                "provider_id": self.env["payment.provider"]
                .create({"name": "Online", "company_id": self.company.id})
                .id,
                "payment_method_id": self.env["payment.method"]
                .with_context(active_test=False)
                .search([], limit=1)
                .id,
                "reference": "ONLINE-1",
                "amount": 30,
                "currency_id": self.company.currency_id.id,
                "partner_id": self.customer.id,
            }
        )
        payment = self.pay(30, payment_transaction_id=transaction.id)
        other = self.order.copy()
        self.assert_follows_from_the_ledger()
        for orders, deposit in (
            (self.order, self.order),
            (self.order | other, self.order),
            (other, other),
        ):
            with self.subTest(orders.mapped("name")):
                transaction.sale_order_ids = orders
                self.assertEqual(payment.deposit_order_id, deposit)
                self.assert_follows_from_the_ledger()
                self.assertEqual(deposit.deposit_amount, 30)
