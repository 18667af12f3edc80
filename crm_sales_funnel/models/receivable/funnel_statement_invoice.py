from collections import defaultdict

from odoo import Command, models
from odoo.exceptions import UserError

from .sale_order import Settlement


class FunnelStatement(models.Model):
    """How a confirmed statement is invoiced: in one invoice, whichever shops and orders
    the deliveries were for."""

    _inherit = "funnel.statement"

    def action_invoice(self):
        """Make one draft invoice of each statement and return how to open them.

        :raise UserError: nothing of a statement is left to be invoiced
        """
        statements = self._for_finance()
        statements._expect("confirmed")
        empty = statements.filtered(lambda statement: not statement._invoice())
        if empty:
            raise UserError(
                self.env._(
                    "Nothing is left to be invoiced of %(statements)s.",
                    statements=", ".join(empty.mapped("name")),
                )
            )
        statements.write({"state": "invoiced"})
        return self._open_invoices()

    def _is_to_invoice(self):
        """Tell whether there is anything to be invoiced."""
        return bool(self.difference_amount or self._get_quantities_to_invoice())

    def _get_invoices(self):
        """Return the invoices that hold."""
        return self.invoice_ids.filtered(lambda invoice: invoice.state != "cancel")

    def _invoice(self):
        """Return the invoice, or none when there is nothing to be invoiced."""
        quantities = self._get_quantities_to_invoice()
        if not quantities:
            return self._invoice_difference()
        order_lines = self.env["sale.order.line"].browse(quantities)
        orders = order_lines.order_id.with_context(
            funnel_settlement=Settlement(self, quantities),
            raise_if_nothing_to_invoice=False,
        )
        invoice = orders._create_invoices(final=True)
        if invoice and self.difference_amount:
            sign = -1 if invoice.move_type == "out_invoice" else 1
            invoice.write(
                {
                    "invoice_line_ids": [
                        Command.create(self._prepare_difference_line(sign))
                    ]
                }
            )
        return invoice.with_env(self.env)

    def _invoice_difference(self):
        """Return the credit note, or the invoice, of a difference alone."""
        moves = self.env["account.move"].with_company(self.company_id)
        if not self.difference_amount:
            return moves
        return moves.create(
            {
                "move_type": "out_refund"
                if self.difference_amount > 0
                else "out_invoice",
                "partner_id": self.partner_id.id,
                "currency_id": self.currency_id.id,
                "invoice_user_id": self.user_id.id,
                "invoice_origin": self.name,
                "funnel_statement_id": self.id,
                "invoice_line_ids": [
                    Command.create(
                        self._prepare_difference_line(
                            1 if self.difference_amount > 0 else -1
                        )
                    )
                ],
            }
        )

    def _prepare_difference_line(self, sign):
        product = self.env.ref("crm_sales_funnel.product_statement_difference")
        return {
            "product_id": product.id,
            "name": self.env._(
                "Difference on statement %(statement)s: %(reason)s",
                statement=self.name,
                reason=self.difference_reason or "",
            ),
            "quantity": sign,
            "price_unit": self.difference_amount,
            "tax_ids": [Command.set(product.taxes_id.ids)],
        }

    def _get_quantities_to_invoice(self):
        """Return order line id -> quantity: what is on the statement, as far as it is
        not invoiced otherwise."""
        stated = defaultdict(float)
        beside = set()  # order lines that are worth something without deliveries
        for line in self.line_ids:
            if line.kind in ("slip", "return"):
                stated[line.order_line_id] += line.quantity
            elif line.kind == "order":
                beside.add(line.order_line_id)
        quantities = {}
        for line in self.line_ids.order_line_id:
            open_quantity = line.qty_to_invoice
            quantity = stated[line] if line not in beside else open_quantity
            if line.is_downpayment or quantity * open_quantity <= 0:
                continue
            quantities[line.id] = min(quantity, open_quantity, key=abs)
        return quantities

    def _open_invoices(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account.action_move_out_invoice_type"
        )
        action |= {
            "domain": [("id", "in", self.invoice_ids.ids)],
            "context": {"create": False},
        }
        if len(self.invoice_ids) == 1:
            action |= {
                "res_id": self.invoice_ids.id,
                "views": [(False, "form")],
                "view_mode": "form",
            }
        return action

    def action_open_invoices(self):
        """Return how to open the invoices that were made of the statements."""
        return self._open_invoices()

    def _reopen(self):
        """Take back that statements are invoiced whose invoices are all gone."""
        for statement in self.filtered(lambda each: each.state == "invoiced"):
            if not statement._get_invoices():
                statement.state = "confirmed"
