from odoo.tests import Form, tagged

from .unknown_common import UnknownCommon


@tagged("post_install", "-at_install")
class TestCashUnknownPayer(UnknownCommon):
    """Who it may be from, and who is told that it waits."""

    def test_the_same_payer_is_known_the_next_time(self):
        receipt = self.arrive(100, payer_name="  Mrs.   North ")
        self.assertEqual(receipt.payer_name, "Mrs. North")
        self.assertFalse(receipt.proposed_partner_id)
        self.confirm(self.claim(receipt))
        following = self.arrive(20, payer_name="Mrs. North")
        named = self.arrive(30, payer_name=self.customer.name)
        self.assertEqual(following.proposed_partner_id, self.customer)
        self.assertEqual(named.proposed_partner_id, self.customer)
        action = following.with_user(self.users["salesperson"]).action_claim()
        form = Form(
            self.env["funnel.receipt.claim"]
            .with_user(self.users["salesperson"])
            .with_context(**action["context"])
        )
        self.assertEqual((form.partner_id, form.amount), (self.customer, 20))
        stranger = Form(
            self.env["funnel.receipt.claim"]
            .with_user(self.users["order_desk"])
            .with_context(**action["context"])
        )
        self.assertFalse(stranger.partner_id)
        screen = self.screen(following)
        self.assertEqual(screen.partner_id, self.customer)

    def test_of_many_receipts_the_payers_are_known_by_as_many_queries(self):
        counts = []
        for number in (3, 12):
            receipts = (
                self.env["funnel.unknown.receipt"]
                .sudo()
                .union(
                    *(self.arrive(10, payer_name=f"Payer {n}") for n in range(number))
                )
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            receipts.mapped("proposed_partner_id")
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(*counts)

    def test_receive_warns_that_the_money_is_there_already(self):
        receipt = self.arrive(77)
        screen = self.settle(77)
        self.assertEqual(screen.duplicate_ids, receipt.payment_id)
        screen = self.screen(receipt, partner_id=self.customer.id)
        self.assertFalse(screen.duplicate_ids)
        self.assertFalse(self.settle(78).duplicate_ids)

    def test_on_today(self):
        waits = self.arrive(100)
        claim = self.claim(self.arrive(40))
        self.confirm(self.claim(self.arrive(7)))
        for role, key, found in (
            ("salesperson", "cash.unclaimed", (1, 100)),
            ("finance", "cash.unclaimed", (1, 100)),
            ("finance", "cash.claims", (1, None)),
        ):
            reminders = self.env["funnel.reminder"].with_user(self.users[role])
            for reach in ("own", "all"):
                with self.subTest(role=role, key=key, reach=reach):
                    [kind] = [k for k in reminders.get_today(reach) if k["key"] == key]
                    self.assertEqual((kind["count"], kind["amount"]), found)
                    rows = self.env[kind["action"]["res_model"]].search(
                        kind["action"]["domain"]
                    )
                    self.assertEqual(rows, claim if key == "cash.claims" else waits)
