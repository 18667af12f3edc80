"""What happened to a customer who owes, in one list."""

from datetime import datetime

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .followup_common import TODAY, FollowupCommon


@tagged("post_install", "-at_install")
class TestReceivableFollowupTimeline(FollowupCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        finance = cls.users["finance"]
        invoice = cls.overdue(100, 20)
        items = [Command.set(cls.open_items(invoice).ids)]
        cls.env["funnel.followup.run"].sudo()._prepare(cls.company, TODAY)
        lines = cls.env["funnel.followup.line"].sudo()
        cls.line = lines.search([("partner_id", "=", cls.customer.id)])
        cls.line._send_call()
        cls.line._note_answer("They call back.")
        said = {"item_ids": items, "date": cls.day(1)}
        cls.promise = cls.env["funnel.payment.promise"].create(
            {**said, "amount": 60, "date_due": cls.day(9), "note": "In two parts."}
        )
        cls.dispute = cls.env["funnel.invoice.dispute"].create(
            {**said, "amount": 40, "category": "price", "note": "Too dear."}
        )
        cls.dispute.resolution = "A mistake of theirs."
        cls.dispute.action_resolve()
        cls.dispute.sudo().date_resolved = cls.day(2)
        holds = cls.env["funnel.credit.hold"]
        cls.hold = holds._place(cls.company, cls.customer, "Late")
        cls.hold._release("Paid")
        # Half past seven in the morning of the next day in Shanghai.
        late = datetime(2026, 4, 2, 23, 30)
        cls.hold.sudo().write({"date": cls.day(1), "released_on": late})
        cls.override = (
            cls.env["funnel.credit.override"]
            .sudo()
            .create(
                {
                    "date": late,
                    "user_id": finance.id,
                    "reason": "Paid by cheque",
                    "document": "S1",
                    "partner_id": cls.customer.id,
                    "company_id": cls.company.id,
                    "amount": 7,
                }
            )
        )
        cls.payment = cls.receive(30, "2026-04-04", invoice)
        cls.env.flush_all()
        cls.env.invalidate_all()

    def events(self, role="finance", tz="UTC"):
        events = self.env["funnel.followup.timeline"].with_user(self.users[role])
        return events.with_context(tz=tz, allowed_company_ids=self.company.ids).search(
            [("partner_id", "=", self.customer.id)]
        )

    def test_what_happened(self):
        events = self.events(tz="Asia/Shanghai").sorted(lambda e: (e.date, e.kind))
        self.assertEqual(
            [(e.date.isoformat(), e.kind, e.amount, e.note) for e in events],
            [
                ("2026-03-31", "followup", 100, "They call back."),
                ("2026-04-01", "dispute", 40, "Too dear."),
                ("2026-04-01", "hold", 0, "Late"),
                ("2026-04-01", "promise", 60, "In two parts."),
                ("2026-04-02", "resolved", 40, "A mistake of theirs."),
                ("2026-04-03", "override", 7, "Paid by cheque"),
                ("2026-04-03", "released", 0, "Paid"),
                ("2026-04-04", "payment", 30, self.payment.memo or False),
            ],
        )
        self.assertEqual(events.user_id, self.users["salesperson"])
        self.assertEqual(set(events.mapped("channel")), {"call", False})
        promise = events.filtered(lambda event: event.kind == "promise")
        self.assertEqual(promise.date_due, self.day(9))
        self.assertEqual(promise.done_user_id, self.promise.taken_by_id)

    def test_the_day_is_that_of_the_reader(self):
        kinds = ("override", "released")
        for tz, day in (("UTC", "2026-04-02"), ("Asia/Shanghai", "2026-04-03")):
            events = self.events(tz=tz).filtered(lambda event: event.kind in kinds)
            with self.subTest(tz):
                self.assertEqual(
                    [event.date.isoformat() for event in events], [day, day]
                )

    def test_each_is_opened_by_who_may(self):
        behind = {
            "followup": self.line,
            "promise": self.promise,
            "dispute": self.dispute,
            "resolved": self.dispute,
            "hold": self.hold,
            "released": self.hold,
            "override": self.override,
            "payment": self.payment,
        }
        for role in ("finance", "salesperson"):
            for event in self.events(role):
                with self.subTest(role=role, kind=event.kind):
                    if role == "salesperson" and event.kind == "payment":
                        with self.assertRaisesRegex(AccessError, "You may not open it"):
                            event.action_open()
                        continue
                    action = event.action_open()
                    record = behind[event.kind]
                    self.assertEqual(
                        (action["res_model"], action["res_id"]),
                        (record._name, record.id),
                    )

    def test_who_sees_it(self):
        self.assertEqual(len(self.events()), 8)
        for role, count in (("salesperson", 8), ("team_leader", 8), ("manager", 8)):
            with self.subTest(role):
                self.assertEqual(len(self.events(role)), count)
        self.customer.user_id = False
        self.env.flush_all()
        self.assertFalse(self.events("salesperson"))
        for role in ("order_desk", "warehouse"):
            with self.subTest(role), self.assertRaises(AccessError):
                self.events(role)
