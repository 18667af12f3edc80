from odoo.tests import Form, tagged, users

from .printing_common import PrintingCommon


@tagged("post_install", "-at_install")
class TestPrintingPreview(PrintingCommon):
    """The preview of a layout follows its form."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.picking = cls.new_delivery([(cls.bolt, 7, {}), (cls.nut, 3, {})])

    def open_form(self, layout=None, role="manager"):
        layout = (layout or self.with_prices).with_user(self.users[role])
        return Form(layout, "crm_sales_funnel.funnel_print_layout_view_form")

    def test_it_shows_the_newest_document(self):
        form = self.open_form()
        self.assertEqual(form.preview_res_id, self.picking.id)
        (page,) = form.preview["pages"]
        self.assertIn(self.picking.name, page["svg"])
        self.assertIn(">Bolt<", page["svg"])
        self.assertEqual(form.preview["paper"]["strip"], 18.9)

    def test_it_follows_edits_that_are_not_saved(self):
        form = self.open_form()
        with form.column_ids.edit(2) as column:
            column.title = "What It Is"
        self.assertIn("What It Is", form.preview["pages"][0]["svg"])
        with form.column_ids.new() as column:
            column.field_key = "order"
            column.title = "Whose"
            column.width = 15
        self.assertIn("Whose", form.preview["pages"][0]["svg"])
        with form.block_ids.edit(0) as block:
            block.text = "Somebody Else {number}"
        svg = form.preview["pages"][0]["svg"]
        self.assertIn(f"Somebody Else {self.picking.name}", svg)
        form.column_ids.remove(0)
        self.assertNotIn(">No.<", form.preview["pages"][0]["svg"])
        form.lines_per_page = 1
        self.assertEqual(len(form.preview["pages"]), 2)
        form.paper_id = self.env.ref("crm_sales_funnel.funnel_print_paper_a4")
        self.assertEqual(form.preview["paper"]["width"], 210)
        self.assertEqual(form.preview["paper"]["height"], 297)

    def test_copies_one_after_the_other(self):
        form = self.open_form()
        self.assertEqual(form.preview["copies"], [])
        form.copy_mode = "repeat"
        with form.copy_ids.edit(1) as copy:
            copy.hide_prices = True
        self.assertEqual(len(form.preview["copies"]), 3)
        first, second, third = form.preview["pages"]
        self.assertEqual([first["copy"], second["copy"], third["copy"]], [1, 2, 3])
        self.assertIn("255.49", first["svg"])
        self.assertNotIn("255.49", second["svg"])

    def test_a_sample_where_there_is_no_document(self):
        form = self.open_form()
        form.preview_res_id = False
        (page,) = form.preview["pages"]
        self.assertIn("Product and specification", page["svg"])
        form.preview_lines = 13
        self.assertEqual(len(form.preview["pages"]), 2)
        form.preview_lines = 10_000
        self.assertEqual(len(form.preview["pages"]), 20)
        self.assertEqual(form.preview["more"], 22)
        form.preview_lines = -1
        self.assertEqual(len(form.preview["pages"]), 1)

    def test_what_does_not_fit_is_red(self):
        form = self.open_form()
        self.assertFalse(form.preview["pages"][0]["overflow"])
        with form.block_ids.edit(1) as block:
            block.text = "A title that is far too long for its place " * 9
        (page,) = form.preview["pages"]
        self.assertEqual(len(page["overflow"]), 1)
        self.assertIn('class="overflow"', page["svg"])

    def test_what_is_beside_the_paper_is_red(self):
        self.with_prices.write({"offset_x": -300, "offset_y": 300})
        form = self.open_form()
        self.assertFalse(form.preview["pages"][0]["overflow"])
        number = len(form.block_ids)
        for kind, values, told in (
            ("text", {"x": 500, "text": "Far away"}, "Far away"),
            ("text", {"y": -30, "text": "Above"}, "Above"),
            ("box", {"x": -1}, "Box"),
            ("qr", {"text": "{number}", "width": 0}, "{number}"),
            ("logo", {"height": 0}, "Logo of the company"),
        ):
            with self.subTest(kind=kind, values=values):
                with form.block_ids.new() as block:
                    block.kind = kind
                    for name, value in values.items():
                        block[name] = value
                (page,) = form.preview["pages"]
                self.assertEqual(page["overflow"], [told])
                self.assertIn('class="overflow"', page["svg"])
                form.block_ids.remove(number)

    def test_endless_lengths_are_told(self):
        form = self.open_form()
        with form.block_ids.edit(0) as block:
            block.x = 1e12
        self.assertIn("lengths", form.preview["error"])

    def test_what_cannot_be_printed_is_told_and_the_form_goes_on(self):
        form = self.open_form()
        for fname, value, told in (
            ("margin_top", 500, "nothing fits"),
            ("line_pitch", 1, "lower than their letters"),
            ("font_size", 0, "too small"),
        ):
            before = form[fname]
            form[fname] = value
            self.assertIn(told, form.preview["error"])
            form[fname] = before
            self.assertEqual(len(form.preview["pages"]), 1)
        with form.column_ids.edit(0) as column:
            column.width = 900
        with form.column_ids.edit(1) as column:
            column.width = 901
        self.assertIn("wider than the page", form.preview["error"])
        form.column_ids.remove(1)
        form.column_ids.remove(0)
        with form.block_ids.edit(0) as block:
            block.text = "{nothing} {number}"
        self.assertEqual(form.preview["unknown"], ["nothing"])

    def test_a_new_layout(self):
        layouts = self.env["funnel.print.layout"].with_user(self.users["manager"])
        form = Form(layouts, "crm_sales_funnel.funnel_print_layout_view_form")
        self.assertIn("error", form.preview)
        form.paper_id = self.env.ref("crm_sales_funnel.funnel_print_paper_a4")
        self.assertEqual(
            form.preview["error"],
            "This layout cannot be printed: it has no column.",
        )
        with form.column_ids.new() as column:
            column.field_key = "name"
        self.assertIn(">Bolt<", form.preview["pages"][0]["svg"])

    def test_texts_that_are_left_out_are_told(self):
        self.picking.sale_id.client_order_ref = False
        form = self.open_form()
        (page,) = form.preview["pages"]
        left_out = {"Your order: {customer_order}", "Balance: {balance_after}"}
        self.assertLessEqual(left_out, set(page["left_out"]))
        self.assertNotIn("Order: {order}", page["left_out"])
        self.assertNotIn("Your order", page["svg"])
        form.preview_res_id = False
        (page,) = form.preview["pages"]
        self.assertEqual(page["left_out"], [])
        self.assertIn("Your order", page["svg"])

    @users("funnel_warehouse")
    def test_no_price_for_the_warehouse(self):
        layout = self.with_prices.with_user(self.env.user)
        svg = "".join(page["svg"] for page in layout.preview["pages"])
        self.assertIn(">Bolt<", svg)
        for price in ("255.49", "36.50", "Price incl. Tax", "Amount"):
            self.assertNotIn(price, svg)
        sample = layout.new({"preview_res_id": False}, origin=layout)
        svg = "".join(page["svg"] for page in sample.preview["pages"])
        self.assertIn("Product and specification", svg)
        self.assertNotIn("36.50", svg)

    def test_hostile_texts_stay_texts(self):
        form = self.open_form()
        with form.block_ids.edit(0) as block:
            block.text = "<script>alert(1)</script>"
        form.font = "x'/><script>"
        svg = form.preview["pages"][0]["svg"]
        self.assertNotIn("<script", svg)
        self.assertIn("&lt;script&gt;", svg)
