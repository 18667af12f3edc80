from datetime import date

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ...models.receivable.funnel_statement import KIND_HELP, KINDS
from ...tools.cutoff import cutoff_date

# So many customers between two commits: what a killed run has made stays, and the bar
# moves.
AT_ONCE = 500
EARLIEST = date(1900, 1, 1)


class FunnelStatementRun(models.TransientModel):
    """Makes the statements of all customers of a cut-off day, or of some customers."""

    _name = "funnel.statement.run"
    _inherit = "funnel.own.company"
    _description = "Make Statements"

    kind = fields.Selection(
        KINDS,
        required=True,
        default="settlement",
        help=KIND_HELP,
    )
    date_from = fields.Date(
        "From",
        compute="_compute_date_from",
        store=True,
        readonly=False,
        precompute=True,
        help="Of settlements, the first day of customers who have no statement yet.",
    )
    date_to = fields.Date(
        "To", required=True, default=lambda self: self._get_last_cutoff()
    )
    partner_ids = fields.Many2many(
        "res.partner",
        string="Customers",
        context={"active_test": False},
        help="Empty: all customers whose payment terms have this cut-off day; of open"
        " items, all who owe anything.",
    )
    customer_count = fields.Integer(
        "Number of Customers", compute="_compute_customer_count"
    )
    done_count = fields.Integer(
        "Made Already",
        compute="_compute_customer_count",
        help="Customers who have a statement up to this day, or a later one.",
    )
    last_partner_id = fields.Integer(default=0)

    @api.model
    def default_get(self, fnames):
        values = super().default_get(fnames)
        context = self.env.context
        if context.get("active_model") == "res.partner" and "partner_ids" in fnames:
            partners = self.env["res.partner"].browse(context.get("active_ids", []))
            values["partner_ids"] = partners.commercial_partner_id.ids
        return values

    @api.model
    def _get_last_cutoff(self):
        """Return the last day, today or before, that is a cut-off day of any terms."""
        # sudo: the terms of a company are read by all who work for it.
        terms = self.env["account.payment.term"].sudo()
        days = {
            day
            for (day,) in terms._read_group(
                [
                    ("cutoff_day", ">", 0),
                    ("company_id", "in", (False, self.env.company.id)),
                ],
                ["cutoff_day"],
            )
        } or {31}
        today = fields.Date.context_today(self)
        ends = {cutoff_date(today, day) for day in days}
        ends |= {cutoff_date(today, day, months=-1) for day in days}
        return max(end for end in ends if end <= today)

    @api.depends("date_to", "kind", "company_id", "partner_ids")
    def _compute_date_from(self):
        for run in self:
            if run.date_to and EARLIEST <= run.date_to < date.max:
                run.date_from = self.env["funnel.statement"]._get_first_day(
                    run.company_id,
                    run.partner_ids._origin.commercial_partner_id,
                    run.date_to,
                )

    @api.depends("kind", "company_id", "date_to", "partner_ids")
    def _compute_customer_count(self):
        statements = self.env["funnel.statement"]
        for run in self:
            customers = run._get_customers()
            run.customer_count = len(customers)
            run.done_count = 0
            if run.kind == "settlement" and run.date_to:
                _chains, done = statements._get_chains(
                    run.company_id, customers, run.date_to
                )
                run.done_count = len({key[0] for key in done})

    def _get_customers(self):
        """Return the customers, in the order in which they get their statements."""
        if self.partner_ids:
            return self.partner_ids.commercial_partner_id.sorted("id")
        if not self.date_to or self.date_to < EARLIEST or self.kind == "activity":
            return self.env["res.partner"]
        statements = self.env["funnel.statement"]
        if self.kind == "open":
            customers = statements._get_debtors(self.company_id, self.date_to)
            return customers.sorted("id")
        periods = statements._get_cutoff_customers(self.company_id, self.date_to)
        return self.env["res.partner"].union(*periods.values()).sorted("id")

    def action_make(self):
        """Make the statements; many of them with a bar that tells how far it is."""
        self.ensure_one()
        self._check()
        if self.customer_count > self._get_batch_size():
            return {
                "type": "ir.actions.client",
                "tag": "funnel_progress",
                "name": self.env._("Making Statements"),
                "target": "new",
                "params": {
                    "model": self._name,
                    "method": "make_next",
                    "ids": self.ids,
                    "total": self.customer_count,
                },
            }
        return self.make_next()["action"]

    @api.model
    def _get_batch_size(self):
        return AT_ONCE

    def _check(self):
        """Refuse what cannot be made."""
        self.env["funnel.statement"]._for_finance(self.company_id)
        if not self._get_customers():
            raise UserError(self._get_nobody())
        if self.date_to > fields.Date.context_today(self):
            raise UserError(
                self.env._("Statements are made when their last day has come.")
            )
        if not self.date_from or not EARLIEST <= self.date_from <= self.date_to:
            raise UserError(self.env._("A statement ends after it begins, not before."))

    def _get_nobody(self):
        """Return why nobody gets a statement."""
        day = fields.Date.to_string(self.date_to)
        messages = {
            "settlement": self.env._(
                "Nobody's payment terms have a cut-off day on %(day)s. Choose the"
                " customers, or another day.",
                day=day,
            ),
            "activity": self.env._("Choose the customers."),
            "open": self.env._("Nothing is open on %(day)s.", day=day),
        }
        return messages[self.kind]

    def make_next(self):
        """Make the statements of the next customers.

        :return: ``done`` and ``total`` customers, and ``action``, how to open the
            statements when all are made
        """
        self.ensure_one()
        self._check()
        customers = self._get_customers()
        rest = customers.filtered(lambda partner: partner.id > self.last_partner_id)
        some = rest[: self._get_batch_size()]
        if some:
            self._make(some)
            self.last_partner_id = some[-1].id
        left = len(rest) - len(some)
        return {
            "done": len(customers) - left,
            "total": len(customers),
            "action": False if left else self._open_statements(customers),
        }

    def _make(self, customers):
        statements = self.env["funnel.statement"]
        if self.kind == "activity":
            statements._make_activity(
                self.company_id, customers, self.date_from, self.date_to
            )
            return
        if self.kind == "open":
            statements._make_open(self.company_id, customers, self.date_to)
            return
        starts = {self.date_from: customers}
        if not self.partner_ids:
            starts = statements._get_cutoff_customers(self.company_id, self.date_to)
        for start, group in starts.items():
            if group & customers:
                statements._make(
                    self.company_id, group & customers, start, self.date_to
                )

    def _open_statements(self, customers):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_sales_funnel.funnel_statement_action"
        )
        domain = [
            ("kind", "=", self.kind),
            ("company_id", "=", self.company_id.id),
            ("date_to", "=", self.date_to),
        ]
        if self.partner_ids:
            domain.append(("partner_id", "in", customers.ids))
        statements = self.env["funnel.statement"].search(domain)
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        action |= {
            "name": f"{kinds[self.kind]}, {format_date(self.env, self.date_to)}",
            "domain": domain,
            "context": {},
            "target": "main",
        }
        if len(statements) == 1:
            action |= {"res_id": statements.id, "views": [(False, "form")]}
        return action
