from contextlib import contextmanager
from unittest.mock import patch

from odoo import Command

from ..models.printing import funnel_print_pdf
from .common import FunnelCommon


class PrintingCommon(FunnelCommon):
    """Orders with VAT of 13 % on top, and their deliveries."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vat = cls.env["account.tax"].create(
            {"name": "VAT 13 %", "amount": 13, "type_tax_use": "sale"}
        )
        cls.bolt, cls.nut = cls.env["product.product"].create(
            [
                {
                    "name": name,
                    "default_code": code,
                    "is_storable": False,
                    "list_price": price,
                    "taxes_id": [Command.set(cls.vat.ids)],
                }
                for name, code, price in (("Bolt", "A-1", 32.3), ("Nut", "A-2", 0.07))
            ]
        )
        cls.with_prices = cls.env.ref(
            "crm_sales_funnel.funnel_print_layout_slip_241_prices"
        )
        cls.without_prices = cls.env.ref(
            "crm_sales_funnel.funnel_print_layout_slip_241"
        )
        cls.report = cls.env.ref("crm_sales_funnel.report_slip_241_prices")

    @classmethod
    def new_delivery(cls, lines=None, currency=None, partner=None, **values):
        """Confirm an order and return its delivery.

        :param lines: list of (product, quantity, values of the order line)
        """
        pricelist = cls.env["product.pricelist"].create(
            {"name": "Prices", "currency_id": (currency or cls.company.currency_id).id}
        )
        order = cls.env["sale.order"].create(
            {
                "partner_id": (partner or cls.customer).id,
                "pricelist_id": pricelist.id,
                "client_order_ref": "PO-881",
                "user_id": cls.users["salesperson"].id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "product_uom_qty": quantity,
                            "price_unit": product.list_price,
                            "tax_ids": [Command.set(cls.vat.ids)],
                            **line,
                        }
                    )
                    for product, quantity, line in lines or [(cls.bolt, 7, {})]
                ],
                **values,
            }
        )
        order.action_confirm()
        return order.picking_ids

    def deliver(self, picking, *quantities):
        """Validate a delivery with these quantities; the rest stays to be delivered."""
        for move, quantity in zip(picking.move_ids, quantities, strict=True):
            move.write({"quantity": quantity, "picked": True})
        picking._action_done()
        return picking

    def give_back(self, picking, quantity):
        """Return goods of a delivery and validate it."""
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_id=picking.id, active_model="stock.picking")
            .create({"picking_id": picking.id})
        )
        wizard.product_return_moves.quantity = quantity
        back = self.env["stock.picking"].browse(
            wizard.action_create_returns()["res_id"]
        )
        return self.deliver(back, *[quantity] * len(back.move_ids))

    @contextmanager
    def files_to_print(self):
        """Yield a list to which each HTML file is added that wkhtmltopdf prints."""
        files = []
        print_ = funnel_print_pdf.print_pdfs

        def run(binary, some, *paper, **options):
            some = list(some)
            files.extend(some)
            return print_(binary, some, *paper, **options)

        with patch.object(funnel_print_pdf, "print_pdfs", run):
            yield files

    def print_cells(self, picking, layout=None, user=None):
        """Return the pages of a slip as lists of (kind, key, text)."""
        layout = (layout or self.with_prices).sudo()
        if user:
            layout, picking = layout.with_user(user).sudo(), picking.with_user(user)
        (pages,) = layout._paginate(picking)
        return [[(c.kind, c.key, c.text) for c in page.cells] for page in pages]

    def line_texts(self, picking, key, **values):
        """Return the texts of a column of the slip."""
        return [
            text
            for page in self.print_cells(picking, **values)
            for kind, column, text in page
            if (kind, column) == ("line", key)
        ]

    def sum_text(self, picking, kind, key, **values):
        """Return the text of a sum on the last page."""
        cells = self.print_cells(picking, **values)[-1]
        return next((t for k, column, t in cells if (k, column) == (kind, key)), None)
