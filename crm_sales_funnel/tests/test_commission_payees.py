from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .settlement_common import SettlementCommon


@tagged("post_install", "-at_install")
class TestCommissionPayees(SettlementCommon):
    """Who is paid has settlements of his own, and keeps them when he is merged."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agent, cls.other_agent = cls.env["res.partner"].create(
            [{"name": "Agent Ltd"}, {"name": "Agent Limited"}]
        )

    def pays(self, rate, payee=None, **values):
        """Create a plan that pays what the salesperson earns to somebody."""
        member = {"user_id": self.seller.id, "payee_id": payee and payee.id}
        return self.plan(rate=rate, name=f"{rate} %", member=[member], **values)

    def by_payee(self, settlements):
        return {one.payee_id: one.payable for one in settlements}

    def merge(self, source, target):
        merge = self.env["base.partner.merge.automatic.wizard"]
        merge._merge((source | target).ids, target)
        self.env.flush_all()
        self.env.invalidate_all()

    def test_each_payee_has_one(self):
        """3 % to one, 5 % to another and 1 % to the salesperson."""
        self.pays(3, self.agent)
        self.pays(5, self.other_agent)
        self.pays(1)
        self.collect(1000)
        settlements = self.settle()
        mine = self.seller.partner_id
        self.assertEqual(
            self.by_payee(settlements),
            {self.agent: 30, self.other_agent: 50, mine: 10},
        )
        self.assertEqual(settlements.user_id, self.seller)
        for one in settlements:
            self.assertEqual(sum(one.entry_ids.mapped("amount")), one.payable)
        self.assertFalse(self.settle())
        own = self.env["funnel.commission.settlement"].with_user(self.seller)
        self.assertEqual(own.search([]), settlements)

    def test_each_payee_owes_for_himself(self):
        """What is taken back from one is not taken off what another gets."""
        self.pays(3, self.agent)
        self.pays(5, self.other_agent, basis="invoiced")
        invoice, payment = self.collect(1000)
        march = self.settle()
        self.assertEqual(self.by_payee(march), {self.agent: 30, self.other_agent: 50})
        self.as_("finance", march).action_submit()
        payment.move_id.line_ids.remove_move_reconcile()
        self.collect(100, day="2026-04-10")
        april = self.settle("2026-04-30")
        carried = {one.payee_id: (one.payable, one.carried) for one in april}
        self.assertEqual(carried, {self.agent: (0, -27), self.other_agent: (5, 0)})
        self.as_("finance", april).action_submit()
        self.collect(2000, day="2026-05-10")
        may = self.settle("2026-05-31")
        opened = {one.payee_id: (one.opening, one.payable) for one in may}
        self.assertEqual(opened, {self.agent: (-27, 33), self.other_agent: (0, 100)})
        # One is given up: the other's follow one another.
        first = may.filtered(lambda one: one.payee_id == self.agent)
        with self.assertRaisesRegex(UserError, "later one"):
            self.as_("finance", april).action_draft() and self.as_(
                "finance", april
            ).action_cancel()
        self.as_("finance", first).action_cancel()
        self.assertEqual((may - first).payable, 100)
        self.assertEqual(self.by_payee(self.settle("2026-05-31")), {self.agent: 33})

    def test_adjusted_for_the_payee(self):
        self.pays(3, self.agent)
        self.collect(1000)
        self.assertEqual(self.adjust(5).payee_id, self.agent)
        form = Form(
            self.entries.with_user(self.finance),
            "crm_sales_funnel.funnel_commission_entry_view_form_adjust",
        )
        form.user_id = self.seller
        self.assertEqual(form.payee_id, self.agent)
        form.payee_id = self.seller.partner_id
        form.amount, form.reason = 7, "Fair"
        form.date = "2026-03-20"
        form.save()
        self.assertEqual(
            self.by_payee(self.settle()), {self.agent: 35, self.seller.partner_id: 7}
        )
        other = self.adjust(1, user=self.other_seller)
        self.assertEqual(other.payee_id, self.other_seller.partner_id)

    def test_made_again_for_each(self):
        self.pays(3, self.agent)
        self.pays(5, self.other_agent)
        self.collect(1000)
        settlements = self.settle()
        self.collect(100)
        self.as_("finance", settlements).action_make_again()
        self.assertEqual(
            self.by_payee(settlements), {self.agent: 33, self.other_agent: 55}
        )

    def test_time_is_closed_for_each(self):
        """What one disputes is made again with what was missing in it, while what another
        one gets is submitted, and gets it later."""
        self.pays(3)
        self.pays(1, self.agent)
        self.collect(1000)
        march = self.settle()
        own = march.filtered(lambda one: one.payee_id != self.agent)
        self.as_("finance", march).action_submit()
        self.as_("salesperson", own)._dispute("A payment is missing.")
        self.collect(500, day="2026-03-30")
        self.as_("finance", own).action_make_again()
        mine = self.seller.partner_id
        self.assertEqual(self.by_payee(march), {mine: 45, self.agent: 10})
        self.assertEqual(self.by_payee(self.settle("2026-04-30")), {self.agent: 5})

    def test_payees_merged(self):
        """Both had a settlement of March that leaves something to be taken back."""
        self.pays(3, self.agent)
        self.adjust(-20).flush_recordset()
        self.entries.create(
            {
                "user_id": self.seller.id,
                "payee_id": self.other_agent.id,
                "amount": -11,
                "date": "2026-03-20",
                "reason": "Paid twice",
            }
        )
        march = self.settle()
        self.assertEqual(sorted(march.mapped("carried")), [-20, -11])
        self.entries.create(
            {
                "user_id": self.seller.id,
                "payee_id": self.other_agent.id,
                "amount": 1,
                "date": "2026-04-20",
                "reason": "Later",
            }
        )
        self.merge(self.other_agent, self.agent)
        self.assertEqual(len(march.exists()), 2)
        self.assertEqual(march.payee_id, self.agent)
        self.collect(2000, day="2026-04-10")
        april = self.settle("2026-04-30")
        self.assert_sums(april, opening=-31, earned=60, adjustment=1, payable=30)
        self.assertEqual(april.payee_id, self.agent)

    def test_payee_of_an_adjustment_is_kept(self):
        self.entries.create(
            {
                "user_id": self.seller.id,
                "payee_id": self.agent.id,
                "amount": 1,
                "reason": "Fair",
            }
        )
        with self.assertRaisesRegex(UserError, "Agent Ltd"):
            self.agent.unlink()

    def test_customers_merged(self):
        plan = self.plan(rate=3, basis="invoiced")
        double = self.env["res.partner"].create({"name": "Double", "is_company": True})
        self.document(1000, partner_id=double.id)
        self.document(500)
        self.assertEqual(self.earned(plan), 45)
        self.merge(double, self.customer)
        for user in (self.seller, self.finance):
            ledger = self.entries.with_user(user)
            found = ledger.web_read_group(
                [("plan_id", "=", plan.id)], ["partner_id"], ["amount:sum"]
            )["groups"]
            self.assertEqual(
                [(group["partner_id"][0], group["amount:sum"]) for group in found],
                [(self.customer.id, 45)],
            )
        self.assert_follows_from_the_documents(plan)
