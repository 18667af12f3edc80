from itertools import product
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import config

from .cash_common import CashCommon


@tagged("post_install", "-at_install")
class TestCashTouched(CashCommon):
    """What a transaction touched is written down by whoever reads next."""

    def setUp(self):
        super().setUp()
        self.end_transaction()
        self.env["funnel.allocation"]._write_pending()
        self.invoice = self.document(600)

    def end_transaction(self):
        """Let all that was noted so far be of another transaction."""
        self.env.flush_all()
        self.cr.precommit.run()
        self.cr.execute("UPDATE funnel_allocation_touched SET noted_by = 0")
        self.env.invalidate_all()

    def written(self):
        """Return what the tables have of the invoice, as nobody reads it."""
        self.cr.execute(
            "SELECT (SELECT SUM(amount) FROM funnel_allocation WHERE move_id = %s),"
            " (SELECT SUM(amount) FROM funnel_cash_report WHERE move_id = %s)",
            [self.invoice.id, self.invoice.id],
        )
        return self.cr.fetchone()

    def left(self):
        """Return what others left, or what this transaction will."""
        self.env.flush_all()
        self.cr.precommit.run()
        self.cr.execute("SELECT move_id, order_id FROM funnel_allocation_touched")
        return set(self.cr.fetchall())

    def test_who_pays_writes_nothing_down(self):
        payment = self.pay(678, self.invoice)
        self.end_transaction()
        self.assertEqual(self.written(), (None, None))
        self.assertLessEqual(
            {(self.invoice.id, None), (payment.move_id.id, None)}, self.left()
        )

    def test_whoever_reads_next_finds_it(self):
        """By whichever door, and then nothing is left to others."""
        domain = [("move_id", "=", self.invoice.id)]
        allocation = self.env["funnel.allocation"]
        cash = self.env["funnel.cash.report"].with_user(self.users["finance"])
        performance = self.env["funnel.performance.report"]
        readers = {
            "allocation": lambda: allocation.search(domain),
            "allocation, grouped": lambda: allocation._read_group(
                domain, [], ["amount:sum"]
            ),
            "cash": lambda: cash.search(domain),
            "cash, grouped": lambda: cash.formatted_read_group(
                domain, ["kind"], ["amount:sum"]
            ),
            "performance": lambda: performance._read_group([], [], ["collected:sum"]),
            "commission": self.env["funnel.commission.plan"]._run,
            "job": allocation._cron_write_pending,
            "comparison": allocation._cron_compare,
        }
        jobs = self.registry["ir.cron"]
        commits = patch.object(jobs, "_commit_progress", return_value=60)
        for title, read in readers.items():
            with self.subTest(title), self.cr.savepoint() as savepoint, commits:
                self.pay(678, self.invoice)
                self.end_transaction()
                read()
                self.assertEqual(self.written(), (678, 678))
                self.assertFalse(self.left())
                savepoint.rollback()
                self.env.invalidate_all()

    def test_who_reads_what_he_paid_leaves_it_to_others_as_well(self):
        """They may have been paying the same invoice meanwhile, which he did not see."""
        self.pay(226, self.invoice)
        self.assert_allocated(self.invoice, (226, 200))
        self.assertIn((self.invoice.id, None), self.left())
        # also where a savepoint made it leave it before it read
        payment = self.pay(113, self.invoice)
        with self.cr.savepoint():
            self.assert_allocated(self.invoice, (339, 300))
        self.assertIn((payment.move_id.id, None), self.left())
        allocation = self.registry["funnel.allocation"]
        with patch.object(allocation, "_update_table", side_effect=AssertionError):
            self.env["funnel.allocation"]._write_pending()

    def test_what_was_written_is_undone_with_a_savepoint(self):
        """Whoever paid before it: another transaction, or this one."""
        self.pay(226, self.invoice)
        for _time in range(2):
            with self.cr.savepoint() as savepoint:
                self.assert_allocated(self.invoice, (226, 200))
                savepoint.rollback()
            self.env.invalidate_all()
        self.assert_allocated(self.invoice, (226, 200))

    def test_what_was_taken_is_left_where_that_is_undone(self):
        self.pay(226, self.invoice)
        self.end_transaction()
        with self.cr.savepoint() as savepoint:
            self.assert_allocated(self.invoice, (226, 200))
            savepoint.rollback()
        self.assertIn((self.invoice.id, None), self.left())
        self.assert_allocated(self.invoice, (226, 200))

    def test_gone_before_anybody_read(self):
        """Of some that was written down, and of some that never was."""
        first = self.pay(226, self.invoice)
        self.assert_allocated(self.invoice, (226, 200))
        self.end_transaction()
        second = self.pay(452, self.invoice)
        self.end_transaction()
        for payment in first | second:
            payment.action_draft()
            payment.unlink()
            self.end_transaction()
        self.invoice.button_draft()
        self.invoice.unlink()
        self.end_transaction()
        self.assert_follows_from_the_ledger()
        self.assertEqual(self.written(), (None, None))

    def test_the_salesperson_of_an_order_changes_before_anybody_read(self):
        order = self._order(600, self.users["salesperson"])
        self.pay(400, deposit_order_id=order.id)
        self.end_transaction()
        order.user_id = self.users["team_leader"]
        self.end_transaction()
        self.assertIn((None, order.id), self.left())
        rows = self.env["funnel.allocation"].search([("order_id", "=", order.id)])
        self.assertEqual(rows.user_id, self.users["team_leader"])
        self.assert_follows_from_the_ledger()

    def test_whose_it_was_is_gone_or_another_s(self):
        """Whether it was written down before or not."""
        merge = self.env["base.partner.merge.automatic.wizard"]._merge
        leader = self.users["team_leader"]
        changes = {
            "handed over": lambda customer, _order: customer.write(
                {"user_id": leader.id}
            ),
            "merged": lambda customer, _order: merge(
                (customer | self.partner_b).ids, self.partner_b
            ),
            "deleted": lambda _customer, order: order.unlink(),
        }
        for (title, change), is_written in product(changes.items(), (True, False)):
            with self.subTest(title, is_written=is_written):
                customer = self.env["res.partner"].create(
                    {"name": title, "user_id": self.users["salesperson"].id}
                )
                order = self._order(600, self.users["salesperson"])
                deposit = self.pay(100, deposit_order_id=order.id)
                self.receive(200, "2026-03-10", partner_id=customer.id)
                order._action_cancel()
                self.end_transaction()
                if is_written:
                    self.env["funnel.allocation"]._write_pending()
                    self.end_transaction()
                change(customer, order)
                self.end_transaction()
                self.assert_follows_from_the_ledger()
                self.assertTrue(deposit.exists())

    def test_of_what_nothing_is_written_down_nothing_is_taken(self):
        """Orders are saved all the time: whoever saves one need not take what others left
        of orders that nobody has paid anything for."""
        order, paid = (self._order(600, self.users["salesperson"]) for _ in range(2))
        self.pay(100, deposit_order_id=paid.id)
        self.end_transaction()
        self.assertEqual(paid.collected_amount, 100)
        self.end_transaction()
        self.env["funnel.allocation"]._write_pending()
        order.order_line[0].price_unit = 7
        self.end_transaction()
        notes = self.env["funnel.allocation.touched"]
        self.assertFalse(notes._is_any())
        self.assertFalse(order.collected_amount)
        self.assertIn((None, order.id), self.left())
        paid.order_line[0].price_unit = 7
        self.end_transaction()
        self.assertTrue(notes._is_any())
        self.assertEqual(paid.collected_amount, 100)
        self.assertNotIn((None, paid.id), self.left())

    def test_what_was_left_of_unpaid_orders_goes_after_a_while(self):
        order = self._order(600, self.users["salesperson"])
        self.end_transaction()
        notes = self.env["funnel.allocation.touched"]
        notes._forget_needless()
        self.assertIn((None, order.id), self.left())
        self.cr.execute(
            "UPDATE funnel_allocation_touched SET noted_on = noted_on - INTERVAL '1 h'"
        )
        notes._forget_needless()
        self.assertNotIn((None, order.id), self.left())

    def test_an_order_that_is_not_saved_leaves_nothing(self):
        order = self._order(600, self.users["salesperson"])
        self.end_transaction()
        self.cr.execute("DELETE FROM funnel_allocation_touched")
        line = order.order_line[0]
        values = {"order_line": [(1, line.id, {"price_unit": 7})]}
        spec = {"amount_total": {}, "order_line": {"fields": {"price_unit": {}}}}
        order.onchange(values, ["order_line"], spec)
        self.assertFalse(self.left())
        order.write(values)
        self.assertIn((None, order.id), self.left())

    def test_a_department_is_merged_into_another_company(self):
        """Its people's money is then of that company."""
        former, latter = self.env["res.partner"].create(
            [{"name": name, "is_company": True} for name in ("Former", "Latter")]
        )
        department = former.create({"name": "Sales", "parent_id": former.id})
        person = former.create({"name": "Ann", "parent_id": department.id})
        payment = self.pay(100, partner_id=person.id)
        self.end_transaction()
        self.env["funnel.allocation"]._write_pending()
        self.end_transaction()
        merge = self.env["base.partner.merge.automatic.wizard"]
        merge._merge((department | latter).ids, latter)
        self.end_transaction()
        rows = self.env["funnel.cash.report"].search(
            [("entry_id", "=", payment.move_id.id)]
        )
        self.assertEqual(rows.partner_id, latter)
        self.assert_follows_from_the_ledger()

    def test_an_order_is_found_for_money_that_came_online(self):
        """Whether it is a deposit is worked out when it is asked for."""
        order = self._order(600, self.users["salesperson"])
        provider = self.env["payment.provider"].create({"name": "Online"})
        methods = self.env["payment.method"].with_context(active_test=False)
        transaction = self.env["payment.transaction"].create(
            {
                "provider_id": provider.id,
                "payment_method_id": methods.search([], limit=1).id,
                "reference": "paid online",
                "amount": 100,
                "currency_id": self.company.currency_id.id,
                "partner_id": self.customer.id,
            }
        )
        self.pay(100, payment_transaction_id=transaction.id)
        self.end_transaction()
        self.assertFalse(order.collected_amount)
        transaction.sale_order_ids = order
        self.assertEqual(order.collected_amount, 100)

    def test_what_is_there_twice_is_mended(self):
        self.pay(226, self.invoice)
        self.pay(100, deposit_order_id=self._order(600, self.users["finance"]).id)
        self.assert_follows_from_the_ledger()
        columns = ", ".join(self.env["funnel.cash.report"]._stored)
        self.cr.execute(
            f"INSERT INTO funnel_cash_report ({columns})"
            f" SELECT {columns} FROM funnel_cash_report WHERE move_id = %s",
            [self.invoice.id],
        )
        count = self.cr.rowcount
        found = self.env["funnel.allocation"]._rebuild()
        self.assertEqual(found, {"missing": 0, "wrong": 0, "needless": count})
        self.assert_follows_from_the_ledger()

    def test_where_others_only_read(self):
        """They cannot write it down: a job does, as soon as it is paid."""
        job = self.env.ref("crm_sales_funnel.funnel_allocation_cron_write")
        triggers = self.env["ir.cron.trigger"]
        domain = [("cron_id", "=", job.id)]
        triggers.search(domain).unlink()
        self.pay(226, self.invoice)
        self.end_transaction()
        self.assertFalse(triggers.search(domain))
        self.pay(226, self.invoice)
        with patch.dict(config.options, db_replica_host="127.0.0.1"):
            self.end_transaction()
            self.assertTrue(triggers.search(domain))
            job.unlink()
            self.pay(226, self.invoice)
            self.end_transaction()
