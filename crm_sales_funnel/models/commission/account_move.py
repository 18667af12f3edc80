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
        earns of later invoices. A credit note takes back from whom earned, whoever that
        is by now."""
        for move in self.filtered(
            lambda move: move.is_sale_document(include_receipts=True)
        ):
            # sudo: whoever posts it may not be one who decides it.
            move = move.sudo()
            credited = move._get_credited()
            move.commission_user_id = (
                credited.commission_user_id or move.invoice_user_id
            )
            follows = credited and move.move_type == "out_refund"
            if not follows and not move.commission_split_ids:
                move.commission_split_ids = (
                    credited._copy_parts() if credited else move._prepare_parts()
                )

    def _get_credited(self):
        """Return the invoice that is credited: of what comes back of an order, the last
        one of it."""
        if self.move_type != "out_refund" or self.reversed_entry_id:
            return self.reversed_entry_id
        invoices = self.invoice_line_ids.sale_line_ids.invoice_lines.move_id.filtered(
            lambda move: move.state == "posted" and move.move_type == "out_invoice"
        )
        return invoices.sorted(lambda move: (move.invoice_date, move.id))[-1:]

    def _copy_parts(self) -> list:
        """Return the commands that split what takes back a credit note as that is."""
        parts = self.commission_split_ids or self._get_credited().commission_split_ids
        return [Command.create(each) for each in parts.copy_data({"move_id": False})]

    def _prepare_parts(self) -> list:
        """Return the commands that split an invoice as its orders are: by order, where
        these were not all sold by the same. What is of no order is theirs by what is
        invoiced of each."""
        worth = defaultdict(float)
        lines = self.invoice_line_ids.filtered(
            lambda line: line.display_type == "product"
        )
        for line in lines:
            worth[line.sale_line_ids.order_id[:1]] += line.price_subtotal
        orders = [order for order in worth if order]
        if not orders:
            return []
        own = {self.commission_user_id: 100} if self.commission_user_id else {}
        sellers = {order: order._get_sellers() or own for order in orders}
        alike = sellers[orders[0]]
        if all(parts == alike for parts in sellers.values()):
            # The salesperson of a statement is the customer's, whoever sold the goods.
            is_split = any(order.commission_split_ids for order in orders)
            is_told = is_split or self.funnel_statement_id and alike != own
            return self._prepare_parts_of_all(alike) if is_told else []
        commands = [
            Command.create(
                {"line_order_id": order.id, "user_id": user.id, "percent": percent}
            )
            for order, parts in sellers.items()
            for user, percent in parts.items()
        ]
        if len(orders) < len(worth):
            parts = self._get_weighted(sellers, worth)
            commands += self._prepare_parts_of_all(parts)
        return commands

    def _prepare_parts_of_all(self, parts: dict) -> list:
        """Return the commands that give parts of all lines that no order has parts of.

        :param parts: user -> percent
        """
        return [
            Command.create({"user_id": user.id, "percent": percent})
            for user, percent in parts.items()
        ]

    def _get_weighted(self, sellers: dict, worth: dict) -> dict:
        """Return user -> percent of all orders, by what is invoiced of each.

        :param sellers: order -> user -> percent
        :param worth: order -> amount
        """
        amounts = {order: worth[order] for order, parts in sellers.items() if parts}
        if min(amounts.values()) <= 0:  # there is no part of nothing
            amounts = dict.fromkeys(amounts, 1)
        total = sum(amounts.values())
        parts = defaultdict(float)
        for order, amount in amounts.items():
            for user, percent in sellers[order].items():
                parts[user] += percent * amount / total
        return self._round_parts(parts)

    def _round_parts(self, parts: dict) -> dict:
        """Return user -> percent, rounded so that they come to 100; whoever has less
        than can be told has nothing."""
        rounded = {user: round(part, PLACES) for user, part in parts.items()}
        rounded = {user: part for user, part in rounded.items() if part}
        most = max(rounded, key=rounded.get)
        rounded[most] += round(100 - sum(rounded.values()), PLACES)
        return rounded
