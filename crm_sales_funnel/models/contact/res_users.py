from odoo import models


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
