from datetime import datetime, time

import pytz

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools.misc import format_datetime


class FunnelContactLog(models.Model):
    """Contacts that are logged one after the other: see ``funnel.contact.queue``."""

    _inherit = "funnel.contact.log"

    queue_line_id = fields.Many2one(
        "funnel.contact.queue.line",
        string="Of the Queue",
        index="btree_not_null",
        ondelete="set null",
        copy=False,
    )
    phone = fields.Char("Phone to Call", compute="_compute_phone")
    last_said = fields.Char("What Was Said Last", compute="_compute_last_said")
    last_said_date = fields.Datetime("Contacted Last", compute="_compute_last_said")
    logged_today = fields.Char("Logged Today Already", compute="_compute_logged_today")

    @api.depends("contact_id.phone", "partner_id.phone", "lead_id.phone")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_phone(self):
        for log in self:
            lead = log._get_readable_lead()
            phones = (log.contact_id.phone, log.partner_id.phone, lead.phone)
            log.phone = next(filter(None, phones), False)

    @api.depends("partner_id", "lead_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_last_said(self):
        for log in self:
            owner = log.commercial_partner_id or log._get_readable_lead()
            log.last_said = owner.last_contact_summary
            log.last_said_date = owner.last_contact_date

    @api.depends("partner_id", "lead_id")
    @api.depends_context("uid", "tz")
    def _compute_logged_today(self):
        """Tell what was logged today with the same customer or lead, by whomever, so
        that nothing is written down twice."""
        zone = self.env.tz
        midnight = datetime.combine(fields.Date.context_today(self), time.min)
        since = zone.localize(midnight).astimezone(pytz.utc).replace(tzinfo=None)
        # sudo: that there was a contact, also of colleagues; not what was said.
        found = self.sudo().search(
            Domain("date", ">=", since)
            & (
                Domain("commercial_partner_id", "in", self.commercial_partner_id.ids)
                | Domain("lead_id", "in", self.lead_id.ids)
            )
        )
        for log in self:
            others = found.filtered(
                lambda one, log=log: (
                    one != log._origin
                    and (
                        one.commercial_partner_id == log.commercial_partner_id
                        if log.partner_id
                        else one.lead_id == log.lead_id
                    )
                )
            )
            log.logged_today = ", ".join(
                f"{one._get_when_and_how()} · {one.user_id.name}" for one in others[:3]
            )

    def _get_when_and_how(self) -> str:
        """Return the hour, as the user has it, and the channel."""
        self.ensure_one()
        hour = format_datetime(self.env, self.date, dt_format="HH:mm")
        return f"{hour} {self.channel_id.name}"

    @api.model_create_multi
    def create(self, vals_list):
        default = self.env.context.get("default_queue_line_id")
        ids = [vals.get("queue_line_id", default) for vals in vals_list]
        ids = [line_id for line_id in ids if line_id]
        lines = self.env["funnel.contact.queue.line"].browse(ids)
        lines.check_access("write")
        lines._check_not_logged()
        lines._check_news()
        vals_list = [self._follow_merged(vals, default) for vals in vals_list]
        vals_list = self._leave_out_gone(vals_list)
        logs = super().create(vals_list)
        logs._get_queue_lines().state = "done"
        return logs

    def _get_queue_lines(self):
        """Return the lines of the queues of these contacts that ask for one of them: for
        its lead, or for its customer. Who spoke about another one than the line asks for
        has to go back to it."""
        lines = self.queue_line_id.browse()
        for log in self:
            whom = log.commercial_partner_id, log.lead_id
            lines |= log.queue_line_id.queue_id.line_ids.filtered(
                lambda line, whom=whom: line._get_owner() in whom
            )
        return lines

    def _follow_merged(self, vals, default_line):
        """Return the values with whom the line has become, where the customer or lead was
        merged into another one while the dialog was open."""
        line_id = vals.get("queue_line_id", default_line)
        line = self.env["funnel.contact.queue.line"].browse(line_id or ())
        for fname in ("partner_id", "lead_id"):
            record = self.env[self._fields[fname].comodel_name].browse(
                vals.get(fname) or ()
            )
            if line[fname] and record and not record.exists():
                vals = vals | {fname: line[fname].id}
        return vals

    def _leave_out_gone(self, vals_list):
        """Return the values without a contact person who was merged or deleted while the
        dialog was open: whom he or she became is not known."""
        fname = "contact_id"
        default = self.env.context.get(f"default_{fname}")
        people = {vals.get(fname, default) for vals in vals_list} - {None, False}
        gone = people - set(self.env["res.partner"].browse(people).exists().ids)
        return [
            vals | {fname: False} if vals.get(fname, default) in gone else vals
            for vals in vals_list
        ]

    def unlink(self):
        """Whose contact is taken back waits for another one."""
        # sudo: a manager may take back what is in the queue of somebody else.
        lines = self.sudo()._get_queue_lines()
        result = super().unlink()
        others = lines.queue_id.line_ids.log_ids._get_queue_lines()
        done = lines.filtered(lambda line: line.state == "done")
        (done - others).state = "waiting"
        return result

    def action_queue_next(self):
        """Go on with the next one of the queue; the contact is saved by now."""
        self.ensure_one()
        return self.queue_line_id._get_queue()._go_on()

    def action_queue_skip(self):
        """Answered by the client, which does not save the contact."""
        self.ensure_one()
        return self.queue_line_id.action_skip()

    def action_queue_stop(self):
        """Answered by the client, which does not save the contact."""
        self.ensure_one()
        return self.queue_line_id.action_stop()
