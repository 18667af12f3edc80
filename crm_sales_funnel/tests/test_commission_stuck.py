from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .settlement_common import SettlementCommon

NOTIFY = "display_notification"
LOGS = ("odoo.addons.crm_sales_funnel", "odoo.sql_db")


@tagged("post_install", "-at_install")
class TestCommissionStuck(SettlementCommon):
    """A plan that the database refuses to book keeps nobody from being settled, and is
    named."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stuck = cls.plan(name="Refused", rate=5)
        cls.other = cls.plan(rate=3)
        cls.collect(1000)
        cls.env.flush_all()

    def break_it(self):
        """Let the database refuse what is booked by one of the plans."""
        self.env.cr.execute(
            "ALTER TABLE funnel_commission_entry"
            " ADD CONSTRAINT refused CHECK (plan_id <> %s)",
            [self.stuck.id],
        )

    def mend_it(self):
        self.env.cr.execute(
            "ALTER TABLE funnel_commission_entry DROP CONSTRAINT refused"
        )

    def dialog(self, **values):
        dialogs = self.env["funnel.commission.settle"].with_user(self.finance)
        return dialogs.create({"date_to": "2026-03-31", **values})

    def made(self):
        return self.settlements.search([])

    @mute_logger(*LOGS)
    def test_others_are_settled(self):
        """30.00 by the other plan; 50.00 of the refused one follow when it is mended."""
        self.break_it()
        said = self.dialog().action_make()
        self.assertEqual((said["tag"], said["params"]["type"]), (NOTIFY, "warning"))
        self.assertIn("Refused", said["params"]["message"])
        self.assertNotIn("Standard", said["params"]["message"])
        self.assertEqual(said["params"]["next"]["res_id"], self.made().id)
        self.assert_sums(self.made(), earned=30, payable=30)
        self.assertEqual((self.stuck.is_stuck, self.other.is_stuck), (True, False))
        self.assertIn("Refused", self.dialog().stuck)
        self.mend_it()
        again = self.as_("finance", self.made())
        self.assertIs(again.action_make_again(), True)
        self.assert_sums(self.made(), earned=80, payable=80)
        self.assertFalse(self.stuck.is_stuck)
        self.assertFalse(self.dialog().stuck)

    @mute_logger(*LOGS)
    def test_the_ledger_is_not_empty(self):
        self.dialog().action_make()
        self.assert_sums(self.made(), earned=80, payable=80)
        self.break_it_from_now_on()
        self.collect(2000)
        said = self.as_("finance", self.made()).action_make_again()
        self.assertIn("Refused", said["params"]["message"])
        self.assertEqual(said["params"]["next"]["tag"], "soft_reload")
        self.assert_sums(self.made(), earned=140, payable=140)
        self.assertEqual(self.plans.search([("is_stuck", "=", True)]), self.stuck)

    def break_it_from_now_on(self):
        self.env.cr.execute(
            "ALTER TABLE funnel_commission_entry"
            " ADD CONSTRAINT refused CHECK (plan_id <> %s) NOT VALID",
            [self.stuck.id],
        )

    @mute_logger(*LOGS)
    def test_nothing_else_to_settle(self):
        self.dialog().action_make()
        self.break_it_from_now_on()
        self.collect(2000)
        with self.assertRaisesRegex(UserError, "Nobody(.|\n)* by Refused"):
            self.dialog().action_make()

    def test_run_by_hand(self):
        self.break_it()
        with mute_logger(*LOGS), self.assertRaisesRegex(UserError, "by Refused"):
            self.as_("manager", self.stuck).action_run()
        self.mend_it()
        self.assertIn(
            "1 ", self.as_("manager", self.stuck).action_run()["params"]["message"]
        )

    def test_all_go_together_where_none_is_stuck(self):
        """What is found of documents for one plan is not looked for again for others."""
        plans = self.stuck | self.other
        plans._run()
        counts = {}
        for run in (plans._run_all, plans._run_each):
            self.collect(100)
            self.env.flush_all()
            before = self.cr.sql_log_count
            self.assertFalse(run())
            counts[run.__name__] = self.cr.sql_log_count - before
        self.assertLess(counts["_run_all"], counts["_run_each"])
