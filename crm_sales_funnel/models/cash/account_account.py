from odoo import api, fields, models
from odoo.tools import SQL

# Their entries are what banks, cash boxes and cards hold.
LIQUID_TYPES = ("asset_cash", "liability_credit_card")
TELLS_OF_MONEY = {"account_type", "is_counted_when_cashed"}
# The accounts that somebody named as where payments wait.
NAMED = SQL(
    """
    SELECT payment_account_id AS id FROM account_payment_method_line
     UNION ALL
    SELECT outstanding_account_id FROM account_payment
     UNION ALL
    SELECT transfer_account_id FROM res_company
    """
)


class AccountAccount(models.Model):
    _inherit = "account.account"

    is_liquidity = fields.Boolean(
        "Money",
        readonly=True,
        copy=False,
        help="What is booked to this account counts as received or paid: bank, cash and"
        " cards, and the accounts where payments wait for the bank. Moves between two of"
        " them are transfers.",
    )
    is_counted_when_cashed = fields.Boolean(
        "Money When Cashed",
        help="For accounts of bills of exchange and post-dated cheques: what is received"
        " or paid by them counts when they are cashed, not when they are handed over.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        accounts = super().create(vals_list)
        accounts._mark_liquidity()
        return accounts

    def write(self, vals):
        result = super().write(vals)
        if not TELLS_OF_MONEY.isdisjoint(vals):
            self._mark_liquidity()
        if vals.keys() & {*TELLS_OF_MONEY, "is_liquidity"}:
            self._touch_entries()
        return result

    def _touch_entries(self) -> None:
        """What moved on these accounts counts now, or no longer."""
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT move_id FROM account_move_line"
                " WHERE account_id IN %s AND parent_state = 'posted'",
                tuple(self.ids) or (0,),
            )
        )
        self.env["account.move"].browse(move for (move,) in rows)._touch_allocation()

    def _mark_liquidity(self, holds_money: bool = False) -> None:
        """Mark which of the accounts hold money: what once did stays, unless its money
        counts when it is cashed.

        :param holds_money: also those whose type does not tell, since payments wait
            there for the bank
        """
        for account in self:
            liquid = not account.is_counted_when_cashed and (
                holds_money
                or account.is_liquidity
                or account.account_type in LIQUID_TYPES
                or account._is_named()
            )
            if account.is_liquidity != liquid:
                # sudo: it follows from what the account is used for.
                account.sudo().is_liquidity = liquid

    def _is_named(self) -> bool:
        """Tell whether payments wait on the account, or somebody said so of it."""
        query = SQL(
            "SELECT EXISTS (SELECT FROM (%s) AS named WHERE id = %s)", NAMED, self.id
        )
        return self.env.execute_query(query)[0][0]

    @api.model
    def _mark_all_liquidity(self) -> None:
        """Mark the accounts that hold money by all that ever named them."""
        self.flush_model(["account_type", "is_liquidity", "is_counted_when_cashed"])
        self.env.cr.execute(
            SQL(
                """
                UPDATE account_account
                   SET is_liquidity = TRUE
                 WHERE is_liquidity IS NOT TRUE
                   AND is_counted_when_cashed IS NOT TRUE
                   AND (account_type IN %s
                        OR id IN (SELECT id FROM (%s) AS named))
                """,
                LIQUID_TYPES,
                NAMED,
            )
        )
        self.invalidate_model(["is_liquidity"])
