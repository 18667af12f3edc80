from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL, float_is_zero

# Less of a quantity is noise of the reckoning.
QUANTITY_DIGITS = 6
WITH_CUSTOMERS = frozenset({"delivery", "return"})


class StockPicking(models.Model):
    """What a slip says of the debts of its customer."""

    _inherit = "stock.picking"

    def _get_slip_balances(self, amounts):
        """The slips of a customer follow one another: each begins with what the one
        before it ended with, whether or not its goods are delivered meanwhile."""
        balances = super()._get_slip_balances(amounts)
        pickings = self.filtered(lambda picking: picking._is_on_account())
        for company, group in pickings.grouped("company_id").items():
            customers = group.partner_id.commercial_partner_id
            owed = self._get_customer_debts(customers, company)
            for customer, amount in group._get_pending(customers, company).items():
                owed[customer] += amount
            changes = {p: p._get_debt_without_slip(company) for p in group}
            done = group.filtered(lambda picking: picking.state == "done")
            for picking in done:
                owed[picking.partner_id.commercial_partner_id.id] += changes[picking]
            for picking in group:
                customer = picking.partner_id.commercial_partner_id.id
                if picking not in done:
                    owed[customer] += changes[picking]
                balances[picking] = company.currency_id.round(owed[customer])
                owed[customer] += (
                    -changes[picking] if picking in done else amounts[picking]
                )
        return balances

    def _get_pending(self, customers, company):
        """Return customer id -> what other slips add to the debts that are printed, and
        their goods not delivered yet.

        :param customers: commercial partners
        """
        slips = self.env["funnel.print.slip"].search(
            [
                ("state", "=", "valid"),
                ("has_balance", "=", True),
                ("partner_id", "in", customers.ids),
                ("company_id", "=", company.id),
                ("picking_id.state", "not in", ("done", "cancel")),
                ("picking_id", "not in", self.ids),
            ]
        )
        pending = defaultdict(float)
        for slip in slips:
            # It burdens nobody any more until it is printed for whom it goes to now.
            if slip._is_of_another_customer() or not slip.picking_id._is_on_account():
                continue
            invoiced = slip.picking_id._get_debt_without_slip(company)
            pending[slip.partner_id.id] += slip.amount + invoiced
        return pending

    def _is_on_account(self):
        """Tell whether the slip goes to who owes for it, and its amount is what is owed.

        What one customer owes is not told to another whom the goods are delivered to,
        nor to the vendor who delivers them. What is owed is not the amount of the slip
        when its order is cancelled, or when it has parts of a kit: an order line has a
        price for the kit, and how many kits a delivery is, the bill of materials
        alone tells, which this addon does not know of. A balance without these would
        be wrong on the slip; the next slip has them, as Odoo counts the kits that are
        delivered.
        """
        customer = self.partner_id.commercial_partner_id
        moves = self.move_ids
        orders = moves.sale_line_id.order_id
        return (
            bool(customer)
            and self.slip_kind in WITH_CUSTOMERS
            and not self._is_dropshipping()
            and orders.partner_invoice_id.commercial_partner_id <= customer
            and all(order.state == "sale" for order in orders)
            and not any(m.slip_quantity and m._is_part(m.sale_line_id) for m in moves)
        )

    @api.model
    def _get_customer_debts(self, customers, company):
        """Return customer id -> what is owed to the company now, in its currency: the
        open items of the ledger, and what is delivered and not yet invoiced.

        :param customers: commercial partners
        """
        debts = defaultdict(float)
        report = self.env["funnel.aging.report"].with_context(
            allowed_company_ids=company.ids, as_of=False, account_type=False
        )
        for customer, residual in report._read_group(
            [("partner_id", "in", customers.ids)], ["partner_id"], ["residual:sum"]
        ):
            debts[customer.id] += residual
        for line in self._get_lines_to_invoice(customers, company):
            customer = line.order_id.partner_invoice_id.commercial_partner_id
            debts[customer.id] += line._get_debt_to_invoice(company)
        return debts

    @api.model
    def _get_lines_to_invoice(self, customers, company):
        """Return the lines for which the ledger may say another debt than there is:
        those of which another quantity is delivered than invoiced, and down payments
        that are not deducted yet.

        Odoo stores what is invoiced with the drafts among it, so that lines with a
        draft are among these even if nothing is left to invoice of them.
        """
        lines = self.env["sale.order.line"]
        lines.flush_model()
        self.env["sale.order"].flush_model()
        self.env["account.move.line"].flush_model(["parent_state"])
        self.env["res.partner"].flush_model(["commercial_partner_id"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT line.id
                  FROM sale_order_line AS line
                  JOIN sale_order ON sale_order.id = line.order_id
                  JOIN res_partner AS payer
                    ON payer.id = sale_order.partner_invoice_id
                 WHERE payer.commercial_partner_id = ANY(%s)
                   AND sale_order.company_id = %s
                   AND sale_order.state = 'sale'
                   AND line.display_type IS NULL
                   AND CASE WHEN line.is_downpayment
                       THEN line.untaxed_amount_invoiced <> 0
                       ELSE line.qty_delivered <> line.qty_invoiced OR EXISTS (
                            SELECT FROM sale_order_line_invoice_rel AS invoiced
                              JOIN account_move_line AS item
                                ON item.id = invoiced.invoice_line_id
                             WHERE invoiced.order_line_id = line.id
                               AND item.parent_state = 'draft')
                       END
                """,
                customers.ids,
                company.id,
            )
        )
        return lines.browse(line for (line,) in rows)

    def _get_debt_without_slip(self, company):
        """Return what is added to the customer's debts so that they are those without
        this slip; mostly it is negative.

        Of a slip that is done, its amount is in the debts. Of a planned one it is when
        its lines were invoiced before they are delivered.
        """
        change = 0.0
        for line, quantity in self._get_slip_quantities().items():
            delivered = line.qty_delivered
            if self.state == "done":
                change -= line._get_debt(quantity, company)
                continue
            back = max(-quantity, 0.0)
            more = line._get_owed_quantity(delivered + quantity, back)
            more -= line._get_owed_quantity(delivered)
            if not float_is_zero(more - quantity, precision_digits=QUANTITY_DIGITS):
                change += line._get_debt(more - quantity, company)
        return change

    def _get_slip_quantities(self):
        """Return order line -> quantity of the slip, in the unit of the line."""
        quantities = defaultdict(float)
        for move in self.move_ids:
            line = move.sale_line_id
            if move._is_charged(line):
                quantities[line] += move.product_uom._compute_quantity(
                    move.slip_quantity, line.product_uom_id, round=False
                )
        return quantities
