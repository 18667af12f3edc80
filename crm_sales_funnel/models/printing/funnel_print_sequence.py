import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL
from odoo.tools.sql import escape_psql

# Kinds of slips that bear a number; a transfer inside the company has none.
SLIP_KINDS = [
    ("delivery", "Delivery"),
    ("return", "Return"),
    ("receipt", "Receipt"),
    ("vendor_return", "Return to Vendor"),
]
DATE_PART = re.compile(r"\{(\w*)\}")
HIGHEST = 999_999_999  # the database counts to twice as many
DATE_PARTS = {"year": "%Y", "yy": "%y", "month": "%m", "day": "%d"}
DATE_DIGITS = {"year": 4}  # the others have two
# What a period is, and the parts of the date without one of which (in each set) a
# number of another period would be given once more.
RESTARTS = {
    "never": ("", ()),
    "yearly": ("%Y", ({"year", "yy"},)),
    "monthly": ("%Y%m", ({"year", "yy"}, {"month"})),
    "daily": ("%Y%m%d", ({"year", "yy"}, {"month"}, {"day"})),
}


class FunnelPrintSequence(models.Model):
    """Own numbers of slips, given when a slip is printed first.

    Odoo numbers transfers when they are made, and those that are cancelled leave
    holes. These numbers have none: the row is locked until the print is committed. Only
    those that another sequence has given are passed over.
    """

    _name = "funnel.print.sequence"
    _inherit = "funnel.print.measure"
    _description = "Slip Numbers"
    _order = "company_id, warehouse_id, kind"
    _check_company_auto = True

    warehouse_id = fields.Many2one(
        "stock.warehouse",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.user._get_default_warehouse_id(),
    )
    company_id = fields.Many2one(
        related="warehouse_id.company_id", store=True, index=True
    )
    kind = fields.Selection(
        SLIP_KINDS, string="Slips", required=True, default="delivery"
    )
    prefix = fields.Char(
        help="What stands before the number, such as D{year}{month}-. The parts of the"
        " date are {year}, {yy}, {month} and {day}.",
    )
    padding = fields.Integer(
        string="Digits", default=4, required=True, help="Filled up with zeros."
    )
    restart = fields.Selection(
        [
            ("never", "Never"),
            ("yearly", "Each Year"),
            ("monthly", "Each Month"),
            ("daily", "Each Day"),
        ],
        string="Starts Again at 1",
        required=True,
        default="never",
    )
    number_next = fields.Integer(string="Next Number", required=True, default=1)
    last_date = fields.Date(
        string="Date of the Last Number",
        readonly=True,
        required=True,
        copy=False,
        default=fields.Date.context_today,
        help="The date in the numbers never goes back, whatever time zone a user has.",
    )
    example = fields.Char(
        string="Next Slip",
        compute="_compute_example",
        help="The number of the next slip that is printed.",
    )

    _kind_uniq = models.Constraint(
        "UNIQUE(warehouse_id, kind)",
        "This warehouse has numbers for this kind of slip already.",
    )
    _numbers_positive = models.Constraint(
        "CHECK(number_next > 0 AND padding BETWEEN 1 AND 12)",
        "The next number begins at 1, with 1 to 12 digits.",
    )

    @api.model
    def _get_limits(self):
        # Where the counter stands when the last number was given.
        return {"number_next": (1, HIGHEST + 1), "padding": (1, 12)}

    @api.depends("prefix", "padding", "restart", "number_next", "last_date")
    def _compute_example(self):
        for sequence in self:
            date, number = sequence._get_next()
            (free,) = sequence._get_unused(date, number, 1)
            sequence.example = sequence._get_number(date, free)

    @api.depends("warehouse_id", "kind")
    @api.depends_context("lang")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for sequence in self:
            names = (sequence.warehouse_id.name, kinds.get(sequence.kind))
            sequence.display_name = ", ".join(filter(None, names))

    @api.constrains("prefix", "restart")
    def _check_prefix(self):
        for sequence in self:
            parts = set(DATE_PART.findall(sequence.prefix or ""))
            rest = DATE_PART.sub("", sequence.prefix or "")
            if parts - DATE_PARTS.keys() or "{" in rest or "}" in rest:
                raise ValidationError(
                    self.env._(
                        "“%(prefix)s” may have {year}, {yy}, {month} and {day} in it,"
                        " and nothing else in braces.",
                        prefix=sequence.prefix,
                    )
                )
            if not all(parts & wanted for wanted in RESTARTS[sequence.restart][1]):
                raise ValidationError(
                    self.env._(
                        "Numbers that start again need the year in their prefix, and"
                        " the month and the day when they start again each month or"
                        " day: they would be given twice."
                    )
                )

    @api.constrains("prefix", "company_id")
    def _check_prefix_differs(self):
        """Compare what is printed: the pattern may differ, and the year be the same."""
        for sequence in self:
            others = self.search(
                [
                    ("company_id", "=", sequence.company_id.id),
                    ("id", "!=", sequence.id),
                ]
            )
            date = fields.Date.context_today(sequence)
            prefix = sequence._get_prefix(date)
            for other in others:
                if other._get_prefix(date) == prefix:
                    raise ValidationError(
                        self.env._(
                            "%(other)s has the same prefix: numbers would be given"
                            " twice.",
                            other=other.display_name,
                        )
                    )

    def _check_next_is_free(self):
        """A number that was given already is told now, not at the next print.

        Not a constraint, which would look through all slips at each print.
        """
        for sequence in self:
            date, number = sequence._get_next()
            free = sequence._find_free(date, number)
            sequence._check_enough(free)
            if free != number:
                raise ValidationError(
                    self.env._(
                        "Slips up to %(last)s were printed already. %(next)s is free.",
                        last=sequence._get_number(date, free - 1),
                        next=sequence._get_number(date, free),
                    )
                )

    def _find_free(self, date, number):
        """Return the first number, this one or a higher one, that no slip has and from
        which on this sequence has given none of as many digits; it is called again
        where the next one may have a digit more."""
        highest = self._get_highest(date, len(self._get_digits(number)))
        (free,) = self._get_unused(date, max(number, highest + 1), 1)
        return number if free == number else self._find_free(date, free)

    def _get_unused(self, date, first, count):
        """Return the next numbers, from the first one on, that no slip has.

        Of a longer prefix, another sequence may have given some: X1 and 001 is what X
        and 1001 is. Looks at twice as many each time, for there may be a thousand in a
        row: one query where there are none, few where there are.
        """
        # sudo: that a number is used is no secret, whoever may read its slip.
        slips = self.env["funnel.print.slip"].sudo()
        unused, size = [], count
        while len(unused) < count:
            numbers = {
                self._get_number(date, first + n): first + n for n in range(size)
            }
            used = slips.search_fetch(
                [
                    ("company_id", "=", self.company_id.id),
                    ("number", "in", list(numbers)),
                ],
                ["number"],
            )
            taken = set(used.mapped("number"))
            unused += [n for number, n in numbers.items() if number not in taken]
            first, size = first + size, size * 2
        return unused[:count]

    def _get_highest(self, date, digits):
        """Return the highest number, of so many digits and with the prefix of a date,
        that a slip has, or 0. Those that other sequences gave are not counted: a longer
        prefix may end with digits too."""
        prefix = self._get_prefix(date)
        slips = self.env["funnel.print.slip"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("number", "=like", escape_psql(prefix) + "_" * digits),
            ]
        )
        others = self.search(
            [("company_id", "=", self.company_id.id), ("id", "!=", self.id)]
        )
        patterns = {
            (other.warehouse_id, other.kind): other._get_pattern() for other in others
        }
        ends = (
            slip.number[len(prefix) :]
            for slip in slips
            if not _matches(patterns.get((slip.warehouse_id, slip.kind)), slip.number)
        )
        return max((int(end) for end in ends if _is_digits(end)), default=0)

    def _get_pattern(self):
        """Return what all numbers of this sequence match, of whatever date."""
        prefix = DATE_PART.sub(
            lambda match: f"[0-9]{{{DATE_DIGITS.get(match[1], 2)}}}",
            re.escape(self.prefix or "").replace(r"\{", "{").replace(r"\}", "}"),
        )
        return re.compile(rf"{prefix}[0-9]{{{self.padding},}}")

    @api.model_create_multi
    def create(self, vals_list):
        sequences = super().create(vals_list)
        sequences._check_next_is_free()
        return sequences

    def write(self, vals):
        by_hand = "last_date" not in vals  # see _take
        if by_hand and "number_next" in vals:
            # It is meant for the slips of today, not to be passed over as of a period
            # that has ended.
            vals = vals | {"last_date": fields.Date.context_today(self)}
        result = super().write(vals)
        if by_hand:
            self._check_next_is_free()
        return result

    def _get_next(self):
        """Return the date and the number of the next slip."""
        last = self.last_date or fields.Date.context_today(self)
        date = max(last, fields.Date.context_today(self))
        pattern = RESTARTS[self.restart or "never"][0]
        again = date.strftime(pattern) != last.strftime(pattern)
        return date, 1 if again else self.number_next

    def _get_number(self, date, number):
        """Return a number as it is printed."""
        return self._get_prefix(date) + self._get_digits(number)

    def _get_digits(self, number):
        return f"{number:0{max(self.padding, 1)}d}"

    def _get_prefix(self, date):
        return DATE_PART.sub(
            lambda match: date.strftime(DATE_PARTS.get(match[1], "")),
            self.prefix or "",
        )

    def _take(self, count):
        """Return the next numbers, which nobody else is or was given.

        Whoever asks at the same time waits for the end of this transaction: when it
        fails, its numbers are given to the next. Odoo then repeats the request that
        waited.

        :raise ValidationError: the counter has come to its end
        """
        self.ensure_one()
        self.flush_recordset()
        self.env.cr.execute(
            SQL(
                "SELECT id FROM funnel_print_sequence WHERE id = %s FOR UPDATE", self.id
            )
        )
        self.invalidate_recordset()
        date, first = self._get_next()
        numbers = self._get_unused(date, first, count)
        self._check_enough(numbers[-1])
        self.write({"number_next": numbers[-1] + 1, "last_date": date})
        return [self._get_number(date, number) for number in numbers]

    def _check_enough(self, number):
        if number > HIGHEST:
            raise ValidationError(
                self.env._(
                    "The slip numbers of %(sequence)s have run out: %(last)s is the last"
                    " one. Ask a manager to choose another prefix, and to begin at 1.",
                    sequence=self.display_name,
                    last=self._get_number(self._get_next()[0], HIGHEST),
                )
            )


def _matches(pattern, number):
    return bool(pattern and pattern.fullmatch(number))


def _is_digits(text):
    return text.isascii() and text.isdigit()
