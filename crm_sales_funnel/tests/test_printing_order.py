import io
from decimal import Decimal
from unittest.mock import patch

import openpyxl

from odoo import Command
from odoo.tests import tagged
from odoo.tools.pdf import PdfFileReader

from .common import MODULE
from .printing_common import PrintingCommon

ALL = frozenset({"logo", "base_quantity"})


@tagged("post_install", "-at_install")
class TestPrintingOrder(PrintingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.layout = cls.env.ref(f"{MODULE}.funnel_print_layout_quotation_a4")
        cls.included = cls.vat.copy(
            {"name": "VAT 13 % included", "price_include_override": "tax_included"}
        )

    def new_order(self, lines, currency=None, **values):
        """Create a quotation.

        :param lines: list of values of the lines
        """
        pricelist = self.env["product.pricelist"].create(
            {"name": "Prices", "currency_id": (currency or self.company.currency_id).id}
        )
        defaults = {
            "product_id": self.bolt.id,
            "product_uom_qty": 1,
            "price_unit": 10,
            "tax_ids": [Command.set(self.vat.ids)],
        }
        return self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "pricelist_id": pricelist.id,
                "order_line": [
                    Command.create(line if "display_type" in line else defaults | line)
                    for line in lines
                ],
                **values,
            }
        )

    def document(self, order, prices=True):
        (document,) = order._print_documents(ALL, prices)
        return document

    def rows(self, order, *keys, **values):
        rows = self.document(order, **values)["lines"]
        return [tuple(_plain(row.get(key)) for key in keys) for row in rows]

    def assert_adds_up(self, order, adjustments=0):
        """The rows add up to the totals that Odoo shows, to the last digit.

        :param adjustments: rows of what no line costs
        """
        rows = self.document(order)["lines"]
        names = [row["name"] for row in rows]
        self.assertEqual(names.count("Tax adjustment"), adjustments)
        for key, total in (
            ("amount_untaxed", order.amount_untaxed),
            ("amount", order.amount_total),
        ):
            amounts = [row[key] for row in rows if row.get(key) is not None]
            self.assertEqual(float(sum(amounts)), round(total, 2), key)
        return rows

    def test_header(self):
        term = self.env.ref("account.account_payment_term_30days")
        delivery = self.env["res.partner"].create(
            {"name": "Yard", "type": "delivery", "parent_id": self.customer.id}
        )
        delivery.street = "Dock Road 7"
        self.customer.write({"phone": "+49 30 1", "vat": "DE111111125"})
        order = self.new_order(
            [{}],
            client_order_ref="PO-7",
            validity_date="2026-12-24",
            payment_term_id=term.id,
            partner_shipping_id=delivery.id,
            user_id=self.users["salesperson"].id,
            note="<p>Ex works.</p><p>Goods remain ours.</p>",
        )
        values = self.document(order)["values"]
        expected = {
            "title": "Quotation",
            "number": order.name,
            "customer": "Nordwind GmbH",
            "customer_order": "PO-7",
            "validity_date": "12/24/2026",
            "payment_terms": "30 Days",
            "phone": "+49 30 1",
            "vat": "DE111111125",
            "salesperson": self.users["salesperson"].name,
            "currency": "USD",
            "note": "Ex works.\nGoods remain ours.",
            "amount_untaxed": "10.00",
            "amount_tax": "1.30",
            "amount_total": "11.30",
        }
        self.assertEqual({key: values[key] for key in expected}, expected)
        self.assertIn("Dock Road 7", values["delivery_address"])
        order.action_confirm()
        self.assertEqual(self.document(order)["values"]["title"], "Sales Order")
        order._action_cancel()
        self.assertEqual(self.document(order)["values"]["title"], "Cancelled Order")

    def test_description_without_the_code(self):
        order = self.new_order([{}, {"name": "[A-1] Bolt\nM8, zinc"}, {"name": "Odd"}])
        self.assertEqual(
            self.rows(order, "seq", "code", "name"),
            [(1, "A-1", "Bolt"), (2, "A-1", "Bolt\nM8, zinc"), (3, "A-1", "Odd")],
        )

    def test_sections_and_notes_are_texts(self):
        order = self.new_order(
            [
                {"display_type": "line_section", "name": "Fasteners"},
                {},
                {"display_type": "line_note", "name": "While stocks last"},
                {"product_id": self.nut.id},
            ]
        )
        self.assertEqual(
            self.rows(order, "seq", "name", "amount", "quantity"),
            [
                (None, "Fasteners", None, None),
                (1, "Bolt", 11.3, 1),
                (None, "While stocks last", None, None),
                (2, "Nut", 11.3, 1),
            ],
        )
        self.assert_adds_up(order)

    def test_a_section_that_hides_its_lines_or_prices_shows_their_sum(self):
        section = {"display_type": "line_section", "name": "Set"}
        lines = [section | {"collapse_prices": True}, {}, {"price_unit": 5}]
        order = self.new_order(lines)
        self.assertEqual(
            self.rows(order, "name", "price", "amount"),
            [("Set", None, 16.95), ("Bolt", None, None), ("Bolt", None, None)],
        )
        self.assert_adds_up(order)
        order.order_line[0].write(
            {"collapse_prices": False, "collapse_composition": True}
        )
        self.assertEqual(self.rows(order, "name", "amount"), [("Set", 16.95)])
        self.assert_adds_up(order)

    def test_prices_and_discount(self):
        order = self.new_order([{"price_unit": 32.3, "discount": 10}])
        self.assertEqual(
            self.rows(order, "price_untaxed", "discount", "price", "taxes"),
            [(32.3, 10, 32.8491, "VAT 13 %")],
        )
        included = [{"price_unit": 36.5, "tax_ids": [Command.set(self.included.ids)]}]
        ((untaxed, discount, price),) = self.rows(
            self.new_order(included), "price_untaxed", "discount", "price"
        )
        self.assertAlmostEqual(untaxed, 32.300885, 6)
        self.assertEqual((discount, price), (None, 36.5))

    def test_a_price_has_more_digits_than_the_currency(self):
        precision = self.env.ref("product.decimal_price")
        precision.digits = 4
        self.company.tax_calculation_rounding_method = "round_per_line"
        order = self.new_order([{"price_unit": 0.0725, "product_uom_qty": 1000}])
        self.assertEqual(
            self.rows(order, "price_untaxed", "price", "amount"),
            [(0.0725, 0.081925, 81.93)],
        )
        cells = self.print_cells(order, self.layout)[0]
        self.assertIn("0.0725", [text for _kind, _key, text in cells])

    def test_packs(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        order = self.new_order(
            [{"product_uom_id": dozen.id, "product_uom_qty": 2}, {"product_uom_qty": 5}]
        )
        self.assertEqual(
            self.rows(order, "unit", "content", "base_quantity", "base_unit"),
            [("Dozens", 12, 24, "Units"), ("Units", None, 5, "Units")],
        )

    def test_amounts_add_up_however_taxes_are_rounded(self):
        """Prices at which the rounded lines do not add up by themselves."""
        lines = [
            {"price_unit": 21.53},
            {"price_unit": 21.53},
            {"price_unit": 0.07, "product_uom_qty": 3},
            {"price_unit": 17.77, "discount": 33.33},
            {"price_unit": -3.33},
            {"price_unit": 99.99, "discount": 100},
            {"price_unit": 5, "product_uom_qty": 0},
        ]
        for method in ("round_per_line", "round_globally"):
            self.company.tax_calculation_rounding_method = method
            for tax in (self.vat, self.included, self.vat | self.included):
                taxed = [line | {"tax_ids": [Command.set(tax.ids)]} for line in lines]
                with self.subTest(method=method, tax=tax.mapped("name")):
                    self.assert_adds_up(self.new_order(taxed))

    def test_lines_differ_from_odoos_lines_where_these_do_not_add_up(self):
        """Otherwise the test before could not fail."""
        self.company.tax_calculation_rounding_method = "round_globally"
        order = self.new_order([{"price_unit": 0.35}] * 5)
        self.assertNotEqual(
            round(sum(order.order_line.mapped("price_total")), 2), order.amount_total
        )
        self.assert_adds_up(order)

    def test_currencies(self):
        currencies = ("JPY", "CNY", "KWD", "CHF")
        for name in currencies:
            currency = self.env.ref(f"base.{name}")
            currency.active = True
            order = self.new_order(
                [
                    {"price_unit": 1234.567, "product_uom_qty": 3},
                    {"price_unit": 77.775},
                ],
                currency=currency,
            )
            with self.subTest(currency=name):
                rows = self.document(order)["lines"]
                total = sum(row["amount"] for row in rows)
                self.assertAlmostEqual(float(total), order.amount_total, 6)
                cells = self.print_cells(order, self.layout)[-1]
                printed = [t for k, key, t in cells if (k, key) == ("total", "amount")]
                expected = f"{order.amount_total:,.{currency.decimal_places}f}"
                self.assertEqual(printed, [expected])

    def test_a_thousand_lines(self):
        order = self.new_order(
            [{"product_uom_qty": n + 0.5, "price_unit": 0.35} for n in range(1000)]
        )
        self.assert_adds_up(order)
        content = self.layout._render(order)
        sheets = PdfFileReader(io.BytesIO(content)).pages
        cells = self.print_cells(order, self.layout)
        self.assertEqual(len(sheets), len(cells))
        total = f"{order.amount_total:,.2f}"
        self.assertIn(total, sheets[-1].extract_text())
        book = openpyxl.load_workbook(
            io.BytesIO(self.layout._render(order, "xlsx")), data_only=True
        )
        values = [cell.value for row in book.active for cell in row]
        self.assertIn(order.amount_total, values)

    def test_tax_saved_by_early_payment_is_a_row_of_its_own(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "2 % within 10 days",
                "early_discount": True,
                "discount_percentage": 2,
                "early_pay_discount_computation": "mixed",
                "line_ids": [Command.create({"value": "percent", "value_amount": 100})],
            }
        )
        order = self.new_order([{"price_unit": 100}], payment_term_id=term.id)
        self.assertEqual(order.amount_total, 112.74)
        self.assertEqual(
            self.rows(order, "name", "amount"),
            [("Bolt", 113), ("Tax adjustment", -0.26)],
        )
        self.assert_adds_up(order, adjustments=1)

    def test_down_payments(self):
        order = self.new_order([{"price_unit": 100}])
        order.action_confirm()
        wizard = (
            self.env["sale.advance.payment.inv"]
            .with_context(active_ids=order.ids, active_model="sale.order")
            .create({"advance_payment_method": "percentage", "amount": 30})
        )
        wizard.create_invoices()
        self.assertEqual(len(self.document(order)["lines"]), 1)
        order.invoice_ids.action_post()
        rows = self.assert_adds_up(order)
        names = [row["name"] for row in rows]
        self.assertEqual(names[0], "Bolt")
        self.assertIn("Down Payment", names[-1])
        self.assertEqual([row.get("seq") for row in rows], [1, None, None])

    def test_words_are_those_of_the_total(self):
        order = self.new_order([{"price_unit": 100}])
        (words,) = self.document(order)["words"].values()
        self.assertEqual(words, "One Hundred And Thirteen Dollars")
        self.assertEqual(
            self.document(self.new_order([]))["words"], {"USD": "Zero Dollars"}
        )

    def test_words_of_an_amount_that_chinese_has_none_for(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        order = self.new_order(
            [{"price_unit": 1e9, "product_uom_qty": 1e9, "tax_ids": False}]
        )
        records = order.with_context(lang="zh_CN")
        (words,) = records._print_documents(ALL, True)[0]["words"].values()
        self.assertIn("One Quintillion", words)
        currency = self.env.ref("base.CNY")
        words = records._print_amount_in_words(Decimal(-(10**18)), currency)
        self.assertIn("One Quintillion", words)
        self.assertIn("负", words)

    def test_words_of_a_currency_of_thousandths(self):
        """In words it is what it is in figures, to the last place."""
        self.env["res.lang"]._activate_lang("zh_CN")
        dinar = self.env.ref("base.KWD")
        dinar.active = True
        records = self.new_order([]).with_context(lang="zh_CN")
        words = records._print_amount_in_words(Decimal("1.234"), dinar)
        self.assertIn("Two Hundred And Thirty-Four", words)

    def test_nothing_of_a_price_without_prices(self):
        order = self.new_order([{"price_unit": 32.3, "product_uom_qty": 7}])
        warehouse = self.users["warehouse"]
        (document,) = order.with_user(warehouse)._print_documents(ALL, False)
        self.assertNotIn("words", document)
        self.assertFalse(
            {"price", "price_untaxed", "discount", "taxes", "amount", "amount_untaxed"}
            & set(document["lines"][0])
        )
        cells = self.print_cells(order, self.layout, warehouse)
        texts = " ".join(text for page in cells for _kind, _key, text in page)
        self.assertIn("Bolt", texts)
        for price in ("32.3", "255.49", "226.10", "Price", "Amount", "Two Hundred"):
            self.assertNotIn(price, texts)

    def test_posted_down_payments_without_access_to_invoices(self):
        order = self.new_order([{"price_unit": 100}])
        order.action_confirm()
        wizard = (
            self.env["sale.advance.payment.inv"]
            .with_context(active_ids=order.ids, active_model="sale.order")
            .create({"advance_payment_method": "percentage", "amount": 30})
        )
        wizard.create_invoices()
        order.invoice_ids.action_post()
        self.env.flush_all()
        self.env.invalidate_all()
        lines = order.with_user(self.users["warehouse"])._print_documents(ALL, False)
        self.assertEqual(len(lines[0]["lines"]), 3)

    def test_in_the_language_of_the_customer(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env["ir.module.module"]._load_module_terms([MODULE], ["zh_CN"])
        self.customer.lang = "zh_CN"
        (cells,) = self.print_cells(self.new_order([{}]), self.layout)
        texts = [text for _kind, _key, text in cells]
        for text in ("品名规格", "客户：Nordwind GmbH"):
            self.assertIn(text, texts)

    def test_logo_is_scaled_down_and_only_where_it_is_wanted(self):
        from ..tools.printing.symbols import picture_size

        order = self.new_order([{}])
        self.assertFalse(self.document(order)["pictures"])  # Odoo's "Your logo"
        self.company.logo = _picture(4000, 1000)
        logo = self.document(order)["pictures"]["logo"]
        self.assertEqual(picture_size(logo), (640, 160))
        with patch.object(type(order), "_print_pictures", return_value={}) as pictures:
            self.layout._paginate(order)
            self.assertIn("logo", pictures.call_args.args[1])
            self.layout.block_ids.filtered(lambda b: b.kind == "logo").unlink()
            self.layout._paginate(order)
            self.assertNotIn("logo", pictures.call_args.args[1])

    def test_number_of_queries_does_not_grow(self):
        def queries(orders):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.layout._paginate(orders)
            return self.env.cr.sql_log_count - before

        products = self.env["product.product"].create(
            [{"name": f"Screw {n}", "default_code": f"S-{n}"} for n in range(24)]
        )
        orders = self.env["sale.order"].union(
            *(
                self.new_order(
                    [{"product_id": product.id} for product in products[n : n + 2]],
                    partner_id=self.customer.copy({"name": f"Customer {n}"}).id,
                )
                for n in range(0, 24, 2)
            )
        )
        orders = orders.browse(orders.ids)  # as a report gets them
        self.layout._paginate(orders)  # fills what is kept between requests
        few, many = queries(orders[:3]), queries(orders)
        self.assertLessEqual(many, few + 1)
        self.assertLess(many, 90)


def _plain(value):
    """Return a number as it can be compared, anything else as it is."""
    return value if value is None or isinstance(value, str) else float(value)


def _picture(width, height):
    import base64
    import io

    from PIL import Image

    content = io.BytesIO()
    Image.new("RGB", (width, height), "navy").save(content, "PNG")
    return base64.b64encode(content.getvalue())
