from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL
from odoo.tools.sql import drop_index

# What a journal item says of the money that its entry moved, and whose it was.
TOLD_BY_LINES = {
    "account_id",
    "amount_currency",
    "balance",
    "credit",
    "debit",
    "move_id",
    "partner_id",
    "product_id",
    "purchase_line_id",
    "sale_line_ids",
}
# Numbers of what made an item.
NUMBERS = ("payroll_line_id", "running_cost_id")


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    # No index where only the deletion of an item or a team would look for it: each one
    # costs whoever writes a journal item, and the planning of all that reads some.
    cost_item_id = fields.Many2one(
        "funnel.cost.item",
        ondelete="restrict",
        help="What the money was spent on, for the cost report.",
    )
    cost_user_id = fields.Many2one(
        "res.users",
        string="Cost of",
        index="btree_not_null",
        domain="[('share', '=', False)]",
        help="Whose cost it is: he or she sees it in the cost report.",
    )
    cost_team_id = fields.Many2one(
        "crm.team",
        string="Cost of Team",
        check_company=True,
        help="Whose cost it is, where it is no single salesperson's.",
    )
    # Numbers, and no references: for each draft that is deleted, PostgreSQL would look
    # for it among all journal items.
    # Copied, so that the lines of a credit note have their tax in the price as well.
    running_cost_id = fields.Integer(readonly=True, aggregator=None)
    # Copied, so that what takes it back is the same employee's.
    payroll_line_id = fields.Integer("Pay of", readonly=True, aggregator=None)

    def _auto_init(self):
        result = super()._auto_init()
        # They were references: what is copied as none would be refused.
        for name in NUMBERS:
            key = SQL.identifier(f"{self._table}_{name}_fkey")
            self.env.cr.execute(
                SQL(
                    "ALTER TABLE %s DROP CONSTRAINT IF EXISTS %s",
                    SQL.identifier(self._table),
                    key,
                )
            )
            drop_index(self.env.cr, f"{self._table}__{name}_index", self._table)
        return result

    @api.model
    def default_get(self, fnames):
        values = super().default_get(fnames)
        values.pop("payroll_line_id", None)  # nobody says it but the payroll
        return values

    @api.model
    def _check_payroll_lines(self, ids):
        """Let the payroll alone say whose pay a journal item is, and whoever takes back
        or copies an entry that he or she reads.

        :raise AccessError: the user reads no journal item of it
        """
        known = self.search([("payroll_line_id", "in", list(ids))])
        if set(ids) - set(known.mapped("payroll_line_id")):
            raise AccessError(
                self.env._("What follows from the entries is not written by hand.")
            )

    # Statements and corrections change the items of entries that are posted.

    @api.model_create_multi
    def create(self, vals_list):
        given = {vals.get("payroll_line_id") for vals in vals_list} - {None, False}
        if given and not self.env.su:
            self._check_payroll_lines(given)
        lines = super().create(vals_list)
        lines._get_posted()._touch_allocation()
        return lines

    def write(self, vals):
        if "payroll_line_id" in vals and not self.env.su:
            raise AccessError(
                self.env._("What follows from the entries is not written by hand.")
            )
        result = super().write(vals)
        if not TOLD_BY_LINES.isdisjoint(vals):
            posted = self._get_posted()
            posted._touch_allocation()
            if "account_id" in vals:  # one that is not reconciled, maybe
                posted._get_receipts().modified(["item_id"])
        return result

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        for vals in vals_list:
            for name in NUMBERS:
                if not vals.get(name):
                    vals.pop(name, None)  # none, as in what it is copied from
        return vals_list

    def unlink(self):
        if not self:  # Odoo asks for it whenever an entry changes
            return super().unlink()
        posted = self._get_posted()
        result = super().unlink()
        posted._touch_allocation()
        return result

    def _get_posted(self):
        return self.move_id.filtered(lambda move: move.state == "posted")

    @api.onchange("cost_item_id")
    def _onchange_cost_item_id(self):
        """Book the line as the company books the item, if it has said how."""
        for line in self.filtered("cost_item_id"):
            company = line.company_id or self.env.company
            item = line.cost_item_id
            line.account_id = item._get_of_company("account_id", company) or (
                line.account_id
            )
            line.tax_ids = item._get_tax(company) or line.tax_ids
