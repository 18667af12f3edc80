from odoo import api, models
from odoo.exceptions import ValidationError


def check_required(records, values):
    """Refuse values that leave a required field empty, before the database does.

    :param records: of the model, for its fields
    :param values: field -> value, as for ``write``
    :raise ValidationError: with the name of the field
    """
    for name, value in values.items():
        field = records._fields.get(name)
        if (
            field
            and field.required
            and field.column_type
            and (value is None or value is False)
        ):
            label = records.fields_get([name], ["string"])
            raise ValidationError(
                records.env._(
                    "%(field)s: this is missing.",
                    field=label[name]["string"] if label else name,
                )
            )


class RequiredFields(models.AbstractModel):
    """Mixin for dialogs: what is missing is named as the screen names it."""

    _name = "funnel.required.fields"
    _description = "Names What Is Missing"

    @api.model_create_multi
    def create(self, vals_list):
        # Numbers are never missing, and what is computed is filled in.
        names = [
            name
            for name, field in self._fields.items()
            if field.required and field.column_type and not field.compute
        ]
        for values in vals_list:
            given = self._add_missing_default_values(values)
            check_required(self, {name: given.get(name) for name in names})
        return super().create(vals_list)

    def write(self, vals):
        check_required(self, vals)
        return super().write(vals)
