from datetime import timedelta
from typing import Any

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_date

from .funnel_statement import FINANCE

MANAGER = "crm_sales_funnel.group_funnel_manager"
LONGEST = 500  # characters of a reason


class FunnelCreditHold(models.Model):
    """Customers to whom a company sells and delivers nothing until they have paid.

    A hold ends when somebody releases it or the day comes on which it expires. None is
    ever deleted: together they are the log.
    """

    _name = "funnel.credit.hold"
    _description = "Credit Hold"
    _order = "date desc, id desc"
    _rec_name = "partner_id"

    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        help="The company, with all its contacts and shops.",
    )
    salesperson_id = fields.Many2one(
        related="partner_id.user_id", string="Salesperson", store=False
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    kind = fields.Selection(
        [("manual", "Manual"), ("automatic", "Automatic")],
        required=True,
        readonly=True,
        default="manual",
    )
    reason = fields.Char(required=True, readonly=True)
    date = fields.Date(
        "Since", required=True, readonly=True, default=fields.Date.context_today
    )
    date_end = fields.Date(
        "Until", readonly=True, help="The last day of the hold; empty: until released."
    )
    user_id = fields.Many2one("res.users", string="Placed By", readonly=True)
    released_on = fields.Datetime(readonly=True)
    released_by = fields.Many2one("res.users", readonly=True)
    release_reason = fields.Char("Why Released", readonly=True)
    is_active = fields.Boolean(
        "Active",
        compute="_compute_state",
        search="_search_is_active",
        help="Neither released nor expired.",
    )
    state = fields.Selection(
        [("active", "Active"), ("expired", "Expired"), ("released", "Released")],
        string="Status",
        compute="_compute_state",
    )

    _one_a_kind = models.UniqueIndex(
        "(company_id, partner_id, kind) WHERE released_on IS NULL",
        "The customer is on such a hold already.",
    )

    @api.depends("released_on", "date_end")
    def _compute_state(self):
        for hold in self:
            if hold.released_on:
                hold.state = "released"
            elif hold.date_end and hold.date_end < hold.company_id._get_credit_day():
                hold.state = "expired"
            else:
                hold.state = "active"
            hold.is_active = hold.state == "active"

    @api.model
    def _get_active_domain(self) -> Domain:
        # sudo: each company has its own day, whoever asks.
        companies = self.env["res.company"].sudo()
        # All of them are wanted, and they are few.
        # pylint: disable-next=no-search-all
        days = companies.search([]).grouped(lambda company: company._get_credit_day())
        return Domain("released_on", "=", False) & (
            Domain("date_end", "=", False)
            | Domain.OR(
                Domain("company_id", "in", some.ids)
                & Domain("date_end", ">=", day.isoformat())
                for day, some in days.items()
            )
        )

    @api.model
    def _get_unexpired_domain(self) -> Domain:
        """Return the domain of the holds that are active somewhere on earth."""
        earliest = fields.Datetime.now() - timedelta(hours=12)
        return Domain("released_on", "=", False) & (
            Domain("date_end", "=", False)
            | Domain("date_end", ">=", earliest.date().isoformat())
        )

    @api.model
    def _search_is_active(self, operator, value):
        if operator != "in":
            return NotImplemented
        active = self._get_active_domain()
        return Domain.OR(active if wanted else ~active for wanted in value)

    @api.constrains("partner_id")
    def _check_partner_id(self):
        for hold in self:
            if hold.partner_id != hold.partner_id.commercial_partner_id:
                raise ValidationError(
                    self.env._("A company is put on hold, not one of its contacts.")
                )

    @api.constrains("date", "date_end")
    def _check_dates(self):
        for hold in self:
            if hold.date_end and hold.date_end < hold.date:
                raise ValidationError(
                    self.env._("A hold ends after it begins, not before.")
                )

    # ------------------------------------------------------------------
    # What other code asks and does
    # ------------------------------------------------------------------

    @api.model
    def _get_active(self, companies, customers) -> dict[tuple[int, int], Any]:
        """Return (company id, commercial partner id) -> active holds, as superuser.

        Who was put on hold, and belongs to another company since, takes it there.
        """
        # sudo: everybody who works with a customer may learn that it is on hold; the
        # reason is told where the user may know it.
        holds = self.sudo().search(
            self._get_unexpired_domain()
            & Domain("company_id", "in", companies.ids)
            & Domain("partner_id.commercial_partner_id", "in", customers.ids)
        )
        return holds.filtered("is_active").grouped(
            lambda hold: (hold.company_id.id, hold.partner_id.commercial_partner_id.id)
        )

    @api.model
    def _place(self, company, partners, reason, kind="automatic", date_end=False):
        """Put customers on hold; who is on such a hold already keeps the one he has.

        :param partners: customers or contacts of them
        :param reason: what those read who may read debts
        :param date_end: the last day, or False
        :return: the active holds of this kind, as superuser
        """
        customers = partners.commercial_partner_id
        # sudo: holds are changed by these methods alone.
        holds = self.sudo().search(
            [
                ("released_on", "=", False),
                ("company_id", "=", company.id),
                ("partner_id", "in", customers.ids),
                ("kind", "=", kind),
            ]
        )
        kept = holds.filtered("is_active")
        # They ended by themselves: what follows is another hold.
        (holds - kept)._close(self.env._("Expired"))
        self.flush_model()  # before the next one, of which the index allows one
        placed = self.sudo().create(  # sudo: as above
            [
                {
                    "partner_id": customer.id,
                    "company_id": company.id,
                    "kind": kind,
                    "reason": reason,
                    "date": company._get_credit_day(),
                    "date_end": date_end,
                    "user_id": self.env.uid,
                }
                for customer in customers - kept.partner_id
            ]
        )
        placed._note(self.env._("Put on credit hold"))
        return kept | placed

    def _release(self, reason):
        """End the holds; those that are released already stay as they are.

        :param reason: why
        """
        # sudo: as in _place().
        holds = self.sudo().filtered(lambda hold: not hold.released_on)
        holds._close(reason)
        holds._note(self.env._("Released from credit hold"))

    def _close(self, reason):
        self.write(
            {
                "released_on": fields.Datetime.now(),
                "released_by": self.env.uid,
                "release_reason": reason,
            }
        )

    def _note(self, text):
        """Note on the customers what became of them. The reason is left out: those who
        must not know of debts read the conversation as well."""
        bodies = {
            hold.partner_id.id: Markup("<p>%s</p>") % hold._get_note(text)
            for hold in self
        }
        if bodies:
            self.env["res.partner"].browse(bodies)._message_log_batch(bodies=bodies)

    def _get_note(self, text):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        parts = [f"{text} ({kinds[self.kind]})", self.company_id.name]
        if self.date_end and not self.released_on:
            end = format_date(self.env, self.date_end)
            parts.append(self.env._("until %(date)s", date=end))
        return ", ".join(parts)

    def _get_words(self) -> str:
        """Return since when and why the customer is on hold."""
        self.ensure_one()
        since = format_date(self.env, self.date)
        if self.date_end:
            return self.env._(
                "on credit hold from %(since)s until %(end)s: %(reason)s",
                since=since,
                end=format_date(self.env, self.date_end),
                reason=self.reason,
            )
        return self.env._(
            "on credit hold since %(since)s: %(reason)s",
            since=since,
            reason=self.reason,
        )

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    @api.model
    def _check_may_change(self):
        """:raise AccessError: for users who neither place nor release holds"""
        user = self.env.user
        if not (self.env.su or user.has_group(FINANCE) or user.has_group(MANAGER)):
            raise AccessError(
                self.env._(
                    "Finance and managers put customers on hold and release them."
                )
            )

    @api.model
    def _get_reason(self, reason, missing) -> str:
        """Return what somebody wrote as a reason.

        :param missing: what is said if it is nothing
        :raise UserError: it is nothing, or too much
        """
        reason = (reason or "").strip()
        if not reason:
            raise UserError(missing)
        if len(reason) > LONGEST:
            raise UserError(
                self.env._(
                    "The reason may have at most %(count)s characters.", count=LONGEST
                )
            )
        return reason

    def action_release(self):
        """Ask why the holds are released."""
        self._check_may_change()
        holds = self.filtered(lambda hold: not hold.released_on)
        if not holds:
            raise UserError(self.env._("All of these are released already."))
        actions = self.env["ir.actions.act_window"]
        return {
            **actions._for_xml_id("crm_sales_funnel.funnel_credit_release_action"),
            "context": {"default_hold_ids": holds.ids},
        }

    def action_set_credit_terms(self):
        """Return the dialog that changes the terms of the customers."""
        self.check_access("read")
        return self.partner_id._open_credit_terms(self.company_id)

    # ------------------------------------------------------------------
    # Customers that become one
    # ------------------------------------------------------------------

    def _merge_customers(self, sources, target):
        """Keep one hold of a kind and company when customers become one; the others
        are released with it."""
        holds = self.search(
            [
                ("released_on", "=", False),
                ("partner_id", "in", (sources | target).ids),
            ],
            order="date, id",
        )
        for same in holds.grouped(lambda hold: (hold.company_id, hold.kind)).values():
            # The longest one: what holds until somebody releases it comes first.
            kept = same.sorted(
                lambda hold: hold.date_end or fields.Date.to_date("9999-12-31")
            )[-1]
            (same - kept)._close(
                self.env._("Merged with %(customer)s", customer=target.display_name)
            )
