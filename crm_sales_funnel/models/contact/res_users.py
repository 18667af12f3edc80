from odoo import api, models
from odoo.exceptions import ValidationError

from .funnel_contact_mixin import CONTACT_ROLES


class ResUsers(models.Model):
    _inherit = "res.users"

    def _funnel_has_role(self) -> bool:
        """Tell whether this is a person with a role: neither nobody, nor the system,
        nor an outsider."""
        return (
            len(self) == 1
            and self.active
            and self.has_group("crm_sales_funnel.group_funnel_user")
        )

    def _has_contact_reminders(self) -> bool:
        """Tell whether this is a person whom the Today screen reminds of contacts."""
        return (
            len(self) == 1
            and self.active
            and any(self.has_group(role) for role in CONTACT_ROLES)
        )

    def _check_has_contact_reminders(self):
        """:raise ValidationError: one of these would not know of a next contact"""
        for user in self:
            if not user._has_contact_reminders():
                raise ValidationError(
                    self.env._(
                        "%(user)s is not reminded of contacts. Choose somebody of Sales, "
                        "the Order Desk or Finance for the next one.",
                        user=user.name,
                    )
                )

    @api.model
    def _get_ids_with_contact_reminders(self) -> list[int]:
        """Return the ids of all whom the Today screen reminds of contacts."""
        return self._get_ids_in_groups(CONTACT_ROLES)
