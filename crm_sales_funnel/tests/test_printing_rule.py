import io

import openpyxl

from odoo.exceptions import ValidationError
from odoo.tests import tagged, users
from odoo.tools.pdf import PdfFileReader

from .common import ROLES
from .printing_common import PrintingCommon


@tagged("post_install", "-at_install")
class TestPrintingRule(PrintingCommon):
    """Which layout an entry of the Print menu prints for whom."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rules = cls.env["funnel.print.rule"]
        cls.layouts = {
            name: cls.with_prices.copy({"name": name})
            for name in ("customer", "operation", "language", "company", "any")
        }
        cls.person = cls.env["res.partner"].create(
            {"name": "Ms Buyer", "parent_id": cls.customer.id, "lang": "en_US"}
        )
        cls.picking = cls.new_delivery(partner=cls.person)

    def add(self, name, **values):
        layout = self.layouts[name].id
        return self.rules.create(
            {"report_id": self.report.id, "layout_id": layout, **values}
        )

    def chosen(self, picking=None):
        runs = self.rules._get_runs(self.report, picking or self.picking)
        return [(layout.name, len(records)) for layout, records in runs]

    def test_without_rules_the_entry_prints_by_its_own(self):
        self.assertEqual(self.chosen(), [(self.with_prices.name, 1)])

    def test_the_most_special_rule_holds(self):
        for name, values in (
            ("any", {}),
            ("company", {"company_id": self.company.id}),
            ("language", {"lang": "en_US"}),
            ("operation", {"picking_type_id": self.picking.picking_type_id.id}),
            ("customer", {"partner_id": self.person.id}),
        ):
            self.add(name, **values)
            self.assertEqual(self.chosen(), [(name, 1)])

    def test_the_first_of_two_alike(self):
        self.add("language", lang="en_US", sequence=20)
        self.add("any", lang="en_US", sequence=10)
        self.assertEqual(self.chosen(), [("any", 1)])

    def test_rules_that_do_not_hold(self):
        other = self.env["res.partner"].create({"name": "Other"})
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.add("customer", partner_id=other.id)
        self.add("company", company_id=company.id, partner_id=self.customer.id)
        incoming = self.picking.picking_type_id.warehouse_id.in_type_id
        self.add("operation", picking_type_id=incoming.id, lang="en_US")
        self.assertEqual(self.chosen(), [(self.with_prices.name, 1)])

    def test_a_layout_of_another_company_prints_by_no_rule(self):
        self.add("any")
        self.add("customer", partner_id=self.customer.id)
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.layouts["customer"].company_id = company
        self.assertEqual(self.chosen(), [("any", 1)])
        self.layouts["customer"].company_id = self.company
        self.assertEqual(self.chosen(), [("customer", 1)])

    def test_an_archived_layout_prints_by_no_rule(self):
        self.add("customer", partner_id=self.customer.id)
        self.add("any")
        self.layouts["customer"].active = False
        self.assertEqual(self.chosen(), [("any", 1)])
        self.layouts["any"].active = False
        self.assertEqual(self.chosen(), [(self.with_prices.name, 1)])
        self.layouts["customer"].active = True
        self.assertEqual(self.chosen(), [("customer", 1)])

    def test_several_layouts_and_papers_in_one_print(self):
        a4 = self.env.ref("crm_sales_funnel.funnel_print_layout_slip_a4_prices")
        other = self.env["res.partner"].create({"name": "Other"})
        self.add("customer", partner_id=other.id, layout_id=a4.id)
        pickings = (
            self.picking | self.new_delivery() | self.new_delivery(partner=other)
        ) | self.new_delivery()
        self.assertEqual([count for _name, count in self.chosen(pickings)], [2, 1, 1])
        reports = self.env["ir.actions.report"].with_context(
            force_report_rendering=True
        )
        content, _kind = reports._render_qweb_pdf(self.report, pickings.ids)
        pages = PdfFileReader(io.BytesIO(content)).pages
        heights = [round(float(page.mediabox.height)) for page in pages]
        self.assertEqual(heights, [396, 396, 842, 396])
        for picking, page in zip(pickings, pages, strict=True):
            self.assertIn(picking.name, page.extract_text())
        content = reports._render_by_rules(self.report, pickings, "xlsx")
        book = openpyxl.load_workbook(io.BytesIO(content))
        names = [picking.name.replace("/", "_") for picking in pickings]
        self.assertEqual(book.sheetnames, names)

    def test_layouts_of_one_paper_are_printed_in_one_go(self):
        other = self.env["res.partner"].create({"name": "Other"})
        self.add("customer", partner_id=other.id)
        pickings = self.picking | self.new_delivery(partner=other) | self.new_delivery()
        self.assertEqual(len(self.chosen(pickings)), 3)
        with self.files_to_print() as files:
            self.env["ir.actions.report"]._render_by_rules(self.report, pickings)
        self.assertEqual(len(files), 1)

    def test_prints_that_are_kept(self):
        self.report.attachment = "'slip.pdf'"
        self.add("customer", partner_id=self.customer.id)
        self.layouts["customer"].block_ids[0].text = "For this customer"
        reports = self.env["ir.actions.report"].with_context(
            force_report_rendering=True
        )
        content, _kind = reports._render_qweb_pdf(self.report, self.picking.ids)
        (page,) = PdfFileReader(io.BytesIO(content)).pages
        self.assertIn("Forthiscustomer", "".join(page.extract_text().split()))

    def test_a_layout_of_other_documents_is_refused(self):
        order = self.env.ref("crm_sales_funnel.funnel_print_layout_order_a4")
        with self.assertRaises(ValidationError):
            self.rules.create({"report_id": self.report.id, "layout_id": order.id})

    @users("funnel_warehouse")
    def test_a_rule_never_shows_prices(self):
        report = self.env.ref("crm_sales_funnel.report_slip_241")
        self.rules.sudo().create(
            {"report_id": report.id, "layout_id": self.layouts["any"].id}
        )
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            report, self.picking.ids
        )
        self.assertIn("Bolt", html.decode())
        self.assertNotIn("255.49", html.decode())

    def test_who_may_do_what(self):
        for role in ROLES:
            rules = self.rules.with_user(self.users[role])
            self.assertTrue(rules.has_access("read"))
            for operation in ("write", "create", "unlink"):
                with self.subTest(role=role, operation=operation):
                    self.assertEqual(rules.has_access(operation), role == "manager")

    def test_number_of_queries_does_not_grow(self):
        self.add("customer", partner_id=self.customer.id)
        counts = []
        for count in (1, 8):
            pickings = self.env["stock.picking"].union(
                *(self.new_delivery() for _ in range(count))
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.chosen(pickings)
            counts.append(self.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 1)
