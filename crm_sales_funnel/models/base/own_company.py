from odoo import api, fields, models
from odoo.exceptions import AccessError


class OwnCompany(models.AbstractModel):
    """Mixin for dialogs and forms that ask for a company: it is one of the user's. Of
    others, who calls the server is not even told the name.

    Their names would be read with the rights of nobody: Odoo shows what a record points
    to, whoever may read it, and a dialog belongs to who opens it.
    """

    _name = "funnel.own.company"
    _description = "Asks for a Company of the User"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )

    @api.model
    def _check_own_company(self, company_id):
        """:raise AccessError: the user does not work in the company, or it is no id"""
        if company_id is None or company_id is False:
            return
        if self.env.user._is_superuser():  # a job, of whichever company
            return
        # Of a value that stands for a record, nobody has looked who may read it.
        is_id = type(company_id) is int
        if not is_id or company_id not in self.env.user.company_ids.ids:
            raise AccessError(self.env._("You do not work in this company."))

    @api.constrains("company_id")
    def _check_company_of_user(self):
        for dialog in self:
            dialog._check_own_company(dialog.company_id.id)

    @api.model_create_multi
    def create(self, vals_list):
        for values in vals_list:
            self._check_own_company(values.get("company_id"))
        return super().create(vals_list)

    def write(self, vals):
        self._check_own_company(vals.get("company_id"))
        return super().write(vals)

    @api.model
    def default_get(self, fnames):
        values = super().default_get(fnames)
        self._check_own_company(values.get("company_id"))
        return values

    def onchange(self, values, field_names, fields_spec):
        company = self.new({"company_id": values.get("company_id")}).company_id
        self._check_own_company(company._origin.id)  # whatever form the value has
        return super().onchange(values, field_names, fields_spec)
