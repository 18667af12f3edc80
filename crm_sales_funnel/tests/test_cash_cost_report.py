from datetime import date, timedelta

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from odoo import Command
from odoo.tests import tagged

from .common import MODULE
from .cost_common import CostCommon

FIRST_DAY = date(2025, 9, 1)
KINDS = ("cost", "owed", "bill", "refund", "receipt", "entry")
events = st.lists(
    st.tuples(
        st.sampled_from(KINDS),
        st.integers(0, 200),  # day
        st.integers(1, 500_000),  # cents
        st.booleans(),  # of the second company
        st.integers(0, 2),  # item, or none
        st.booleans(),  # taxed
    ),
    min_size=4,
    max_size=8,
)
treatments = st.lists(
    st.tuples(
        st.sampled_from(("draft", "post", "cancel", "reverse", "reset")),
        st.integers(0, 7),
    ),
    min_size=2,
    max_size=6,
)


class CostReportChecks:
    def report(self, companies=None):
        self.env["funnel.cost.report"].invalidate_model()
        companies = companies or self.company
        return self.env["funnel.cost.report"].with_context(
            allowed_company_ids=companies.ids
        )

    def assert_ties_out(self, companies):
        """The rows of each company and account are what the ledger has of it."""
        self.env.flush_all()
        found = {
            (company.id, account.id): round(total, 2)
            for company, account, total in self.report(companies)._read_group(
                [], ["company_id", "account_id"], ["amount:sum"]
            )
        }
        self.env.cr.execute(
            """
            SELECT line.company_id, account.id, SUM(line.debit - line.credit)
              FROM account_move_line line
              JOIN account_account account ON account.id = line.account_id
              JOIN account_move move ON move.id = line.move_id
             WHERE account.account_type LIKE 'expense%%' AND move.state = 'posted'
               AND line.company_id IN %s
          GROUP BY 1, 2
            """,
            [tuple(companies.ids)],
        )
        expected = {(c, a): float(total) for c, a, total in self.env.cr.fetchall()}
        self.assertEqual(found, expected)


@tagged("post_install", "-at_install")
class TestCashCostReport(CostReportChecks, CostCommon):
    def entry_of(self, account, amount, **values):
        """Post an entry that debits an expense account."""
        entry = self.env["account.move"].create(
            {
                "date": "2026-03-05",
                "line_ids": [
                    Command.create(
                        {"account_id": account.id, "balance": amount, **values}
                    ),
                    Command.create(
                        {"account_id": self.cash.default_account_id.id}
                        | {"balance": -amount}
                    ),
                ],
            }
        )
        entry.action_post()
        return entry

    def items(self, *entries):
        moves = self.env["account.move"].union(*entries)
        rows = self.report().search([("move_id", "in", moves.ids)], order="id")
        return [(row.category_id, row.item_id) for row in rows]

    def test_a_row(self):
        cost = self.cost(
            113,
            tax_id=self.purchase_vat.id,
            user_id=self.users["salesperson"].id,
            partner_id=self.landlord.id,
        )
        row = self.report().search([])
        line = cost.move_id.invoice_line_ids
        self.assertRecordValues(
            row,
            [
                {
                    "id": line.id,
                    "date": date(2026, 3, 1),
                    "category_id": self.premises.id,
                    "item_id": self.rent.id,
                    "account_id": self.company.expense_account_id.id,
                    "account_type": "expense",
                    "is_goods": False,
                    "user_id": self.users["salesperson"].id,
                    "team_id": self.team.id,
                    "partner_id": self.landlord.id,
                    "move_id": cost.move_id.id,
                    "move_line_id": line.id,
                    "journal_id": cost.move_id.journal_id.id,
                    "company_id": self.company.id,
                    "amount": 100,
                }
            ],
        )

    def test_the_item_of_a_line_that_has_none(self):
        """It is the one whose account it is, and none where there are several."""
        entry = self.entry_of(self.rent_account, 30)
        nothing = (self.rent.browse(), self.rent.browse())
        self.assertEqual(self.items(entry), [nothing])
        self.rent.account_id = self.rent_account
        self.assertEqual(self.items(entry), [(self.premises, self.rent)])
        self.travel.account_id = self.rent_account
        self.assertEqual(self.items(entry), [nothing])
        self.travel.active = False
        self.assertEqual(self.items(entry), [(self.premises, self.rent)])
        own = self.entry_of(self.rent_account, 30, cost_item_id=self.travel.id)
        category = self.env.ref(f"{MODULE}.cost_item_category_sales")
        self.assertEqual(self.items(own), [(category, self.travel)])

    def test_the_account_of_an_item_is_each_companys_own(self):
        second = self.setup_other_company(name="Second Ltd")["company"]
        self.users["finance"].company_ids = [Command.link(second.id)]
        self.rent_account.sudo().write(
            {
                "company_ids": [Command.link(second.id)],
                "code_mapping_ids": [
                    Command.create({"company_id": second.id, "code": "667001"})
                ],
            }
        )
        self.rent.with_company(second).account_id = self.rent_account
        entry = self.entry_of(self.rent_account, 30)
        self.assertEqual(self.items(entry), [(self.rent.browse(), self.rent.browse())])

    def test_a_branch_has_the_accounts_of_its_company(self):
        self.rent.account_id = self.rent_account
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id}
        )
        self.assertEqual(self.rent._get_account(branch), self.rent_account)
        journal = self.company_data["default_journal_misc"]
        entry = self.env["account.move"].create(
            {
                "date": "2026-03-05",
                "journal_id": journal.id,
                "company_id": branch.id,
                "line_ids": [
                    Command.create({"account_id": account.id, "balance": amount})
                    for account, amount in (
                        (self.rent_account, 30),
                        (self.company_data["default_account_assets"], -30),
                    )
                ],
            }
        )
        entry.action_post()
        row = self.report(branch).search([("move_id", "=", entry.id)])
        self.assertEqual(row.item_id, self.rent)

    def test_goods_are_told_apart(self):
        self.document(100, move_type="in_invoice", tax=self.purchase_vat)
        self.cost(50)
        rows = self.report().search([], order="amount")
        self.assertEqual(
            rows.mapped(lambda row: (row.amount, row.is_goods)),
            [(50, False), (100, True)],
        )

    def test_what_is_booked_to_the_cost_of_revenue_is_goods_unless_an_item_is_said(
        self,
    ):
        revenue = self.other_account
        revenue.account_type = "expense_direct_cost"
        self.entry_of(revenue, 30)
        self.entry_of(revenue, 40, cost_item_id=self.rent.id)
        rows = self.report().search([], order="amount")
        self.assertEqual(
            rows.mapped(lambda row: (row.amount, row.is_goods)),
            [(30, True), (40, False)],
        )

    def test_a_tax_that_is_not_deducted_is_a_part_of_the_cost(self):
        values = {"user_id": self.users["salesperson"].id}
        self.cost(113, tax_id=self.undeducted_vat.id, **values)
        self.cost(113, tax_id=self.purchase_vat.id, item_id=self.travel.id, **values)
        report = self.report().with_user(self.users["salesperson"])
        self.assertEqual(
            report._read_group([], ["item_id", "user_id"], ["amount:sum"]),
            [
                (self.rent, self.users["salesperson"], 113),
                (self.travel, self.users["salesperson"], 100),
            ],
        )

    def test_taxes_follow_the_item_of_their_line(self):
        """Two items in one bill, and one is changed: each has its own tax."""
        bill = self.env["account.move"].create(
            {
                "move_type": "in_invoice",
                "partner_id": self.landlord.id,
                "invoice_date": "2026-03-01",
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": item.name,
                            "price_unit": price,
                            "tax_ids": [Command.set(self.undeducted_vat.ids)],
                            "cost_item_id": item.id,
                        }
                    )
                    for item, price in ((self.rent, 100), (self.rent, 200))
                ],
            }
        )
        bill.invoice_line_ids[1].cost_item_id = self.travel
        bill.action_post()
        self.assertEqual(
            self.report()._read_group([], ["item_id"], ["amount:sum"]),
            [(self.rent, 113), (self.travel, 226)],
        )

    def test_what_is_not_posted_is_no_cost(self):
        cost = self.cost(50)
        cost.action_reset()
        self.assertFalse(self.report().search([]))

    def test_other_accounts_are_no_cost(self):
        self.document(100)
        self.assertFalse(self.report().search([]))

    def test_queries_do_not_grow(self):
        counts = []
        for _round in range(3):
            for _index in range(4):
                self.cost(5, user_id=self.users["salesperson"].id)
            self.env.flush_all()
            self.env.invalidate_all()
            report = self.report().with_user(self.users["finance"])
            before = self.env.cr.sql_log_count
            report.search_read([], ["item_id", "user_id", "move_id", "amount"])
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(*counts[1:])


@tagged("post_install", "-at_install")
class TestCashCostHistory(CostReportChecks, CostCommon):
    """Random histories of two companies: after each step the report ties out."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        second = cls.setup_other_company(name="Second Ltd")
        cls.companies = cls.company | second["company"]
        cls.data = {cls.company: cls.company_data, second["company"]: second}
        cls.users["finance"].company_ids = [Command.set(cls.companies.ids)]

    @settings(
        max_examples=12,
        deadline=None,
        derandomize=True,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    @given(events=events, treatments=treatments)
    def test_any_history(self, events, treatments):
        savepoint = self.cr.savepoint()
        try:
            made = [self._make(*event) for event in events]
            self.assert_ties_out(self.companies)
            for treatment, number in treatments:
                self._treat(made[number % len(made)], treatment)
                self.assert_ties_out(self.companies)
                self._check_costs(made)
        finally:
            savepoint.close(rollback=True)
            self.env.invalidate_all()

    def _make(self, kind, day, cents, second, item, taxed):
        company = self.companies[second]
        data, day, amount = (
            self.data[company],
            FIRST_DAY + timedelta(days=day),
            cents / 100,
        )
        item = (
            (self.rent | self.travel)[item - 1 : item] if item else self.rent.browse()
        )
        tax = data["default_tax_purchase"] if taxed else self.env["account.tax"]
        if kind in ("cost", "owed"):
            costs = self.costs().with_company(company)
            cost = costs.with_context(allowed_company_ids=self.companies.ids).create(
                {
                    "company_id": company.id,
                    "date": day,
                    "item_id": (item or self.rent).id,
                    "amount": amount,
                    "tax_id": tax.id,
                    "settlement": "paid" if kind == "cost" else "owed",
                    "partner_id": self.landlord.id if kind == "owed" else False,
                }
            )
            cost.action_post()
            return cost
        if kind == "entry":
            return self._post_entry(data, day, amount, item)
        return self._post_document(kind, company, data, day, amount, item, tax)

    def _post_entry(self, data, day, amount, item):
        journal = data["default_journal_misc"]
        entry = self.env["account.move"].create(
            {
                "journal_id": journal.id,
                "date": day,
                "line_ids": [
                    Command.create(
                        {
                            "account_id": account.id,
                            "balance": balance,
                            "cost_item_id": item.id,
                        }
                    )
                    for account, balance in (
                        (data["default_account_expense"], amount),
                        (data["default_account_assets"], -amount),
                    )
                ],
            }
        )
        entry.action_post()
        return entry

    def _post_document(self, kind, company, data, day, amount, item, tax):
        kinds = {"bill": "in_invoice", "refund": "in_refund", "receipt": "in_receipt"}
        move = (
            self.env["account.move"]
            .with_company(company)
            .create(
                {
                    "move_type": kinds[kind],
                    "partner_id": self.landlord.id,
                    "invoice_date": day,
                    "date": day,
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "name": kind,
                                "account_id": data["default_account_expense"].id,
                                "price_unit": amount,
                                "tax_ids": [Command.set(tax.ids)],
                                "cost_item_id": item.id,
                            }
                        )
                    ],
                }
            )
        )
        move.action_post()
        return move

    def _treat(self, made, treatment):
        cost = made if made._name == "funnel.running.cost" else None
        move = cost.move_id if cost else made
        # Odoo makes no credit note for a receipt without a vendor.
        credited = move.partner_id or move.move_type == "entry"
        if treatment == "draft" and move.state == "posted":
            move.button_draft()
        elif treatment == "cancel" and move.state in ("draft", "posted"):
            move.button_cancel()
        elif treatment == "reverse" and move.state == "posted" and credited:
            day = {"date": move.date, "invoice_date": move.invoice_date}
            move._reverse_moves([day]).action_post()
        elif treatment == "reset" and cost and cost.state != "draft":
            if move.payment_state != "reversed":
                cost.action_reset()
        elif treatment == "post":
            if cost and cost.state == "draft":
                cost.action_post()
            elif not cost and move.state == "draft":
                move.action_post()

    def _check_costs(self, made):
        """A cost that is posted is in the ledger once, with what was entered."""
        for cost in made:
            if cost._name != "funnel.running.cost":
                continue
            lines = self.env["account.move.line"].search(
                [
                    ("running_cost_id", "=", cost.id),
                    ("parent_state", "=", "posted"),
                    ("move_id.reversed_entry_id", "=", False),
                ]
            )
            total = sum(lines.mapped("price_total"))
            posted = cost.move_id.state == "posted"
            self.assertAlmostEqual(total, cost.amount if posted else 0, 2)
