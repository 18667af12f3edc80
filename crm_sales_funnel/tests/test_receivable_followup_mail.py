"""The mail that a customer who does not pay gets, as it leaves."""

from odoo.tests import tagged

from .followup_common import FollowupCommon

MODULE = "crm_sales_funnel"


@tagged("post_install", "-at_install")
class TestReceivableFollowupMail(FollowupCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.create_policy(("Mail", 1, "mail"), sequence=-2)
        cls.customer.email = "pay@example.com"
        cls.company.partner_id.write({"email": "ar@example.com", "phone": "+49 30 77"})

    def send(self, **values):
        """Follow up a customer of his own.

        :return: the line, and what leaves for the customer
        """
        customer = self.customer.copy({"name": "Nordwind GmbH", **values})
        self.overdue(100, 5, partner_id=customer.id)
        line = self.prepare()
        line._send_mail()
        (outgoing,) = line.mail_id._prepare_outgoing_list()
        return line, outgoing

    def install(self, lang):
        self.env["res.lang"]._activate_lang(lang)
        self.env["ir.module.module"]._load_module_terms([MODULE], [lang])

    def test_it_is_from_the_company(self):
        """The customer reads of his invoices, and nothing of the program."""
        for lang, text in (("en_US", "Dear Sir or Madam"), ("zh_CN", "尊敬的客户")):
            with self.subTest(lang):
                self.install(lang)
                line, outgoing = self.send(lang=lang)
                body = outgoing["body"]
                for told in (text, self.company.name, "ar@example.com", "+49 30 77"):
                    self.assertIn(told, body)
                self.assertIn(line.item_ids.move_id.name, body)
                self.assertIn("100.00", body)
                self.assertIn(f'lang="{lang}"', body)
                for foreign in ("Odoo", "Follow-up", "跟进", "/odoo/", "/mail/view"):
                    self.assertNotIn(foreign, body)
                self.assertEqual(body.count(self.company.name), 2)
                self.assertNotIn(line.display_name, body)
                self.assertIn(self.company.name, outgoing["subject"])

    def test_a_name_of_two_lines(self):
        """No header of the mail is broken by it, whatever comes from the name."""
        line, outgoing = self.send(name="Nordwind\nGmbH")
        self.assertTrue(line.mail_id.subject.endswith("for Nordwind GmbH"))
        self.assertEqual(len(outgoing["attachments"]), 1)
        message = self.env["ir.mail_server"]._build_email__(
            outgoing["email_from"],
            outgoing["email_to"],
            outgoing["subject"],
            outgoing["body"],
            attachments=outgoing["attachments"],
        )
        self.assertEqual(message["To"], '"Nordwind GmbH" <pay@example.com>')
        self.assertEqual(message["Subject"], line.mail_id.subject)

    def switch_off(self, lang):
        """Switch a language off that nobody reads any more."""
        self.env["res.lang"].search([("code", "=", lang)]).active = False

    def test_a_language_that_was_switched_off(self):
        """What waits in it is read and sent in the customer's present one."""
        self.install("zh_CN")
        self.customer.lang = "zh_CN"
        self.overdue(100, 5)
        line = self.prepare()
        self.assertEqual(line.lang, "zh_CN")
        self.assertIn("尊敬的客户", line.preview)
        self.customer.lang = "en_US"
        self.switch_off("zh_CN")
        self.env.invalidate_all()
        self.assertIn("Dear Sir or Madam", line.preview)
        line._send()
        self.assertRecordValues(line, [{"state": "done", "lang": "en_US"}])
        self.assertIn("Dear Sir or Madam", line.mail_id.body_html)

    def test_a_language_that_only_an_archived_customer_has(self):
        self.install("zh_CN")
        self.customer.lang = "zh_CN"
        self.overdue(100, 5)
        self.customer.active = False
        self.switch_off("zh_CN")
        line = self.prepare()
        self.assertEqual(line.lang, self.company.partner_id.lang or "en_US")
        self.assertIn("Dear Sir or Madam", line.preview)
