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
        """Make one draft invoice of each statement and return how to open them. Of what
        is invoiced already, nothing is left.

        :raise UserError: nothing can be invoiced, as drafts made by hand have all of it
        """
        statements = self._for_finance()
        statements._expect_settlements()
        statements._expect("confirmed")
        for some in statements._get_rounds():
            some._invoice()
        done = statements.filtered(lambda each: each._get_invoices())
        done |= (statements - done)._get_settled()
        if not done:
            raise UserError(
                self.env._(
                    "Nothing is left to be invoiced of %(statements)s.",
                    statements=", ".join(statements.mapped("name")),
                )
            )
        done.state = "invoiced"
        return self._open_invoices() if done.invoice_ids else True

    def _get_rounds(self):
        """Return the statements in sets of one a customer and currency, oldest first:
        what one of them invoices is nothing that a later one may."""
        rounds = defaultdict(list)
        for chain in self.sorted("date_to").grouped(_get_chain).values():
            for number, statement in enumerate(chain):
                rounds[number].append(statement.id)
        return [self.browse(ids) for ids in rounds.values()]

    def _get_settled(self):
        """Return the statements of which nothing is left to be invoiced."""
        lines = self._get_order_lines()
        posted = self._get_quantities_to_invoice(lines, posted_only=True)
        # A draft may be given up, and none may take more than is owed.
        drafted = self._get_quantities_to_invoice(lines)
        return self.filtered(
            lambda each: not (each.difference_amount or posted[each] or drafted[each])
        )

    def _get_invoices(self):
        """Return the invoices that hold."""
        return self.invoice_ids.filtered(_holds)

    def _expect_no_invoice(self):
        """Refuse to take back what an invoice was made of.

        :raise UserError: one holds
        """
        for statement in self:
            # sudo: who may change a statement may know that it is invoiced.
            invoice = statement.sudo()._get_invoices()[:1]
            if invoice:
                raise UserError(
                    self.env._(
                        "%(statement)s is invoiced by %(invoice)s. Cancel or reverse that"
                        " one first.",
                        statement=statement.name,
                        invoice=invoice.display_name,
                    )
                )

    def _invoice(self):
        """Make the invoices of statements of different customers or currencies."""
        quantities = self._get_quantities_to_invoice(self._get_order_lines())
        with_goods = self.filtered(lambda each: quantities[each])
        with_goods._invoice_goods(
            {
                line: some
                for each in with_goods
                for line, some in quantities[each].items()
            }
        )
        differing = (self - with_goods).filtered("difference_amount")
        differing._invoice_differences()

    def _invoice_goods(self, quantities):
        """Make invoices of what was delivered, with the differences.

        :param quantities: order line id -> quantity
        """
        orders = self.env["sale.order.line"].browse(quantities).order_id
        statements = {_get_chain(statement): statement for statement in self}
        by_order = {
            order.id: statements[
                order.company_id,
                order.partner_invoice_id.commercial_partner_id,
                order.currency_id,
            ]
            for order in orders
        }
        deductions = {
            line: deduction
            for order in orders
            for line, deduction in order._get_deductions(quantities).items()
        }
        invoices = orders.with_context(
            funnel_settlement=Settlement(by_order, quantities, deductions),
            raise_if_nothing_to_invoice=False,
        )._create_invoices(final=True)
        for invoice in invoices.with_env(self.env):
            statement = invoice.funnel_statement_id
            if statement.difference_amount:
                sign = -1 if invoice.move_type == "out_invoice" else 1
                line = statement._prepare_difference_line(sign)
                invoice.write({"invoice_line_ids": [Command.create(line)]})
                if invoice.amount_total < 0:
                    invoice.action_switch_move_type()

    def _invoice_differences(self):
        """Make credit notes, and invoices, of differences alone."""
        for company, statements in self.grouped("company_id").items():
            self.env["account.move"].with_company(company).create(
                [statement._prepare_difference() for statement in statements]
            )

    def _prepare_difference(self):
        is_credit = self.difference_amount > 0
        line = self._prepare_difference_line(1 if is_credit else -1)
        return {
            "move_type": "out_refund" if is_credit else "out_invoice",
            "partner_id": self.partner_id.id,
            "currency_id": self.currency_id.id,
            "invoice_user_id": self.user_id.id,
            "invoice_origin": self.name,
            "funnel_statement_id": self.id,
            "invoice_line_ids": [Command.create(line)],
        }

    def _prepare_difference_line(self, sign):
        product = self.env.ref("crm_sales_funnel.product_statement_difference")
        taxes = product.taxes_id._filter_taxes_by_company(self.company_id)
        return {
            "product_id": product.id,
            "name": self.env._(
                "Difference on statement %(statement)s: %(reason)s",
                statement=self.name,
                reason=self.difference_reason or "",
            ),
            "quantity": sign,
            "price_unit": self.difference_amount,
            "tax_ids": [Command.set(taxes.ids)],
        }

    def _get_quantities_to_invoice(self, lines, posted_only=False):
        """Return statement -> order line id -> quantity: what agreed statements, this
        one and the time before the first one hold, less what is invoiced. So what is
        not invoiced with its own statement is with a later one.

        :param lines: statement -> its order lines
        :param posted_only: drafts that were made by hand do not count as invoiced
        """
        every_line = self.env["sale.order.line"].union(*lines.values())
        stated = self._get_stated(every_line)
        firsts = self._get_first_days()
        return {
            statement: statement._get_open_quantities(
                lines[statement],
                stated,
                firsts[_get_chain(statement)],
                posted_only,
            )
            for statement in self
        }

    def _get_open_quantities(self, lines, stated, first, posted_only):
        """Return order line id -> quantity that is left to be invoiced of a statement.

        :param stated: order line -> lines of statements of settlement that tell of it
        :param first: first day of the first statement of the customer
        """
        quantities = {}
        for line in lines:
            if line.is_downpayment:  # of what is over
                quantities[line.id] = line.qty_to_invoice
                continue
            told = stated.get(line, self.env["funnel.statement.line"])
            moves = line.move_ids.filtered(
                lambda move, line=line: (
                    move.state == "done" and move.product_id == line.product_id
                )
            )
            # Of services and kits, there are none.
            agreed = self._get_agreed_moves(moves, told, first)
            quantity = sum(map(line._get_counted_quantity, agreed))
            pending = sum(map(line._get_counted_quantity, moves - agreed))
            if not moves:
                quantity = self._get_agreed_service(line, told, first)
                pending = line.qty_delivered - quantity
            by_statements, by_hand = line._get_invoiced(posted_only)
            # What was invoiced by hand may be what is still to be agreed.
            by_hand -= max(min(by_hand, pending), 0.0)
            quantity -= by_statements + by_hand
            if quantity < 0 and line.product_id.invoice_policy == "order":
                # What was invoiced in advance is owed, but for what came back.
                quantity = max(quantity, -line._get_quantity_to_credit(0.0, agreed))
            quantity = line.product_uom_id.round(quantity)
            if quantity:
                quantities[line.id] = quantity
        return quantities

    def _get_order_lines(self):
        """Return statement -> the order lines of the customer that are on it, or that
        are not invoiced at its last day."""
        found = {}
        report = self.env["funnel.uninvoiced.report"]
        for (company, day), some in self.grouped(
            lambda each: (each.company_id, each.date_to)
        ).items():
            rows = (
                report.with_context(
                    as_of=day.isoformat(), allowed_company_ids=company.ids
                )
                .search([("partner_id", "in", some.partner_id.ids)])
                .grouped(lambda row: (row.partner_id, row.currency_id))
            )
            for each in some:
                key = each.partner_id, each.currency_id
                open_lines = rows.get(key, report).order_line_id
                found[each] = each.line_ids.order_line_id | open_lines.with_env(
                    self.env
                )
        # All are read at once, here and by who gets them.
        together = self.env["sale.order.line"].union(*found.values()).ids
        for each, lines in found.items():
            some = lines.with_prefetch(together).filtered(each._can_invoice)
            found[each] = some.with_prefetch(together)
        return found

    def _can_invoice(self, order_line):
        payer = order_line.order_id.partner_invoice_id.commercial_partner_id
        return (
            payer == self.partner_id
            and order_line.currency_id == self.currency_id
            and order_line.company_id == self.company_id
            and order_line.state == "sale"
            and (not order_line.is_downpayment or order_line._is_left_over())
        )

    def _get_stated(self, order_lines):
        """Return order line -> lines of statements of settlement that tell of it."""
        lines = self.env["funnel.statement.line"].search(
            [("order_line_id", "in", order_lines.ids), ("is_settled", "=", True)]
        )
        return lines.grouped("order_line_id")

    def _get_first_days(self):
        """Return company, customer and currency -> first day of their first statement."""
        groups = self._read_group(
            [
                ("kind", "=", "settlement"),
                ("company_id", "in", self.company_id.ids),
                ("partner_id", "in", self.partner_id.ids),
            ],
            ["company_id", "partner_id", "currency_id"],
            ["date_from:min"],
        )
        return {tuple(key): day for *key, day in groups}

    def _get_agreed_moves(self, moves, stated, first):
        """Return what may be invoiced of the deliveries of an order line: those on this
        statement, on invoiced ones, and those before the first one.

        :param stated: lines of statements of settlement that tell of the order line
        """
        of_others = stated.filtered(
            lambda each: (
                each.statement_id != self and each.statement_id.state != "invoiced"
            )
        ).stock_move_id
        agreed = stated.stock_move_id - of_others
        report = self.env["funnel.uninvoiced.report"]
        zone = timezone(self.company_id.partner_id.tz or report._own_zone())

        def is_agreed(move):
            day = UTC.localize(move.date).astimezone(zone).date()
            return move in agreed or (day < first and move not in of_others)

        return moves.filtered(is_agreed)

    def _get_agreed_service(self, line, stated, first):
        """Return the quantity of a service that agreed statements tell the amount of.

        :param stated: lines of statements of settlement that tell of it
        """
        price = line._get_slip_amount(1.0)
        if not price:
            return line.qty_delivered
        agreed = stated.filtered(
            lambda each: (
                each.statement_id == self or each.statement_id.state == "invoiced"
            )
        )
        told = sum(agreed.mapped("amount"))
        other = sum((stated - agreed).mapped("amount"))
        if not other and not told:
            is_older = line.order_id.date_order.date() < first
            return line.qty_delivered if is_older else 0.0
        quantity = line.product_uom_id.round(told / price)
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
        of them is there again.

        :raise UserError: one is there again, and the statement is invoiced anew, or was
            set back to draft
        """
        if not self:  # Odoo asks whenever something is posted
            return
        for statement in self:
            first, *others = statement._get_invoices().sorted("id") or [None]
            if first and statement.state not in AGREED:
                raise UserError(
                    self.env._(
                        "%(invoice)s was made of %(statement)s, which is not agreed any"
                        " more. Confirm that one first.",
                        invoice=first.display_name,
                        statement=statement.name,
                    )
                )
            if others:
                raise UserError(
                    self.env._(
                        "%(statement)s is invoiced anew by %(invoice)s. Cancel that one"
                        " first.",
                        statement=statement.name,
                        invoice=others[-1].display_name,
                    )
                )
        agreed = self.filtered(lambda each: each.state in AGREED)
        held = agreed.filtered(lambda each: each._get_invoices())
        held.state = "invoiced"
        free = agreed - held
        lines = free._get_order_lines()
        for statement in free:
            # What came back meanwhile is not to be invoiced, and is credited already.
            is_open = statement.difference_amount or any(
                line.is_downpayment
                or not line.product_uom_id.is_zero(
                    line.qty_delivered - line._get_billed_quantity(posted_only=True)
                )
                for line in lines[statement]
            )
            statement.state = "confirmed" if is_open else "invoiced"


def _get_chain(statement):
    return statement.company_id, statement.partner_id, statement.currency_id


def _holds(invoice):
    """Tell whether an invoice was neither cancelled nor reversed. Of nothing, Odoo says
    that it is paid."""
    if invoice.state == "cancel" or invoice.payment_state == "reversed":
        return False
    return bool(invoice.amount_total) or not any(
        entry.state == "posted" for entry in invoice.reversal_move_ids
    )
