"""The job that follows up every day."""

from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from .followup_common import TODAY, FollowupCommon


@tagged("post_install", "-at_install")
class TestReceivableFollowupJob(FollowupCommon):
    def setUp(self):
        super().setUp()
        patcher = patch.object(
            type(self.env["funnel.followup.run"]),
            "_get_today",
            lambda run, company: TODAY,
        )
        patcher.start()
        self.addCleanup(patcher.stop)

    def run_cron(self):
        cron = self.env.ref("crm_sales_funnel.cron_followup")
        with (
            patch.object(
                type(self.env["ir.cron"]), "_commit_progress", lambda *a, **k: 60.0
            ),
            patch.object(
                type(self.env["funnel.followup.run"]),
                "_get_companies",
                lambda run: self.company.filtered(
                    lambda c: not c.followup_date or c.followup_date < TODAY
                ),
            ),
        ):
            self.env["funnel.followup.run"].with_user(cron.user_id)._cron_follow_up()

    def test_the_job_proposes_and_waits_for_approval(self):
        self.overdue(100, 20)
        self.run_cron()
        line = self.lines()
        self.assertEqual(line.state, "proposed")
        self.run_cron()
        self.assertEqual(self.lines(), line)

    def test_the_job_sends_what_needs_no_approval(self):
        self.policy.is_automatic = True
        self.overdue(100, 20)
        self.run_cron()
        self.assertEqual(self.lines().mapped("state"), ["todo"])
        self.run_cron()
        self.assertEqual(len(self.lines()), 1)

    def test_an_error_in_one_company_stops_no_other(self):
        self.overdue(100, 20)
        other = self.setup_other_company()["company"]
        runs = type(self.env["funnel.followup.run"])
        prepare = runs._prepare

        def fail(run, company, day):
            if company == other:
                raise ValueError("wrong")
            return prepare(run, company, day)

        with (
            patch.object(runs, "_prepare", fail),
            mute_logger(
                "odoo.addons.crm_sales_funnel.models.receivable.funnel_followup_run"
            ),
            patch.object(
                type(self.env["ir.cron"]), "_commit_progress", lambda *a, **k: 60
            ),
            patch.object(runs, "_get_companies", lambda run: other | self.company),
        ):
            self.env["funnel.followup.run"].sudo()._cron_follow_up()
        self.assertEqual(len(self.lines([("state", "=", "proposed")])), 1)

    def test_companies_of_today(self):
        """A company without a policy is left alone, one of today is done."""
        runs = self.env["funnel.followup.run"].sudo()
        self.assertIn(self.company, runs._get_companies())
        self.company.followup_date = TODAY
        self.assertNotIn(self.company, runs._get_companies())
        self.company.followup_date = self.day(-1)
        self.assertIn(self.company, runs._get_companies())
        self.env["funnel.followup.policy"].search([]).active = False
        self.assertNotIn(self.company, runs._get_companies())
