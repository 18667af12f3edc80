from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class FunnelCostItem(models.Model):
    """What money is spent on: a tree of categories and items.

    The tree is one for all companies; the account, the tax and the analytic account
    are each company's own, and those of the item above where there is none.
    """

    _name = "funnel.cost.item"
    _description = "Cost Item"
    _parent_store = True
    _check_company_auto = True
    _order = "sequence, id"
    _rec_name = "complete_name"
    _rec_names_search = ["name", "parent_id.name"]

    name = fields.Char(required=True, translate=True)
    complete_name = fields.Char(compute="_compute_complete_name", recursive=True)
    parent_id = fields.Many2one(
        "funnel.cost.item", string="Belongs to", index=True, ondelete="restrict"
    )
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many("funnel.cost.item", "parent_id", string="Sub-items")
    sequence = fields.Integer(default=1000)
    active = fields.Boolean(default=True)
    account_id = fields.Many2one(
        "account.account",
        string="Expense Account",
        company_dependent=True,
        check_company=True,
        domain="[('internal_group', '=', 'expense')]",
        help="Empty: that of the item above it, else the company's default expense"
        " account. An account that is one item's alone also tells the cost report what"
        " was booked to it without an item.",
    )
    tax_id = fields.Many2one(
        "account.tax",
        string="Purchase Tax",
        company_dependent=True,
        check_company=True,
        domain="[('type_tax_use', '=', 'purchase')]",
        help="Empty: that of the item above it, else none.",
    )
    analytic_account_id = fields.Many2one(
        "account.analytic.account",
        company_dependent=True,
        check_company=True,
        help="Empty: that of the item above it, else none.",
    )

    @api.depends("name", "parent_id.complete_name")
    @api.depends_context("lang")
    def _compute_complete_name(self):
        for item in self:
            parent = item.parent_id.complete_name
            item.complete_name = f"{parent} / {item.name}" if parent else item.name

    @api.constrains("parent_id")
    def _check_parent_id(self):
        if self._has_cycle():
            raise ValidationError(self.env._("An item does not belong to itself."))

    # ------------------------------------------------------------------
    # What a company has for it
    # ------------------------------------------------------------------

    def _get_account(self, company):
        """Return the expense account of the item in a company.

        :raise UserError: there is none
        """
        self.ensure_one()
        account = self._get_of_company("account_id", company)
        for holder in self._get_holders(company):
            # sudo: a branch posts to the accounts of its company.
            account = account or holder.sudo().expense_account_id
        if not account:
            raise UserError(
                self.env._(
                    "%(item)s has no expense account in %(company)s, and the company has"
                    " no default one.",
                    item=self.complete_name,
                    company=company.name,
                )
            )
        return account.with_env(self.env)

    def _get_tax(self, company):
        return self._get_of_company("tax_id", company)

    def _get_analytic_account(self, company):
        return self._get_of_company("analytic_account_id", company)

    def _get_of_company(self, fname, company):
        """Return what the item, or the nearest item above it, has in the company."""
        # sudo: as in _get_holders.
        item, holders = self.sudo(), self._get_holders(company)
        while item:
            for holder in holders:
                value = item.with_company(holder)[fname]
                if value:
                    return value.with_env(self.env)
            item = item.parent_id
        return self[fname].browse()

    def _get_holders(self, company):
        """Return the company and those that it is a branch of, the nearest first."""
        # sudo: who works in a branch need not work in the company above it.
        return company.sudo().parent_ids[::-1]
