import base64

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.http import Request
from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.mail.tests.common import MockEmail
from odoo.addons.mail.tools.discuss import Store

from .printing_common import PrintingCommon

FLAG = "has_printed_prices"
PIXEL = (
    b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJ"
    b"RU5ErkJggg=="
)


class AttachmentCommon(PrintingCommon):
    """A slip with prices that the order desk mailed from a transfer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.email = "buyer@nordwind.example"
        cls.picking = cls.new_delivery([(cls.bolt, 7, {})])
        cls.message, cls.excel = cls.mail(cls.picking)
        cls.keeper = cls.users["warehouse"]

    @classmethod
    def mail(cls, record, user="order_desk", **values):
        """Mail a document as an Excel file; return the message and the file."""
        composers = record.env["mail.compose.message"].with_user(cls.users[user])
        composer = composers.create(
            {
                "model": record._name,
                "res_ids": str(record.ids),
                "composition_mode": "comment",
                "partner_ids": cls.customer.ids,
                "subject": "Yours",
                "body": "Dear Sirs",
                "attach_xlsx": True,
                **values,
            }
        )
        if values.get("scheduled_date"):
            message = composer._action_schedule_message()
        else:
            _mails, message = composer._action_send_mail()
        message = message.sudo()
        return message, message.attachment_ids

    def files(self, user):
        return self.env["ir.attachment"].with_user(user)

    def assert_sees(self, user, file, sees):
        files = self.files(user)
        domain = [("res_model", "=", file.res_model), ("res_id", "=", file.res_id)]
        self.assertEqual(file in files.search(domain), sees, user.login)
        self.assertEqual(file in files.search([("id", "=", file.id)]), sees)
        self.assertEqual(files.browse(file.id).has_access("read"), sees)
        data = Store().add(self.message.with_user(user)).get_result()
        self.assertEqual("ir.attachment" in data, sees)


@tagged("post_install", "-at_install")
class TestPrintingAttachment(AttachmentCommon):
    """Who is kept from the files with prices."""

    def test_what_mail_shows(self):
        """The card has tokens that open the file."""
        for user, shown in ((self.users["order_desk"], True), (self.keeper, False)):
            for store in (
                Store().add(self.message.with_user(user)),
                # What is sent to the screen of somebody else.
                Store(bus_channel=user).add(self.message),
                Store(bus_channel=user).add(
                    self.message, Store.Many("attachment_ids", sort="id")
                ),
            ):
                with self.subTest(user=user.login):
                    data = store.get_result()
                    self.assertEqual("ir.attachment" in data, shown)
                    told = data["mail.message"][0]["attachment_ids"]
                    self.assertEqual(told, self.excel.ids if shown else [])

    def test_all_messages_at_once(self):
        """Each file more costs no query more than where nothing is withheld."""
        messages, more = self.message, []
        for _more in range(2):
            more.append(
                self.count_queries(messages, "salesperson")
                - self.count_queries(messages, "order_desk")
            )
            for _number in range(4):
                messages |= self.mail(self.picking)[0]
        self.assertEqual(*more)

    def count_queries(self, messages, role):
        messages = messages.with_user(self.users[role])
        for _twice in range(2):  # the first time, groups and rules are read as well
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            Store().add(messages)
        return self.env.cr.sql_log_count - before

    def test_a_message_that_is_still_to_be_sent(self):
        tomorrow = str(fields.Datetime.add(fields.Datetime.now(), days=1))
        message, excel = self.mail(self.picking, scheduled_date=tomorrow)
        for user, shown in ((self.users["order_desk"], True), (self.keeper, False)):
            with self.subTest(user=user.login):
                self.env.invalidate_all()
                data = Store().add(message.with_user(user)).get_result()
                (told,) = data["mail.scheduled.message"]
                self.assertEqual(told["attachment_ids"], excel.ids if shown else [])
                self.assertEqual("ir.attachment" in data, shown)

    def test_slips_of_orders_that_the_user_may_not_read(self):
        """Odoo lets salespeople read all transfers."""
        other = self.new_role_user("funnel_other", "salesperson")
        self.assertTrue(self.picking.with_user(other).has_access("read"))
        for user, sees in (
            (other, False),
            (self.users["salesperson"], True),
            (self.users["team_leader"], True),
            (self.users["manager"], True),
            (self.users["order_desk"], True),
            (self.users["finance"], True),
            (self.users["purchasing"], False),
            (self.keeper, False),
        ):
            with self.subTest(user=user.login):
                self.env.invalidate_all()
                self.assert_sees(user, self.excel, sees)
        # A transfer of several orders tells the prices of all of them.
        more = self.new_delivery([(self.nut, 3, {})], user_id=other.id)
        more.move_ids.picking_id = self.picking
        for user in (other, self.users["salesperson"]):
            self.assert_sees(user, self.excel, False)
        # What has no prices stays, and so do other files of theirs.
        plain = self.excel.create(
            {"name": "a", "raw": b"a", "res_model": "stock.picking"}
            | {"res_id": self.picking.id}
        )
        self.assertTrue(plain.with_user(other).has_access("read"))
        self.assertIn(plain, self.files(other).search([("id", "=", plain.id)]))

    def test_receipts_with_prices(self):
        purchase = self.env["purchase.order"].create(
            {
                "partner_id": self.customer.id,
                "order_line": [
                    Command.create({"product_id": self.bolt.id, "price_unit": 12.34})
                ],
            }
        )
        purchase.button_confirm()
        excel = self.excel.create(
            {
                "name": "Receipt",
                "raw": self.excel.raw,
                "res_model": "stock.picking",
                "res_id": purchase.picking_ids.id,
            }
        )
        self.message.attachment_ids = excel
        self.assert_sees(self.users["salesperson"], excel, False)
        self.assert_sees(self.users["purchasing"], excel, True)

    def test_many_slips_are_checked_at_once(self):
        user = self.users["salesperson"]
        files = self.excel
        counts = []
        for _more in range(2):
            self.env.invalidate_all()
            files.with_user(user)._filtered_access("read")
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(files.with_user(user)._filtered_access("read"), files)
            counts.append(self.env.cr.sql_log_count - before)
            for _number in range(5):
                picking = self.new_delivery([(self.bolt, 7, {})])
                files |= self.mail(picking)[1]
        self.assertEqual(*counts)

    def test_users_do_not_choose_what_has_prices(self):
        for role in ("warehouse", "salesperson", "order_desk", "manager"):
            file = self.files(self.users[role]).browse(self.excel.id)
            with self.subTest(role=role):
                for value in (False, True):
                    with self.assertRaises(AccessError):
                        file.write({FLAG: value})
        files = self.files(self.users["order_desk"])
        with self.assertRaises(AccessError):
            files.create({"name": "a", "raw": b"a", FLAG: True})
        with self.assertRaises(AccessError):
            files.with_context(**{f"default_{FLAG}": True}).create({"name": "a"})
        self.assertTrue(self.excel[FLAG])

    def test_the_same_file_again(self):
        """Another day: what was printed is known by the flag alone."""
        raw = self.excel.raw
        self.env.flush_all()
        self.env.cr.cache.pop("funnel_printed_prices", None)
        files = self.files(self.users["order_desk"])
        again = files.create({"name": "b", "datas": base64.b64encode(raw)})
        filled = files.create({"name": "c", "raw": b"c"})
        self.assertFalse(filled[FLAG])
        filled.raw = raw
        for file in (again, filled, self.excel.with_user(files.env.user).copy()):
            self.assertTrue(file[FLAG])
        other, empty = files.create([{"name": "d", "raw": b"d"}, {"name": "e"}])
        self.assertFalse(other[FLAG] or empty[FLAG])

    def test_contents_are_not_found_out_by_searching(self):
        """As Odoo indexes files, the messages that have them can be searched."""
        self.excel.sudo().index_content = "Total 1234.56"
        plain = self.new_plain_file()
        self.message.attachment_ids += plain
        plain.sudo().index_content = "Stairs 1234"
        other = self.new_role_user("funnel_other", "salesperson")
        for user, told in (
            (self.users["order_desk"], True),
            (self.users["salesperson"], True),
            (other, False),
            (self.keeper, False),
        ):
            for model, path in (
                ("mail.message", "attachment_ids"),
                ("stock.picking", "message_ids.attachment_ids"),
            ):
                records = self.env[model].with_user(user)
                for field, operator, value in (
                    ("index_content", "=ilike", "%1234.5%"),
                    ("checksum", "=", self.excel.checksum),
                    ("file_size", "=", self.excel.file_size),
                ):
                    domain = [(f"{path}.{field}", operator, value)]
                    with self.subTest(user=user.login, path=path, field=field):
                        self.assertEqual(bool(records.search_count(domain)), told)
                stairs = [(f"{path}.index_content", "ilike", "stairs")]
                self.assertTrue(records.search_count(stairs))

    def new_plain_file(self):
        return self.excel.create(
            {"name": "Way.txt", "raw": b"Mind the stairs", "res_model": "stock.picking"}
            | {"res_id": self.picking.id}
        )

    def test_a_channel_is_told_no_tokens(self):
        """All who listen are told the same, and a token opens the file without login."""
        desk = self.users["order_desk"]
        channel = self.env["discuss.channel"].with_user(desk)
        channel = channel._create_channel(name="Yard", group_id=None)
        channel.sudo()._add_members(users=self.keeper)
        slip, plain = self.files(desk).create(
            [
                {"name": "a", "raw": raw, "res_model": "mail.compose.message"}
                for raw in (self.excel.raw, b"plain")
            ]
        )
        message = channel.message_post(
            body="x", message_type="comment", attachment_ids=(slip | plain).ids
        )
        told = self.tokens(Store(bus_channel=channel).add(message))
        self.assertEqual(told[slip.id], set())
        self.assertEqual(told[plain.id], {"raw_access_token", "thumbnail_access_token"})
        # Whoever loads the channel is told what is his or hers.
        self.assertIn("raw_access_token", self.tokens(Store().add(message))[slip.id])
        told = self.tokens(Store().add(message.with_user(self.keeper)))
        self.assertEqual(told.keys(), {plain.id})

    def test_a_customer_in_a_conversation_is_told_the_token(self):
        """Customers open files by it alone; it is kept back where the warehouse hears."""
        desk = self.users["order_desk"]
        customer = new_test_user(self.env, "funnel_talk", groups="base.group_portal")
        channel = self.env["discuss.channel"].with_user(desk)
        group = channel._create_group(customer.partner_id.ids)
        slip = self.files(desk).create(
            {"name": "a", "raw": self.excel.raw, "res_model": "mail.compose.message"}
        )
        message = group.message_post(
            body="x", message_type="comment", attachment_ids=slip.ids
        )
        told = self.tokens(Store(bus_channel=group).add(message))
        self.assertIn("raw_access_token", told[slip.id])
        group.sudo()._add_members(users=self.keeper)
        told = self.tokens(Store(bus_channel=group).add(message))
        self.assertEqual(told[slip.id], set())

    def tokens(self, store):
        """Return the names of the tokens that are told of each file."""
        return {
            file["id"]: {name for name in file if name.endswith("_token")}
            - {"ownership_token"}
            for file in store.get_result()["ir.attachment"]
        }


@tagged("post_install", "-at_install")
class TestPrintingAttachmentMail(MockEmail, AttachmentCommon):
    """Users who follow a transfer are mailed the files that they may see."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.new_role_user("funnel_other", "salesperson")
        cls.readers = cls.users["salesperson"] | cls.users["manager"]
        cls.kept = cls.keeper | cls.other
        for user in cls.readers | cls.kept:
            user.notification_type = "email"
            picking = cls.picking.with_user(user)
            picking.message_subscribe(user.partner_id.ids)

    def send(self):
        """Mail the slip; return partner -> mail."""
        files = self.env["ir.attachment"].with_user(self.users["order_desk"])
        plain = files.create({"name": "Way.txt", "raw": b"Mind the stairs"})
        with self.mock_mail_gateway():
            self.mail(self.picking, attachment_ids=[Command.link(plain.id)])
        partners = (self.readers | self.kept).partner_id | self.customer
        return {
            partner: mail
            for partner in partners
            for mail in self._mails
            if partner.email in str(mail["email_to"])
        }

    def test_files(self):
        mails = self.send()
        self.assertEqual(len(mails), 5)
        self.assertEqual(len(self._mails), 5)
        for partner, mail in mails.items():
            names = [name.split(".")[-1] for name, *_content in mail["attachments"]]
            with self.subTest(partner=partner.name):
                is_kept = partner in self.kept.partner_id
                self.assertEqual(names, ["txt"] if is_kept else ["txt", "xlsx"])
                self.assertIn("Dear Sirs", mail["body"])

    def test_links_to_heavy_files(self):
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("base.default_max_email_size", "0.001")
        for partner, mail in self.send().items():
            with self.subTest(partner=partner.name):
                is_kept = partner in self.kept.partner_id
                self.assertNotIn("xlsx", str(mail["attachments"]))
                self.assertEqual("xlsx" in mail["body"], not is_kept)

    def test_the_message_keeps_its_files(self):
        self.send()
        sent = self._new_mails.mail_message_id
        self.assertEqual(len(sent.attachment_ids), 2)
        self.assertEqual(self._new_mails.attachment_ids, sent.attachment_ids)


@tagged("post_install", "-at_install")
class TestPrintingAttachmentDownload(HttpCase, AttachmentCommon):
    """Tokens open no file that a user is kept from."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        reports = cls.env["ir.actions.report"]
        content, _kind = reports.with_context(
            force_report_rendering=True
        )._render_qweb_pdf(cls.report, cls.picking.ids)
        copy = cls.env["ir.attachment"].create(
            [
                {
                    "name": "Copy.pdf",
                    "raw": content,
                    "res_model": record._name,
                    "res_id": record.id,
                }
                for record in (cls.picking, cls.picking.sale_id)
            ]
        )
        # Of the other one, the document alone tells that it has prices.
        copy[1].sudo().has_printed_prices = False
        cls.copies = copy
        cls.customers_user = new_test_user(
            cls.env, "funnel_portal", groups="base.group_portal"
        )
        cls.other = cls.new_role_user("funnel_other", "salesperson")

    def get(self, login, url, **options):
        """Return whether a user is given the file."""
        self.authenticate(login, login)
        response = self.url_open(url, **options)
        given = response.ok and response.content[:4] == b"%PDF"
        if not given and "pdf_first_page" not in url and "zip" not in url:
            self.assertNotIn(b"%PDF", response.content)
        return given

    def urls(self, copy):
        """Return the addresses that mail shows and those that are in mails."""
        token = f"access_token={copy._get_raw_access_token()}"
        (given,) = copy.generate_access_token()
        return [
            f"/web/content/{copy.id}?{token}",
            f"/web/content/{copy.id}?download=true&{token}",
            f"/web/content/ir.attachment/{copy.id}/raw?{token}",
            f"/web/content/{copy.id}?access_token={given}",
        ]

    def test_tokens(self):
        for copy in self.copies:
            for url in self.urls(copy):
                with self.subTest(url=url, model=copy.res_model):
                    self.assertFalse(self.get("funnel_warehouse", url))
                    self.assertTrue(self.get("funnel_order_desk", url))
                    # Links in mails are opened without any login, or with that of the
                    # customer.
                    self.assertTrue(self.get(None, url))
                    self.assertTrue(self.get("funnel_portal", url))

    def test_tokens_of_slips_of_others(self):
        for url in self.urls(self.copies[0]):
            with self.subTest(url=url):
                self.assertFalse(self.get("funnel_other", url))
                self.assertTrue(self.get("funnel_salesperson", url))

    def test_first_page_and_thumbnail(self):
        for copy in self.copies:
            copy.thumbnail = PIXEL
            picture = base64.b64decode(copy.thumbnail)
            owner, thumbnail = copy._get_ownership_token(), copy._get_thumbnail_token()
            page = f"/mail/attachment/pdf_first_page/{copy.id}?access_token={owner}"
            small = f"/web/image/ir.attachment/{copy.id}/thumbnail"
            small += f"?access_token={thumbnail}"
            for login, given in (("funnel_warehouse", False), (None, True)):
                with self.subTest(login=login, model=copy.res_model):
                    self.authenticate(login, login)
                    self.assertEqual(self.url_open(page).status_code == 200, given)
                    image = self.url_open(small).content
                    self.assertEqual(image == picture, given)

    def test_owner_token(self):
        """What opens a file also deletes it, or puts it into another message."""
        keeper = self.copies.with_user(self.keeper)
        tokens = [copy._get_ownership_token() for copy in self.copies]
        self.assertFalse(keeper._has_attachments_ownership(tokens))
        self.assertFalse(keeper.sudo()._has_attachments_ownership(tokens))
        desk = self.copies.with_user(self.users["order_desk"])
        self.assertTrue(desk._has_attachments_ownership(tokens))

    def test_zip(self):
        for copy in self.copies:
            for login, given in (
                ("funnel_warehouse", False),
                ("funnel_order_desk", True),
            ):
                with self.subTest(login=login, model=copy.res_model):
                    self.authenticate(login, login)
                    response = self.url_open(
                        "/mail/attachment/zip",
                        data={
                            "csrf_token": Request.csrf_token(self),
                            "file_ids": str(copy.id),
                            "zip_name": "all.zip",
                        },
                    )
                    self.assertEqual(response.content[:2] == b"PK", given)

    def test_the_chatter(self):
        for login, shown in (("funnel_warehouse", False), ("funnel_order_desk", True)):
            self.authenticate(login, login)
            result = self.make_jsonrpc_request(
                "/mail/thread/messages",
                {"thread_model": "stock.picking", "thread_id": self.picking.id},
            )
            self.assertEqual("ir.attachment" in result["data"], shown)
            messages = {m["id"]: m for m in result["data"]["mail.message"]}
            self.assertIn("Dear Sirs", str(messages[self.message.id]["body"]))
