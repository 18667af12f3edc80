from .test_cash_settle import SettleCommon


class UnknownCommon(SettleCommon):
    """Receipts of unknown payers, claimed by a salesperson and confirmed by Finance."""

    def arrive(self, amount, day="2026-03-20", **values):
        """Enter what arrived, as Finance."""
        return (
            self.env["funnel.unknown.receipt"]
            .with_user(self.users["finance"])
            .create(
                {
                    "amount": amount,
                    "date": day,
                    "journal_id": self.bank.id,
                    "payer_name": "N. Wind",
                    **values,
                }
            )
            .sudo()
        )

    def claim(self, receipt, user="salesperson", **values):
        """Claim it for the customer, all of it by default."""
        return (
            self.env["funnel.receipt.claim"]
            .with_user(self.users[user])
            .create(
                {"receipt_id": receipt.id, "partner_id": self.customer.id, **values}
            )
            .sudo()
        )

    def screen(self, claimed, **values):
        """Return the screen Receive, as Finance comes to it from a claim or receipt."""
        claimed = claimed.with_user(self.users["finance"]).sudo(False)
        is_claim = claimed._name == "funnel.receipt.claim"
        action = claimed.action_confirm() if is_claim else claimed.action_receive()
        return (
            self.env["funnel.settle"]
            .with_user(self.users["finance"])
            .with_context(**action["context"])
            .create(values)
        )

    def confirm(self, claim):
        """Return the payment of the customer."""
        return self.payment(self.screen(claim)).sudo()

    def paste(self, text, **values):
        return (
            self.env["funnel.receipt.paste"]
            .with_user(self.users["finance"])
            .create({"journal_id": self.bank.id, "text": text, **values})
        )

    def cash_rows(self):
        """Return kind, customer, amount, date and whether it is on account, of all rows
        of the bank."""
        self.env.flush_all()
        report = self.env["funnel.cash.report"].with_user(self.users["finance"])
        report.invalidate_model()
        return sorted(
            (
                row.kind,
                row.partner_id.id,
                round(row.amount, 2),
                str(row.date),
                row.is_on_account,
            )
            for row in report.search([("journal_id", "=", self.bank.id)])
        )

    def assert_whole(self):
        """The report is the movement of money, and the allocation what follows from the
        ledger; what is open of the receipts is what their account holds."""
        self.assert_ties_out()
        self.assert_follows_from_the_ledger()
        account = self.company.unknown_receipts_account_id
        lines = self.env["account.move.line"].search(
            [("account_id", "=", account.id), ("parent_state", "=", "posted")]
        )
        receipts = self.env["funnel.unknown.receipt"].search(
            [("company_id", "=", self.company.id)]
        )
        self.assertAlmostEqual(
            -sum(lines.mapped("amount_residual")),
            sum(receipts.mapped("amount_open_company"))
            - sum(
                line.amount_residual
                for line in lines
                if line.balance > 0 and not line.reconciled
            ),
        )
