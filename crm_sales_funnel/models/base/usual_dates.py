from datetime import date

from odoo import api, fields, models
from odoo.exceptions import ValidationError

FIRST, LAST = date(2000, 1, 1), date(2999, 12, 31)


def check_dates(records, values):
    """Refuse days that nobody means: a year that was mistyped is booked otherwise.

    :param records: of the model, for the names of its fields
    :param values: field -> value, as for ``write``
    :raise ValidationError: with the name of the field
    """
    for name, value in values.items():
        field = records._fields.get(name)
        if not field or field.type != "date" or not value:
            continue
        if not FIRST <= fields.Date.to_date(value) <= LAST:
            label = records.fields_get([name], ["string"])
            raise ValidationError(
                records.env._(
                    "%(field)s: enter a day between the years %(first)s and %(last)s.",
                    field=label[name]["string"] if label else name,
                    first=FIRST.year,
                    last=LAST.year,
                )
            )


class UsualDates(models.AbstractModel):
    """Mixin for models whose days are entered by hand."""

    _name = "funnel.usual.dates"
    _description = "Refuses Days That Nobody Means"

    @api.constrains(lambda self: self._get_entered_dates())
    def _check_entered_dates(self):
        names = self._get_entered_dates()
        for record in self:
            check_dates(self, {name: record[name] for name in names})

    @api.model
    def _get_entered_dates(self) -> list[str]:
        return [
            name
            for name, field in self._fields.items()
            if field.type == "date" and field.store and not field.readonly
        ]

    def onchange(self, values, field_names, fields_spec):
        check_dates(self, values)
        return super().onchange(values, field_names, fields_spec)
