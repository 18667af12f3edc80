from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged

from .printing_common import PrintingCommon


@tagged("post_install", "-at_install")
class TestPrintingLanguage(PrintingCommon):
    """A layout in a language that is switched off prints all the same."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.french = cls.env["res.lang"]._activate_lang("fr_FR")
        cls.env["res.lang"]._activate_lang("zh_CN")
        cls.picking = cls.new_delivery()
        title = cls.with_prices.column_ids[2]
        title.update_field_translations(
            "title", {"en_US": "Goods", "fr_FR": "Biens", "zh_CN": "货物"}
        )
        cls.customer.lang = "zh_CN"

    def printed(self):
        return [text for _kind, _key, text in self.print_cells(self.picking)[0]]

    def test_it_prints_in_the_language_of_the_customer_then(self):
        self.with_prices.lang = "fr_FR"
        self.assertIn("Biens", self.printed())
        self.french.active = False
        self.assertIn("货物", self.printed())

    def test_a_customer_whose_language_was_switched_off(self):
        self.customer.lang = "fr_FR"
        self.assertIn("Biens", self.printed())
        self.env.flush_all()
        # Odoo asks who has the language, but not of archived contacts.
        self.customer.active = False
        self.french.active = False
        self.assertIn("Goods", self.printed())

    def test_the_form_tells_it(self):
        self.with_prices.lang = "fr_FR"
        layout = self.with_prices.with_user(self.users["manager"])
        view = "crm_sales_funnel.funnel_print_layout_view_form"
        form = Form(layout, view)
        self.assertFalse(form.preview["language"])
        self.french.active = False
        self.env.invalidate_all()
        form = Form(layout, view)
        self.assertIn("French", form.preview["language"])
        self.assertIn("Goods", form.preview["pages"][0]["svg"])
        form.name = "Renamed"
        form.save()
        form.lang = "zh_CN"
        self.assertFalse(form.preview["language"])

    def test_a_duplicate_is_printed_in_the_language_of_the_customer(self):
        self.with_prices.lang = "fr_FR"
        self.assertEqual(self.with_prices.copy().lang, "fr_FR")
        self.french.active = False
        self.assertFalse(self.with_prices.copy().lang)

    def test_only_languages_that_are_active_are_accepted(self):
        for lang in ("de_CH", "xx_XX", "fr", "../x"):
            with self.subTest(lang=lang), self.assertRaisesRegex(ValidationError, lang):
                self.with_prices.lang = lang
