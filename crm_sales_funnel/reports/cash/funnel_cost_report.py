from typing import Any

from odoo import api, fields, models
from odoo.tools import SQL


class FunnelCostReport(models.Model):
    """Every posted item of the expense accounts, whatever document made it: one row
    each, so the rows add up to these accounts.

    The cost item is that of the journal item, else the one item whose account it is in
    the company, if it is one item's alone. The category is the top of its tree.

    Pay is what has an item of pay, and what is booked to an account that such an item
    has: archived or not, alone or with other items, its own or that of the item above.
    Where other costs have the account as well, a journal item with an item of these is
    none.
    """

    _name = "funnel.cost.report"
    _description = "Cost Analysis"
    _auto = False
    _rec_name = "label"
    _order = "date desc, id desc"

    date = fields.Date(readonly=True)
    category_id = fields.Many2one("funnel.cost.item", readonly=True)
    item_id = fields.Many2one("funnel.cost.item", string="Cost Item", readonly=True)
    account_id = fields.Many2one("account.account", readonly=True)
    account_type = fields.Selection(
        lambda self: (
            self.env["account.account"]
            ._fields["account_type"]
            ._description_selection(self.env)
        ),
        readonly=True,
    )
    is_goods = fields.Boolean(
        "Goods",
        readonly=True,
        help="What goods cost that are bought to be sold: it has no cost item, and is"
        " booked with a product or to the cost of revenue.",
    )
    is_pay = fields.Boolean(
        "Salary",
        readonly=True,
        help="What somebody earns, and what the company pays on top: read by him or her,"
        " by managers and by Finance.",
    )
    payroll_line_id = fields.Many2one(
        "funnel.payroll.line", string="Pay of", readonly=True
    )
    user_id = fields.Many2one("res.users", string="Cost of", readonly=True)
    team_id = fields.Many2one(
        "crm.team",
        string="Sales Team",
        readonly=True,
        help="Sales team of the one whose cost it is, or that whose own it is.",
    )
    partner_id = fields.Many2one("res.partner", string="Vendor", readonly=True)
    label = fields.Char("Description", readonly=True)
    move_id = fields.Many2one("account.move", string="Journal Entry", readonly=True)
    move_line_id = fields.Many2one(
        "account.move.line", string="Journal Item", readonly=True
    )
    journal_id = fields.Many2one("account.journal", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    company_currency_id = fields.Many2one("res.currency", readonly=True)
    amount = fields.Monetary(
        currency_field="company_currency_id",
        readonly=True,
        help="Without the tax that is deducted. Negative where a cost was taken back.",
    )

    _depends = {
        "account.account": ["account_type"],
        "account.move.line": [
            "account_id",
            "balance",
            "company_id",
            "cost_item_id",
            "cost_team_id",
            "cost_user_id",
            "date",
            "journal_id",
            "move_id",
            "name",
            "parent_state",
            "partner_id",
            "payroll_line_id",
            "product_id",
        ],
        "funnel.cost.item": ["account_id", "active", "parent_path", "pay_kind"],
        "product.product": ["product_tmpl_id"],
        "product.template": ["type"],
        "res.company": ["currency_id", "parent_path"],
        "res.partner": ["commercial_partner_id"],
        "res.users": ["sale_team_id"],
    }

    @property
    def _table_query(self) -> SQL:
        return SQL(
            "SELECT %s FROM %s WHERE line.parent_state = 'posted'"
            " AND line.company_id IN %s",
            self._select(),
            self._from(),
            tuple(self.env.companies.ids),
        )

    def _select(self) -> SQL:
        return SQL(
            """
                   line.id,
                   line.id AS move_line_id,
                   line.date,
                   SPLIT_PART(item.parent_path, '/', 1)::int AS category_id,
                   item.id AS item_id,
                   line.account_id,
                   account.account_type,
                   item.id IS NULL
                       AND (account.account_type = 'expense_direct_cost'
                            OR COALESCE(template.type, '') = 'consu') AS is_goods,
                   COALESCE(line.payroll_line_id, 0) <> 0
                       OR pay.id IS NOT NULL
                       OR COALESCE(known.is_pay AND (line.cost_item_id IS NULL
                                                     OR known.is_only_pay), FALSE)
                       AS is_pay,
                   payroll_line.id AS payroll_line_id,
                   owner.id AS user_id,
                   COALESCE(line.cost_team_id, owner.sale_team_id) AS team_id,
                   contact.commercial_partner_id AS partner_id,
                   line.name AS label,
                   line.move_id,
                   line.journal_id,
                   line.company_id,
                   company.currency_id AS company_currency_id,
                   line.balance AS amount
            """
        )

    def _from(self) -> SQL:
        return SQL(
            """
                   account_move_line AS line
              JOIN account_account AS account
                ON account.id = line.account_id
               AND account.account_type IN %(types)s
              JOIN res_company AS company ON company.id = line.company_id
         LEFT JOIN (%(items_of_accounts)s) AS known
                ON known.account_id = line.account_id
               AND known.company_id = line.company_id
         LEFT JOIN funnel_cost_item AS item
                ON item.id = COALESCE(line.cost_item_id, known.item_id)
         LEFT JOIN (%(pay_items)s) AS pay ON pay.id = item.id
         LEFT JOIN funnel_payroll_line AS payroll_line
                ON payroll_line.id = line.payroll_line_id
         LEFT JOIN res_users AS owner ON owner.id = %(owner)s
         LEFT JOIN res_partner AS contact ON contact.id = line.partner_id
         LEFT JOIN product_product AS product ON product.id = line.product_id
         LEFT JOIN product_template AS template ON template.id = product.product_tmpl_id
            """,
            types=self._expense_types(),
            items_of_accounts=self._items_of_accounts(),
            pay_items=self._pay_items(),
            owner=self._owner(),
        )

    @api.model
    def _expense_types(self) -> tuple[str, ...]:
        """Return the types of the accounts that hold expenses."""
        selection = self.env["account.account"]._fields["account_type"].selection
        return tuple(kind for kind, _label in selection if kind.startswith("expense"))

    def _items_of_accounts(self) -> SQL:
        """Return of each account in a company whose it is, if it is one item's alone,
        whether an item of pay has it, and whether no other has it.
        A branch has the accounts of its company, and items those of the item above."""
        return SQL(
            """
            SELECT company.id AS company_id,
                   own.value::text::int AS account_id,
                   CASE WHEN COUNT(DISTINCT item.id) FILTER (WHERE item.active) = 1
                        THEN MIN(item.id) FILTER (WHERE item.active)
                   END AS item_id,
                   BOOL_OR(pay.id IS NOT NULL
                           OR EXISTS (SELECT
                                        FROM funnel_cost_item AS below
                                       WHERE below.pay_kind IS NOT NULL
                                         AND STARTS_WITH(below.parent_path,
                                                         item.parent_path))) AS is_pay,
                   BOOL_AND(pay.id IS NOT NULL) AS is_only_pay
              FROM funnel_cost_item AS item
        CROSS JOIN LATERAL JSONB_EACH(item.account_id) AS own
              JOIN res_company AS company
                ON own.key = ANY(STRING_TO_ARRAY(company.parent_path, '/'))
         LEFT JOIN (%s) AS pay ON pay.id = item.id
             WHERE JSONB_TYPEOF(own.value) = 'number'
               AND company.id IN %s
          GROUP BY 1, 2
            """,
            self._pay_items(),
            tuple(self.env.companies.ids),
        )

    def _owner(self) -> SQL:
        """Return whose cost a line is: where expenses are installed, also that of the
        employee who handed them in."""
        lines = self.env["account.move.line"]
        if "expense_id" not in lines._fields or "hr.expense" not in self.env:
            return SQL("line.cost_user_id")
        lines.flush_model(["expense_id"])
        self.env["hr.expense"].flush_model(["employee_id"])
        self.env["hr.employee"].flush_model(["user_id"])
        return SQL(
            """
            COALESCE(line.cost_user_id,
                     (SELECT employee.user_id
                        FROM hr_expense AS expense
                        JOIN hr_employee AS employee
                          ON employee.id = expense.employee_id
                       WHERE expense.id = line.expense_id))
            """
        )

    def _pay_items(self) -> SQL:
        """Return the items of pay, and what belongs to them."""
        return SQL(
            """
            SELECT DISTINCT below.id
              FROM funnel_cost_item AS item
              JOIN funnel_cost_item AS below
                ON STARTS_WITH(below.parent_path, item.parent_path)
             WHERE item.pay_kind IS NOT NULL
            """
        )

    @api.readonly
    def action_open_document(self) -> dict[str, Any]:
        """Return the form of what explains the row: of one's own pay, else the entry, or
        the row itself for a user who may not open the entry."""
        self.ensure_one()
        self.check_access("read")
        pay, document = self.payroll_line_id, self.move_id
        if pay and self.user_id == self.env.user and pay.has_access("read"):
            document = pay
        elif not document.has_access("read"):
            document = pay if pay and pay.has_access("read") else self
        return {
            "type": "ir.actions.act_window",
            "name": self.label or self.env._("Cost"),
            "res_model": document._name,
            "res_id": document.id,
            "views": [(False, "form")],
            "target": "current",
        }
