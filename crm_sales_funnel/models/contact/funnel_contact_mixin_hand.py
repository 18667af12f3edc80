from collections import defaultdict
from datetime import UTC, datetime, timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import SQL
from odoo.tools.sql import column_exists

from .funnel_contact_log import MOST_YEARS
from .funnel_contact_mixin import TOGETHER
from .kept_fields import written

NEXT_CONTACT = frozenset({"next_contact_date", "next_contact_user_id"})
# What follows from contacts and from what is planned: nobody writes it.
KEPT = frozenset(
    {
        "agreed_contact_log_id",
        "agreed_contact_set_date",
        "agreed_contact_set_uid",
        "hand_contact_date",
        "hand_contact_set_date",
        "hand_contact_set_uid",
        "hand_contact_user_id",
        "last_contact_date",
        "last_contact_day",
        "last_contact_id",
        "next_contact_mark",
    }
)
COMES_BACK = timedelta(days=31)  # so late at most
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
        prefetch=TOGETHER,
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
        prefetch=TOGETHER,
        readonly=False,
        copy=False,
        groups="base.group_user",
    )
    hand_contact_set_uid = fields.Many2one(
        "res.users",
        string="Planned by Hand by",
        compute="_compute_hand_contact",
        store=True,
        prefetch=TOGETHER,
        readonly=False,
        copy=False,
        groups="base.group_user",
    )
    hand_contact_set_date = fields.Datetime(
        string="Planned by Hand on",
        compute="_compute_hand_contact",
        store=True,
        prefetch=TOGETHER,
        readonly=False,
        copy=False,
        groups="base.group_user",
    )
    # 0: nothing was ever planned by hand. Else the contacts whose id is at least this
    # number were logged after that.
    next_contact_mark = fields.Integer(
        compute="_compute_hand_contact",
        store=True,
        prefetch=TOGETHER,
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
                kept=SQL(", ").join(
                    SQL(
                        "%s = CASE WHEN next_contact_mark > 0 THEN %s END",
                        SQL.identifier(hand),
                        SQL.identifier(agreed),
                    )
                    for hand, agreed in self._get_hand_columns().items()
                ),
                user=SQL.identifier(self._agreed_fields[1]),
            )
        )

    def _get_hand_columns(self):
        """Return what is planned by hand -> what is agreed, if it is by hand."""
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
                    "This follows from other data and cannot be written: %(fields)s",
                    fields=", ".join(sorted(fnames)),
                )
            )

    def _get_kept_fields(self):
        """Return the fields that nobody may write."""
        return KEPT

    def _has_hand_plan(self) -> bool:
        """Return whether what is agreed was planned by hand."""
        is_agreed = bool(self[self._agreed_fields[0]])
        return is_agreed and bool(
            self.next_contact_mark and not self.agreed_contact_log_id
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
        vals_list = self._add_default_next_contact(vals_list)
        planned = any(vals.get("next_contact_date") for vals in vals_list)
        mark = self._get_hand_mark() if planned else 0
        vals_list = [
            self._prepare_new_hand_vals(vals, mark)
            if vals.get("next_contact_date")
            # Nobody can be named for what is not planned.
            else vals | dict.fromkeys(NEXT_CONTACT & vals.keys(), False)
            for vals in vals_list
        ]
        records = super().create(vals_list)
        if planned:
            records._default_next_contact_user()
            records._check_hand_plan()
            records._pass_on_next_contact()
        return records

    def _add_default_next_contact(self, vals_list):
        """Return the values with the next contact that a request or a setting gives as a
        default: it is planned by hand like any other."""
        defaults = self.default_get(list(NEXT_CONTACT))
        defaults = {fname: value for fname, value in defaults.items() if value}
        return [defaults | vals for vals in vals_list] if defaults else vals_list

    def write(self, vals):
        """Keep what is planned by hand beside what comes of it. With the customer, its
        next contact is handed over, unless somebody is named for it by the way. What is
        planned already is not said once more: a file that was exported writes it."""
        self._check_kept(vals)
        said = {fname: vals[fname] for fname in NEXT_CONTACT & vals.keys()}
        told = self.filtered(lambda record: record._is_news(said))
        others = {fname: value for fname, value in vals.items() if fname not in said}
        former = self.grouped("user_id") if "user_id" in others else {}
        result = super().write(others)
        for user, records in former.items():
            records.filtered(lambda r, user=user: r.user_id != user)._hand_over(user)
        if told:
            told._plan_by_hand(said)
            told._check_hand_plan()
            told._pass_on_next_contact()
        return result

    def _is_news(self, said) -> bool:
        """Return whether something else is planned so far.

        :param said: as of :meth:`_plan_by_hand`
        """
        return any(
            self._fields[fname].convert_to_cache(value, self)
            != self._fields[fname].convert_to_cache(self[fname], self)
            for fname, value in said.items()
        )

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

    def _check_hand_plan(self):
        """:raise ValidationError: nobody would be asked for what was planned by hand"""
        # sudo: whom it was given to.
        for user, records in self.sudo().grouped("hand_contact_user_id").items():
            records._check_seen_by(user)

    def _check_seen_by(self, user):
        """:raise ValidationError: somebody is named for the next contact of these who
        cannot see one of them, and would never find it"""
        if not user or user == self.env.user:
            return
        # sudo: whose they are.
        others = self.sudo().filtered(lambda record: record.user_id != user)
        if hidden := others - others._filter_seen_by(user):
            raise ValidationError(
                self.env._(
                    "%(user)s cannot see %(record)s: hand it over first, or choose "
                    "somebody else for the next contact.",
                    user=user.name,
                    record=hidden[0].display_name,
                )
            )

    def _filter_seen_by(self, user):
        """Return those of these that a user may read."""
        records = self.with_user(user).with_context(allowed_company_ids=None)
        return records._filtered_access("read").with_env(self.env)

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
            "hand_contact_set_uid": self.env.uid,
            "hand_contact_set_date": datetime.now(UTC).replace(tzinfo=None),
            "next_contact_mark": mark,
        }

    def _prepare_new_hand_vals(self, vals, mark):
        """Return what a record is created with whose next contact is planned: what is
        kept, and what comes of it, since there are no contacts yet."""
        # Said, though it is not: else a default would be written beside it.
        others = vals | dict.fromkeys(NEXT_CONTACT & vals.keys(), False)
        user = self._get_named_user(vals)
        kept = self._prepare_hand_vals(vals["next_contact_date"], user, mark)
        date_field, user_field = self._agreed_fields
        come = {
            date_field: vals["next_contact_date"],
            user_field: user.id,
            "agreed_contact_set_uid": kept["hand_contact_set_uid"],
            "agreed_contact_set_date": kept["hand_contact_set_date"],
        }
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
        """Give the next contacts of the former salesperson to the new one, also those
        that were fulfilled or replaced and may come back. They stay what they were, by
        whomever they were said.

        Where the former one is not reminded, or there was none, whoever has them has
        stood in; and what is nobody's is the new one's.

        :param former: user, or none
        """
        reminded = set(self.env["res.users"]._get_ids_with_contact_reminders())
        is_anybodys = former.id not in reminded

        def is_theirs(user):
            return is_anybodys or user == former or user.id not in reminded

        # sudo: read and passed on, whoever hands over.
        theirs = self.sudo()
        by_hand = theirs.filtered(
            lambda r: r.hand_contact_date and is_theirs(r.hand_contact_user_id)
        )
        for user, records in by_hand.grouped("user_id").items():
            user = user if user.id in reminded else user.browse()
            records._write_hand({"hand_contact_user_id": user.id})
        fname = self._fields["contact_log_ids"].inverse_name
        logs = theirs._get_unfulfilled_logs().filtered(
            lambda log: is_theirs(log.next_contact_user_id)
        )
        for user, stated in logs.grouped(lambda log: log[fname].user_id).items():
            stated.next_contact_user_id = user if user.id in reminded else False

    def _get_unfulfilled_logs(self):
        """Return the contacts that state the next one of these, or would if a later one
        were taken back."""
        fname = self._fields["contact_log_ids"].inverse_name
        logs = self.env["funnel.contact.log"].search(
            [
                (fname, "in", self.ids),
                ("next_contact_date", ">=", fields.Date.today() - COMES_BACK),
            ]
        )
        newest = logs.union(*self._read_newest_logs().values())
        return (logs | newest).filtered(self._is_stated_by)

    def _pass_on_next_contact(self):
        """Pass on what was planned by hand to who has the contacts of these."""

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
