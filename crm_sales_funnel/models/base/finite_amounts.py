import math

from odoo import Command, api, models
from odoo.exceptions import ValidationError

from ...tools.pasted import is_storable

# Nobody owes more, and no column takes a larger integer.
HIGHEST = {"float": 1e15, "monetary": 1e15, "integer": 2**31}


def check_amounts(records, values):
    """Refuse what is no number, and what is too large for one: the ORM fails on it, or
    keeps it. JSON has no such numbers, but who calls the server may send them, as he may
    send characters that no text of the database holds.

    :param records: of the model, for the names of its fields
    :param values: field -> value, as for ``write``
    :raise ValidationError: with the name of the field
    """
    for name, value in values.items():
        field = records._fields.get(name)
        highest = field and HIGHEST.get(field.type)
        if highest and not abs(_to_number(value)) < highest:
            label = records.fields_get([name], ["string"])
            raise ValidationError(
                records.env._(
                    "%(field)s: this is no number, or too large.",
                    field=label[name]["string"] if label else name,
                )
            )
        if field and isinstance(value, str) and not is_storable(value):
            raise ValidationError(
                records.env._("A text has a character in it that is none.")
            )


def _to_number(value) -> float:
    if value is False or value is None or value == "":
        return 0.0  # what is empty, as Odoo has it
    if value is True:
        return math.nan
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


class FiniteAmounts(models.AbstractModel):
    """Mixin for models whose numbers are written by hand."""

    _name = "funnel.finite.amounts"
    _description = "Refuses What Is No Number"

    @api.model_create_multi
    def create(self, vals_list):
        for values in vals_list:
            check_amounts(self, values)
        return super().create(vals_list)

    def write(self, vals):
        check_amounts(self, vals)
        return super().write(vals)

    def onchange(self, values, field_names, fields_spec):
        check_amounts(self, values)
        for name, value in values.items():
            field = self._fields.get(name)
            if field and field.type == "one2many" and isinstance(value, list):
                for command in value:
                    if command[0] in (Command.CREATE, Command.UPDATE):
                        check_amounts(self.env[field.comodel_name], command[2])
        return super().onchange(values, field_names, fields_spec)
