from datetime import date

from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged

from .common import MODULE
from .promise_common import PromiseCommon

LOG = "funnel.contact.log"


@tagged("post_install", "-at_install")
class TestReceivableContactPromise(PromiseCommon):
    """A customer says in a call by when he pays."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.overdue = cls.invoice(100, "2026-02-01", "2026-03-01")
        cls.soon = cls.invoice(50, "2026-03-10", "2026-04-10")
        cls.phone = cls.env.ref(f"{MODULE}.funnel_contact_channel_phone")
        cls.promised = cls.env.ref(f"{MODULE}.funnel_contact_outcome_payment")
        cls.other_outcome = cls.env.ref(f"{MODULE}.funnel_contact_outcome_complaint")

    def call(self, role="salesperson", **values):
        """Log a call in which the customer promised to pay."""
        if "move_id" not in values:
            values["partner_id"] = self.customer.id
        return self.model(LOG, self.users[role]).create(
            {
                "channel_id": self.phone.id,
                "outcome_id": self.promised.id,
                "promised_date": "2026-04-12",
                "summary": "Waits for a payment himself",
                **values,
            }
        )

    def assert_promise(self, log, amount, *invoices):
        self.assertRecordValues(
            log.promise_id.with_env(self.env),
            [
                {
                    "partner_id": self.customer.id,
                    "amount": amount,
                    "date_due": date(2026, 4, 12),
                    "taken_by_id": log.user_id.id,
                    "note": "Waits for a payment himself",
                    "state": "open",
                }
            ],
        )
        self.assertEqual(
            log.promise_id.sudo().line_ids.move_line_id, self.items(*invoices)
        )

    def test_every_role_that_logs_contacts_takes_promises(self):
        for role in ("salesperson", "order_desk", "finance"):
            with self.subTest(role):
                log = self.call(role)
                self.assert_promise(log, 150, self.overdue, self.soon)
                log.promise_id.sudo().action_cancel()

    def test_a_part(self):
        self.assert_promise(self.call(promised_amount=60), 60, self.overdue, self.soon)

    def test_of_an_invoice(self):
        log = self.call(move_id=self.overdue.id)
        self.assert_promise(log, 100, self.overdue)
        # the rest of what is due by then
        self.assert_promise(self.call(), 50, self.soon)

    def test_dialog(self):
        view = self.env.ref(f"{MODULE}.funnel_contact_log_view_form_dialog")
        logs = self.model(LOG, self.users["salesperson"])
        with Form(logs.with_context(default_partner_id=self.customer.id), view) as form:
            form.channel_id = self.phone
            form.summary = "Waits for a payment himself"
            form.outcome_id = self.promised
            self.assertIn("100.00", form.promise_hint)
            form.promised_date = "2026-04-12"
            self.assertIn("150.00", form.promise_hint)
            form.promised_amount = 60
            form.outcome_id = self.other_outcome
            self.assertFalse(form.promised_date)
            self.assertFalse(form.promise_hint)
            form.outcome_id = self.promised
            form.promised_date = "2026-04-12"
        self.assert_promise(form.record, 150, self.overdue, self.soon)
        self.assertFalse(form.record.promise_hint)
        # corrected later: the promise stays the one
        form.record.summary = "Waits"
        form.record.outcome_id = self.promised
        self.assertEqual(len(self.env["funnel.payment.promise"].search([])), 1)

    def test_kept_in_words_where_nothing_is_seen(self):
        """A colleague's customer, or one who owes nothing: the contact says it."""
        outsider = self.new_role_user("funnel_outsider", "salesperson")
        nobody = self.env["res.partner"].create({"name": "Owes nothing"})
        logs = self.model(LOG, outsider)
        for customer in (self.customer, nobody):
            with self.subTest(customer.name):
                values = {
                    "partner_id": customer.id,
                    "channel_id": self.phone.id,
                    "outcome_id": self.promised.id,
                }
                dialog = logs.new({**values, "promised_date": "2026-04-12"})
                self.assertIn("contact log only", dialog.promise_hint)
                self.assertNotIn("100", dialog.promise_hint)
                log = logs.create(
                    {**values, "promised_date": "2026-04-12", "promised_amount": 60}
                )
                self.assertFalse(log.promise_id)
                self.assertEqual(
                    (log.promised_date, log.promised_amount), (date(2026, 4, 12), 60)
                )
        self.assertFalse(self.env["funnel.payment.promise"].search([]))

    def test_no_right_to_take_promises(self):
        self.env["ir.model.access"].search(
            [("model_id.model", "=", "funnel.payment.promise")]
        ).perm_create = False
        log = self.call()
        self.assertFalse(log.promise_id)
        self.assertEqual(log.promised_date, date(2026, 4, 12))

    def test_too_much_is_refused(self):
        with self.assertRaises(ValidationError), self.cr.savepoint():
            self.call(promised_amount=151)
        self.assertFalse(self.env[LOG].search([]))
        with self.assertRaises(ValidationError), self.cr.savepoint():
            self.call(promised_date="2026-03-30")
        with self.assertRaises(ValidationError), self.cr.savepoint():
            self.call(promised_date="2027-04-12")

    def test_nothing_is_promised_without_a_day(self):
        self.assertFalse(self.call(promised_date=False).promise_id)
        self.assertFalse(self.call(outcome_id=self.other_outcome.id).promise_id)
        log = self.call(promised_date=False)
        log.promised_date = "2026-04-12"
        self.assert_promise(log, 150, self.overdue, self.soon)

    def test_promised_already(self):
        self.call()
        log = self.call()
        self.assertFalse(log.promise_id)

    def test_contact_with_an_open_promise_is_not_taken_back(self):
        log = self.call()
        with self.assertRaises(UserError), self.cr.savepoint():
            log.unlink()
        log.promise_id.action_cancel()
        log.with_user(self.users["manager"]).unlink()
        self.assertEqual(
            self.env["funnel.payment.promise"].search([]).state, "cancelled"
        )

    def test_old_contacts_ask_the_ledger_nothing(self):
        log = self.call()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertFalse(log.promise_hint)
        self.assertEqual(log.currency_id, self.company.currency_id)
