from odoo import api, fields, models
from odoo.fields import Domain

from ..contact.funnel_contact_mixin import CONTACT_GROUPS
from .funnel_collision_search import LEAD

SHOWN = (
    "name",
    "user_id",
    "phone",
    "email",
    "vat",
    "city",
    "last_contact_date",
    "create_date",
)
SHOWN_AS = {"create_date": "entry_date"}
SIDES = ("partner_id", "lead_id", "other_partner_id", "other_lead_id")


class FunnelCollision(models.Model):
    """Both sides of a pair as a user sees them side by side: read with his own rights."""

    _inherit = "funnel.collision"

    name = fields.Char(string="Name of This One", compute="_compute_sides")
    other_name = fields.Char(string="Name of the Other", compute="_compute_sides")
    user_id = fields.Many2one(
        "res.users", string="Salesperson", compute="_compute_sides"
    )
    other_user_id = fields.Many2one(
        "res.users", string="Other Salesperson", compute="_compute_sides"
    )
    phone = fields.Char(compute="_compute_sides")
    other_phone = fields.Char(compute="_compute_sides")
    email = fields.Char(compute="_compute_sides")
    other_email = fields.Char(compute="_compute_sides")
    vat = fields.Char(string="Tax ID", compute="_compute_sides")
    other_vat = fields.Char(string="Other Tax ID", compute="_compute_sides")
    city = fields.Char(compute="_compute_sides")
    other_city = fields.Char(compute="_compute_sides")
    last_contact_date = fields.Datetime(string="Last Contact", compute="_compute_sides")
    other_last_contact_date = fields.Datetime(
        string="Other Last Contact", compute="_compute_sides"
    )
    entry_date = fields.Datetime(string="Entered On", compute="_compute_sides")
    other_entry_date = fields.Datetime(
        string="Other Entered On", compute="_compute_sides"
    )
    order_count = fields.Integer(string="Orders", compute="_compute_order_counts")
    other_order_count = fields.Integer(
        string="Other Orders", compute="_compute_order_counts"
    )

    contact_count = fields.Integer(
        string="Contact Log", compute="_compute_contact_counts", groups=CONTACT_GROUPS
    )
    other_contact_count = fields.Integer(
        string="Other Contact Log",
        compute="_compute_contact_counts",
        groups=CONTACT_GROUPS,
    )
    is_archived = fields.Boolean(
        string="One Is Archived",
        compute="_compute_is_archived",
        search="_search_is_archived",
        help="It is not to be decided until it is active again.",
    )

    @api.depends(*SIDES)
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_sides(self):
        for pair in self:
            for prefix, side in zip(("", "other_"), pair._get_records(), strict=True):
                for fname in SHOWN:
                    shown = SHOWN_AS.get(fname, fname)
                    pair[prefix + shown] = self._read_side(side, fname)

    @api.model
    def _read_side(self, side, fname):
        if side._name == LEAD:
            if fname == "name":
                return side.partner_name or side.contact_name or side.name
            if fname == "vat":
                return side.partner_id.vat
            if fname == "email":
                return side.email_from
        return side[fname]

    @api.depends("partner_id", "other_partner_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_order_counts(self):
        partners = self.partner_id | self.other_partner_id
        orders = self.env["sale.order"]
        counts = {}
        if orders.has_access("read"):
            groups = orders._read_group(
                [
                    ("partner_id.commercial_partner_id", "in", partners.ids),
                    ("state", "=", "sale"),
                ],
                ["partner_id"],
                ["__count"],
            )
            for partner, count in groups:
                key = partner.commercial_partner_id.id
                counts[key] = counts.get(key, 0) + count
        for pair in self:
            pair.order_count = counts.get(pair.partner_id.id, 0)
            pair.other_order_count = counts.get(pair.other_partner_id.id, 0)

    @api.depends(*SIDES)
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_contact_counts(self):
        for pair in self:
            one, other = pair._get_records()
            pair.contact_count = one.contact_count
            pair.other_contact_count = other.contact_count

    @api.depends(*(f"{side}.active" for side in SIDES))
    def _compute_is_archived(self):
        for pair in self:
            pair.is_archived = not all(side.active for side in pair._get_records())

    def _search_is_archived(self, operator, value):
        if operator != "in":
            return NotImplemented
        archived = Domain.OR(
            Domain(side, "any!", [("active", "=", False)]) for side in SIDES
        )
        return Domain.OR(archived if wanted else ~archived for wanted in value)
