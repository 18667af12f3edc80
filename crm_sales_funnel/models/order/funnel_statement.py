from odoo import api, models


class FunnelStatement(models.Model):
    _inherit = "funnel.statement"

    @api.model
    def _print_columns(self):
        return [*super()._print_columns(), *self._print_customer_columns()]

    def _print_line_values(self, lines, wanted):
        values = super()._print_line_values(lines, wanted)
        called = self._print_customer_values(
            lines, wanted, lambda line: line.statement_id
        )
        ids = {*values, *called}
        return {id_: values.get(id_, {}) | called.get(id_, {}) for id_ in ids}
