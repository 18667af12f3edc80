from datetime import datetime
from email.utils import formatdate

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .contact_common import ContactCommon

REPLY = """Return-Path: <{sender}>
To: {to}
From: {sender}
Subject: Re: Your order
Date: {date}
Message-ID: <{number}@nordwind.example.com>
In-Reply-To: {parent}
References: {parent}
Content-Type: text/plain; charset="utf-8"

Please send 20 more.
"""


@tagged("post_install", "-at_install")
class TestContactMail(ContactCommon):
    """Mails of the customer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls.env["sale.order"].create(
            {"partner_id": cls.customer.id, "user_id": cls.salesperson.id}
        )

    def send(self, record, user=None):
        """Send a mail to the customer's person as the salesperson."""
        return record.with_user(user or self.salesperson).message_post(
            body="We can deliver on Monday.",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=self.person.ids,
        )

    def receive(self, message, sender=None, number=1, date=None, headers=""):
        """Let the mail gateway take the answer to a message."""
        text = REPLY.format(
            sender=sender or self.person.email,
            to="catchall@example.com",
            number=number,
            date=date or formatdate(),
            parent=message.message_id,
        )
        self.env["mail.thread"].message_process(False, headers + text)

    def test_answer_of_the_customer_is_a_contact(self):
        message = self.send(self.order)
        sent = self.logs_of()
        late = "Mon, 02 Mar 2026 10:00:00 +0000"
        self.receive(message, date=late)
        log = self.logs_of() - sent
        self.assertRecordValues(
            log,
            [
                {
                    "order_id": self.order.id,
                    "partner_id": self.customer.id,
                    "contact_id": self.person.id,
                    "channel_id": self.channels["mail"].id,
                    "direction": "incoming",
                    "user_id": self.salesperson.id,
                    "date": datetime(2026, 3, 2, 10),
                }
            ],
        )
        self.assertIn("Please send 20 more", log.summary)
        self.assertEqual(self.customer.last_contact_id, sent)  # its clock is late
        # the same mail once more, by another server: Odoo knows it
        self.receive(message)
        self.assertEqual(self.logs_of(), sent | log)
        # handed out once more
        self.order._notify_thread(log.message_id, skip_existing=True)
        self.assertEqual(self.logs_of(), sent | log)

    def test_answer_fulfils_nothing(self):
        """It may say that somebody is on holiday."""
        message = self.send(self.order)
        self.customer.next_contact_date = self.today
        activity = self.schedule(self.order, "email")
        self.receive(message)
        self.env.flush_all()
        self.assertEqual(len(self.logs_of()), 2)
        self.assertEqual(self.customer.last_contact_id.direction, "incoming")
        self.assertTrue(activity.active)
        self.assertEqual(self.customer.next_contact_date, self.today)
        # and hides none that does
        self.log(self.env["funnel.contact.log"].default_get(["date"])["date"])
        self.assertFalse(self.customer.next_contact_date)
        newer = self.logs_of().filtered(lambda log: log.direction == "incoming")
        newer.date = self.env["funnel.contact.log"].default_get(["date"])["date"]
        self.env.flush_all()
        self.assertFalse(self.customer.next_contact_date)

    def test_automatic_answer_is_no_contact(self):
        message = self.send(self.order)
        sent = self.logs_of()
        automatic = (
            "Auto-Submitted: auto-replied (vacation)",
            "auto-submitted: Auto-Generated; owner-email=x",
            "X-Autoreply: yes",
            "X-Auto-Response-Suppress: All",
            "Precedence: auto_reply",
            "Precedence: Bulk",
        )
        for number, header in enumerate(automatic, 20):
            with self.subTest(header):
                before = len(self.order.message_ids)
                self.receive(message, number=number, headers=f"{header}\n")
                self.assertEqual(len(self.order.message_ids), before + 1)
                self.assertEqual(self.logs_of(), sent)
        by_people = ("Auto-Submitted: no", "Precedence: list", "Importance: high")
        for number, header in enumerate(by_people, 40):
            with self.subTest(header):
                self.receive(message, number=number, headers=f"{header}\n")
                self.assertEqual(len(self.logs_of() - sent), number - 40 + 1)

    def test_whose_contact_it_is(self):
        """The salesperson of the document, else of the customer, else the leader."""
        nobody = self.new_role_user("funnel_nobody")
        leader = self.users["team_leader"]
        message = self.send(self.order)
        self.order.user_id = leader
        self.receive(message, number=2)
        self.order.user_id = nobody
        self.receive(message, number=3)
        self.customer.user_id = False
        self.order.team_id = self.team
        self.receive(message, number=4)
        self.order.team_id = False
        self.receive(message, number=5)
        logs = self.logs_of().filtered(lambda log: log.direction == "incoming")
        self.assertEqual(
            [log.user_id for log in logs.sorted("id")],
            [leader, self.salesperson, leader],
        )

    def test_lead_that_is_no_customer_yet(self):
        lead = self.env["crm.lead"].create(
            {
                "name": "Pallets",
                "email_from": "Ada <ada@example.com>",
                "user_id": self.salesperson.id,
            }
        )
        message = self.send(lead)
        sent = lead.contact_log_ids
        self.receive(message, "ada@example.com")
        self.receive(message, "else@example.com", 2)
        log = lead.contact_log_ids - sent
        self.assertEqual(
            (log.direction, log.user_id, log.partner_id.id),
            ("incoming", self.salesperson, False),
        )

    def test_portal_message_of_the_customer(self):
        portal = new_test_user(
            self.env, "funnel_portal", groups="base.group_portal", email="p@example.com"
        )
        portal.partner_id.parent_id = self.customer
        self.order.message_post(
            body="When?",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            author_id=portal.partner_id.id,
        )
        self.assertEqual(self.logs_of().direction, "incoming")
        self.assertEqual(self.logs_of().contact_id, portal.partner_id)

    def test_what_is_no_mail_of_the_customer(self):
        message = self.send(self.order)
        sent = self.logs_of()
        self.env["res.partner"].create({"name": "Forwarder", "email": "f@example.com"})
        for number, sender in enumerate(
            ("f@example.com", "unknown@example.com", self.salesperson.email)
        ):
            self.receive(message, sender, number + 9)
        bill = self.init_invoice("in_invoice", partner=self.customer)
        for record, values in (
            (bill, {"message_type": "email", "subtype_xmlid": "mail.mt_comment"}),
            (self.order, {"message_type": "email", "subtype_xmlid": "mail.mt_note"}),
            (self.order, {"message_type": "notification"}),
        ):
            record.message_post(body="x", author_id=self.person.id, **values)
        # of us: a colleague who is a contact of the customer, too
        self.users["order_desk"].partner_id.parent_id = self.customer
        self.order.message_post(
            body="x",
            author_id=self.users["order_desk"].partner_id.id,
            message_type="email",
            subtype_xmlid="mail.mt_comment",
        )
        self.assertFalse(
            (self.logs_of() - sent).filtered(lambda log: log.direction == "incoming")
        )

    def test_mail_that_was_sent_cannot_be_taken_back(self):
        self.send(self.order)
        log = self.logs_of()
        with self.assertRaises(AccessError):
            log.with_user(self.salesperson).unlink()
        log.with_user(self.users["manager"]).unlink()
        self.assertFalse(log.exists())
