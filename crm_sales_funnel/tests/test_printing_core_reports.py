import io
from unittest.mock import patch

from odoo import Command
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools.pdf import PdfFileReader

from odoo.addons.sale.models.ir_actions_report import IrActionsReport as SaleReport

from ..controllers.printing import _reads_only
from .common import MODULE
from .printing_common import PrintingCommon

MARK = "By a layout of ours"
# A picture of one pixel.
SIGNATURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJ"
    "RU5ErkJggg=="
)


def text_of(content):
    pages = PdfFileReader(io.BytesIO(content)).pages
    return " ".join(" ".join(page.extract_text().split()) for page in pages)


class CoreReportsCommon(PrintingCommon):
    """Each of our layouts has a mark that Odoo's own documents lack."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.print_core_reports = True
        for layout in cls.env["funnel.print.layout"].search([]):
            layout.block_ids = [Command.create({"text": MARK, "width": 60})]
        cls.order = cls.new_delivery([(cls.bolt, 7, {})]).sale_id
        cls.quotation = cls.order.copy()
        cls.picking = cls.order.picking_ids

    @classmethod
    def new_purchase(cls):
        return cls.env["purchase.order"].create(
            {
                "partner_id": cls.customer.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": cls.bolt.id,
                            "product_qty": 3,
                            "price_unit": 12.34,
                            "tax_ids": False,
                        }
                    )
                ],
            }
        )

    def reports(self, user="order_desk", **context):
        return (
            self.env["ir.actions.report"]
            .with_user(self.users.get(user, user))
            .with_context(force_report_rendering=True, **context)
        )

    def print_pdf(self, name, records, user="order_desk"):
        return self.reports(user)._render_qweb_pdf(name, records.ids)[0]

    def print_html(self, name, records, user="order_desk"):
        content, _kind = self.reports(user)._render_qweb_html(name, records.ids)
        return content.decode()


@tagged("post_install", "-at_install")
class TestPrintingCoreReports(CoreReportsCommon):
    def test_each_document(self):
        payment = self.env["account.payment"].create(
            {"amount": 50, "partner_id": self.customer.id}
        )
        for name, record, user in (
            ("sale.action_report_saleorder", self.order, "order_desk"),
            ("sale.action_report_saleorder", self.quotation, "salesperson"),
            (
                "purchase.action_report_purchase_order",
                self.new_purchase(),
                "purchasing",
            ),
            ("stock.action_report_delivery", self.picking, "warehouse"),
            ("account.action_report_payment_receipt", payment, "finance"),
        ):
            with self.subTest(name, user=user):
                self.assertIn(MARK, text_of(self.print_pdf(name, record, user)))
                self.assertIn(MARK, self.print_html(name, record, user))
        for name in ("sale.report_saleorder_pro_forma", "sale.report_saleorder"):
            ours = MARK in self.print_html(name, self.order)
            self.assertEqual(ours, name == "sale.report_saleorder")

    def test_off_and_in_other_companies_odoo_prints(self):
        self.company.print_core_reports = False
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        elsewhere.print_core_reports = True
        html = self.print_html("sale.action_report_saleorder", self.order)
        self.assertNotIn(MARK, html)
        self.assertIn('class="article', html)
        with patch.object(type(self.with_prices), "_render_each") as printed:
            self.reports()._get_core_layouts(
                self.env.ref("sale.action_report_saleorder").sudo(), self.order
            )
            printed.assert_not_called()

    def test_without_a_layout_odoo_prints(self):
        self.order._action_cancel()  # no entry of the Print menu is for it
        html = self.print_html("sale.action_report_saleorder", self.order)
        self.assertIn('class="article', html)
        self.assertNotIn(MARK, html)

    def test_signed_documents_keep_their_signature(self):
        self.order.write({"signature": SIGNATURE, "signed_by": "Ms Buyer"})
        html = self.print_html("sale.action_report_saleorder", self.order)
        self.assertNotIn(MARK, html)
        self.assertIn("Ms Buyer", html)

    def test_rules_and_the_order_of_the_list(self):
        report = self.env.ref("stock.action_report_delivery")
        layouts = self.env["ir.actions.report"]._get_core_layouts
        self.assertEqual(layouts(report, self.picking)[self.picking], self.with_prices)
        a4 = self.env.ref(f"{MODULE}.funnel_print_layout_slip_a4_prices")
        a4.sequence = 1
        self.assertEqual(layouts(report, self.picking)[self.picking], a4)
        # A rule for the entry that comes first, then one for Odoo's own.
        rules = self.env["funnel.print.rule"]
        by_entry = self.with_prices.copy({"name": "By the entry"})
        rules.create(
            {
                "report_id": self.env.ref(f"{MODULE}.report_slip_a4_prices").id,
                "layout_id": by_entry.id,
                "partner_id": self.customer.id,
            }
        )
        self.assertEqual(layouts(report, self.picking)[self.picking], by_entry)
        rules.create({"report_id": report.id, "layout_id": self.without_prices.id})
        self.assertEqual(
            layouts(report, self.picking)[self.picking], self.without_prices
        )

    def test_what_is_for_one_department_goes_to_no_customer(self):
        """Neither by the portal nor by what Odoo sends."""
        report = self.env.ref("stock.action_report_delivery")
        internal = self.with_prices.copy({"sequence": -9, "menu_pdf": True})
        portal = new_test_user(self.env, "funnel_portal", groups="base.group_portal")
        people = {
            "portal": portal,
            "odoo": self.env.ref("base.user_root"),
            "finance": self.users["finance"],
            "desk": self.users["order_desk"],
        }
        finance = self.env.ref(f"{MODULE}.group_funnel_finance")
        prices = self.env.ref("sales_team.group_sale_salesman")
        keepers = self.env.ref("stock.group_stock_user")
        for groups, given in (
            (finance, {"finance"}),
            (prices | finance, {"finance", "desk"}),
            (prices, {"portal", "odoo", "desk"}),
            (keepers | portal.group_ids, {"portal", "desk"}),
            (finance.browse(), set(people)),
        ):
            internal.report_ids.group_ids = groups
            for name, user in people.items():
                with self.subTest(groups=groups.mapped("name"), user=name):
                    # As the portal prints: in somebody's name, with Odoo's rights.
                    reports = self.env["ir.actions.report"].with_user(user).sudo()
                    layouts = reports._get_core_layouts(report.sudo(), self.picking)
                    expected = internal if name in given else self.with_prices
                    self.assertEqual(layouts[self.picking], expected)

    def test_several_documents_of_both_kinds(self):
        signed = self.order.copy()
        signed.signature = SIGNATURE
        orders = self.order | signed | self.quotation
        core = b"".join([b"%PDF of Odoo"])
        with patch.object(
            SaleReport,
            "_render_qweb_pdf_prepare_streams",
            autospec=True,
            side_effect=lambda reports, ref, data, res_ids: (
                {
                    id_: {"stream": io.BytesIO(core), "attachment": None}
                    for id_ in res_ids
                }
                if "funnel_core_pdf" not in reports.env.context
                else {
                    res_ids[0]: {
                        "stream": io.BytesIO(reports.env.context["funnel_core_pdf"][1]),
                        "attachment": None,
                    }
                }
            ),
        ):
            streams = self.reports()._render_qweb_pdf_prepare_streams(
                "sale.action_report_saleorder", {}, orders.ids
            )
        self.assertEqual(list(streams), orders.ids)
        self.assertEqual(streams[signed.id]["stream"].getvalue(), core)
        for order in (self.order, self.quotation):
            text = text_of(streams[order.id]["stream"].getvalue())
            self.assertIn(order.name, text)
            self.assertIn(MARK, text)

    def test_the_same_document_twice(self):
        ids = [self.order.id, self.quotation.id, self.order.id]
        content, _kind = self.reports()._render_qweb_pdf(
            "sale.action_report_saleorder", ids
        )
        pages = PdfFileReader(io.BytesIO(content)).pages
        names = [self.order.name, self.quotation.name, self.order.name]
        self.assertEqual(len(pages), 3)
        for page, name in zip(pages, names, strict=True):
            self.assertIn(name, page.extract_text())

    def test_what_others_add_to_odoos_print_is_added_to_ours(self):
        builders = [self.env["sale.edi.xml.ubl_bis3"]]
        with patch.object(
            type(self.order), "_get_edi_builders", lambda order: builders
        ):
            content = self.print_pdf("sale.action_report_saleorder", self.order)
        self.assertIn(MARK, text_of(content))
        names = PdfFileReader(io.BytesIO(content)).attachments
        self.assertTrue([name for name in names if name.endswith(".xml")])

    def test_prints_are_kept_where_odoo_keeps_them(self):
        report = self.env.ref("stock.action_report_delivery")
        report.write({"attachment": "object.name + '.pdf'", "attachment_use": True})
        # The warehouse leaves none without prices to the others ...
        text = text_of(self.print_pdf(report.report_name, self.picking, "warehouse"))
        self.assertIn(MARK, text)
        self.assertFalse(report.retrieve_attachment(self.picking))
        self.assertIn("36.50", text_of(self.print_pdf(report, self.picking)))
        kept = report.retrieve_attachment(self.picking)
        self.assertIn("36.50", text_of(kept.raw))
        with patch.object(type(self.with_prices), "_render_each") as printed:
            self.assertEqual(self.print_pdf(report, self.picking), kept.raw)
            printed.assert_not_called()
        # ... and is not given theirs, not even where no layout is for it.
        text = text_of(self.print_pdf(report, self.picking, "warehouse"))
        self.assertNotIn("36.50", text)
        self.env["ir.actions.report"].search(
            [("print_layout_id", "!=", False)]
        ).binding_model_id = False
        with patch.object(
            SaleReport, "_render_qweb_pdf_prepare_streams", autospec=True
        ) as odoo:
            odoo.return_value = {}
            self.reports("warehouse")._render_qweb_pdf_prepare_streams(
                report.report_name, {}, self.picking.ids
            )
        context = odoo.call_args.args[0].env.context
        self.assertTrue(context["report_pdf_no_attachment"])

    def test_requests_for_quotation_tell_no_price(self):
        purchase = self.new_purchase()
        for name, told in (
            ("purchase.report_purchase_quotation", False),
            ("purchase.action_report_purchase_order", True),
        ):
            text = text_of(self.print_pdf(name, purchase, "purchasing"))
            self.assertIn(MARK, text)
            self.assertEqual("12.34" in text, told)
            self.assertEqual("37.02" in text, told)

    def test_prices_are_kept_from_the_warehouse(self):
        name = "stock.action_report_delivery"
        self.assertIn("36.50", text_of(self.print_pdf(name, self.picking)))
        text = text_of(self.print_pdf(name, self.picking, "warehouse"))
        self.assertNotIn("36.50", text)
        # Neither by a rule that names a layout with prices.
        self.env["funnel.print.rule"].create(
            {"report_id": self.env.ref(name).id, "layout_id": self.with_prices.id}
        )
        text = text_of(self.print_pdf(name, self.picking, "warehouse"))
        self.assertIn(MARK, text)
        self.assertNotIn("36.50", text)

    def test_files_with_prices_are_known(self):
        """Also where other addons write them anew, and wherever they are attached."""
        purchase = self.new_purchase()
        for name, record, user, priced in (
            ("sale.action_report_saleorder", self.order, "order_desk", True),
            ("sale.action_report_saleorder", self.quotation, "salesperson", True),
            ("purchase.action_report_purchase_order", purchase, "purchasing", True),
            ("purchase.report_purchase_quotation", purchase, "purchasing", False),
            ("stock.action_report_delivery", self.picking, "order_desk", True),
            ("stock.action_report_delivery", self.picking, "warehouse", False),
        ):
            for records in (record, record + record):
                with self.subTest(name, user=user, count=len(records._ids)):
                    # As in a request of its own.
                    self.env.cr.cache.pop("funnel_printed_prices", None)
                    pdf = self.print_pdf(name, records, user)
                    self.assertIn(MARK, text_of(pdf))
                    message = self.picking.with_user(self.users[user]).message_post(
                        attachments=[("a.pdf", pdf)]
                    )
                    file = message.sudo().attachment_ids
                    self.assertEqual(file.has_printed_prices, priced)
                    keeper = file.with_user(self.users["warehouse"])
                    self.assertEqual(keeper.has_access("read"), not priced)

    def test_who_may_not_print_again_gets_odoos_slip(self):
        """Odoo mails the slip when the goods leave; that must not fail."""
        self.with_prices.reprint_right = self.without_prices.reprint_right = True
        name = "stock.action_report_delivery"
        self.print_pdf(name, self.picking)
        self.assertEqual(self.picking.print_count, 1)
        self.assertNotIn(MARK, self.print_html(name, self.picking))
        self.assertIn(MARK, self.print_html(name, self.picking, "manager"))

    def test_the_setting(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.assertFalse(company.print_core_reports)
        settings = self.env["res.config.settings"].create({})
        settings.print_core_reports = False
        settings.execute()
        self.assertFalse(self.company.print_core_reports)


@tagged("post_install", "-at_install")
class TestPrintingPortal(CoreReportsCommon, HttpCase):
    """What customers download."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal = new_test_user(cls.env, "funnel_portal", groups="base.group_portal")
        cls.portal.partner_id.parent_id = cls.customer
        for document in cls.order | cls.quotation:
            document.message_subscribe(cls.portal.partner_id.ids)
        cls.quotation.state = "sent"

    def download(self, url):
        """Return a PDF, which Odoo would not make in tests."""
        reports = type(self.env["ir.actions.report"])
        pre_render = reports._pre_render_qweb_pdf

        def forced(self, *args, **kwargs):
            made = self.with_context(force_report_rendering=True)
            return pre_render(made, *args, **kwargs)

        with patch.object(reports, "_pre_render_qweb_pdf", forced):
            response = self.url_open(url)
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.headers["Content-Type"], "application/pdf")
        return text_of(response.content)

    def assert_order(self, text, order):
        self.assertIn(MARK, text)
        self.assertIn(order.name, text)
        self.assertIn("255.49", text)

    def test_orders_of_a_portal_user(self):
        self.authenticate("funnel_portal", "funnel_portal")
        for order in (self.quotation, self.order):
            text = self.download(f"/my/orders/{order.id}?report_type=pdf&download=1")
            self.assert_order(text, order)
        response = self.url_open(f"/my/orders/{self.order.id}?report_type=html")
        self.assertIn(MARK, response.text)

    def test_a_quotation_by_its_token(self):
        self.assert_order(
            self.download(self.quotation.get_portal_url(report_type="pdf")),
            self.quotation,
        )
        # Without the token it is nobody's business.
        response = self.url_open(f"/my/orders/{self.quotation.id}?report_type=pdf")
        self.assertNotIn("pdf", response.headers["Content-Type"])

    def test_slips_are_not_counted_for_customers(self):
        token = self.order._portal_ensure_token()
        url = f"/my/picking/pdf/{self.picking.id}?access_token={token}"
        self.with_prices.reprint_right = True
        for count in (0, 1):
            text = self.download(url)
            self.assertIn(MARK, text)
            self.assertIn("36.50", text)
            self.assertNotIn("Public user", text)
            self.assertNotIn("Balance", text)
            self.assertEqual(self.picking.print_count, count)
            if not count:
                self.print_pdf("stock.action_report_delivery", self.picking)

    def test_the_web_client_may_write(self):
        """Odoo's route has a cursor that cannot write, and slips are numbered."""
        for name, reads_only in (
            ("stock.report_deliveryslip", False),
            ("stock.report_picking", True),
        ):
            self.assertEqual(_reads_only(None, None, {"reportname": name}), reads_only)
        login = self.users["order_desk"].login
        self.authenticate(login, login)
        url = f"/report/html/stock.report_deliveryslip/{self.picking.id}"
        self.assertIn(MARK, self.url_open(url).text)
        self.assertEqual(self.picking.print_count, 1)
        self.download(f"/report/pdf/stock.report_deliveryslip/{self.picking.id}")
        self.assertEqual(self.picking.print_count, 2)
