from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError
from odoo.service.model import call_kw
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .receivable_common import ReceivableCommon

AS_OF = "2026-03-31"


class PayablesCommon(ReceivableCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.payable = cls.company_data["default_account_payable"]
        cls.payable.non_trade = False
        cls.buyer = cls.users["purchasing"]
        cls.vendor = cls.env["res.partner"].create({"name": "Steel Works"})

    @classmethod
    def bill(cls, amount, day, due=None, **values):
        values.setdefault("partner_id", cls.vendor.id)
        values.setdefault("invoice_user_id", False)
        values.setdefault("move_type", "in_invoice")
        return cls.invoice(amount, day, due, **values)

    @classmethod
    def pay(cls, amount, day, *bills):
        payment = cls.receive(
            amount,
            day,
            payment_type="outbound",
            partner_type="supplier",
            partner_id=cls.vendor.id,
        )
        moves = payment.move_id.union(*bills)
        if bills:
            moves.line_ids.filtered(lambda i: i.account_id == cls.payable).reconcile()
        return payment

    def payables(self, as_of=AS_OF, user=None, companies=None):
        self.env.flush_all()
        report = self.env["funnel.payable.aging"]
        report.invalidate_model()
        return report.with_user(user or self.users["finance"]).with_context(
            as_of=as_of, allowed_company_ids=(companies or self.company).ids
        )

    def assert_rows(self, expected, *fnames, **context):
        rows = self.payables(**context).search([])
        found = [tuple(row[fname] for fname in fnames) for row in rows]
        self.assertEqual(found, expected)


@tagged("post_install", "-at_install")
class TestReceivablePayables(PayablesCommon):
    # ------------------------------------------------------------------
    # Rows
    # ------------------------------------------------------------------

    def test_what_is_owed_is_positive(self):
        bill = self.bill(100, "2026-02-01", "2026-03-01")
        self.pay(30, "2026-03-10", bill)
        self.bill(20, "2026-03-01", "2026-04-10", move_type="in_refund")
        self.pay(7, "2026-03-20")
        self.invoice(1000, "2026-03-01")  # customers are no part of it
        fnames = ("residual", "line_kind", "bucket", "amount_d1_30", "oldest_days")
        self.assert_rows(
            [
                (70, "invoice", "d1_30", 70, 30),
                (-7, "unapplied", "d1_30", -7, 0),
                (-20, "credit_note", "not_due", 0, 0),
            ],
            *fnames,
        )
        self.assert_rows(
            [(100, "invoice", "d1_30", 100, 8), (-20, "credit_note", "not_due", 0, 0)],
            *fnames,
            as_of="2026-03-09",
        )

    def test_sums_equal_the_ledger_with_the_other_sign(self):
        bill = self.bill(100, "2026-02-01")
        self.pay(30, "2026-03-10", bill)
        self.pay(7, "2026-03-20")
        loan = self.payable.copy({"non_trade": True, "name": "Loans"})
        self.entry(-500, "2026-03-01", account=loan)
        for as_of, owed in ((AS_OF, 63), ("2026-03-10", 70), ("2026-03-09", 100)):
            with self.subTest(as_of):
                report = self.payables(as_of)
                self.assertEqual(sum(report.search([]).mapped("residual")), owed)
                tie_out = report.get_tie_out()
                (company,) = tie_out["companies"]
                self.assertEqual(
                    (company["aging"], company["ledger"], company["difference"]),
                    (owed, owed, 0),
                )
                self.assertEqual(company["non_trade"], 500)
                self.assertEqual(tie_out["account_type"], "liability_payable")
                self.assertEqual(-self._balance(as_of), owed)

    def _balance(self, as_of):
        items = self.env["account.move.line"].search(
            [
                ("account_id", "=", self.payable.id),
                ("parent_state", "=", "posted"),
                ("date", "<=", as_of),
            ]
        )
        return sum(items.mapped("balance"))

    def test_a_difference_is_shown(self):
        bill = self.bill(100, "2026-03-01")
        self.env.flush_all()
        self.cr.execute(
            "UPDATE account_move_line SET amount_residual = -90"
            " WHERE move_id = %s AND account_id = %s",
            [bill.id, self.payable.id],
        )
        self.env.invalidate_all()
        (company,) = self.payables().get_tie_out()["companies"]
        self.assertEqual(
            (company["aging"], company["ledger"], company["difference"]), (90, 100, 10)
        )

    def test_the_same_rows_as_the_aging(self):
        self.bill(100, "2026-02-01", "2026-03-01")
        self.pay(7, "2026-03-20")
        rows = self.payables().search([])
        aging = self.aging(
            AS_OF, self.users["finance"], account_type="liability_payable"
        ).search([])
        self.assertEqual(rows.ids, aging.ids)
        self.assertEqual(
            rows.mapped("residual"), [-amount for amount in aging.mapped("residual")]
        )

    def test_in_another_currency(self):
        euro = self.setup_other_currency("EUR", rates=[("2026-01-01", 0.5)])
        self.bill(100, "2026-03-01", currency_id=euro.id)
        self.assert_rows(
            [(200, 100, euro)], "residual", "residual_currency", "currency_id"
        )

    def test_each_company_sees_its_own(self):
        other = self.setup_other_company(name="Second Ltd")["company"]
        self.bill(100, "2026-03-01")
        finance = self.users["finance"]
        with self.assertRaises(AccessError):
            self._call(finance, "search_read", companies=other)
        finance.company_ids |= other
        self.assertEqual(self._call(finance, "search_read", companies=other), [])
        tie_out = self._call(finance, "get_tie_out", companies=self.company | other)
        self.assertEqual([c["aging"] for c in tie_out["companies"]], [100, 0])

    # ------------------------------------------------------------------
    # Whose it is
    # ------------------------------------------------------------------

    def _order(self, buyer):
        product = self.env["product.product"].create(
            {
                "name": "Steel",
                "purchase_method": "purchase",
                "supplier_taxes_id": [Command.clear()],
            }
        )
        order = self.env["purchase.order"].create(
            {
                "partner_id": self.vendor.id,
                "user_id": buyer.id,
                "order_line": [
                    Command.create(
                        {"product_id": product.id, "product_qty": 1, "price_unit": 10}
                    )
                ],
            }
        )
        order.button_confirm()
        return order

    def _bill_of(self, orders):
        orders.action_create_invoice()
        bill = orders.invoice_ids
        bill.invoice_date = "2026-03-01"
        bill.action_post()
        return bill

    def test_buyer(self):
        """Of the bill, else of the orders that it bills, else of the vendor."""
        mate = self.new_role_user("funnel_mate", "purchasing")
        clerk = self.new_role_user("funnel_clerk", "purchasing")
        self.vendor.write({"user_id": self.users["salesperson"].id})
        self.vendor.buyer_id = clerk
        alone = self._bill_of(self._order(mate))
        self.assertFalse(alone.invoice_user_id, "Odoo leaves it empty")
        both = self._bill_of(self._order(mate) | self._order(self.buyer))
        entered = self.bill(5, "2026-03-02", invoice_user_id=self.buyer.id)
        without = self.bill(6, "2026-03-03")
        buyers = {row.move_id: row.user_id for row in self.payables().search([])}
        self.assertEqual(
            buyers, {alone: mate, both: clerk, entered: self.buyer, without: clerk}
        )
        self.vendor.buyer_id = False
        buyers = {row.move_id: row.user_id for row in self.payables().search([])}
        self.assertFalse(buyers[without])

    # ------------------------------------------------------------------
    # Roles
    # ------------------------------------------------------------------

    def _call(self, user, method, *args, **context):
        """Call as the web client does."""
        report = self.payables(user=user, **context)
        return call_kw(report, method, list(args), {"context": report.env.context})

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_what_each_role_sees(self):
        self.bill(100, "2026-03-01", invoice_user_id=self.users["salesperson"].id)
        portal = new_test_user(self.env, "funnel_portal", groups="base.group_portal")
        for role, user in {**self.users, "portal": portal}.items():
            with self.subTest(role):
                if role in ("finance", "purchasing"):
                    (row,) = self._call(user, "search_read", [], ["residual"])
                    self.assertEqual(row["residual"], 100)
                    tie_out = self._call(user, "get_tie_out")
                    self.assertTrue(tie_out["complete"])
                    self.assertEqual(tie_out["companies"][0]["ledger"], 100)
                    continue
                for method in ("search_read", "get_tie_out"):
                    with self.assertRaises(AccessError):
                        self._call(user, method)

    def test_nobody_writes(self):
        for role, user in self.users.items():
            for operation in ("create", "write", "unlink"):
                with self.subTest(role=role, operation=operation):
                    self.assertFalse(
                        self.env["funnel.payable.aging"]
                        .with_user(user)
                        .has_access(operation)
                    )

    def test_no_field_of_sales(self):
        for role in ("finance", "purchasing"):
            fields = self._call(self.users[role], "fields_get")
            self.assertFalse(
                {"team_id", "sale_order_id", "last_receipt_date"} & fields.keys()
            )
            self.assertEqual(fields["partner_id"]["string"], "Vendor")
            self.assertEqual(fields["user_id"]["string"], "Buyer")

    def test_menu(self):
        menu = self.env.ref("crm_sales_funnel.funnel_payable_aging_menu")
        orders = self.env.ref("crm_sales_funnel.purchase_orders_menu")
        for role, user in self.users.items():
            shown = self.env["ir.ui.menu"].with_user(user)._visible_menu_ids()
            with self.subTest(role):
                self.assertEqual(menu.id in shown, role in ("finance", "purchasing"))
                self.assertEqual(orders.id in shown, role == "purchasing")

    def test_row_opens_its_document(self):
        bill, payment = self.bill(100, "2026-03-01"), self.pay(7, "2026-03-20")
        rows = {row.move_id: row.id for row in self.payables().search([])}
        for role, move, model in (
            ("purchasing", bill, "account.move"),
            ("finance", bill, "account.move"),
            ("finance", payment.move_id, "account.payment"),
            # Who may not open payments reads the row.
            ("purchasing", payment.move_id, "funnel.payable.aging"),
        ):
            with self.subTest(role=role, model=model):
                user = self.users[role]
                action = self._call(user, "action_open_document", [rows[move]])
                self.assertEqual(action["res_model"], model)
                record = self.env[model].with_user(user).browse(action["res_id"])
                self.assertTrue(record.display_name)

    # ------------------------------------------------------------------
    # Reminders
    # ------------------------------------------------------------------

    def _reminders(self, role, reach):
        self.env.flush_all()
        self.env["funnel.payable.aging"].invalidate_model()
        reminders = self.env["funnel.reminder"].with_user(self.users[role])
        return [
            reminder
            for reminder in reminders.with_context(as_of=AS_OF).get_today(reach)
            if reminder["card"] == "payables"
        ]

    def _make_debts(self):
        self.bill(1, "2026-03-01", AS_OF, invoice_user_id=self.buyer.id)
        self.bill(2, "2026-03-01", "2026-04-01")
        self.bill(4, "2026-03-01", "2026-04-06", invoice_user_id=self.buyer.id)
        self.bill(8, "2026-03-01", "2026-04-07")  # later
        self.bill(16, "2026-03-01", "2026-03-30", invoice_user_id=self.buyer.id)
        self.bill(32, "2025-03-01", "2025-03-30")
        self.pay(64, "2026-03-30")  # no bill
        self.bill(128, "2026-03-01", AS_OF, move_type="in_refund")
        self.invoice(256, "2026-03-01", AS_OF)

    def test_reminders_count_what_is_to_be_paid(self):
        self._make_debts()
        everything = {"today": (1, 1), "week": (2, 6), "overdue": (2, 48)}
        for role, reach, expected in (
            ("purchasing", "all", everything),
            ("finance", "all", everything),
            (
                "purchasing",
                "own",
                {"today": (1, 1), "week": (1, 4), "overdue": (1, 16)},
            ),
            ("finance", "own", dict.fromkeys(everything, (0, 0))),
        ):
            with self.subTest(role=role, reach=reach):
                reminders = self._reminders(role, reach)
                figures = {
                    r["key"].split(".")[1]: (r["count"], r["amount"]) for r in reminders
                }
                self.assertEqual(figures, expected)
                for reminder in reminders:
                    self._check_opened_rows(role, reminder)

    def _check_opened_rows(self, role, reminder):
        action = reminder["action"]
        self.assertEqual(action["res_model"], "funnel.payable.aging")
        self.assertFalse(action["context"])
        rows = self.payables(user=self.users[role]).search(action["domain"])
        self.assertEqual(len(rows), reminder["count"])
        self.assertEqual(sum(rows.mapped("residual")), reminder["amount"])

    def test_other_roles_are_not_reminded(self):
        self._make_debts()
        for role in (
            "salesperson",
            "team_leader",
            "manager",
            "order_desk",
            "warehouse",
        ):
            self.assertEqual(self._reminders(role, "all"), [])

    def test_all_reminders_are_one_query(self):
        report = type(self.env["funnel.payable.aging"])
        original = report._read_group
        with patch.object(report, "_read_group", autospec=True) as read_group:
            read_group.side_effect = original
            self._reminders("purchasing", "all")
        self.assertEqual(read_group.call_count, 1)

    # ------------------------------------------------------------------
    # Statement
    # ------------------------------------------------------------------

    def _statement(self, user, as_of=AS_OF):
        """Return (debit, credit, balance) of the statement's lines, as it lists them."""
        row = self.payables(as_of, user).search([], limit=1)
        action = row.action_open_vendor_statement()
        self.assertIn(self.vendor.name, action["display_name"])
        (view_id, _kind), *_others = action["views"]
        arch = self.env["ir.ui.view"].browse(view_id).arch
        self.assertIn('default_order="date desc, id desc"', arch)
        lines = self.env["account.move.line"].with_user(user)
        rows = lines.search_read(
            action["domain"],
            ["debit", "credit", "cumulated_balance"],
            order="date desc, id desc",
        )
        return [(r["debit"], r["credit"], r["cumulated_balance"]) for r in rows]

    def test_statement(self):
        shop = self.env["res.partner"].create(
            {"name": "Branch", "parent_id": self.vendor.id}
        )
        bill = self.bill(100, "2026-02-01")
        self.bill(20, "2026-02-10", partner_id=shop.id)
        self.bill(500, "2026-02-10", partner_id=self.partner_b.id)
        self.bill(9, "2026-02-11", post=False)
        self.pay(30, "2026-03-10", bill)
        self.bill(5, "2026-04-01")
        finance = self.users["finance"]
        self.assertEqual(
            self._statement(finance), [(30, 0, -90), (0, 20, -120), (0, 100, -100)]
        )
        self.assertEqual(
            self._statement(finance, "2026-02-28"), [(0, 20, -120), (0, 100, -100)]
        )
        group = self.payables()._read_group(
            [("partner_id", "=", self.vendor.id)], [], ["residual:sum"]
        )
        self.assertEqual(group, [(90,)])

    def test_statement_is_for_those_who_read_all_journal_items(self):
        """Others read bills without what was paid on them."""
        self.bill(100, "2026-02-01")
        row = self.payables(user=self.buyer).search([])
        with self.assertRaises(AccessError):
            row.action_open_vendor_statement()
        for role, offered in (("purchasing", False), ("finance", True)):
            report = self.payables(user=self.users[role])
            arch = report.get_views([(False, "list")])["views"]["list"]["arch"]
            self.assertEqual("action_open_vendor_statement" in arch, offered)
