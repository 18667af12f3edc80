from odoo import api, fields, models


class FunnelPrintCopy(models.Model):
    _name = "funnel.print.copy"
    _inherit = "funnel.print.text"
    _description = "Print Layout Copy"
    _order = "sequence, id"
    _rec_name = "label"

    layout_id = fields.Many2one(
        "funnel.print.layout", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    label = fields.Char(
        required=True,
        translate=True,
        help="Who keeps it: the office, the customer, accounting.",
    )
    color = fields.Selection(
        [
            ("white", "White"),
            ("red", "Red"),
            ("yellow", "Yellow"),
            ("blue", "Blue"),
            ("green", "Green"),
        ],
        help="The colour of this part of the form.",
    )
    hide_prices = fields.Boolean(
        help="This copy has no prices. Only for copies that are printed one by one:"
        " on carbon paper all parts show the same."
    )

    @api.model
    def _get_color_names(self):
        return dict(self._fields["color"]._description_selection(self.env))

    def _to_dicts(self):
        """Return the copies for the paginator, labelled "1 Office (White)"."""
        colors = self._get_color_names()
        return [
            {
                "label": copy._get_numbered_label(number, colors),
                "hide_prices": copy.hide_prices,
            }
            for number, copy in enumerate(self, 1)
        ]

    def _get_numbered_label(self, number, colors):
        # U+2460 is the first of twenty circled digits.
        mark = chr(0x245F + number) if number <= 20 else f"{number} "
        color = f" ({colors[self.color]})" if self.color else ""
        return f"{mark}{self.label}{color}"
