from odoo import Command, api, fields, models

COMPANY_FIELDS = (
    "name",
    "phone",
    "email",
    "vat",
    "street",
    "street2",
    "city",
    "state_id",
    "zip",
    "country_id",
    "industry_id",
    "user_id",
)
CONTACT_FIELDS = ("name", "function", "phone", "email")


class FunnelCustomerCreate(models.TransientModel):
    """A business card: the company and its contact person, entered at once."""

    _name = "funnel.customer.create"
    _description = "New Customer"

    name = fields.Char(string="Company", required=True)
    phone = fields.Char()
    email = fields.Char()
    vat = fields.Char(string="Tax ID")
    street = fields.Char()
    street2 = fields.Char()
    city = fields.Char()
    state_id = fields.Many2one(
        "res.country.state",
        domain="[('country_id', '=?', country_id)]",
    )
    zip = fields.Char(string="ZIP")
    country_id = fields.Many2one(
        "res.country",
        default=lambda self: self.env.company.country_id,
    )
    industry_id = fields.Many2one("res.partner.industry")
    user_id = fields.Many2one(
        "res.users",
        string="Salesperson",
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
    )
    contact_name = fields.Char(string="Contact Person")
    contact_function = fields.Char(string="Job Position")
    contact_phone = fields.Char(string="Phone of the Person")
    contact_email = fields.Char(string="Email of the Person")

    @api.onchange("phone", "contact_phone", "country_id")
    def _onchange_phone(self):
        for fname in ("phone", "contact_phone"):
            self[fname] = (
                self._format_phone(self[fname], "INTERNATIONAL") or self[fname]
            )

    @api.onchange("country_id")
    def _onchange_country_id(self):
        if self.country_id and self.state_id.country_id != self.country_id:
            self.state_id = False

    @api.onchange("state_id")
    def _onchange_state_id(self):
        if self.state_id:
            self.country_id = self.state_id.country_id

    def action_create_customer(self):
        """Create the company with its contact person, and open it."""
        self.ensure_one()
        customer = self.env["res.partner"].create(self._prepare_customer_vals())
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": customer.id,
            "views": [(False, "form")],
        }

    def _prepare_customer_vals(self):
        convert = self._convert_to_write
        vals = convert({fname: self[fname] for fname in COMPANY_FIELDS})
        contact = {fname: self[f"contact_{fname}"] for fname in CONTACT_FIELDS}
        if any(contact.values()):
            contact = {"type": "contact", "user_id": vals["user_id"], **contact}
            contact["name"] = contact["name"] or contact["email"] or contact["phone"]
            vals["child_ids"] = [Command.create(contact)]
        return {**vals, "is_company": True, "customer_rank": 1}

    def _format_phone(self, number, style):
        return number and self._phone_format(
            number=number, country=self.country_id, force_format=style
        )
