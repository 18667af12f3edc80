import math

from odoo.exceptions import ValidationError
from odoo.service.model import call_kw
from odoo.tests import tagged
from odoo.tools import mute_logger

from .promise_common import PromiseCommon
from .test_receivable_statement import MARCH, StatementCommon

MORE = {"category": "price", "note": "Agreed"}  # what a dispute needs
NO_AMOUNTS = (
    *(math.nan, math.inf, -math.inf, 1e300, "nan", "much"),
    *(True, [], [1], {}),
)


@tagged("post_install", "-at_install")
class TestReceivableAmounts(PromiseCommon):
    """What is no number is refused in words, whoever sends it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bill = cls.invoice(100, "2026-03-01")

    def refuse(self, model, method, *args, label="Amount"):
        records = self.env[model].with_user(self.users["finance"])
        with self.assertRaisesRegex(ValidationError, f"{label}.*no number"):
            call_kw(records, method, list(args), {})

    def test_of_promises_and_disputes(self):
        made = (
            ("funnel.payment.promise", "Promised", self.promise(amount=10), {}),
            ("funnel.invoice.dispute", "Disputed", self.dispute(self.bill), MORE),
        )
        another = self.invoice(50, "2026-03-02")
        for model, label, pause, more in made:
            for amount in NO_AMOUNTS:
                values = {"amount": amount, "partner_id": self.customer.id}
                if more:
                    values |= {**more, "move_id": another.id}
                with self.subTest(model=model, amount=amount):
                    self.refuse(model, "create", [values], label=label)
                    self.refuse(
                        model, "write", pause.ids, {"amount": amount}, label=label
                    )
                    call = [], values, ["amount"], {"amount": {}}
                    self.refuse(model, "onchange", *call, label=label)

    @mute_logger("odoo.sql_db")
    def test_of_limits(self):
        customer = self.customer.with_company(self.company)
        for name in ("credit_limit", "overdue_limit", "max_debt_age"):
            for amount in (*NO_AMOUNTS, 1e20):
                with (
                    self.subTest(name, amount=amount),
                    self.assertRaisesRegex(ValidationError, "no number"),
                ):
                    customer.write({name: amount})
        for name in ("overdue_limit", "max_debt_age"):
            with self.assertRaisesRegex(ValidationError, "cannot be negative"):
                customer.write({name: -1})
        with self.assertRaisesRegex(ValidationError, "cannot be negative"):
            customer.create({"name": "Late", "max_debt_age": -1})
        for empty in (False, None, 0):
            customer.write({"overdue_limit": 5})
            customer.write({"overdue_limit": empty})
            self.assertEqual(customer.overdue_limit, 0)


@tagged("post_install", "-at_install")
class TestReceivableStatementAmounts(StatementCommon):
    def test_of_a_difference(self):
        self.deliver_on("2026-03-05")
        march = self.make(*MARCH)
        dialogs = self.env["funnel.statement.difference"].with_user(self.finance)
        dialog = dialogs.create(
            {"statement_id": march.id, "their_closing": 1, "reason": "x"}
        )
        for amount in NO_AMOUNTS:
            values = {
                "statement_id": march.id,
                "their_closing": amount,
                "reason": "x",
            }
            for method, args in (
                ("create", [values]),
                ("write", [dialog.ids, values]),
                ("onchange", [[], values, ["their_closing"], {"difference": {}}]),
            ):
                with (
                    self.subTest(method, amount=amount),
                    self.assertRaisesRegex(ValidationError, "Balance.*no number"),
                ):
                    call_kw(dialogs, method, args, {})
        self.assertEqual(march.state, "draft")
