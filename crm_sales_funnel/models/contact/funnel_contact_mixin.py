from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.misc import format_date
from odoo.tools.sql import column_exists, create_column

MODULE = "crm_sales_funnel"
CONTACT_ROLES = tuple(
    f"{MODULE}.group_funnel_{role}" for role in ("salesperson", "order_desk", "finance")
)
CONTACT_GROUPS = ",".join(CONTACT_ROLES)
# A customer, not its people and addresses.
COMPANY = Domain("parent_id", "=", False) | Domain("is_company", "=", True)


class FunnelContactMixin(models.AbstractModel):
    """Last and next contact of a customer or lead.

    The newest contact is the last one. The next one is planned by the newest contact
    that states a date, or by hand; whichever was said later holds. A contact on the
    planned day or after it fulfils the plan, an earlier one leaves it as it is. A mail
    of the customer is a contact, but fulfils nothing: it may be an automatic reply.

    All this is worked out anew from the contacts that there are and from what was
    planned by hand last, which is kept though a contact has fulfilled or replaced it: a
    contact that is taken back, or was another customer's, leaves nothing behind.

    The next contact is of somebody whom the Today screen reminds. That is the
    salesperson, where nobody is named; where he or she has no reminders, or there is
    none, it is nobody, and who leads the team is told.

    Models declare ``contact_log_ids``; the field behind it tells whose contacts
    they are.
    """

    _name = "funnel.contact.mixin"
    _description = "Last and Next Contact"

    # What contacts and people have agreed on: the day, and who. A model where something
    # else may come before it keeps it in fields of its own.
    _agreed_fields = ("next_contact_date", "next_contact_user_id")
    _contact_computes = frozenset({"_compute_contact_dates", "_compute_hand_contact"})

    last_contact_id = fields.Many2one(
        "funnel.contact.log",
        string="Newest Contact",
        compute="_compute_contact_dates",
        store=True,
        copy=False,
        index="btree_not_null",
        groups=CONTACT_GROUPS,
    )
    last_contact_date = fields.Datetime(
        string="Last Contact",
        compute="_compute_contact_dates",
        store=True,
        copy=False,
        groups="base.group_user",
    )
    last_contact_day = fields.Date(
        compute="_compute_contact_dates",
        store=True,
        copy=False,
        groups="base.group_user",
        help="The day of the last contact of ours, where it was made.",
    )
    last_contact_summary = fields.Char(
        compute="_compute_last_contact_summary",
        groups=CONTACT_GROUPS,
    )
    next_contact_date = fields.Date(
        string="Next Contact",
        compute="_compute_contact_dates",
        store=True,
        readonly=False,
        # A new record has no contacts: a default spares it the computation.
        default=lambda self: False,
        copy=False,
        tracking=20,
        groups="base.group_user",
    )
    next_contact_user_id = fields.Many2one(
        "res.users",
        string="Next Contact by",
        compute="_compute_contact_dates",
        store=True,
        readonly=False,
        copy=False,
        tracking=21,
        domain=[("share", "=", False)],
        groups="base.group_user",
    )
    contact_count = fields.Integer(
        compute="_compute_contact_count", groups=CONTACT_GROUPS
    )

    def _auto_init(self):
        """Add the columns empty when the addon is installed on years of data: there
        are no contacts yet from which the ORM could compute anything."""
        for fname, field in self._fields.items():
            if (
                not self._abstract
                and field.compute in self._contact_computes
                and not column_exists(self.env.cr, self._table, fname)
            ):
                create_column(self.env.cr, self._table, fname, field.column_type[1])
        return super()._auto_init()

    @api.depends(
        "contact_log_ids.date",
        "contact_log_ids.next_contact_date",
        "contact_log_ids.next_contact_user_id",
        "hand_contact_date",
        "hand_contact_user_id",
        "next_contact_mark",
    )
    def _compute_contact_dates(self):
        logs_by_owner = self._read_newest_logs()
        for record in self:
            logs = logs_by_owner[record.id]
            newest = max(logs, key=lambda log: (log.date, log.id), default=logs)
            record.last_contact_id = newest
            record.last_contact_date = newest.date
            made = logs.filtered(lambda log: not log._is_received_mail())
            record._plan_next_contact(
                max(made, key=lambda log: (log.date, log.id), default=made),
                logs.filtered("next_contact_date").sorted("date")[-1:],
            )

    def _plan_next_contact(self, newest, stated):
        """Set the next contact.

        :param newest: the newest contact that may fulfil a plan, or none
        :param stated: the newest contact that states a next date, or none
        """
        date_field, user_field = self._agreed_fields
        by_hand = self._is_planned_by_hand(stated)
        if by_hand:
            date, user = self.hand_contact_date, self.hand_contact_user_id
            came_later = newest.id >= self.next_contact_mark
        else:
            date, user = stated.next_contact_date, stated.next_contact_user_id
            came_later = newest != stated
        day = newest._get_local_day() if newest else False
        if date and came_later and day and day >= date:
            date = False
        self.last_contact_day = day
        self[date_field] = date
        self[user_field] = user if date else False

    def _read_newest_logs(self):
        """Return owner id -> the newest contact that states a next date and the
        newest of the others, the mails of the customer apart, in one query."""
        logs = self.env["funnel.contact.log"]
        logs_by_owner = defaultdict(lambda: logs)
        if not self.ids:
            return logs_by_owner
        fname = self._fields["contact_log_ids"].inverse_name
        logs.flush_model(
            [fname, "date", "next_contact_date", "direction", "message_id"]
        )
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (%(owner)s, next_contact_date IS NULL, %(received)s)
                       %(owner)s, id
                  FROM funnel_contact_log
                 WHERE %(owner)s IN %(ids)s
                 ORDER BY %(owner)s, next_contact_date IS NULL, %(received)s,
                          date DESC, id DESC
                """,
                owner=SQL.identifier(fname),
                received=SQL("(direction = 'incoming' AND message_id IS NOT NULL)"),
                ids=tuple(self.ids),
            )
        )
        newest = logs.browse(log_id for _owner, log_id in rows)
        for (owner, _log_id), log in zip(rows, newest, strict=True):
            logs_by_owner[owner] |= log
        return logs_by_owner

    def _compute_field_value(self, field):
        """The contact log tells what contacts have planned: the chatter tells only
        what was planned by hand."""
        if field.compute in self._contact_computes:
            self = self.with_context(mail_notrack=True)
        return super()._compute_field_value(field)

    @api.depends("last_contact_id.summary", "last_contact_id.channel_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_last_contact_summary(self):
        for record in self:
            record.last_contact_summary = record.last_contact_id._get_said()

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_contact_count(self):
        owner = self._fields["contact_log_ids"].inverse_name
        owners = {record: record._get_contact_owner() for record in self}
        counts = dict(
            self.env["funnel.contact.log"]._read_group(
                [(owner, "in", [owner.id for owner in owners.values()])],
                [owner],
                ["__count"],
            )
        )
        for record in self:
            record.contact_count = counts.get(owners[record], 0)

    def _get_contact_owner(self):
        """Return the record that keeps the contacts of this one."""
        return self

    def _tell_agreed(self, log):
        """Return in words in which contact the next one was agreed."""
        if not log:  # it was not noted then
            return self.env._("Agreed")
        return self.env._(
            "Agreed on %(date)s: %(user)s, %(channel)s",
            date=format_date(self.env, log._get_local_day()),
            user=log.user_id.name,
            channel=log.channel_id.name,
        )

    def _tell_by_hand(self, moment, user):
        """Return in words when the next contact was planned by hand, and by whom."""
        if not moment:
            return self.env._("By hand")
        moment = fields.Datetime.context_timestamp(self, moment)
        return self.env._(
            "By hand on %(date)s: %(user)s",
            date=format_date(self.env, moment.date()),
            user=user.name,
        )

    def action_log_one_by_one(self):
        """Contact these customers or leads one after the other: return the dialog for
        the first one."""
        return self.env["funnel.contact.queue"]._start(self).action_next()

    def action_open_contacts(self):
        """Open the contacts of this customer or lead."""
        owner = self._get_contact_owner()
        fname = self._fields["contact_log_ids"].inverse_name
        action = self.env["ir.actions.act_window"]._for_xml_id(
            f"{MODULE}.funnel_contact_log_action"
        )
        default = "lead_id" if fname == "lead_id" else "partner_id"
        return {
            **action,
            "domain": [(fname, "=", owner.id)],
            "context": {f"default_{default}": owner.id},
        }
