from collections import defaultdict
from datetime import date, timedelta

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from odoo import Command
from odoo.tests import tagged

from .cash_common import CashCommon
from .test_cash_report import CashReportChecks
from .test_receivable_ledger import pick

FIRST_DAY = date(2025, 9, 1)
PAYMENTS = ("inbound", "outbound", "supplier", "transfer")
REFUNDS = ("out_refund", "in_refund")

prices = st.lists(st.integers(1, 50_000), min_size=1, max_size=3)
events = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(
                ("out_invoice", "out_invoice", "out_refund", "in_invoice", "in_refund")
            ),
            st.integers(0, 240),
            prices,
            st.booleans(),  # in another currency
            st.sampled_from(("", "discount", "instalments", "untaxed")),
        ),
        st.tuples(
            st.sampled_from(
                ("inbound", "inbound", "inbound", "outbound", "supplier", "transfer")
            ),
            st.integers(0, 240),
            prices,
            st.booleans(),
            st.sampled_from(
                ("", "", "write off", "entry", "statement", "matched", "deposit")
            ),
        ),
    ),
    min_size=4,
    max_size=6,
)
treatments = st.lists(
    st.tuples(
        st.sampled_from(("apply", "apply", "apply", "all", "undo", "draft", "post")),
        st.integers(0, 5),
        st.integers(0, 5),
        st.booleans(),  # nobody reads it before the next one
    ),
    min_size=4,
    max_size=8,
)


@tagged("post_install", "-at_install")
class TestCashHistory(CashReportChecks, CashCommon):
    """Random histories: after each step every amount ties out."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.foreign = cls.setup_other_currency(
            "EUR",
            rates=[
                (FIRST_DAY + timedelta(days=day), rate)
                for day, rate in ((0, 0.13), (60, 0.117), (130, 0.141), (200, 0.1289))
            ],
        )
        cls.instalments = cls.env["account.payment.term"].create(
            {
                "name": "30/50/20",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": share, "nb_days": delay}
                    )
                    for share, delay in ((30, 0), (50, 30), (20, 60))
                ],
            }
        )
        cls.order = cls.env["sale.order"].create({"partner_id": cls.customer.id})
        cls.cash = cls.company_data["default_journal_cash"]
        cls.second = cls.setup_other_company(name="Second Ltd")
        cls.users["finance"].company_ids |= cls.second["company"]

    @settings(
        max_examples=12,
        deadline=None,
        derandomize=True,
        database=None,
        phases=(Phase.explicit, Phase.generate),  # shrinking takes minutes
        suppress_health_check=list(HealthCheck),
    )
    @given(events=events, treatments=treatments)
    def test_any_history(self, events, treatments):
        savepoint = self.cr.savepoint()
        try:
            moves = self.env["account.move"]
            for kind, day, cents, foreign, special in events:
                day = FIRST_DAY + timedelta(days=day)
                currency = self.foreign if foreign else self.company.currency_id
                make = self._pay if kind in PAYMENTS else self._invoice
                moves += make(kind, day, cents, currency, special)
            elsewhere = self._elsewhere(events[0][2])
            *some, last = treatments
            for treatment, first, second, is_left in [*some, (*last[:-1], False)]:
                self._treat(moves, treatment, first, second)
                if is_left:
                    self.env.flush_all()
                    self.env.cr.precommit.run()
                    continue
                self.assert_follows_from_the_ledger()
                self._check_reconciliations()
                self._check_documents(moves)
                self.assert_ties_out(self.company, self.second["company"])
                self._check_elsewhere(elsewhere)
        finally:
            savepoint.close(rollback=True)
            self.env.invalidate_all()

    # ------------------------------------------------------------------
    # What happens
    # ------------------------------------------------------------------

    def _invoice(self, kind, day, cents, currency, special):
        amounts = [amount / 100 for amount in cents]
        if special == "discount" and len(amounts) > 1:
            amounts[-1] = -min(amounts[-1], sum(amounts[:-1]) - 0.01)
        return self.document(
            *amounts,
            move_type=kind,
            day=day,
            currency_id=currency.id,
            invoice_payment_term_id=special == "instalments" and self.instalments.id,
            **({"tax": self.vat.browse()} if special == "untaxed" else {}),
        )

    def _pay(self, kind, day, cents, currency, special):
        amount = sum(cents) / 100
        vendor = kind == "supplier"
        if kind == "transfer":
            return self._entry(amount, day, self.cash.default_account_id)
        if special in ("statement", "matched"):
            return self._statement_line(amount, day, vendor, special == "matched")
        if special == "entry":
            account = self.company_data[
                "default_account_payable" if vendor else "default_account_receivable"
            ]
            return self._entry(-amount if vendor else amount, day, account)
        values = {
            "day": day,
            "currency_id": currency.id,
            "payment_type": "outbound" if vendor else kind,
            "partner_type": "supplier" if vendor else "customer",
        }
        if special == "deposit" and kind == "inbound":
            values["deposit_order_id"] = self.order.id
        if special == "write off":
            sign = 1 if kind == "inbound" else -1
            rest = round(amount / 7 + 0.01, 2)
            balance = currency._convert(
                rest, self.company.currency_id, self.company, day
            )
            values["write_off_line_vals"] = [
                {
                    "name": "rounded off",
                    "account_id": self.expense.id,
                    "amount_currency": sign * rest,
                    "balance": sign * balance,
                    "partner_id": self.customer.id,
                    "currency_id": currency.id,
                }
            ]
        return self.pay(amount, **values).move_id

    def _entry(self, amount, day, account):
        """What an entry of the bank's journal takes from an account."""
        entry = self.env["account.move"].create(
            {
                "journal_id": self.bank.id,
                "date": day,
                "line_ids": [
                    Command.create(
                        {
                            "account_id": line_account.id,
                            "balance": balance,
                            "partner_id": self.customer.id,
                        }
                    )
                    for line_account, balance in (
                        (self.bank.default_account_id, amount),
                        (account, -amount),
                    )
                ],
            }
        )
        entry.action_post()
        return entry

    def _statement_line(self, amount, day, vendor, matched):
        """A line of the bank's statement, which waits on its suspense account or is
        matched with what is owed."""
        line = self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.bank.id,
                "date": day,
                "payment_ref": "statement",
                "partner_id": self.customer.id,
                "amount": -amount if vendor else amount,
            }
        )
        if matched:
            _liquidity, suspense, _other = line._seek_for_lines()
            suspense.account_id = self.company_data[
                "default_account_payable" if vendor else "default_account_receivable"
            ]
        return line.move_id

    def _elsewhere(self, cents):
        """A receipt in part in another company."""
        company = self.second["company"]
        env = self.env(context={"allowed_company_ids": company.ids})
        amount = sum(cents) / 100
        invoice = env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_date": FIRST_DAY,
                "invoice_line_ids": [
                    Command.create({"name": "goods", "price_unit": price / 100})
                    for price in cents
                ],
            }
        )
        invoice.action_post()
        payment = env["account.payment"].create(
            {
                "amount": round(amount / 2, 2) or amount,
                "date": FIRST_DAY,
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.customer.id,
            }
        )
        payment.action_post()
        self.match(invoice, payment.move_id)
        return payment

    def _treat(self, moves, treatment, first, second):
        lines = moves.line_ids.filtered(
            lambda line: (
                line.account_type in ("asset_receivable", "liability_payable")
                and line.parent_state == "posted"
            )
        )
        open_ = lines.filtered(lambda line: not line.reconciled)
        debit = pick(open_.filtered(lambda line: line.balance > 0), first)
        credit = pick(
            open_.filtered(
                lambda line: line.balance < 0 and line.account_id == debit.account_id
            ),
            second,
        )
        if treatment == "apply":
            (debit | credit).reconcile()
        elif treatment == "all" and debit:
            open_.filtered(lambda line: line.account_id == debit.account_id).reconcile()
        elif treatment == "undo":
            matched = lines.filtered(
                lambda line: line.matched_debit_ids or line.matched_credit_ids
            )
            pick(matched, first).remove_move_reconcile()
        elif treatment == "draft":
            pick(
                moves.filtered(lambda move: move.state == "posted"), first
            ).button_draft()
        elif treatment == "post":
            moves.filtered(lambda move: move.state == "draft").action_post()

    # ------------------------------------------------------------------
    # By hand
    # ------------------------------------------------------------------

    def _rows(self):
        allocation = self.env["funnel.allocation"].sudo()
        allocation._write_pending()
        return allocation.search([("company_id", "=", self.company.id)])

    def _check_reconciliations(self):
        """The lines of a document share what a reconciliation closed of it, as far as
        that was money."""
        found = defaultdict(float)
        for row in self._rows().filtered("partial_id"):
            found[row.partial_id, row.move_id] += row.amount
        partials = self.env["account.partial.reconcile"].search(
            [("company_id", "=", self.company.id)]
        )
        for partial in partials:
            for own, other in (
                (partial.debit_move_id, partial.credit_move_id),
                (partial.credit_move_id, partial.debit_move_id),
            ):
                document = own.move_id
                if not document.is_invoice(True):
                    continue
                share = self._share_of_money(other.move_id)
                if document.state != "posted" or other.parent_state != "posted":
                    share = 0
                closed = partial.amount + self._exchanged(partial, own)
                if document.move_type in REFUNDS:
                    closed = -closed
                # Reconciliations of one payment share the cents of what it wrote off.
                self.assertAlmostEqual(
                    found.pop((partial, document), 0),
                    closed * share,
                    delta=0.001 if share in (0, 1) else 0.011,
                )
        self.assertFalse(found)

    def _check_elsewhere(self, payment):
        """What another company received is what it was."""
        rows = self.env["funnel.allocation"].sudo()
        rows = rows.search([("company_id", "=", payment.company_id.id)])
        self.assertEqual(rows.money_move_id, payment.move_id)
        self.assertAlmostEqual(sum(rows.mapped("amount")), payment.amount)

    def _share_of_money(self, entry):
        if entry.is_invoice(True):
            return 0
        liquid = owed = 0
        for line in entry.line_ids:
            if line.account_id.is_liquidity:
                liquid += line.balance
            elif line.account_type in ("asset_receivable", "liability_payable"):
                owed -= line.balance
        return min(1, liquid / owed) if liquid * owed > 0 else 0

    def _exchanged(self, partial, own):
        """What the exchange entry of a reconciliation closed of the document's item."""
        entry = partial.exchange_move_id
        fixes = (own.matched_debit_ids | own.matched_credit_ids).filtered(
            lambda fix: (
                entry and entry in (fix.debit_move_id | fix.credit_move_id).move_id
            )
        )
        return sum(fixes.mapped("amount"))

    def _check_documents(self, moves):
        """No document is paid more than it came to less what was credited; one that
        money alone closed is paid to its total, taxed and not, in each currency."""
        rows = self._rows().grouped("move_id")
        for move in moves.filtered(lambda move: move.is_invoice(True)):
            paid = rows.get(move, self.env["funnel.allocation"])
            sign = -1 if move.move_type in REFUNDS else 1
            total = sign * sum(paid.mapped("amount_currency"))
            others = self._counterparts(move)
            credited = sum(amount for other, amount in others if other.is_invoice(True))
            self.assertLessEqual(total, move.amount_total - credited + 0.001)
            if (
                move.state == "posted"
                and move.payment_state == "paid"
                and all(self._share_of_money(other) == 1 for other, _amount in others)
                and all(other.state == "posted" for other, _amount in others)
            ):
                self._check_paid(move, paid, sign)

    def _counterparts(self, move):
        """Return (entry, amount in the document's currency) of what closed it."""
        found = []
        for line in move.line_ids:
            for partial in line.matched_debit_ids:
                found.append(
                    (partial.debit_move_id.move_id, partial.credit_amount_currency)
                )
            for partial in line.matched_credit_ids:
                found.append(
                    (partial.credit_move_id.move_id, partial.debit_amount_currency)
                )
        exchanges = (
            move.line_ids.matched_debit_ids | move.line_ids.matched_credit_ids
        ).exchange_move_id
        return [(entry, amount) for entry, amount in found if entry not in exchanges]

    def _check_paid(self, move, paid, sign):
        for name, total in (
            ("amount_currency", move.amount_total),
            ("amount_untaxed_currency", move.amount_untaxed),
            ("amount", abs(move.amount_total_signed)),
        ):
            self.assertAlmostEqual(sign * sum(paid.mapped(name)), total, 2, name)
        # Taxes that are rounded once for the document are shared by the lines.
        rounded = move.amount_total - sum(move.invoice_line_ids.mapped("price_total"))
        for line in move.invoice_line_ids:
            mine = paid.filtered(lambda row, line=line: row.invoice_line_id == line)
            share = rounded * line.price_total / move.amount_total
            self.assertAlmostEqual(
                sign * sum(mine.mapped("amount_currency")),
                line.price_total,
                delta=0.001 + abs(share) + (0.005 if round(rounded, 2) else 0),
            )
