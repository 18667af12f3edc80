from unittest.mock import patch

from odoo import Command
from odoo.tests import tagged

from ..models.base import funnel_ledger_table
from ..models.cash import funnel_allocation
from .cash_common import CashCommon
from .test_cash_report import CashReportChecks


@tagged("post_install", "-at_install")
class TestCashRows(CashReportChecks, CashCommon):
    """The rows of receipts and payments are written down: whatever they follow from may
    change afterwards."""

    def rows(self, entry, *names):
        """Return (kind, amount, and these fields) of the entry's rows, sorted."""
        report = self.env["funnel.cash.report"].with_user(self.users["finance"])
        rows = report.search([("entry_id", "=", entry.id)])
        return sorted(
            tuple(row[name] for name in ("kind", "amount", *names)) for row in rows
        )

    def assert_rows(self, entry, *expected, names=()):
        self.assertEqual(self.rows(entry, *names), sorted(expected))
        self.assert_ties_out()
        self.assert_follows_from_the_ledger()

    def bank_entry(self, amount, account, **values):
        entry = self.env["account.move"].create(
            {
                "journal_id": self.bank.id,
                "date": "2026-03-08",
                "line_ids": [
                    Command.create(
                        {
                            "account_id": self.bank.default_account_id.id,
                            "balance": amount,
                        }
                    ),
                    Command.create(
                        {"account_id": account.id, "balance": -amount, **values}
                    ),
                ],
            }
        )
        entry.action_post()
        return entry

    def test_items_of_a_posted_entry_change(self):
        """As matching a statement does: what waits on one account becomes the payment of
        a customer, and 70 of 100 a cost."""
        suspense = self.env["account.account"].create(
            {"name": "Suspense", "code": "101999", "account_type": "asset_current"}
        )
        entry = self.bank_entry(100, suspense)
        self.assert_rows(entry, ("other", 100))
        receivable = self.company_data["default_account_receivable"]
        waiting = entry.line_ids.filtered(lambda line: line.account_id == suspense)
        waiting.write({"account_id": receivable.id, "partner_id": self.customer.id})
        self.assert_rows(entry, ("receipt", 100))
        entry.with_context(force_delete=True, skip_readonly_check=True).write(
            {
                "line_ids": [
                    Command.update(waiting.id, {"balance": -30}),
                    Command.create({"account_id": self.revenue.id, "balance": -70}),
                ]
            }
        )
        self.assert_rows(entry, ("receipt", 30), ("receipt", 70))
        unlocked = entry.with_context(force_delete=True, skip_readonly_check=True)
        unlocked.line_ids = [
            Command.create({"account_id": account.id, "balance": amount})
            for account, amount in (
                (self.bank.default_account_id, 5),
                (self.revenue, -5),
            )
        ]
        self.assert_rows(entry, ("receipt", 30), ("receipt", 75))
        unlocked.line_ids = [
            Command.delete(line.id) for line in entry.line_ids.sorted("id")[-2:]
        ]
        self.assert_rows(entry, ("receipt", 30), ("receipt", 70))

    def test_the_date_of_a_posted_entry_changes(self):
        entry = self.bank_entry(100, self.revenue)
        self.assert_rows(entry, ("other", 100))
        entry.with_context(skip_readonly_check=True).date = "2026-03-20"
        self.assert_rows(entry, ("other", 100))

    def test_the_salesperson_of_a_customer_changes(self):
        """Money on account is for who looks after the customer now; what paid an invoice
        stays with the invoice's."""
        salesperson, leader = self.users["salesperson"], self.users["team_leader"]
        self.customer.user_id = salesperson
        payment = self.pay(213, self.document(100))
        self.assertEqual(
            self.rows(payment.move_id, "user_id"),
            [("receipt", 100, salesperson), ("receipt", 113, salesperson)],
        )
        self.customer.user_id = leader
        self.assert_rows(
            payment.move_id,
            ("receipt", 100, leader),
            ("receipt", 113, salesperson),
            names=("user_id",),
        )

    def test_the_salesperson_of_money_on_account_is_deleted(self):
        gone = self.users["salesperson"].copy({"login": "funnel_gone", "name": "Gone"})
        self.customer.user_id = gone
        payment = self.pay(50)
        self.assertEqual(self.rows(payment.move_id, "user_id"), [("receipt", 50, gone)])
        gone.unlink()
        report = self.env["funnel.cash.report"].with_user(self.users["finance"])
        report.invalidate_model()
        found = report.web_search_read(
            [("entry_id", "=", payment.move_id.id)],
            {"user_id": {"fields": {"display_name": {}}}},
        )
        self.assertEqual([row["user_id"] for row in found["records"]], [False])
        self.assert_rows(payment.move_id, ("receipt", 50))

    def test_a_customer_becomes_a_part_of_another(self):
        payment = self.pay(100)
        group = self.env["res.partner"].create({"name": "Group", "is_company": True})
        person = self.env["res.partner"].create({"name": "Buyer"})
        alone = self.pay(50, partner_id=person.id)
        self.assertEqual(
            self.rows(alone.move_id, "partner_id"), [("receipt", 50, person)]
        )
        person.parent_id = group
        self.assert_rows(alone.move_id, ("receipt", 50, group), names=("partner_id",))
        self.assertEqual(
            self.rows(payment.move_id, "partner_id"), [("receipt", 100, self.customer)]
        )

    def test_an_account_holds_money_no_longer(self):
        """Its entries are bills that count when they are cashed."""
        payment = self.pay(113, self.document(100))
        outstanding = payment.outstanding_account_id
        self.assert_rows(payment.move_id, ("receipt", 113))
        outstanding.is_counted_when_cashed = True
        self.assert_rows(payment.move_id)

    def test_the_method_of_a_payment_changes(self):
        payment = self.pay(100)
        method = payment.payment_method_line_id
        other = method.copy({"name": "By Phone"})
        self.assertEqual(
            self.rows(payment.move_id, "payment_method_line_id"),
            [("receipt", 100, method)],
        )
        payment.payment_method_line_id = other
        self.assert_rows(
            payment.move_id,
            ("receipt", 100, other),
            names=("payment_method_line_id",),
        )

    def test_many_entries_at_once(self):
        """Some go step by step, very many with all others."""
        for module, name in ((funnel_ledger_table, "FEW"), (funnel_allocation, "MANY")):
            with (
                self.subTest(name),
                patch.object(module, name, 0),
                patch.object(
                    self.registry["funnel.ledger.table"],
                    "_go_by_steps",
                    autospec=True,
                    side_effect=self.registry["funnel.ledger.table"]._go_by_steps,
                ) as by_steps,
            ):
                invoice = self.document(600)
                payment = self.pay(800, invoice)
                self.assert_rows(payment.move_id, ("receipt", 122), ("receipt", 678))
                self.assert_allocated(invoice, (678, 600))
                payment.action_draft()
                self.assert_rows(payment.move_id)
                self.assertTrue(by_steps.called)

    def test_steps_leave_nothing_behind(self):
        """Neither where the database lets us make a schema for them, nor elsewhere."""
        payment = self.pay(800, self.document(600))
        self.assert_rows(payment.move_id, ("receipt", 122), ("receipt", 678))
        allocation = self.env["funnel.allocation"]
        kind, schema = allocation._get_place_of_steps()
        for place in ((kind, schema), ("TEMP", "pg_temp")):
            with (
                self.subTest(place=place),
                patch.object(
                    self.registry["funnel.ledger.table"],
                    "_get_place_of_steps",
                    return_value=place,
                ),
            ):
                self.cr.execute("SHOW search_path")
                before = self.cr.fetchone()
                self.cr.execute("TRUNCATE funnel_allocation, funnel_cash_report")
                self.assertGreater(allocation._rebuild()["missing"], 2)
                self.assert_rows(payment.move_id, ("receipt", 122), ("receipt", 678))
                self.cr.execute("SHOW search_path")
                self.assertEqual(self.cr.fetchone(), before)
                self.cr.execute(
                    "SELECT nspname, relname FROM pg_namespace LEFT JOIN pg_class"
                    " ON relnamespace = pg_namespace.oid WHERE nspname = %s"
                    " OR relnamespace = pg_my_temp_schema() AND relkind = 'r'",
                    [schema],
                )
                self.assertFalse(self.cr.fetchall())

    def test_a_table_of_an_earlier_version_is_made_anew(self):
        payment = self.pay(800, self.document(600))
        report = self.env["funnel.cash.report"]
        self.assert_rows(payment.move_id, ("receipt", 122), ("receipt", 678))
        self.cr.execute("ALTER TABLE funnel_cash_report DROP COLUMN part CASCADE")
        report.init()
        report.init()  # what is as it should be stays
        self.assertFalse(self.rows(payment.move_id))
        self.env["funnel.allocation"]._rebuild()
        self.assert_rows(payment.move_id, ("receipt", 122), ("receipt", 678))

    def test_what_is_not_as_the_ledger_has_it_is_mended(self):
        payment = self.pay(800, self.document(600))
        self.assert_rows(payment.move_id, ("receipt", 122), ("receipt", 678))
        self.cr.execute(
            """
            UPDATE funnel_cash_report SET amount = 1 WHERE amount = 122;
            DELETE FROM funnel_cash_report WHERE amount = 678;
            INSERT INTO funnel_cash_report (
                       entry_id, part, move_id, kind, direction, is_on_account, date,
                       company_id, amount)
                SELECT entry_id, 5, move_id, kind, direction, is_on_account, date,
                       company_id, 7
                  FROM funnel_cash_report WHERE amount = 1
            """
        )
        self.assertEqual(
            self.env["funnel.allocation"]._rebuild(),
            {"missing": 1, "wrong": 1, "needless": 1},
        )
        self.assert_rows(payment.move_id, ("receipt", 122), ("receipt", 678))

    def test_costs_are_not_looked_for_with_every_payment(self):
        """The entry that is paid knows its costs once it is read."""
        invoice = self.document(600)
        self.assertFalse(invoice.sudo().running_cost_ids)
        with patch.object(
            self.registry["funnel.running.cost"],
            "search",
            side_effect=AssertionError("looked for"),
        ):
            self.pay(678, invoice)
        self.assertEqual(invoice.payment_state, "paid")
