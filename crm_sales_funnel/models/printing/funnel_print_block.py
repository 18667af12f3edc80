import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools.printing.compose import SYMBOLS
from .funnel_print_measure import LONGEST

PLACEHOLDER = re.compile(r"\{(\w*)\}")


class FunnelPrintBlock(models.Model):
    """A text, box or line of the header or footer."""

    _name = "funnel.print.block"
    _inherit = "funnel.print.text"
    _description = "Print Layout Block"
    _order = "band desc, sequence, id"
    _rec_name = "text"

    layout_id = fields.Many2one(
        "funnel.print.layout", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    band = fields.Selection(
        [("header", "Header"), ("footer", "Footer")],
        string="Place",
        default="header",
        required=True,
        help="In the header, above the table, or in the footer at the end of the page.",
    )
    kind = fields.Selection(
        [
            ("text", "Text"),
            ("signature", "Signature box"),
            ("box", "Box"),
            ("line", "Line"),
            ("logo", "Logo of the company"),
            ("code128", "Barcode"),
            ("qr", "QR code"),
        ],
        default="text",
        required=True,
    )
    text = fields.Char(
        translate=True,
        help="Fields of the document stand in braces, such as {number} or {customer}."
        " Where all fields of a text are empty, its words are left out as well. To print"
        " them always, put the words and the fields into two texts.",
    )
    x = fields.Float(
        string="From Left",
        digits=(6, 2),
        help="Millimetres from the left margin of the page.",
    )
    y = fields.Float(
        string="From Top",
        digits=(6, 2),
        help="Millimetres from the upper edge of the header or of the footer.",
    )
    width = fields.Float(digits=(6, 2), default=40, help="In millimetres.")
    height = fields.Float(
        digits=(6, 2),
        default=5,
        help="In millimetres. A text goes on in a second line where there is room; a"
        " line is level when its height is 0.",
    )
    size = fields.Float(
        string="Size (pt)",
        digits=(4, 1),
        default=9.6,
        help="Size of the letters. What does not fit is written smaller.",
    )
    bold = fields.Boolean()
    align = fields.Selection(
        [("left", "Left"), ("center", "Centre"), ("right", "Right")],
        default="left",
        required=True,
    )
    pages = fields.Selection(
        [
            ("every", "Every page"),
            ("first", "First page"),
            ("last", "Last page"),
        ],
        string="Printed On",
        default="every",
        required=True,
    )

    _size_positive = models.Constraint(
        "CHECK(width >= 0 AND height >= 0 AND size >= 4 AND size <= 72)",
        "A block needs a width, a height and a font size of 4 to 72 points.",
    )

    @api.model
    def _get_limits(self):
        return {
            "x": (-LONGEST, LONGEST),
            "y": (-LONGEST, LONGEST),
            "width": (0, LONGEST),
            "height": (0, LONGEST),
            "size": (4, 72),
        }

    @api.constrains("kind", "width", "height")
    def _check_picture_size(self):
        for block in self.filtered(lambda block: block.kind in SYMBOLS):
            if not min(block.width, block.height) > 0:
                raise ValidationError(
                    self.env._(
                        "“%(kind)s” in the header or footer needs a width and a"
                        " height.",
                        kind=block._get_kind_name(),
                    )
                )

    def _get_kind_name(self):
        return dict(self._fields["kind"]._description_selection(self.env))[self.kind]

    @api.constrains("text", "layout_id")
    def _check_text(self):
        self.layout_id._check_texts()

    def _to_dicts(self):
        """Return the blocks for the paginator."""
        names = ("band", "kind", "x", "y", "width", "height", "size")
        return [
            {
                **{name: block[name] for name in (*names, "bold", "align", "pages")},
                "text": block.text or "",
                "price": block._has_price(),
            }
            for block in self
        ]

    def _has_price(self):
        known = self.layout_id._get_header_fields()
        return any(
            key not in known or known[key].price
            for key in PLACEHOLDER.findall(self.text or "")
        )
