from functools import reduce

from odoo import api, fields, models
from odoo.exceptions import RedirectWarning, UserError
from odoo.fields import Domain

from .lead_states import OPEN

NAMES = 3  # told of those who were left out


class FunnelContactQueueLine(models.Model):
    """One customer or lead of a queue."""

    _name = "funnel.contact.queue.line"
    _description = "Contact to Log"
    _order = "id"

    queue_id = fields.Many2one(
        "funnel.contact.queue",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )
    lead_id = fields.Many2one(
        "crm.lead", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    log_ids = fields.One2many(
        "funnel.contact.log", "queue_line_id", string="Logged Contacts"
    )
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("done", "Logged"),
            ("skipped", "Skipped"),
            ("left_out", "Left out"),
        ],
        string="Status",
        required=True,
        readonly=True,
        default="waiting",
    )
    user_id = fields.Many2one(
        "res.users", string="Salesperson at the Beginning", readonly=True
    )
    # The contacts whose id is at least this number were logged after it was added.
    log_mark = fields.Integer("First Contact After", readonly=True)
    # The newest contact with it when the dialog was opened, whoever made it; a number,
    # since the user may not be allowed to read it.
    seen_log_id = fields.Integer("Newest Contact Seen", readonly=True)

    @api.depends("partner_id", "lead_id")
    def _compute_display_name(self):
        for line in self:
            line.display_name = line.partner_id.name or line.lead_id.name or ""

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._check_readable()
        return lines

    def write(self, vals):
        result = super().write(vals)
        if {"partner_id", "lead_id"} & vals.keys():
            self._check_readable()
        return result

    def _check_readable(self):
        """Nobody contacts whom he or she may not read: the line tells the name."""
        for records in (self.partner_id, self.lead_id):
            if records:
                records.check_access("read")

    def _get_owner(self):
        """Return who waits: the customer or the lead."""
        return self.partner_id or self.lead_id

    def _get_left_out(self):
        """Return those of these lines of one queue whose turn does not come: they are
        archived, lost or done with, not the user's to see any more, or a colleague's since;
        were contacted meanwhile, in another queue or from a form; or stand in the queue a
        second time, merged with another one."""
        left_out = self.browse()
        seen = set()
        met = self._get_met()
        for line in self.queue_id.line_ids:
            owner = line._get_owner()
            if line in self and (
                owner in seen
                or not line._is_there(owner)
                or line._is_taken_over(owner)
                or (line in met and not line._is_due(owner))
            ):
                left_out |= line
            elif line.state != "left_out":  # nobody contacts those
                seen.add(owner)
        return left_out

    def _is_there(self, owner) -> bool:
        """Return whether it can be contacted, and is no lead that is done with, or of a
        customer whom the user may not see."""
        there = owner._filtered_access("read").filtered("active")
        if not there or there._name != "crm.lead":
            return bool(there)
        # sudo: which customer it is.
        customer = there.sudo().partner_id.with_env(self.env)
        return bool(there.filtered_domain(OPEN)) and (
            not customer or customer.has_access("read")
        )

    def _get_met(self):
        """Return those of these with whom a contact was made after they were added."""
        # sudo: that there was one, also by colleagues; not what was said.
        logs = self.env["funnel.contact.log"].sudo()
        logs = logs.search(
            Domain("id", ">=", min(self.mapped("log_mark"), default=0))
            & (
                Domain("commercial_partner_id", "in", self.partner_id.ids)
                | Domain("lead_id", "in", self.lead_id.ids)
            )
        )
        newest = {}
        for log in logs.filtered(lambda log: not log._is_received_mail()):
            for owner in (log.commercial_partner_id, log.lead_id):
                newest[owner] = max(newest.get(owner, 0), log.id)
        return self.filtered(
            lambda line: newest.get(line._get_owner(), -1) >= line.log_mark
        )

    def _is_due(self, owner) -> bool:
        """Return whether it is to be contacted by today, whatever was said before."""
        day = owner.next_contact_date
        return bool(day) and day <= fields.Date.context_today(self)

    def _is_taken_over(self, owner) -> bool:
        """Return whether somebody else is the salesperson since, and contacts next."""
        user = self.env.user
        return (
            owner.user_id not in (self.user_id, user, user.browse())
            and owner.next_contact_user_id != user
        )

    def _get_names_left_out(self) -> str:
        """Return the first names of those who were left out, as far as the user may
        read them."""
        lines = self.filtered(lambda line: line.state == "left_out")
        owners = [line._get_owner() for line in lines]
        names = [owner.display_name for owner in owners if owner.has_access("read")]
        shown = reduce(
            lambda first, name: self.env._(
                "%(names)s, %(name)s", names=first, name=name
            ),
            names[:NAMES] or [""],
        )
        return shown if len(owners) <= len(names[:NAMES]) else f"{shown} …".strip()

    def _check_not_logged(self):
        """:raise UserError: one of these has been logged, perhaps in another window

        When two windows do it at the same moment, the database refuses the second one,
        which writes the same line, and Odoo repeats the request.
        """
        done = self.filtered(lambda line: line.state == "done")
        if not done and len(set(self.ids)) == len(self._ids):
            return
        line = (done or self)[0]
        message = self.env._(
            "The contact with %(customer)s has been logged already.",
            customer=line.display_name,
        )
        log = self.env["funnel.contact.log"].search(
            [("queue_line_id", "=", line.id)], limit=1
        )
        if not log:
            raise UserError(message)
        action = {
            "type": "ir.actions.act_window",
            "res_model": log._name,
            "res_id": log.id,
            "views": [(False, "form")],
        }
        raise RedirectWarning(message, action, self.env._("Open it"))

    def _get_newest_log(self):
        """Return the contact with it that was logged last, or none."""
        # sudo: also of colleagues; what was said is not told.
        logs = self.env["funnel.contact.log"].sudo()
        domain = (
            Domain("lead_id", "=", self.lead_id.id)
            if self.lead_id
            else Domain("commercial_partner_id", "=", self.partner_id.id)
        )
        return logs.search(domain, order="id DESC", limit=1)

    def get_news(self):
        """Return in words which contact a colleague has logged with it since the
        dialog was opened; False where none has."""
        self.ensure_one()
        self.check_access("read")
        log = self._get_newest_log()
        if log.id <= self.seen_log_id or log.user_id == self.env.user:
            return False
        return self.env._(
            "%(user)s has logged a contact with %(customer)s meanwhile: %(contact)s",
            user=log.user_id.name,
            customer=self.display_name,
            contact=log._get_when_and_how(),
        )

    def _check_news(self):
        """Of two who log a contact with the same customer, the second one is told.

        When both do at the same moment, the database refuses the second one, whose
        newest contact it would be as well, and Odoo repeats the request.
        """
        for line in self:
            if news := line.get_news():
                raise UserError(
                    self.env._(
                        "%(news)s\n\nSave once more to log yours as well, or skip it.",
                        news=news,
                    )
                )

    def action_see_news(self):
        """Note that the user has read what :meth:`get_news` says."""
        self.ensure_one()
        self.check_access("write")
        self.seen_log_id = self._get_newest_log().id

    def is_there(self) -> bool:
        """Return whether it is in the queue still: with whoever was deleted, it goes."""
        line = self.exists()
        line.check_access("read")
        return bool(line)

    def action_skip(self):
        """Leave it for another day, and return the dialog for the next one."""
        self._check_at_most_one()
        line = self.exists()
        line.check_access("write")
        if line.state == "waiting":
            line.state = "skipped"
        return line._get_queue()._go_on()

    def action_stop(self):
        """Say what was done; the others wait."""
        self._check_at_most_one()
        line = self.exists()
        line.check_access("read")
        queue = line._get_queue()
        return queue._finish() if queue else queue._go_on()

    def _check_at_most_one(self):
        """The dialog is of one line, or of none where it was deleted."""
        if self:
            self.ensure_one()

    def _get_queue(self):
        """Return the queue of this line; where it was deleted, the one that is not
        finished."""
        return self.queue_id or self.env["funnel.contact.queue"]._get_unfinished()
