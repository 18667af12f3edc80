from odoo import api, models

# Each of these groups of Odoo works with prices in screens of its own. The roles
# of this addon that see prices imply one of them, Warehouse implies none.
PRICE_GROUPS = (
    "sales_team.group_sale_salesman",
    "account.group_account_readonly",
    "account.group_account_invoice",
    "purchase.group_purchase_user",
)


class ResUsers(models.Model):
    _inherit = "res.users"

    def _funnel_sees_prices(self) -> bool:
        """Tell whether prices may reach this user.

        Only a user who has the Warehouse role and no job that deals with prices is
        kept from them: users without any role of this addon are left as they were.
        """
        self.ensure_one()
        if not self.has_group("crm_sales_funnel.group_funnel_warehouse"):
            return True
        return any(self.has_group(group) for group in PRICE_GROUPS)

    def _funnel_reaches(self) -> tuple[str, ...]:
        """Return how far this user looks, narrowest first.

        :return: some of ``own``, ``team``, ``all``; empty for a user without a role
        """
        self.ensure_one()
        if not self.has_group("crm_sales_funnel.group_funnel_user"):
            return ()
        if any(
            self.has_group(f"crm_sales_funnel.group_funnel_{role}")
            for role in ("manager", "order_desk", "warehouse", "finance", "purchasing")
        ):
            return ("own", "team", "all")
        if self.has_group("crm_sales_funnel.group_funnel_team_leader"):
            return ("own", "team")
        return ("own",)

    def _funnel_led_users(self):
        """Return the members of the sales teams that this user leads, with the
        user itself."""
        self.ensure_one()
        # sudo: the members of a team are no secret to its leader, but the rules of
        # res.users may hide those of another company.
        teams = self.env["crm.team"].sudo().search([("user_id", "=", self.id)])
        return self | teams.member_ids.with_env(self.env)

    @api.model
    def _get_ids_in_groups(self, groups) -> list[int]:
        """Return the ids of the active users who are in any of these groups.

        :param groups: xml ids
        """
        ids = [self.env.ref(group).id for group in groups]
        # sudo: nobody's name, and those of other companies as well.
        return self.sudo().search([("all_group_ids", "in", ids)]).ids
