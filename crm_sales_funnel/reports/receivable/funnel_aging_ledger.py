from typing import Any

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

MODULE = "crm_sales_funnel"

# The roles that see all rows: what they are shown can be compared with the ledger.
COMPLETE_FOR = {
    "asset_receivable": ("manager", "order_desk", "finance"),
    "liability_payable": ("finance", "purchasing"),
}


class FunnelAgingReport(models.Model):
    """The aging beside the general ledger, and the way from a row to its document."""

    _inherit = "funnel.aging.report"

    # ------------------------------------------------------------------
    # Comparison with the general ledger
    # ------------------------------------------------------------------

    @api.model
    @api.readonly
    def get_tie_out(self) -> dict[str, Any]:
        """Compare the aging with the general ledger, company by company.

        A user who sees a part of the rows alone gets their sum and no ledger, which
        would tell what the others hold.

        :return: ``as_of``, ``account_type``, ``complete``, ``can_open`` (the journal
            items), and ``companies``: dicts of ``id``, ``name``, ``currency_id``, ``aging``; for
            those who see what is not invoiced ``uninvoiced`` and ``owed``, both parts
            together, which are compared with nothing; and, when complete, ``ledger``,
            ``difference``, ``non_trade`` (accounts that the aging leaves out),
            ``between_branches`` and ``accounts``: dicts of ``id``, ``name``,
            ``non_trade``, ``aging``, ``ledger``
        """
        aging = {
            (company.id, account.id): total
            for company, account, total in self._read_group(
                [], ["company_id", "account_id"], ["residual:sum"]
            )
        }
        complete = self._sees_all()
        uninvoiced = self._uninvoiced_sums()
        ledger = self._ledger_sums() if complete else {}
        branches = self._between_branches() if complete else {}
        companies = []
        for company in self.env.companies:
            figures = self._describe(company, aging, uninvoiced)
            if complete:
                between = branches.get(company.id, 0)
                figures |= self._compare(company, aging, ledger, between)
            companies.append(figures)
        return {
            "as_of": self._as_of(),
            "account_type": self._account_type(),
            "complete": complete,
            "can_open": self.env.user.has_group("account.group_account_readonly"),
            "companies": companies,
        }

    @api.model
    def _sees_all(self) -> bool:
        """Tell whether the current user is shown all rows of the accounts asked for."""
        return self.env.su or any(
            self.env.user.has_group(f"{MODULE}.group_funnel_{role}")
            for role in COMPLETE_FOR[self._account_type()]
        )

    def _uninvoiced_sums(self) -> dict[int, float] | None:
        """Return company -> what is delivered and not invoiced at the date, as far as
        the current user may see it; None where it says nothing or is not to be seen."""
        report = self.env["funnel.uninvoiced.report"]
        if self._account_type() != "asset_receivable" or not report.has_access("read"):
            return None
        sums = report._read_group([], ["company_id"], ["amount:sum"])
        return {company.id: total for company, total in sums}

    def _describe(self, company, aging, uninvoiced) -> dict[str, Any]:
        """Return what is owed to one company."""
        round_ = company.currency_id.round
        total = self._sum_of(company, aging)
        result = {
            "id": company.id,
            "name": company.display_name,
            "currency_id": company.currency_id.id,
            "aging": total,
        }
        if uninvoiced is None:
            return result
        more = round_(uninvoiced.get(company.id, 0))
        return {**result, "uninvoiced": more, "owed": round_(total + more)}

    def _sum_of(self, company, aging) -> float:
        return company.currency_id.round(
            sum(value for (owner, _id), value in aging.items() if owner == company.id)
        )

    def _compare(self, company, aging, ledger, between_branches) -> dict[str, Any]:
        """Return the comparison of one company."""
        round_ = company.currency_id.round
        ids = {account for owner, account in aging | ledger if owner == company.id}
        # sudo: names and codes of the accounts of a company that the user may read.
        accounts = self.env["account.account"].sudo().with_company(company).browse(ids)
        rows = [
            {
                "id": account.id,
                "name": account.display_name,
                "non_trade": account.non_trade,
                "aging": round_(aging.get((company.id, account.id), 0)),
                "ledger": round_(ledger.get((company.id, account.id), 0)),
            }
            for account in accounts.sorted("code")
        ]
        total = self._sum_of(company, aging)
        trade = sum(row["ledger"] for row in rows if not row["non_trade"])
        return {
            "ledger": round_(trade),
            "between_branches": round_(between_branches),
            "difference": round_(trade - total - between_branches),
            "non_trade": round_(sum(r["ledger"] for r in rows if r["non_trade"])),
            "accounts": rows,
        }

    def _ledger_domain(self) -> list:
        return [
            ("parent_state", "=", "posted"),
            ("account_id.account_type", "=", self._account_type()),
            ("company_id", "in", self.env.companies.ids),
            ("date", "<=", self._as_of()),
        ]

    def _ledger_sums(self) -> dict[tuple[int, int], float]:
        """Return (company, account) -> balance in the general ledger."""
        # sudo: only those who see the whole aging get here, and its sum is the same.
        items = self.env["account.move.line"].sudo()
        return {
            (company.id, account.id): self._shown(balance)
            for company, account, balance in items._read_group(
                self._ledger_domain(), ["company_id", "account_id"], ["balance:sum"]
            )
        }

    @api.model
    def _shown(self, balance: float) -> float:
        """Return an amount of the ledger with the sign that this report gives it."""
        return balance

    def _between_branches(self) -> dict[int, float]:
        """Return company -> what other branches of the same company settled for it.

        A branch may receive the money for an invoice of another one. Both items are
        closed then, while each branch's ledger still holds its side.
        """
        # sudo: whether a company has branches is seen in the ledger as well.
        if not self.env.companies.sudo().root_id.child_ids:
            return {}
        rows = self.env.execute_query(
            SQL(
                """
                SELECT debit.company_id, credit.company_id, SUM(partial.amount)
                  FROM account_partial_reconcile AS partial
                  JOIN account_move_line AS debit ON debit.id = partial.debit_move_id
                  JOIN account_move_line AS credit ON credit.id = partial.credit_move_id
                 WHERE debit.company_id <> credit.company_id
                   AND debit.parent_state = 'posted'
                   AND credit.parent_state = 'posted'
                   AND partial.max_date <= %s
                   AND debit.account_id = ANY(%s)
              GROUP BY debit.company_id, credit.company_id
                """,
                self._as_of(),
                self._accounts(),
            )
        )
        result = {}
        for debtor, creditor, amount in rows:
            amount = self._shown(float(amount))
            result[debtor] = result.get(debtor, 0) + amount
            result[creditor] = result.get(creditor, 0) - amount
        return result

    @api.model
    @api.readonly
    def action_open_ledger(self, account_id: int, company_id: int) -> dict[str, Any]:
        """Return the journal items behind one figure of the comparison."""
        if not self.env["account.move.line"].has_access("read"):
            raise AccessError(self.env._("You may not open journal items."))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Journal Items"),
            "res_model": "account.move.line",
            "view_mode": "list,pivot,form",
            "views": [(False, "list"), (False, "pivot"), (False, "form")],
            "domain": [
                ("account_id", "=", account_id),
                ("company_id", "=", company_id),
                ("parent_state", "=", "posted"),
                ("date", "<=", str(self._as_of())),
            ],
        }

    # ------------------------------------------------------------------
    # Documents
    # ------------------------------------------------------------------

    @api.readonly
    def action_open_document(self) -> dict[str, Any]:
        """Return the form of what stands behind the row: the payment or the invoice,
        or the row itself for a user who may not open either."""
        self.ensure_one()
        self.check_access("read")
        # sudo: to learn which documents stand behind the row. Whether the user may
        # open them is asked of the documents.
        move = self.sudo().move_id
        documents = (move.origin_payment_id.sudo(False), move.sudo(False), self)
        document = next(doc for doc in documents if doc and doc.has_access("read"))
        return {
            "type": "ir.actions.act_window",
            "name": self.label,
            "res_model": document._name,
            "res_id": document.id,
            "views": [(False, "form")],
            "target": "current",
        }
