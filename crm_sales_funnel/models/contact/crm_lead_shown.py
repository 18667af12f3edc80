"""Last and next contact as the form of a lead shows them."""

from odoo import api, fields, models

from .funnel_contact_mixin import CONTACT_GROUPS


class CrmLead(models.Model):
    """The form of a lead shows beside its own next contact, which it edits, what else is
    planned with its customer."""

    _inherit = "crm.lead"

    shown_last_date = fields.Datetime(
        "Last Contact with the Lead or Customer",
        compute="_compute_shown_dates",
        groups="base.group_user",
    )
    shown_last_summary = fields.Char(
        "What Was Said Last to the Lead or Customer",
        compute="_compute_shown_reasons",
        groups=CONTACT_GROUPS,
    )
    shown_next_date = fields.Date(
        "Next Contact with the Customer",
        compute="_compute_shown_dates",
        groups="base.group_user",
        help="What is planned with the customer, or with another lead of it.",
    )
    shown_next_user_id = fields.Many2one(
        "res.users",
        "Next Contact with the Customer by",
        compute="_compute_shown_dates",
        groups="base.group_user",
    )
    shown_next_reason = fields.Char(
        "Why the Customer Then",
        compute="_compute_shown_reasons",
        groups=CONTACT_GROUPS,
    )

    @api.depends(
        "last_contact_date",
        "contact_customer_id.last_contact_date",
        "contact_customer_id.agreed_contact_date",
        "contact_customer_id.agreed_contact_user_id",
        "contact_customer_id.next_contact_date",
        "contact_customer_id.next_contact_user_id",
        "contact_customer_id.next_contact_lead_id",
    )
    def _compute_shown_dates(self):
        # sudo: when the customer is contacted, and by whom.
        for lead in self.sudo():
            customer = lead.partner_id.commercial_partner_id
            lead.shown_last_date = (customer or lead).last_contact_date
            if customer.next_contact_lead_id == lead._origin:
                date, user = (customer[fname] for fname in customer._agreed_fields)
            else:
                date, user = customer.next_contact_date, customer.next_contact_user_id
            lead.shown_next_date = date
            lead.shown_next_user_id = date and user

    @api.depends(
        "last_contact_id.summary",
        "contact_customer_id.last_contact_id.summary",
        "contact_customer_id.next_contact_reason",
        "shown_next_date",
    )
    @api.depends_context("uid", "allowed_company_ids", "lang", "tz")
    def _compute_shown_reasons(self):
        for lead in self:
            # sudo: why then, not what was said; that is read as the user.
            known = lead.sudo()
            customer = known.partner_id.commercial_partner_id
            newest = (customer or known).last_contact_id.with_env(self.env)
            lead.shown_last_summary = newest._get_said()
            if customer.next_contact_lead_id == lead._origin:
                lead.shown_next_reason = customer._explain_agreed()
            else:
                lead.shown_next_reason = customer._explain_next_contact(self.env)
