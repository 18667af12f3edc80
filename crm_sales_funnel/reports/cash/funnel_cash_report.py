from typing import Any

from odoo import api, fields, models
from odoo.tools import SQL, format_amount

KINDS = [
    ("receipt", "Receipt"),
    ("payment", "Payment"),
    ("deposit", "Deposit"),
    ("refund", "Refund"),
    ("transfer", "Transfer"),
    ("exchange", "Exchange Difference"),
    ("other", "Other"),
]
COLUMNS = {
    "entry_id": "int4 NOT NULL",
    # What of the entry it is: what paid a document, a deposit, what is not applied, what
    # was settled otherwise, from and to another account of money.
    "part": "int2 NOT NULL",
    "move_id": "int4 NOT NULL",
    "order_id": "int4",
    "kind": "varchar NOT NULL",
    "direction": "varchar NOT NULL",
    "is_on_account": "bool NOT NULL",
    "date": "date NOT NULL",
    "journal_id": "int4",
    "payment_method_line_id": "int4",
    "partner_id": "int4",
    "partner_type": "varchar",
    "user_id": "int4",
    "company_id": "int4 NOT NULL",
    "amount": "numeric NOT NULL",
}
INDEXES = {
    "entry_idx": ("", "(entry_id)"),
    "date_idx": ("", "(date, id)"),
    "order_idx": ("", "(order_id) WHERE order_id IS NOT NULL"),
    "partner_idx": ("", "(partner_id)"),
    "user_idx": ("", "(user_id, date)"),
}


class FunnelCashReport(models.Model):
    """Every move of money with the outside, split by what it paid.

    Money is what the accounts marked so hold (``account.account.is_liquidity``). An
    entry that moves it has a row for each invoice that it paid (of a statement's invoice,
    for each order), one for the deposit of an order, one for the exchange difference,
    and one for the rest; an entry that moves it from one account to another has a row
    for each. So the rows of a journal
    and a day add up to the movement of these accounts, whatever was allocated.

    They are written down with the allocation that they follow from.
    """

    _name = "funnel.cash.report"
    _inherit = "funnel.ledger.table"
    _description = "Receipts and Payments"
    _auto = False
    _log_access = False
    _rec_name = "label"
    _order = "date desc, id desc"
    _stored = COLUMNS
    _indexed = INDEXES
    _key = ("entry_id", "part", "move_id", "order_id", "partner_id")
    _scoped_by = _money_entry = "entry_id"

    label = fields.Char("Document", readonly=True)
    direction = fields.Selection(
        [("in", "Received"), ("out", "Paid Out")], readonly=True
    )
    kind = fields.Selection(KINDS, readonly=True)
    date = fields.Date(readonly=True)
    journal_id = fields.Many2one("account.journal", readonly=True)
    payment_method_line_id = fields.Many2one(
        "account.payment.method.line", string="Method", readonly=True
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer or Vendor", readonly=True
    )
    partner_type = fields.Selection(
        [("customer", "Customer"), ("supplier", "Vendor")], readonly=True
    )
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    team_id = fields.Many2one("crm.team", string="Sales Team", readonly=True)
    order_id = fields.Many2one("sale.order", readonly=True)
    move_id = fields.Many2one("account.move", string="Invoice or Bill", readonly=True)
    entry_id = fields.Many2one("account.move", string="Journal Entry", readonly=True)
    is_on_account = fields.Boolean(
        "On Account", readonly=True, help="It is not applied to a document yet."
    )
    company_id = fields.Many2one("res.company", readonly=True)
    company_currency_id = fields.Many2one("res.currency", readonly=True)
    amount = fields.Monetary(
        currency_field="company_currency_id",
        readonly=True,
        help="Positive when it was received, negative when it was paid.",
    )

    _depends = {
        "account.move": ["name", "ref"],
        "res.company": ["currency_id"],
        "res.users": ["sale_team_id"],
    }

    @property
    def _table_query(self) -> SQL:
        self.env["funnel.allocation"]._write_pending()
        return SQL(
            """
            SELECT row.*,
                   CASE WHEN row.kind = 'other'
                        THEN CONCAT_WS(' · ', document.name, NULLIF(document.ref, ''))
                        ELSE document.name END AS label,
                   salesperson.sale_team_id AS team_id,
                   company.currency_id AS company_currency_id
              FROM %s AS row
         LEFT JOIN res_company AS company ON company.id = row.company_id
         LEFT JOIN res_users AS salesperson ON salesperson.id = row.user_id
         LEFT JOIN account_move AS document ON document.id = row.move_id
             WHERE row.company_id IN %s
            """,
            SQL.identifier(self._table),
            tuple(self.env.companies.ids),
        )

    @api.depends("label", "partner_id", "amount")
    def _compute_display_name(self):
        """A day of the calendar has room for how much, and from whom."""
        for row in self:
            amount = format_amount(self.env, row.amount, row.company_currency_id)
            # sudo: the customer's name is told, whoever may open him.
            name = row.partner_id.sudo().display_name or row.label
            row.display_name = f"{amount} {name}"

    @api.readonly
    def action_open_document(self) -> dict[str, Any]:
        """Return the form of the document that was paid, or of the payment; of the row
        itself for a user who may not open it."""
        self.ensure_one()
        self.check_access("read")
        document = self.move_id if self.move_id.has_access("read") else self
        if document == self.entry_id:
            payment = document.origin_payment_id
            document = payment if payment and payment.has_access("read") else document
        return {
            "type": "ir.actions.act_window",
            "name": self.label,
            "res_model": document._name,
            "res_id": document.id,
            "views": [(False, "form")],
            "target": "current",
        }
