from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL
from odoo.tools.sql import column_exists

# How an item of pay enters the payroll.
PAY_KINDS = [
    ("earning", "Paid to Employees"),
    ("withheld", "Withheld from Employees"),
    ("employer", "Paid on Top by the Company"),
]
# Of the items that came before there was a payroll.
FIRST_PAY_ITEMS = {
    "cost_item_wages": "earning",
    "cost_item_bonus": "earning",
    "cost_item_commission": "earning",
    "cost_item_social": "employer",
}
# Who reads the payables would read what each employee gets.
OPEN_TYPES = ("asset_receivable", "liability_payable")


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
    pay_kind = fields.Selection(
        PAY_KINDS,
        string="Pay Item",
        index="btree_not_null",
        help="Makes the item a column of the payroll. What is withheld, such as income"
        " tax and the employee's social insurance, is taken off the pay. What is paid on"
        " top, such as the company's social insurance, costs but is not paid to the"
        " employee.",
    )
    withheld_account_id = fields.Many2one(
        "account.account",
        string="Account to Pay It From",
        company_dependent=True,
        check_company=True,
        domain=[("account_type", "not in", (*OPEN_TYPES, "off_balance"))],
        help="Where what is withheld, or paid on top, waits until it is paid to the"
        " authority. Empty: the account of wages payable of the payroll.",
    )

    def _auto_init(self):
        is_new = not column_exists(self.env.cr, self._table, "pay_kind")
        result = super()._auto_init()
        if is_new:
            # Data that users may change is not loaded again.
            for name, kind in FIRST_PAY_ITEMS.items():
                self.env.cr.execute(
                    SQL(
                        "UPDATE funnel_cost_item SET pay_kind = %s"
                        " WHERE id = (SELECT res_id FROM ir_model_data"
                        " WHERE module = 'crm_sales_funnel' AND name = %s)",
                        kind,
                        name,
                    )
                )
        return result

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

    @api.constrains("account_id")
    def _check_account_id(self):
        for account in self.account_id:
            if account.internal_group != "expense":
                raise ValidationError(
                    self.env._(
                        "%(account)s is no expense account.",
                        account=account.display_name,
                    )
                )

    @api.constrains("withheld_account_id")
    def _check_withheld_account_id(self):
        if any(item.withheld_account_id.account_type in OPEN_TYPES for item in self):
            raise ValidationError(
                self.env._("Pay is not booked to accounts of customers or vendors.")
            )

    @api.constrains("parent_id", "pay_kind")
    def _check_costs_of_persons(self):
        """Costs that were entered before do not become somebody's pay by the item."""
        domain = [
            ("item_id", "child_of", self.ids),
            "|",
            ("user_id", "!=", False),
            ("partner_id", "!=", False),
        ]
        for name in ("funnel.running.cost", "funnel.recurring.cost"):
            # sudo: whoever has entered it, in whichever company.
            costs = self.env[name].sudo().with_context(active_test=False)
            costs.search(domain)._check_no_pay_of_a_person()

    def write(self, vals):
        if {"pay_kind", "parent_id"}.isdisjoint(vals):
            return super().write(vals)
        if "pay_kind" in vals:
            self._check_pay_kind(vals["pay_kind"])
        below = self.with_context(active_test=False).search(
            [("id", "child_of", self.ids)]
        )
        before = below._filter_pay()
        result = super().write(vals)
        after = below._filter_pay()
        ((before - after) | (after - before))._check_not_booked()
        return result

    def _check_pay_kind(self, kind):
        """Refuse to make pay out of what was withheld, after it was entered."""
        changed = self.filtered(lambda item: (item.pay_kind or False) != kind)
        # sudo: whoever has entered it, in whichever company.
        amounts = self.env["funnel.payroll.amount"].sudo()
        used = amounts.search([("item_id", "in", changed.ids)], limit=1).item_id
        if used:
            raise UserError(
                self.env._(
                    "%(item)s is in payrolls already. Archive it, and make a new item.",
                    item=used.name,
                )
            )

    def _check_not_booked(self):
        """Refuse to show to others what was booked as pay, or to hide what was not."""
        # sudo: as in _check_pay_kind.
        lines = self.env["account.move.line"].sudo()
        used = lines.search([("cost_item_id", "in", self.ids)], limit=1).cost_item_id
        if used:
            raise UserError(
                self.env._(
                    "%(item)s is in journal entries already. Archive it, and make a new"
                    " item.",
                    item=used.name,
                )
            )

    def _filter_pay(self):
        """Return those that are pay: pay items, and what belongs to them."""
        return self.filtered(lambda item: any(item._get_above().mapped("pay_kind")))

    def _get_above(self):
        """Return the item and those that it belongs to."""
        above, item = self.browse(), self
        while item - above:  # whoever asks may be about to refuse a circle
            above |= item
            item = item.parent_id
        return above

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

    def _get_withheld_account(self, company):
        """Return where what is withheld by the item waits to be paid; none where the
        company has not said. Those of the items above are for other costs."""
        self.ensure_one()
        item = self.sudo()  # sudo: as in _get_holders
        for holder in self._get_holders(company):
            account = item.with_company(holder).withheld_account_id
            if account:
                return account.with_env(self.env)
        return self.env["account.account"]

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
