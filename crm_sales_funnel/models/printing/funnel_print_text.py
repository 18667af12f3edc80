from odoo import models


class FunnelPrintText(models.AbstractModel):
    """Mixin of the parts of a layout, whose texts are exchanged in all languages."""

    _name = "funnel.print.text"
    _inherit = "funnel.print.measure"
    _description = "Text of a Print Layout"

    def _get_texts(self, fname):
        """Return language -> text of a translated field."""
        self.ensure_one()
        translations, _context = self.get_field_translations(fname)
        texts = {line["lang"]: line["value"] or line["source"] for line in translations}
        return {lang: text for lang, text in texts.items() if text}

    def _set_texts(self, values):
        """Write the texts of all installed languages; English is there already."""
        langs = {code for code, _name in self.env["res.lang"].get_installed()}
        for fname, texts in values.items():
            if isinstance(texts, dict):
                known = {lang: text for lang, text in texts.items() if lang in langs}
                self.update_field_translations(fname, known)

    def _translate_phrase(self, fname, phrases, langs):
        text = self.with_context(lang="en_US")[fname]
        for lang in langs:
            translated = phrases.get(text, {}).get(lang)
            if translated and self.with_context(lang=lang)[fname] == text:
                self.update_field_translations(fname, {lang: translated})
