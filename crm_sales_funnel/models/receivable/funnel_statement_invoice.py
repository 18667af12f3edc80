from collections import defaultdict

from pytz import UTC, timezone

from odoo import Command, models
from odoo.exceptions import UserError

from .funnel_statement import AGREED
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
        statements._expect_settlements()
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
        return bool(
            self.difference_amount or self._get_quantities_to_invoice(posted_only=True)
        )

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
            if invoice.amount_total < 0:
                invoice.action_switch_move_type()
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

    def _get_quantities_to_invoice(self, posted_only=False):
        """Return order line id -> quantity: what agreed statements, this one and the
        time before the first one hold, less what is invoiced. So what is not invoiced
        with its own statement is with a later one.

        :param posted_only: drafts of invoices do not count as invoiced
        """
        self.ensure_one()
        lines = self._get_order_lines()
        agreed = self._get_agreed_quantities(lines)
        quantities = {}
        for line in lines:
            invoiced = line.qty_invoiced_posted if posted_only else line.qty_invoiced
            quantity = agreed.get(line, 0.0) - invoiced
            if quantity < 0 and line.product_id.invoice_policy == "order":
                # What was invoiced in advance is owed, but for what came back.
                quantity = max(quantity, -line._get_quantity_to_credit(0.0))
            quantity = line.product_uom_id.round(quantity)
            if quantity:
                quantities[line.id] = quantity
        return quantities

    def _get_order_lines(self):
        """Return the order lines of the customer that are on the statement, or that are
        not invoiced at its last day."""
        open_rows = (
            self.env["funnel.uninvoiced.report"]
            .with_context(
                as_of=self.date_to.isoformat(), allowed_company_ids=self.company_id.ids
            )
            .search(
                [
                    ("partner_id", "=", self.partner_id.id),
                    ("currency_id", "=", self.currency_id.id),
                ]
            )
        )
        lines = self.line_ids.order_line_id | open_rows.order_line_id
        return lines.filtered(
            lambda line: (
                line.order_id.partner_invoice_id.commercial_partner_id
                == self.partner_id
                and line.state == "sale"
                and not line.is_downpayment
            )
        )

    def _get_agreed_quantities(self, lines):
        """Return order line -> quantity that may be invoiced: of deliveries on agreed
        statements and before the first one; of services, what they say."""
        first = min(
            self.search(
                [
                    ("kind", "=", "settlement"),
                    ("company_id", "=", self.company_id.id),
                    ("partner_id", "=", self.partner_id.id),
                    ("currency_id", "=", self.currency_id.id),
                ]
            ).mapped("date_from")
        )
        stated = self.env["funnel.statement.line"].search(
            [("order_line_id", "in", lines.ids), ("is_settled", "=", True)]
        )
        of_others = stated.filtered(
            lambda line: (
                line.statement_id != self and line.statement_id.state not in AGREED
            )
        ).stock_move_id
        agreed = stated.stock_move_id - of_others
        quantities = defaultdict(float)
        report = self.env["funnel.uninvoiced.report"]
        zone = timezone(self.company_id.partner_id.tz or report._own_zone())
        for line in lines:
            moves = line.move_ids.filtered(lambda move: move.state == "done")
            for move in moves:
                day = UTC.localize(move.date).astimezone(zone).date()
                if move in agreed or (day < first and move not in of_others):
                    quantities[line] += line._get_counted_quantity(move)
            if not moves:
                quantities[line] = self._get_agreed_service(line, stated)
        return quantities

    def _get_agreed_service(self, line, stated):
        """Return the quantity of a service that agreed statements tell the amount of.

        :param stated: lines of statements of this and other order lines
        """
        price = line._get_slip_amount(1.0)
        if not price:
            return line.qty_delivered
        told = sum(
            each.amount
            for each in stated
            if each.order_line_id == line
            and (each.statement_id == self or each.statement_id.state in AGREED)
        )
        other = sum(each.amount for each in stated if each.order_line_id == line) - told
        quantity = line.product_uom_id.round(told / price)
        if not other and not told:  # from before the first statement
            return line.qty_delivered
        return min(quantity, line.qty_delivered, key=abs)

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

    def _follow_invoices(self):
        """Take back that statements are invoiced whose invoices are all gone, until one
        of them is there again."""
        for statement in self.filtered(lambda each: each.state in AGREED):
            holds = bool(statement._get_invoices())
            statement.state = "invoiced" if holds else "confirmed"
