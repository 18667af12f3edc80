from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged

from .printing_common import PrintingCommon


@tagged("post_install", "-at_install")
class TestPrintingContents(PrintingCommon):
    """A layout offers what its kind of document has, and nothing else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.slip = cls.with_prices.copy().with_user(cls.users["manager"])

    def open_form(self):
        return Form(self.slip, "crm_sales_funnel.funnel_print_layout_view_form")

    def test_each_kind_of_document_offers_its_own(self):
        for layout in self.env["funnel.print.layout"].search([]):
            columns = dict(layout.contents["columns"])
            fields = dict(layout.contents["fields"])
            self.assertEqual(set(columns), set(layout._get_columns()))
            self.assertEqual(set(fields), set(layout._get_header_fields()))
            self.assertLessEqual(
                set(layout.column_ids.mapped("field_key")), set(columns)
            )
        self.assertNotIn("due_date", dict(self.slip.contents["columns"]))
        self.assertIn("slip_number", dict(self.slip.contents["fields"]))

    def test_the_same_key_has_the_name_that_its_document_gives_it(self):
        self.assertEqual(
            dict(self.slip.contents["columns"])["amount"], "Amount, tax included"
        )
        voucher = self.env["funnel.print.layout"].new(
            {"document_model": "account.payment"}
        )
        self.assertEqual(
            dict(voucher.contents["columns"])["amount"], "Settled by this payment"
        )

    def test_names_are_in_the_language_of_the_user(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        contents = self.slip.with_context(lang="zh_CN").contents
        self.assertEqual(dict(contents["columns"])["code"], "产品编码")
        self.assertEqual(dict(contents["fields"])["page"], "页码")
        self.assertEqual(dict(self.slip.contents["columns"])["code"], "Product code")

    def test_the_offer_follows_the_kind_of_document_on_the_form(self):
        form = self.open_form()
        self.assertIn("code", dict(form.contents["columns"]))
        self.assertEqual((form.preview["strange"], form.preview["unknown"]), ([], []))
        form.document_model = "account.payment"
        self.assertNotIn("code", dict(form.contents["columns"]))
        self.assertIn("due_date", dict(form.contents["columns"]))
        # All that must go is told, by the names that stand on the paper.
        self.assertIn("Code", form.preview["strange"])
        self.assertNotIn("Amount", form.preview["strange"])
        self.assertIn("slip_number", form.preview["unknown"])
        form.document_model = False
        self.assertEqual(form.contents, {"columns": [], "fields": []})

    def test_strange_columns_are_told_beside_an_error(self):
        form = self.open_form()
        for _number in range(len(self.slip.column_ids) - 1):
            form.column_ids.remove(0)
        with form.column_ids.edit(0) as column:
            column.field_key = "code"
            column.title = False
        form.document_model = "account.payment"
        self.assertIn("no column", form.preview["error"])
        self.assertEqual(form.preview["strange"], ["Product code"])

    def test_the_kind_of_document_does_not_change_below_its_columns(self):
        with self.assertRaisesRegex(ValidationError, "Code, Product.*Unit"):
            self.slip.document_model = "account.payment"
        self.slip.column_ids.filtered(
            lambda column: column.field_key not in ("seq", "amount", "note")
        ).unlink()
        with self.assertRaisesRegex(ValidationError, r"\{contact\} \{customer\}"):
            self.slip.document_model = "account.payment"
        self.slip.block_ids.unlink()
        self.slip.document_model = "account.payment"
        self.assertEqual(len(self.slip.column_ids), 3)

    def test_what_others_print_by_keeps_its_kind_of_document(self):
        self.slip.column_ids.filtered(lambda c: c.field_key != "amount").unlink()
        self.slip.block_ids.unlink()
        ruled = self.slip.copy()
        report = self.env.ref("crm_sales_funnel.report_slip_241")
        self.env["funnel.print.rule"].create(
            {"report_id": report.id, "layout_id": ruled.id}
        )
        self.slip.menu_pdf = True
        for layout in (self.slip, ruled):
            self.assertTrue(layout.is_used)
            with self.assertRaisesRegex(UserError, "Duplicate it"):
                layout.document_model = "account.payment"
            layout.document_model = "stock.picking"
        with self.assertRaisesRegex(AssertionError, "readonly"):
            self.open_form().document_model = "account.payment"
        free = self.slip.copy()
        self.assertFalse(free.is_used)
        free.document_model = "account.payment"

    def test_all_unknown_fields_are_told_at_once(self):
        with self.assertRaisesRegex(ValidationError, r"\{nobody\} \{nothing\}"):
            self.slip.block_ids[0].text = "{nothing} {number} {nobody}"

    def test_only_documents_that_layouts_print(self):
        for model in ("res.users", "res.partner", "no.model", False):
            with self.subTest(model=model), self.assertRaises(ValidationError):
                self.slip.document_model = model
        values = {"name": "New", "paper_id": self.slip.paper_id.id}
        with self.assertRaises(ValidationError):
            self.slip.create({**values, "document_model": "res.users"})
