from datetime import date

from psycopg2.errors import CheckViolation, UniqueViolation

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import SQL, mute_logger

from .promise_common import PromiseCommon

PROMISE = "funnel.payment.promise"
FIRST, LAST = date(2026, 4, 10), date(2026, 4, 11)


@tagged("post_install", "-at_install")
class TestReceivablePromise(PromiseCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.overdue = cls.invoice(100, "2026-02-01", "2026-03-01")
        cls.soon = cls.invoice(50, "2026-03-10", "2026-04-10")
        cls.later = cls.invoice(30, "2026-03-10", "2026-04-11")
        cls.credit = cls.receive(7, "2026-03-05")

    def assert_state(self, promise, state, received, missing):
        """Check a promise, as it is read and as it is found and added up."""
        promise = promise.with_env(self.env)
        self.assertEqual(
            (promise.state, promise.amount_received, promise.amount_missing),
            (state, received, missing),
        )
        self.assertIn(promise, self.found(PROMISE, state=state))
        for other in {"open", "kept", "broken", "renewed", "cancelled"} - {state}:
            self.assertNotIn(promise, self.found(PROMISE, state=other))
        [group] = self.env[PROMISE]._read_group(
            [("id", "=", promise.id)],
            ["state"],
            ["amount_received:sum", "amount_missing:sum", "missing_company:sum"],
        )
        self.assertEqual(group, (state, received, missing, promise.missing_company))

    # ------------------------------------------------------------------
    # Taking it
    # ------------------------------------------------------------------

    def test_all_that_is_due_by_then_is_promised(self):
        promise = self.promise("2026-04-10")
        self.assertEqual(promise.amount, 150)
        self.assertEqual(
            promise.line_ids.mapped("move_line_id"),
            self.items(self.overdue, self.soon),
        )
        self.assertEqual(promise.line_ids.mapped("amount_open"), [100, 50])
        self.assertRecordValues(
            promise,
            [
                {
                    "date": date(2026, 3, 31),
                    "user_id": self.users["salesperson"].id,
                    "team_id": self.team.id,
                    "taken_by_id": self.users["finance"].id,
                    "currency_id": self.company.currency_id.id,
                    "amount_company": 150,
                    "state": "open",
                }
            ],
        )

    def test_some_items_and_a_smaller_amount(self):
        item = self.items(self.later)
        promise = self.promise(amount=20, item_ids=[Command.link(item.id)])
        self.assertEqual(promise.line_ids.move_line_id, item)
        self.assertEqual((promise.amount, promise.line_ids.amount_open), (20, 30))

    def test_child_of_the_customer(self):
        shop = self.env["res.partner"].create(
            {"name": "Shop", "parent_id": self.customer.id}
        )
        promise = self.promise(partner_id=shop.id, contact_id=shop.id)
        self.assertEqual(promise.partner_id, self.customer)
        with self.assertRaises(ValidationError):
            promise.contact_id = self.partner_b

    def test_what_is_refused(self):
        others = self.invoice(5, "2026-03-01", partner_id=self.partner_a.id)
        credit = self.items(self.credit.move_id)
        first, other = self.items(self.overdue), self.items(others)
        for items, values in (
            (first + other, {}),
            (other, {}),
            (credit, {}),
            (first.browse(), {}),
            (first, {"amount": 101}),
        ):
            with self.subTest(items=items, **values), self.assertRaises(UserError):
                self.promise(item_ids=[Command.set(items.ids)], **values)
        for values in ({"day": "2026-03-30"}, {"amount": -1}):
            case, quiet = self.subTest(values), mute_logger("odoo.sql_db")
            with case, quiet, self.assertRaises(CheckViolation):
                self.promise(**values)
        with self.assertRaisesRegex(UserError, "no open items"):
            self.promise(partner_id=self.partner_b.id)

    def test_it_is_for_a_day_within_a_year(self):
        promise = self.promise("2027-03-31", amount=10)
        for day in ("2027-04-01", "9999-12-31"):
            with self.subTest(day), self.assertRaisesRegex(UserError, "03/31/2027"):
                promise.date_due = day
        with self.assertRaises(UserError):
            self.promise("2027-04-01")

    def test_an_item_has_one_open_promise(self):
        self.promise("2026-03-31")
        with self.assertRaisesRegex(UserError, f"{self.overdue.name}.*03/31/2026"):
            self.promise(item_ids=[Command.link(self.items(self.overdue).id)])
        # The rest can be promised.
        self.assertEqual(self.promise("2026-04-11").amount, 80)

    def test_two_at_once(self):
        """The index refuses what the second one could not see."""
        first = self.promise()
        line = first.line_ids[:1].sudo()
        with mute_logger("odoo.sql_db"), self.assertRaises(UniqueViolation):
            line.copy({"promise_id": first.id})

    def test_foreign_currency(self):
        foreign = self.setup_other_currency("CHF", rates=[("2016-01-01", 2)])
        bill = self.invoice(
            300, "2026-03-01", currency_id=foreign.id, partner_id=self.partner_a.id
        )
        promise = self.promise(partner_id=self.partner_a.id)
        self.assertEqual(promise.currency_id, foreign)
        self.assertEqual((promise.amount, promise.amount_company), (300, 150))
        self.receive(
            100,
            "2026-03-31",
            bill,
            partner_id=self.partner_a.id,
            currency_id=foreign.id,
        )
        self.assert_state(promise, "open", 100, 200)
        self.assertEqual(promise.with_env(self.env).missing_company, 100)

    # ------------------------------------------------------------------
    # What becomes of it
    # ------------------------------------------------------------------

    def test_it_is_kept_when_paid_and_reopens_when_that_is_undone(self):
        promise = self.promise()
        self.assert_state(promise, "open", 0, 150)
        part = self.receive(40, "2026-04-01", self.overdue)
        self.assert_state(promise, "open", 40, 110)
        rest = self.receive(110, "2026-04-02", self.overdue, self.soon)
        self.assert_state(promise, "kept", 150, 0)
        rest.action_draft()
        self.assert_state(promise, "open", 40, 110)
        rest.action_post()
        self.apply(rest.move_id, self.overdue, self.soon)
        self.assert_state(promise, "kept", 150, 0)
        self.go_to("2026-04-11")
        self.assert_state(promise, "kept", 150, 0)
        part.action_draft()
        self.assert_state(promise, "broken", 110, 40)

    def test_it_is_broken_the_day_after(self):
        promise = self.promise("2026-04-10")
        self.go_to("2026-04-10")
        self.assert_state(promise, "open", 0, 150)
        self.go_to("2026-04-11")
        self.assert_state(promise, "broken", 0, 150)
        self.receive(150, "2026-04-12", self.overdue, self.soon)
        self.assert_state(promise, "kept", 150, 0)

    def test_they_are_added_up_in_a_pivot(self):
        self.promise("2026-03-31")
        self.receive(40, "2026-03-31", self.overdue)
        self.go_to("2026-04-01")
        self.promise(item_ids=[Command.link(self.items(self.soon).id)])
        self.env.flush_all()
        total, by_state = self.model(PROMISE).formatted_read_grouping_sets(
            [],
            [[], ["state"]],
            ["amount_company:sum", "missing_company:sum", "__count"],
        )
        self.assertEqual(total[0]["missing_company:sum"], 110)
        self.assertEqual(
            {
                g["state"]: (g["amount_company:sum"], g["missing_company:sum"])
                for g in by_state
            },
            {"broken": (100, 60), "open": (50, 50)},
        )

    def test_part_of_an_item(self):
        promise = self.promise(
            amount=60, item_ids=[Command.link(self.items(self.overdue).id)]
        )
        self.receive(59.99, "2026-04-01", self.overdue)
        self.assert_state(promise, "open", 59.99, 0.01)
        self.receive(0.01, "2026-04-01", self.overdue)
        self.assert_state(promise, "kept", 60, 0)

    def test_what_was_paid_before_does_not_count(self):
        self.receive(40, "2026-03-05", self.overdue)
        promise = self.promise("2026-03-31")
        self.assertEqual(promise.amount, 60)
        self.assert_state(promise, "open", 0, 60)

    def test_credit_note_and_cancelled_invoice(self):
        promise = self.promise("2026-03-31")
        self.overdue.button_draft()
        self.assert_state(promise, "kept", 100, 0)
        self.overdue.action_post()
        self.assert_state(promise, "open", 0, 100)
        note = self.invoice(100, "2026-03-31", move_type="out_refund")
        self.apply(note, self.overdue)
        self.assert_state(promise, "kept", 100, 0)

    def test_a_broken_promise_is_promised_anew(self):
        first = self.promise("2026-03-31")
        self.go_to("2026-04-01")
        self.assert_state(first, "broken", 0, 100)
        second = self.promise("2026-04-05")
        self.assert_state(first, "renewed", 0, 100)
        second.action_cancel()
        self.assert_state(second, "cancelled", 0, 100)
        self.assert_state(first, "broken", 0, 100)
        third = self.promise("2026-04-05")
        self.receive(100, "2026-04-05", self.overdue)
        self.assert_state(first, "kept", 100, 0)
        self.assert_state(third, "kept", 100, 0)

    def test_it_is_changed_while_it_is_open(self):
        promise = self.promise()
        promise.write({"date_due": "2026-04-20", "amount": 120, "note": "by cheque"})
        self.assert_state(promise, "open", 0, 120)
        with self.assertRaisesRegex(ValidationError, "150"):
            promise.amount = 151
        self.go_to("2026-04-21")
        with self.assertRaisesRegex(UserError, "Take a new one"):
            promise.date_due = "2026-05-01"
        promise.action_cancel()
        with self.assertRaises(UserError):
            promise.action_cancel()

    def test_the_rest_is_never_changed(self):
        promise = self.promise()
        for values in (
            {"partner_id": self.partner_a.id},
            {"date": "2026-01-01"},
            {"is_cancelled": True},
            {"taken_by_id": self.users["manager"].id},
            {"amount_company": 1},
            {"line_ids": [Command.clear()]},
            {"item_ids": [Command.clear()]},
        ):
            with self.subTest(values), self.assertRaises(AccessError):
                promise.write(values)
        promise.user_id = self.users["team_leader"]
        self.assertEqual(promise.user_id, self.users["team_leader"])

    # ------------------------------------------------------------------
    # Chasing and the aging
    # ------------------------------------------------------------------

    def test_chasing_is_paused(self):
        promise = self.promise("2026-04-10")
        soon = self.items(self.soon)
        promised = self.items(self.overdue) + soon
        self.assertEqual(self.paused(PROMISE, FIRST), promised)
        self.assertFalse(self.paused(PROMISE, LAST))
        self.receive(140, "2026-04-01", self.overdue, self.soon)
        self.assertEqual(self.paused(PROMISE, FIRST), soon)
        last = self.receive(10, "2026-04-01", self.soon)
        self.assertFalse(self.paused(PROMISE, FIRST))
        last.action_draft()
        self.assertEqual(self.paused(PROMISE, FIRST), soon)
        promise.action_cancel()
        self.assertFalse(self.paused(PROMISE, FIRST))

    def test_aging_tells_of_it_at_its_date(self):
        promise = self.promise("2026-04-10")
        fnames = ("residual", "promised_date", "promise_id")
        none = promise.browse().with_env(self.env)
        mine = (date(2026, 4, 10), promise.with_env(self.env))
        self.receive(100, "2026-04-05", self.overdue)
        self.assert_aging(
            "2026-03-31",
            [(100, *mine), (-7, False, none), (50, *mine), (30, False, none)],
            *fnames,
        )
        # The day before, nobody had promised anything; later it is over.
        for day, amounts in (
            ("2026-03-30", [100, -7, 50, 30]),
            ("2026-04-11", [-7, 50, 30]),
        ):
            self.assert_aging(
                day, [(amount, False, none) for amount in amounts], *fnames
            )
        promised = self.aging("2026-03-31").search([("promised_date", "!=", False)])
        self.assertEqual(promised.mapped("residual"), [100, 50])
        action = promised[1].action_open_promise()
        self.assertEqual((action["res_model"], action["res_id"]), (PROMISE, promise.id))

    def test_aging_asks_for_promises_only_where_they_are_read(self):
        self.promise()
        plan = self._explain("residual:sum", [])
        self.assertNotIn("promise", plan)
        self.assertNotIn("dispute", plan)
        self.assertIn(
            "funnel_payment_promise",
            self._explain("residual:sum", [("promised_date", "!=", False)]),
        )

    def _explain(self, aggregate, domain):
        """Return how PostgreSQL answers a sum of the aging."""
        report = self.aging("2026-03-31")
        query = report._search(domain)
        select = query.select(report._read_group_select(aggregate, query))
        return str(self.env.execute_query(SQL("EXPLAIN %s", select)))

    # ------------------------------------------------------------------
    # Dialogs
    # ------------------------------------------------------------------

    def _dialog(self, action):
        self.assertEqual(action["target"], "new")
        model = self.model(action["res_model"]).with_context(**action["context"])
        return Form(model, view=action["views"][0][0])

    def test_dialog_of_the_customer(self):
        finance = self.users["finance"]
        form = self._dialog(self.customer.with_user(finance).action_take_promise())
        # In a week, as long as nobody says anything else.
        self.assertEqual((form.date_due, form.amount), (date(2026, 4, 7), 100))
        self.assertEqual(form.due_in, "1w")
        form.due_in = "1m"
        self.assertEqual((form.date_due, form.amount), (date(2026, 4, 30), 180))
        form.item_ids.remove(id=self.items(self.later).id)
        self.assertEqual(form.amount, 150)
        form.amount = 120
        promise = form.save()
        self.assertEqual((promise.amount, len(promise.line_ids)), (120, 2))

    def test_dialog_of_the_invoice_and_the_aging(self):
        finance = self.users["finance"]
        form = self._dialog(self.soon.with_user(finance).action_take_promise())
        self.assertEqual((form.partner_id, form.amount), (self.customer, 50))
        form.due_in = "1m"  # what was chosen stays
        self.assertEqual(form.save().line_ids.move_line_id, self.items(self.soon))
        rows = self.aging("2026-03-31", finance).browse(
            self.items(self.overdue, self.later, self.credit.move_id).ids
        )
        promise = self._dialog(rows.action_take_promise()).save()
        self.assertEqual(
            promise.line_ids.move_line_id, self.items(self.overdue, self.later)
        )
        with self.assertRaises(UserError):
            self.aging("2026-03-31", finance).browse(
                self.items(self.credit.move_id).ids
            ).action_take_promise()

    # ------------------------------------------------------------------
    # Notes, tasks, merge
    # ------------------------------------------------------------------

    def _notes(self, record):
        return " ".join(record.message_ids.mapped("body"))

    def test_it_is_noted(self):
        self.promise(amount=120)
        self.assertIn("04/10/2026", self._notes(self.customer))
        self.assertNotIn("120", self._notes(self.customer))
        for move in (self.overdue, self.soon):
            self.assertIn("120.00", self._notes(move))
        self.assertNotIn("04/10/2026", self._notes(self.later))

    def _reminders(self, role="salesperson", reach="own"):
        self.env.flush_all()
        answers = self.model("funnel.reminder", self.users[role]).get_today(reach)
        return {
            answer["key"].split(".")[1]: (answer["count"], answer["amount"])
            for answer in answers
            if answer["card"] == "promises"
        }

    def test_it_is_a_task_when_it_is_broken(self):
        self.promise("2026-03-31")
        nothing = (0, 0)
        self.assertEqual(
            self._reminders(),
            {"today": (1, 100), "broken": nothing, "dispute": nothing},
        )
        self.receive(30, "2026-03-31", self.overdue)
        self.assertEqual(self._reminders()["today"], (1, 70))
        self.go_to("2026-04-01")
        for role, reach in (
            ("salesperson", "own"),
            ("team_leader", "team"),
            ("finance", "all"),
        ):
            with self.subTest(role):
                figures = self._reminders(role, reach)
                self.assertEqual(figures["today"], nothing)
                self.assertEqual(figures["broken"], (1, 70))
        self.assertEqual(self._reminders("order_desk", "all"), {})
        self.promise("2026-04-05")
        self.assertEqual(self._reminders()["broken"], nothing)

    def test_customers_become_one(self):
        promise = self.promise()
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.customer | self.partner_b).ids, self.partner_b
        )
        self.assertEqual(promise.partner_id, self.partner_b)
        self.assert_state(promise, "open", 0, 150)
