from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..base.funnel_reminder import MODULE, Reminder

MANAGER = (f"{MODULE}.group_funnel_manager",)
SALESPERSON = (f"{MODULE}.group_funnel_salesperson",)
# From this day of a month on a target that is missing was forgotten.
DAY = 5


class FunnelReminder(models.AbstractModel):
    _inherit = "funnel.reminder"

    def _cards(self):
        return super()._cards() + [
            {
                "key": "targets",
                "title": self.env._("Targets"),
                "icon": "fa-bullseye",
                "empty": self.env._("Every salesperson has a target."),
            }
        ]

    def _reminders(self):
        return super()._reminders() + self._target_reminders()

    def _target_reminders(self) -> list[Reminder]:
        """Return the salespeople who have no target today, nor has their team. A company
        that never set a target is not asked for one."""
        today = fields.Date.context_today(self)
        missing = Domain.FALSE
        if today.day >= DAY:
            missing = self._get_without_target_domain(today)
        return [
            Reminder(
                key="targets.missing",
                card="targets",
                title=self.env._("Salespeople without a target"),
                units=(self.env._("salesperson"), self.env._("salespeople")),
                model="res.users",
                action=f"{MODULE}.res_users_action_without_target",
                domain=missing,
                groups=MANAGER,
                owner=None,
                team=None,
                severity="warning",
                sequence=90,
            )
        ]

    def _get_without_target_domain(self, day) -> Domain:
        company = self.env.company
        self.env["funnel.target"].flush_model()
        rows = self.env.execute_query(
            SQL(
                "SELECT user_id, team_id, date_to >= %s AND date_from <= %s"
                " FROM funnel_target WHERE company_id = %s"
                " GROUP BY 1, 2, 3",
                day,
                day,
                company.id,
            )
        )
        if not rows:
            return Domain.FALSE
        users = [user for user, _team, current in rows if user and current]
        teams = [team for _user, team, current in rows if team and current]
        sellers = self.env["res.users"]._get_ids_in_groups(SALESPERSON)
        return (
            Domain("id", "in", sellers)
            & Domain("id", "not in", users)
            & Domain("company_ids", "in", company.ids)
            & Domain("sale_team_id", "!=", False)
            & Domain("sale_team_id", "not in", teams)
        )
