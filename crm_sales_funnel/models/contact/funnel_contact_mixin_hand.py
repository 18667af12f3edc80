from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import SQL
from odoo.tools.sql import column_exists

from .funnel_contact_log import MOST_YEARS
from .kept_fields import written

NEXT_CONTACT = frozenset({"next_contact_date", "next_contact_user_id"})
# What follows from contacts and from what is planned: nobody writes it.
KEPT = frozenset(
    {
        "hand_contact_date",
        "hand_contact_user_id",
        "last_contact_date",
        "last_contact_day",
        "last_contact_id",
        "next_contact_mark",
    }
)
LONG_AGO = 10  # years: what was forgotten for less is still to be done


class FunnelContactMixin(models.AbstractModel):
    """What is planned by hand."""

    _inherit = "funnel.contact.mixin"

    # What was planned by hand last, whatever came after it. The computation says that
    # these are not values of a record that merging or copying it would take over.
    hand_contact_date = fields.Date(
        string="Planned by Hand",
        compute="_compute_hand_contact",
        store=True,
        readonly=False,
        # A new record has none: a default spares it the computation of them all.
        default=lambda self: False,
        copy=False,
        groups="base.group_user",
    )
    hand_contact_user_id = fields.Many2one(
        "res.users",
        string="Planned by Hand for",
        compute="_compute_hand_contact",
        store=True,
        readonly=False,
        copy=False,
        groups="base.group_user",
    )
    # 0: nothing was ever planned by hand. Else the contacts whose id is at least this
    # number were logged after that.
    next_contact_mark = fields.Integer(
        compute="_compute_hand_contact",
        store=True,
        readonly=False,
        copy=False,
        groups="base.group_user",
    )

    def _compute_hand_contact(self):
        """It stays as it is."""
        computed = self.pool.field_computed[self._fields["hand_contact_date"]]
        for record in self:
            for field in computed:
                record[field.name] = record[field.name]

    def _auto_init(self):
        """What was planned by hand before that was kept by itself goes on."""
        is_older = (
            not self._abstract
            and column_exists(self.env.cr, self._table, "next_contact_mark")
            and not column_exists(self.env.cr, self._table, "hand_contact_date")
        )
        result = super()._auto_init()
        if is_older:
            self._carry_over_hand()
        return result

    def _carry_over_hand(self):
        """Keep what was planned by hand before that was kept by itself."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE %(table)s
                   SET %(kept)s,
                       hand_contact_user_id = CASE WHEN next_contact_mark > 0
                                                   THEN %(user)s END,
                       last_contact_day = COALESCE(
                           last_contact_day, last_contact_date::date
                       )
                 WHERE next_contact_mark > 0 OR last_contact_date IS NOT NULL
                """,
                table=SQL.identifier(self._table),
                kept=self._assign_handed(SQL("next_contact_mark > 0")),
                user=SQL.identifier(self._agreed_fields[1]),
            )
        )

    def _assign_handed(self, condition):
        """Return the SQL that sets what is planned by hand to what is agreed now."""
        return SQL(", ").join(
            SQL(
                "%(hand)s = CASE WHEN %(condition)s THEN %(agreed)s END",
                hand=SQL.identifier(hand),
                condition=condition,
                agreed=SQL.identifier(agreed),
            )
            for hand, agreed in self._get_handed_columns().items()
        )

    def _get_handed_columns(self):
        """Return what is planned by hand -> what is agreed, whoever has said it."""
        return {"hand_contact_date": self._agreed_fields[0]}

    @api.constrains("hand_contact_date")
    def _check_hand_contact_date(self):
        if any(_is_mistyped(record.hand_contact_date) for record in self):
            raise ValidationError(
                self.env._(
                    "The next contact is no more than %(years)s years ahead, and was not "
                    "%(ago)s years ago: look at the year.",
                    years=MOST_YEARS,
                    ago=LONG_AGO,
                )
            )

    def _check_kept(self, vals):
        """:raise AccessError: somebody writes what only follows from contacts"""
        fnames = written(self.env, self._get_kept_fields(), vals)
        if fnames:
            raise AccessError(
                self.env._(
                    "This follows from contacts and cannot be written: %(fields)s",
                    fields=", ".join(sorted(fnames)),
                )
            )

    def _get_kept_fields(self):
        """Return the fields that nobody may write."""
        return KEPT

    def _has_hand_plan(self) -> bool:
        """Return whether what is agreed was planned by hand."""
        date = self.hand_contact_date
        return bool(self.next_contact_mark and date) and (
            date == self[self._agreed_fields[0]]
        )

    def _is_planned_by_hand(self, stated) -> bool:
        """Return whether what was said by hand came after what a contact states."""
        return bool(self.next_contact_mark) and (
            (stated.id or 0) < self.next_contact_mark
        )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            # Odoo passes on the defaults of partners that it creates with something else.
            self._check_kept({fname: 1 for fname, value in vals.items() if value})
        planned = any(vals.get("next_contact_date") for vals in vals_list)
        mark = self._get_hand_mark() if planned else 0
        vals_list = [
            self._prepare_new_hand_vals(vals, mark)
            if vals.get("next_contact_date")
            # Nobody can be named for what is not planned.
            else {fname: vals[fname] for fname in vals.keys() - NEXT_CONTACT}
            for vals in vals_list
        ]
        records = super().create(vals_list)
        if planned:
            records._default_next_contact_user()
            records._pass_on_next_contact()
        return records

    def write(self, vals):
        """Keep what is planned by hand beside what comes of it. With the customer, its
        next contact is handed over, unless somebody is named for it by the way."""
        self._check_kept(vals)
        said = {fname: vals[fname] for fname in NEXT_CONTACT & vals.keys()}
        others = {fname: value for fname, value in vals.items() if fname not in said}
        former = self.grouped("user_id") if "user_id" in others else {}
        result = super().write(others)
        for user, records in former.items():
            records.filtered(lambda r, user=user: r.user_id != user)._hand_over(user)
        if said:
            self._plan_by_hand(said)
            self._pass_on_next_contact()
        return result

    def _plan_by_hand(self, said):
        """Plan the next contact of these as the user says.

        :param said: the next contact's date, or who makes it, or both
        """
        mark = self._get_hand_mark()
        named = self._get_named_user(said)
        planned = defaultdict(self.browse)
        for record in self:
            date = said.get("next_contact_date", record.next_contact_date)
            if not date and "next_contact_date" not in said:
                continue  # nobody can be named for what is not planned
            user = named or record._get_next_contact_user()
            planned[date, user if date else user.browse()] |= record
        for (date, user), records in planned.items():
            records._write_hand(records._prepare_hand_vals(date, user, mark))

    def _get_named_user(self, said):
        """Return whom the user names for the next contact.

        :raise ValidationError: he would not be reminded of it. Who was named before and
            has left is passed on all the same: whoever leads the team sees it
        """
        user = self.env["res.users"].browse(said.get("next_contact_user_id") or ())
        user._check_has_contact_reminders()
        return user

    def _write_hand(self, vals):
        """Write what nobody writes directly, where the user may write the record."""
        # sudo: what may be written has been asked about.
        self.sudo().write(vals)

    def _prepare_hand_vals(self, date, user, mark):
        """Return what is kept when the next contact is planned by hand.

        :param mark: the lowest id of the contacts that are logged from now on
        """
        return {
            "hand_contact_date": date,
            "hand_contact_user_id": user.id,
            "next_contact_mark": mark,
        }

    def _prepare_new_hand_vals(self, vals, mark):
        """Return what a record is created with whose next contact is planned: what is
        kept, and what comes of it, since there are no contacts yet."""
        others = {fname: vals[fname] for fname in vals.keys() - NEXT_CONTACT}
        user = self._get_named_user(vals)
        kept = self._prepare_hand_vals(vals["next_contact_date"], user, mark)
        date_field, user_field = self._agreed_fields
        come = {date_field: vals["next_contact_date"], user_field: user.id}
        return {**others, **come, **kept}

    def _default_next_contact_user(self):
        """Give a next contact that nobody is named for to the salesperson."""
        date_field, user_field = self._agreed_fields
        orphans = self.filtered(lambda r: r[date_field] and not r[user_field])
        for user, records in orphans.grouped(
            lambda record: record._get_next_contact_user()
        ).items():
            if user:
                records._write_hand({"hand_contact_user_id": user.id})

    def _get_next_contact_user(self):
        """Return who makes the next contact where nobody is named: who was to make it,
        else the salesperson, else who plans it."""
        # sudo: who of them has reminders.
        record = self.sudo()
        users = (record[self._agreed_fields[1]], record.user_id, self.env.user)
        return next(
            (user for user in users if user._has_contact_reminders()),
            self.env["res.users"],
        )

    def _hand_over(self, former):
        """Give the next contacts of the former salesperson to the new one. They stay
        what they were, by whomever they were said, and hold from now on.

        :param former: user, or none
        """
        date_field, user_field = self._agreed_fields
        # sudo: read and passed on, whoever hands over.
        theirs = self.sudo()
        agreed = theirs.filtered(lambda r: r[date_field] and r[user_field] == former)
        # What was planned by hand and has been fulfilled may come back.
        dormant = (theirs - agreed).filtered(
            lambda r: r.hand_contact_date and r.hand_contact_user_id == former
        )
        for user, records in (agreed | dormant).grouped("user_id").items():
            user = user if user._has_contact_reminders() else user.browse()
            records._write_hand({"hand_contact_user_id": user.id})
            (records & agreed)._hold()

    def _hold(self):
        """Keep what is agreed as if it were planned by hand, in one statement."""
        if not self:
            return
        self.flush_recordset()
        names = list(self._get_handed_columns())
        self.env.cr.execute(
            SQL(
                "UPDATE %(table)s SET %(kept)s, next_contact_mark = %(mark)s"
                " WHERE id IN %(ids)s",
                table=SQL.identifier(self._table),
                kept=self._assign_handed(SQL("TRUE")),
                mark=self._get_hand_mark(),
                ids=tuple(self.ids),
            )
        )
        names.append("next_contact_mark")
        self.invalidate_recordset(names)
        self.modified(names)

    def _pass_on_next_contact(self):
        """Pass on what was planned by hand to the customer who has the contacts of
        these."""

    def _take_over_next_contact(self, date, user):
        """Plan a contact by hand that was planned elsewhere, unless an earlier one
        is."""
        agreed = self[self._agreed_fields[0]]
        if not agreed or agreed > date:
            if not user._has_contact_reminders():
                user = self._get_next_contact_user()
            mark = self._get_hand_mark()
            self._write_hand(self._prepare_hand_vals(date, user, mark))

    def _get_hand_mark(self):
        """Return the lowest id that contacts logged from now on will have."""
        # sudo: the newest of all contacts, also of those that the user cannot read.
        logs = self.env["funnel.contact.log"].sudo()
        return logs.search([], order="id DESC", limit=1).id + 1


def _is_mistyped(date) -> bool:
    """Return whether a planned date, or none, is years away."""
    if not date:
        return False
    today = fields.Date.today()
    return not (
        fields.Date.subtract(today, years=LONG_AGO)
        <= date
        <= fields.Date.add(today, years=MOST_YEARS)
    )
