from collections import defaultdict

from odoo import Command, fields, models
from odoo.tools import SQL
from odoo.tools.sql import column_exists, create_column

PLACES = 4  # of the percent of a part


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
        "funnel.commission.split",
        "move_id",
        copy=False,
        groups="crm_sales_funnel.group_funnel_salesperson,"
        "crm_sales_funnel.group_funnel_finance",
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
            # sudo: whoever posts it may not be one who decides it.
            move = move.sudo()
            credited = move._get_credited()
            move.commission_user_id = (
                credited.commission_user_id or move.invoice_user_id
            )
            if move.commission_split_ids:
                continue
            parts = credited._get_parts() if credited else move._get_parts_of_orders()
            move.commission_split_ids = [
                Command.create({"user_id": user.id, "percent": percent})
                for user, percent in parts.items()
            ]

    def _get_credited(self):
        """Return the invoice that is credited: of what comes back of an order, the last
        one of it."""
        if self.move_type != "out_refund" or self.reversed_entry_id:
            return self.reversed_entry_id
        invoices = self.invoice_line_ids.sale_line_ids.invoice_lines.move_id.filtered(
            lambda move: move.state == "posted" and move.move_type == "out_invoice"
        )
        return invoices.sorted(lambda move: (move.invoice_date, move.id))[-1:]

    def _get_parts(self) -> dict:
        """Return user -> percent of a document that is split."""
        return {split.user_id: split.percent for split in self.commission_split_ids}

    def _get_parts_of_orders(self) -> dict:
        """Return user -> percent, where an order of it is split: of several orders by
        what is invoiced of each."""
        worth = defaultdict(float)
        for line in self.invoice_line_ids:
            order = line.sale_line_ids.order_id[:1]
            if order:
                worth[order] += line.price_subtotal
        if not any(order.commission_split_ids for order in worth):
            return {}
        if min(worth.values()) <= 0:  # there is no part of nothing
            worth = dict.fromkeys(worth, 1)
        total = sum(worth.values())
        parts = defaultdict(float)
        for order, amount in worth.items():
            of_order = {
                split.user_id: split.percent for split in order.commission_split_ids
            } or {self.commission_user_id: 100}
            for user, percent in of_order.items():
                parts[user] += percent * amount / total
        return self._round_parts(parts)

    def _round_parts(self, parts: dict) -> dict:
        """Return user -> percent, rounded so that they come to 100; whoever has less
        than can be told has nothing."""
        rounded = {user: round(part, PLACES) for user, part in parts.items() if user}
        rounded = {user: part for user, part in rounded.items() if part}
        most = max(rounded, key=rounded.get)
        rounded[most] += round(100 - sum(rounded.values()), PLACES)
        return rounded
