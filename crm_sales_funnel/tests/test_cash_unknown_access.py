from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests import new_test_user, tagged

from .unknown_common import UnknownCommon

CLAIMANTS = ("salesperson", "team_leader", "manager", "order_desk")


@tagged("post_install", "-at_install")
class TestCashUnknownAccess(UnknownCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.colleague = new_test_user(
            cls.env,
            "funnel_colleague",
            groups="crm_sales_funnel.group_funnel_salesperson",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.users["colleague"] = cls.colleague

    def receipts(self, role):
        return self.env["funnel.unknown.receipt"].with_user(self.users[role])

    def claims(self, role):
        return self.env["funnel.receipt.claim"].with_user(self.users[role])

    def arrive_elsewhere(self):
        """Enter what arrived in another company."""
        other = self.setup_other_company(name="Other Ltd")["company"]
        bank = self.env["account.journal"].search(
            [("company_id", "=", other.id), ("type", "=", "bank")], limit=1
        )
        receipts = self.env["funnel.unknown.receipt"].sudo().with_company(other)
        return receipts.create(
            {"amount": 70, "date": "2026-03-20", "journal_id": bank.id}
        )

    def test_who_reads_what_waits(self):
        receipt = self.arrive(100)
        for role in (*CLAIMANTS, "finance"):
            with self.subTest(role):
                found = self.receipts(role).search([])
                self.assertEqual(found, receipt)
                self.assertEqual(
                    found.read(["date", "amount", "payer_name", "memo", "state"])[0][
                        "amount"
                    ],
                    100,
                )
        for role in ("warehouse", "purchasing"):
            with self.subTest(role), self.assertRaises(AccessError):
                self.receipts(role).search([])

    def test_salespeople_read_nothing_else_of_finance(self):
        receipt = self.arrive(100)
        for role in CLAIMANTS:
            own = receipt.with_user(self.users[role]).sudo(False)
            for name in ("payment_id", "item_id", "proposed_partner_id"):
                with self.subTest(role, name=name), self.assertRaises(AccessError):
                    own.read([name])
            with self.subTest(role), self.assertRaises(AccessError):
                self.receipts(role).search([("payment_id.amount", ">", 0)])
            for button in ("action_open_payment", "action_receive", "action_cancel"):
                with self.subTest(role, button=button), self.assertRaises(AccessError):
                    getattr(own, button)()
            self.assertFalse({"payment_id", "item_id"} & set(own.fields_get()))
            with self.subTest(role), self.assertRaises(AccessError):
                receipt.payment_id.with_user(self.users[role]).read(["amount"])

    def test_salespeople_enter_and_change_no_receipt(self):
        receipt = self.arrive(100)
        for role in CLAIMANTS:
            own = receipt.with_user(self.users[role]).sudo(False)
            for values in ({"payer_name": "X"}, {"amount": 1}, {"state": "done"}):
                with self.subTest(role, **values), self.assertRaises(AccessError):
                    own.write(values)
            with self.subTest(role), self.assertRaises(AccessError):
                own.unlink()
            with self.subTest(role), self.assertRaises(AccessError):
                self.receipts(role).create({"amount": 5, "journal_id": self.bank.id})
            with self.subTest(role), self.assertRaises(AccessError):
                self.env["funnel.receipt.paste"].with_user(self.users[role]).create(
                    {"journal_id": self.bank.id, "text": "2026-03-01\t5"}
                )
        with self.assertRaises(AccessError):
            self.receipts("finance").browse(receipt.id).unlink()

    def test_a_claim_is_ones_own(self):
        """Nobody claims in another's name, nor says what Finance says."""
        receipt = self.arrive(100)
        payment = self.receive(5, "2026-03-01")
        claim = self.claim(
            receipt,
            user_id=self.users["manager"].id,
            payment_id=payment.id,
            state="confirmed",
            is_withdrawn=True,
            company_id=self.company.id,
        )
        self.assertRecordValues(
            claim,
            [
                {
                    "user_id": self.users["salesperson"].id,
                    "payment_id": False,
                    "state": "waiting",
                    "is_withdrawn": False,
                }
            ],
        )
        hidden = {"default_payment_id": payment.id, "default_is_withdrawn": True}
        claim = (
            self.claims("salesperson")
            .with_context(**hidden)
            .create({"receipt_id": receipt.id, "partner_id": self.customer.id})
            .sudo()
        )
        self.assertEqual((claim.state, claim.payment_id.id), ("waiting", False))
        own = claim.with_user(self.users["salesperson"]).sudo(False)
        for values in (
            {"state": "confirmed"},
            {"payment_id": payment.id},
            {"user_id": self.colleague.id},
            {"refusal": "no"},
            {"receipt_id": self.arrive(7).id},
        ):
            with self.subTest(**values), self.assertRaises(AccessError):
                own.write(values)
        own.write({"note": "seen on the phone", "amount": 60})
        self.assertEqual(claim.amount, 60)
        for button in ("action_confirm", "action_refuse", "action_undo"):
            with self.subTest(button), self.assertRaises(AccessError):
                getattr(own, button)()

    def test_another_ones_claim_is_not_read(self):
        receipt = self.arrive(100)
        claim = self.claim(receipt, note="the owner is my cousin")
        for role in ("colleague", "order_desk"):
            self.env.invalidate_all()
            other = claim.with_user(self.users[role]).sudo(False)
            with self.subTest(role):
                self.assertFalse(self.claims(role).search([]))
                with self.assertRaises(AccessError):
                    other.read(["note"])
                with self.assertRaises(AccessError):
                    other.action_withdraw()
                # That it is claimed, and by whom, is what keeps others from claiming.
                seen = receipt.with_user(self.users[role]).sudo(False)
                self.assertIn("salesperson", seen.claimants)
                self.assertFalse(seen.claim_ids)
        for role in ("team_leader", "manager"):
            with self.subTest(role):
                leader = claim.with_user(self.users[role]).sudo(False)
                self.assertEqual(leader.note, "the owner is my cousin")
                for change in (
                    lambda leader=leader: leader.write({"note": "x"}),
                    leader.action_withdraw,
                ):
                    with self.assertRaises(AccessError):
                        change()

    def test_what_is_assigned_is_seen_by_who_claimed_it(self):
        receipt = self.arrive(100)
        self.confirm(self.claim(receipt))
        for role, sees in (
            ("salesperson", True),
            ("team_leader", True),
            ("manager", True),
            ("finance", True),
            ("colleague", False),
            ("order_desk", False),
        ):
            with self.subTest(role):
                self.assertEqual(bool(self.receipts(role).search([])), sees)

    def test_documents_of_others_are_not_claimed(self):
        invoice = self.document(100, invoice_user_id=self.colleague.id)
        with self.assertRaises(AccessError):
            self.claim(self.arrive(100), invoice_ids=[Command.set(invoice.ids)])

    def test_what_is_refused_is_told_to_who_claimed(self):
        claim = self.claim(self.arrive(100))
        finance = claim.with_user(self.users["finance"]).sudo(False)
        action = finance.action_refuse()
        dialog = (
            self.env["funnel.claim.refuse"]
            .with_user(self.users["finance"])
            .with_context(**action["context"])
            .create({"reason": "no"})
        )
        for role in CLAIMANTS:
            with self.subTest(role), self.assertRaises(AccessError):
                dialog.with_user(self.users[role]).action_refuse()
        dialog.action_refuse()
        own = claim.with_user(self.users["salesperson"]).sudo(False)
        self.assertEqual(own.refusal, "no")
        with self.assertRaisesRegex(UserError, "does not wait"):
            own.write({"note": "please"})

    def test_another_company_is_another_world(self):
        receipt = self.arrive_elsewhere()
        bank = receipt.journal_id
        for role in (*CLAIMANTS, "finance"):
            with self.subTest(role):
                self.assertNotIn(receipt, self.receipts(role).search([]))
                with self.assertRaises(AccessError):
                    self.claims(role).create(
                        {"receipt_id": receipt.id, "partner_id": self.customer.id}
                    )
        with self.assertRaises(AccessError):
            self.receipts("finance").create(
                {"amount": 70, "date": "2026-03-20", "journal_id": bank.id}
            )
        with self.assertRaises(AccessError):
            self.env["funnel.settle"].with_user(self.users["finance"]).with_context(
                default_unknown_receipt_id=receipt.id
            ).default_get(["partner_id"])

    def test_a_form_tells_nothing_of_what_is_not_read(self):
        """Not by the id of a receipt, in whatever form, nor as a default."""
        receipt = self.arrive(100, memo="secret")
        self.confirm(self.claim(receipt))
        foreign = self.arrive_elsewhere()
        told = ("payer_name", "memo", "receipt_amount", "amount_open", "amount")
        spec = {name: {} for name in (*told, "receipt_date", "receipt_id")}
        hidden = [("colleague", receipt), ("order_desk", receipt)]
        hidden += [(role, foreign) for role in (*CLAIMANTS, "finance")]
        for role, one in hidden:
            self.env.invalidate_all()
            mine = self.claims(role)
            for value in (one.id, {"id": one.id}):
                with self.subTest(role, value=value), self.assertRaises(AccessError):
                    call_kw(
                        mine,
                        "onchange",
                        [[], {"receipt_id": value}, ["receipt_id"], spec],
                        {},
                    )
            for method, args in (
                ("onchange", [[], {}, [], spec]),
                ("default_get", [["receipt_id", "amount"]]),
            ):
                context = {"default_receipt_id": one.id}
                with self.subTest(role, by=method), self.assertRaises(AccessError):
                    call_kw(mine, method, args, {"context": context})

    def test_a_form_tells_what_waits(self):
        receipt = self.arrive(100, memo="rent")
        spec = {name: {} for name in ("payer_name", "memo", "amount_open", "amount")}
        for role in (*CLAIMANTS, "finance"):
            self.env.invalidate_all()
            told = call_kw(
                self.claims(role),
                "onchange",
                [[], {}, [], {**spec, "receipt_id": {}}],
                {"context": {"default_receipt_id": receipt.id}},
            )["value"]
            with self.subTest(role):
                self.assertEqual(
                    [told[name] for name in spec], ["N. Wind", "rent", 100, 100]
                )

    def test_the_form_of_ones_own_claim_that_was_refused(self):
        """It is shown as it was, though the receipt is another's now."""
        receipt = self.arrive(100, memo="rent")
        refused = self.claim(receipt, "colleague")
        self.confirm(self.claim(receipt))
        self.assertEqual(refused.state, "refused")
        self.env.invalidate_all()
        own = self.claims("colleague").browse(refused.id)
        spec = {"payer_name": {}, "memo": {}, "note": {}}
        self.assertEqual(own.web_read(spec)[0]["payer_name"], "N. Wind")
        values = {"receipt_id": receipt.id, "note": "but it is"}
        call_kw(own, "onchange", [own.ids, values, ["note"], spec], {})
        other = self.arrive_elsewhere()
        values["receipt_id"] = other.id
        with self.assertRaises(AccessError):
            call_kw(own, "onchange", [own.ids, values, ["receipt_id"], spec], {})

    def test_who_books_payments_without_a_role_here(self):
        """Odoo's own accountants post and undo payments, and know of no receipts."""
        accountant = new_test_user(
            self.env,
            "plain_accountant",
            groups="account.group_account_user",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        payment = self.receive(5, "2026-03-01").with_user(accountant)
        payment.action_draft()
        payment.action_post()
        self.assertEqual(payment.state, "in_process")
