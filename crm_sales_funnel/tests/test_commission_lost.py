from odoo import Command
from odoo.tests import tagged

from .commission_run_common import CommissionRunCommon


@tagged("post_install", "-at_install")
class TestCommissionLost(CommissionRunCommon):
    """What is fully collected is what money came of."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.untaxed = cls.env["account.tax"]
        cls.released = [
            cls.plan(
                basis=basis,
                rate=10,
                release=[{"event": "fully_collected", "percent": 100}],
            )
            for basis in ("ordered", "delivered", "invoiced")
        ]

    def sell_and_bill(self):
        order = self.sell((100, 10))
        self.deliver(order, "2026-03-02")
        return self.bill(order, "2026-03-05")

    def write_off(self, invoice, amount, day="2026-04-20"):
        lines = [
            {"account_id": self.receivable.id, "credit": amount},
            {"account_id": self.expense.id, "debit": amount},
        ]
        entry = self.env["account.move"].create(
            {
                "move_type": "entry",
                "date": day,
                "line_ids": [
                    Command.create({"partner_id": self.customer.id, **line})
                    for line in lines
                ],
            }
        )
        entry.action_post()
        self.match(invoice, entry)

    def assert_earned(self, amount):
        for plan in self.released:
            self.assertEqual(self.earned(plan), amount, plan.basis)
            self.assert_follows_from_the_documents(plan)

    def test_a_bad_debt_is_written_off(self):
        self.write_off(self.sell_and_bill(), 1000)
        self.assert_earned(0)

    def test_a_part_is_written_off(self):
        """600 of 1000 came in: 60, on the day of the money."""
        invoice = self.sell_and_bill()
        self.pay(600, invoice, day="2026-03-20")
        self.assert_earned(0)
        self.write_off(invoice, 400)
        self.assert_earned(60)
        self.assertEqual(self.amounts(self.released[2]), {"2026-03-20": 60})

    def test_cents_are_let_go(self):
        invoice = self.sell_and_bill()
        self.pay(999.5, invoice, day="2026-03-20")
        self.write_off(invoice, 0.5)
        self.assert_earned(100)

    def test_a_payment_is_a_draft_again(self):
        """Odoo leaves the invoice paid until it is cancelled."""
        payment = self.pay(1000, self.sell_and_bill(), day="2026-03-06")
        self.assert_earned(100)
        payment.action_draft()
        self.assert_earned(0)
        payment.action_post()
        self.assert_earned(100)
        payment.action_draft()
        payment.action_cancel()
        self.assert_earned(0)
