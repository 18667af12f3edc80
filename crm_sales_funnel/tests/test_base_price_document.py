import base64

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged

from odoo.addons.mail.tests.common import MockEmail

from .common import FunnelCommon

SECRET = "4273.19"


@tagged("post_install", "-at_install")
class TestPriceDocument(HttpCase, FunnelCommon):
    """What customers and vendors are sent is kept from the warehouse as well: web
    pages, mails, printed copies, and names with a total."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product = cls.env["product.product"].create({"name": "Hex bolt M8x30"})
        line = {"product_id": cls.product.id, "price_unit": float(SECRET)}
        cls.order = cls.env["sale.order"].create(
            {"partner_id": cls.customer.id, "order_line": [Command.create(line)]}
        )
        cls.purchase = cls.env["purchase.order"].create(
            {"partner_id": cls.partner_a.id, "order_line": [Command.create(line)]}
        )
        cls.purchase.button_confirm()
        cls.documents = (cls.order, cls.purchase)
        cls.keeper = cls.users["warehouse"]
        cls.clerk = cls.new_role_user("funnel_clerk", "order_desk", "purchasing")
        for user in (cls.keeper, cls.clerk):
            user.password = user.login
        cls.mails, cls.copies = zip(
            *(cls.send(document) for document in cls.documents), strict=True
        )

    @classmethod
    def send(cls, document):
        """Mail a document with its printed copy; return the mail and the copy."""
        copy = cls.env["ir.attachment"].create(
            {
                "name": "Copy.txt",
                "datas": base64.b64encode(SECRET.encode()),
                "res_model": document._name,
                "res_id": document.id,
            }
        )
        mail = document.message_post(
            body=f"It amounts to {SECRET}",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            attachment_ids=copy.ids,
        )
        return mail, copy

    def test_web_pages(self):
        for login, shown in ((self.clerk.login, True), (self.keeper.login, False)):
            self.authenticate(login, login)
            for url in (
                f"/my/orders/{self.order.id}",
                f"/my/orders/{self.order.id}?report_type=html",
                f"/my/purchase/{self.purchase.id}",
            ):
                with self.subTest(login=login, url=url):
                    text = self.url_open(url).text.replace(",", "")
                    self.assertEqual(SECRET in text, shown)

    def test_links_to_web_pages(self):
        for document in self.documents:
            link = document.with_user(self.clerk).get_portal_url()
            self.authenticate(self.keeper.login, self.keeper.login)
            self.assertNotIn(SECRET, self.url_open(link).text.replace(",", ""))
            document = document.with_user(self.keeper)
            share = self.env["portal.share"].with_user(self.keeper)
            share = share.with_context(
                active_model=document._name, active_id=document.id
            )
            for attempt in (
                document.get_portal_url,
                lambda document=document: document.read(["access_token"]),
                lambda share=share: share.default_get(["share_link"]),
            ):
                with self.subTest(document=document), self.assertRaises(AccessError):
                    attempt()

    def test_mails(self):
        for document, mail in zip(self.documents, self.mails, strict=True):
            for user, shown in ((self.clerk, True), (self.keeper, False)):
                with self.subTest(document=document, user=user.login):
                    messages = self.env["mail.message"].with_user(user)
                    domain = [("id", "=", mail.id)]
                    self.assertEqual(bool(messages.search(domain)), shown)
                    self.assertEqual(messages.browse(mail.id).has_access("read"), shown)
                    self.assertEqual(
                        bool(messages._get_with_access(mail.id, mode="read")), shown
                    )

    def test_mails_are_not_found_out_by_searching(self):
        for document in self.documents:
            for field in ("message_ids", "website_message_ids"):
                domain = [(f"{field}.body", "like", SECRET)]
                documents = document.with_user(self.keeper)
                with self.subTest(document=document, field=field):
                    self.assertIn(document, document.search(domain))
                    with self.assertRaises(AccessError):
                        documents.search(domain)

    def test_printed_copies(self):
        for document, copy in zip(self.documents, self.copies, strict=True):
            for user, shown in ((self.clerk, True), (self.keeper, False)):
                with self.subTest(document=document, user=user.login):
                    files = self.env["ir.attachment"].with_user(user)
                    for domain in (
                        [("id", "=", copy.id)],
                        [("res_model", "=", document._name)],
                        [("res_model", "in", [document._name, "res.partner"])],
                    ):
                        self.assertEqual(copy in files.search(domain), shown)
                    self.assertEqual(files.browse(copy.id).has_access("read"), shown)

    def test_other_files_and_messages_stay(self):
        for record in (self.customer, self.product):
            mail, copy = self.send(record)
            for file_or_mail in (mail, copy):
                found = file_or_mail.with_user(self.keeper)
                self.assertTrue(found.has_access("read"))
                self.assertTrue(found.search([("id", "=", found.id)]))

    def test_keeper_writes_on_an_order(self):
        """The mail to the customer has the link and the total, for the customer."""
        self.customer.email = "office@nordwind.example.com"
        order = self.order.with_user(self.keeper)
        order._message_get_suggested_recipients(reply_discussion=True)
        message = order.message_post(
            body="The goods are ready",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=self.customer.ids,
        )
        self.assertIn("The goods are ready", message.body)
        self.assertTrue(message.sudo().notification_ids)

    def test_names_with_totals(self):
        receipt = self.purchase.picking_ids
        for user, told in ((self.clerk, True), (self.keeper, False)):
            with self.subTest(user=user.login):
                totals = {"show_total_amount": True}
                purchase = self.purchase.with_user(user).with_context(**totals)
                named = receipt.with_user(user).with_context(**totals)
                for names in (
                    purchase.display_name,
                    purchase.name_search(self.purchase.name),
                    named.read(["purchase_id"]),
                ):
                    self.assertIn(self.purchase.name, str(names))
                    self.assertEqual(":" in str(names).replace("':", ""), told)

    def test_credit_warning_does_not_keep_a_quotation_shut(self):
        self.company.account_use_credit_limit = True
        order = self.order.with_user(self.keeper)
        names = order.fields_get().keys()
        self.assertNotIn("partner_credit_warning", names)
        with self.assertRaises(AccessError):
            order.read(["partner_credit_warning"])


@tagged("post_install", "-at_install")
class TestPriceThread(MockEmail, FunnelCommon):
    """Who is kept from prices is not notified of them, by mail nor in Odoo."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product = cls.env["product.product"].create({"name": "Hex bolt M8x30"})
        line = {"product_id": cls.product.id, "price_unit": float(SECRET)}
        line["tax_ids"] = [Command.clear()]
        cls.order = cls.env["sale.order"].create(
            {"partner_id": cls.customer.id, "order_line": [Command.create(line)]}
        )
        cls.purchase = cls.env["purchase.order"].create(
            {"partner_id": cls.partner_a.id, "order_line": [Command.create(line)]}
        )
        cls.purchase.button_confirm()
        cls.invoice = cls.init_invoice("out_invoice", cls.customer, amounts=[4273.19])
        cls.documents = (cls.order, cls.purchase, cls.invoice)
        cls.keeper, cls.desk = cls.users["warehouse"], cls.users["order_desk"]
        cls.both = cls.keeper | cls.desk
        for document in cls.documents:
            document.message_subscribe(cls.both.partner_id.ids)

    def post(self, document, how, **values):
        """Write on a document; return user -> mail, and who finds it in the inbox."""
        self.both.notification_type = how
        with self.mock_mail_gateway():
            values = {"subtype_xmlid": "mail.mt_comment", **values}
            message = document.message_post(
                body="Please hurry", message_type="comment", **values
            )
        mails = {
            user: mail
            for user in self.both
            for mail in self._mails
            if user.email in str(mail["email_to"])
        }
        return mails, message.notification_ids.res_partner_id.user_ids & self.both

    def test_followers(self):
        for document in self.documents:
            for how in ("email", "inbox"):
                with self.subTest(document=document, how=how):
                    mails, notified = self.post(document, how)
                    self.assertEqual(notified, self.desk)
                    if how == "email":
                        self.assertEqual(mails.keys(), {self.desk})
                        text = mails[self.desk]["body"].replace(",", "")
                        self.assertIn(SECRET, text)

    def test_the_keeper_who_follows_by_himself(self):
        order = self.env["sale.order"].browse(self.order.copy().id)
        order.with_user(self.keeper).message_subscribe(self.keeper.partner_id.ids)
        self.assertIn(self.keeper.partner_id, order.message_partner_ids)
        _mails, notified = self.post(order, "email")
        self.assertNotIn(self.keeper, notified)

    def test_addressed(self):
        """A colleague writes to the warehouse: the text comes, the total does not."""
        for document in self.documents:
            copy = self.env["ir.attachment"].create(
                {
                    "name": "Copy.pdf",
                    "raw": b"%PDF-1.4",
                    "res_model": document._name,
                    "res_id": document.id,
                }
            )
            values = {"partner_ids": self.both.partner_id.ids}
            values["attachment_ids"] = copy.ids
            with self.subTest(document=document):
                mails, notified = self.post(document, "email", **values)
                self.assertEqual(notified, self.both)
                for user, told in ((self.desk, True), (self.keeper, False)):
                    body = mails[user]["body"].replace(",", "")
                    self.assertIn("Please hurry", body)
                    self.assertIn(document.name or "", body)
                    self.assertEqual(SECRET in body, told)
                    self.assertEqual(bool(mails[user]["attachments"]), told)

    def test_changes(self):
        """Odoo tells followers, and who is addressed, what changed beside the text."""
        subtype = self.env.ref("sale.mt_order_confirmed")
        self.order.message_subscribe(self.both.partner_id.ids, subtype.ids)
        field = self.env["ir.model.fields"]._get("sale.order", "amount_total")
        change = {"field_id": field.id, "new_value_float": 4273.19}
        change["currency_id"] = self.order.currency_id.id
        self.order.amount_total = 0
        for partners, notified in (
            (self.env["res.partner"], self.desk),
            (self.both.partner_id, self.both),
        ):
            mails, found = self.post(
                self.order,
                "email",
                partner_ids=partners.ids,
                subtype_xmlid="sale.mt_order_confirmed",
                tracking_value_ids=[Command.create(change)],
            )
            self.assertEqual(found, notified)
            for user in notified:
                body = mails[user]["body"].replace(",", "")
                self.assertEqual(SECRET in body, user == self.desk)

    def test_other_records(self):
        self.customer.message_subscribe(self.both.partner_id.ids)
        mails, notified = self.post(self.customer, "email")
        self.assertEqual(notified, self.both)
        self.assertEqual(len(mails), 2)
