from typing import Any

from odoo import api, fields, models
from odoo.fields import NO_ACCESS
from odoo.tools import SQL

from .funnel_aging_report import CONTEXT, FunnelAgingReport


class FunnelPayableAging(models.Model):
    """What is owed to vendors at a date: the aging of the payable accounts, in the
    words of purchasing.

    What is owed is positive here, a prepayment or a refund negative. The sum is that of
    the payable accounts of the general ledger at that date with the other sign.

    Context: ``as_of`` (ISO date; default today).
    """

    _name = "funnel.payable.aging"
    _inherit = "funnel.aging.report"
    _description = "Payables Aging"
    _auto = False

    line_kind = fields.Selection(
        [
            ("invoice", "Bill"),
            ("credit_note", "Refund"),
            ("unapplied", "Unapplied Payment"),
            ("exchange", "Exchange Difference"),
            ("miscellaneous", "Miscellaneous"),
        ],
        string="Kind",
        readonly=True,
        depends_context=CONTEXT,
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Vendor",
        readonly=True,
        help="The company to be paid, also where a contact or branch of it sent the "
        "bill.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Buyer",
        readonly=True,
        help="Buyer of the bill, else of its purchase orders where they have one buyer, "
        "else of the vendor.",
    )
    # What belongs to sales is nothing to group bills by.
    team_id = fields.Many2one(groups=NO_ACCESS)
    sale_order_id = fields.Many2one(groups=NO_ACCESS)
    last_receipt_date = fields.Date(groups=NO_ACCESS)
    # Customers promise and dispute.
    promise_id = fields.Many2one(groups=NO_ACCESS)
    promised_date = fields.Date(groups=NO_ACCESS)
    is_disputed = fields.Boolean(groups=NO_ACCESS)

    _depends = {
        **FunnelAgingReport._depends,
        "account.move.line": [
            *FunnelAgingReport._depends["account.move.line"],
            "purchase_line_id",
        ],
        "purchase.order": ["user_id"],
        "purchase.order.line": ["order_id"],
        "res.partner": ["buyer_id", "commercial_partner_id"],
    }

    @api.readonly
    def action_open_vendor_statement(self) -> dict[str, Any]:
        """Return the statement of the row's vendor."""
        self.ensure_one()
        return self.partner_id.action_open_vendor_statement()

    # ------------------------------------------------------------------
    # The query
    # ------------------------------------------------------------------

    @api.model
    def _account_type(self) -> str:
        return "liability_payable"

    @api.model
    def _owed_sign(self) -> int:
        return 1

    @api.model
    def _shown(self, balance: float) -> float:
        return -balance

    def _open_items(self) -> SQL:
        return SQL(
            """
            SELECT id, account_id, company_id, partner_id, move_id, move_name, ref,
                   payment_id, statement_line_id, currency_id, date, invoice_date,
                   due_date, -residual AS residual,
                   -residual_currency AS residual_currency
              FROM (%s) AS item
            """,
            super()._open_items(),
        )

    def _salesperson(self) -> SQL:
        # Odoo leaves the salesperson of a bill empty, unless somebody enters one.
        return SQL(
            """
            COALESCE(
                move.invoice_user_id,
                (SELECT CASE WHEN COUNT(DISTINCT purchase.user_id) = 1
                             THEN MIN(purchase.user_id) END
                   FROM account_move_line AS bill_line
                   JOIN purchase_order_line AS order_line
                     ON order_line.id = bill_line.purchase_line_id
                   JOIN purchase_order AS purchase ON purchase.id = order_line.order_id
                  WHERE bill_line.move_id = item.move_id),
                customer.buyer_id
            )
            """
        )
