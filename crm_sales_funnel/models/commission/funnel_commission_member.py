from datetime import date
from itertools import combinations

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class FunnelCommissionMember(models.Model):
    """Who earns by a plan, from when to when, and from whose sales."""

    _name = "funnel.commission.member"
    _description = "Commission Member"
    _inherit = ["funnel.commission.part"]
    _order = "id"
    _rec_name = "user_id"

    user_id = fields.Many2one(
        "res.users",
        string="Who",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
        domain="[('share', '=', False)]",
    )
    payee_id = fields.Many2one(
        "res.partner",
        string="Paid To",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Whose bill it becomes, where it is paid by one. Empty: his or her own.",
    )
    date_from = fields.Date(
        "From",
        help="The first day whose sales count. Empty: all that the plan pays.",
    )
    date_to = fields.Date(
        "To", help="The last day whose sales count. Empty: as long as the plan holds."
    )
    scope = fields.Selection(
        [
            ("own", "Own Sales"),
            ("team", "Sales of a Team"),
            ("territory", "Sales in a Territory"),
        ],
        string="Earns From",
        required=True,
        default="own",
        help="Territory: by the address of the customer, whoever sells there.",
    )
    team_id = fields.Many2one(
        "crm.team",
        string="Sales Team",
        compute="_compute_team_id",
        store=True,
        readonly=False,
        precompute=True,
        copy=True,
        check_company=True,
        ondelete="restrict",
    )
    state_ids = fields.Many2many("res.country.state", string="States")
    country_ids = fields.Many2many("res.country", string="Countries")
    share = fields.Float(
        "Share in %",
        digits=(16, 4),
        required=True,
        default=100,
        help="Of the commission on these sales.",
    )
    is_taken = fields.Boolean(
        "Taken from Sales",
        required=True,
        default=False,
        help="The salesperson gets so much less. Otherwise it is paid in addition.",
    )
    leaver = fields.Selection(
        [
            ("keeps", "All Is Still Paid"),
            ("shares", "A Part Is Still Paid"),
            ("loses", "Nothing Is Paid"),
        ],
        string="After the Last Day",
        required=True,
        default="keeps",
        help="Of what was sold until the last day, and is collected, or released in"
        " another way, only after it. By a plan on invoices or money, what was sold on a"
        " day is what was invoiced on it.",
    )
    leaver_share = fields.Float(
        "Still Paid in %",
        digits=(16, 4),
        required=True,
        default=50,
        help="Which part of what comes after the last day is still paid.",
    )

    _share_sensible = models.Constraint(
        "CHECK (share > 0 AND share <= 100)", "A share is above 0 and up to 100 %."
    )
    _leaver_share_sensible = models.Constraint(
        "CHECK (leaver_share > 0 AND leaver_share <= 100)",
        "What is still paid is above 0 and up to 100 %.",
    )
    _some_time = models.Constraint(
        "CHECK (date_to >= date_from)", "A member's time ends after it begins."
    )
    _team_of_scope = models.Constraint(
        "CHECK (scope <> 'team' OR team_id IS NOT NULL)",
        "Say from which team's sales the member earns.",
    )
    _taken_from_others = models.Constraint(
        "CHECK (scope <> 'own' OR NOT is_taken)",
        "From own sales nothing is taken: that is for a team or a territory.",
    )

    @api.depends("scope", "user_id")
    def _compute_team_id(self):
        for member in self:
            if member.scope != "team":
                member.team_id = False
            elif not member.team_id:
                team = member.user_id.sale_team_id
                if team.company_id in (member.plan_id.company_id, team.company_id[:0]):
                    member.team_id = team

    @api.onchange("scope")
    def _onchange_scope(self):
        if self.scope == "own":
            self.is_taken = False
        if self.scope != "territory":
            self.state_ids = self.country_ids = False

    @api.constrains("scope", "state_ids", "country_ids")
    def _check_territory(self):
        for member in self:
            has_territory = bool(member.state_ids or member.country_ids)
            if has_territory != (member.scope == "territory"):
                raise ValidationError(
                    self.env._(
                        "Say which states or countries are the territory of %(name)s.",
                        name=member.user_id.name,
                    )
                    if not has_territory
                    else self.env._("States and countries are for territories only.")
                )

    @api.constrains(
        "user_id",
        "scope",
        "team_id",
        "state_ids",
        "country_ids",
        "date_from",
        "date_to",
    )
    def _check_once(self):
        """Nobody earns twice from the same sale."""
        for plan in self.plan_id:
            for user, members in plan.member_ids.grouped("user_id").items():
                for one, other in combinations(members, 2):
                    if one._overlaps(other):
                        raise ValidationError(
                            self.env._(
                                "%(name)s is a member twice at the same time.",
                                name=user.name,
                            )
                        )

    def _get_highest_share(self):
        """Return what the shares of those add up to who are members at a time."""
        days = {member.date_from or date.min for member in self}
        return max(
            (sum(self._filter_on(day).mapped("share")) for day in days), default=0
        )

    def _get_by_place(self):
        """Return for each place who earns from what is sold there."""
        members = self.filtered(lambda member: member.scope == "territory")
        places = [
            members.filtered(
                lambda m, state=state: (
                    state in m.state_ids or state.country_id in m.country_ids
                )
            )
            for state in members.state_ids
        ]
        return places + [
            members.filtered(lambda m, country=country: country in m.country_ids)
            for country in members.country_ids
        ]

    def _filter_on(self, day):
        return self.filtered(
            lambda member: (
                (member.date_from or date.min) <= day <= (member.date_to or date.max)
            )
        )

    def _overlaps(self, other):
        """Return whether two members of one user may earn from the same sale."""
        if self.scope != other.scope or not (
            (self.date_from or date.min) <= (other.date_to or date.max)
            and (other.date_from or date.min) <= (self.date_to or date.max)
        ):
            return False
        if self.scope == "team":
            return self.team_id == other.team_id
        if self.scope == "territory":
            return bool(
                self.state_ids & other.state_ids
                or self.country_ids & (other.country_ids | other.state_ids.country_id)
                or self.state_ids.country_id & other.country_ids
            )
        return True
