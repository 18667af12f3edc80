import json
from datetime import date

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .test_receivable_statement import MARCH
from .test_receivable_statement_print import StatementPrintCommon


@tagged("post_install", "-at_install")
class TestReceivableStatementMail(StatementPrintCommon):
    def composer(self, statements, **values):
        action = statements.with_user(self.finance).action_send()
        composers = self.env["mail.compose.message"].with_user(self.finance)
        return composers.with_context(
            **action["context"], force_report_rendering=True
        ).create(values)

    def test_a_mail_makes_it_sent(self):
        statement = self.march()
        composer = self.composer(statement)
        self.assertEqual(composer.composition_mode, "comment")
        self.assertEqual(
            composer.subject,
            f"{self.company.name}: Statement of Account {statement.name}",
        )
        self.assertIn("03/01/2026", composer.body)
        self.assertIn("58.20", composer.body)
        self.assertEqual(composer.partner_ids, self.partner)
        self.assertEqual(statement.state, "draft")
        with self.on("2026-04-02"):
            _mails, message = composer._action_send_mail()
        self.assertEqual(
            message.attachment_ids.mapped("name"), [f"Statement - {statement.name}.pdf"]
        )
        self.assertTrue(message.attachment_ids.raw.startswith(b"%PDF-"))
        self.assertEqual(statement.state, "sent")
        self.assertEqual(statement.sent_date, date(2026, 4, 2))

    def test_mailed_as_the_company(self):
        """One by itself or several at once: nothing of the program, no link into it."""
        self.company.write({"email": "ar@example.com", "phone": "+49 30 77"})
        other = self.partner.copy({"email": "other@example.com"})
        with self.on("2026-03-05"):
            self.deliver(self.deliverable(1, partner=other), 1)
        self.deliver_on("2026-03-05")
        statements = self.make(*MARCH, self.partner | other)
        for some in (statements[:1], statements):
            some.state = "draft"
            self.composer(some)._action_send_mail()
            mail = self.env["mail.mail"].search(
                [("model", "=", some._name), ("res_id", "=", some[:1].id)],
                order="id desc",
                limit=1,
            )
            body = mail._prepare_outgoing_list()[0]["body"]
            with self.subTest(len(some)):
                for told in (self.company.name, "ar@example.com", "+49 30 77"):
                    self.assertIn(told, body)
                for foreign in ("Odoo", "/odoo/", "/mail/view"):
                    self.assertNotIn(foreign, body)

    def test_with_the_excel_file(self):
        statement = self.march()
        composer = self.composer(statement, attach_xlsx=True)
        self.assertTrue(composer.can_attach_xlsx)
        _mails, message = composer._action_send_mail()
        self.assertEqual(
            sorted(message.attachment_ids.mapped("name")),
            [f"Statement - {statement.name}.{kind}" for kind in ("pdf", "xlsx")],
        )

    def test_a_template_made_of_the_mail_has_no_statement(self):
        """All read its files; it prints the statement that each mail is about."""
        composer = self.composer(self.march())
        printed = composer.attachment_ids
        reports = composer.template_id.report_template_ids
        composer.template_name = "Mine"
        composer.create_mail_template()
        template = composer.template_id
        self.assertFalse(template.attachment_ids)
        self.assertEqual(template.report_template_ids, reports)
        self.assertEqual(composer.attachment_ids, printed)
        file = printed.with_user(self.users["salesperson"])
        self.assertFalse(file.has_access("read"))

    def test_mailed_again_it_stays_what_it_is(self):
        statement = self.march()
        statement.action_confirm()
        self.composer(statement)._action_send_mail()
        self.assertEqual(statement.state, "confirmed")

    def test_in_the_language_of_the_customer(self):
        self.activate_chinese()
        statement = self.march()
        for lang, subject, name in (
            ("zh_CN", "对账单", "对账单"),
            ("zh_TW", "對帳單", "對帳單"),
        ):
            self.partner.lang = lang
            with self.subTest(lang):
                composer = self.composer(statement)
                self.assertIn(f"{subject} {statement.name}", composer.subject)
                self.assertIn("2026/03/01", composer.body)
                self.assertEqual(
                    composer.attachment_ids.mapped("name"),
                    [f"{name} - {statement.name}.pdf"],
                )

    def test_later(self):
        """A mail that goes tomorrow makes it sent tomorrow."""
        statement = self.march()
        composer = self.composer(statement, scheduled_date="2026-04-03 08:00:00")
        with self.on("2026-04-02"):
            composer.action_schedule_message()
            self.assertEqual(statement.state, "draft")
        scheduled = self.env["mail.scheduled.message"].search(
            [("model", "=", statement._name), ("res_id", "=", statement.id)]
        )
        with self.on("2026-04-03"):
            scheduled._post_message()
        self.assertEqual(statement.state, "sent")

    def test_each_customer_has_a_mail_of_his_own(self):
        other, silent = self.env["res.partner"].create(
            [{"name": "Other", "email": "other@example.com"}, {"name": "Silent"}]
        )
        with self.on("2026-03-05"):
            for partner in (other, silent):
                self.deliver(self.deliverable(1, partner=partner), 1)
        self.deliver_on("2026-03-05")
        statements = self.make(*MARCH, self.partner | other | silent)
        by_partner = statements.grouped("partner_id")
        composer = self.composer(statements)
        self.assertEqual(composer.composition_mode, "mass_mail")
        self.assertFalse(composer.can_attach_xlsx)
        mails, _messages = composer._action_send_mail()
        mails = {mail.res_id: mail for mail in mails}
        for partner in (self.partner, other):
            statement = by_partner[partner]
            mail = mails[statement.id]
            self.assertIn(
                partner, mail.recipient_ids | mail.notification_ids.res_partner_id
            )
            self.assertEqual(
                mail.attachment_ids.mapped("name"),
                [f"Statement - {statement.name}.pdf"],
            )
            self.assertIn(statement.name, mail.subject)
            self.assertEqual(statement.state, "sent")
            self.assertIn(statement.name, statement.message_ids[:1].subject)
        # Who has no address was sent nothing.
        self.assertEqual(by_partner[silent].state, "draft")

    def test_finance_mails_them(self):
        statement = self.march()
        for role in ("salesperson", "order_desk", "manager", "warehouse"):
            with self.subTest(role), self.assertRaises(AccessError):
                statement.with_user(self.users[role]).action_send()
        # Who reads a statement may write about it, and makes it nothing else.
        context = statement.action_send()["context"]
        mine = statement.with_user(self.users["salesperson"])
        with self.assertRaises(AccessError):
            mine.with_context(**context).message_post(body="Here it is")
        mine.message_post(body="Is it right?")
        self.assertEqual(statement.state, "draft")

    def test_the_dialog(self):
        action = self.march().action_send()
        self.assertTrue(json.dumps(action))
        composers = self.env["mail.compose.message"].with_user(self.finance)
        composers = composers.with_context(**action["context"])
        view = composers.get_view(view_type="form")
        self.assertIn('name="attach_xlsx"', view["arch"])
        self.assertTrue(composers.create({}).can_attach_xlsx)
