from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain


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
        "res.company",
        compute="_compute_company_id",
        store=True,
        readonly=False,
        precompute=True,
        index=True,
        help="That of the customer or the product. Where they belong to all companies,"
        " leave it empty for all.",
    )
    active = fields.Boolean(default=True)

    _customer_product_unique = models.UniqueIndex(
        "(partner_id, product_id, COALESCE(company_id, 0))",
        "There is a code of this customer for this product already.",
    )

    @api.depends("partner_id", "product_id")
    def _compute_company_id(self):
        """A company that was chosen stays where customer and product allow it."""
        for item in self:
            owner = item._get_owner()
            fits = owner <= item.company_id.parent_ids
            item.company_id = item.company_id if fits else owner

    @api.constrains("partner_id", "product_id")
    def _check_same_company(self):
        for item in self:
            # sudo: whose they are is told also where the user is in one company only.
            partner, product = item.sudo().partner_id, item.sudo().product_id
            owners = partner.company_id | product.company_id
            if not owners <= item._get_owner().parent_ids:
                raise ValidationError(
                    self.env._(
                        "“%(product)s” belongs to %(product_company)s, “%(customer)s” to"
                        " %(customer_company)s: there is no item code of the two.",
                        product=product.display_name,
                        product_company=product.company_id.display_name,
                        customer=partner.display_name,
                        customer_company=partner.company_id.display_name,
                    )
                )

    def _get_owner(self):
        """Return the company to which customer and product belong, a branch where one
        of them is its, or none when both belong to all."""
        # sudo: which companies they belong to, whether the user may open them or not.
        item = self.sudo()
        companies = item.partner_id.company_id | item.product_id.company_id
        lowest = companies.filtered(lambda company: companies <= company.parent_ids)
        return (lowest or companies[:1]).with_env(self.env)

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
            # sudo: the product may have been given to another company since.
            name = item.name or item.sudo().product_id.name
            item.display_name = " ".join(filter(None, (item.code, name)))

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
    def _get_company_domain(self, company):
        """Return the domain of the codes that hold for documents of a company."""
        # sudo: a branch has the codes of the company that it belongs to.
        return Domain("company_id", "in", [False, *company.sudo().parent_ids.ids])

    @api.model
    def _find(self, partners, products, company):
        """Return (commercial partner id, product id) -> item, those of the company
        before those of the companies above it and of all; in one query."""
        items = self.search(
            self._get_company_domain(company)
            & Domain("partner_id", "in", partners.commercial_partner_id.ids)
            & Domain("product_id", "in", products.ids)
        )
        found = {}
        # As deep as the company is below others. sudo: these the user need not work for.
        for item in items.sorted(lambda item: len(item.sudo().company_id.parent_ids)):
            found[item.partner_id.id, item.product_id.id] = item
        return found
