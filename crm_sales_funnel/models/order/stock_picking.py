from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.sql import column_exists, create_column


class StockPicking(models.Model):
    _inherit = "stock.picking"

    date_due = fields.Datetime(
        string="Due",
        compute="_compute_date_due",
        store=True,
        help="When the goods must move: the delivery date promised on the sales "
        "order, else the scheduled date of the transfer.",
    )

    # Answers the Today screen: only open transfers are ever asked for by this date.
    _open_due_index = models.Index(
        "(picking_type_id, date_due)"
        " WHERE state IN ('waiting', 'confirmed', 'assigned')"
    )

    def _auto_init(self):
        """Fill the column in one statement when the addon is installed on years of
        data, instead of letting the ORM compute transfer by transfer."""
        if not column_exists(self.env.cr, "stock_picking", "date_due"):
            create_column(self.env.cr, "stock_picking", "date_due", "timestamp")
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE stock_picking
                       SET date_due = COALESCE(
                           (
                               SELECT commitment_date
                                 FROM sale_order
                                WHERE sale_order.id = stock_picking.sale_id
                           ),
                           scheduled_date
                       )
                    """
                )
            )
        return super()._auto_init()

    @api.depends("scheduled_date", "sale_id.commitment_date")
    def _compute_date_due(self):
        for picking in self:
            picking.date_due = picking.sale_id.commitment_date or picking.scheduled_date

    @api.model
    def _print_columns(self):
        return [*super()._print_columns(), *self._print_customer_columns()]

    def _print_line_values(self, lines, wanted):
        values = super()._print_line_values(lines, wanted)
        called = self._print_customer_values(
            lines, wanted, lambda line: line.picking_id
        )
        ids = {*values, *called}
        return {id_: values.get(id_, {}) | called.get(id_, {}) for id_ in ids}
