from collections import defaultdict

from markupsafe import Markup

from odoo import api, fields, models

from .funnel_contact_mixin import CONTACT_GROUPS

# Changes of a contact person or address that its company's chatter shows as well.
SHOWN_ON_COMPANY = frozenset(
    {
        "active",
        "contact_address_inline",
        "email",
        "function",
        "name",
        "parent_id",
        "phone",
    }
)


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["funnel.contact.mixin", "res.partner"]

    active = fields.Boolean(tracking=6)
    function = fields.Char(tracking=7)
    website = fields.Char(tracking=8)
    contact_log_ids = fields.One2many(
        "funnel.contact.log",
        "commercial_partner_id",
        groups=CONTACT_GROUPS,
    )

    member_ids = fields.One2many(
        "res.partner",
        "commercial_partner_id",
        string="Company and All Its People",
        context={"active_test": False},
    )

    # Answers the reminders of the Today screen.
    _next_contact_index = models.Index(
        "(next_contact_date, next_contact_user_id) WHERE next_contact_date IS NOT NULL"
    )

    def _get_contact_owner(self):
        return self.commercial_partner_id

    # A contact person belongs to the company: so does the record of its changes.

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        partners._log_on_company(self.env._("%s was added to this company."))
        return partners

    def unlink(self):
        self._log_on_company(self.env._("%s was removed from this company."))
        return super().unlink()

    def _log_on_company(self, text):
        """Note on the companies of these contacts what became of them.

        :param text: translated, with one ``%s`` for the name of the contact
        """
        if self.env.context.get("tracking_disable"):
            return
        bodies = defaultdict(Markup)
        for contact in self.filtered("parent_id"):
            if contact.parent_id not in self:
                bodies[contact.parent_id.id] += Markup("<p>%s</p>") % (
                    text % (contact.name or contact.type_address_label)
                )
        if bodies:
            self.browse(bodies)._message_log_batch(bodies=dict(bodies))

    def _message_track(self, fields_iter, initial_values_dict):
        tracking = super()._message_track(fields_iter, initial_values_dict)
        for contact in self.filtered("parent_id"):
            former = initial_values_dict[contact.id].get("parent_id")
            for company in contact.parent_id | (former or self.browse()):
                contact._track_on_company(company, tracking)
        return tracking

    def _track_on_company(self, company, tracking):
        """Show the tracked changes of this contact in the chatter of ``company``,
        but not those that the company has passed on to its contacts.

        :param tracking: partner id -> (names of the changed fields, commands that
            create their tracking values)
        """
        changes, commands = tracking.get(self.id, (set(), []))
        passed_on, _commands = tracking.get(company.id, (set(), []))
        shown = {
            self.env["ir.model.fields"]._get(self._name, fname).id
            for fname in (SHOWN_ON_COMPANY & set(changes)) - set(passed_on)
        }
        commands = [command for command in commands if command[2]["field_id"] in shown]
        if commands:
            company._message_log(
                body=self._get_html_link(), tracking_value_ids=commands
            )
