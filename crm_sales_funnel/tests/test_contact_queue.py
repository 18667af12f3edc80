from datetime import timedelta

from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.tests import Form, tagged

from .common import MODULE
from .contact_queue_common import LOG, QUEUE, ContactQueueCommon


@tagged("post_install", "-at_install")
class TestContactQueue(ContactQueueCommon):
    def test_queue_of_the_day(self):
        """Those who are due, the longest overdue first; the others wait for their day."""
        action = self.start()
        self.assert_next(action, 1, self.customers["Later"])
        log = self.log_of(action)
        self.assertEqual(log.partner_id, self.customers["Later"])
        self.assertEqual(log.user_id, self.salesperson)
        action = log.action_queue_next()
        self.assert_next(action, 2, self.lead)
        log = self.log_of(action)
        self.assertEqual(log.lead_id, self.lead)
        action = log.action_queue_next()
        self.assert_next(action, 3, self.customers["Late"])
        action = self.line_of(action).action_skip()
        self.assert_next(action, 4, self.customers["Due"])
        done = self.log_of(action).action_queue_next()
        self.assertEqual(done["tag"], "display_notification")
        self.assertEqual(done["params"]["message"], "Logged: 3, skipped: 1")
        self.assertFalse(self.customers["Later"].next_contact_date)
        self.assertEqual(
            self.customers["Late"].next_contact_date, self.today - timedelta(days=3)
        )

    def test_goes_on_after_the_page_was_lost(self):
        action = self.start()
        self.log_of(action).action_queue_next()
        again = self.start()
        self.assert_next(again, 2, self.lead)
        stopped = self.line_of(again).action_stop()
        self.assertEqual(stopped["params"]["message"], "Logged: 1, left for later: 3")
        buttons = {
            button["title"]
            for button in self.env["funnel.reminder"]
            .with_user(self.salesperson)
            .get_today_screen()["buttons"]
        }
        self.assertIn("Go on: 2 of 4", buttons)
        # who has become due meanwhile is asked for last
        self.customers["Tomorrow"].next_contact_date = self.today
        self.assertEqual(self.start()["name"], "Log a Contact: 2 of 5")
        self.assertEqual(len(self.env[QUEUE].sudo().search([])), 1)

    def test_queue_of_another_day_is_over(self):
        queue = self.line_of(self.start()).queue_id.sudo()
        queue.date = self.today - timedelta(days=1)
        self.assertEqual(self.start()["name"], "Log a Contact: 1 of 4")
        self.assertEqual(len(self.env[QUEUE].sudo().search([])), 2)
        queue.date = self.today - timedelta(days=9)
        self.env[QUEUE].sudo()._gc_queues()
        self.assertEqual(len(self.env[QUEUE].sudo().search([])), 1)

    def test_nobody_is_due(self):
        action = self.start(self.users["finance"])
        self.assertEqual(action["params"]["type"], "info")
        self.assertFalse(self.env[QUEUE].sudo().search([]))

    def test_chosen_in_a_list(self):
        chosen = self.customers["Tomorrow"] | self.person
        action = chosen.with_user(self.salesperson).action_log_one_by_one()
        self.assertEqual(action["name"], "Log a Contact: 1 of 2")
        lines = self.line_of(action).queue_id.line_ids
        self.assertEqual(lines.partner_id, self.customers["Tomorrow"] | self.customer)
        leads = self.lead.with_user(self.salesperson)
        self.assertEqual(self.line_of(leads.action_log_one_by_one()).lead_id, self.lead)
        many = self.env["res.partner"].create([{"name": "N"} for _ in range(201)])
        with self.assertRaises(UserError):
            many.with_user(self.salesperson).action_log_one_by_one()

    def test_who_is_gone_is_left_out(self):
        self.start()
        self.customers["Later"].unlink()
        self.lead.write({"user_id": self.mate.id, "team_id": False})
        line = self.line_of(self.start())
        self.assertEqual(line.partner_id, self.customers["Late"])

    def test_dialog_tells_what_was_said_last(self):
        customer = self.customers["Later"]
        self.log(partner_id=customer.id, summary="Asked for M8")
        logs = self.env[LOG].with_user(self.salesperson)
        view = self.env.ref(f"{MODULE}.funnel_contact_log_view_form_queue")
        log = Form(logs.with_context(**self.start()["context"]), view)
        self.assertEqual(log.phone, "+86 138 0013 8000")
        self.assertIn("Asked for M8", log.last_said)
        self.assertEqual(log.last_said_date, customer.last_contact_date)
        self.assertFalse(log.logged_today)

    def test_two_people_on_one_customer(self):
        """The second one is told, and may log it all the same."""
        mine = self.start()
        customers = self.customers["Later"].with_user(self.users["team_leader"])
        theirs = customers.action_log_one_by_one()
        line = self.line_of(mine)
        self.assertFalse(line.get_news())
        leader = self.users["team_leader"]
        self.log_of(theirs, leader)
        self.env.invalidate_all()
        news = line.get_news()
        self.assertIn(leader.name, news)
        self.assertNotIn("20 boxes", news)
        with self.assertRaises(UserError), self.cr.savepoint():
            self.log_of(mine)
        line.action_see_news()
        self.assertFalse(line.get_news())
        self.log_of(mine)
        self.assertEqual(len(self.logs_of(self.customers["Later"])), 2)

    def test_own_contact_meanwhile_is_no_news(self):
        action = self.start()
        self.log(partner_id=self.customers["Later"].id)
        self.assertFalse(self.line_of(action).get_news())
        self.log_of(action)

    def test_logged_today_is_told_in_every_dialog(self):
        """Also of colleagues whose contacts the user cannot read, but not what was
        said there."""
        stranger = self.new_role_user("funnel_stranger", "salesperson")
        self.log(
            self.env[LOG].default_get(["date"])["date"],
            "visit",
            user_id=stranger.id,
            partner_id=self.mates_customer.id,
            summary="Secret",
        )
        self.log("2026-03-02 09:00:00", partner_id=self.mates_customer.id)
        log = self.env[LOG].with_user(self.users["finance"])
        told = log.new({"partner_id": self.mates_customer.id}).logged_today
        self.assertIn(stranger.name, told)
        self.assertIn("Visit", told)
        self.assertNotIn("Secret", told)
        self.assertNotIn(self.salesperson.name, told)
        self.assertFalse(log.new({"partner_id": self.customer.id}).logged_today)

    # Once, and only who is there

    def test_line_is_logged_once(self):
        action = self.start()
        log = self.log_of(action)
        with self.assertRaisesRegex(RedirectWarning, "logged already") as refused:
            self.log_of(action)
        opened = refused.exception.args[1]
        self.assertEqual((opened["res_model"], opened["res_id"]), (LOG, log.id))
        line = self.line_of(action)
        self.assertEqual(self.env[LOG].search([("queue_line_id", "=", line.id)]), log)

    def test_about_another_lead_than_the_one_that_waits(self):
        lead, other = self.env["crm.lead"].create(
            [
                {
                    "name": name,
                    "user_id": self.salesperson.id,
                    "partner_id": self.customer.id,
                }
                for name in ("One", "Two")
            ]
        )
        action = lead.with_user(self.salesperson).action_log_one_by_one()
        self.log_of(action, lead_id=other)
        self.assertEqual(self.line_of(action).state, "waiting")
        self.log_of(action)
        self.assertEqual(self.line_of(action).state, "done")

    def test_contact_that_is_taken_back_waits_again(self):
        action = self.start()
        line = self.line_of(action)
        log = self.log_of(action)
        self.assertEqual(line.state, "done")
        log.unlink()
        self.assertEqual(line.state, "waiting")
        self.assertEqual(self.line_of(self.start()), line)
        self.assertTrue(self.log_of(action))

    def test_left_out(self):
        """Who is archived, merged with another one, or taken over by a colleague."""
        customers = self.env["res.partner"].create(
            [
                {"name": name, "is_company": True, "user_id": self.salesperson.id}
                for name in ("A", "B", "C", "D", "E")
            ]
        )
        action = customers.with_user(self.salesperson).action_log_one_by_one()
        self.log_of(action)
        queue = self.line_of(action).queue_id
        customers[1].active = False
        customers[2].user_id = self.mate
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((customers[0] | customers[3]).ids, customers[0])
        action = queue.action_next()
        self.assertEqual(self.line_of(action).partner_id, customers[4])
        self.log_of(action)
        told = queue.action_next()["params"]["message"]
        self.assertEqual(told, "Logged: 2, 3 left out: B, C, A")

    def test_who_is_left_out_leaves_nobody_else_out(self):
        """The customer of a lead that was won is contacted."""
        customer = self.customers["Later"]
        leads = self.lead.create(
            [
                {"name": name, "partner_id": customer.id, "type": "opportunity"}
                for name in ("Won", "Open")
            ]
        )
        leads.user_id = self.salesperson
        queue = self.env[QUEUE].with_user(self.salesperson)._start(leads)
        leads[0].action_set_won()  # and nothing was agreed on
        self.env.flush_all()
        for _again in range(2):
            self.assertEqual(self.line_of(queue.action_next()).lead_id, leads[1])

    def test_taken_over_but_still_to_contact(self):
        customer = self.env["res.partner"].create(
            {"name": "A", "is_company": True, "user_id": self.mate.id}
        )
        action = customer.with_user(self.salesperson).action_log_one_by_one()
        self.assertEqual(self.line_of(action).partner_id, customer)  # was another's
        customer.user_id = self.users["team_leader"]
        customer.write(
            {
                "next_contact_date": self.today,
                "next_contact_user_id": self.salesperson.id,
            }
        )
        self.assertEqual(
            self.line_of(action).queue_id.action_next()["name"],
            "Log a Contact: 1 of 1",
        )

    def test_queues_are_ones_own(self):
        line = self.line_of(self.start())
        manager = self.users["manager"]
        for record in (line, line.queue_id):
            record = record.with_user(manager)
            self.env.invalidate_all()
            with self.assertRaises(AccessError):
                record.read(["display_name"])
            self.assertFalse(record.search([("id", "=", record.id)]))
        for method in ("action_skip", "action_stop", "get_news", "action_see_news"):
            with self.subTest(method), self.assertRaises(AccessError):
                getattr(line.with_user(manager), method)()
        with self.assertRaises(AccessError):
            context = {
                "default_queue_line_id": line.id,
                "default_partner_id": self.customer.id,
            }
            self.log_of({"context": context}, manager)
        for role in ("warehouse", "purchasing"):
            with self.subTest(role), self.assertRaises(AccessError):
                self.start(self.users[role])

    def test_roles_have_the_button(self):
        for role, user in self.users.items():
            buttons = self.env["funnel.reminder"].with_user(user)._today_buttons()
            titles = [button["title"] for button in buttons]
            with self.subTest(role):
                self.assertEqual(
                    "Contacts one by one" in titles,
                    role not in ("warehouse", "purchasing"),
                )
                action = self.env.ref(f"{MODULE}.funnel_contact_queue_action_today")
                action = action.with_user(user)
                if role in ("warehouse", "purchasing"):
                    with self.assertRaises(AccessError):
                        action.run()
                else:
                    self.assertTrue(action.run())

    def test_queries_of_the_next_one_do_not_grow(self):
        counts = []
        for size in (10, 10, 100):  # the first one fills caches
            partners = self.env["res.partner"].create(
                [
                    {"name": f"Q{index}", "user_id": self.salesperson.id}
                    for index in range(size)
                ]
            )
            action = partners.with_user(self.salesperson).action_log_one_by_one()
            queue = self.line_of(action).queue_id
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            queue.action_next()
            self.env.flush_all()
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(*counts[1:])

    # Merged, deleted, become a customer

    def create_late(self, action, **values):
        """Save the dialog as the client does which has loaded it before."""
        return (
            self.env[LOG]
            .with_user(self.salesperson)
            .with_context(**action["context"])
            .create(
                {
                    "channel_id": self.channels["phone"].id,
                    "queue_line_id": action["context"]["default_queue_line_id"],
                    "summary": "Typed before",
                    **values,
                }
            )
        )

    def test_merged_while_the_dialog_is_open(self):
        action = self.start()
        customer = self.customers["Later"]
        target = self.env["res.partner"].create(
            {"name": "Target", "is_company": True, "user_id": self.salesperson.id}
        )
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((customer | target).ids, target)
        self.env.invalidate_all()
        log = self.create_late(action, partner_id=customer.id)
        self.assertEqual(log.partner_id, target)
        self.assertEqual(self.line_of(action).state, "done")
        action = log.action_queue_next()
        self.assert_next(action, 2, self.lead)
        kept = self.env["crm.lead"].create(
            {
                "name": "Kept",
                "type": "opportunity",
                "probability": 95,
                "user_id": self.salesperson.id,
            }
        )
        (self.lead | kept).merge_opportunity()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertFalse(self.lead.exists())
        log = self.create_late(action, partner_id=False, lead_id=self.lead.id)
        self.assertEqual(log.lead_id, kept)

    def test_person_is_merged_while_the_dialog_is_open(self):
        action = self.start()
        customer = self.customers["Later"]
        person, other = self.env["res.partner"].create(
            [{"name": name, "parent_id": customer.id} for name in ("A", "B")]
        )
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((person | other).ids, other)
        self.env.invalidate_all()
        log = self.create_late(action, partner_id=customer.id, contact_id=person.id)
        self.env.flush_all()
        self.assertEqual(log.partner_id, customer)
        self.assertFalse(log.contact_id)

    def test_one_line_is_skipped(self):
        lines = self.line_of(self.start()).queue_id.line_ids
        for call in (lines.action_skip, lines.action_stop):
            with self.assertRaisesRegex(ValueError, "singleton"):
                call()
        self.assertEqual(set(lines.mapped("state")), {"waiting"})

    def test_deleted_while_the_dialog_is_open(self):
        """Another customer is chosen, and the queue goes on."""
        action = self.start()
        line = self.line_of(action)
        self.assertTrue(line.is_there())
        self.customers["Later"].unlink()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertFalse(line.is_there())
        log = self.create_late(
            {"context": {"default_queue_line_id": False}},
            partner_id=self.customers["Tomorrow"].id,
        )
        self.assertEqual(
            log.action_queue_next()["context"]["default_lead_id"], self.lead.id
        )
        for call in (line.action_skip, line.browse().action_skip):
            self.assertIn("1 of 3", call()["name"])
        self.assertEqual(
            line.action_stop()["params"]["message"], "Logged: 0, left for later: 3"
        )

    def test_lead_that_was_won_or_lost(self):
        for done in ("action_set_won", "action_set_lost"):
            lead = self.env["crm.lead"].create(
                {"name": "L", "type": "opportunity", "user_id": self.salesperson.id}
            )
            leads = lead.with_user(self.salesperson)
            leads.action_log_one_by_one()
            queue = self.env[QUEUE].with_user(self.salesperson).search([], limit=1)
            getattr(lead, done)()
            self.env.flush_all()
            with self.subTest(done):
                said = queue.action_next()["params"]["message"]
                self.assertIn("1 left out", said)
