"""Last and next contact as the form of a lead shows them."""

from odoo import api, fields, models

from .funnel_contact_mixin import CONTACT_GROUPS

# What the form writes -> what is planned by it.
SHOWN = {
    "shown_next_date": "next_contact_date",
    "shown_next_user_id": "next_contact_user_id",
}


class CrmLead(models.Model):
    """A lead that is a customer's shows what is planned with the customer, and plans
    it: it has no next contact of its own."""

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
        "Next Contact with the Lead or Customer",
        compute="_compute_shown_dates",
        readonly=False,  # written as what it shows
        groups="base.group_user",
    )
    shown_next_user_id = fields.Many2one(
        "res.users",
        "Next Contact with the Lead or Customer by",
        compute="_compute_shown_dates",
        readonly=False,
        domain=[("share", "=", False)],
        groups="base.group_user",
    )
    shown_next_reason = fields.Char(
        "Why Then",
        compute="_compute_shown_reasons",
        groups=CONTACT_GROUPS,
    )

    @api.depends(
        "last_contact_date",
        "next_contact_date",
        "next_contact_user_id",
        "partner_id.commercial_partner_id.last_contact_date",
        "partner_id.commercial_partner_id.next_contact_date",
        "partner_id.commercial_partner_id.next_contact_user_id",
    )
    def _compute_shown_dates(self):
        for lead in self:
            owner = lead._get_shown_owner()
            lead.shown_last_date = owner.last_contact_date
            lead.shown_next_date = owner.next_contact_date
            lead.shown_next_user_id = owner.next_contact_user_id

    @api.depends(
        "hand_contact_set_date",
        "last_contact_id.summary",
        "next_contact_date",
        "partner_id.commercial_partner_id.last_contact_id.summary",
        "partner_id.commercial_partner_id.next_contact_reason",
    )
    @api.depends_context("uid", "allowed_company_ids", "lang", "tz")
    def _compute_shown_reasons(self):
        for lead in self:
            owner = lead._get_shown_owner()
            newest = owner.last_contact_id.with_env(self.env)
            lead.shown_last_summary = newest._get_said()
            lead.shown_next_reason = (
                lead._explain_next_contact()
                if owner._name == lead._name
                else owner.next_contact_reason
            )

    @api.model_create_multi
    def create(self, vals_list):
        """The form says of a new lead what its customer has: that is nothing new."""
        leads = super().create(
            [
                {fname: value for fname, value in vals.items() if fname not in SHOWN}
                for vals in vals_list
            ]
        )
        for lead, vals in zip(leads, vals_list, strict=True):
            said = {
                fname: vals[fname]
                for fname in SHOWN.keys() & vals.keys()
                if lead._fields[fname].convert_to_cache(vals[fname], lead)
                != lead._fields[fname].convert_to_cache(lead[fname], lead)
            }
            if said:
                lead.write(said)
        return leads

    def write(self, vals):
        """Day and person are said at once, in whatever order."""
        return super().write(
            {SHOWN.get(fname, fname): value for fname, value in vals.items()}
        )

    def _get_shown_owner(self):
        """Return the customer, or the lead that is none yet."""
        # sudo: when the customer is contacted, by whom and why then: not what was said.
        lead = self.sudo()
        return lead.partner_id.commercial_partner_id or lead

    def _explain_next_contact(self):
        """Return in words why the lead is to be contacted then."""
        # sudo: who has said it when.
        lead = self.sudo()
        if not lead.next_contact_date:
            return False
        if lead._has_hand_plan():
            return lead._tell_by_hand(
                lead.hand_contact_set_date, lead.hand_contact_set_uid
            )
        logs = lead._read_newest_logs()[lead.id]
        return lead._tell_agreed(logs.filtered("next_contact_date").sorted("date")[-1:])
