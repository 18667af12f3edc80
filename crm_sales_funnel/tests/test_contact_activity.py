from datetime import timedelta

from odoo.tests import new_test_user, tagged

from .contact_common import ContactCommon


@tagged("post_install", "-at_install")
class TestContactActivity(ContactCommon):
    """Activities, mails and contacts are one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls.env["sale.order"].create(
            {"partner_id": cls.customer.id, "user_id": cls.salesperson.id}
        )

    def assert_single(self, activity, log):
        self.assertFalse(activity.active)
        self.assertEqual(self.logs_of(), log)
        self.assertEqual(log.activity_id, activity)

    def test_reopened_activity_is_done_again(self):
        """It is still the one contact, whoever does it."""
        activity = self.schedule(self.customer)
        activity._action_done(feedback="No answer")
        activity.action_unarchive()
        activity._action_done(feedback="Wants a price list")
        self.assertFalse(activity.active)
        self.assertEqual(self.logs_of().summary, "No answer")

    def test_call_that_is_done_is_a_contact(self):
        activity = self.schedule(self.order, "call")
        activity.with_user(self.salesperson).action_feedback("Wants 200 more")
        log = self.logs_of()
        self.assert_single(activity, log)
        self.assertRecordValues(
            log,
            [
                {
                    "order_id": self.order.id,
                    "partner_id": self.customer.id,
                    "channel_id": self.channels["phone"].id,
                    "user_id": self.salesperson.id,
                    "summary": "Wants 200 more",
                }
            ],
        )

    def test_kinds_of_activities(self):
        lead = self.env["crm.lead"].create(
            {"name": "Pallets", "partner_id": self.customer.id}
        )
        invoice = self.init_invoice("out_invoice", partner=self.customer)
        self.schedule(lead, "meeting").action_done()
        self.schedule(invoice, "email").action_done()
        self.schedule(self.person, "call").action_done()
        self.schedule(self.order, "todo").action_done()
        logs = self.logs_of().sorted("id")
        self.assertEqual(
            logs.channel_id.ids,
            [self.channels[key].id for key in ("visit", "mail", "phone")],
        )
        self.assertEqual(
            [logs[0].lead_id, logs[1].move_id, logs[2].contact_id],
            [lead, invoice, self.person],
        )

    def test_many_at_once(self):
        customers = self.env["res.partner"].create(
            [{"name": f"C{index}", "is_company": True} for index in range(3)]
        )
        activities = self.env["mail.activity"].concat(
            *(self.schedule(customer) for customer in customers)
        )
        activities.with_user(self.salesperson).action_feedback("Sale ends on Friday")
        for customer in customers:
            self.assertEqual(len(self.logs_of(customer)), 1)

    def test_not_a_contact(self):
        """Vendor bills, own people, users without a role."""
        bill = self.init_invoice("in_invoice", partner=self.customer)
        nobody = self.new_role_user("funnel_nobody")
        self.schedule(bill, "call").action_done()
        self.schedule(self.order, "call", nobody).with_user(nobody).action_done()
        self.schedule(self.users["finance"].partner_id, "call").action_done()
        self.assertFalse(self.env["funnel.contact.log"].search([]))

    def test_contact_closes_the_activity(self):
        activity = self.schedule(self.order, "call")
        log = self.log(self.now(), order_id=self.order.id, summary="Wants 200 more")
        self.assert_single(activity, log)
        self.assertEqual(activity.feedback, "Wants 200 more")

    def test_contact_leaves_other_activities_open(self):
        others = [
            self.schedule(self.order, "meeting"),
            self.schedule(self.order, "call", self.users["team_leader"]),
            self.schedule(self.customer, "call"),
        ]
        later = self.schedule(
            self.order, "call", date_deadline=self.today + timedelta(days=1)
        )
        due = self.schedule(self.order, "call")
        self.log(self.now(), order_id=self.order.id)
        self.assertFalse(due.active)
        self.assertTrue(later.active)
        self.assertTrue(all(activity.active for activity in others))
        # called early
        self.log(self.now(), order_id=self.order.id)
        self.assertFalse(later.active)

    def test_contact_of_the_past_leaves_what_was_planned_since(self):
        activity = self.schedule(self.customer, "call")
        self.log("2026-03-02 09:00:00")
        self.assertTrue(activity.active)

    def test_activity_on_the_person(self):
        activity = self.schedule(self.person, "meeting")
        self.log(self.now(), "visit", contact_id=self.person.id)
        self.assertFalse(activity.active)

    # Mails

    def post(self, record, user=None, to=None, **values):
        values = {
            "body": "We can deliver on Monday.",
            "message_type": "comment",
            "subtype_xmlid": "mail.mt_comment",
            **values,
        }
        return record.with_user(user or self.salesperson).message_post(
            partner_ids=(self.person if to is None else to).ids, **values
        )

    def test_mail_to_the_customer_is_a_contact(self):
        message = self.post(self.order, subject="Your order")
        log = self.logs_of()
        self.assertRecordValues(
            log,
            [
                {
                    "order_id": self.order.id,
                    "contact_id": self.person.id,
                    "channel_id": self.channels["mail"].id,
                    "user_id": self.salesperson.id,
                    "message_id": message.id,
                    "summary": "Your order\nWe can deliver on Monday.",
                }
            ],
        )
        # notified once more: still the same contact
        self.order._notify_thread(message, skip_existing=True)
        self.assertEqual(self.logs_of(), log)

    def test_mail_to_a_follower_is_a_contact(self):
        self.order.message_subscribe(self.person.ids)
        self.post(self.order, to=self.env["res.partner"])
        self.assertEqual(self.logs_of().contact_id, self.person)

    def test_mail_of_the_composer(self):
        composer = (
            self.env["mail.compose.message"]
            .with_user(self.salesperson)
            .with_context(
                default_composition_mode="comment",
                default_model="sale.order",
                default_res_ids=self.order.ids,
            )
            .create({"body": "<p>Hello</p>", "partner_ids": self.person.ids})
        )
        composer.action_send_mail()
        self.assertEqual(self.logs_of().order_id, self.order)

    def test_mail_closes_the_activity_once(self):
        activity = self.schedule(self.order, "email")
        self.post(self.order)
        self.assert_single(activity, self.logs_of())

    def test_what_is_not_a_mail_to_the_customer(self):
        colleague = self.users["team_leader"].partner_id
        stranger = self.env["res.partner"].create(
            {"name": "Forwarder", "email": "f@example.com"}
        )
        portal = new_test_user(self.env, "funnel_portal", groups="base.group_portal")
        nobody = self.new_role_user("funnel_nobody")
        self.post(self.order, subtype_xmlid="mail.mt_note")
        self.post(self.order, to=colleague)
        self.post(self.order, to=stranger)
        self.post(self.order, message_type="notification")
        for author, to in ((portal, colleague), (nobody, self.person)):
            self.post(self.order, self.env.user, to, author_id=author.partner_id.id)
        self.post(self.init_invoice("in_invoice", partner=self.customer), self.env.user)
        self.assertFalse(self.env["funnel.contact.log"].search([]))

    def test_mail_on_a_lead_without_a_customer(self):
        lead = self.env["crm.lead"].create(
            {"name": "Pallets", "user_id": self.salesperson.id}
        )
        stranger = self.env["res.partner"].create(
            {"name": "Ada", "email": "ada@example.com"}
        )
        self.post(lead, to=stranger)
        self.assertEqual(lead.contact_log_ids.channel_id, self.channels["mail"])

    def test_sent_invoice_is_no_contact(self):
        invoice = self.init_invoice(
            "out_invoice", partner=self.person, amounts=[10], post=True
        )
        wizard = (
            self.env["account.move.send.wizard"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({})
        )
        wizard.sending_methods = ["email"]
        wizard.action_send_and_print(allow_fallback_pdf=True)
        self.assertIn("comment", invoice.message_ids.mapped("message_type"))
        self.assertFalse(self.logs_of())

    def now(self):
        return self.env["funnel.contact.log"].default_get(["date"])["date"]
