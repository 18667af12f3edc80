"""What becomes of what was proposed."""

from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.receivable import funnel_followup_line
from .followup_common import TODAY, FollowupSendCommon

SEND = "odoo.addons.crm_sales_funnel.models.receivable.funnel_followup_send"


@tagged("post_install", "-at_install")
class TestReceivableFollowupSend(FollowupSendCommon):
    # ------------------------------------------------------------------
    # Proposals
    # ------------------------------------------------------------------

    def test_proposals_are_written_down(self):
        invoice = self.overdue(100, 20)
        line = self.prepare()
        self.assertRecordValues(
            line,
            [
                {
                    "partner_id": self.customer.id,
                    "channel": "call",
                    "level_days": 15,
                    "state": "proposed",
                    "amount_due": 100,
                    "amount": 100,
                    "amount_open": 100,
                    "oldest_days": 20,
                    "date": TODAY,
                }
            ],
        )
        self.assertEqual(line.item_ids.move_line_id, self.open_items(invoice))
        self.assertEqual(line.level_id.name, "Call")

    def test_preparing_again_replaces_what_was_not_approved(self):
        self.overdue(100, 20)
        first = self.prepare()
        second = self.prepare()
        self.assertFalse(first.exists())
        self.assertEqual(len(second), 1)
        self.assertEqual(
            self.env["funnel.followup.run"].search_count(
                [("company_id", "=", self.company.id)]
            ),
            1,
        )

    def test_what_is_done_is_not_proposed_again(self):
        self.overdue(100, 20)
        self.send(self.prepare())
        self.assertFalse(self.prepare())
        self.assertFalse(self.prepare(self.day(9)))
        (line,) = self.prepare(self.day(10))
        self.assertEqual(line.channel, "letter")

    def test_what_is_left_out_is_proposed_again(self):
        self.overdue(100, 20)
        line = self.prepare()
        line.with_user(self.finance).action_skip()
        self.assertEqual(line.state, "skipped")
        self.assertEqual(self.prepare(self.day(1)).channel, "call")

    def test_another_invoice_reaches_its_level(self):
        """Reminding of one does not silence the others, and repeats nothing."""
        self.overdue(100, 20)
        self.send(self.prepare())
        new = self.overdue(50, 1)
        (line,) = self.prepare()
        self.assertEqual((line.channel, line.amount_due), ("task", 150))
        self.send(line)
        levels = line.item_ids.mapped(lambda item: (item.amount, item.level_days))
        # A task tells the customer nothing: the old one keeps what it has reached.
        self.assertEqual(sorted(levels), [(50, 1), (100, 0)])
        # The call for the new one comes in its time, not again for the old one.
        (line,) = self.prepare(self.day(14))
        self.assertEqual(line.channel, "letter")
        self.assertIn(self.open_items(new), line.item_ids.move_line_id)

    def test_days_between_messages(self):
        """A customer who was called is not called again the next day; a task for the
        salesperson disturbs nobody."""
        self.overdue(100, 20)
        self.send(self.prepare())
        self.overdue(70, 15)
        for days, expected in ((1, []), (6, []), (7, ["call"])):
            with self.subTest(days):
                proposals = self.propose(self.day(days))
                self.assertEqual([each.channel for each in proposals], expected)
        self.overdue(5, 0)
        self.assertEqual([p.channel for p in self.propose(self.day(1))], ["task"])

    def test_two_currencies_on_one_day(self):
        other = self.setup_other_currency("EUR", rates=[("2000-01-01", 2.0)])
        self.overdue(100, 20)
        self.overdue(80, 20, currency_id=other.id)
        lines = self.prepare()
        self.assertEqual(len(lines), 2)
        self.send(lines[0])
        # The message in the other currency is still due today.
        self.send(lines[1])
        self.assertEqual(lines.mapped("state"), ["todo", "todo"])

    # ------------------------------------------------------------------
    # Sending
    # ------------------------------------------------------------------

    def test_tasks_calls_and_letters_wait_for_somebody(self):
        for days, channel in ((1, "task"), (15, "call"), (30, "letter")):
            customer = self.customer.copy({"name": channel})
            self.overdue(100, days, partner_id=customer.id)
        lines = self.prepare()
        action = self.send(lines)
        self.assertEqual(action["domain"], [("id", "in", lines.ids)])
        self.assertEqual(set(lines.mapped("state")), {"todo"})
        self.assertEqual(set(lines.mapped("channel")), {"task", "call", "letter"})

    def test_a_mail_is_queued_once(self):
        self.create_policy(("Mail", 1, "mail"), sequence=-2)
        self.customer.email = "pay@example.com"
        self.policy.search([("sequence", "=", -2)]).level_ids.text = "Please <b>pay</b>"
        self.overdue(100, 5)
        line = self.prepare()
        self.send(line)
        mail = line.mail_id
        self.assertEqual(line.state, "done")
        self.assertEqual(mail.state, "outgoing")
        self.assertEqual(mail.recipient_ids, self.customer)
        self.assertIn("Please &lt;b&gt;pay&lt;/b&gt;", mail.body_html)
        self.assertIn("100.00", mail.body_html)
        self.assertEqual(len(mail.attachment_ids), 1)
        with self.assertRaises(UserError):
            self.send(line)
        self.assertEqual(
            self.env["mail.mail"].search_count(
                [("model", "=", line._name), ("res_id", "=", line.id)]
            ),
            1,
        )

    def test_a_hold_is_placed(self):
        self.overdue(100, 50)
        line = self.prepare()
        self.send(line)
        self.assertEqual(line.state, "done")
        customer = self.customer.with_company(self.company)
        self.assertEqual(customer.credit_hold_state, "hold")

    def test_who_has_paid_meanwhile_is_left_out(self):
        invoice = self.overdue(100, 20)
        line = self.prepare()
        self.receive(100, TODAY.isoformat(), invoice)
        self.send(line)
        self.assertEqual(line.state, "skipped")
        self.assertTrue(line.note)

    def test_what_is_a_draft_again_is_left_out(self):
        invoice = self.overdue(100, 20)
        line = self.prepare()
        invoice.button_draft()
        self.send(line)
        self.assertEqual(line.state, "skipped")
        self.assertIn("no longer posted", line.note)

    def test_who_has_paid_a_part_is_asked_for_the_rest(self):
        invoice = self.overdue(100, 20)
        line = self.prepare()
        self.receive(60, TODAY.isoformat(), invoice)
        self.receive(5, TODAY.isoformat())
        self.send(line)
        self.assertRecordValues(
            line, [{"state": "todo", "amount_due": 40, "credit": -5, "amount": 35}]
        )

    def test_a_level_whose_reason_is_paid_is_left_out(self):
        """Nobody is put on hold for what is two days late."""
        old = self.overdue(1000, 50)
        self.overdue(5, 2)
        line = self.prepare()
        self.assertEqual(line.channel, "hold")
        self.receive(1000, TODAY.isoformat(), old)
        self.send(line)
        self.assertEqual(line.state, "skipped")
        customer = self.customer.with_company(self.company)
        self.assertEqual(customer.credit_hold_state, "none")
        self.assertEqual(self.prepare().channel, "task")

    def test_a_hold_stands_for_no_letter(self):
        """The other invoice gets its letter still."""
        self.overdue(100, 50)
        other = self.overdue(30, 31)
        self.send(self.prepare())
        (line,) = self.prepare()
        self.assertEqual((line.channel, line.amount_due), ("letter", 130))
        self.send(line)
        self.assertFalse(self.prepare())
        self.assertIn(self.open_items(other), line.item_ids.move_line_id)

    def test_it_goes_to_who_gets_the_bills_now(self):
        """Not to a clerk who has left, or works elsewhere, since it was proposed."""
        self.create_policy(("Mail", 1, "mail"), sequence=-2)
        self.customer.email = "pay@example.com"
        clerks = self.env["res.partner"].create(
            [
                {
                    "name": name,
                    "parent_id": self.customer.copy({"name": name}).id,
                    "type": "invoice",
                    "email": f"{name}@example.com",
                }
                for name in ("left", "moved", "bounced")
            ]
        )
        customers = clerks.parent_id
        for customer in customers:
            self.overdue(100, 5, partner_id=customer.id)
        lines = self.prepare()
        self.assertEqual(lines.contact_id, clerks)
        left, moved, bounced = clerks
        left.active = False
        moved.write({"parent_id": self.customer.id, "email": "moved@elsewhere.example"})
        bounced.type = "other"
        new = bounced.copy({"name": "new", "type": "invoice", "email": "@"})
        lines._send()
        by_customer = {line.partner_id: line for line in lines}
        for customer, contact, channel in zip(
            customers,
            (customers[0], customers[1], new),
            ("mail", "mail", "letter"),
            strict=True,
        ):
            line = by_customer[customer]
            with self.subTest(customer.name):
                self.assertEqual(line.contact_id, contact)
                self.assertEqual(line.channel, channel)
                self.assertEqual(
                    line.mail_id.recipient_ids,
                    contact if channel == "mail" else contact.browse(),
                )

    def test_a_customer_is_proposed_once(self):
        self.overdue(100, 20)
        old = self.prepare()
        old.with_user(self.finance).action_skip()
        new = self.prepare()
        self.assertEqual(len(new), 1)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError),
            self.cr.savepoint(),
        ):
            old.with_user(self.finance).action_propose_again()
            self.env.flush_all()
        self.assertEqual(self.lines([("state", "=", "proposed")]), new)

    def test_customers_that_become_one_are_proposed_once(self):
        other = self.customer.copy({"name": "Nordwind", "user_id": False})
        self.overdue(100, 20)
        self.overdue(50, 20, partner_id=other.id)
        self.assertEqual(len(self.prepare()), 2)
        merge = self.env["base.partner.merge.automatic.wizard"].sudo()
        merge._merge((self.customer | other).ids, self.customer, extra_checks=False)
        self.assertFalse(self.lines([("state", "=", "proposed")]))
        self.assertEqual(self.prepare().amount_due, 150)

    def test_who_has_no_address_any_more_gets_a_letter(self):
        self.create_policy(("Mail", 1, "mail"), sequence=-2)
        self.customer.email = "pay@example.com"
        self.overdue(100, 5)
        line = self.prepare()
        self.customer.email = False
        self.send(line)
        self.assertRecordValues(
            line, [{"channel": "letter", "state": "todo", "mail_id": False}]
        )

    def test_a_mail_that_did_not_arrive_is_sent_again(self):
        self.create_policy(("Mail", 1, "mail"), sequence=-2)
        self.customer.email = "pay@example.com"
        self.overdue(100, 5)
        line = self.prepare()
        self.send(line)
        with self.assertRaises(UserError):
            line.with_user(self.finance).action_propose_again()
        first = line.mail_id
        first.state = "exception"
        self.assertEqual(self.lines([("mail_state", "=", "exception")]), line)
        line.with_user(self.finance).action_propose_again()
        self.send(line)
        self.assertEqual((line.state, line.mail_id.state), ("done", "outgoing"))
        self.assertNotEqual(line.mail_id, first)

    def test_a_client_learns_nothing_of_other_items(self):
        theirs = self.overdue(4711, 20, invoice_user_id=False)
        self.overdue(11, 20)
        line = self.prepare()[:1].with_user(self.users["salesperson"])
        values = line.onchange(
            {"item_ids": [(0, "v", {"move_line_id": self.open_items(theirs).id})]},
            ["item_ids"],
            {"amount_open": {}, "item_ids": {"fields": {"amount_open": {}}}},
        )["value"]
        self.assertNotIn("47", str(values))

    def test_one_that_fails_stops_no_other(self):
        self.create_policy(("Mail", 1, "mail"), sequence=-2)
        customers = self.customer.browse()
        for name in ("good", "bad", "better"):
            customer = self.customer.copy(
                {"name": name, "email": f"{name}@example.com"}
            )
            customers |= customer
            self.overdue(100, 5, partner_id=customer.id)
        lines = self.prepare()
        template = type(self.env["mail.template"])
        send_mail_batch = template.send_mail_batch

        def fail(record, res_ids, **kwargs):
            names = self.env["funnel.followup.line"].sudo().browse(res_ids)
            if "bad" in names.partner_id.mapped("name"):
                raise ValueError("No such template")
            return send_mail_batch(record, res_ids, **kwargs)

        with patch.object(template, "send_mail_batch", fail), mute_logger(SEND):
            self.send(lines)
        states = {line.partner_id.name: line.state for line in lines}
        self.assertEqual(states, {"good": "done", "bad": "failed", "better": "done"})
        bad = lines.filtered(lambda line: line.state == "failed")
        self.assertEqual(bad.note, "No such template")
        self.assertFalse(bad.mail_id)
        bad.with_user(self.finance).action_propose_again()
        self.send(bad)
        self.assertEqual(bad.state, "done")

    def test_many_are_sent_some_at_a_time(self):
        for n in range(3):
            customer = self.customer.copy({"name": f"C{n}"})
            self.overdue(100 + n, 5, partner_id=customer.id)
        lines = self.prepare().with_user(self.finance).with_company(self.company)
        with (
            patch.object(funnel_followup_line, "AT_ONCE", 2),
            patch(f"{SEND}.AT_ONCE", 2),
        ):
            action = lines.action_send()
            self.assertEqual(action["params"]["total"], 3)
            first = lines.send_next()
            self.assertEqual((first["done"], first["action"]), (2, False))
            second = lines.send_next()
            self.assertEqual(second["done"], 3)
            self.assertTrue(second["action"])
        self.assertEqual(set(lines.mapped("state")), {"todo"})

    # ------------------------------------------------------------------
    # Afterwards
    # ------------------------------------------------------------------

    def test_it_closes_when_paid_and_opens_when_undone(self):
        invoice = self.overdue(100, 20)
        line = self.prepare()
        self.send(line)
        pending = [("state", "=", "todo"), ("is_paid", "=", False)]
        self.assertEqual(self.lines(pending), line)
        payment = self.receive(100, TODAY.isoformat(), invoice)
        self.assertTrue(line.is_paid)
        self.assertEqual(line.amount_open, 0)
        self.assertFalse(self.lines(pending))
        self.assertEqual(self.lines([("is_paid", "=", True)]), line)
        self.assertEqual(self.lines([("is_paid", "!=", False)]), line)
        for undo in (payment.action_draft, self.undo(payment)):
            undo()
            self.env.invalidate_all()
            self.assertFalse(line.is_paid)
            self.assertEqual(line.amount_open, 100)
            self.assertEqual(self.lines(pending), line)

    def undo(self, payment):
        return payment.move_id.line_ids.remove_move_reconcile

    def test_a_contact_answers_it(self):
        self.overdue(100, 1)
        line = self.prepare()
        self.send(line)
        salesperson = self.users["salesperson"]
        action = line.with_user(salesperson).action_log_contact()
        values = {
            key.removeprefix("default_"): value
            for key, value in action["context"].items()
        }
        channel = self.env["funnel.contact.channel"].search([], limit=1)
        self.env["funnel.contact.log"].with_user(salesperson).create(
            {**values, "channel_id": channel.id, "summary": "pays on Friday"}
        )
        self.assertRecordValues(
            line,
            [
                {
                    "state": "done",
                    "answer": "pays on Friday",
                    "done_user_id": salesperson.id,
                }
            ],
        )

    def test_done_and_undone(self):
        self.overdue(100, 15)
        line = self.prepare()
        self.send(line)
        mine = line.with_user(self.users["salesperson"])
        mine.action_done()
        self.assertEqual(line.state, "done")
        mine.action_undo()
        self.assertEqual((line.state, line.done_date), ("todo", False))
        mine.answer = "busy"
        self.assertEqual(line.answer, "busy")
        with self.assertRaises(AccessError):
            mine.state = "skipped"

    def test_a_printed_letter_is_done(self):
        self.overdue(100, 30)
        line = self.prepare()
        report = self.env.ref("crm_sales_funnel.report_followup_letter_a4")
        layout = report.print_layout_id
        layout.with_user(self.finance)._render(line.with_user(self.finance), "xlsx")
        self.assertEqual(line.state, "proposed")
        self.send(line)
        layout.with_user(self.finance)._render(line.with_user(self.finance), "xlsx")
        self.assertEqual(line.state, "done")
        self.assertEqual(line.done_user_id, self.finance)

    def test_a_contact_about_another_customer(self):
        self.overdue(100, 1)
        line = self.prepare()
        self.send(line)
        other = self.customer.copy({"name": "Other"})
        channel = self.env["funnel.contact.channel"].search([], limit=1)
        values = {"partner_id": other.id, "channel_id": channel.id}
        logs = self.env["funnel.contact.log"].with_user(self.users["salesperson"])
        with self.assertRaises(ValidationError):
            logs.create({**values, "followup_line_id": line.id})
        log = logs.create(values)
        with self.assertRaises(ValidationError):
            log.followup_line_id = line
        self.assertEqual(line.state, "todo")
