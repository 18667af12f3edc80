from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .funnel_contact_log import PLANNED
from .lead_states import OPEN


class FunnelContactLog(models.Model):
    """A contact with a customer may be about one of its leads: what is agreed on in it is
    the lead's then."""

    _inherit = "funnel.contact.log"

    planned_date = fields.Date(string="Planned so Far", compute="_compute_planned_date")
    planned_reason = fields.Char("Planned How", compute="_compute_planned_reason")
    lead_is_lost = fields.Boolean("Lost Lead", compute="_compute_lead_is_lost")
    lead_whom = fields.Char("Company and Person", compute="_compute_lead_whom")

    def _get_readable_lead(self):
        """Return the lead, none where the user may not read it: he may still read what
        was said."""
        lead = self.lead_id
        return lead if lead and lead.has_access("read") else lead.browse()

    def _get_planned_with(self):
        """Return whose next contact is planned in this one: the lead where it is about
        one, else the customer."""
        return self._get_readable_lead() if self.lead_id else self.commercial_partner_id

    @api.depends("partner_id", "lead_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_planned_date(self):
        for log in self:
            log.planned_date = log._get_planned_with().next_contact_date

    @api.depends("partner_id", "lead_id")
    @api.depends_context("uid", "allowed_company_ids", "lang", "tz")
    def _compute_planned_reason(self):
        for log in self:
            log.planned_reason = log._get_planned_with().next_contact_reason

    @api.depends("lead_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_lead_is_lost(self):
        """Nobody is asked for a next contact that is planned with one that is lost or
        archived."""
        for log in self:
            lead = log._get_readable_lead()
            log.lead_is_lost = bool(lead) and not lead.active

    @api.depends("lead_id", "partner_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_lead_whom(self):
        """Tell the company and the person of a lead that is no customer yet."""
        for log in self:
            lead = log._get_readable_lead()
            names = (lead.partner_name, lead.contact_name)
            log.lead_whom = not log.partner_id and " · ".join(filter(None, names))

    @api.model
    def default_get(self, fields_list):
        """What is said about a quotation is said about the lead that it is for."""
        values = super().default_get(fields_list)
        order = self.env["sale.order"].browse(values.get("order_id") or ())
        if "lead_id" in fields_list and not values.get("lead_id") and order:
            lead = order._filtered_access("read").opportunity_id
            # Whoever may not read leads logs it with the customer.
            lead = lead._filtered_access("read") if lead else lead
            customer = lead.partner_id.commercial_partner_id
            if customer == order.partner_id.commercial_partner_id:
                values["lead_id"] = lead.filtered("active").filtered_domain(OPEN).id
        return values

    @api.onchange("partner_id")
    def _onchange_partner_id(self):
        if not self._is_of_lead():
            self.lead_id = False

    def _is_of_lead(self) -> bool:
        """Return whether the lead, if there is one, is the customer's."""
        # sudo: compared only, also where somebody else has the lead now.
        customer = self.sudo().lead_id.partner_id.commercial_partner_id
        return not self.lead_id or customer.ids == self.commercial_partner_id.ids

    @api.model_create_multi
    def create(self, vals_list):
        default = self.env.context.get("default_lead_id")
        self._hold_leads([{"lead_id": default, **vals} for vals in vals_list])
        logs = super().create(vals_list)
        logs._check_of_lead()
        logs._check_planned()
        return logs

    def write(self, vals):
        self._hold_leads([vals])
        result = super().write(vals)
        if {"partner_id", "lead_id"} & vals.keys():
            self._check_of_lead()
        if (PLANNED | {"lead_id"}) & vals.keys():
            self._check_planned()
        return result

    def _check_of_lead(self):
        """:raise ValidationError: somebody logs a contact with a customer about the lead
        of another one. Where the server has merged leads, an older one may be so"""
        for log in self:
            if not self.env.su and not log._is_of_lead():
                raise ValidationError(
                    self.env._(
                        "%(lead)s is no lead of %(customer)s: choose another one, or none.",
                        lead=log.lead_id.name,
                        customer=log.partner_id.name,
                    )
                )

    def _check_planned(self):
        """:raise ValidationError: somebody plans a next contact that nobody would be
        asked for: with a lead that is lost, or by whom the lead is hidden from"""
        if self.env.su:
            return
        for log in self.filtered("next_contact_date"):
            lead = log._get_readable_lead()
            lead._check_not_lost()
            lead._check_seen_by(log.next_contact_user_id)

    def _may_make_next(self, user) -> bool:
        """Return whether a user is reminded of the next contact, and sees the lead."""
        lead = self._get_readable_lead()
        return user._has_contact_reminders() and (
            not lead or user == lead.user_id or bool(lead._filter_seen_by(user))
        )

    def _hold_leads(self, vals_list):
        """A lead that becomes a customer at the same moment takes these contacts along."""
        ids = [vals.get("lead_id") for vals in vals_list]
        ids = {lead_id for lead_id in ids if type(lead_id) is int and lead_id}
        self.env["crm.lead"].browse(ids)._hold()
