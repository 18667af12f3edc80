from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

MONEY_JOURNALS = ("bank", "cash", "credit")


class FunnelCostTerms(models.AbstractModel):
    """What a cost is for, how much it is, whose it is, and how it is paid: what a
    running cost and a recurring one have in common."""

    _name = "funnel.cost.terms"
    _description = "Terms of a Cost"
    _inherit = [
        "funnel.fixed.fields",
        "funnel.finite.amounts",
        "funnel.own.company",
        "funnel.usual.dates",
        "mail.thread",
    ]
    _check_company_auto = True

    item_id = fields.Many2one(
        "funnel.cost.item",
        string="Cost Item",
        required=True,
        index=True,
        ondelete="restrict",
        tracking=True,
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        compute="_compute_currency_id",
        store=True,
        readonly=False,
        precompute=True,
    )
    amount = fields.Monetary(
        "Amount, Tax Included",
        required=True,
        tracking=True,
        help="What is paid in all.",
    )
    tax_id = fields.Many2one(
        "account.tax",
        compute="_compute_tax_id",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        domain="[('type_tax_use', '=', 'purchase')]",
        help="The tax that is in the amount, if it may be deducted.",
    )
    amount_tax = fields.Monetary("Tax in It", compute="_compute_amount_tax")
    settlement = fields.Selection(
        [("paid", "Paid"), ("owed", "To Pay Later")],
        required=True,
        default="paid",
        help="Paid: a purchase receipt and its payment are posted. To pay later: a bill"
        " of the vendor is posted.",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Vendor",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    journal_id = fields.Many2one(
        "account.journal",
        string="Paid From",
        compute="_compute_journal_id",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        domain=[("type", "in", MONEY_JOURNALS)],
    )
    payment_method_line_id = fields.Many2one(
        "account.payment.method.line",
        string="Method",
        compute="_compute_payment_method_line_id",
        store=True,
        readonly=False,
        precompute=True,
        domain="[('journal_id', '=', journal_id), ('payment_type', '=', 'outbound')]",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Cost of",
        check_company=True,
        index="btree_not_null",
        domain="[('share', '=', False)]",
        tracking=True,
        help="Whose cost it is: he or she sees it in the cost report.",
    )
    team_id = fields.Many2one(
        "crm.team",
        string="Cost of Team",
        check_company=True,
        index="btree_not_null",
        help="Whose cost it is, where it is no single salesperson's.",
    )
    note = fields.Char(help="Stands on the entry, after the name of the item.")

    _some_amount = models.Constraint(
        "CHECK (amount > 0)", "The amount of a cost is above zero."
    )

    # ------------------------------------------------------------------
    # What is filled in
    # ------------------------------------------------------------------

    @api.depends("company_id", "journal_id")
    def _compute_currency_id(self):
        for cost in self:
            cost.currency_id = (
                cost.journal_id.currency_id or cost.company_id.currency_id
            )

    @api.depends("item_id", "company_id")
    def _compute_tax_id(self):
        for cost in self:
            item = cost.item_id
            cost.tax_id = item._get_tax(cost.company_id) if item else False

    @api.depends("amount", "tax_id", "currency_id")
    def _compute_amount_tax(self):
        for cost in self:
            taxes = cost.tax_id.with_context(force_price_include=True).compute_all(
                cost.amount, cost.currency_id, partner=cost.partner_id
            )
            cost.amount_tax = taxes["total_included"] - taxes["total_excluded"]

    @api.depends("company_id", "settlement")
    def _compute_journal_id(self):
        """Pay from where the user paid last, else from the cash box."""
        paid = self.filtered(lambda cost: cost.settlement == "paid")
        (self - paid).journal_id = False
        for company, costs in paid.grouped("company_id").items():
            # sudo: who works in a branch need not work in the company above it.
            holders = company.sudo().parent_ids
            foreign = costs.filtered(
                lambda cost, holders=holders: cost.journal_id.company_id not in holders
            )
            if foreign:
                foreign.journal_id = self._get_usual_journal(company)

    @api.model
    def _get_usual_journal(self, company):
        last = self.search(
            [
                ("create_uid", "=", self.env.uid),
                ("company_id", "=", company.id),
                ("journal_id.active", "=", True),
            ],
            order="id desc",
            limit=1,
        )
        journals = self.env["account.journal"]
        domain = Domain(journals._check_company_domain(company))
        return (
            last.journal_id
            or journals.search(domain & Domain("type", "=", "cash"), limit=1)
            or journals.search(domain & Domain("type", "in", MONEY_JOURNALS), limit=1)
        )

    @api.depends("journal_id")
    def _compute_payment_method_line_id(self):
        for cost in self:
            methods = cost.journal_id.outbound_payment_method_line_ids
            if cost.payment_method_line_id not in methods:
                cost.payment_method_line_id = methods[:1]._origin

    # ------------------------------------------------------------------
    # What fits together
    # ------------------------------------------------------------------

    @api.constrains("settlement", "partner_id", "journal_id", "payment_method_line_id")
    def _check_settlement(self):
        for cost in self:
            if cost.settlement == "owed" and not cost.partner_id:
                raise ValidationError(self.env._("Say which vendor is to be paid."))
            if cost.settlement == "owed":
                continue
            if cost.journal_id.type not in MONEY_JOURNALS:
                raise ValidationError(self.env._("Say from where it was paid."))
            methods = cost.journal_id.outbound_payment_method_line_ids
            if cost.payment_method_line_id not in methods:
                raise ValidationError(
                    self.env._(
                        "Choose a method by which %(journal)s pays.",
                        journal=cost.journal_id.name,
                    )
                )

    @api.constrains("item_id", "partner_id", "user_id")
    def _check_no_pay_of_a_person(self):
        """Refuse what is somebody's pay: who reads the bills would read it, and so
        would those who read their payments, files and analytic items."""
        pay = self.item_id._filter_pay()
        costs = self.filtered(lambda cost: cost.item_id in pay)
        if costs.user_id or costs.partner_id._filter_employees():
            raise ValidationError(
                self.env._(
                    "Pay of a person is entered in Payroll Entry, where nobody else"
                    " reads it."
                )
            )

    @api.constrains("user_id", "team_id")
    def _check_whose(self):
        if any(cost.user_id and cost.team_id for cost in self):
            raise ValidationError(
                self.env._("A cost is a salesperson's or a team's, not both.")
            )

    @api.constrains("tax_id")
    def _check_tax_id(self):
        if any(cost.tax_id.type_tax_use not in (False, "purchase") for cost in self):
            raise ValidationError(self.env._("Choose a tax on purchases."))
