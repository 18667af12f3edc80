from datetime import date

from psycopg2.errors import UniqueViolation

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .promise_common import PromiseCommon

DISPUTE = "funnel.invoice.dispute"


@tagged("post_install", "-at_install")
class TestReceivableDispute(PromiseCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        half = cls.env["account.payment.term"].create(
            {
                "name": "Half now, half in 30 days",
                "line_ids": [
                    Command.create({"value_amount": 50, "nb_days": days})
                    for days in (0, 30)
                ],
            }
        )
        cls.whole = cls.invoice(100, "2026-03-01")
        cls.parts = cls.invoice(
            80, "2026-03-15", post=False, invoice_payment_term_id=half.id
        )
        cls.parts.action_post()

    def test_all_open_items_of_an_invoice(self):
        self.receive(15, "2026-03-20", self.parts)
        dispute = self.dispute(self.parts)
        self.assertEqual(dispute.line_ids.move_line_id, self.items(self.parts))
        self.assertEqual(dispute.line_ids.mapped("amount_open"), [25, 40])
        self.assertRecordValues(
            dispute,
            [
                {
                    "partner_id": self.customer.id,
                    "company_id": self.company.id,
                    "user_id": self.users["salesperson"].id,
                    "team_id": self.team.id,
                    "taken_by_id": self.users["finance"].id,
                    "amount": 65,
                    "amount_company": 65,
                    "residual": 65,
                    "date": date(2026, 3, 31),
                    "state": "open",
                }
            ],
        )

    def test_one_instalment(self):
        first, second = self.items(self.parts)
        dispute = self.dispute(
            self.parts, item_ids=[Command.link(second.id)], amount=10
        )
        self.assertEqual(dispute.line_ids.move_line_id, second)
        self.assertEqual(self.paused(DISPUTE, date(2026, 3, 31)), second)
        # What is not disputed yet still can be, once.
        self.assertEqual(self.dispute(self.parts).line_ids.move_line_id, first)
        with self.assertRaises(UserError):
            self.dispute(self.parts)

    def test_what_is_refused(self):
        first, second = self.items(self.parts)
        whole = self.items(self.whole)
        for move, items, values in (
            (self.parts, whole, {}),
            (self.parts, first + whole, {}),
            (self.parts, first, {"amount": 40.01}),
            (self.invoice(10, "2026-03-01", move_type="out_refund"), None, {}),
            (self.invoice(10, "2026-03-01", post=False), None, {}),
        ):
            if items is not None:
                values["item_ids"] = [Command.set(items.ids)]
            case = self.subTest(move=move.name, **values)
            with case, self.assertRaises(UserError):
                self.dispute(move, **values)
        self.dispute(self.parts, item_ids=[Command.link(second.id)])
        with self.assertRaisesRegex(UserError, "disputed already"):
            self.dispute(self.parts, item_ids=[Command.link(second.id)])

    def test_it_is_resolved_and_disputed_again(self):
        dispute = self.dispute(self.whole)
        item = self.items(self.whole)
        with self.assertRaisesRegex(UserError, "how it was resolved"):
            dispute.action_resolve()
        dispute.resolution = "Credit note of 20."
        dispute.action_resolve()
        self.assertRecordValues(
            dispute,
            [
                {
                    "state": "resolved",
                    "date_resolved": date(2026, 3, 31),
                    "resolved_by_id": self.users["finance"].id,
                }
            ],
        )
        self.assertFalse(self.paused(DISPUTE, date(2026, 3, 31)))
        with self.assertRaises(UserError):
            dispute.action_resolve()
        with self.assertRaises(UserError):
            dispute.note = "Something else"
        dispute.action_reopen()
        self.assertEqual(
            (dispute.state, dispute.date_resolved, dispute.resolution),
            ("open", False, False),
        )
        self.assertEqual(self.paused(DISPUTE, date(2026, 3, 31)), item)

    def test_one_open_dispute_an_item(self):
        old = self.dispute(self.whole, resolution="Price list sent.")
        old.action_resolve()
        new = self.dispute(self.whole)
        with self.assertRaisesRegex(UserError, "disputed already"):
            old.action_reopen()
        self.assertEqual(old.state, "resolved")
        with mute_logger("odoo.sql_db"), self.assertRaises(UniqueViolation):
            new.line_ids.sudo().copy({"dispute_id": old.id})

    def test_the_rest_is_never_changed(self):
        dispute = self.dispute(self.whole)
        for values in (
            {"state": "resolved"},
            {"move_id": self.parts.id},
            {"partner_id": self.partner_a.id},
            {"resolved_by_id": self.users["manager"].id},
            {"date_resolved": "2026-03-31"},
            {"line_ids": [Command.clear()]},
        ):
            with self.subTest(values), self.assertRaises(AccessError):
                dispute.write(values)
        dispute.write({"category": "quality", "amount": 30})
        with self.assertRaises(ValidationError):
            dispute.amount = 100.01

    def test_state_is_not_what_the_client_says(self):
        dispute = self.dispute(self.whole, state="resolved", user_id=self.env.uid)
        self.assertEqual(dispute.state, "open")
        self.assertEqual(dispute.user_id, self.users["salesperson"])
        self.model(DISPUTE).with_context(
            default_state="resolved", default_user_id=self.env.uid
        ).create({"move_id": self.parts.id, "category": "price", "note": "No."})
        self.assertEqual(
            self.found(DISPUTE, move_id=self.parts.id).mapped("state"), ["open"]
        )
        self.assertFalse(self.found(DISPUTE, user_id=self.env.uid))

    def test_aging_tells_of_it_at_its_date(self):
        dispute = self.dispute(self.whole, resolution="Settled.")
        self.go_to("2026-04-05")
        dispute.action_resolve()
        for day, disputed in (
            ("2026-03-30", False),
            ("2026-03-31", True),
            ("2026-04-04", True),
            ("2026-04-05", False),
        ):
            with self.subTest(day):
                self.assert_aging(
                    day,
                    [(100, disputed), (40, False), (40, False)],
                    "residual",
                    "is_disputed",
                )
        rows = self.aging("2026-03-31").search([("is_disputed", "=", True)])
        self.assertEqual(rows.mapped("residual"), [100])
        action = rows.action_open_dispute()
        self.assertEqual((action["res_model"], action["res_id"]), (DISPUTE, dispute.id))

    def test_disputed_items_are_not_promised_by_themselves(self):
        self.dispute(self.whole)
        self.assertEqual(self.promise("2026-03-31").amount, 40)
        # Who says so may promise them too.
        whole = [Command.link(self.items(self.whole).id)]
        self.assertEqual(self.promise(item_ids=whole).amount, 100)

    def test_dialogs(self):
        finance = self.users["finance"]
        rows = self.aging("2026-03-31", finance)
        first, second = self.items(self.parts)
        for action, amount, expected in (
            (self.whole.with_user(finance).action_dispute(), 100, self.whole),
            (rows.browse(second.id).action_dispute(), 40, self.parts),
        ):
            model = self.model(DISPUTE).with_context(**action["context"])
            form = Form(model, view=action["views"][0][0])
            self.assertEqual((form.move_id, form.amount), (expected, amount))
            form.category, form.note = "quality", "Rust."
            dispute = form.save()
            self.assertEqual((dispute.move_id, dispute.amount), (expected, amount))
        self.assertEqual(dispute.line_ids.move_line_id, second)
        with self.assertRaises(UserError):
            rows.browse((first + self.items(self.whole)).ids).action_dispute()

    def test_dialog_of_the_customer(self):
        action = self.customer.with_user(self.users["finance"]).action_dispute()
        model = self.model(DISPUTE).with_context(**action["context"])
        form = Form(model, view=action["views"][0][0])
        form.move_id = self.parts
        self.assertEqual(form.amount, 80)
        form.category, form.note = "quantity", "Three boxes were missing."
        self.assertEqual(len(form.save().line_ids), 2)

    def test_it_is_noted(self):
        dispute = self.dispute(self.whole, resolution="Paid.")
        customer = " ".join(self.customer.message_ids.mapped("body"))
        self.assertIn("Dispute opened", customer)
        self.assertNotIn("100", customer.replace(dispute.display_name, ""))
        self.assertIn("100.00", " ".join(self.whole.message_ids.mapped("body")))
        dispute.action_resolve()
        for record in (self.customer, self.whole):
            bodies = " ".join(record.message_ids.mapped("body"))
            self.assertIn("Dispute resolved", bodies)

    def test_it_is_a_reminder(self):
        self.dispute(self.whole, amount=70)
        self.dispute(self.parts, resolution="Ours.").action_resolve()
        for role, reach in (("salesperson", "own"), ("finance", "all")):
            reminders = self.model("funnel.reminder", self.users[role])
            [answer] = [
                answer
                for answer in reminders.get_today(reach)
                if answer["key"] == "promises.dispute"
            ]
            self.assertEqual((answer["count"], answer["amount"]), (1, 70))

    def test_customers_become_one(self):
        dispute = self.dispute(self.whole)
        shop = self.env["res.partner"].create(
            {"name": "Shop", "parent_id": self.partner_b.id}
        )
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.customer | shop).ids, shop
        )
        self.assertEqual(dispute.partner_id, self.partner_b)
