from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .commission_run_common import CommissionRunCommon


@tagged("post_install", "-at_install")
class TestCommissionFrozen(CommissionRunCommon):
    """What a plan looks at is written down when it first sees a document, and whose the
    commission is when it is confirmed or posted: neither moves later."""

    # ------------------------------------------------------------------
    # Whose it is
    # ------------------------------------------------------------------

    def test_nobody_takes_the_commission(self):
        plan = self.plan(basis="ordered", rate=10)
        order = self.sell((1000, 1), user_id=self.other_seller.id)
        self.assertEqual(self.earned(plan, self.other_seller), 100)
        order.user_id = self.seller  # takes the customer over
        self.env.flush_all()
        for role in ("salesperson", "order_desk", "team_leader", "manager"):
            user = self.users[role]
            own = {"commission_user_id": user.id}
            self.env.invalidate_all()
            document = order.with_user(user)
            with self.subTest(role):
                with self.assertRaises(AccessError):
                    document.write({**own, "date_order": "2026-03-02 09:00:00"})
                with self.assertRaises(AccessError):
                    document.partner_id.write(
                        {"sale_order_ids": [Command.update(order.id, own)]}
                    )
                with self.assertRaises(AccessError):
                    document.create({"partner_id": self.customer.id, **own})
        self.assertEqual(self.earned(plan, self.other_seller), 100)
        self.assertEqual(self.earned(plan), 0)
        self.assert_follows_from_the_documents(plan)

    def test_nobody_takes_it_by_a_default(self):
        own = self.seller.id
        orders = self.env["sale.order"].with_context(default_commission_user_id=own)
        order = orders.with_user(self.seller).create({"partner_id": self.customer.id})
        self.assertFalse(order.commission_user_id)

    def test_nobody_takes_the_commission_of_an_invoice(self):
        invoice = self.document(1000, invoice_user_id=self.other_seller.id)
        for role in ("salesperson", "order_desk", "manager", "finance"):
            self.env.invalidate_all()
            with self.subTest(role), self.assertRaises(AccessError):
                invoice.with_user(self.users[role]).write(
                    {"commission_user_id": self.users[role].id}
                )
        self.assertEqual(invoice.commission_user_id, self.other_seller)
