from typing import Any

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL

# Invoices of so many months tell how a customer pays.
MONTHS = 12


class FunnelPaymentDelay(models.Model):
    """When customers paid the invoices of the last 12 months: one row per payment of an
    instalment, or of a part of it.

    Credit notes and other entries that close an invoice are no payments. The average of
    ``days`` is weighted by the amount: sum(amount * days) / sum(amount).
    """

    _name = "funnel.payment.delay"
    _description = "Payment Delay"
    _auto = False
    _rec_name = "label"
    _order = "date desc, id desc"

    label = fields.Char("Invoice", readonly=True)
    move_id = fields.Many2one("account.move", string="Journal Entry", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    team_id = fields.Many2one(
        "crm.team",
        string="Sales Team",
        readonly=True,
        help="Sales team of the customer's salesperson.",
    )
    company_id = fields.Many2one("res.company", readonly=True)
    company_currency_id = fields.Many2one("res.currency", readonly=True)
    invoice_date = fields.Date(readonly=True)
    due_date = fields.Date(readonly=True)
    date = fields.Date("Paid On", readonly=True)
    amount = fields.Monetary(
        "Paid", currency_field="company_currency_id", readonly=True
    )
    days = fields.Float(
        "Days Late",
        digits=(16, 1),
        readonly=True,
        aggregator="avg",
        help="Days from the due date to the payment, negative when it was paid before. "
        "Averages are weighted by the amount.",
    )
    weight = fields.Monetary(
        "Amount x Days", currency_field="company_currency_id", readonly=True
    )

    _depends = {
        "account.account": ["account_type", "non_trade"],
        "account.move": ["move_type"],
        "account.move.line": [
            "account_id",
            "company_id",
            "date",
            "date_maturity",
            "invoice_date",
            "move_id",
            "move_name",
            "parent_state",
            "partner_id",
            "payment_id",
            "statement_line_id",
        ],
        "account.partial.reconcile": ["amount", "credit_move_id", "debit_move_id"],
        "res.company": ["currency_id"],
        "res.partner": ["commercial_partner_id", "user_id"],
        "res.users": ["sale_team_id"],
    }

    @property
    def _table_query(self) -> SQL:
        today = fields.Date.context_today(self)
        aging = self.env["funnel.aging.report"].with_context(
            account_type="asset_receivable"
        )
        return SQL(
            """
            SELECT partial.id,
                   line.move_name AS label,
                   line.move_id,
                   contact.commercial_partner_id AS partner_id,
                   customer.user_id,
                   salesperson.sale_team_id AS team_id,
                   line.company_id,
                   company.currency_id AS company_currency_id,
                   line.invoice_date,
                   COALESCE(line.date_maturity, line.date) AS due_date,
                   payment.date,
                   partial.amount,
                   %(days)s AS days,
                   partial.amount * %(days)s AS weight
              FROM account_move_line AS line
              JOIN account_move AS move ON move.id = line.move_id
              JOIN account_partial_reconcile AS partial
                ON partial.debit_move_id = line.id
              JOIN account_move_line AS payment ON payment.id = partial.credit_move_id
         LEFT JOIN res_company AS company ON company.id = line.company_id
         LEFT JOIN res_partner AS contact ON contact.id = line.partner_id
         LEFT JOIN res_partner AS customer
                ON customer.id = contact.commercial_partner_id
         LEFT JOIN res_users AS salesperson ON salesperson.id = customer.user_id
             WHERE move.move_type IN ('out_invoice', 'out_receipt')
               AND line.account_id = ANY(%(accounts)s)
               AND line.company_id IN %(companies)s
               AND line.parent_state = 'posted'
               AND line.invoice_date > %(since)s
               AND payment.parent_state = 'posted'
               AND (payment.payment_id IS NOT NULL
                    OR payment.statement_line_id IS NOT NULL)
               AND payment.date <= %(today)s
            """,
            # Not an integer as PostgreSQL has it: the field has a decimal.
            days=SQL(
                "(payment.date - COALESCE(line.date_maturity, line.date))::numeric"
            ),
            accounts=aging._accounts(),
            companies=tuple(self.env.companies.ids),
            since=today - relativedelta(months=MONTHS),
            today=today,
        )

    def _read_group_select(self, aggregate_spec, query):
        if aggregate_spec == "days:avg":
            return SQL(
                "%s / NULLIF(%s, 0)",
                self._read_group_select("weight:sum_currency", query),
                self._read_group_select("amount:sum_currency", query),
            )
        return super()._read_group_select(aggregate_spec, query)

    @api.readonly
    def action_open_document(self) -> dict[str, Any]:
        """Return the form of the invoice, or of the row itself for a user who may not
        open the invoice."""
        self.ensure_one()
        self.check_access("read")
        document = self.move_id if self.move_id.has_access("read") else self
        return {
            "type": "ir.actions.act_window",
            "name": self.label,
            "res_model": document._name,
            "res_id": document.id,
            "views": [(False, "form")],
            "target": "current",
        }
