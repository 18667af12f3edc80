import io

import openpyxl

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import tagged, users

from .common import MODULE, ROLES
from .printing_mail_common import PrintingMailCommon


def values_of(attachment):
    sheets = openpyxl.load_workbook(io.BytesIO(attachment.raw), data_only=True)
    cells = [cell for sheet in sheets for row in sheet.iter_rows() for cell in row]
    return {cell.value for cell in cells if cell.value is not None}


@tagged("post_install", "-at_install")
class TestPrintingMail(PrintingMailCommon):
    """Documents as Excel files in mails."""

    def test_each_document(self):
        for record, user, name, value in (
            (self.quotation, "salesperson", "Quotation - ", 255.49),
            (self.order, "order_desk", "Sales Order - ", 255.49),
            (self.picking, "salesperson", "Delivery Slip - ", 36.5),
            (self.payment, "finance", "Voucher - ", "USD 50.00"),
        ):
            with self.subTest(record):
                excel = self.send(record, user)
                self.assertEqual(excel.name, f"{name}{record.name or ''}.xlsx")
                self.assertEqual(excel.res_model, record._name)
                self.assertEqual(excel.res_id, record.id)
                self.assertIn(value, values_of(excel))

    def test_the_file_has_a_name_in_the_language_of_its_reader(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.customer.lang = "de_DE"
        report = self.env.ref(f"{MODULE}.report_quotation_a4_xlsx")
        report.with_context(
            lang="de_DE"
        ).print_report_name = "'Angebot - %s' % object.name"
        excel = self.send(self.quotation, "salesperson")
        self.assertEqual(excel.name, f"Angebot - {self.quotation.name}.xlsx")

    def test_only_if_wanted(self):
        composer = self.compose(self.quotation, "salesperson")
        self.assertFalse(composer.attach_xlsx)
        _mails, message = composer._action_send_mail()
        self.assertFalse(message.attachment_ids)

    def test_beside_what_else_is_attached(self):
        """The PDF of the template, that of ours here, and files of the user."""
        template = self.env.ref("sale.email_template_edi_sale")
        template.report_template_ids = self.env.ref(f"{MODULE}.report_quotation_a4")
        attachments = self.send(
            self.quotation, "salesperson", template_id=template.id, body=False
        )
        names = [name.rsplit(".", 1)[-1] for name in attachments.mapped("name")]
        self.assertIn("xlsx", names)
        self.assertEqual(len(names), 2)

    def test_an_excel_report_of_a_template(self):
        template = self.env.ref("sale.email_template_edi_sale")
        template.report_template_ids = self.env.ref(
            f"{MODULE}.report_quotation_a4_xlsx"
        )
        composer = self.compose(
            self.quotation, "salesperson", template_id=template.id, body=False
        )
        excel = composer.attachment_ids
        self.assertEqual(excel.name, f"Quotation - {self.quotation.name}.xlsx")
        self.assertIn(255.49, values_of(excel))

    def test_scheduled(self):
        composer = self.compose(
            self.quotation,
            "salesperson",
            attach_xlsx=True,
            scheduled_date=str(fields.Datetime.add(fields.Datetime.now(), days=1)),
        )
        message = composer._action_schedule_message()
        self.assertIn(255.49, values_of(message.sudo().attachment_ids))

    def test_by_the_rule_for_the_customer(self):
        layout = self.env.ref(f"{MODULE}.funnel_print_layout_quotation_a4").copy()
        layout.block_ids = [Command.create({"text": "Only for Nordwind", "width": 60})]
        self.env["funnel.print.rule"].create(
            {
                "report_id": self.env.ref(f"{MODULE}.report_quotation_a4_xlsx").id,
                "layout_id": layout.id,
                "partner_id": self.customer.id,
            }
        )
        excel = self.send(self.quotation, "salesperson")
        self.assertIn("Only for Nordwind", values_of(excel))

    def test_requests_for_quotation_tell_no_price(self):
        values = values_of(self.send(self.purchase, "purchasing"))
        self.assertNotIn(12.34, values)
        self.assertIn(3, values)
        self.purchase.button_confirm()
        self.assertIn(12.34, values_of(self.send(self.purchase, "purchasing")))

    def test_only_for_one_document_that_is_printed(self):
        for records, mode, offered in (
            (self.order, "comment", True),
            (self.order | self.quotation, "comment", False),
            (self.order, "mass_mail", False),
            (self.customer, "comment", False),
        ):
            with self.subTest(records, mode=mode):
                composer = self.compose(records, "order_desk", composition_mode=mode)
                self.assertEqual(composer.can_attach_xlsx, offered)
        # Where the layouts have left the Print menu there is nothing to attach.
        self.env["ir.actions.report"].search(
            [("print_layout_id", "!=", False)]
        ).binding_model_id = False
        self.assertFalse(self.compose(self.order, "order_desk").can_attach_xlsx)

    def test_documents_of_others(self):
        self.quotation.user_id = self.users["manager"]
        with self.assertRaises(AccessError):
            self.send(self.quotation, "salesperson")

    def test_the_warehouse_mails_no_prices(self):
        excel = self.send(self.picking, "warehouse")
        self.assertNotIn(36.5, values_of(excel))
        self.assertIn(7, values_of(excel))
        self.assertFalse(excel.has_printed_prices)

    def test_slips_with_prices_in_the_chatter(self):
        """They lie where the warehouse reads all messages."""
        excel = self.send(self.picking, "salesperson")
        self.assertTrue(excel.has_printed_prices)
        template = self.env.ref("stock.mail_template_data_delivery_confirmation")
        template.report_template_ids = self.report
        pdf = self.compose(
            self.picking.with_context(force_report_rendering=True),
            "order_desk",
            template_id=template.id,
        )
        self.assertTrue(pdf.attachment_ids.has_printed_prices)
        copied = excel.copy({"name": "Copy"})
        domain = [("res_model", "=", "stock.picking"), ("res_id", "=", self.picking.id)]
        for role in ROLES:
            found = self.env["ir.attachment"].with_user(self.users[role]).search(domain)
            sees = role != "warehouse"
            self.assertEqual(excel in found, sees and bool(found), role)
        mine = (excel | copied).with_user(self.users["warehouse"])
        for attachment in mine:
            with self.assertRaises(AccessError):
                attachment.read(["raw"])
        self.assertFalse(mine._filtered_access("read"))
        # Other files, and the messages themselves, stay as they were.
        other = self.env["ir.attachment"].create(
            {"name": "a", "raw": b"a", "res_model": "stock.picking"}
            | {"res_id": self.picking.id}
        )
        self.assertEqual(other.with_user(self.users["warehouse"]).raw, b"a")
        messages = self.picking.with_user(self.users["warehouse"]).message_ids
        self.assertIn("Dear Sirs", "".join(messages.mapped("body")))

    @users("funnel_salesperson")
    def test_the_dialog(self):
        action = self.quotation.with_user(self.env.user).action_quotation_send()
        composers = self.env["mail.compose.message"].with_context(**action["context"])
        view = composers.get_view(view_type="form")
        self.assertIn('name="attach_xlsx"', view["arch"])
        self.assertTrue(composers.create({}).can_attach_xlsx)
