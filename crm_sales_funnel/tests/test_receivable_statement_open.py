from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .test_receivable_statement import APRIL, MARCH, StatementCommon

LAST = MARCH[1]


@tagged("post_install", "-at_install")
class TestReceivableStatementOpen(StatementCommon):
    def make_open(self, day=LAST, customers=None):
        return self.statements._make_open(self.company, customers or self.partner, day)

    def new_invoice(self, amount, day, due=None, **values):
        return self._create_invoice_one_line(
            price_unit=amount,
            name="goods",
            account_id=self.company_data["default_account_revenue"],
            tax_ids=[],
            invoice_date=day,
            invoice_date_due=due or day,
            post=True,
            **{"partner_id": self.partner.id, **values},
        )

    def pay(self, invoice, day):
        """Register a payment of an invoice."""
        payments = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        )
        return payments.create({"payment_date": day})._create_payments()

    def test_what_is_open_item_by_item(self):
        late = self.new_invoice(100, "2026-01-10", "2026-02-10")
        self.new_invoice(200, "2026-03-10", "2026-04-10")
        paid = self.new_invoice(300, "2026-03-11", "2026-04-11")
        self.pay(paid, "2026-03-20")
        self.pay(late, "2026-04-02")
        self.receive_on("2026-03-21", 30)
        delivered = self.deliver_on("2026-03-15")
        self.deliver_on("2026-04-01")
        statement = self.make_open()
        self.assert_lines(
            statement,
            ("invoice", 100),
            ("invoice", 200),
            ("slip", 113),
            ("receipt", -30),
        )
        self.assertEqual((statement.opening, statement.closing), (0, 383))
        self.assertEqual(statement.overdue, 100)
        first, _second, slip, _receipt = statement.line_ids.sorted()
        self.assertEqual((first.label, first.due_date), (late.name, date(2026, 2, 10)))
        self.assertEqual((slip.picking_id, slip.quantity), (delivered, 10))
        self.assertEqual(slip.price_unit, 11.3)

    def test_lines_are_found_by_their_documents(self):
        self.partner.user_id = self.users["salesperson"]
        invoice = self.new_invoice(100, "2026-03-10")
        self.receive_on("2026-03-21", 30)
        delivered = self.deliver_on("2026-03-15")
        slip = delivered.slip_number or delivered.name
        lines = self.make_open().line_ids
        for role in ("finance", "order_desk", "salesperson"):
            own = lines.with_user(self.users[role])
            for line in own:
                with self.subTest(role, label=line.label):
                    found = own.search(
                        [("label", "=", line.label), ("id", "in", lines.ids)]
                    )
                    self.assertEqual(found, line)
            ours = [("id", "in", lines.ids)]
            for name, count in ((slip, 1), (invoice.name, 1), ("nothing", 0), ("", 3)):
                with self.subTest(role, name=name):
                    self.assertEqual(len(own.name_search(name, ours)), count)
                    domain = [("display_name", "ilike", name), *ours]
                    self.assertEqual(own.search_count(domain), count)
            others = own.search([("label", "!=", slip), *ours])
            self.assertEqual(len(others), 2)
            # A slip is not found by its order, which it does not show.
            order = delivered.sale_id.name
            self.assertFalse(own.search([("label", "=", order), *ours]))
            self.assertFalse(own.search([("label", "=", False), *ours]))

    def test_lines_without_a_document_are_found_by_their_kind(self):
        self.deliver_on("2026-02-05", 1)
        march = self.make(*MARCH)
        self.assertFalse(march.line_ids)
        self.deliver_on("2026-02-06", 1)
        april = self.make(*APRIL)
        line = april.line_ids
        self.assertEqual((line.kind, line.label), ("change", "Adjustment"))
        ours = ("id", "=", line.id)
        for operator, value, count in (
            ("=", "Adjustment", 1),
            ("ilike", "adjust", 1),
            ("ilike", "delivery", 0),
            ("in", ["Delivery", "Adjustment"], 1),
            ("not ilike", "adjust", 0),
        ):
            with self.subTest(operator, value=value):
                domain = [("label", operator, value), ours]
                self.assertEqual(line.search_count(domain), count)

    def test_it_is_what_is_owed(self):
        other = self.setup_other_currency("EUR")
        self.new_invoice(100, "2026-01-10", "2026-02-10")
        self.new_invoice(50, "2026-01-11", currency_id=other.id)
        self.deliver_on("2026-03-15")
        made = self.make_open()
        self.assertEqual(
            {statement.currency_id: statement.closing for statement in made},
            {self.company.currency_id: 213, other: 50},
        )

    def test_nothing_is_settled_by_it(self):
        self.deliver_on("2026-03-15")
        statement = self.make_open()
        march = self.make(*MARCH)
        self.assertEqual(march.delivered, 113)
        for action in ("action_confirm", "action_invoice"):
            with self.subTest(action), self.assertRaises(UserError):
                getattr(statement, action)()
        self.deliver_on("2026-03-16")
        statement.action_make_again()
        self.assertEqual(statement.closing, 226)
        statement.unlink()

    def test_all_who_owe_anything(self):
        owing, delivered, paid = self.env["res.partner"].create(
            [{"name": name} for name in ("owes", "has goods", "has paid")]
        )
        self.new_invoice(10, "2026-03-01", partner_id=owing.id)
        with self.on("2026-03-05"):
            picking = self.new_delivery([(self.bolt, 2, {})], partner=delivered)
            self.deliver(picking, 2)
        invoice = self.new_invoice(20, "2026-03-01", partner_id=paid.id)
        self.pay(invoice, "2026-03-02")
        run = self.env["funnel.statement.run"].with_user(self.finance)
        run = run.create(
            {"kind": "open", "company_id": self.company.id, "date_to": LAST}
        )
        made = self.env["funnel.statement"].search(run.action_make()["domain"])
        self.assertLessEqual(owing | delivered, made.partner_id)
        self.assertNotIn(paid, made.partner_id)
        self.assertEqual(set(made.mapped("kind")), {"open"})
        self.assertEqual(run.customer_count, len(made.partner_id))
        early = run.copy({"date_to": "2001-01-01"})
        with self.assertRaises(UserError):
            early.action_make()

    def test_for_finance_alone(self):
        for role in ("salesperson", "order_desk"):
            statements = self.env["funnel.statement"].with_user(self.users[role])
            with self.subTest(role), self.assertRaises(AccessError):
                statements._make_open(self.company, self.partner, LAST)

    def test_it_is_printed_and_mailed_as_such(self):
        self.new_invoice(100, "2026-01-10", "2026-02-10")
        statement = self.make_open()
        settled = self.make(*MARCH)
        reports = {
            name: self.env.ref(f"crm_sales_funnel.report_{name}")
            for name in ("open_items_a4", "statement_a4")
        }
        for made, offered in ((statement, "open_items_a4"), (settled, "statement_a4")):
            for name, report in reports.items():
                found = report.get_valid_action_reports(made._name, made.ids)
                self.assertEqual(bool(found), name == offered, name)
            template = made.action_send()["context"]["default_template_id"]
            template = self.env["mail.template"].browse(template)
            self.assertEqual(template.report_template_ids, reports[offered])
        (document,) = statement._print_documents(set(), prices=True)
        self.assertEqual(document["values"]["title"], "Open Items")
        self.assertEqual(document["values"]["overdue"], "100.00")
        (line,) = document["lines"]
        self.assertEqual(line["due_date"], "02/10/2026")

    def test_queries_do_not_grow(self):
        customers = self.env["res.partner"].create(
            [{"name": f"Customer {number}"} for number in range(10)]
        )
        for customer in customers:
            self.new_invoice(10, "2026-03-01", partner_id=customer.id)
        self.make_open(customers=customers[0])
        counts = []
        for some in (customers[:2], customers):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.make_open(customers=some)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(*counts)
