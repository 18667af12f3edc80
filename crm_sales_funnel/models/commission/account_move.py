from odoo import Command, fields, models
from odoo.tools import SQL
from odoo.tools.sql import column_exists, create_column


class AccountMove(models.Model):
    _name = "account.move"
    _inherit = ["account.move", "funnel.commission.document"]

    commission_user_id = fields.Many2one(
        "res.users",
        string="Commission Of",
        readonly=True,
        copy=False,
        help="Whose the commission is: the salesperson when the invoice was posted.",
    )
    commission_split_ids = fields.One2many(
        "funnel.commission.split", "move_id", copy=False
    )

    def _auto_init(self):
        # The ORM would write every invoice there is.
        if not column_exists(self.env.cr, self._table, "commission_user_id"):
            create_column(self.env.cr, self._table, "commission_user_id", "int4")
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE account_move SET commission_user_id = invoice_user_id
                     WHERE state = 'posted' AND invoice_user_id IS NOT NULL
                       AND move_type IN ('out_invoice', 'out_refund', 'out_receipt')
                    """
                )
            )
        return super()._auto_init()

    def _post(self, soft=True):
        posted = super()._post(soft)
        posted._freeze_commission()
        self.env["funnel.commission.touched"]._touch(posted, anew=True)
        return posted

    def write(self, vals):
        result = super().write(vals)
        if vals.get("invoice_user_id"):
            self._freeze_seller()
        # A team that comes with another salesperson is none that was corrected.
        if "team_id" in vals and "invoice_user_id" not in vals:
            posted = self.filtered(lambda move: move.state == "posted")
            self.env["funnel.commission.touched"]._touch(posted, anew=True)
        return result

    def _freeze_seller(self) -> None:
        """Let posted invoices that were nobody's be of their new salesperson."""
        for move in self.filtered(
            lambda move: (
                move.state == "posted"
                and move.is_sale_document(include_receipts=True)
                and not move.commission_user_id
            )
        ):
            # sudo: whoever enters it may not be one who decides it.
            move.sudo().commission_user_id = move.invoice_user_id

    def _freeze_commission(self) -> None:
        """Fix whose the commission is: a salesperson who takes the customer over later
        earns of later invoices. A credit note takes back from whom earned."""
        for move in self.filtered(
            lambda move: move.is_sale_document(include_receipts=True)
        ):
            credited = move.reversed_entry_id
            seller = credited.commission_user_id or move.invoice_user_id
            # sudo: whoever posts it may not be one who decides it.
            move.sudo().commission_user_id = seller
            if move.commission_split_ids:
                continue
            # sudo: as above
            order_lines = move.invoice_line_ids.sale_line_ids.sudo()
            orders = order_lines.order_id
            # sudo: as above
            splits = credited.sudo().commission_split_ids or (
                orders.commission_split_ids if len(orders) == 1 else None
            )
            if splits:
                # sudo: as above
                move.sudo().commission_split_ids = [
                    Command.create(
                        {"user_id": split.user_id.id, "percent": split.percent}
                    )
                    for split in splits
                ]
