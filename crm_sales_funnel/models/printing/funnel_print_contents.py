from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .funnel_print_block import PLACEHOLDER


class FunnelPrintLayout(models.Model):
    """What the form of a layout offers: only what its kind of document has."""

    _inherit = "funnel.print.layout"

    # What may be a column, and what may stand as {key} in the texts of header and
    # footer: {"columns": [[key, label], ...], "fields": [[key, label], ...]}.
    contents = fields.Json(compute="_compute_contents")

    @api.depends("document_model")
    @api.depends_context("lang")
    def _compute_contents(self):
        for model, layouts in self.grouped("document_model").items():
            layouts.contents = self._get_contents(model)

    @api.model
    def _get_contents(self, model):
        """Return the contents of a kind of document as JSON, in the user's language;
        those with prices too, as the texts of a layout are no secret."""
        if not model:
            return {"columns": [], "fields": []}
        document = self.env[model]
        return {
            "columns": [
                [field.key, field.label] for field in document._print_columns()
            ],
            "fields": [
                [field.key, field.label] for field in document._print_header_fields()
            ],
        }

    @api.constrains("document_model")
    def _check_document_model(self):
        """The columns and texts are checked as they are written; here the kind of
        document changes below them."""
        if not all(layout._is_for_documents() for layout in self):
            raise ValidationError(self.env._("Choose a kind of document."))
        self._check_contents()
        self._check_texts()

    def _get_strange_columns(self):
        """Return the columns whose content this kind of document does not have."""
        known = self._get_columns()
        return self.column_ids.filtered(
            lambda column: column.field_key and column.field_key not in known
        )

    def _check_contents(self):
        """Raise an error where columns show what this kind of document does not have;
        it names all of them, as they are mended together."""
        for layout in self:
            strange = layout._get_strange_columns()
            if strange:
                raise ValidationError(
                    self.env._(
                        "“%(document)s” does not have what these columns show:"
                        " %(columns)s. Choose another content for them, or remove them.",
                        document=self.env[layout.document_model]._print_name(),
                        columns=", ".join(strange._get_names()),
                    )
                )

    def _get_unknown_fields(self):
        """Return the fields in the texts that the document does not have."""
        known = self._get_header_fields()
        return sorted(
            {
                key
                for block in self.block_ids
                for key in PLACEHOLDER.findall(block.text or "")
                if key not in known
            }
        )

    def _check_texts(self):
        """Raise an error where texts name fields that this kind of document does not
        have; it names all of them."""
        for layout in self:
            unknown = layout._get_unknown_fields()
            if unknown:
                raise ValidationError(
                    self.env._(
                        "“%(document)s” does not have these fields of header and"
                        " footer: %(fields)s. Replace them, or remove them.",
                        document=self.env[layout.document_model]._print_name(),
                        fields=" ".join(f"{{{key}}}" for key in unknown),
                    )
                )
