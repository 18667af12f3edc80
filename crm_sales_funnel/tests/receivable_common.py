from datetime import date

from odoo import Command

from .common import FunnelCommon

TODAY = date(2026, 3, 31)


class ReceivableCommon(FunnelCommon):
    """Invoices, receipts and entries of the receivable account in few words.

    Dates are ISO dates. ``cls.receivable`` is the trade receivable account.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.receivable = cls.company_data["default_account_receivable"]
        cls.receivable.non_trade = False
        cls.bank = cls.company_data["default_journal_bank"]
        cls.customer.property_payment_term_id = False

    @classmethod
    def invoice(cls, amount, day, due=None, post=True, **values):
        """Create a posted customer invoice, without tax, that is due on ``due``."""
        values.setdefault("partner_id", cls.customer.id)
        values.setdefault("invoice_user_id", cls.users["salesperson"].id)
        return cls._create_invoice_one_line(
            price_unit=amount,
            name="goods",
            account_id=cls.company_data["default_account_revenue"],
            tax_ids=[],
            invoice_date=day,
            invoice_date_due=due or day,
            post=post,
            **values,
        )

    @classmethod
    def receive(cls, amount, day, *invoices, **values):
        """Create a posted receipt and apply it to the invoices."""
        payment = cls.env["account.payment"].create(
            {
                "amount": amount,
                "date": day,
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": cls.customer.id,
                "journal_id": cls.bank.id,
                **values,
            }
        )
        payment.action_post()
        cls.apply(payment.move_id, *invoices)
        return payment

    @classmethod
    def apply(cls, *moves):
        """Reconcile what is open on the receivable account of the entries."""
        if len(moves) > 1:
            cls.open_items(*moves).reconcile()

    @classmethod
    def open_items(cls, *moves):
        lines = cls.env["account.move"].union(*moves).line_ids
        return lines.filtered(
            lambda line: line.account_id == cls.receivable and not line.reconciled
        )

    @classmethod
    def entry(cls, amount, day, account=None, post=True, **line_values):
        """Create a journal entry that debits the receivable account."""
        other = cls.company_data["default_account_revenue"]
        move = cls.env["account.move"].create(
            {
                "move_type": "entry",
                "date": day,
                "line_ids": [
                    Command.create(
                        {
                            "account_id": (account or cls.receivable).id,
                            "balance": amount,
                            "partner_id": cls.customer.id,
                            **line_values,
                        }
                    ),
                    Command.create({"account_id": other.id, "balance": -amount}),
                ],
            }
        )
        if post:
            move.action_post()
        return move

    def aging(self, as_of, user=None, **context):
        """Return the aging of the company as of a date."""
        report = self.env["funnel.aging.report"].with_company(self.company)
        return report.with_user(user or self.env.user).with_context(
            as_of=as_of,
            allowed_company_ids=context.pop("companies", self.company).ids,
            **context,
        )

    def assert_aging(self, as_of, expected, *fnames, **context):
        """Check the rows of a date, in the order of their due dates.

        :param expected: one tuple of values of ``fnames`` a row
        """
        # The ORM does not know that entries written since change a report.
        self.env["funnel.aging.report"].invalidate_model()
        rows = self.aging(as_of, **context).search([])
        self.assertEqual(
            [tuple(row[fname] for fname in fnames) for row in rows],
            expected,
            f"aging as of {as_of}",
        )
