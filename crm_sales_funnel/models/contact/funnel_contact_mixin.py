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


# These fields are fetched together where one of them is asked for, and not by whoever
# reads a name: Odoo reads partners several times for each document.
TOGETHER = "contact"


class FunnelContactMixin(models.AbstractModel):
    """Last and next contact of a customer or lead.

    The newest contact is the last one. The next one is planned by the newest contact
    that states a date, or by hand; whichever was said later holds. A contact on the
    planned day or after it fulfils the plan, an earlier one leaves it as it is. A mail
    of the customer is a contact, but fulfils nothing: it may be an automatic reply.
    A customer and each lead of it have a next contact of their own. A contact with a lead
    is one with its customer as well, and fulfils what is due with both; but what was
    agreed on in it is the lead's alone, and only a contact with the lead fulfils that.

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
        prefetch=TOGETHER,
        copy=False,
        index="btree_not_null",
        groups=CONTACT_GROUPS,
    )
    last_contact_date = fields.Datetime(
        string="Last Contact",
        compute="_compute_contact_dates",
        store=True,
        prefetch=TOGETHER,
        copy=False,
        groups="base.group_user",
    )
    last_contact_day = fields.Date(
        compute="_compute_contact_dates",
        store=True,
        prefetch=TOGETHER,
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
        prefetch=TOGETHER,
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
        prefetch=TOGETHER,
        readonly=False,
        copy=False,
        tracking=21,
        domain=[("share", "=", False)],
        groups="base.group_user",
    )
    # By whom it was said: by somebody by hand, or else in this contact.
    agreed_contact_log_id = fields.Many2one(
        "funnel.contact.log",
        compute="_compute_contact_dates",
        store=True,
        prefetch=TOGETHER,
        readonly=False,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
        groups=CONTACT_GROUPS,
    )
    agreed_contact_set_uid = fields.Many2one(
        "res.users",
        compute="_compute_contact_dates",
        store=True,
        prefetch=TOGETHER,
        readonly=False,
        copy=False,
        groups="base.group_user",
    )
    agreed_contact_set_date = fields.Datetime(
        compute="_compute_contact_dates",
        store=True,
        prefetch=TOGETHER,
        readonly=False,
        copy=False,
        groups="base.group_user",
    )
    next_contact_reason = fields.Char(
        string="Why Then",
        compute="_compute_next_contact_reason",
        groups=CONTACT_GROUPS,
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

    @api.model
    def _get_contact_dates_depends(self):
        """Return what decides on last and next contact."""
        return [
            "contact_log_ids.date",
            "contact_log_ids.lead_id",
            "contact_log_ids.next_contact_date",
            "contact_log_ids.next_contact_user_id",
            "hand_contact_date",
            "hand_contact_user_id",
            "next_contact_mark",
        ]

    @api.depends(lambda self: self._get_contact_dates_depends())
    def _compute_contact_dates(self):
        records = self.filtered("id")  # those that are saved
        (self - records)._keep_contact_dates()
        logs_by_owner = records._read_newest_logs()
        for record in records:
            logs = logs_by_owner[record.id]
            newest = logs._get_newest()
            record.last_contact_id = newest
            record.last_contact_date = newest.date
            made = logs._get_newest_made()
            record.last_contact_day = made._get_local_day() if made else False
            record._plan_next_contact(
                made,
                logs.filtered(record._is_stated_by).sorted("date")[-1:],
            )

    def _keep_contact_dates(self):
        """What is being edited keeps what was typed until it is saved: a form would send
        back what is computed, as if it had been said."""
        for record in self:
            for field in self.pool.field_computed[self._fields["last_contact_id"]]:
                kept = record._origin if field.readonly else record
                record[field.name] = kept[field.name]

    def _plan_next_contact(self, newest, stated):
        """Set what people have agreed on, and who has said it.

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
        if date and newest and came_later and newest._is_made_by(date, user):
            date = False
        self[date_field] = date
        self[user_field] = date and self._get_who_makes_it(user)
        self.agreed_contact_log_id = date and not by_hand and stated
        self.agreed_contact_set_uid = date and by_hand and self.hand_contact_set_uid
        self.agreed_contact_set_date = date and by_hand and self.hand_contact_set_date

    def _recompute_contact_dates(self):
        """Let last and next contact be computed again, when they are needed."""
        for computed in self.pool.field_computed[self._fields["last_contact_id"]]:
            self.env.add_to_compute(computed, self)

    def _get_who_makes_it(self, user):
        """Return who makes the next contact that is planned for a user, or none."""
        return user

    def _is_stated_by(self, log) -> bool:
        """Return whether a contact states the next one of this."""
        return bool(log.next_contact_date)

    @api.model
    def _stated_query(self):
        """Return the condition on contacts that is :meth:`_is_stated_by`."""
        return SQL("next_contact_date IS NOT NULL")

    def _read_newest_logs(self):
        """Return owner id -> the newest contact that states its next one and the
        newest of the others, the mails of the customer apart, in one query."""
        logs = self.env["funnel.contact.log"]
        logs_by_owner = defaultdict(lambda: logs)
        if not self.ids:
            return logs_by_owner
        fname = self._fields["contact_log_ids"].inverse_name
        logs.flush_model(
            [fname, "date", "next_contact_date", "direction", "lead_id", "message_id"]
        )
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (%(owner)s, %(stated)s, %(received)s)
                       %(owner)s, id
                  FROM funnel_contact_log
                 WHERE %(owner)s IN %(ids)s
                 ORDER BY %(owner)s, %(stated)s, %(received)s, date DESC, id DESC
                """,
                owner=SQL.identifier(fname),
                stated=self._stated_query(),
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

    @api.depends(
        "agreed_contact_log_id",
        "agreed_contact_set_date",
        "agreed_contact_set_uid",
        "next_contact_date",
    )
    @api.depends_context("lang", "tz", "uid")
    def _compute_next_contact_reason(self):
        for record in self:
            # sudo: names of colleagues and channels; of a contact, who had it when, not
            # what was said.
            record.next_contact_reason = record.sudo()._explain_agreed()

    def _explain_agreed(self):
        """Return in words how the next contact was agreed on, False where it was not."""
        if not self[self._agreed_fields[0]]:
            return False
        user, moment = self.agreed_contact_set_uid, self.agreed_contact_set_date
        if user or moment:
            return self._tell_by_hand(moment, user)
        return self._tell_agreed(self.agreed_contact_log_id)

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
