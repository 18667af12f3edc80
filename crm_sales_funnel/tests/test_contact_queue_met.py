from odoo.tests import tagged

from .contact_queue_common import QUEUE, ContactQueueCommon


@tagged("post_install", "-at_install")
class TestContactQueueMet(ContactQueueCommon):
    """Who was contacted meanwhile, and is not due any more, is not asked for again; and
    the button tells how many are left."""

    def button(self):
        self.read_again()
        reminders = self.env["funnel.reminder"].with_user(self.salesperson)
        return reminders._get_queue_title()

    def read_again(self):
        self.env.flush_all()
        self.env.invalidate_all()

    def log_all(self, action):
        """Log all who are asked for, and return the dialogs' names."""
        names = []
        while action.get("name"):
            names.append(action["name"])
            log = self.log_of(action)
            self.read_again()
            action = log.action_queue_next()
        return names

    def test_two_queues_of_a_day(self):
        self.start()
        self.customers["Tomorrow"].with_user(self.salesperson).action_log_one_by_one()
        self.assertEqual(self.button(), "Go on: 1 of 5")
        names = self.log_all(self.start())
        self.assertEqual(
            names, [f"Log a Contact: {position} of 5" for position in range(1, 6)]
        )
        self.assertEqual(self.button(), "Contacts one by one")
        self.assertEqual(self.start()["params"]["type"], "info")

    def test_added_to_a_stopped_queue(self):
        action = self.start()
        self.log_of(action).action_queue_next()
        self.customers["Tomorrow"].next_contact_date = self.today
        self.assertEqual(self.button(), "Go on: 2 of 5")
        self.assertEqual(self.start()["name"], "Log a Contact: 2 of 5")
        self.assertEqual(self.button(), "Go on: 2 of 5")

    def test_first_one_was_taken_back(self):
        action = self.start()
        log = self.log_of(action)
        self.log_of(log.action_queue_next())
        log.unlink()
        self.assertEqual(self.button(), "Go on: 2 of 4")
        action = self.start()
        self.assert_next(action, 2, self.customers["Later"])
        self.assert_next(
            self.log_of(action).action_queue_next(), 3, self.customers["Late"]
        )

    def test_logged_from_a_form_meanwhile(self):
        later = self.customers["Later"]
        self.assert_next(self.start(), 1, later)
        self.log(self.cr.now(), partner_id=later.id)
        self.log(self.cr.now(), lead_id=self.lead.id)
        self.assertEqual(self.button(), "Go on: 3 of 4")
        self.assert_next(self.start(), 3, self.customers["Late"])
        queue = self.env[QUEUE].with_user(self.salesperson)._get_unfinished()
        self.assertIn("2 left out: Later, Pallets", queue._get_summary())

    def test_logged_meanwhile_and_due_all_the_same(self):
        later = self.customers["Later"]
        self.start()
        self.log(self.cr.now(), partner_id=later.id, next_contact_date=self.today)
        self.assert_next(self.start(), 1, later)

    def test_mail_of_the_customer_is_no_contact(self):
        chosen = self.customers["Tomorrow"].with_user(self.salesperson)
        line = self.line_of(chosen.action_log_one_by_one())
        log = self.log(self.cr.now(), partner_id=chosen.id, direction="incoming")
        self.assertEqual(line._get_met(), line)
        message = self.customer.message_post(body="?")
        log.sudo().message_id = message
        self.assertFalse(line._get_met())

    def test_chosen_though_nothing_is_due(self):
        """Who was contacted before that is asked for."""
        later = self.customers["Later"]
        self.log(self.cr.now(), partner_id=later.id)
        self.assertFalse(later.next_contact_date)
        action = later.with_user(self.salesperson).action_log_one_by_one()
        queue = self.line_of(action).queue_id
        self.assertEqual(queue.action_next()["name"], "Log a Contact: 1 of 1")
        self.log(self.cr.now(), partner_id=later.id)
        self.read_again()
        self.assertIn("1 left out: Later", queue.action_next()["params"]["message"])
