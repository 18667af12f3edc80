from functools import reduce

from odoo import api, fields, models
from odoo.exceptions import RedirectWarning, UserError
from odoo.fields import Domain
from odoo.tools import SQL

from .funnel_contact_mixin import MODULE
from .lead_states import OPEN

MOST = 200  # nobody calls more in a day
NAMES = 3  # told of those who were left out
DUE = (
    "contacts.overdue",
    "contacts.today",
    "contacts.lead.overdue",
    "contacts.lead.today",
)


class FunnelContactQueue(models.Model):
    """Customers and leads whom somebody contacts one after the other today. The dialog
    goes from one to the next; who closes it, or loses the page, goes on later."""

    _name = "funnel.contact.queue"
    _description = "Contacts to Log One by One"
    _order = "id DESC"

    user_id = fields.Many2one(
        "res.users",
        string="Salesperson",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.user,
    )
    date = fields.Date(
        string="Day", required=True, readonly=True, default=fields.Date.context_today
    )
    # Which one of the user's on this day it is.
    number = fields.Integer(readonly=True)
    line_ids = fields.One2many("funnel.contact.queue.line", "queue_id")

    _number_unique = models.UniqueIndex("(user_id, date, number)")

    @api.depends("date")
    def _compute_display_name(self):
        for queue in self:
            queue.display_name = str(queue.date)

    # ------------------------------------------------------------------
    # Starting
    # ------------------------------------------------------------------

    @api.model
    def action_start_today(self):
        """Go on with the queue of today, or begin one with all whom the user has to
        contact by now, the longest overdue first."""
        due = self._get_due()
        queue = self._get_unfinished()
        if queue:
            queue._add(due)
        elif due:
            queue = self._start(due)
        return queue._go_on()

    def _go_on(self):
        """Return the dialog for the next one; say so where there is no queue."""
        if self:
            return self.action_next()
        return self._tell(self.env._("Nobody is to be contacted by you today."), "info")

    @api.model
    def _get_unfinished(self):
        """Return the newest queue of today in which somebody waits, or none."""
        return self.search(
            [
                ("user_id", "=", self.env.uid),
                ("date", "=", fields.Date.context_today(self)),
                ("line_ids.state", "=", "waiting"),
            ],
            limit=1,
        )

    @api.model
    def _get_due(self):
        """Return the customers and the leads that the reminders tell the user to
        contact by today: lists of records, the longest overdue first."""
        registry = self.env["funnel.reminder"]
        domains = {}
        for kind in registry._kinds_of_user():
            if kind.key in DUE:
                domain = kind.domain & registry._reach_domain(kind, "own")
                domains[kind.model] = domains.get(kind.model, Domain.FALSE) | domain
        due = [
            record
            for model, domain in domains.items()
            for record in self.env[model].search(
                domain, order="next_contact_date, id", limit=MOST
            )
        ]
        return sorted(due, key=lambda record: record.next_contact_date)[:MOST]

    @api.model
    def _start(self, records):
        """Create a queue.

        :param records: customers and leads, each one record
        """
        queue = self._open()
        queue._add(records)
        return queue

    @api.model
    def _open(self):
        """Create an empty queue of the user.

        Of two at the same moment, the database refuses the second one, and Odoo repeats
        the request: then the first one is found. Created otherwise, it would be told as
        an error.
        """
        self.check_access("create")
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO funnel_contact_queue (
                           user_id, date, number,
                           create_uid, create_date, write_uid, write_date
                       )
                SELECT %(user)s, %(day)s, COALESCE(max(number), 0) + 1,
                       %(user)s, %(now)s, %(user)s, %(now)s
                  FROM funnel_contact_queue
                 WHERE user_id = %(user)s AND date = %(day)s
                    ON CONFLICT (user_id, date, number) DO NOTHING
             RETURNING id
                """,
                user=self.env.uid,
                day=fields.Date.context_today(self),
                now=fields.Datetime.now(),
            )
        )
        [queue_id] = self.env.cr.fetchone()
        return self.browse(queue_id)

    def _add(self, records):
        """Add customers and leads who are not in the queue yet."""
        lines = self.line_ids
        known = {*lines.partner_id, *lines.lead_id}
        owners = dict.fromkeys(record._get_contact_owner() for record in records)
        new = [owner for owner in owners if owner not in known]
        if len(new) > MOST:
            raise UserError(self.env._("Choose %(count)s at most at once.", count=MOST))
        lines.create(
            [
                {
                    "queue_id": self.id,
                    "lead_id" if owner._name == "crm.lead" else "partner_id": owner.id,
                    "user_id": owner.user_id.id,
                }
                for owner in new
            ]
        )

    # ------------------------------------------------------------------
    # Going on
    # ------------------------------------------------------------------

    def action_next(self):
        """Return the dialog for the next one who waits; when nobody does, say what
        was done."""
        self.ensure_one()
        self.check_access("write")
        line = self._get_next_line()
        if not line:
            return self._finish()
        line.seen_log_id = line._get_newest_log().id
        action = self.env["ir.actions.act_window"]._for_xml_id(
            f"{MODULE}.funnel_contact_log_action_queue"
        )
        fname = "lead_id" if line.lead_id else "partner_id"
        return {
            **action,
            "name": self.env._(
                "Log a Contact: %(position)s of %(count)s", **line._get_position()
            ),
            "context": {
                "default_queue_line_id": line.id,
                f"default_{fname}": line[fname].id,
            },
        }

    def _get_next_line(self):
        """Return the first one who waits; who need not, or cannot, be contacted any more
        is left out."""
        waiting = self.line_ids.filtered(lambda line: line.state == "waiting")
        left_out = waiting._get_left_out()
        left_out.state = "left_out"
        return (waiting - left_out)[:1]

    def _finish(self):
        return self._tell(self._get_summary(), "success")

    def _get_summary(self) -> str:
        """Return how many were done, in words."""
        states = self.line_ids.mapped("state")
        counts = {
            state: states.count(state)
            for state in ("done", "skipped", "left_out", "waiting")
        }
        parts = [self.env._("Logged: %(done)s", **counts)]
        if counts["skipped"]:
            parts.append(self.env._("skipped: %(skipped)s", **counts))
        if counts["left_out"]:
            names = self.line_ids._get_names_left_out()
            parts.append(
                self.env._("%(left_out)s left out: %(names)s", names=names, **counts)
            )
        if counts["waiting"]:
            parts.append(self.env._("left for later: %(waiting)s", **counts))
        return reduce(
            lambda said, more: self.env._("%(said)s, %(more)s", said=said, more=more),
            parts,
        )

    def _tell(self, message, kind):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": message,
                "type": kind,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    @api.autovacuum
    def _gc_queues(self):
        """Delete the queues of days gone by."""
        day = fields.Date.subtract(fields.Date.today(), days=7)
        self.search([("date", "<", day)]).unlink()


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

    def _get_left_out(self):
        """Return those of these lines of one queue whose turn does not come: they are
        archived, lost or done with, not the user's to see any more, or a colleague's since; or
        stand in the queue a second time, merged with another one."""
        left_out = self.browse()
        seen = set()
        for line in self.queue_id.line_ids:
            owner = line.partner_id or line.lead_id
            if line in self and (
                owner in seen or not line._is_there(owner) or line._is_taken_over(owner)
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
        owners = [line.partner_id or line.lead_id for line in lines]
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

    def _get_position(self) -> dict[str, int]:
        """Return the ``position`` in the queue, from 1, and the ``count``."""
        lines = self.queue_id.line_ids.ids
        return {"position": lines.index(self.id) + 1, "count": len(lines)}

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
