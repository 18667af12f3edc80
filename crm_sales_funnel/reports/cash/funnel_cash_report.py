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


class FunnelCashReport(models.Model):
    """Every move of money with the outside, split by what it paid.

    Money is what the accounts marked so hold (``account.account.is_liquidity``). An
    entry that moves it has a row for each invoice that it paid (of a statement's invoice,
    for each order), one for the deposit of an order, one for the exchange difference,
    and one for the rest; an entry that moves it from one account to another has a row
    for each. So the rows of a journal
    and a day add up to the movement of these accounts, whatever was allocated.
    """

    _name = "funnel.cash.report"
    _description = "Receipts and Payments"
    _auto = False
    _rec_name = "label"
    _order = "date desc, id desc"

    label = fields.Char("Document", readonly=True)
    direction = fields.Selection([("in", "Received"), ("out", "Paid")], readonly=True)
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
        "account.account": ["account_type", "is_counted_when_cashed", "is_liquidity"],
        "account.move": ["journal_id", "name", "origin_payment_id"],
        "account.move.line": [
            "account_id",
            "amount_residual",
            "balance",
            "company_id",
            "currency_id",
            "date",
            "journal_id",
            "move_id",
            "parent_state",
            "partner_id",
        ],
        "account.payment": ["move_id", "payment_method_line_id", "unknown_receipt_id"],
        "funnel.unknown.receipt": ["payment_id"],
        "res.company": ["currency_id"],
        "res.partner": ["commercial_partner_id", "user_id"],
        "res.users": ["sale_team_id"],
    }

    @property
    def _table_query(self) -> SQL:
        self.env["funnel.allocation"]._write_pending()
        return SQL(
            """
            SELECT row.id,
                   document.name AS label,
                   row.is_on_account,
                   CASE WHEN row.moved > 0 THEN 'in' ELSE 'out' END AS direction,
                   row.kind,
                   row.date,
                   row.journal_id,
                   payment.payment_method_line_id,
                   row.partner_id,
                   row.partner_type,
                   row.user_id,
                   salesperson.sale_team_id AS team_id,
                   row.order_id,
                   row.move_id,
                   row.entry_id,
                   row.company_id,
                   company.currency_id AS company_currency_id,
                   row.amount
              FROM (%s UNION ALL %s) AS row
         LEFT JOIN res_company AS company ON company.id = row.company_id
         LEFT JOIN res_users AS salesperson ON salesperson.id = row.user_id
         LEFT JOIN account_move AS document ON document.id = row.move_id
         LEFT JOIN account_move AS entry ON entry.id = row.entry_id
         LEFT JOIN account_payment AS payment ON payment.id = entry.origin_payment_id
            """,
            self._allocated(),
            self._unallocated(),
        )

    def _allocated(self) -> SQL:
        """What paid an invoice, or is the deposit of an order."""
        return SQL(
            """
            SELECT paid.id,
                   CASE WHEN paid.is_on_account THEN 'deposit'
                        WHEN paid.amount < 0 THEN 'refund'
                        WHEN paid.partner_type = 'customer' THEN 'receipt'
                        ELSE 'payment' END AS kind,
                   paid.is_on_account,
                   paid.date,
                   entry.journal_id,
                   paid.partner_id,
                   paid.partner_type,
                   paid.user_id,
                   paid.order_id,
                   paid.move_id,
                   paid.money_move_id AS entry_id,
                   paid.company_id,
                   paid.sign * paid.amount AS moved,
                   paid.sign * paid.amount AS amount
              FROM (SELECT MIN(id)::int8 AS id,
                           partial_id IS NULL AS is_on_account,
                           date,
                           partner_id,
                           partner_type,
                           user_id,
                           order_id,
                           move_id,
                           money_move_id,
                           company_id,
                           CASE partner_type WHEN 'customer' THEN 1 ELSE -1 END
                               AS sign,
                           SUM(amount) AS amount
                      FROM funnel_allocation
                     WHERE company_id IN %s
                  GROUP BY partial_id IS NULL, date, partner_id, partner_type,
                           user_id, order_id, move_id, money_move_id, company_id
                   ) AS paid
         LEFT JOIN account_move AS entry ON entry.id = paid.money_move_id
            """,
            tuple(self.env.companies.ids),
        )

    def _unallocated(self) -> SQL:
        """What is left of the money of an entry: of what is not applied, of what was
        settled otherwise (in another currency, the exchange difference), and what it
        moves from one account to another."""
        return SQL(
            """
            SELECT -(4 * entry.id::int8 + part.number) AS id,
                   part.kind,
                   part.number = 0 AS is_on_account,
                   entry.date,
                   entry.journal_id,
                   owed.partner_id,
                   owed.partner_type,
                   CASE WHEN owed.partner_type = 'customer' THEN owed.user_id
                    END AS user_id,
                   NULL::int4 AS order_id,
                   entry.id AS move_id,
                   entry.id AS entry_id,
                   entry.company_id,
                   CASE WHEN part.number < 2 AND entry.moved <> 0
                        THEN entry.moved ELSE part.amount END AS moved,
                   part.amount
              FROM (%(moved)s) AS entry
         LEFT JOIN LATERAL (%(owed)s) AS owed ON TRUE
        CROSS JOIN LATERAL (
                   VALUES (0, %(kind)s, COALESCE(owed.open, 0)),
                          (1, CASE WHEN owed.is_foreign THEN 'exchange'
                                   ELSE %(kind)s END,
                           entry.rest - COALESCE(owed.open, 0)),
                          (2, 'transfer', entry.transferred),
                          (3, 'transfer', -entry.transferred)
                   ) AS part (number, kind, amount)
             WHERE part.amount <> 0
            """,
            moved=self._moved(),
            owed=self._owed(),
            kind=SQL(
                """
                CASE WHEN owed.partner_type = 'customer'
                     THEN CASE WHEN entry.rest > 0 THEN 'receipt' ELSE 'refund' END
                     WHEN owed.partner_type = 'supplier'
                     THEN CASE WHEN entry.rest < 0 THEN 'payment' ELSE 'refund' END
                     ELSE 'other' END
                """
            ),
        )

    def _moved(self) -> SQL:
        """What each entry moved: from and to the outside less what is allocated, and
        from one account to another. Of money whose payer was unknown, what customers got
        is theirs, on the day when it arrived."""
        companies = tuple(self.env.companies.ids)
        return SQL(
            """
            SELECT claimed.id,
                   claimed.date,
                   claimed.journal_id,
                   claimed.company_id,
                   claimed.moved,
                   claimed.rest,
                   0 AS transferred
              FROM (%(claimed)s) AS claimed
         UNION ALL
            SELECT line.move_id AS id,
                   line.date,
                   line.journal_id,
                   line.company_id,
                   SUM(line.moved) AS moved,
                   SUM(line.moved) - COALESCE(MAX(allocated.amount), 0)
                                   - COALESCE(MAX(claimed.rest), 0) AS rest,
                   LEAST(
                       SUM(GREATEST(line.moved, 0)),
                       SUM(GREATEST(-line.moved, 0))
                   ) AS transferred
              FROM (%(items)s) AS line
         LEFT JOIN (%(allocated)s) AS allocated
                ON allocated.money_move_id = line.move_id
         LEFT JOIN (SELECT money_move_id, SUM(rest) AS rest
                      FROM (%(claimed)s) AS claimed
                  GROUP BY money_move_id) AS claimed
                ON claimed.money_move_id = line.move_id
             WHERE line.parent_state = 'posted'
               AND line.company_id IN %(companies)s
          GROUP BY line.move_id, line.date, line.journal_id, line.company_id
            """,
            items=self._items(),
            allocated=self._allocated_money(),
            claimed=self._claimed(companies),
            companies=companies,
        )

    def _items(self) -> SQL:
        """What moves money, and what counts when it is cashed."""
        return SQL(
            """
            SELECT line.*,
                   -- A bill that is handed on pays without moving money.
                   CASE WHEN account.is_liquidity THEN line.balance ELSE 0 END AS moved
              FROM account_move_line AS line
              JOIN account_account AS account
                ON account.id = line.account_id
               AND (account.is_liquidity OR account.is_counted_when_cashed)
            """
        )

    def _allocated_money(self) -> SQL:
        """How much of the money of each entry is allocated."""
        return SQL(
            """
            SELECT money_move_id,
                   SUM(CASE WHEN partner_type = 'customer'
                            THEN amount ELSE -amount END) AS amount
              FROM funnel_allocation
          GROUP BY money_move_id
            """
        )

    def _claimed(self, companies) -> SQL:
        """What each payment took from the money of an unknown payer, and what of it is
        not allocated."""
        return SQL(
            """
            SELECT taken.move_id AS id,
                   entry.id AS money_move_id,
                   entry.date,
                   entry.journal_id,
                   entry.company_id,
                   settled.amount AS moved,
                   settled.amount - COALESCE(allocated.amount, 0) AS rest
              FROM account_payment AS taken
              JOIN funnel_unknown_receipt AS receipt
                ON receipt.id = taken.unknown_receipt_id
              JOIN account_payment AS arrived
                ON arrived.id = receipt.payment_id AND arrived.id <> taken.id
              JOIN account_move AS entry
                ON entry.id = arrived.move_id AND entry.state = 'posted'
        CROSS JOIN LATERAL (
                   SELECT SUM(line.balance - line.amount_residual) AS amount
                     FROM account_move_line AS line
                     JOIN account_account AS account
                       ON account.id = line.account_id
                      AND account.is_counted_when_cashed
                    WHERE line.move_id = taken.move_id
                      AND line.parent_state = 'posted') AS settled
         LEFT JOIN LATERAL (
                   SELECT SUM(paid.amount) AS amount
                     FROM funnel_allocation AS paid
                     JOIN account_move_line AS line
                       ON line.id = paid.money_line_id
                      AND line.move_id = taken.move_id
                    WHERE paid.money_move_id = entry.id) AS allocated ON TRUE
             WHERE taken.unknown_receipt_id IS NOT NULL
               AND settled.amount <> 0
               AND entry.company_id IN %s
            """,
            companies,
        )

    def _owed(self) -> SQL:
        """Whom the rest of an entry is from, and what of it is not applied."""
        return SQL(
            """
            SELECT MIN(contact.commercial_partner_id) AS partner_id,
                   MIN(customer.user_id) AS user_id,
                   MIN(CASE account.account_type WHEN 'asset_receivable'
                            THEN 'customer' ELSE 'supplier' END) AS partner_type,
                   CASE WHEN -SUM(line.amount_residual) * entry.rest > 0
                        THEN -SUM(line.amount_residual) END AS open,
                   BOOL_OR(line.currency_id <> line.company_currency_id) AS is_foreign
              FROM account_move_line AS line
              JOIN account_account AS account
                ON account.id = line.account_id
               AND account.account_type IN ('asset_receivable', 'liability_payable')
               AND account.is_liquidity IS NOT TRUE
         LEFT JOIN res_partner AS contact ON contact.id = line.partner_id
         LEFT JOIN res_partner AS customer
                ON customer.id = contact.commercial_partner_id
             WHERE line.move_id = entry.id AND entry.rest <> 0
            """
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
        payment = self.entry_id.origin_payment_id
        if document == self.entry_id and payment and payment.has_access("read"):
            document = payment
        return {
            "type": "ir.actions.act_window",
            "name": self.label,
            "res_model": document._name,
            "res_id": document.id,
            "views": [(False, "form")],
            "target": "current",
        }
