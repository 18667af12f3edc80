from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

BASES = [
    ("ordered", "Ordered"),
    ("delivered", "Delivered"),
    ("invoiced", "Invoiced"),
    ("collected", "Collected"),
]
MEASURES = [
    ("untaxed", "Untaxed Amount"),
    ("margin", "Margin"),
    ("quantity", "Quantity"),
]
# What may change after the approval: where it stands in the list.
FREE = frozenset({"active", "sequence"})
# What the buttons change, as superuser, after it as well.
BY_BUTTON = frozenset({"date_to", "doubtful_until", "is_stuck", "state"})


class FunnelCommissionPlan(models.Model):
    """What salespeople earn: a rate of what they sold, and whatever was agreed besides.

    One rate is enough; rules, levels, factors, releases and members may stay empty. What
    is approved does not change any more: a new version takes its place from a day on, so
    that what was earned can be explained and computed again.
    """

    _name = "funnel.commission.plan"
    _description = "Commission Plan"
    _inherit = [
        "funnel.fixed.fields",
        "funnel.finite.amounts",
        "funnel.own.company",
        "mail.thread",
    ]
    _order = "sequence, name, version desc, id"
    _check_company_auto = True

    _fixed = frozenset({"is_stuck", "previous_id", "state", "version"})

    name = fields.Char(required=True, tracking=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id", store=True)
    state = fields.Selection(
        [("draft", "Draft"), ("approved", "Approved"), ("closed", "Closed")],
        string="Status",
        required=True,
        readonly=True,
        default="draft",
        copy=False,
        index=True,
        tracking=True,
    )
    version = fields.Integer(readonly=True, required=True, default=1, copy=False)
    previous_id = fields.Many2one(
        "funnel.commission.plan",
        string="Replaces",
        readonly=True,
        copy=False,
        ondelete="restrict",
        help="The version whose place this one takes.",
    )
    date_from = fields.Date(
        "From",
        required=True,
        default=lambda self: fields.Date.context_today(self).replace(day=1),
        tracking=True,
        help="What happens on this day or later is paid by this plan.",
    )
    date_to = fields.Date(
        "To",
        copy=False,
        tracking=True,
        help="The last day of it. Empty: until a new version takes its place.",
    )
    basis = fields.Selection(
        BASES,
        string="Earned When",
        required=True,
        default="collected",
        tracking=True,
        help="Delivered: services, which no transfer delivers, count when they are"
        " invoiced. Collected: each payment of the customer earns its part.",
    )
    measure = fields.Selection(
        MEASURES,
        string="Measured By",
        required=True,
        default="untaxed",
        tracking=True,
        help="The untaxed amount, the margin (what it was sold for less what it cost),"
        " or the quantity: an amount for each unit.",
    )
    uom_id = fields.Many2one(
        "uom.uom",
        string="Unit",
        ondelete="restrict",
        help="In which unit the quantity is counted.",
    )
    rate = fields.Float(
        digits=(16, 4),
        required=True,
        default=0,
        tracking=True,
        help="In percent; where the quantity is paid on, an amount in the company's"
        " currency for each unit.",
    )
    period = fields.Selection(
        [("month", "Month"), ("quarter", "Quarter"), ("year", "Year")],
        string="Counted By",
        required=True,
        default="month",
        tracking=True,
        help="For how long it is added up until it begins again at zero; a new version"
        " goes on where the one before it was.",
    )
    level_mode = fields.Selection(
        [("marginal", "What Is Above It"), ("retroactive", "All of the Period")],
        string="A Level Is For",
        required=True,
        default="marginal",
        tracking=True,
        help="What is above it: each level's rate is for the part above its bound. All"
        " of the period: the rate of the highest level reached is for everything.",
    )
    level_measure = fields.Selection(
        MEASURES,
        string="Reached By",
        required=True,
        compute="_compute_level_measure",
        store=True,
        readonly=False,
        precompute=True,
        copy=True,
        tracking=True,
    )
    rule_ids = fields.One2many(
        "funnel.commission.rule", "plan_id", string="Rates", copy=True
    )
    level_ids = fields.One2many("funnel.commission.level", "plan_id", copy=True)
    factor_ids = fields.One2many(
        "funnel.commission.factor", "plan_id", string="Factors", copy=True
    )
    release_ids = fields.One2many(
        "funnel.commission.release", "plan_id", string="Releases", copy=True
    )
    member_ids = fields.One2many(
        "funnel.commission.member", "plan_id", string="Members", copy=True
    )

    _unit_of_quantity = models.Constraint(
        "CHECK (uom_id IS NOT NULL OR"
        " (measure <> 'quantity' AND level_measure <> 'quantity'))",
        "Say in which unit the quantity is counted.",
    )
    _some_time = models.Constraint(
        "CHECK (date_to >= date_from OR state = 'closed')",
        "A plan ends after it begins, not before.",
    )
    _this_century = models.Constraint(
        "CHECK (date_from BETWEEN '2000-01-01' AND '2999-12-31')",
        "A plan begins in this century, or soon after.",
    )
    # Two versions in the place of one would both pay.
    _one_successor = models.UniqueIndex(
        "(previous_id) WHERE previous_id IS NOT NULL",
        "There is a version already that takes the place of this one.",
    )

    @api.depends("measure")
    def _compute_level_measure(self):
        for plan in self:
            plan.level_measure = plan.measure

    @api.depends("name", "version")
    def _compute_display_name(self):
        for plan in self:
            plan.display_name = (
                self.env._(
                    "%(name)s v%(version)s", name=plan.name, version=plan.version
                )
                if plan.version > 1
                else plan.name
            )

    # ------------------------------------------------------------------
    # What is approved stays as it is
    # ------------------------------------------------------------------

    def _check_fixed(self, vals):
        """See the mixin: here it is the buttons that change them."""
        if not self.env.su and not self._fixed.isdisjoint(vals):
            raise AccessError(
                self.env._(
                    "A plan is approved, closed and given a new version by its buttons."
                )
            )

    def write(self, vals):
        allowed = FREE | BY_BUTTON if self.env.su else FREE
        if not allowed.issuperset(vals):
            self._check_draft()
        if not vals.get("active", True):
            self._check_pays_no_more()
        return super().write(vals)

    def _check_pays_no_more(self):
        """Refuse to hide what pays.

        :raise UserError: one of them is approved
        """
        for plan in self:
            if plan.state == "approved":
                raise UserError(
                    self.env._(
                        "%(plan)s is approved, and would pay on where nobody sees it:"
                        " close it before you archive it.",
                        plan=plan.display_name,
                    )
                )

    def _check_draft(self):
        """Refuse to change what is approved, and keep it from being approved until this
        transaction ends.

        :raise UserError: one of them is not a draft
        """
        for plan in self:
            if plan.state != "draft":
                raise UserError(
                    self.env._(
                        "%(plan)s is approved: what was earned by it must stay"
                        " explained. Make a new version, and change that one.",
                        plan=plan.display_name,
                    )
                )
        if self.ids:
            # Changes nothing, but of two transactions that do so one begins again.
            self.env.cr.execute(
                SQL(
                    "UPDATE funnel_commission_plan SET state = state WHERE id IN %s",
                    tuple(self.ids),
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_drafts(self):
        for plan in self:
            if plan.state != "draft":
                raise UserError(
                    self.env._(
                        "%(plan)s was approved: instead of deleting it, close it, and"
                        " archive it then.",
                        plan=plan.display_name,
                    )
                )

    def copy_data(self, default=None):
        """A copy has another name, unless it is given one."""
        vals_list = super().copy_data(default)
        if "name" not in (default or {}):
            for plan, vals in zip(self, vals_list, strict=True):
                vals["name"] = self.env._("%s (copy)", plan.name)
        return vals_list

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_approve(self):
        """Approve drafts; the version whose place one takes ends the day before.

        :raise UserError: with all that is missing
        """
        self.check_access("write")
        self._check_draft()
        for plan in self:
            problems = plan._get_problems()
            if problems:
                raise UserError("\n".join([plan.display_name, *problems]))
            plan.previous_id._end_before(plan.date_from)
        # sudo: what the buttons alone write, after the check of rights above.
        return self.sudo().write({"active": True, "state": "approved"})

    def _end_before(self, day):
        """Let the version end before its successor begins; an earlier end stays."""
        last = fields.Date.subtract(day, days=1)
        # sudo: what the buttons alone write; who may write the new one may.
        for plan in self.sudo():
            if not plan.date_to or plan.date_to > last:
                plan.date_to = last

    def action_close(self):
        """Let plans end today; those that have not begun never will."""
        self.check_access("write")
        today = fields.Date.context_today(self)
        # sudo: what the buttons alone write, after the check of rights above.
        for plan in self.sudo():
            if plan.state != "approved":
                raise UserError(self.env._("Only what is approved is closed."))
            last = today
            if plan.date_from > today:
                last = fields.Date.subtract(plan.date_from, days=1)
            plan.write({"state": "closed", "date_to": min(plan.date_to or last, last)})
        return True

    def action_new_version(self):
        """Open a draft that takes the place of this one, made if there is none yet.

        :return: action that opens its form
        """
        self.ensure_one()
        self.check_access("write")
        version = self.with_context(active_test=False).search(
            [("previous_id", "=", self.id)], limit=1
        )
        if version.state in ("approved", "closed"):
            raise UserError(
                self.env._(
                    "%(version)s has taken its place: make the new version from that"
                    " one.",
                    version=version.display_name,
                )
            )
        return (version or self._make_version()).get_formview_action()

    def _make_version(self):
        if self.state == "draft":
            raise UserError(
                self.env._("This is a draft: change it, no new version is needed.")
            )
        begin = max(fields.Date.context_today(self), self.date_from)
        version = self.copy(
            {
                "name": self.name,
                "date_from": begin.replace(day=1) + relativedelta(months=1),
            }
        )
        # sudo: what the buttons alone write, of a plan that was just made.
        version.sudo().write({"version": self.version + 1, "previous_id": self.id})
        return version
