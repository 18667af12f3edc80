import io
from decimal import Decimal

import openpyxl

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import MODULE
from .test_receivable_statement import MARCH, StatementCommon

CHINESE = ("zh_CN", "zh_TW")


class StatementPrintCommon(StatementCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.layout = cls.env.ref(f"{MODULE}.funnel_print_layout_statement_a4")
        cls.partner.write(
            {
                "email": "buyer@ostwind.example",
                "user_id": cls.users["salesperson"].id,
                "lang": "en_US",
            }
        )

    def march(self):
        """Return a statement: two deliveries, a return and a receipt."""
        self.deliver_on("2026-02-25", 1)
        self.deliver_on("2026-03-05")
        second = self.deliver_on("2026-03-20", 4)
        with self.on("2026-03-22"):
            self.give_back(second, 1)
        self.receive_on("2026-03-25", 100)
        return self.make(*MARCH)

    def add_line(self, statement, kind, amount, day="2026-03-28", **values):
        """Add a line as if it had been found; the balance follows."""
        statement = statement.sudo()
        statement.line_ids = [
            Command.create({"kind": kind, "amount": amount, "date": day, **values})
        ]
        statement.closing += amount
        statement.other += amount

    def document(self, statement, prices=True):
        (document,) = statement._print_documents({"customer_code"}, prices)
        return document

    def rows(self, statement, *keys):
        return [
            tuple(
                float(value) if isinstance(value := row.get(key), Decimal) else value
                for key in keys
            )
            for row in self.document(statement)["lines"]
        ]

    def activate_chinese(self):
        for lang in CHINESE:
            self.env["res.lang"]._activate_lang(lang)
        self.env["ir.module.module"]._load_module_terms([MODULE], list(CHINESE))

    def texts(self, statement, **values):
        return [
            text
            for page in self.print_cells(statement, self.layout, **values)
            for _kind, _key, text in page
        ]


@tagged("post_install", "-at_install")
class TestReceivableStatementPrint(StatementPrintCommon):
    def test_each_line_and_what_is_owed_after_it(self):
        statement = self.march()
        labels = statement.line_ids.mapped("label")
        self.assertEqual(
            self.rows(statement, "seq", "kind", "document", "amount", "balance"),
            [
                (1, "Delivery", labels[0], 113, 124.3),
                (2, "Delivery", labels[1], 45.2, 169.5),
                (3, "Return", labels[2], -11.3, 158.2),
                (4, "Payment", labels[3], -100, 58.2),
            ],
        )
        self.assertEqual(
            self.rows(statement, "date", "name", "code", "unit", "quantity", "price"),
            [
                ("03/05/2026", "Bolt", "A-1", "Units", 10, 11.3),
                ("03/20/2026", "Bolt", "A-1", "Units", 4, 11.3),
                ("03/22/2026", "Bolt", "A-1", "Units", -1, 11.3),
                ("03/25/2026", "", False, None, None, None),
            ],
        )
        orders = statement.line_ids.mapped("order_id.name")
        self.assertEqual(
            self.rows(statement, "order", "customer_order"),
            [
                *((order, "PO-881") for order in [orders[0], orders[1], orders[1]]),
                (False, False),
            ],
        )

    def test_header_and_footer(self):
        term = self.env.ref(f"{MODULE}.payment_term_monthly_30")
        self.partner.with_company(self.company).property_payment_term_id = term
        self.partner.write({"phone": "+49 40 1", "vat": "DE1", "street": "Kai 7"})
        statement = self.march()
        values = self.document(statement)["values"]
        expected = {
            "title": "Statement of Account",
            "number": statement.name,
            "customer": "Ostwind GmbH",
            "contact": "",
            "address": "Kai 7",
            "phone": "+49 40 1",
            "vat": "DE1",
            "date_from": "03/01/2026",
            "date_to": "03/31/2026",
            "currency": "USD",
            "salesperson": self.users["salesperson"].name,
            "payment_terms": "Monthly settlement, 30 days",
            "opening": "11.30",
            "delivered": "158.20",
            "returned": "-11.30",
            "received": "-100.00",
            "other": "0.00",
            "closing": "58.20",
            "amount_words": "Fifty-Eight Dollars and Twenty Cents",
        }
        self.assertEqual({key: values[key] for key in expected}, expected)
        self.assertFalse({"difference", "agreed"} & values.keys())
        keys = {field.key for field in statement._print_header_fields()}
        self.assertLessEqual(values.keys(), keys)
        keys = {field.key for field in statement._print_columns()}
        rows = self.document(statement)["lines"]
        self.assertLessEqual({key for row in rows for key in row}, keys | {"currency"})

    def test_what_was_agreed(self):
        statement = self.march()
        statement._note_difference(0.5, "Price of the bolts")
        values = self.document(statement)["values"]
        self.assertEqual((values["difference"], values["agreed"]), ("0.50", "57.70"))
        self.assertEqual(values["difference_reason"], "Price of the bolts")
        texts = self.texts(statement)
        self.assertIn("Difference: 0.50 Price of the bolts", texts)
        statement.action_draft()
        statement.action_confirm()
        values = self.document(statement)["values"]
        self.assertEqual(values["agreed"], "58.20")
        self.assertNotIn("difference", values)

    def test_the_invoice_address_gets_it(self):
        statement = self.march()
        self.assertEqual(statement.contact_id, self.partner)
        self.env["res.partner"].create(
            {
                "name": "Accounts",
                "parent_id": self.partner.id,
                "type": "invoice",
                "street": "Post Box 3",
            }
        )
        statement.invalidate_recordset(["contact_id"])
        values = self.document(statement)["values"]
        self.assertEqual(
            (values["customer"], values["contact"], values["address"]),
            ("Ostwind GmbH", "Accounts", "Post Box 3"),
        )

    def test_cents_are_one_row_and_nothing_is_none(self):
        statement = self.march()
        self.add_line(statement, "rounding", 0.02, "2026-03-06")
        self.add_line(statement, "invoice", 0, "2026-03-07")
        self.add_line(statement, "rounding", -0.05)
        self.add_line(statement, "change", 7, "2026-03-31")
        rows = self.rows(statement, "seq", "date", "kind", "document", "amount")
        self.assertEqual(
            rows[4:],
            [
                (5, "03/31/2026", "Adjustment", None, 7),
                (6, "03/31/2026", "Rounding", None, -0.03),
            ],
        )
        balances = [balance for (balance,) in self.rows(statement, "balance")]
        self.assertEqual(balances[-1], statement.closing)
        self.assertEqual(balances[-1], 65.17)

    def test_cents_that_are_nothing_together(self):
        statement = self.march()
        self.add_line(statement, "rounding", 0.02)
        self.add_line(statement, "rounding", -0.02)
        self.assertEqual(len(self.rows(statement)), 4)

    def test_the_pages(self):
        statement = self.march()
        cells = self.print_cells(statement, self.layout)
        ((*_lines, last),) = [
            [text for kind, key, text in page if (kind, key) == ("line", "balance")]
            for page in cells
        ]
        self.assertEqual(last, "58.20")
        self.assertEqual(
            self.sum_text(statement, "total", "amount", layout=self.layout), "46.90"
        )
        texts = self.texts(statement)
        for text in (
            "Previous balance (USD): 11.30",
            "Deliveries: 158.20",
            "Returns: -11.30",
            "Payments: -100.00",
            "Balance: 58.20",
        ):
            self.assertIn(text, texts)

    def test_nothing_happened(self):
        self.deliver_on("2026-02-25", 1)
        statement = self.make(*MARCH)
        self.assertFalse(self.document(statement)["lines"])
        self.assertIn("Balance: 11.30", self.texts(statement))

    def test_what_the_customer_calls_it(self):
        self.env["funnel.customer.product"].create(
            {
                "partner_id": self.partner.id,
                "product_id": self.bolt.id,
                "code": "OW-77",
                "company_id": self.company.id,
            }
        )
        statement = self.march()
        self.assertEqual(
            self.rows(statement, "customer_code"),
            [("OW-77",), ("OW-77",), ("OW-77",), (False,)],
        )
        self.assertIn("OW-77", self.texts(statement))

    def test_a_service_and_an_invoice_have_no_quantity(self):
        with self.on("2026-03-06"):
            invoice = self._create_invoice_one_line(
                price_unit=50,
                tax_ids=[],
                partner_id=self.partner.id,
                invoice_date="2026-03-06",
                post=True,
            )
        statement = self.make(*MARCH)
        self.assertEqual(
            self.rows(statement, "kind", "document", "name", "quantity", "amount"),
            [("Invoice", invoice.name, "", None, 50)],
        )

    def test_without_prices(self):
        document = self.document(self.march(), prices=False)
        priced = {
            field.key
            for field in self.statements._print_columns()
            + self.statements._print_header_fields()
            if field.price
        }
        self.assertFalse(priced & document["values"].keys())
        for row in document["lines"]:
            self.assertFalse(priced & row.keys())

    def test_in_the_language_of_the_customer(self):
        self.activate_chinese()
        statement = self.march()
        # Read in English before, as the screen does.
        self.add_line(statement, "change", 7, "2026-03-31")
        self.assertEqual(statement.line_ids[-1].label, "Adjustment")
        for lang, title, kind, words in (
            ("zh_CN", "对账单", "送货单", "余额(大写)：美元陆拾伍元贰角整"),
            ("zh_TW", "對帳單", "出貨單", "餘額(大寫)：美元陸拾伍元貳角整"),
        ):
            self.partner.lang = lang
            with self.subTest(lang):
                texts = self.texts(statement)
                self.assertIn(title, texts)
                self.assertIn(kind, texts)
                self.assertIn(words, texts)
                self.assertNotIn("Adjustment", texts)

    def test_as_excel(self):
        statement = self.march()
        content = self.layout._render(statement, "xlsx")
        book = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
        values = {cell.value for row in book.active.iter_rows() for cell in row}
        self.assertLessEqual({113, 45.2, -11.3, -100, 124.3, 58.2, 46.9}, values)

    def test_the_print_menu(self):
        statement = self.march()
        reports = self.env["ir.actions.report"].with_user(self.finance)
        reports = reports.with_context(force_report_rendering=True)
        for name, start in (
            ("report_statement_a4", b"%PDF-"),
            ("report_statement_a4_xlsx", b"PK"),
        ):
            content, _kind = reports._render(f"{MODULE}.{name}", statement.ids)
            self.assertTrue(content.startswith(start))

    def test_who_prints_statements(self):
        statement = self.march()
        report = self.env.ref(f"{MODULE}.report_statement_a4")
        self.env.invalidate_all()
        for role in ("salesperson", "team_leader", "manager", "order_desk", "finance"):
            with self.subTest(role):
                texts = self.texts(statement, user=self.users[role])
                self.assertIn("Balance: 58.20", texts)
                offered = report.with_user(self.users[role]).sudo(False)
                self.assertTrue(offered._is_print_offered())
        for role in ("warehouse", "purchasing"):
            with self.subTest(role), self.assertRaises(AccessError):
                self.texts(statement, user=self.users[role])

    def test_salespeople_print_their_own(self):
        statement = self.march()
        statement.sudo().user_id = self.users["manager"]
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            self.texts(statement, user=self.users["salesperson"])
        self.assertTrue(self.texts(statement, user=self.users["order_desk"]))

    def test_orders_of_others_are_named_on_it(self):
        order = self.deliver_on("2026-03-05").sale_id
        order.user_id = self.users["manager"]
        statement = self.make(*MARCH)
        self.env.flush_all()
        self.env.invalidate_all()
        salesperson = self.users["salesperson"]
        self.assertFalse(order.with_user(salesperson).has_access("read"))
        self.assertEqual(
            self.rows(statement.with_user(salesperson), "order", "customer_order"),
            [(order.name, "PO-881")],
        )

    def test_number_of_queries_does_not_grow(self):
        partners = self.env["res.partner"].create(
            [
                {"name": f"Shop {n}", "user_id": self.users["salesperson"].id}
                for n in range(100)
            ]
        )
        self.env["res.partner"].create(
            [
                {"name": "Accounts", "parent_id": partner.id, "type": "invoice"}
                for partner in partners[::2]
            ]
        )
        with self.on("2026-03-05"):
            for partner in partners[:12]:
                self.deliver(self.deliverable(1, partner=partner), 1)
            for partner in partners[12:]:
                self._create_invoice_one_line(
                    price_unit=50, partner_id=partner.id, post=True
                )
        statements = self.make(*MARCH, partners)
        self.assertEqual(len(statements), 100)
        self.layout._paginate(statements)  # fills what is kept between requests
        # Those after the first sixty are printed while these are drawn.
        few, many = map(self.count_queries, (statements[10:72], statements))
        self.assertLessEqual(many, few + 1)

    def count_queries(self, statements):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.layout.with_user(self.finance).sudo()._paginate(statements)
        return self.env.cr.sql_log_count - before
