import logging
from datetime import date

from psycopg2.errors import OperationalError

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .funnel_followup_line import AT_ONCE
from .funnel_statement import FINANCE

_logger = logging.getLogger(__name__)

# So often what somebody else changed meanwhile is tried again.
ATTEMPTS = 5


class FunnelFollowupRun(models.Model):
    """What was proposed on a day to be done about customers who do not pay, and what
    became of it."""

    _name = "funnel.followup.run"
    _description = "Follow-up Run"
    _order = "date desc, id desc"

    name = fields.Char(compute="_compute_name")
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    date = fields.Date(required=True, readonly=True)
    user_id = fields.Many2one("res.users", string="Proposed by", readonly=True)
    line_ids = fields.One2many("funnel.followup.line", "run_id", readonly=True)

    @api.depends("date", "company_id")
    def _compute_name(self):
        for run in self:
            run.name = f"{run.company_id.name}, {fields.Date.to_string(run.date)}"

    # ------------------------------------------------------------------
    # Proposing
    # ------------------------------------------------------------------

    def _for_finance(self):
        """Return the records as superuser, for who works in finance.

        :raise AccessError: the user works elsewhere
        """
        if not (self.env.su or self.env.user.has_group(FINANCE)):
            raise AccessError(self.env._("Customers are followed up by Finance."))
        # sudo: what is followed up is written by the methods of these models alone.
        return self.sudo()

    @api.model
    def action_propose(self):
        """Propose what is to be done today in the current company, and show it.

        What was proposed before and not approved is proposed anew, or no longer.
        """
        run = self._for_finance()
        company = self.env.company
        if not run.env["funnel.followup.policy"]._get_default(company):
            raise UserError(
                self.env._(
                    "There is no follow-up policy. A manager can make one under"
                    " Configuration."
                )
            )
        run._prepare(company, self._get_today(company))
        return self.env["ir.actions.act_window"]._for_xml_id(
            "crm_sales_funnel.funnel_followup_line_action"
        ) | {"target": "main"}

    @api.model
    def _prepare(self, company, day):
        """Write down what is to be done in a company on a day, in place of what was
        proposed and not approved.

        :return: the run, none when there is nothing to do
        """
        # Who prepares at the same time waits, and Odoo lets him begin anew then, since
        # the row has changed.
        company.sudo().followup_date = day  # sudo: of a company no more is changed
        company.flush_recordset(["followup_date"])
        lines = self.env["funnel.followup.line"]
        lines._withdraw(company)
        self.search(
            [("company_id", "=", company.id), ("line_ids", "=", False)]
        ).unlink()
        self._release_settled(company, day)
        run = self.create(
            {"company_id": company.id, "date": day, "user_id": self.env.uid}
        )
        if not lines._insert(run):
            run.unlink()
        return run.exists()

    @api.model
    def _release_settled(self, company, day):
        """Release customers whom a follow-up put on hold, and who have paid all that it
        was about, or were given more time for it."""
        held = self.env["funnel.followup.line"].search(
            [
                ("company_id", "=", company.id),
                ("channel", "=", "hold"),
                ("state", "=", "done"),
            ]
        )
        holds = self.env["funnel.credit.hold"].search(
            [
                ("company_id", "=", company.id),
                ("kind", "=", "automatic"),
                ("is_active", "=", True),
                ("partner_id", "in", held.partner_id.ids),
            ]
        )
        held = held.filtered(lambda line: line.partner_id in holds.partner_id)
        owed = held.filtered(lambda line: line._is_owed_at_its_level(day)).partner_id
        holds.filtered(lambda hold: hold.partner_id not in owed)._release(
            self.env._("What was followed up is paid, or is due later now.")
        )
        # A payment may be undone: the hold is proposed again then.
        held.filtered(lambda line: line.partner_id not in owed).item_ids._forget_level()

    # ------------------------------------------------------------------
    # Every day
    # ------------------------------------------------------------------

    @api.model
    def _cron_follow_up(self):
        """Propose what is to be done today in each company, and send what needs no
        approval: some lines a transaction, so that what is done stays done."""
        for company in self._get_companies():
            self._prepare_safely(company)
            if not self.env["ir.cron"]._commit_progress(1):
                return
        self._send_automatic()

    @api.model
    def _prepare_safely(self, company):
        """Propose; what is wrong in one company does not stop the others."""
        try:
            with self.env.cr.savepoint():
                self._prepare(company, self._get_today(company))
        except OperationalError:
            raise  # somebody does the same: Odoo runs the job again
        except Exception:
            _logger.exception("Follow-ups of %s were not proposed", company.name)

    @api.model
    def _get_companies(self):
        """Return the companies that follow up, and have not today."""
        policies = self.env["funnel.followup.policy"]
        # All of them are wanted, and they are few.
        # pylint: disable-next=no-search-all
        companies = self.env["res.company"].search([])
        return companies.filtered(
            lambda company: (
                policies._get_default(company)
                and (company.followup_date or date.min) < self._get_today(company)
            )
        )

    @api.model
    def _get_today(self, company):
        """Return the day that it is where the company is."""
        zone = company.partner_id.tz or self.env.user.tz
        return fields.Date.context_today(self.with_context(tz=zone))

    @api.model
    def _send_automatic(self):
        """Send what needs no approval. What somebody else is sending is left to him."""
        crons = self.env["ir.cron"]
        lines = self.env["funnel.followup.line"]
        domain = [("state", "=", "proposed"), ("policy_id.is_automatic", "=", True)]
        crons._commit_progress(remaining=lines.search_count(domain))
        failures = 0
        while some := lines.search(domain, limit=AT_ONCE):
            try:
                taken = some._send()
            except OperationalError:
                # Somebody else has changed them meanwhile: seen in a new transaction.
                self.env.cr.rollback()
                self.env.clear()
                failures += 1
                if failures > ATTEMPTS:
                    raise
                continue
            left = crons._commit_progress(
                len(taken), remaining=lines.search_count(domain)
            )
            if not taken or not left:
                break
