import io

import openpyxl

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged, users

from .common import MODULE, ROLES
from .printing_common import PrintingCommon
from .test_printing_core_reports import text_of


def values_of(attachment):
    sheets = openpyxl.load_workbook(io.BytesIO(attachment.raw), data_only=True)
    cells = [cell for sheet in sheets for row in sheet.iter_rows() for cell in row]
    return {cell.value for cell in cells if cell.value is not None}


@tagged("post_install", "-at_install")
class TestPrintingMail(PrintingCommon):
    """Documents as Excel files in mails."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.email = "buyer@nordwind.example"
        cls.picking = cls.new_delivery([(cls.bolt, 7, {})])
        cls.order = cls.picking.sale_id
        cls.quotation = cls.order.copy()
        cls.quotation.user_id = cls.users["salesperson"]
        cls.purchase = cls.env["purchase.order"].create(
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
        cls.payment = cls.env["account.payment"].create(
            {"amount": 50, "partner_id": cls.customer.id}
        )

    def compose(self, records, user, **values):
        composers = records.env["mail.compose.message"].with_user(self.users[user])
        return composers.create(
            {
                "model": records._name,
                "res_ids": str(records.ids),
                "composition_mode": "comment",
                "partner_ids": self.customer.ids,
                "subject": "Yours",
                "body": "Dear Sirs",
                **values,
            }
        )

    def send(self, record, user, **values):
        composer = self.compose(record, user, attach_xlsx=True, **values)
        self.assertTrue(composer.can_attach_xlsx)
        _mails, message = composer._action_send_mail()
        return message.sudo().attachment_ids

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

    def test_the_dialog_shows_a_preview(self):
        """The slip is numbered and counted when it is sent, and not before."""
        self.company.print_core_reports = True
        template = self.env.ref("stock.mail_template_data_delivery_confirmation")
        core = self.env.ref("stock.action_report_delivery")
        for count, report in enumerate((core, self.report), 1):
            template.report_template_ids = report
            picking = self.picking.with_context(force_report_rendering=True)
            with self.subTest(report=report.name):
                composer = self.compose(picking, "order_desk", template_id=template.id)
                file = composer.attachment_ids
                self.assertEqual(self.picking.print_count, count - 1)
                self.assertNotIn("Reprint 1", text_of(file.raw))
                _mails, message = composer._action_send_mail()
                self.assertEqual(message.sudo().attachment_ids, file)
                self.assertEqual(self.picking.print_count, count)
                self.assertEqual("Reprint 1" in text_of(file.raw), count == 2)
                self.assertIn("Balance", text_of(file.raw))
                self.assertTrue(file.has_printed_prices)
        # What is taken out is not printed.
        composer = self.compose(picking, "order_desk", template_id=template.id)
        composer.attachment_ids = False
        composer._action_send_mail()
        self.assertEqual(self.picking.print_count, 2)

    def test_two_files_of_one_name(self):
        """Each is printed as what the dialog shows, and one mail is one print."""
        template = self.env.ref("stock.mail_template_data_delivery_confirmation")
        plain = self.env.ref(f"{MODULE}.report_slip_a4")
        template.report_template_ids = plain | self.report
        self.assertEqual(plain.print_report_name, self.report.print_report_name)
        picking = self.picking.with_context(force_report_rendering=True)
        composer = self.compose(picking, "order_desk", template_id=template.id)
        files = composer.attachment_ids
        self.assertEqual(len(set(files.mapped("name"))), 2)
        shown = ["36.50" in text_of(file.raw) for file in files]
        self.assertEqual(sorted(shown), [False, True])
        composer._action_send_mail()
        self.assertEqual(self.picking.print_count, 1)
        self.assertEqual(len(self.picking.slip_ids.log_ids), 2)
        sent = ["36.50" in text_of(file.raw) for file in files]
        self.assertEqual(sent, shown)
        self.assertEqual(files.mapped("has_printed_prices"), shown)
        # In the dialog as well, which is saved when it is sent.
        composers = picking.env["mail.compose.message"].with_context(
            default_model=picking._name,
            default_res_ids=picking.ids,
            default_composition_mode="comment",
            default_template_id=template.id,
            default_partner_ids=self.customer.ids,
        )
        dialog = Form(composers.with_user(self.users["order_desk"])).save()
        files = dialog.attachment_ids
        self.assertEqual(len(set(files.mapped("name"))), 2)
        previews = ["36.50" in text_of(file.raw) for file in files]
        dialog._action_send_mail()
        self.assertEqual(self.picking.print_count, 2)
        self.assertEqual(["36.50" in text_of(file.raw) for file in files], previews)
        # Without one of them, the other is printed as itself.
        for number in range(2):
            again = self.compose(picking, "order_desk", template_id=template.id)
            again.attachment_ids = again.attachment_ids[number]
            preview = "36.50" in text_of(again.attachment_ids.raw)
            again._action_send_mail()
            self.assertEqual(self.picking.print_count, 3 + number)
            self.assertEqual("36.50" in text_of(again.attachment_ids.raw), preview)

    def test_two_files_are_what_they_are_called(self):
        """Odoo prints in the order of the names of the reports."""
        template = self.env.ref("stock.mail_template_data_delivery_confirmation")
        plain = self.env.ref(f"{MODULE}.report_slip_a4")
        reports = (plain | self.report).sorted("id")
        for names in (("A", "B"), ("B", "A")):
            for report, name in zip(reports, names, strict=True):
                report.name = name
                report.print_report_name = f"'{name}'"
            self.env.invalidate_all()
            template.report_template_ids = reports
            picking = self.picking.with_context(force_report_rendering=True)
            composer = self.compose(picking, "order_desk", template_id=template.id)
            files = composer.attachment_ids
            named = {
                report: f"{report.print_report_name[1:-1]}.pdf" for report in reports
            }
            for _sent in range(2):
                priced = files.filtered(lambda file: "36.50" in text_of(file.raw))
                self.assertEqual(priced.name, named[self.report])
                composer._action_send_mail()

    def test_a_preview_is_printed_whatever_it_is_called(self):
        """Renamed, copied, or downloaded and uploaded again: one print."""
        template = self.env.ref("stock.mail_template_data_delivery_confirmation")
        template.report_template_ids = self.report
        picking = self.picking.with_context(force_report_rendering=True)
        composer = self.compose(picking, "order_desk", template_id=template.id)
        preview = composer.attachment_ids
        uploaded = preview.create(
            {"name": "Yours.pdf", "raw": preview.raw, "res_model": composer._name}
        )
        composer.attachment_ids |= preview.copy() | uploaded
        preview.name = "For you.pdf"
        composer.template_id = False
        composer.attachment_ids = preview | preview.copy() | uploaded
        _mails, message = composer._action_send_mail()
        files = message.sudo().attachment_ids
        self.assertEqual(len(files), 3)
        self.assertIn("For you.pdf", files.mapped("name"))
        self.assertEqual(self.picking.print_count, 1)
        for file in files:
            self.assertIn(self.picking.slip_number, text_of(file.raw))
            self.assertTrue(file.has_printed_prices)
        # Later mails that take the file along count nothing.
        later = self.compose(picking, "order_desk")
        later.attachment_ids = preview
        later._action_send_mail()
        self.assertEqual(self.picking.print_count, 1)

    def test_one_mail_is_no_second_print(self):
        """However many files it has, and whether or not one may print again."""
        self.env["funnel.print.layout"].search([]).reprint_right = True
        template = self.env.ref("stock.mail_template_data_delivery_confirmation")
        plain = self.env.ref(f"{MODULE}.report_slip_a4")
        template.report_template_ids = plain | self.report
        picking = self.picking.with_context(force_report_rendering=True)
        composer = self.compose(
            picking, "order_desk", template_id=template.id, attach_xlsx=True
        )
        _mails, message = composer._action_send_mail()
        files = message.sudo().attachment_ids
        self.assertEqual(len(files), 3)
        self.assertEqual(self.picking.print_count, 1)
        for file in files.filtered(lambda file: file.name.endswith("pdf")):
            self.assertNotIn("Reprint", text_of(file.raw))
        with self.assertRaisesRegex(UserError, "Print Slips Again"):
            self.send(self.picking, "order_desk")

    def test_the_preview_says_what_is_sent(self):
        """But for the number, which it has none of, and that it is a preview."""
        template = self.env.ref("stock.mail_template_data_delivery_confirmation")
        template.report_template_ids = self.report
        self.invoice_of(self.customer, 2810.5)
        picking = self.picking.with_context(force_report_rendering=True)
        for user in ("order_desk", "salesperson"):
            composer = self.compose(picking, user, template_id=template.id)
            file = composer.attachment_ids
            preview = text_of(file.raw)
            self.assertIn("Preview", preview)
            self.assertIn("2,810.50", preview)
            self.assertFalse(self.env["funnel.print.log"].search([]))
            self.assertFalse(self.picking.slip_number)
        composer._action_send_mail()
        sent = text_of(file.raw)
        self.assertNotIn("Preview", sent)
        self.assertIn(self.picking.slip_number, sent)
        self.assertIn("2,810.50", sent)
        # A second one is shown as the reprint that it will be.
        again = self.compose(picking, user, template_id=template.id)
        self.assertIn(self.picking.slip_number, text_of(again.attachment_ids.raw))

    def invoice_of(self, customer, amount):
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": customer.id,
                "invoice_user_id": self.users["salesperson"].id,
                "invoice_line_ids": [
                    Command.create(
                        {"name": "a", "price_unit": amount, "tax_ids": False}
                    )
                ],
            }
        )
        invoice.action_post()

    def test_previews_in_mails_to_several(self):
        template = self.env.ref("stock.mail_template_data_delivery_confirmation")
        template.report_template_ids = self.report
        picking = self.picking.with_context(force_report_rendering=True)
        preview = self.compose(picking, "order_desk", template_id=template.id)
        orders = (self.order | self.quotation).with_context(force_report_rendering=True)
        composer = self.compose(orders, "order_desk", composition_mode="comment")
        composer.attachment_ids = preview.attachment_ids
        composer._action_send_mail()
        self.assertEqual(self.picking.print_count, 1)

    def test_previews_of_another_document(self):
        """Each is printed of its own document, and a template prints its own alone."""
        template = self.env.ref("stock.mail_template_data_delivery_confirmation")
        template.report_template_ids = self.report
        picking = self.picking.with_context(force_report_rendering=True)
        preview = self.compose(picking, "order_desk", template_id=template.id)
        order = self.order.with_context(force_report_rendering=True)
        sale = self.env.ref("sale.email_template_edi_sale")
        composer = self.compose(order, "order_desk", template_id=sale.id, body=False)
        composer.attachment_ids = preview.attachment_ids
        composer.template_name = "Mine"
        composer.create_mail_template()
        self.assertFalse(composer.template_id.report_template_ids)
        self.assertFalse(composer.template_id.attachment_ids)
        composer.attachment_ids = preview.attachment_ids
        composer._action_send_mail()
        self.assertEqual(self.picking.print_count, 1)
        self.assertIn(self.picking.slip_number, text_of(composer.attachment_ids.raw))

    def test_previews_of_another_delivery(self):
        template = self.env.ref("stock.mail_template_data_delivery_confirmation")
        template.report_template_ids = self.report
        other = self.new_delivery([(self.bolt, 3, {})])
        picking = other.with_context(force_report_rendering=True)
        preview = self.compose(picking, "order_desk", template_id=template.id)
        mine = self.picking.with_context(force_report_rendering=True)
        composer = self.compose(mine, "order_desk")
        composer.attachment_ids = preview.attachment_ids
        composer._action_send_mail()
        self.assertEqual(self.picking.print_count, 0)
        self.assertEqual(other.print_count, 1)
        self.assertIn(other.slip_number, text_of(composer.attachment_ids.raw))

    def test_a_mail_is_saved_as_a_template_without_what_was_printed(self):
        template = self.env.ref("stock.mail_template_data_delivery_confirmation")
        for user, report in (
            ("order_desk", self.report),
            ("warehouse", self.env.ref(f"{MODULE}.report_slip_a4")),
        ):
            template.report_template_ids = report
            picking = self.picking.with_context(force_report_rendering=True)
            composer = self.compose(picking, user, template_id=template.id)
            printed = composer.attachment_ids
            own = self.env["ir.attachment"].with_user(self.users[user])
            own = own.create(
                {"name": "terms.txt", "raw": b"30 days", "res_model": composer._name}
            )
            composer.attachment_ids += own
            composer.template_name = "Mine"
            composer.create_mail_template()
            with self.subTest(user):
                new = composer.template_id
                self.assertNotEqual(new, template)
                self.assertEqual(new.attachment_ids, own)
                self.assertEqual(new.report_template_ids, report)
                self.assertEqual(composer.attachment_ids, printed + own)
                self.assertEqual(printed.res_model, composer._name)
                count = self.picking.print_count
                composer._action_send_mail()
                self.assertEqual(printed.res_model, "stock.picking")
                self.assertEqual(self.picking.print_count, count + 1)

    def test_who_may_not_print_again_looks_at_nothing(self):
        self.with_prices.reprint_right = True
        template = self.env.ref("stock.mail_template_data_delivery_confirmation")
        template.report_template_ids = self.report
        picking = self.picking.with_context(force_report_rendering=True)
        composer = self.compose(picking, "order_desk", template_id=template.id)
        composer._action_send_mail()
        self.assertEqual(self.picking.print_count, 1)
        again = self.compose(picking, "order_desk", template_id=template.id)
        with self.assertRaisesRegex(UserError, "Print Slips Again"):
            self.assertFalse(again.attachment_ids)

    @users("funnel_salesperson")
    def test_the_dialog(self):
        action = self.quotation.with_user(self.env.user).action_quotation_send()
        composers = self.env["mail.compose.message"].with_context(**action["context"])
        view = composers.get_view(view_type="form")
        self.assertIn('name="attach_xlsx"', view["arch"])
        self.assertTrue(composers.create({}).can_attach_xlsx)
