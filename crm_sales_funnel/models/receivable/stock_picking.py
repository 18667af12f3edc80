from collections import defaultdict

from odoo import api, models
from odoo.tools import float_is_zero

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
            balances |= group._get_balances_before(company, amounts)
        return balances

    def _get_balances_before(self, company, amounts):
        """Return picking -> what its customer owes without it.

        The debts of a slip that is done are in the ledger, or are delivered and not
        invoiced. To those of a planned one, what was invoiced before it is delivered.
        """
        customers = self.partner_id.commercial_partner_id
        owed = self._get_customer_debts(customers, company)
        progress = {}  # order line -> what is delivered of it with the slips so far
        slips = self._get_pending_slips(customers, company)
        # As they are now: after the print they may have been split or changed.
        now = self._get_slip_amounts(slips.picking_id._get_slip_costs())
        for slip in slips:
            owed[slip.partner_id.id] += now[slip.picking_id]
            owed[slip.partner_id.id] += slip.picking_id._get_advance(company, progress)
        for picking in self.filtered(lambda picking: picking.state == "done"):
            owed[picking.partner_id.commercial_partner_id.id] -= amounts[picking]
        balances = {}
        for picking in self:
            customer = picking.partner_id.commercial_partner_id.id
            if picking.state != "done":
                owed[customer] += picking._get_advance(company, progress)
            balances[picking] = company.currency_id.round(owed[customer])
            owed[customer] += amounts[picking]
        return balances

    def _get_pending_slips(self, customers, company):
        """Return other slips of customers that are printed, and their goods not
        delivered yet, in their order.

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
            ],
            order="id",
        )
        # One burdens nobody any more until it is printed for whom it goes to now.
        return slips.filtered(
            lambda slip: (
                not slip._is_of_another_customer() and slip.picking_id._is_on_account()
            )
        )

    def _is_on_account(self):
        """Tell whether the slip goes to who owes for it, and its amount is what is owed:
        now, whatever it was at the first print.

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
        report = self.env["funnel.uninvoiced.report"].with_context(
            allowed_company_ids=company.ids, as_of=False
        )
        for customer, amount in report._read_group(
            [("partner_id", "in", customers.ids)], ["partner_id"], ["amount:sum"]
        ):
            debts[customer.id] += amount
        return debts

    def _get_advance(self, company, progress):
        """Return what of a planned slip is in the debts already, negative: its lines
        were invoiced before they are delivered.

        :param progress: order line -> (delivered, came back) before it, and after it
            when this returns
        """
        advance = 0.0
        # The debts of all other lines are what is delivered.
        lines = self.move_ids.sale_line_id.filtered(
            lambda line: (
                line.product_id.invoice_policy == "order" and line.invoice_lines
            )
        )
        for line, quantity in self._get_slip_quantities(lines).items():
            delivered, back = progress.get(line, (line.qty_delivered, 0.0))
            after = delivered + quantity, back + max(-quantity, 0.0)
            progress[line] = after
            more = line._get_owed_quantity(*after)
            more -= line._get_owed_quantity(delivered, back)
            if not float_is_zero(more - quantity, precision_digits=QUANTITY_DIGITS):
                advance += line._get_debt(more - quantity, company)
        return advance

    def _get_slip_quantities(self, lines):
        """Return order line -> quantity of the slip, in the unit of the line."""
        quantities = defaultdict(float)
        for move in lines.move_ids & self.move_ids:
            line = move.sale_line_id
            if move._is_charged(line):
                quantities[line] += move._get_slip_quantity_of(line)
        return quantities
