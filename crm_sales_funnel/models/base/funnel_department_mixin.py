from odoo import api, fields, models
from odoo.fields import Domain


class FunnelDepartmentMixin(models.AbstractModel):
    """What has a sales team, and so belongs to a department: that of the teams that a
    user is a member of. Whoever is a member of none works for all of them.

    As a field that is searched, and not in the record rule itself: what rules say is
    kept, and would not follow who joins or leaves a team.
    """

    _name = "funnel.department.mixin"
    _description = "Belongs to a Department"

    is_of_department = fields.Boolean(
        "Of My Department",
        compute="_compute_is_of_department",
        search="_search_is_of_department",
    )

    @api.depends_context("uid")
    def _compute_is_of_department(self):
        teams = self._get_departments()
        for record in self:
            record.is_of_department = not teams or record._get_team() in teams

    def _search_is_of_department(self, operator, value):
        if operator != "in":
            return NotImplemented
        teams = self._get_departments()
        return self._get_department_domain(teams) if teams else Domain.TRUE

    @api.model
    def _get_departments(self):
        # sudo: of which teams the user is a member.
        return self.env.user.sudo().crm_team_ids

    def _get_team(self):
        return self.team_id

    @api.model
    def _get_department_domain(self, teams) -> Domain:
        return Domain("team_id", "in", teams.ids)
