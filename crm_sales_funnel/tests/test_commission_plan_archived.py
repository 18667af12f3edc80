from freezegun import freeze_time

from odoo.tests import tagged

from .commission_common import CommissionCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-03-10")
class TestCommissionPlanArchived(CommissionCommon):
    def test_what_pays_is_not_hidden(self):
        plan = self.plan(rate=3, active=False)
        plan.action_approve()
        self.assertTrue(plan.active)
        own = plan.with_user(self.users["manager"])
        self.assert_refused("would pay on", own.action_archive)
        self.assert_refused("would pay on", own.write, {"sequence": 3, "active": False})
        own.action_close()
        own.action_archive()
        self.assertFalse(plan.active)
        draft = self.plan(rate=3)
        draft.with_user(self.users["manager"]).action_archive()
        self.assertFalse(draft.active)
