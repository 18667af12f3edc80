import operator
from functools import partial
from typing import Any

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools.misc import format_date

# Those who read the aging.
AGING_GROUPS = ",".join(
    f"crm_sales_funnel.group_funnel_{role}"
    for role in ("salesperson", "order_desk", "finance", "purchasing")
)
# Those who read what customers owe.
DEBT_GROUPS = ",".join(
    f"crm_sales_funnel.group_funnel_{role}"
    for role in ("salesperson", "order_desk", "finance")
)
# Those who read what all customers are granted: a salesperson reads it of his own in
# the report of what they owe.
TERM_GROUPS = ",".join(
    f"crm_sales_funnel.group_funnel_{role}"
    for role in ("order_desk", "finance", "manager")
)
# Field -> what of the report it is.
DEBTS = {
    "receivable_total": "total:sum_currency",
    "receivable_uninvoiced": "uninvoiced:sum_currency",
    "receivable_overdue": "overdue:sum_currency",
    "receivable_share": "share:sum",
    "oldest_overdue_days": "oldest_overdue_days:max",
    "oldest_debt_days": "oldest_debt_days:max",
}
# Fetched together, and not by whoever reads a name.
TERMS = "terms"
# Of a share, as percents are shown.
SHARE_DIGITS = 4
COMPARISONS = {"<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge}


def _compare(comparison, limit, figure):
    return comparison(figure, limit)


def _matches(comparison, value):
    """Return a function that tells whether a figure meets a condition; None when
    figures are not compared so."""
    if comparison == "in":
        return value.__contains__
    if comparison in COMPARISONS:
        return partial(_compare, COMPARISONS[comparison], value)
    return None


def _debt(kind, *args, fname, **attributes):
    """Return a field of what the customer owes now, to be searched as well."""
    return kind(
        *args,
        compute="_compute_receivable_share"
        if fname == "receivable_share"
        else "_compute_receivables",
        search=lambda self, *condition: self._search_debt(fname, *condition),
        groups=DEBT_GROUPS,
        **attributes,
    )


class ResPartner(models.Model):
    _inherit = "res.partner"

    last_receipt_date = fields.Date(
        "Last Receipt",
        compute="_compute_last_receipt_date",
        groups=AGING_GROUPS,
        help="Date of the last payment received from this customer.",
    )

    receivable_total = _debt(
        fields.Monetary,
        "Owes",
        fname="receivable_total",
        help="Open items of the general ledger, and what is delivered and not invoiced.",
    )
    receivable_uninvoiced = _debt(
        fields.Monetary, "Delivered, Not Invoiced", fname="receivable_uninvoiced"
    )
    receivable_overdue = _debt(
        fields.Monetary,
        "Overdue",
        fname="receivable_overdue",
        help="Invoices past their due date; credits are not deducted.",
    )
    receivable_share = _debt(
        fields.Float,
        "Share of Receivables",
        fname="receivable_share",
        help="Share in what all customers owe together that you may see.",
    )
    oldest_overdue_days = _debt(
        fields.Integer, "Oldest Overdue (days)", fname="oldest_overdue_days"
    )
    oldest_debt_days = _debt(
        fields.Integer,
        "Oldest Debt (days)",
        fname="oldest_debt_days",
        help="Days since the invoice or the delivery.",
    )
    average_payment_delay = fields.Float(
        "Average Payment Delay (days)",
        digits=(16, 1),
        compute="_compute_average_payment_delay",
        search="_search_average_payment_delay",
        groups=DEBT_GROUPS,
        help="Days from the due date to the payment of the invoices of the last 12 "
        "months, weighted by the amount paid; negative when they were paid before.",
    )
    overdue_limit = fields.Float(
        company_dependent=True,
        prefetch=TERMS,
        groups=TERM_GROUPS,
        help="How much may be overdue; 0 is no limit.",
    )
    max_debt_age = fields.Integer(
        "Oldest Debt Allowed (days)",
        company_dependent=True,
        prefetch=TERMS,
        groups=TERM_GROUPS,
        help="How old a debt may become, counted from the invoice or the delivery; 0 is"
        " no limit.",
    )

    followup_policy_id = fields.Many2one(
        "funnel.followup.policy",
        string="Follow-up Policy",
        company_dependent=True,
        prefetch=TERMS,
        groups=TERM_GROUPS,
        help="How the customer is followed up when he does not pay. Empty: by the first"
        " policy of the company.",
    )
    followup_count = fields.Integer(
        "Follow-ups", compute="_compute_followup_count", groups=DEBT_GROUPS
    )

    def write(self, vals):
        result = super().write(vals)
        if "user_id" in vals:
            self.env["funnel.followup.line"]._hand_over(self)
        return result

    @api.depends_context("allowed_company_ids", "uid")
    def _compute_followup_count(self):
        counts = dict(
            self.env["funnel.followup.line"]._read_group(
                [
                    ("partner_id", "in", self.commercial_partner_id.ids),
                    ("state", "in", ("todo", "done")),
                ],
                ["partner_id"],
                ["__count"],
            )
        )
        for partner in self:
            partner.followup_count = counts.get(partner.commercial_partner_id, 0)

    @api.depends_context("allowed_company_ids", "uid")
    def _compute_receivables(self):
        names = [name for name in DEBTS if name != "receivable_share"]
        rows = self._read_debts(names)
        for partner in self:
            values = rows.get(partner.commercial_partner_id, [0] * len(names))
            partner.update(dict(zip(names, values, strict=True)))

    @api.depends_context("allowed_company_ids", "uid")
    def _compute_receivable_share(self):
        # By itself: what all others owe is read for it.
        shares = self._read_debts(["receivable_share"], [])
        for partner in self:
            (share,) = shares.get(partner.commercial_partner_id, [0.0])
            partner.receivable_share = share or 0.0

    def _read_debts(self, names, domain=None):
        """Return customer -> values of fields, of those who owe anything."""
        if domain is None:
            domain = [("partner_id", "in", self.commercial_partner_id.ids)]
        rows = self.env["funnel.receivable.report"]._read_group(
            domain, ["partner_id"], [DEBTS[name] for name in names]
        )
        return {customer: values for customer, *values in rows}

    @api.model
    def _search_debt(self, fname, comparison, value):
        """Return the contacts of customers of whom the figure is so; who owes nothing
        has none."""
        matches = _matches(comparison, value)
        if not matches:
            return NotImplemented
        figures = self._read_debts([fname], [])
        # As exact as it is shown; amounts and days are so anyhow.
        if fname == "receivable_share":
            figures = {
                customer: [round(share or 0, SHARE_DIGITS)]
                for customer, (share,) in figures.items()
            }
        found = {
            customer.id
            for customer, (figure,) in figures.items()
            if matches(figure or 0)
        }
        if not matches(0):
            return Domain("commercial_partner_id", "in", found)
        others = {customer.id for customer in figures} - found
        return Domain("commercial_partner_id", "not in", others)

    @api.depends_context("allowed_company_ids", "uid")
    def _compute_average_payment_delay(self):
        delays = self._read_payment_delays(
            [("partner_id", "in", self.commercial_partner_id.ids)]
        )
        for partner in self:
            days = delays.get(partner.commercial_partner_id)
            partner.average_payment_delay = days or 0.0

    @api.model
    def _read_payment_delays(self, domain):
        """Return customer -> days, of those who paid anything."""
        return dict(
            self.env["funnel.payment.delay"]._read_group(
                domain, ["partner_id"], ["days:avg"]
            )
        )

    @api.model
    def _asset_difference_search(self, account_type, operator, operand):
        """Odoo lets everybody search for what it lets few read.

        :raise AccessError: the user may not read it
        """
        fname = "credit" if account_type == "asset_receivable" else "debit"
        self._check_field_access(self._fields[fname], "read")
        return super()._asset_difference_search(account_type, operator, operand)

    @api.model
    def _search_average_payment_delay(self, comparison, value):
        """Return the contacts of customers who pay so late; who has not paid anything
        is neither late nor early."""
        matches = _matches(comparison, value)
        if not matches:
            return NotImplemented
        # As exact as it is shown.
        found = {
            customer.id
            for customer, days in self._read_payment_delays([]).items()
            if matches(round(days or 0.0, 1))
        }
        return Domain("commercial_partner_id", "in", found)

    @api.readonly
    def action_open_payment_delays(self):
        """Return the payments that the customer's average delay consists of."""
        self.ensure_one()
        self.check_access("read")
        actions = self.env["ir.actions.act_window"]
        return {
            **actions._for_xml_id("crm_sales_funnel.funnel_payment_delay_action"),
            "domain": [("partner_id", "=", self.commercial_partner_id.id)],
            "context": {"group_by": ["partner_id"]},
        }

    def action_take_promise(self):
        """Return the dialog that takes a promise of what is due of the customer."""
        self.ensure_one()
        customer = self.commercial_partner_id
        person = {"contact_id": self.id} if self != customer else {}
        return self.env["funnel.payment.promise"]._open_dialog(
            partner_id=customer.id, **person
        )

    def action_dispute(self):
        """Return the dialog that notes a dispute of one of the customer's invoices."""
        self.ensure_one()
        return self.env["funnel.invoice.dispute"]._open_dialog(
            partner_id=self.commercial_partner_id.id
        )

    @api.depends_context("as_of", "allowed_company_ids")
    def _compute_last_receipt_date(self):
        # sudo: a salesperson may know when the customer last paid, but has no
        # access to payments.
        payments = self.env["account.payment"].sudo()
        customers = self.commercial_partner_id
        rows = payments._read_group(
            [
                ("partner_id.commercial_partner_id", "in", customers.ids),
                ("company_id", "in", self.env.companies.ids),
                ("payment_type", "=", "inbound"),
                ("state", "in", ("in_process", "paid")),
                ("date", "<=", self.env["funnel.aging.report"]._as_of()),
            ],
            ["partner_id"],
            ["date:max"],
        )
        latest = {}
        for payer, date in rows:
            customer = payer.commercial_partner_id.id
            latest[customer] = max(date, latest.get(customer, date))
        for partner in self:
            partner.last_receipt_date = latest.get(partner.commercial_partner_id.id)

    @api.readonly
    def action_open_vendor_statement(self) -> dict[str, Any]:
        """Return the journal items of the vendor's payable accounts up to the date of
        the aging, with the balance after each: that of the last one is what the aging
        says is owed.

        :raise AccessError: for users who may not read all of them, to whom the balance
            would tell something else
        """
        self.ensure_one()
        if not self.env.user.has_group("account.group_account_readonly"):
            raise AccessError(self.env._("You may not open journal items."))
        vendor = self.commercial_partner_id
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_sales_funnel.vendor_statement_action"
        )
        as_of = self.env["funnel.payable.aging"]._as_of()
        return {
            **action,
            "display_name": self.env._(
                "Vendor Statement of %(vendor)s, as of %(date)s",
                vendor=vendor.display_name,
                date=format_date(self.env, as_of),
            ),
            "domain": [
                ("partner_id.commercial_partner_id", "=", vendor.id),
                ("account_id.account_type", "=", "liability_payable"),
                ("account_id.non_trade", "=", False),
                ("company_id", "in", self.env.companies.ids),
                ("parent_state", "=", "posted"),
                ("date", "<=", str(as_of)),
            ],
        }
