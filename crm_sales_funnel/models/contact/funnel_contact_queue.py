from functools import reduce

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from .funnel_contact_mixin import MODULE

MOST = 200  # nobody calls more in a day
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
        queues = self.search(
            [
                ("user_id", "=", self.env.uid),
                ("date", "=", fields.Date.context_today(self)),
                ("line_ids.state", "=", "waiting"),
            ]
        )
        return next((queue for queue in queues if queue._get_waiting()), self.browse())

    def _get_waiting(self):
        """Return the lines whose turn is still to come."""
        waiting = self.line_ids.filtered(lambda line: line.state == "waiting")
        return waiting - waiting._get_left_out()

    def _get_new(self, records):
        """Return those who keep the contacts of customers and leads, as far as they are
        not in the queue."""
        known = {line._get_owner() for line in self.line_ids}
        owners = dict.fromkeys(record._get_contact_owner() for record in records)
        return [owner for owner in owners if owner not in known]

    def _get_position(self, more=()) -> dict[str, int]:
        """Return the ``position`` of the next one whose turn comes, from 1, and the
        ``count`` of all.

        :param more: customers and leads who are added before that
        """
        lines, new = self.line_ids, self._get_new(more)
        return {
            "position": len(lines - self._get_waiting()) + 1,
            "count": len(lines) + len(new),
        }

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
        new = self._get_new(records)
        if len(new) > MOST:
            raise UserError(self.env._("Choose %(count)s at most at once.", count=MOST))
        mark = self.env["funnel.contact.mixin"]._get_hand_mark() if new else 0
        self.line_ids.create(
            [
                {
                    "queue_id": self.id,
                    "lead_id" if owner._name == "crm.lead" else "partner_id": owner.id,
                    "user_id": owner.user_id.id,
                    "log_mark": mark,
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
                "Log a Contact: %(position)s of %(count)s", **self._get_position()
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
        left = self._get_waiting()
        (waiting - left).state = "left_out"
        return left[:1]

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
