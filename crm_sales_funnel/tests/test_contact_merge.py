from datetime import timedelta

from odoo import Command
from odoo.tests import tagged

from .contact_common import ContactCommon
from .test_contact_visit import LOG


@tagged("post_install", "-at_install")
class TestContactMerge(ContactCommon):
    """Who merges two customers or two leads loses nothing that was said to them."""

    def photo(self):
        return self.env["ir.attachment"].create(
            {
                "name": "shop.gif",
                "raw": b"GIF89a\x01\x00\x01\x00\x00\x00\x00;",
                "res_model": LOG,
                "res_id": 0,
            }
        )

    def test_customers(self):
        other, mate = self.env["res.partner"].create(
            [{"name": "Nordwind", "is_company": True}, {"name": "Guest"}]
        )
        person = self.env["res.partner"].create({"name": "Ole", "parent_id": other.id})
        logs = self.env[LOG].union(
            self.log("2026-03-02 09:00:00"),
            self.log(
                "2026-03-05 09:00:00",
                "visit",
                partner_id=other.id,
                contact_id=person.id,
                place="Harbour",
                participant_ids=[Command.set((person | mate | other).ids)],
                photo_ids=[Command.set(self.photo().ids)],
            ),
        )
        visit = logs[1]
        photo = visit.photo_ids
        planned = self.schedule(other, "call")
        done = self.schedule(other, "meeting")
        done.action_done()
        queue = (self.customer | other).action_log_one_by_one()
        self.env.flush_all()
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.customer | other).ids, self.customer)
        self.env.invalidate_all()
        self.assertEqual(len(self.logs_of()), 3)
        self.assertEqual(self.customer.contact_count, 3)
        self.assertEqual(visit.commercial_partner_id, self.customer)
        self.assertEqual(visit.partner_id, self.customer)
        self.assertEqual(visit.contact_id, person)
        self.assertEqual(person.parent_id, self.customer)
        self.assertEqual(visit.participant_ids, person | mate | self.customer)
        self.assertEqual(visit.photo_ids, photo)
        self.assertTrue(photo.with_user(self.salesperson).raw)
        self.assertEqual(planned.res_id, self.customer.id)
        self.assertTrue(planned.active)
        log_of_done = self.logs_of() - logs
        self.assertEqual(log_of_done.partner_id, self.customer)
        # the queue goes on
        line = self.env["funnel.contact.queue.line"].browse(
            queue["context"]["default_queue_line_id"]
        )
        self.assertEqual(line.queue_id.line_ids.partner_id, self.customer)

    def test_person_becomes_another_one(self):
        twin = self.env["res.partner"].create(
            {"name": "K. Sommer", "parent_id": self.customer.id}
        )
        log = self.log(contact_id=twin.id)
        self.env.flush_all()
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.person | twin).ids, self.person)
        self.env.invalidate_all()
        self.assertEqual(log.contact_id, self.person)
        self.assertEqual(self.customer.last_contact_id, log)

    def test_leads(self):
        leads = self.env["crm.lead"].create(
            [
                {"name": name, "type": "opportunity", "user_id": self.salesperson.id}
                for name in ("One", "Two")
            ]
        )
        logs = self.env[LOG].union(
            *(
                self.log(
                    "2026-03-02 09:00:00",
                    "visit",
                    lead_id=lead.id,
                    photo_ids=[Command.set(self.photo().ids)],
                    next_contact_date=self.today + timedelta(days=300),
                )
                for lead in leads
            )
        )
        planned = [self.schedule(lead, "call") for lead in leads]
        for lead in leads:
            self.schedule(lead, "meeting").action_done()
        leads.action_log_one_by_one()
        self.env.flush_all()
        merged = leads.merge_opportunity()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(len(merged), 1)
        self.assertEqual(merged.contact_count, 4)
        self.assertLess(logs, merged.contact_log_ids)
        self.assertEqual(len(logs.photo_ids), 2)
        self.assertTrue(
            all(photo.with_user(self.salesperson).raw for photo in logs.photo_ids)
        )
        self.assertEqual({activity.res_id for activity in planned}, {merged.id})
        self.assertTrue(all(activity.active for activity in planned))
        self.assertTrue(merged.last_contact_id)
        self.assertEqual(merged.next_contact_date, self.today + timedelta(days=300))

    def test_next_contact_of_a_lead_by_hand(self):
        for dates, merged_date in (
            ((False, "2026-03-05", "2026-03-09"), "2026-03-05"),
            (("2026-03-20", False, "2026-03-05"), "2026-03-05"),
            (("2026-03-20", False, False), "2026-03-20"),
        ):
            leads = self.env["crm.lead"].create(
                [
                    {
                        "name": "Pallets",
                        "type": "opportunity",
                        "probability": 90 - index,
                    }
                    for index in range(len(dates))
                ]
            )
            for lead, day in zip(leads, dates, strict=True):
                if day:
                    lead.next_contact_date = day
            with self.subTest(dates):
                merged = leads.merge_opportunity()
                self.assertEqual(str(merged.next_contact_date), merged_date)
                self.assertTrue(merged.next_contact_user_id)
