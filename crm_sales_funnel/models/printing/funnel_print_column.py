from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .funnel_print_measure import LONGEST

SUMMED = ("integer", "quantity", "money")  # formats of what can be added up


class FunnelPrintColumn(models.Model):
    _name = "funnel.print.column"
    _inherit = "funnel.print.text"
    _description = "Print Layout Column"
    _order = "sequence, id"
    _rec_name = "title"

    layout_id = fields.Many2one(
        "funnel.print.layout", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    field_key = fields.Selection(
        selection="_selection_field_key", string="Content", required=True
    )
    title = fields.Char(translate=True)
    width = fields.Float(
        string="Width (mm)",
        digits=(6, 2),
        default=20,
        help="The widest column takes what the others leave of the page.",
    )
    align = fields.Selection(
        [("left", "Left"), ("center", "Centre"), ("right", "Right")],
        default="left",
        required=True,
    )
    overflow = fields.Selection(
        [
            ("wrap", "Goes on in the next line"),
            ("shrink", "Is written smaller"),
            ("cut", "Is cut off"),
        ],
        string="Long Text",
        default="wrap",
        required=True,
    )
    is_sum = fields.Boolean(
        string="Add Up", help="Shows the sum of the page and of the document."
    )

    _width_positive = models.Constraint(
        "CHECK(width > 0)", "A column needs a width in millimetres."
    )

    @api.model
    def _get_limits(self):
        return {"width": (0.01, LONGEST)}

    @api.model
    def _selection_field_key(self):
        """All contents of all kinds of documents; a layout offers and accepts its own
        (``contents`` of the layout)."""
        layouts = self.env["funnel.print.layout"]
        return list(
            {
                field.key: field.label
                for model in layouts._get_document_models()
                for field in self.env[model]._print_columns()
            }.items()
        )

    @api.constrains("field_key", "layout_id", "is_sum")
    def _check_field_key(self):
        self.layout_id._check_contents()
        for column in self.filtered("is_sum"):
            field = column.layout_id._get_columns()[column.field_key]
            if field.format not in SUMMED:
                raise ValidationError(
                    self.env._(
                        "The column “%(title)s” cannot be added up.", title=column.title
                    )
                )

    @api.constrains("width", "layout_id")
    def _check_width(self):
        self.layout_id._check_printable()

    def _get_names(self):
        """Return what users know the columns by: their titles, else their contents."""
        labels = dict(self._selection_field_key()) if self else {}
        return [
            column.title or labels.get(column.field_key, column.field_key)
            for column in self
        ]

    def _to_dicts(self):
        """Return the columns for the paginator."""
        known = self.layout_id._get_columns()
        return [
            {
                "key": column.field_key,
                "title": column.title or "",
                "width": column.width,
                "align": column.align,
                "format": known[column.field_key].format,
                "overflow": column.overflow,
                "sum": column.is_sum,
                "per": known[column.field_key].per,
                "price": known[column.field_key].price,
            }
            for column in self
            if column.field_key in known  # a form may have one that is not chosen yet
        ]
