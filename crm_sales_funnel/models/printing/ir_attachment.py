from odoo import models
from odoo.fields import Domain

# Who may read all slips, as their rules say. The warehouse is kept from what they cost.
READERS = ("manager", "order_desk", "warehouse", "finance")


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    def _get_withheld_domain(self):
        """Slips tell debts as well: who may not read a slip is kept from its files,
        but for those that he or she made, which tell none."""
        withheld = super()._get_withheld_domain()
        user = self.env.user
        if (
            self.env.su
            or user.share
            or not user._funnel_sees_prices()  # kept from all of them
            or any(
                user.has_group(f"crm_sales_funnel.group_funnel_{r}") for r in READERS
            )
        ):
            return withheld
        return withheld | (
            Domain("has_printed_prices", "=", True)
            & Domain("create_uid", "!=", user.id)
            & self._get_slips_domain(self._get_unknown_debts_domain())
        )

    def _get_unknown_debts_domain(self):
        """Return the domain of the transfers with a slip that tells debts and that the
        user may not read."""
        slips = self.env["funnel.print.slip"]
        unknown = Domain("has_balance", "=", True)
        if slips.has_access("read"):
            unknown &= Domain("id", "not in", slips._search([]))
        # sudo: which transfers they are of.
        found = slips.sudo()._search(unknown & Domain("picking_id", "!=", False))
        return Domain("id", "in", found.subselect("picking_id"))
