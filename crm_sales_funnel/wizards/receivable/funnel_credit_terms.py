from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...models.receivable.funnel_followup_policy import FURTHEST
from ...models.receivable.res_partner_terms import TERMS


def _change(label):
    return fields.Boolean(label, help="Only what is ticked is changed.")


def _term(kind, *args, **attributes):
    return kind(
        *args,
        compute="_compute_terms",
        compute_sudo=False,
        store=True,
        readonly=False,
        **attributes,
    )


class FunnelCreditTerms(models.TransientModel):
    """Asks how much customers may owe, how long, and what comes then. Of one customer,
    it shows what holds now; of several, what holds for all of them."""

    _name = "funnel.credit.terms"
    _inherit = ["funnel.finite.amounts", "funnel.own.company"]
    _description = "Credit Terms"

    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_ids = fields.Many2many("res.partner", string="Customers")
    customer_count = fields.Integer(
        "Number of Customers", compute="_compute_customer_count"
    )
    changes_credit_limit = _change("Change the Credit Limit")
    changes_overdue_limit = _change("Change the Overdue Limit")
    changes_max_debt_age = _change("Change the Oldest Debt Allowed")
    changes_followup_policy_id = _change("Change the Follow-up Policy")
    credit_limit = _term(
        fields.Monetary, help="How much may be owed altogether; 0 is no limit."
    )
    overdue_limit = _term(
        fields.Monetary, help="How much may be overdue; 0 is no limit."
    )
    max_debt_age = _term(
        fields.Integer,
        "Oldest Debt Allowed (days)",
        help="How old a debt may become, counted from the invoice or the delivery; 0 is"
        " no limit.",
    )
    followup_policy_id = _term(
        fields.Many2one,
        "funnel.followup.policy",
        string="Follow-up Policy",
        domain="[('company_id', 'in', (False, company_id))]",
        help="How the customer is followed up when he does not pay. Empty: by the first"
        " policy of the company.",
    )

    @api.model
    def default_get(self, fnames):
        values = super().default_get(fnames)
        context = self.env.context
        if context.get("active_model") == "res.partner" and "partner_ids" in fnames:
            partners = self.env["res.partner"].browse(context.get("active_ids", []))
            values["partner_ids"] = [(6, 0, partners.commercial_partner_id.ids)]
        return values

    @api.depends("partner_ids")
    def _compute_customer_count(self):
        for dialog in self:
            dialog.customer_count = len(dialog._get_customers())

    @api.depends("partner_ids", "company_id")
    def _compute_terms(self):
        for dialog in self:
            dialog.update(dialog._get_common_terms())

    def _get_customers(self):
        return self.partner_ids._origin.commercial_partner_id

    def _get_common_terms(self):
        """Return the terms that hold for all of the customers; of others, no value."""
        self._check_own_company(self.company_id.id)
        customers = self._get_customers()._filtered_access("read")
        partners = self.env["res.partner"]
        partners._check_may_decide()
        # sudo: who decides the terms may know them.
        found = customers.sudo().with_company(self.company_id)
        common = {}
        for name in TERMS:
            values = {customer[name] for customer in found}
            common[name] = values.pop() if len(values) == 1 else False
        return common

    @api.onchange(*TERMS)
    def _onchange_terms(self):
        """Tick what differs from what holds now."""
        for name, value in self._get_common_terms().items():
            if (self[name] or False) != (value or False):
                self[f"changes_{name}"] = True

    @api.constrains(
        "credit_limit", "overdue_limit", "max_debt_age", "changes_max_debt_age"
    )
    def _check_terms(self):
        for dialog in self:
            self.env["res.partner"]._check_terms(dialog._get_terms(TERMS))
            if dialog.credit_limit < 0:
                raise ValidationError(
                    self.env["res.partner"]._get_no_limit("credit_limit")
                )
            if dialog.changes_max_debt_age and dialog.max_debt_age > FURTHEST:
                raise ValidationError(
                    self.env._(
                        "A debt may be at most %(days)s days old; 0 is no limit.",
                        days=FURTHEST,
                    )
                )

    @api.constrains("followup_policy_id", "company_id")
    def _check_policy(self):
        for dialog in self:
            policy = dialog.followup_policy_id
            if policy.company_id and policy.company_id != dialog.company_id:
                raise ValidationError(
                    self.env._(
                        "%(policy)s is a policy of another company.", policy=policy.name
                    )
                )

    def _get_terms(self, names):
        """Return field -> value, as for ``write``."""
        return {
            name: self._fields[name].convert_to_write(self[name], self)
            for name in names
        }

    def action_apply(self):
        """Write what is ticked, in the company."""
        self.ensure_one()
        customers = self._get_customers()
        terms = self._get_terms(name for name in TERMS if self[f"changes_{name}"])
        if not customers or not terms:
            raise UserError(self.env._("Nothing is changed."))
        customers._set_credit_terms(self.company_id, terms)
        return {"type": "ir.actions.client", "tag": "soft_reload"}
