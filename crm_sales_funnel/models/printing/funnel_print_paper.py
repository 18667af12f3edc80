from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools.printing import LayoutError, Paper, calibration_page, inches, to_mm
from ...tools.printing.calibration import INSET as CALIBRATION_INSET

SMALLEST, LARGEST = 30, 1200  # mm


class FunnelPrintPaper(models.Model):
    """A sheet or form. Continuous forms are cut in fractions of an inch, which the
    whole millimetres of ``report.paperformat`` cannot hold."""

    _name = "funnel.print.paper"
    _inherit = "funnel.print.text"
    _description = "Print Paper"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    width = fields.Char(
        required=True, help="With its unit: 241 mm, 9.5 in, or 9 1/2 in."
    )
    height = fields.Char(
        required=True,
        help="With its unit: 297 mm, 5.5 in, or 11/3 in for a third of 11 inches.",
    )
    strip = fields.Float(
        string="Tractor Strip (mm)",
        digits=(6, 2),
        help="Width of the strip with holes at either side, where nothing is printed.",
    )
    width_mm = fields.Float(
        string="Width (mm)", digits=(8, 3), compute="_compute_millimetres"
    )
    height_mm = fields.Float(
        string="Height (mm)", digits=(8, 3), compute="_compute_millimetres"
    )

    _strip_positive = models.Constraint(
        "CHECK(strip >= 0)", "The tractor strip cannot be narrower than nothing."
    )

    @api.model
    def _get_limits(self):
        return {"strip": (0, LARGEST)}

    @api.depends("width", "height")
    def _compute_millimetres(self):
        for paper in self:
            paper.width_mm = paper._to_mm(paper.width)
            paper.height_mm = paper._to_mm(paper.height)

    @api.constrains("width", "height")
    def _check_size(self):
        for paper in self:
            for length in (paper.width, paper.height):
                if not SMALLEST <= self._to_mm(length) <= LARGEST:
                    raise ValidationError(
                        self.env._(
                            "“%(length)s” is not a size of paper. Write it with its"
                            " unit: 241 mm, 5.5 in or 11/3 in.",
                            length=length,
                        )
                    )

    def _to_dict(self):
        """Return the paper for the paginator, exact where fields are rounded."""
        return {
            "width": self._to_mm(self.width),
            "height": self._to_mm(self.height),
            "strip": self.strip,
        }

    def _render_calibration(self, offset_x=0.0, offset_y=0.0):
        """Return a PDF of rulers on this paper.

        :param offset_x: mm to the right, as a layout has it
        :param offset_y: mm down
        """
        self.ensure_one()
        page = calibration_page(
            Paper(**self._to_dict()), offset_x, offset_y, self._get_calibration_texts()
        )
        return self.env["funnel.print.layout"]._draw_pdf([page])

    def _get_calibration_texts(self):
        return [
            f"{self.name}: {self.width} x {self.height}",
            self.env._("Print in actual size (100 %), on this very paper."),
            self.env._(
                "1. Measure from the left edge of the paper (from the tear-off line of a"
                " continuous form) to the upright corner mark: it must be %s mm.",
                f"{CALIBRATION_INSET:g}",
            ),
            self.env._(
                "2. Measure from the upper edge to the level corner mark: it must be"
                " %s mm.",
                f"{CALIBRATION_INSET:g}",
            ),
            self.env._(
                "3. Enter what is missing as “Move Right” and “Move Down” in the layout:"
                " 10 is 1 mm; what is too much, negative."
            ),
            self.env._(
                "4. Marks are 1 mm apart, crosses 50 mm. When 50 mm measure less or"
                " more, the printer driver scales: set it to 100 %."
            ),
        ]

    def action_print_calibration(self):
        """Download the calibration page of this paper."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/funnel/print/calibration/{self.id}",
            "target": "download",
        }

    @api.model
    def _to_mm(self, length):
        try:
            return to_mm(inches(length))
        except (LayoutError, OverflowError):
            return 0.0
