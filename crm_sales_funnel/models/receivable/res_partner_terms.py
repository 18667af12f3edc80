from markupsafe import Markup

from odoo import api, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..base.finite_amounts import check_amounts
from .res_partner_credit import DECIDED

# How much a customer may owe to a company, how long, and what comes then.
TERMS = ("credit_limit", *DECIDED)


class ResPartner(models.Model):
    """The credit terms of a customer, which Finance decides: it need not be allowed to
    change anything else of him."""

    _inherit = "res.partner"

    @api.model
    def _check_terms(self, values):
        """:raise ValidationError: these are no terms"""
        terms = {name: values[name] for name in TERMS if name in values}
        check_amounts(self, terms)
        for name in ("overdue_limit", "max_debt_age"):
            if float(terms.get(name) or 0) < 0:
                raise ValidationError(self._get_no_limit(name))

    @api.model
    def _get_no_limit(self, name) -> str:
        # sudo: the name of a field.
        label = self.sudo().fields_get([name], ["string"])[name]["string"]
        return self.env._(
            "%(field)s cannot be negative; 0 is no limit.",
            field=label,
        )

    @api.model
    def _check_may_decide(self):
        """:raise AccessError: for users who do not decide what a customer may owe"""
        if not self._may_set_limits():
            raise AccessError(
                self.env._("Finance and managers decide the credit terms of customers.")
            )

    def _open_credit_terms(self, companies):
        """Return the dialog that changes the terms of the customers in a company.

        :param companies: of what the user has chosen
        :raise UserError: they are more than one
        """
        self._check_may_decide()
        if len(companies) > 1:
            raise UserError(self.env._("Choose customers of one company."))
        actions = self.env["ir.actions.act_window"]
        return {
            **actions._for_xml_id("crm_sales_funnel.funnel_credit_terms_action"),
            "context": {
                "default_partner_ids": self.ids,
                "default_company_id": companies.id,
            },
        }

    def _set_credit_terms(self, company, terms):
        """Write the terms of customers in a company, for who may decide them, and note
        what was changed.

        :param terms: field of ``TERMS`` -> value
        :return: the customers of whom anything was changed
        """
        self._check_may_decide()
        self.check_access("read")
        company.check_access("read")
        # sudo: Finance does not write customers; these fields alone are written here.
        customers = self.sudo().with_company(company)
        before = {
            customer: {
                name: customer[name]
                for name, value in terms.items()
                if self._fields[name].convert_to_write(customer[name], customer)
                != value
            }
            for customer in customers
        }
        changed = customers.filtered(lambda customer: before[customer])
        changed.write(terms)
        changed._note_terms(company, before)
        return changed

    def _note_terms(self, company, before):
        """Note who changed which terms, from what to what. All who read the customer
        read the note; the figures are for those who may read the fields.

        :param before: customer -> field -> value
        """
        if not self:
            return
        text = self.env._("Credit terms changed, %(company)s", company=company.name)
        bodies = dict.fromkeys(self.ids, Markup("<p>%s</p>") % text)
        messages = self._message_log_batch(bodies=bodies)
        messages.record_company_id = company
        labels = self.fields_get(TERMS, ["string", "type"])
        values = self.env["mail.tracking.value"]
        values.create(
            [
                {
                    **values._create_tracking_values(
                        old, customer[name], name, labels[name], customer
                    ),
                    "mail_message_id": message.id,
                }
                for customer, message in zip(self, messages, strict=True)
                for name, old in before[customer].items()
            ]
        )
