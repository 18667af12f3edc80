from collections import defaultdict
from datetime import date, timedelta

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from odoo import Command
from odoo.tests import tagged

from .receivable_common import ReceivableCommon

FIRST_DAY = date(2025, 9, 1)

days = st.integers(0, 240)
cents = st.integers(1, 100_000)
foreign = st.booleans()
events = st.lists(
    st.one_of(
        st.tuples(st.just("invoice"), days, cents, foreign, st.sampled_from((0, 75))),
        st.tuples(
            st.sampled_from(("instalments", "refund", "receipt", "receipt", "entry")),
            days,
            cents,
            foreign,
        ),
    ),
    min_size=3,
    max_size=5,
)
# What is done to the entries then; the numbers choose among those it can be done to.
treatments = st.lists(
    st.tuples(
        st.sampled_from(("apply", "apply", "apply", "write off", "undo", "draft")),
        st.integers(0, 5),
        st.integers(0, 5),
    ),
    min_size=2,
    max_size=7,
)
# As of: so many days from the date of an entry, where things change.
dates = st.lists(
    st.tuples(
        st.integers(0, 5), st.sampled_from((-1, 0, 1, 30, 31, 60, 61, 91, 181, 300))
    ),
    min_size=4,
    max_size=4,
)


def pick(records, number):
    return records[number % len(records)] if records else records


@tagged("post_install", "-at_install")
class TestReceivableLedger(ReceivableCommon):
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
        cls.revenue = cls.company_data["default_account_revenue"]

    # ------------------------------------------------------------------
    # Random histories
    # ------------------------------------------------------------------

    @settings(
        max_examples=20,
        deadline=None,
        derandomize=True,
        database=None,
        phases=(Phase.explicit, Phase.generate),  # shrinking takes minutes
        suppress_health_check=list(HealthCheck),
    )
    @given(events=events, treatments=treatments, dates=dates)
    def test_any_history_at_any_date(self, events, treatments, dates):
        """The aging is what a reader of the journal finds by hand, and its sum is the
        ledger's."""
        savepoint = self.cr.savepoint()
        try:
            moves = self._play(events, treatments)
            self.env.flush_all()
            lines, partials = self._journal()
            for number, offset in dates:
                as_of = pick(moves, number).date + timedelta(days=offset)
                self._check(as_of, lines, partials)
        finally:
            savepoint.close(rollback=True)
            self.env.invalidate_all()

    def _play(self, events, treatments):
        """Write the history into the journal."""
        moves = self.env["account.move"].create(
            [
                self._prepare_move_vals(kind, FIRST_DAY + timedelta(days=day), *rest)
                for kind, day, *rest in events
            ]
        )
        moves.action_post()
        for treatment, first, second in treatments:
            self._treat(moves, treatment, first, second)
        return moves

    def _prepare_move_vals(self, kind, day, amount, foreign, delay=0):
        currency = self.foreign if foreign else self.company.currency_id
        values = {
            "partner_id": self.customer.id,
            "currency_id": currency.id,
            "date": day,
        }
        if kind in ("receipt", "entry"):
            sign = -1 if kind == "receipt" else 1
            return {
                **values,
                "move_type": "entry",
                "line_ids": self._entry_lines(sign * amount / 100, currency, day),
            }
        return {
            **values,
            "move_type": "out_refund" if kind == "refund" else "out_invoice",
            "invoice_date": day,
            "invoice_payment_term_id": kind == "instalments" and self.instalments.id,
            "invoice_date_due": day + timedelta(days=delay),
            "invoice_line_ids": [
                Command.create(
                    {
                        "name": "goods",
                        "price_unit": amount / 100,
                        "account_id": self.revenue.id,
                        "tax_ids": [],
                    }
                )
            ],
        }

    def _entry_lines(self, amount, currency, day):
        balance = currency._convert(amount, self.company.currency_id, self.company, day)
        return [
            Command.create(
                {
                    "account_id": account.id,
                    "partner_id": self.customer.id,
                    "currency_id": currency.id,
                    "amount_currency": sign * amount,
                    "balance": sign * balance,
                }
            )
            for account, sign in ((self.receivable, 1), (self.revenue, -1))
        ]

    def _treat(self, moves, treatment, first, second):
        items = self.open_items(*moves)
        debit = pick(items.filtered(lambda item: item.amount_residual > 0), first)
        credit = pick(items.filtered(lambda item: item.amount_residual < 0), second)
        matched = moves.filtered(
            lambda move: (
                move.line_ids.matched_debit_ids | move.line_ids.matched_credit_ids
            )
        )
        if treatment == "apply" and debit and credit:
            (debit | credit).reconcile()
        elif treatment == "write off" and debit:
            day = debit.date + timedelta(days=20)
            write_off = self.entry(-debit.amount_residual / 2, day)
            (self.open_items(write_off) | debit).reconcile()
        elif treatment == "undo":
            pick(matched, first).line_ids.remove_move_reconcile()
        elif treatment == "draft":
            pick(matched.filtered(lambda m: m.state == "posted"), first).button_draft()

    # ------------------------------------------------------------------
    # By hand
    # ------------------------------------------------------------------

    def _journal(self):
        """Return the receivable items and the reconciliations, as they are stored."""
        lines = self.env["account.move.line"].search(
            [
                ("account_id", "=", self.receivable.id),
                ("company_id", "=", self.company.id),
            ]
        )
        return lines, lines.matched_debit_ids | lines.matched_credit_ids

    def _open_by_hand(self, as_of, lines, partials):
        """Return item -> (open in company currency, open in its currency): its amount
        less all that was applied to it among the entries in force at the date."""
        in_force = {
            line.id
            for line in lines
            if line.parent_state == "posted" and line.date <= as_of
        }
        open_ = {
            line.id: [line.balance, line.amount_currency]
            for line in lines
            if line.id in in_force
        }
        for partial in partials:
            debit, credit = partial.debit_move_id.id, partial.credit_move_id.id
            if not {debit, credit} <= in_force:
                continue
            open_[debit][0] -= partial.amount
            open_[debit][1] -= partial.debit_amount_currency
            open_[credit][0] += partial.amount
            open_[credit][1] += partial.credit_amount_currency
        return {
            item: (round(amount, 2), round(currency, 2))
            for item, (amount, currency) in open_.items()
            if round(amount, 2) or round(currency, 2)
        }

    @staticmethod
    def _bucket_by_hand(as_of, line):
        age = (as_of - (line.date_maturity or line.date)).days
        if age < 1:
            return "not_due"
        for name, last in (
            ("d1_30", 30),
            ("d31_60", 60),
            ("d61_90", 90),
            ("d91_180", 180),
        ):
            if age <= last:
                return name
        return "d180_plus"

    def _check(self, as_of, lines, partials):
        expected = self._open_by_hand(as_of, lines, partials)
        by_id = {line.id: line for line in lines}
        report = self.aging(as_of.isoformat())
        rows = report.search_read([], ["residual", "residual_currency", "bucket"])
        found = {
            row["id"]: (round(row["residual"], 2), round(row["residual_currency"], 2))
            for row in rows
        }
        self.assertEqual(found, expected, f"as of {as_of}")
        buckets = defaultdict(float)
        for item, (amount, _currency) in expected.items():
            buckets[self._bucket_by_hand(as_of, by_id[item])] += amount
        groups = report._read_group([], ["bucket"], ["residual:sum"])
        self.assertEqual(
            {bucket: round(total, 2) for bucket, total in groups},
            {bucket: round(total, 2) for bucket, total in buckets.items()},
        )
        [company] = report.get_tie_out()["companies"]
        ledger = sum(
            line.balance
            for line in lines
            if line.parent_state == "posted" and line.date <= as_of
        )
        self.assertEqual(company["aging"], round(ledger, 2))
        self.assertEqual(company["ledger"], round(ledger, 2))
        self.assertEqual(company["difference"], 0)

    # ------------------------------------------------------------------
    # The comparison as it is shown
    # ------------------------------------------------------------------

    def test_figures_of_the_comparison(self):
        loans = self.receivable.copy({"non_trade": True, "name": "Loans"})
        shops = self.receivable.copy({"name": "Receivable Shops"})
        invoice = self.invoice(100, "2026-03-01")
        self.receive(30, "2026-03-10", invoice)
        self.entry(55, "2026-03-02", account=shops)
        self.entry(1000, "2026-03-03", account=loans)
        self.entry(7, "2026-04-01")
        tie_out = self.aging("2026-03-31", self.users["finance"]).get_tie_out()
        [company] = tie_out["companies"]
        accounts = {
            row["id"]: (row["aging"], row["ledger"], row["non_trade"])
            for row in company.pop("accounts")
        }
        self.assertEqual(
            accounts,
            {
                self.receivable.id: (70, 70, False),
                shops.id: (55, 55, False),
                loans.id: (0, 1000, True),
            },
        )
        self.assertEqual(
            company,
            {
                "id": self.company.id,
                "name": self.company.name,
                "currency_id": self.company.currency_id.id,
                "aging": 125,
                "uninvoiced": 0,
                "owed": 125,
                "ledger": 125,
                "difference": 0,
                "between_branches": 0,
                "non_trade": 1000,
            },
        )
        self.assertTrue(tie_out["complete"] and tie_out["can_open"])
        self.assertEqual(str(tie_out["as_of"]), "2026-03-31")

    def test_a_difference_is_shown(self):
        """It takes a broken database: a residual that nobody can explain."""
        invoice = self.invoice(100, "2026-03-01")
        self.env.flush_all()
        self.cr.execute(
            "UPDATE account_move_line SET amount_residual = 90 WHERE id = %s",
            [self.open_items(invoice).id],
        )
        self.env.invalidate_all()
        [company] = self.aging("2026-03-31").get_tie_out()["companies"]
        self.assertEqual(
            (company["aging"], company["ledger"], company["difference"]), (90, 100, 10)
        )

    def test_journal_items_behind_a_figure(self):
        invoice = self.invoice(100, "2026-03-01")
        self.invoice(5, "2026-04-01")
        report = self.aging("2026-03-31", self.users["finance"])
        action = report.action_open_ledger(self.receivable.id, self.company.id)
        items = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(items, self.open_items(invoice))

    def test_each_company_is_compared_with_its_own_ledger(self):
        other = self.setup_other_company(name="Second Ltd")["company"]
        other.currency_id = self.foreign
        companies = self.company | other
        self.env.user.company_ids |= other
        self.invoice(100, "2026-03-01")
        self.env["account.move"].with_company(other).create(
            self._prepare_other_invoice_vals(other)
        ).action_post()
        both = self.aging("2026-03-31", companies=companies)
        figures = {
            row["id"]: (
                row["aging"],
                row["ledger"],
                row["difference"],
                row["currency_id"],
            )
            for row in both.get_tie_out()["companies"]
        }
        self.assertEqual(
            figures,
            {
                self.company.id: (100, 100, 0, self.company.currency_id.id),
                other.id: (13, 13, 0, self.foreign.id),
            },
        )
        # Converted after summing: 0.1289 of it to one unit of the first company's.
        [group] = both.formatted_read_group(
            [], ["partner_id"], ["residual:sum_currency", "share:sum"]
        )
        self.assertAlmostEqual(group["residual:sum_currency"], 100 + 13 / 0.1289)
        self.assertAlmostEqual(group["share:sum"], 1)
        for company, amount in ((self.company, 100), (other, 13)):
            alone = self.aging("2026-03-31", companies=company)
            self.assertEqual(alone.search([]).mapped("residual"), [amount])

    def _prepare_other_invoice_vals(self, company):
        income = self.env["account.account"].search(
            [("company_ids", "=", company.id), ("account_type", "=", "income")], limit=1
        )
        return {
            "move_type": "out_invoice",
            "partner_id": self.customer.id,
            "invoice_date": "2026-03-01",
            "invoice_line_ids": [
                Command.create(
                    {
                        "name": "goods",
                        "price_unit": 13,
                        "account_id": income.id,
                        "tax_ids": [],
                    }
                )
            ],
        }

    def test_money_received_by_another_branch(self):
        """The invoice is paid, and each branch's ledger holds its own side of it."""
        branch = self.env["res.company"].create(
            {"name": "Branch North", "parent_id": self.company.id}
        )
        both = self.company | branch
        self.env.user.company_ids |= branch
        self.cr.precommit.run()  # the branch takes the accounts of its parent
        invoice = self.invoice(100, "2026-03-01")
        receipt = (
            self.env["account.move"]
            .with_company(branch)
            .with_context(allowed_company_ids=both.ids)
            .create(
                {
                    "move_type": "entry",
                    "company_id": branch.id,
                    "date": "2026-03-10",
                    "line_ids": self._entry_lines(
                        -60, self.company.currency_id, date(2026, 3, 10)
                    ),
                }
            )
        )
        receipt.action_post()
        self.assertEqual(receipt.company_id, branch)
        (self.open_items(invoice) | self.open_items(receipt)).reconcile()
        report = self.aging("2026-03-31", companies=both)
        self.assertEqual(report.search([]).mapped("residual"), [40])
        settled = {self.company.id: (40, 100, 60, 0), branch.id: (0, -60, -60, 0)}
        open_ = {self.company.id: (100, 100, 0, 0), branch.id: (0, 0, 0, 0)}
        self.assertEqual(self._figures(report), settled)
        self.assertEqual(self._figures(self.aging("2026-03-09", companies=both)), open_)
        [alone] = self.aging("2026-03-31").get_tie_out()["companies"]
        self.assertEqual((alone["aging"], alone["difference"]), (40, 0))
        receipt.button_draft()
        self.assertTrue(receipt.line_ids.matched_debit_ids)
        self.assertEqual(self._figures(report), open_)

    def _figures(self, report):
        """Return company -> aging, ledger, settled between branches, difference."""
        names = ("aging", "ledger", "between_branches", "difference")
        return {
            company["id"]: tuple(company[name] for name in names)
            for company in report.get_tie_out()["companies"]
        }
