from odoo import Command, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date


class ResCompany(models.Model):
    _inherit = "res.company"

    rounding_off_account_id = fields.Many2one(
        "account.account",
        string="Account of Rounding Off",
        check_company=True,
        domain="[('account_type', 'in', ('income', 'income_other', 'expense',"
        " 'expense_direct_cost'))]",
        help="Where small differences go that are rounded off when a document is paid."
        " Empty: the account of cash differences.",
    )
    rounding_off_limit = fields.Monetary(
        "Limit of Rounding Off",
        default=1.0,
        required=True,
        help="The most that is rounded off of a document when it is paid.",
    )
    unknown_receipts_account_id = fields.Many2one(
        "account.account",
        string="Account of Unknown Receipts",
        check_company=True,
        domain="[('account_type', '=', 'asset_receivable'), ('reconcile', '=', True),"
        " ('is_counted_when_cashed', '=', True)]",
        help="Where money waits until it is known from whom it is. Empty: made when the"
        " first one is entered.",
    )
    duplicate_payment_days = fields.Integer(
        "Warn of Payments Entered Twice Within",
        default=7,
        required=True,
        help="Days between two payments of the same amount, or with the same reference,"
        " of which the second is warned about.",
    )

    # Above the highest number there is "not a number" as well.
    _rounding_off_limit_is_small = models.Constraint(
        "CHECK (rounding_off_limit BETWEEN 0 AND 1000000)",
        "The limit of rounding off is zero or above, and below a million.",
    )
    _duplicate_payment_days_are_few = models.Constraint(
        "CHECK (duplicate_payment_days BETWEEN 0 AND 366)",
        "Payments are compared within 0 to 366 days.",
    )

    def write(self, vals):
        result = super().write(vals)
        if vals.get("transfer_account_id"):
            self.transfer_account_id._mark_liquidity(holds_money=True)
        return result

    def _check_books_open(self, date, journal, has_tax=False):
        """Refuse a day whose books are closed: Odoo would book another one.

        :param has_tax: taxes are booked on that day, whose report may be closed
        :raise UserError: with the day up to which they are closed
        """
        locks = self._get_violated_lock_dates(date, has_tax, journal)
        if locks:
            raise UserError(
                self.env._(
                    "The books are closed up to %(date)s. Enter a later date.",
                    date=format_date(self.env, locks[-1][0]),
                )
            )

    def _get_unknown_receipts_account(self):
        """Return where money of unknown payers waits; it is made, if there is none.

        :raise UserError: the account that is set cannot hold it
        """
        self.ensure_one()
        # sudo: Finance need not make accounts; this one is needed for what it enters.
        company = self.sudo().with_company(self)
        account = company.unknown_receipts_account_id
        if not account:
            account = company.env["account.account"].create(
                company._prepare_unknown_receipts_account_vals()
            )
            company.unknown_receipts_account_id = account
        if account.account_type != "asset_receivable" or not (
            account.reconcile and account.non_trade and account.is_counted_when_cashed
        ):
            raise UserError(
                self.env._(
                    "The account %(account)s of unknown receipts is a receivable one that"
                    " is reconciled, is no trade receivable, and counts when cashed.",
                    account=account.display_name,
                )
            )
        return account.with_env(self.env)

    def _prepare_unknown_receipts_account_vals(self):
        accounts = self.env["account.account"]
        first = accounts.search(
            [
                *accounts._check_company_domain(self),
                ("account_type", "=", "asset_receivable"),
            ],
            limit=1,
        )
        return {
            "name": self.env._("Unknown Receipts"),
            "code": accounts._search_new_account_code(first.code or "112200"),
            "account_type": "asset_receivable",
            "reconcile": True,
            # It is no customer's debt, so neither in the aging nor followed up.
            "non_trade": True,
            # A claim pays by it, and the money is that of the receipt.
            "is_counted_when_cashed": True,
            "company_ids": [Command.set(self.root_id.ids)],
        }

    def _get_rounding_off_account(self, is_loss: bool):
        """Return where the company books what is rounded off.

        :param is_loss: a customer pays less, not the company
        """
        self.ensure_one()
        if self.rounding_off_account_id:
            return self.rounding_off_account_id
        if is_loss:
            return self.default_cash_difference_expense_account_id
        return self.default_cash_difference_income_account_id
