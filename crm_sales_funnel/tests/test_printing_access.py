import io
import json
from unittest.mock import patch
from urllib.parse import quote

from odoo.exceptions import AccessError, UserError
from odoo.http import Request
from odoo.tests import HttpCase, new_test_user, tagged, users
from odoo.tools.pdf import PdfFileReader

from .common import MODULE, ROLES
from .printing_common import PrintingCommon

PARTS = ("layout", "paper", "column", "block", "copy")


@tagged("post_install", "-at_install")
class TestPrintingAccess(PrintingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.picking = cls.new_delivery([(cls.bolt, 7, {})])

    def html(self, user, report, picking=None):
        """Return all that ever reaches wkhtmltopdf for a user who prints a report."""
        reports = self.env["ir.actions.report"].with_user(user)
        with self.files_to_print() as files:
            reports.with_context(force_report_rendering=True)._render_qweb_pdf(
                report, (self.picking if picking is None else picking).ids
            )
        return "".join(files)

    def assert_no_price(self, html):
        self.assertIn("Bolt", html)
        self.assertIn(self.picking.sale_id.name, html)
        for price in (
            "36.5",
            "32.3",
            "255.49",
            "Price",
            "Amount",
            "words",
            "Two Hundred",
        ):
            self.assertNotIn(price, html)

    def test_warehouse_prints_without_prices_whatever_report_it_calls(self):
        warehouse = self.users["warehouse"]
        for name in ("slip_241", "slip_241_prices", "slip_a4", "slip_a4_prices"):
            report = f"{MODULE}.report_{name}"
            self.assert_no_price(self.html(warehouse, report))
            reports = self.env["ir.actions.report"].with_user(warehouse)
            html, kind = reports._render_qweb_html(report, self.picking.ids)
            self.assertEqual(kind, "html")
            self.assert_no_price(html.decode())

    def test_documents_for_the_warehouse_are_made_without_prices(self):
        (document,) = self.picking.with_user(self.users["warehouse"])._print_documents(
            {"price", "amount"}, False
        )
        self.assertEqual(
            set(document["lines"][0]),
            {"seq", "code", "name", "unit", "quantity", "order", "customer_order"},
        )
        self.assertNotIn("words", document)

    def test_a_price_in_a_text_is_withheld_with_its_block(self):
        fields = type(self.picking)._print_header_fields

        def with_total(records):
            total = fields(records)[0].__class__("total", "Total", price=True)
            return [*fields(records), total]

        with patch.object(type(self.picking), "_print_header_fields", with_total):
            self.without_prices.block_ids[0].text = "Due {total}"
            self.without_prices.invalidate_recordset(["has_prices"])
            self.assertTrue(self.without_prices.has_prices)
            html = self.html(self.users["warehouse"], f"{MODULE}.report_slip_241")
        self.assertNotIn("Due", html)

    def test_those_who_deal_with_prices_see_them(self):
        both = self.new_role_user("both", "warehouse", "order_desk")
        for user in (self.users["order_desk"], self.users["manager"], both):
            html = self.html(user, self.report.report_name)
            self.assertIn("255.49", html)
            self.assertIn("36.50", html)
            without = self.html(user, f"{MODULE}.report_slip_241")
            self.assert_no_price(without)

    def test_prices_of_orders_that_a_user_may_not_read_are_left_out(self):
        other = self.new_role_user("keeper", "salesperson")
        other.group_ids += self.env.ref("stock.group_stock_user")
        html = self.html(other, self.report.report_name)
        self.assertNotIn("255.49", html)
        self.assertNotIn("36.50", html)

    def test_reports_are_for_their_groups(self):
        """Whatever may be read: a slip tells what its customer owes."""
        excel = self.report.copy({"report_type": "funnel-xlsx"})
        plain = self.new_role_user("plain")
        plain.group_ids += self.env.ref("stock.group_stock_user")
        odoobot = self.env.ref("base.user_root")
        finance = self.users["finance"]
        for user, given in ((plain, False), (finance, True), (odoobot, True)):
            for report, kind in (
                (self.report, "qweb_pdf_prepare_streams"),
                (self.report, "qweb_html"),
                (excel, "funnel_xlsx"),
            ):
                with self.subTest(user=user.login, kind=kind):
                    reports = self.env["ir.actions.report"].with_user(user)
                    render = getattr(reports, f"_render_{kind}")
                    args = (report, None, self.picking.ids)
                    args = args if "streams" in kind else (report, self.picking.ids)
                    if given:
                        self.assertTrue(render(*args))
                    else:
                        with self.assertRaisesRegex(AccessError, "print this"):
                            render(*args)
        # As superuser, it is Odoo that prints.
        reports = self.env["ir.actions.report"].with_user(plain).sudo()
        self.assertTrue(reports._render_qweb_html(self.report, self.picking.ids))

    def test_who_is_kept_from_prices_is_kept_from_reports_for_other_jobs(self):
        """Only where prices are the reason, they are left out instead."""
        self.report.group_ids = self.env.ref("stock.group_stock_manager")
        with self.assertRaisesRegex(AccessError, "print this"):
            self.html(self.users["warehouse"], self.report.report_name)

    def test_customers_are_given_their_documents(self):
        portal = new_test_user(self.env, "funnel_portal", groups="base.group_portal")
        order = self.picking.sale_id
        order.partner_id = portal.partner_id
        # As the portal prints: in the customer's name, with Odoo's rights.
        reports = self.env["ir.actions.report"].with_user(portal).sudo()
        report = f"{MODULE}.report_quotation_a4"
        self.assertTrue(self.env.ref(report).group_ids)
        html, _kind = reports._render_qweb_html(report, order.ids)
        self.assertIn("255.49", html.decode())

    def test_what_odoo_sends_goes_out_whoever_delivers(self):
        template = self.env.ref("stock.mail_template_data_delivery_confirmation").copy()
        template.report_template_ids = self.report
        self.company.write(
            {
                "stock_move_email_validation": True,
                "stock_mail_confirmation_template_id": template.id,
            }
        )
        plain = self.new_role_user("plain")
        plain.group_ids += self.env.ref("stock.group_stock_user")
        picking = self.picking.with_context(force_report_rendering=True)
        self.deliver(picking.with_user(plain), 7)
        self.assertEqual(self.picking.state, "done")
        names = self.picking.message_ids.attachment_ids.mapped("name")
        self.assertTrue([name for name in names if "Slip" in name], names)

    def test_documents_of_others_are_not_printed(self):
        stranger = self.new_role_user("stranger", "finance")
        stranger.group_ids -= self.env.ref("stock.group_stock_user")
        company = self.env["res.company"].create({"name": "Elsewhere"})
        elsewhere = self.new_role_user(
            "elsewhere",
            "order_desk",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        with self.assertRaises(AccessError):
            self.html(elsewhere, self.report.report_name)
        with self.assertRaises(AccessError):
            self.html(self.new_role_user("plain"), self.report.report_name)

    def test_nothing_chosen(self):
        with self.assertRaises(UserError):
            self.html(self.users["order_desk"], self.report, self.picking.browse())

    def test_print_menu_offers_prices_to_those_who_see_them(self):
        def offered(role):
            actions = self.env["ir.actions.actions"].with_user(self.users[role])
            bindings = actions.get_bindings("stock.picking").get("report", ())
            ids = {binding["id"] for binding in bindings}
            names = ("slip_241", "slip_241_prices", "slip_a4", "slip_a4_prices")
            return [
                name
                for name in names
                if self.env.ref(f"{MODULE}.report_{name}").id in ids
            ]

        self.assertEqual(offered("warehouse"), ["slip_241", "slip_a4"])
        self.assertEqual(len(offered("order_desk")), 4)

    def test_print_menu_offers_slips_for_customers_only(self):
        receipt = self.picking.copy(
            {
                "picking_type_id": self.picking.picking_type_id.warehouse_id.in_type_id.id,
                "location_id": self.env.ref("stock.stock_location_suppliers").id,
                "location_dest_id": self.picking.location_id.id,
            }
        )
        self.assertFalse(
            self.report.get_valid_action_reports("stock.picking", receipt.ids)
        )
        self.assertTrue(
            self.report.get_valid_action_reports("stock.picking", self.picking.ids)
        )

    def test_managers_edit_layouts_and_others_read_them(self):
        for role in ROLES:
            for part in PARTS:
                model = self.env[f"funnel.print.{part}"].with_user(self.users[role])
                self.assertTrue(model.has_access("read"), (role, part))
                for operation in ("write", "create", "unlink"):
                    self.assertEqual(
                        model.has_access(operation), role == "manager", (role, part)
                    )
        plain = self.new_role_user("no_role")
        self.assertFalse(
            self.env["funnel.print.layout"].with_user(plain).has_access("read")
        )

    def test_layouts_of_another_company_are_not_seen(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        layout = self.with_prices.copy({"company_id": company.id})
        layouts = self.env["funnel.print.layout"].with_user(self.users["manager"])
        self.assertIn(self.with_prices, layouts.search([]))
        self.assertNotIn(layout, layouts.search([]))
        parts = self.env["funnel.print.block"].with_user(self.users["manager"])
        self.assertFalse(parts.search([("layout_id", "=", layout.id)]))

    @users("funnel_warehouse")
    def test_users_without_access_to_orders_print_their_numbers(self):
        texts = [
            t for _k, _key, t in self.print_cells(self.picking, user=self.env.user)[0]
        ]
        self.assertTrue(any(self.picking.sudo().sale_id.name in text for text in texts))


@tagged("post_install", "-at_install")
class TestPrintingRoute(PrintingCommon, HttpCase):
    """What a browser gets that asks for the reports by their address."""

    def fetch(self, role, report, picking):
        self.authenticate(self.users[role].login, self.users[role].login)
        context = quote(json.dumps({"force_report_rendering": True}))
        address = f"/report/pdf/{MODULE}.{report}/{picking.id}?context={context}"
        response = self.url_open(address)
        self.assertEqual(response.headers["Content-Type"], "application/pdf")
        pages = PdfFileReader(io.BytesIO(response.content)).pages
        return " ".join(page.extract_text() for page in pages)

    def test_prices_by_address(self):
        picking = self.new_delivery([(self.bolt, 7, {})])
        text = self.fetch("order_desk", "report_slip_241_prices", picking)
        self.assertIn("255.49", text)
        for report in ("report_slip_241_prices", "report_slip_a4_prices"):
            text = self.fetch("warehouse", report, picking)
            self.assertIn("Bolt", text)
            for price in ("255.49", "36.50", "32.3", "Price", "words"):
                self.assertNotIn(price, text)

    def test_reports_of_other_roles_by_address(self):
        """Odoo's route does not ask for whom a report is."""
        picking = self.new_delivery([(self.bolt, 7, {})])
        plain = self.new_role_user("plain", password="plainplain")
        plain.group_ids += self.env.ref("stock.group_stock_user")
        self.authenticate("plain", "plainplain")
        for report, status in (("slip_241_prices", 403), ("slip_241", 200)):
            with self.subTest(report=report):
                address = f"/report/pdf/{MODULE}.report_{report}/{picking.id}"
                self.assertEqual(self.url_open(address).status_code, status)
        response = self.url_open(
            "/funnel/print",
            data={
                "ids": str(picking.id),
                "report_id": str(self.report.id),
                "csrf_token": Request.csrf_token(self),
            },
        )
        self.assertIn("not allowed to print", response.text)

    def test_what_we_tell_ourselves_no_request_can_say(self):
        picking = self.new_delivery([(self.bolt, 7, {})])
        user = self.users["order_desk"]
        self.authenticate(user.login, user.login)
        for value in (1, [picking.id, "JVBERg=="]):
            context = quote(json.dumps({"funnel_core_pdf": value}))
            for kind in ("html", "pdf"):
                for report in (
                    "stock.report_deliveryslip",
                    f"{MODULE}.report_slip_241",
                ):
                    with self.subTest(value=value, kind=kind, report=report):
                        response = self.url_open(
                            f"/report/{kind}/{report}/{picking.id}?context={context}"
                        )
                        self.assertEqual(response.status_code, 200)
                        self.assertIn("Bolt", response.text)
