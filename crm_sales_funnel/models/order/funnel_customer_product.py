from odoo import api, fields, models
from odoo.exceptions import ValidationError


class FunnelCustomerProduct(models.Model):
    """What a customer calls a product: own code, name and specification, which staff
    may type and documents may print."""

    _name = "funnel.customer.product"
    _description = "Customer's Item Code"
    _order = "partner_id, code, id"
    _rec_names_search = ["code", "name", "product_id", "partner_id"]
    _check_company_auto = True

    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
        help="Codes belong to the whole company of a contact.",
    )
    product_id = fields.Many2one(
        "product.product",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    product_tmpl_id = fields.Many2one(
        related="product_id.product_tmpl_id",
        string="Product Template",
        store=True,
        index=True,
    )
    code = fields.Char(string="Customer's Code", index="trigram")
    name = fields.Char(string="Customer's Name", help="What the customer calls it.")
    specification = fields.Char(help="What the customer writes as specification.")
    company_id = fields.Many2one(
        "res.company", index=True, help="Leave it empty for all companies."
    )
    active = fields.Boolean(default=True)

    _customer_product_unique = models.UniqueIndex(
        "(partner_id, product_id, COALESCE(company_id, 0))",
        "There is a code of this customer for this product already.",
    )

    @api.constrains("product_id", "code", "name", "specification")
    def _check_says_something(self):
        for item in self:
            if not (item.code or item.name or item.specification):
                raise ValidationError(
                    self.env._(
                        "Enter the customer's code, name or specification of %s.",
                        item.product_id.display_name,
                    )
                )

    @api.depends("code", "name", "product_id")
    def _compute_display_name(self):
        for item in self:
            item.display_name = " ".join(
                filter(None, (item.code, item.name or item.product_id.name))
            )

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._at_company(vals) for vals in vals_list])

    def write(self, vals):
        result = super().write(self._at_company(vals))
        if "partner_id" in vals:
            # Whose codes they are now is asked as well: not given to another's customer.
            self.check_access("write")
        return result

    @api.model
    def _at_company(self, vals):
        """Give the codes to the company that a contact person belongs to."""
        if not vals.get("partner_id"):
            return vals
        partner = self.env["res.partner"].browse(vals["partner_id"])
        return {**vals, "partner_id": partner.commercial_partner_id.id}

    @api.model
    def get_import_templates(self):
        return [
            {
                "label": self.env._("Import Template for Customers' Item Codes"),
                "template": "/crm_sales_funnel/static/xls/customer_item_codes.xlsx",
            }
        ]

    @api.model
    def _find(self, partners, products, company):
        """Return (commercial partner id, product id) -> item, those of the company
        before those of all companies; in one query."""
        items = self.search(
            [
                ("partner_id", "in", partners.commercial_partner_id.ids),
                ("product_id", "in", products.ids),
                ("company_id", "in", [False, *company.ids]),
            ]
        )
        found = {}
        for item in items.sorted(lambda item: bool(item.company_id)):
            found[item.partner_id.id, item.product_id.id] = item
        return found
