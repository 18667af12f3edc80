from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common import MODULE
from .printing_mail_common import PrintingMailCommon
from .test_printing_core_reports import text_of


@tagged("post_install", "-at_install")
class TestPrintingMailPreview(PrintingMailCommon):
    """What the dialog shows before it is sent, and what is sent then."""

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

    def test_what_a_colleague_attached_and_one_may_not_print(self):
        """The file is named, and nothing is sent."""
        self.with_prices.reprint_right = True
        template = self.env.ref("stock.mail_template_data_delivery_confirmation")
        template.report_template_ids = self.report
        picking = self.picking.with_context(force_report_rendering=True)
        draft = self.compose(picking, "order_desk", template_id=template.id)
        self.compose(picking, "order_desk", template_id=template.id)._action_send_mail()
        preview = draft.attachment_ids
        for user in ("order_desk", "finance"):
            mine = self.compose(picking, user)
            # A colleague may have passed it on.
            mine.attachment_ids = (
                preview.sudo()
                .with_user(self.users[user])
                .create(
                    {
                        "name": "For Nordwind.pdf",
                        "raw": preview.raw,
                        "res_model": mine._name,
                    }
                )
            )
            with (
                self.subTest(user),
                self.assertRaisesRegex(UserError, "For Nordwind"),
            ):
                mine._action_send_mail()
        self.assertEqual(self.picking.print_count, 1)

    def test_a_preview_of_what_was_deleted(self):
        template = self.env.ref("stock.mail_template_data_delivery_confirmation")
        template.report_template_ids = self.report
        other = self.new_delivery([(self.bolt, 3, {})]).copy()
        preview = self.compose(
            other.with_context(force_report_rendering=True),
            "order_desk",
            template_id=template.id,
        ).attachment_ids
        mine = self.compose(self.picking, "order_desk")
        mine.attachment_ids = preview
        other.unlink()
        with self.assertRaisesRegex(UserError, "was deleted"):
            mine._action_send_mail()

    def preview_of(self, report=None, picking=None):
        """Return the dialog of a mail with a preview."""
        template = self.env.ref("stock.mail_template_data_delivery_confirmation")
        template.report_template_ids = report or self.report
        picking = (picking or self.picking).with_context(force_report_rendering=True)
        composer = self.compose(picking, "order_desk", template_id=template.id)
        self.assertIn("Preview", text_of(composer.attachment_ids.raw))
        return composer

    def test_removed_and_uploaded_again(self):
        """The dialog deletes what is removed from it; the file is known all the same,
        in a later mail too."""
        composer = self.preview_of()
        raw = composer.attachment_ids.raw
        composer.attachment_ids.unlink()
        for count in (1, 2):
            composer.attachment_ids = composer.attachment_ids.create(
                {"name": "Slip.pdf", "raw": raw, "res_model": composer._name}
            )
            _mails, message = composer._action_send_mail()
            file = message.sudo().attachment_ids
            self.assertNotIn("Preview", text_of(file.raw))
            self.assertIn(self.picking.slip_number, text_of(file.raw))
            self.assertTrue(file.has_printed_prices)
            self.assertEqual(self.picking.print_count, count)
            picking = self.picking.with_context(force_report_rendering=True)
            composer = self.compose(picking, "order_desk")

    def test_odoo_s_own_slip_is_wanted_again(self):
        self.company.print_core_reports = True
        composer = self.preview_of(self.env.ref("stock.action_report_delivery"))
        self.company.print_core_reports = False
        _mails, message = composer._action_send_mail()
        text = text_of(message.sudo().attachment_ids.raw)
        self.assertNotIn("Preview", text)
        self.assertNotIn("36.50", text)
        self.assertEqual(self.picking.print_count, 0)

    def test_odoo_s_own_slip_is_not_sent_instead(self):
        self.company.print_core_reports = True
        core = self.env.ref("stock.action_report_delivery")
        composer = self.preview_of(core)
        self.env["funnel.print.layout"].search([]).reprint_right = True
        printer = self.env["ir.actions.report"].with_user(self.users["order_desk"])
        printer = printer.with_context(force_report_rendering=True)
        printer._render_qweb_pdf(core.id, self.picking.ids)
        self.assertEqual(self.picking.print_count, 1)
        with self.assertRaisesRegex(UserError, "Print Slips Again"):
            composer._action_send_mail()
        self.assertEqual(self.picking.print_count, 1)

    def test_a_layout_that_was_deleted(self):
        layout = self.with_prices.copy()
        composer = self.preview_of(self.report.copy({"print_layout_id": layout.id}))
        layout.unlink()
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "was deleted"):
            composer._action_send_mail()

    def test_a_layout_that_has_no_room_for_the_mark(self):
        layout = self.with_prices.copy()
        for block in layout.block_ids.filtered("text"):
            block.text = block.text.replace("{reprint}", "")
        composer = self.preview_of(self.report.copy({"print_layout_id": layout.id}))
        _mails, message = composer._action_send_mail()
        text = text_of(message.sudo().attachment_ids.raw)
        self.assertNotIn("Preview", text)
        self.assertIn(self.picking.slip_number, text)

    def test_mails_in_several_goes_print_once(self):
        self.env["ir.config_parameter"].sudo().set_param("mail.batch_size", "1")
        other = self.new_delivery([(self.bolt, 3, {})])
        preview = self.preview_of()
        both = (other | self.picking).with_context(force_report_rendering=True)
        mails = self.compose(
            both,
            "order_desk",
            composition_mode="mass_mail",
            template_id=preview.template_id.id,
        )
        mails.attachment_ids = preview.attachment_ids
        mails._action_send_mail()
        self.assertEqual((self.picking.print_count, other.print_count), (1, 1))

    def test_a_slip_that_was_sent_goes_into_no_template(self):
        composer = self.preview_of(self.env.ref(f"{MODULE}.report_slip_a4"))
        composer._action_send_mail()
        later = self.compose(self.picking, "order_desk")
        later.attachment_ids = composer.attachment_ids.copy(
            {"res_model": later._name, "res_id": 0}
        )
        later.template_name = "Mine"
        later.create_mail_template()
        self.assertFalse(later.template_id.attachment_ids)
