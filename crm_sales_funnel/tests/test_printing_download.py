import io
import re

import openpyxl

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.http import Request
from odoo.tests import Form, HttpCase, tagged, users
from odoo.tools.pdf import PdfFileReader

from .common import ROLES
from .printing_common import PrintingCommon


def texts_of(book):
    """Return the texts and numbers of an Excel file."""
    sheets = openpyxl.load_workbook(io.BytesIO(book), data_only=True).worksheets
    cells = [cell for sheet in sheets for row in sheet.iter_rows() for cell in row]
    return {str(cell.value) for cell in cells if cell.value is not None}


class DownloadCommon(PrintingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.with_prices.menu_xlsx = True
        cls.without_prices.menu_xlsx = True
        cls.excel = cls.with_prices.report_ids.filtered(
            lambda report: report.report_type == "funnel-xlsx"
        )
        cls.picking = cls.new_delivery([(cls.bolt, 7, {})])
        cls.repeated = cls.with_prices.copy({"copy_mode": "repeat"})
        cls.repeated.copy_ids[1].hide_prices = True


@tagged("post_install", "-at_install")
class TestPrintingMenu(DownloadCommon):
    """What the Print menu offers of layouts, and what is printed of it."""

    def offered(self, user):
        bindings = self.env["ir.actions.actions"].with_user(user)
        return {
            entry["name"]
            for entry in bindings.get_bindings("stock.picking").get("report", ())
        }

    @users("funnel_manager")
    def test_a_manager_puts_a_layout_into_the_menu(self):
        layout = self.without_prices.with_user(self.env.user).copy({"name": "Mine"})
        self.assertFalse(layout.menu_pdf or layout.menu_xlsx)
        layout.write({"menu_pdf": True, "menu_xlsx": True})
        self.assertTrue(layout.menu_pdf and layout.menu_xlsx)
        for role in ROLES:
            with self.subTest(role=role):
                offered = self.offered(self.users[role])
                self.assertLessEqual({"Mine", "Mine (Excel)"}, offered)
        layout.name = "Ours"
        self.assertIn("Ours (Excel)", self.offered(self.env.user))
        layout.menu_pdf = False
        self.assertNotIn("Ours", self.offered(self.env.user))
        layout.menu_pdf = True
        self.assertIn("Ours", self.offered(self.env.user))
        layout.active = False
        self.assertFalse({"Ours", "Ours (Excel)"} & self.offered(self.env.user))

    def test_one_switch_leaves_the_other_as_it_is(self):
        layout = self.without_prices.copy({"name": "Both"})
        layout.menu_pdf = True
        self.env.invalidate_all()
        layout.write({"menu_xlsx": True})
        self.assertTrue(layout.menu_pdf and layout.menu_xlsx)
        self.env.invalidate_all()
        layout.write({"menu_xlsx": False})
        self.env.invalidate_all()
        self.assertTrue(layout.menu_pdf)
        self.assertFalse(layout.menu_xlsx)

    def test_prices_are_offered_to_those_who_work_with_them(self):
        name = self.excel.name
        self.assertIn(name, self.offered(self.users["order_desk"]))
        self.assertNotIn(name, self.offered(self.users["warehouse"]))
        layout = self.without_prices.copy({"name": "Grown"})
        layout.menu_pdf = True
        self.assertIn("Grown", self.offered(self.users["warehouse"]))
        layout.write({"block_ids": [(0, 0, {"text": "{number}"})]})
        self.assertIn("Grown", self.offered(self.users["warehouse"]))
        layout.write({"column_ids": [(0, 0, {"field_key": "amount", "title": "A"})]})
        self.assertNotIn("Grown", self.offered(self.users["warehouse"]))

    def test_a_layout_that_is_deleted_leaves_the_menu(self):
        layout = self.without_prices.copy({"name": "Short"})
        layout.menu_pdf = True
        layout.unlink()
        self.assertNotIn("Short", self.offered(self.users["manager"]))

    def test_a_layout_of_one_company_is_for_its_documents(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        layout = self.without_prices.copy({"name": "Own", "company_id": company.id})
        layout.write({"menu_pdf": True, "menu_xlsx": True})
        # Shipped entries have a domain already, which an update writes anew.
        shipped = self.env.ref("crm_sales_funnel.report_slip_241")
        domain = shipped.domain
        self.without_prices.company_id = company
        shipped.domain = domain
        entries = layout.report_ids | shipped

        def offered():
            return entries.browse(
                entries.get_valid_action_reports("stock.picking", self.picking.ids)
            )

        self.assertFalse(offered())
        layouts = layout | self.without_prices
        layouts.company_id = self.company
        self.assertEqual(offered(), entries)
        layouts.company_id = company
        self.assertFalse(offered())
        layouts.company_id = False
        self.assertEqual(offered(), entries)
        self.assertEqual(shipped.domain, domain)
        self.assertFalse(any(layout.report_ids.mapped("domain")))

    def test_filters_of_administrators_stay(self):
        entry = self.env.ref("crm_sales_funnel.report_slip_241_prices")
        company = self.env["res.company"].create({"name": "Elsewhere"})
        for mine in (
            f"[('company_id', '=', {self.company.id})]",
            f"[('company_id', 'in', {self.company.ids}), ('state', '=', 'done')]",
            "['|', ('state', '=', 'done'), ('name', '!=', 'x')]",
        ):
            with self.subTest(domain=mine):
                entry.domain = mine
                self.assertEqual(entry.domain, mine)
                for own in (company, self.company):
                    self.with_prices.company_id = own
                    kept = f"[('company_id', '=', {own.id}), {mine[1:]}"
                    self.assertEqual(entry.domain, kept)
                    entry.domain = entry.domain  # as a form saves it
                    self.assertEqual(entry.domain, kept)
                    self.assertEqual(entry.copy().domain, kept)
                self.with_prices.company_id = False
                self.assertEqual(entry.domain, mine)

    def test_a_filter_that_is_none_is_told(self):
        entry = self.env.ref("crm_sales_funnel.report_slip_241_prices")
        for wrong in ("[('user_id', '=', uid)]", "[(", "5"):
            with self.subTest(wrong), self.assertRaisesRegex(ValidationError, "filter"):
                entry.domain = wrong

    def test_an_entry_that_prints_by_another_layout(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        entry = self.env.ref("crm_sales_funnel.report_slip_241_prices")
        domain = entry.domain
        self.with_prices.company_id = company
        other = self.with_prices.copy({"company_id": self.company.id})
        entry.print_layout_id = other
        kept = f"[('company_id', '=', {self.company.id}), {domain[1:]}"
        self.assertEqual(entry.domain, kept)

    def test_a_layout_of_one_company_prints_no_others(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.with_prices.company_id = company
        for attempt in (
            lambda: self.with_prices._render(self.picking, "xlsx"),
            lambda: self.with_prices._render_each(self.picking),
            lambda: self.with_prices._paginate(self.picking),
            lambda: self.env["ir.actions.report"]._render(self.excel, self.picking.ids),
        ):
            with self.assertRaisesRegex(UserError, "only for Elsewhere"):
                attempt()
        self.assertFalse(self.picking.print_count)
        self.with_prices.company_id = self.company
        self.assertTrue(self.with_prices._render(self.picking, "xlsx"))

    def test_excel_as_odoo_asks_for_it(self):
        content, extension = self.env["ir.actions.report"]._render(
            self.excel, self.picking.ids
        )
        self.assertEqual(extension, "xlsx")
        self.assertLessEqual({"Bolt", "255.49"}, texts_of(content))

    def test_excel_in_a_mail(self):
        template = self.env["mail.template"].create(
            {
                "name": "Slip",
                "model_id": self.env["ir.model"]._get("stock.picking").id,
                "report_template_ids": [(6, 0, self.excel.ids)],
            }
        )
        values = template._generate_template(self.picking.ids, ["report_template_ids"])
        ((name, _content),) = values[self.picking.id]["attachments"]
        self.assertTrue(name.endswith(".xlsx"))

    # Pages and copies

    def pdf_texts(self, **options):
        content = self.repeated._render(self.picking, **options)
        return [
            page.extract_text() for page in PdfFileReader(io.BytesIO(content)).pages
        ]

    def test_copies_one_after_the_other(self):
        office, customer, signed = self.repeated.copy_ids
        self.assertEqual(len(self.pdf_texts()), 3)
        (text,) = self.pdf_texts(copies=customer.ids)
        self.assertNotIn("255.49", text)
        first, second = self.pdf_texts(copies=(office | signed).ids)
        self.assertTrue("255.49" in first and "255.49" in second)
        book = self.repeated._render(self.picking, "xlsx", copies=customer.ids)
        self.assertFalse({"255.49", "36.5", "32.3"} & texts_of(book))

    def test_pages(self):
        self.repeated.lines_per_page = 1
        picking = self.new_delivery([(self.bolt, n + 1, {}) for n in range(4)])
        copy = self.repeated.copy_ids[0].ids

        def pages(text):
            content = self.repeated._render(picking, pages=text, copies=copy)
            found = PdfFileReader(io.BytesIO(content)).pages
            texts = ["".join(page.extract_text().split()) for page in found]
            return [re.search(r"Page(\d)of4", text)[1] for text in texts]

        self.assertEqual(pages("2"), ["2"])
        self.assertEqual(pages("1-2, 4"), ["1", "2", "4"])
        self.assertEqual(pages("4，1"), ["1", "4"])
        self.assertEqual(len(pages("")), 4)
        for text in ("5", "0", "2-1", "a", "1;;x", "-1", "1-99999", "１"):
            with self.subTest(text=text), self.assertRaises(UserError):
                pages(text)

    @users("funnel_warehouse")
    def test_options(self):
        options = (
            self.env["funnel.print.options"]
            .with_context(
                active_model="stock.picking", active_ids=self.picking.ids, lang="en_US"
            )
            .create({"layout_id": self.without_prices.id, "pages": "1"})
        )
        self.assertEqual(options.document_count, 1)
        self.assertEqual(options.action_print()["data"]["pages"], "1")
        options.pages = "one"
        with self.assertRaises(UserError):
            options.action_print()
        with self.assertRaises(UserError):
            self.env["funnel.print.options"].create({})

    def options(self, records, role="order_desk", **context):
        options = self.env["funnel.print.options"].with_user(self.users[role])
        return options.with_context(
            active_model=records._name, active_ids=records.ids, **context
        )

    def test_options_offer_layouts_of_the_company_of_the_documents(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        theirs = self.with_prices.copy({"company_id": company.id, "sequence": -5})
        ours = self.with_prices.copy({"company_id": self.company.id, "sequence": -4})
        order = self.env.ref("crm_sales_funnel.funnel_print_layout_order_a4")
        both = self.company | company
        self.users["order_desk"].company_ids = both
        active = {"allowed_company_ids": (company | self.company).ids}
        with Form(self.options(self.picking, **active)) as form:
            self.assertEqual(form.layout_id, ours)
            offered = form.offered_layout_ids
            self.assertFalse({theirs.id, order.id} & set(offered.ids))
            self.assertLessEqual({ours.id, self.without_prices.id}, set(offered.ids))
        warehouse = self.env["stock.warehouse"].search(
            [("company_id", "=", company.id)], limit=1
        ) or self.env["stock.warehouse"].create({"company_id": company.id})
        elsewhere = self.env["stock.picking"].create(
            {"picking_type_id": warehouse.out_type_id.id}
        )
        self.assertEqual(self.options(elsewhere, **active).create({}).layout_id, theirs)
        options = self.options(self.picking | elsewhere, **active).create({})
        self.assertFalse(options.offered_layout_ids.company_id)
        self.assertIn(options.layout_id, options.offered_layout_ids)

    def test_options_offer_what_the_user_may_print(self):
        layout = self.without_prices.copy({"sequence": -5, "menu_pdf": True})
        finance = self.env.ref("crm_sales_funnel.group_funnel_finance")
        for groups, kept_from in (
            (finance, {"order_desk", "warehouse"}),
            (self.report.group_ids, set()),  # without prices, for the warehouse
            (finance.browse(), set()),
        ):
            layout.report_ids.group_ids = groups
            for role in ("order_desk", "warehouse", "finance"):
                with self.subTest(groups=groups.mapped("name"), role=role):
                    options = self.options(self.picking, role).create({})
                    offered = role not in kept_from
                    self.assertEqual(options.layout_id == layout, offered)
                    self.assertEqual(layout in options.offered_layout_ids, offered)
        layout.report_ids.unlink()  # for no menu at all
        self.assertEqual(self.options(self.picking).create({}).layout_id, layout)


@tagged("post_install", "-at_install")
class TestPrintingDownload(DownloadCommon, HttpCase):
    """The route of the web client."""

    def fetch(self, role, **data):
        self.authenticate(self.users[role].login, self.users[role].login)
        token = Request.csrf_token(self)
        data = {"ids": str(self.picking.id), **data, "csrf_token": token}
        return self.url_open("/funnel/print", data=data)

    def assert_refused(self, response, told=""):
        """Odoo's downloads tell what is wrong in a page instead of the file."""
        self.assertIn("text/html", response.headers["Content-Type"])
        self.assertIn(told, response.text)

    def test_excel(self):
        response = self.fetch("order_desk", report_id=self.excel.id)
        self.assertEqual(response.status_code, 200)
        self.assertIn("spreadsheetml", response.headers["Content-Type"])
        self.assertIn(".xlsx", response.headers["Content-Disposition"])
        self.assertLessEqual({"Bolt", "255.49"}, texts_of(response.content))

    def test_the_warehouse_gets_no_price(self):
        response = self.fetch("warehouse", report_id=self.excel.id)
        self.assert_refused(response, "not allowed to print")
        response = self.fetch("warehouse", layout_id=self.with_prices.id, output="xlsx")
        self.assertEqual(response.status_code, 200)
        found = texts_of(response.content)
        self.assertIn("Bolt", found)
        self.assertFalse({"255.49", "36.5", "Price incl. Tax", "Amount"} & found)

    def test_a_layout_for_others_is_printed_by_no_way(self):
        finance = self.env.ref("crm_sales_funnel.group_funnel_finance")
        self.with_prices.report_ids.group_ids = finance
        chosen = {"layout_id": self.with_prices.id, "output": "xlsx"}
        for role in ("order_desk", "warehouse"):
            self.assert_refused(self.fetch(role, **chosen), "not allowed to print")
        self.assertEqual(self.picking.print_count, 0)
        self.assertIn("255.49", texts_of(self.fetch("finance", **chosen).content))
        # One of its entries is for all.
        self.excel.group_ids = False
        response = self.fetch("order_desk", **chosen)
        self.assertIn("255.49", texts_of(response.content))

    def test_pages_and_copies(self):
        response = self.fetch(
            "order_desk",
            layout_id=self.repeated.id,
            copies=str(self.repeated.copy_ids[1].id),
            pages="1",
            output="pdf",
        )
        (page,) = PdfFileReader(io.BytesIO(response.content)).pages
        self.assertNotIn("255.49", page.extract_text())

    def test_what_is_wrong_is_told(self):
        for data, told in (
            ({"layout_id": self.repeated.id, "pages": "9"}, "no such pages"),
            ({"layout_id": self.repeated.id, "ids": ""}, "Choose the documents"),
            ({"layout_id": self.repeated.id, "output": "exe"}, "unknown output"),
        ):
            with self.subTest(data=data):
                response = self.fetch("order_desk", **data)
                self.assert_refused(response, told)

    def test_documents_and_reports_of_others(self):
        other = self.env["ir.actions.report"].search(
            [("report_type", "=", "qweb-pdf"), ("print_layout_id", "=", False)], limit=1
        )
        self.assert_refused(self.fetch("manager", report_id=other.id))
        company = self.env["res.company"].create({"name": "Elsewhere"})
        layout = self.with_prices.copy({"company_id": company.id})
        response = self.fetch("order_desk", layout_id=layout.id)
        self.assert_refused(response, "AccessError")
        plain = self.new_role_user("no_role")
        self.users["no_role"] = plain
        response = self.fetch("no_role", layout_id=self.with_prices.id)
        self.assert_refused(response, "AccessError")
        with self.assertRaises(AccessError):
            self.with_prices.with_user(plain)._render(self.picking.with_user(plain))
