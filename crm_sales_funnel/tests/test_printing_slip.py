from decimal import Decimal

from odoo import Command
from odoo.tests import tagged

from .common import MODULE
from .printing_common import PrintingCommon


@tagged("post_install", "-at_install")
class TestPrintingSlip(PrintingCommon):
    def test_header_tells_customer_order_and_salesperson(self):
        picking = self.new_delivery()
        cells = self.print_cells(picking)[0]
        texts = " | ".join(t.replace("\n", " ") for k, _key, t in cells if k == "block")
        for text in (
            self.company.name,
            "Delivery Slip",
            picking.name,
            "Nordwind GmbH",
            picking.sale_id.name,
            "PO-881",
            self.users["salesperson"].name,
            "Page 1 of 1",
        ):
            self.assertIn(text, texts)

    def test_planned_before_and_delivered_after(self):
        picking = self.new_delivery([(self.bolt, 7, {}), (self.nut, 100, {})])
        self.assertEqual(self.line_texts(picking, "quantity"), ["7.00", "100.00"])
        self.deliver(picking, 3, 0)
        self.assertEqual(self.line_texts(picking, "quantity"), ["3.00"])
        self.assertEqual(self.line_texts(picking, "code"), ["A-1"])
        rest = picking.backorder_ids
        self.assertEqual(self.line_texts(rest, "quantity"), ["4.00", "100.00"])

    def test_more_than_was_planned(self):
        picking = self.deliver(self.new_delivery(), 9)
        self.assertEqual(self.line_texts(picking, "quantity"), ["9.00"])
        self.assertEqual(self.line_texts(picking, "amount"), ["328.49"])

    def test_prices_include_the_tax_and_lines_are_rounded(self):
        # 32.30 x 7 = 226.10, with VAT 255.493; 0.07 x 3 = 0.21, with VAT 0.2373
        picking = self.new_delivery([(self.bolt, 7, {}), (self.nut, 3, {})])
        self.assertEqual(self.line_texts(picking, "price"), ["36.50", "0.08"])
        self.assertEqual(self.line_texts(picking, "amount"), ["255.49", "0.24"])
        self.assertEqual(self.sum_text(picking, "total", "amount"), "255.73")
        self.assertAlmostEqual(picking.sale_id.amount_total, 255.73)

    def test_a_part_costs_its_share(self):
        picking = self.new_delivery([(self.bolt, 7, {"discount": 10})])
        self.deliver(picking, 3)
        # 32.30 x 0.9 x 7 x 1.13 = 229.94 of which 3/7
        self.assertEqual(self.line_texts(picking, "amount"), ["98.55"])
        self.assertEqual(self.line_texts(picking.backorder_ids, "amount"), ["131.39"])

    def test_units_of_order_and_delivery_may_differ(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        lines = [(self.bolt, 2, {"product_uom_id": dozen.id, "price_unit": 120})]
        picking = self.new_delivery(lines)
        picking.move_ids.product_uom = self.bolt.uom_id
        picking.move_ids.product_uom_qty = 24
        self.assertEqual(self.line_texts(picking, "price"), ["11.30"])
        self.assertEqual(self.line_texts(picking, "amount"), ["271.20"])

    def test_delivered_without_having_been_ordered(self):
        picking = self.new_delivery(
            [(self.bolt, 1, {}), (self.nut, 0, {"price_unit": 2})]
        )
        order = picking.sale_id
        picking.move_ids.copy(
            {
                "product_id": self.nut.id,
                "product_uom_qty": 5,
                "sale_line_id": order.order_line[1].id,
                "picking_id": picking.id,
            }
        )
        self.assertEqual(self.line_texts(picking, "amount"), ["36.50", "11.30"])

    def test_what_comes_back_is_a_return_slip_with_negative_amounts(self):
        picking = self.deliver(self.new_delivery(), 7)
        back = self.give_back(picking, 2)
        texts = [t for k, _key, t in self.print_cells(back)[0] if k == "block"]
        self.assertIn("Return Slip", texts)
        self.assertEqual(self.line_texts(back, "quantity"), ["-2.00"])
        self.assertEqual(self.line_texts(back, "amount"), ["-73.00"])
        self.assertIn(
            "Minus Seventy-Three",
            self.sum_text(back, "total", "label").replace("\n", " "),
        )

    def test_amounts_in_the_currency_of_the_order(self):
        yen = self.env.ref("base.JPY")
        yen.active = True
        picking = self.new_delivery([(self.bolt, 7, {"price_unit": 150})], currency=yen)
        self.assertEqual(self.line_texts(picking, "amount"), ["1,187"])
        label = self.sum_text(picking, "total", "label").replace("\n", " ")
        self.assertIn("One Thousand, One Hundred And Eighty-Seven Yen", label)

    def test_words_and_numbers_in_the_language_of_the_customer(self):
        yuan = self.env.ref("base.CNY")
        yuan.active = True
        for lang in ("zh_CN", "zh_TW", "de_DE", "ar_001"):
            self.env["res.lang"]._activate_lang(lang)
        lines = [(self.bolt, 7, {}), (self.nut, 60000, {})]
        picking = self.new_delivery(lines, currency=yuan)
        expected = {
            "zh_CN": ("人民币伍仟零壹元肆角玖分", "5,001.49"),
            "zh_TW": ("人民幣伍仟零壹元肆角玖分", "5,001.49"),
            "de_DE": ("Fünftausendeins", "5.001,49"),
            "ar_001": ("Yuan", "5,001.49"),
        }
        for lang, (words, amount) in expected.items():
            self.customer.lang = lang
            label = self.sum_text(picking, "total", "label").replace("\n", "")
            self.assertIn(words, label, lang)
            self.assertEqual(self.sum_text(picking, "total", "amount"), amount, lang)

    def test_amounts_that_a_language_has_no_words_for(self):
        currency = self.company.currency_id
        for lang, amount, words in (
            ("am_ET", 187387, "One Hundred And Eighty-Seven Thousand"),
            ("en_IN", 1234567890123, "One Trillion, Two Hundred"),
        ):
            self.env["res.lang"]._activate_lang(lang)
            pickings = self.env["stock.picking"].with_context(lang=lang)
            text = pickings._print_amount_in_words(
                Decimal(amount), currency.with_context(lang=lang)
            )
            self.assertIn(words, text, lang)

    def test_a_chinese_customer_gets_a_chinese_slip(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env["ir.module.module"]._load_module_terms([MODULE], ["zh_CN"])
        self.customer.lang = "zh_CN"
        (cells,) = self.print_cells(self.new_delivery())
        texts = {
            kind: [text for k, _key, text in cells if k == kind]
            for kind in ("block", "head", "copy", "subtotal", "total")
        }
        self.assertEqual(
            texts["head"],
            ["序号", "编码", "品名规格", "单位", "数量", "含税单价", "金额", "备注"],
        )
        self.assertEqual(texts["copy"], ["①存根联(白)", "②客户联(红)", "③回单联(黄)"])
        self.assertEqual(texts["subtotal"][0], "本页小计")
        self.assertTrue(texts["total"][0].startswith("合计(大写)： 美元贰佰伍拾伍元"))
        for text in ("送货单", "第 1 页 共 1 页", "客户：Nordwind GmbH", "客户签收"):
            self.assertIn(text, texts["block"])

    def test_titles_in_the_language_of_the_customer_or_of_the_layout(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.env["res.lang"]._activate_lang("de_DE")
        column = self.with_prices.column_ids.filtered(lambda c: c.field_key == "code")
        column.with_context(lang="fr_FR").title = "Référence"
        column.with_context(lang="de_DE").title = "Artikel"
        picking = self.new_delivery()
        self.customer.lang = "fr_FR"
        heads = [t for k, _key, t in self.print_cells(picking)[0] if k == "head"]
        self.assertIn("Référence", heads)
        self.with_prices.lang = "de_DE"
        heads = [t for k, _key, t in self.print_cells(picking)[0] if k == "head"]
        self.assertIn("Artikel", heads)

    def test_a_product_that_the_order_does_not_sell_has_no_price(self):
        picking = self.new_delivery([(self.bolt, 7, {})])
        picking.move_ids.sudo().copy(
            {"product_id": self.nut.id, "picking_id": picking.id}
        )
        self.assertEqual(len(self.line_texts(picking, "quantity")), 2)
        self.assertEqual(self.line_texts(picking, "amount"), ["255.49"])

    def test_a_delivery_without_an_order_has_no_prices(self):
        warehouse = self.env["stock.warehouse"].search(
            [("company_id", "=", self.company.id)], limit=1
        )
        picking = self.env["stock.picking"].create(
            {
                "partner_id": self.customer.id,
                "picking_type_id": warehouse.out_type_id.id,
                "location_id": warehouse.lot_stock_id.id,
                "location_dest_id": self.env.ref("stock.stock_location_customers").id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": self.bolt.id,
                            "product_uom_qty": 5,
                            "location_id": warehouse.lot_stock_id.id,
                            "location_dest_id": self.env.ref(
                                "stock.stock_location_customers"
                            ).id,
                        }
                    )
                ],
            }
        )
        self.assertEqual(self.line_texts(picking, "quantity"), ["5.00"])
        self.assertFalse(self.line_texts(picking, "amount"))
        self.assertEqual(self.sum_text(picking, "total", "label"), "Total")

    def test_number_of_pages(self):
        for lines, pages in ((1, 1), (12, 1), (13, 2)):
            picking = self.new_delivery([(self.bolt, 1, {}) for _ in range(lines)])
            # Odoo joins moves of the same product; here each line stands alone.
            self.assertEqual(len(picking.move_ids), lines)
            self.assertEqual(len(self.print_cells(picking)), pages)

    def test_empty_slip_is_one_page(self):
        picking = self.new_delivery()
        picking.action_cancel()
        (cells,) = self.print_cells(picking)
        self.assertFalse([c for c in cells if c[0] == "line"])

    def test_number_of_queries_does_not_grow(self):
        def queries(pickings):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.with_prices._paginate(pickings)
            return self.env.cr.sql_log_count - before

        partners = self.env["res.partner"].create(
            [{"name": f"Customer {n}", "city": "Berlin"} for n in range(12)]
        )
        lines = [(self.bolt, 7, {}), (self.nut, 3, {}), (self.bolt, 2, {})]
        pickings = self.env["stock.picking"].union(
            *(self.new_delivery(lines, partner=partner) for partner in partners)
        )
        self.with_prices._paginate(pickings)  # fills what is kept between requests
        few, many = queries(pickings[:3]), queries(pickings)
        self.assertLessEqual(many, few + 1)
        self.assertLess(many, 90)
