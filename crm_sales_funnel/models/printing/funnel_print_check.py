import base64
import io
import re

from PIL import Image, UnidentifiedImageError

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

# What browsers show and Pillow reads; Odoo leaves WebP out of it.
PICTURES = ("PNG", "JPEG", "GIF", "BMP")
WEBP = re.compile(rb"RIFF.{4}WEBPVP8", re.DOTALL)


class FunnelPrintLayout(models.Model):
    """What must not become of a layout when it is changed."""

    _inherit = "funnel.print.layout"

    rule_ids = fields.One2many(
        "funnel.print.rule", "layout_id", string="Rules", copy=False
    )
    is_used = fields.Boolean(
        compute="_compute_is_used",
        help="The Print menu or a rule prints by this layout.",
    )

    @api.depends("report_ids", "rule_ids")
    def _compute_is_used(self):
        for layout in self:
            # sudo: rules of other companies count as well.
            known = layout.sudo()
            layout.is_used = bool(known.report_ids or known.rule_ids)

    def write(self, vals):
        if "document_model" in vals:
            self._check_not_used(vals["document_model"])
        result = super().write(vals)
        if "column_ids" in vals:
            self._check_has_columns()
        return result

    def _check_not_used(self, model):
        """Raise an error where others count on what a layout prints."""
        for layout in self:
            if layout.is_used and layout.document_model != model:
                raise UserError(
                    self.env._(
                        "“%(layout)s” has an entry in the Print menu, or a rule, for"
                        " these documents. Duplicate it, and let the duplicate print"
                        " other ones.",
                        layout=layout.name,
                    )
                )

    def _check_has_columns(self):
        """Raise an error where all columns were removed; a new layout may be saved
        before it has any."""
        for layout in self:
            if not layout.column_ids:
                raise ValidationError(
                    self.env._("“%(layout)s” needs a column.", layout=layout.name)
                )

    @api.constrains("background")
    def _check_background(self):
        for layout in self.filtered("background"):
            content = layout.with_context(bin_size=False).background
            if not _is_picture(base64.b64decode(content)):
                raise ValidationError(
                    self.env._(
                        "The scan of the form “%(layout)s” must be a picture: a PNG,"
                        " JPEG, GIF, WebP or BMP file.",
                        layout=layout.name,
                    )
                )


def _is_picture(content):
    if WEBP.match(content):
        return True
    try:
        with Image.open(io.BytesIO(content), formats=PICTURES):
            return True
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        return False
