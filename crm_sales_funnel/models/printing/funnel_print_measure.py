from odoo import api, models
from odoo.exceptions import ValidationError

LONGEST = 1200  # mm, as long as the largest paper


class FunnelPrintMeasure(models.AbstractModel):
    """Mixin that refuses numbers which are no measures of a page, before the database
    does so in its own words: it also takes NaN for a positive number."""

    _name = "funnel.print.measure"
    _description = "Measures of a Print Layout"

    @api.model
    def _get_limits(self):
        """Return field -> (lowest, highest) value."""
        return {}

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_measures(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_measures(vals)
        return super().write(vals)

    @api.model
    def _check_measures(self, vals):
        limits = self._get_limits()
        for name in limits.keys() & vals.keys():
            if not _is_between(vals[name], *limits[name]):
                lowest, highest = limits[name]
                raise ValidationError(
                    self.env._(
                        "“%(field)s” must be from %(lowest)s to %(highest)s, not"
                        " %(value)s.",
                        field=self._fields[name]._description_string(self.env),
                        lowest=lowest,
                        highest=highest,
                        value=str(vals[name])[:20],
                    )
                )


def _is_between(value, lowest, highest):
    try:
        return lowest <= float(value or 0) <= highest  # not of NaN
    except (TypeError, ValueError, OverflowError):
        return False
