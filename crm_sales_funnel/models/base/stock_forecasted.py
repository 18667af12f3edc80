from odoo import models


class StockForecasted(models.AbstractModel):
    """The forecast report reads totals of orders and the value of the stock along with
    the quantities, and shows none of the former: for those who are kept from both it
    is made without."""

    _inherit = "stock.forecasted_product_product"

    def _prepare_report_line(
        self, quantity, move_out=None, move_in=None, *args, read=True, **kwargs
    ):
        if not read or self.env.user._funnel_sees_prices():
            return super()._prepare_report_line(
                quantity, move_out, move_in, *args, read=read, **kwargs
            )
        # sudo: of the moves, which the user has read, and of the order of the one that
        # goes out, whose total is taken out below.
        moves = [move and move.sudo() for move in (move_out, move_in)]
        line = super()._prepare_report_line(quantity, *moves, *args, **kwargs)
        picking = (line["move_out"] or {}).get("picking_id") or {}
        picking.get("sale_id", {}).pop("amount_untaxed", None)
        return line

    def _get_report_header(self, product_template_ids, product_ids, *args):
        ids = (product_template_ids, product_ids)
        user = self.env.user
        if user._funnel_sees_prices() or not user.has_group(
            "stock.group_stock_manager"
        ):
            return super()._get_report_header(*ids, *args)
        self._get_products(*ids).check_access("read")
        report = self.with_context(warehouse_id=self._get_warehouse().id)
        # sudo: the products and the warehouse are the user's, and the value of the
        # stock is taken out.
        header = super(StockForecasted, report.sudo())._get_report_header(*ids, *args)
        header.pop("value", None)
        return header
