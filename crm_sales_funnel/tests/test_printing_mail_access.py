from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import MODULE
from .printing_mail_common import PrintingMailCommon
from .test_printing_core_reports import text_of

ROLES = (
    "salesperson",
    "warehouse",
    "purchasing",
    "finance",
    "other_salesperson",
    "other_employee",
)


@tagged("post_install", "-at_install")
class TestPrintingMailAccess(PrintingMailCommon):
    """Odoo makes what the dialog of a mail shows as superuser: it shows no more than its
    user may print."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for role in ("salesperson", "employee"):
            groups = (
                f"{MODULE}.group_funnel_salesperson" if role == "salesperson" else ""
            )
            cls.users[f"other_{role}"] = new_test_user(
                cls.env,
                f"other_{role}",
                groups=f"base.group_user,{groups}".rstrip(","),
                company_id=cls.company.id,
                company_ids=[Command.set(cls.company.ids)],
            )

    def templates(self):
        """Yield documents, templates that print them, and texts that not all may read."""
        reports = {
            "sale.action_report_saleorder": (self.order, "32.30"),
            f"{MODULE}.report_order_a4": (self.order, "36.50"),
            "purchase.action_report_purchase_order": (self.purchase, "12.34"),
            "account.action_report_payment_receipt": (self.payment, "50.00"),
        }
        for name, (document, price) in reports.items():
            report = self.env.ref(name)
            template = self.env["mail.template"].create(
                {
                    "name": report.report_name,
                    "model_id": self.env["ir.model"]._get_id(document._name),
                    "subject": "{{ object.display_name }}",
                    "body_html": "<t t-out='object.display_name'/>",
                    "report_template_ids": [Command.set(report.ids)],
                }
            )
            yield document, template, price

    def print_directly(self, report, document):
        """Return what the user may print of a document, None if nothing."""
        printer = document.env["ir.actions.report"]
        try:
            document.check_access("read")
            return printer._render_qweb_html(report.id, document.ids)[0].decode()
        except AccessError:
            return None

    def test_it_shows_what_the_user_prints_in_the_menu(self):
        refused, told = [], []
        for document, template, price in self.templates():
            for role in ROLES:
                mine = document.with_user(self.users[role]).with_context(
                    force_report_rendering=True
                )
                with self.subTest(f"{role} {template.name}"):
                    text = self.print_directly(template.report_template_ids, mine)
                    try:
                        composer = self.compose(mine, role, template_id=template.id)
                        shown = text_of(composer.attachment_ids.raw)
                    except AccessError:
                        shown = None
                    self.assertEqual(shown is None, text is None)
                    self.assertEqual(price in (shown or ""), price in (text or ""))
                    refused += [role] * (text is None)
                    told += [role] * (price in (text or ""))
        self.assertEqual(refused.count("other_employee"), 4)
        self.assertEqual(refused.count("other_salesperson"), 4)
        self.assertEqual(told.count("finance"), 3)  # a draft receipt tells none
        self.assertNotIn("warehouse", told)

    def test_its_words_tell_nothing_either(self):
        (_document, template, _roles) = next(self.templates())
        composers = self.env["mail.compose.message"].with_user(
            self.users["other_salesperson"]
        )
        values = {
            "model": "sale.order",
            "res_ids": str(self.order.ids),
            "composition_mode": "comment",
            "template_id": template.id,
        }
        spec = dict.fromkeys(("subject", "body", "template_id"), {})
        with self.assertRaises(AccessError):
            composers.onchange(values, ["template_id"], spec)

    def test_a_report_for_others(self):
        self.report.group_ids = self.env.ref(f"{MODULE}.group_funnel_finance")
        template = self.env.ref("stock.mail_template_data_delivery_confirmation")
        template.report_template_ids = self.report
        picking = self.picking.with_context(force_report_rendering=True)
        with self.assertRaisesRegex(AccessError, self.report.name):
            self.compose(picking, "order_desk", template_id=template.id).env.flush_all()
        files = self.compose(picking, "finance", template_id=template.id).attachment_ids
        self.assertIn("36.50", text_of(files.raw))

    def test_what_odoo_sends_itself(self):
        """For whom it does, it may be a document that he or she cannot read."""
        (_document, template, _roles) = next(self.templates())
        composers = self.env["mail.compose.message"].with_user(
            self.users["other_salesperson"]
        )
        composer = composers.sudo().create(
            {
                "model": "sale.order",
                "res_ids": str(self.order.ids),
                "composition_mode": "comment",
                "template_id": template.id,
            }
        )
        self.assertIn(self.order.name, composer.subject)

    def test_a_colleague_s_slip_has_no_prices_and_is_sent(self):
        template = self.env.ref("stock.mail_template_data_delivery_confirmation")
        template.report_template_ids = self.report
        picking = self.picking.with_context(force_report_rendering=True)
        for values in ({"template_id": template.id}, {"attach_xlsx": True}):
            composer = self.compose(picking, "other_salesperson", **values)
            composer.env.flush_all()
            _mails, message = composer._action_send_mail()
            files = message.sudo().attachment_ids
            self.assertEqual(len(files), 1)
            if "template_id" in values:
                self.assertNotIn("36.50", text_of(files.raw))

    def test_a_download_that_is_attached(self):
        """The warehouse is kept from prices, however the file comes to the slip."""
        printer = self.env["ir.actions.report"].with_user(self.users["order_desk"])
        printer = printer.with_context(force_report_rendering=True)
        raw = printer._render_qweb_pdf(self.report.id, self.picking.ids)[0]
        self.env.cr.cache.clear()
        file = (
            self.env["ir.attachment"]
            .with_user(self.users["order_desk"])
            .create(
                {
                    "name": "a.pdf",
                    "raw": raw,
                    "res_model": "stock.picking",
                    "res_id": self.picking.id,
                }
            )
        )
        for user in ("warehouse", "other_salesperson"):
            with self.subTest(user), self.assertRaises(AccessError):
                file.with_user(self.users[user]).read(["raw"])
        self.assertTrue(file.with_user(self.users["order_desk"]).raw)

    def test_files_are_known_for_a_year(self):
        files = self.env["funnel.printed.file"].sudo()
        old, new = files._note(["old", "new"], has_prices=True)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE funnel_printed_file SET create_date = '2020-01-01' WHERE id = %s",
            [old.id],
        )
        files.invalidate_model()
        files._gc_printed_files()
        self.assertEqual((old | new).exists(), new)
        for user in self.users.values():
            self.assertFalse(files.with_user(user).sudo(False).has_access("read"))

    def test_a_template_is_looked_at(self):
        """Which numbers and counts nothing."""
        template = self.env.ref("stock.mail_template_data_delivery_confirmation")
        template.report_template_ids = self.report
        preview = (
            self.env["mail.template.preview"]
            .with_user(self.users["order_desk"])
            .with_context(force_report_rendering=True)
            .create(
                {
                    "mail_template_id": template.id,
                    "resource_ref": f"stock.picking,{self.picking.id}",
                }
            )
        )
        self.assertFalse(preview.error_msg)
        self.assertEqual(self.picking.print_count, 0)
        self.assertFalse(self.picking.slip_ids)

    def test_the_print_address_answers_in_words(self):
        layout = self.with_prices
        with self.assertRaisesRegex(UserError, "Choose"):
            layout._render(self.picking.browse())
