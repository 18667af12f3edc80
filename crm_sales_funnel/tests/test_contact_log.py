from datetime import date, datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time
from lxml import etree
from psycopg2.errors import CheckViolation, ForeignKeyViolation

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import MODULE
from .contact_common import ContactCommon


@tagged("post_install", "-at_install")
class TestContactLog(ContactCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dialog = cls.env.ref(f"{MODULE}.funnel_contact_log_action_new")

    def test_newest_contact_is_the_last_one(self):
        first = self.log("2026-03-02 09:00:00", summary="Price list")
        self.assertEqual(self.customer.last_contact_id, first)
        second = self.log("2026-03-05 09:00:00")
        self.assertEqual(self.customer.last_contact_id, second)
        self.assertEqual(self.customer.last_contact_date, datetime(2026, 3, 5, 9))
        late = self.log("2026-03-04 09:00:00")
        self.assertEqual(self.customer.last_contact_id, second)
        second.unlink()
        self.assertEqual(self.customer.last_contact_id, late)
        (first | late).unlink()
        self.assertFalse(self.customer.last_contact_id)
        self.assertFalse(self.customer.last_contact_date)

    def test_contact_with_a_person_counts_for_the_company(self):
        log = self.log(partner_id=self.person.id)
        self.assertEqual(log.commercial_partner_id, self.customer)
        self.assertEqual(log.contact_id, self.person)
        self.assertEqual(self.customer.last_contact_id, log)
        self.assertFalse(self.person.last_contact_id)
        for partner in (self.customer, self.person):
            self.assertEqual(partner.contact_count, 1)

    def test_next_contact_follows_the_newest_contact_that_plans_one(self):
        self.log("2026-03-02 09:00:00", next_contact_date="2026-03-20")
        self.assertEqual(self.customer.next_contact_date, date(2026, 3, 20))
        newer = self.log("2026-03-05 09:00:00", next_contact_date="2026-03-30")
        self.assertEqual(self.customer.next_contact_date, date(2026, 3, 30))
        # entered late: the newer one has decided
        self.log("2026-03-04 09:00:00", next_contact_date="2026-03-10")
        self.assertEqual(self.customer.next_contact_date, date(2026, 3, 30))
        newer.next_contact_date = "2026-04-01"
        self.assertEqual(self.customer.next_contact_date, date(2026, 4, 1))
        newer.unlink()
        self.assertEqual(self.customer.next_contact_date, date(2026, 3, 10))

    def test_contact_without_a_plan(self):
        """It leaves a later plan alone and fulfils one that was due."""
        self.log("2026-03-02 09:00:00", next_contact_date="2026-03-20")
        self.log("2026-03-19 12:00:00", "mail")
        self.assertEqual(self.customer.next_contact_date, date(2026, 3, 20))
        mail = self.log("2026-03-20 12:00:00", "mail")
        self.assertFalse(self.customer.next_contact_date)
        self.assertFalse(self.customer.next_contact_user_id)
        mail.unlink()
        self.assertEqual(self.customer.next_contact_date, date(2026, 3, 20))

    def test_late_entry_plans_when_nobody_else_has(self):
        """A visit written down in the evening, after a mail of the afternoon."""
        self.log("2026-03-02 14:00:00", "mail")
        self.log("2026-03-02 09:00:00", "visit", next_contact_date="2026-03-09")
        self.assertEqual(self.customer.next_contact_date, date(2026, 3, 9))
        self.assertEqual(
            self.customer.last_contact_id.channel_id, self.channels["mail"]
        )

    def test_next_contact_by_hand(self):
        self.log("2026-03-02 09:00:00", next_contact_date="2026-03-20")
        self.customer.next_contact_date = "2026-03-25"
        # neither an older contact nor one without a plan changes it
        self.log("2026-03-01 09:00:00", next_contact_date="2026-03-12")
        self.log("2026-03-03 09:00:00", "mail")
        self.assertEqual(self.customer.next_contact_date, date(2026, 3, 25))
        self.log("2026-03-04 09:00:00", next_contact_date="2026-03-14")
        self.assertEqual(self.customer.next_contact_date, date(2026, 3, 14))

    def test_next_contact_by_hand_is_fulfilled(self):
        self.log("2026-03-02 09:00:00")
        self.customer.next_contact_date = "2026-03-02"  # once more today
        self.env.flush_all()
        self.assertEqual(self.customer.next_contact_date, date(2026, 3, 2))
        self.log("2026-03-03 09:00:00")
        self.assertFalse(self.customer.next_contact_date)

    def test_no_next_contact_by_hand(self):
        self.log("2026-03-02 09:00:00", next_contact_date="2026-03-20")
        self.customer.next_contact_date = False
        self.log("2026-03-01 09:00:00")
        self.assertFalse(self.customer.next_contact_date)

    def test_who_contacts_next(self):
        log = self.log(
            user_id=self.users["order_desk"].id, next_contact_date="2026-03-20"
        )
        self.assertEqual(log.next_contact_user_id, self.salesperson)
        self.assertEqual(self.customer.next_contact_user_id, self.salesperson)
        # with the customer, the planned contact is handed over
        self.customer.user_id = self.users["team_leader"]
        self.assertEqual(self.customer.next_contact_user_id, self.users["team_leader"])
        log.duration = 0.5
        self.log("2026-03-01 09:00:00")
        self.assertEqual(self.customer.next_contact_user_id, self.users["team_leader"])
        nobodys = self.env["res.partner"].create({"name": "Walk-in"})
        nobodys.with_user(self.salesperson).next_contact_date = "2026-03-20"
        self.assertEqual(nobodys.next_contact_user_id, self.salesperson)

    def test_change_by_hand_is_tracked_and_contacts_are_not(self):
        customer = self.tracking(self.customer)
        before = self.customer.message_ids
        log = self.tracking(self.env["funnel.contact.log"])
        log.create(
            {
                "partner_id": customer.id,
                "channel_id": self.channels["phone"].id,
                "date": "2026-03-02 09:00:00",
                "next_contact_date": "2026-03-21",
            }
        )
        log.env.flush_all()
        self.flush_tracking()
        self.assertEqual(self.customer.message_ids, before)
        customer.with_user(self.salesperson).next_contact_date = "2026-03-28"
        self.flush_tracking()
        message = self.customer.message_ids - before
        tracked = message.tracking_value_ids
        self.assertEqual(tracked.field_id.name, "next_contact_date")
        self.assertEqual(tracked.old_value_datetime.date(), date(2026, 3, 21))
        self.assertEqual(tracked.new_value_datetime.date(), date(2026, 3, 28))

    def test_day_of_the_users_time_zone(self):
        """07:30 in China is still the day before in UTC."""
        self.salesperson.tz = "Asia/Shanghai"
        early = self.log("2026-03-01 23:30:00", next_contact_date="2026-03-09")
        self.assertEqual(early._get_local_day(), date(2026, 3, 2))
        in_china = self.env["funnel.contact.log"].with_context(tz="Asia/Shanghai")
        days = in_china._read_group([("id", "=", early.id)], ["date:day"], ["__count"])
        self.assertEqual(days, [(datetime(2026, 3, 2), 1)])
        with freeze_time("2026-03-02 01:00:00"):
            today = [("date", ">=", "today"), ("date", "<", "today +1d")]
            self.assertIn(early, in_china.search(today))
        # 9 March, 07:00 in China: that fulfils the plan for this day
        self.log("2026-03-08 23:00:00", "mail")
        self.assertFalse(self.customer.next_contact_date)

    def test_documents_tell_the_customer(self):
        order = self.env["sale.order"].create({"partner_id": self.person.id})
        invoice = self.init_invoice("out_invoice", partner=self.customer)
        for fname, document in (("order_id", order), ("move_id", invoice)):
            log = self.log(**{fname: document.id})
            self.assertEqual(log.partner_id, self.customer)
            self.assertEqual(log.company_id, self.company)
        self.assertEqual(self.logs_of().contact_id, self.person)

    def test_whom(self):
        with self.assertRaises(ValidationError):
            self.log(partner_id=False)

    def test_a_contact_has_been_made_already(self):
        """A mistyped year would silence the customer: the contact would be the newest
        one for years, and every plan would count as fulfilled."""
        for date_ in (
            "2206-03-02 09:00:00",
            "9999-12-31 23:59:59",
            "0001-01-01 00:00:00",
        ):
            with self.subTest(date_), self.assertRaises(ValidationError):
                self.log(date_)
        log = self.log(fields.Datetime.now())
        with self.assertRaises(ValidationError):
            log.date = "2206-03-02 09:00:00"

    def test_duration_is_a_number_of_hours(self):
        for duration in (-0.5, 1000, float("inf"), float("nan")):
            with (
                self.subTest(duration),
                self.assertRaises(CheckViolation),
                mute_logger("odoo.sql_db"),
                self.cr.savepoint(),
            ):
                self.log(duration=duration)

    def test_lead_becomes_a_customer(self):
        lead = self.env["crm.lead"].create(
            {"name": "20 pallets", "user_id": self.salesperson.id}
        )
        log = self.log(lead_id=lead.id, next_contact_date="2026-03-09")
        self.assertFalse(log.partner_id)
        self.assertEqual(lead.last_contact_id, log)
        self.assertEqual(lead.next_contact_date, date(2026, 3, 9))
        self.assertEqual(lead.next_contact_user_id, self.salesperson)
        self.assertEqual(lead.contact_count, 1)
        lead.partner_id = self.customer
        self.assertEqual(log.partner_id, self.customer)
        self.assertEqual(self.customer.last_contact_id, log)

    def test_deleted_lead_takes_its_contacts_with_it(self):
        """But not those with a customer."""
        leads = self.env["crm.lead"].create(
            [{"name": "Spam"}, {"name": "Pallets", "partner_id": self.customer.id}]
        )
        spam, kept = (self.log(lead_id=lead.id) for lead in leads)
        self.env.flush_all()
        leads.with_user(self.users["manager"]).unlink()
        self.env.flush_all()
        self.assertFalse(spam.exists())
        self.assertEqual(self.logs_of(), kept)

    def test_merged_leads_keep_their_contacts(self):
        leads = self.env["crm.lead"].create(
            [{"name": name, "type": "opportunity"} for name in ("One", "Two")]
        )
        logs = [self.log(lead_id=lead.id) for lead in leads]
        merged = leads.merge_opportunity()
        self.assertEqual(merged.contact_log_ids.sorted("id").ids, [x.id for x in logs])

    def test_merged_customers_keep_their_contacts(self):
        other = self.env["res.partner"].create({"name": "Nordwind", "is_company": True})
        self.log("2026-03-02 09:00:00", next_contact_date="2026-03-20")
        newer = self.log(
            "2026-03-05 09:00:00",
            partner_id=other.id,
            next_contact_date="2026-03-15",
        )
        self.env.flush_all()
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.customer | other).ids, self.customer)
        self.assertFalse(other.exists())
        self.assertEqual(self.customer.contact_count, 2)
        self.assertEqual(self.customer.last_contact_id, newer)
        self.assertEqual(self.customer.next_contact_date, date(2026, 3, 15))

    def test_customer_with_contacts_is_kept(self):
        self.log()
        with (
            self.assertRaises(ForeignKeyViolation),
            mute_logger("odoo.sql_db"),
            self.cr.savepoint(),
        ):
            self.customer.unlink()

    def test_mail_channel_stays(self):
        with self.assertRaises(UserError):
            self.channels["mail"].unlink()
        self.channels["wechat"].unlink()

    def test_new_records_are_not_searched_for_contacts(self):
        """The contact log costs the import of customers nothing."""
        model = self.env["res.partner"]
        with patch.object(
            self.env.registry["res.partner"], "_read_newest_logs"
        ) as read:
            model.create([{"name": "A"}, {"name": "B", "user_id": self.salesperson.id}])
            self.env.flush_all()
        read.assert_not_called()

    def test_queries_do_not_grow(self):
        counts = []
        for size in (2, 5, 50):
            customers = self.env["res.partner"].create(
                [{"name": f"C{index}", "is_company": True} for index in range(size)]
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.env["funnel.contact.log"].create(
                [
                    {
                        "partner_id": customer.id,
                        "channel_id": self.channels["phone"].id,
                        "next_contact_date": self.today + timedelta(days=index),
                    }
                    for index, customer in enumerate(customers)
                ]
            )
            self.env.flush_all()
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(*counts[1:])

    def test_dialog(self):
        """Channel, what was said, next contact date: three clicks."""
        action = self.env.ref(f"{MODULE}.funnel_contact_log_action_new")
        model = self.env["funnel.contact.log"].with_user(self.salesperson)
        planned = self.today + timedelta(days=300)
        self.customer.next_contact_date = planned
        with Form(
            model.with_context(default_partner_id=self.customer.id), action.view_id
        ) as form:
            self.assertEqual(form.planned_date, planned)
            form.channel_id = self.channels["visit"]
            form.summary = "Asked for the M8 price"
            form.next_contact_in = "1w"
            in_a_week = self.today + timedelta(weeks=1)
            self.assertEqual(form.next_contact_date, in_a_week)
            form.next_contact_in = False
            self.assertFalse(form.next_contact_date)
            form.next_contact_in = "3d"
            form.next_contact_date = self.today + timedelta(days=5)
            self.assertFalse(form.next_contact_in)
            form.next_contact_in = "1w"
        log = form.record
        self.assertEqual(self.customer.next_contact_date, in_a_week)
        self.assertEqual(self.customer.next_contact_user_id, self.salesperson)
        quote = log.action_quote()
        order = (
            self.env["sale.order"]
            .with_user(self.salesperson)
            .with_context(**quote["context"])
            .create({})
        )
        self.assertEqual(order.partner_id, self.customer)

    def test_dialog_from_everywhere(self):
        """Each role has the button on each document that it works with, and the dialog
        it opens can be saved."""
        values = {"partner_id": self.customer.id, "user_id": self.salesperson.id}
        order = self.env["sale.order"].create(values)
        invoice = self.init_invoice("out_invoice", partner=self.customer)
        invoice.invoice_user_id = self.salesperson
        kind = self.env["stock.picking.type"].search(
            [("code", "=", "outgoing"), ("company_id", "=", self.company.id)], limit=1
        )
        picking = self.env["stock.picking"].create(
            {"partner_id": self.customer.id, "picking_type_id": kind.id}
        )
        lead = self.env["crm.lead"].create({"name": "Pallets", **values})
        sales = ("salesperson", "team_leader", "manager", "order_desk")
        button = f"//button[@name='{self.dialog.id}']"
        for document, fname, roles in (
            (self.customer, "partner_id", (*sales, "finance")),
            (lead, "lead_id", sales),
            (order, "order_id", (*sales, "finance")),
            (invoice, "move_id", (*sales, "finance")),
            (picking, "picking_id", (*sales, "finance")),
        ):
            for role, user in self.users.items():
                model = self.env[document._name].with_user(user)
                if not model.has_access("read"):
                    self.assertNotIn(role, roles)
                    continue
                arch = etree.fromstring(model.get_view(view_type="form")["arch"])
                with self.subTest(document=document, role=role):
                    self.assertEqual(bool(arch.xpath(button)), role in roles)
                    if role in roles:
                        logs = self.env["funnel.contact.log"].with_user(user)
                        context = {f"default_{fname}": document.id}
                        with Form(
                            logs.with_context(**context), self.dialog.view_id
                        ) as form:
                            form.channel_id = self.channels["phone"]
                        self.assertEqual(form.record[fname], document)
                        self.assertEqual(form.record.partner_id, self.customer)
