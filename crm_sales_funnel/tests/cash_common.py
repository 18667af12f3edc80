from odoo import Command

from .receivable_common import ReceivableCommon


class CashCommon(ReceivableCommon):
    """Documents of several lines with taxes, and what is allocated to them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vat = cls.env["account.tax"].create(
            {"name": "VAT 13", "amount": 13, "company_id": cls.company.id}
        )
        cls.revenue = cls.company_data["default_account_revenue"]
        cls.expense = cls.company_data["default_account_expense"]
        cls.bolts, cls.nuts, cls.screws = cls.env["product.product"].create(
            [{"name": name, "type": "consu"} for name in ("Bolts", "Nuts", "Screws")]
        )

    @classmethod
    def document(cls, *prices, move_type="out_invoice", day="2026-03-01", **values):
        """Create a posted document with one line a price: the first of bolts, the
        second of nuts, and so on, with VAT.

        :param prices: untaxed
        """
        tax = values.pop("tax", cls.vat)
        products = (cls.bolts, cls.nuts, cls.screws)
        move = cls.env["account.move"].create(
            {
                "move_type": move_type,
                "partner_id": cls.customer.id,
                "invoice_date": day,
                "date": day,
                "invoice_user_id": cls.users["salesperson"].id,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": products[index % 3].id,
                            "price_unit": price,
                            "tax_ids": [Command.set(tax.ids)],
                        }
                    )
                    for index, price in enumerate(prices)
                    if price
                ],
                **values,
            }
        )
        move.action_post()
        return move

    @classmethod
    def pay(cls, amount, *documents, day="2026-03-10", **values):
        """Create a posted payment and apply it to the documents."""
        payment = cls.receive(amount, day, **values)
        cls.match(payment.move_id, *documents)
        return payment

    @classmethod
    def match(cls, *moves):
        """Reconcile what is open of the entries on receivable or payable accounts."""
        if len(moves) > 1:
            lines = cls.env["account.move"].union(*moves).line_ids
            lines.filtered(
                lambda line: (
                    line.account_type in ("asset_receivable", "liability_payable")
                    and not line.reconciled
                )
            ).reconcile()

    def _order(self, price, user):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "user_id": user.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.bolts.id,
                            "price_unit": price,
                            "tax_ids": [Command.set(self.vat.ids)],
                        }
                    )
                ],
            }
        )
        order.action_confirm()
        return order

    def allocated(self, *moves):
        """Return line -> (taxed, untaxed) in the company's currency."""
        moves = self.env["account.move"].union(*moves)
        allocation = self.env["funnel.allocation"].with_user(self.users["finance"])
        rows = allocation.search([("move_id", "in", moves.ids)])
        totals = {}
        for row in rows:
            taxed, untaxed = totals.get(row.invoice_line_id, (0, 0))
            totals[row.invoice_line_id] = (
                round(taxed + row.amount, 2),
                round(untaxed + row.amount_untaxed, 2),
            )
        return totals

    def assert_allocated(self, move, *amounts):
        """Check what the lines of a document got, taxed and untaxed, in their order."""
        found = self.allocated(move)
        lines = move.invoice_line_ids.sorted("id")
        self.assertEqual([found.get(line, (0, 0)) for line in lines], list(amounts))
        self.assert_follows_from_the_ledger()

    def assert_follows_from_the_ledger(self):
        """What is written down is what the query tells of the whole ledger."""
        allocation = self.env["funnel.allocation"]
        allocation._write_pending()
        self.assertEqual(
            allocation._rebuild(), {"missing": 0, "wrong": 0, "needless": 0}
        )
