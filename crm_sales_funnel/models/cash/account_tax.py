from odoo import api, models

# What journal items tell of costs.
COST_FIELDS = ("cost_item_id", "cost_user_id", "cost_team_id")
NOTHING = dict.fromkeys(COST_FIELDS, False)


class AccountTax(models.Model):
    """A tax that is not deducted is booked to the account of its line, and so it is a
    part of what the line cost."""

    _inherit = "account.tax"

    @api.model
    def _prepare_base_line_grouping_key(self, base_line):
        key = super()._prepare_base_line_grouping_key(base_line)
        return {**key, **self._get_cost_of(base_line["record"])}

    @api.model
    def _prepare_base_line_tax_repartition_grouping_key(
        self, base_line, base_line_grouping_key, tax_data, tax_rep_data
    ):
        key = super()._prepare_base_line_tax_repartition_grouping_key(
            base_line, base_line_grouping_key, tax_data, tax_rep_data
        )
        # What is deducted of the tax is nobody's cost.
        return {**key, **NOTHING} if tax_rep_data["tax_rep"].account_id else key

    @api.model
    def _prepare_tax_line_repartition_grouping_key(self, tax_line):
        key = super()._prepare_tax_line_repartition_grouping_key(tax_line)
        if tax_line["tax_repartition_line_id"].account_id:
            return {**key, **NOTHING}
        return {**key, **self._get_cost_of(tax_line["record"])}

    @api.model
    def _get_cost_of(self, record) -> dict[str, int | bool]:
        """Return what a journal item tells of its cost; other records tell nothing."""
        if getattr(record, "_name", None) != "account.move.line":
            return NOTHING
        return {name: record[name].id for name in COST_FIELDS}
