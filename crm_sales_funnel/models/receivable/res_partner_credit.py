from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from .funnel_credit_check import Standing
from .res_partner import DEBT_GROUPS

# Those who decide how much a customer may owe, and for how long.
LIMIT_GROUPS = ",".join(
    f"crm_sales_funnel.group_funnel_{role}" for role in ("manager", "finance")
)
DECIDED = ("overdue_limit", "max_debt_age", "followup_policy_id")
OWN_LIMITS = ("credit_limit", "overdue_limit", "max_debt_age")
# What makes a contact another customer.
DETACHING = {"parent_id", "is_company", "commercial_partner_id"}

STATES = [("none", "None"), ("limit", "Over Limit"), ("hold", "On Hold")]


class ResPartner(models.Model):
    """Whether a customer is on hold or over a limit, in the current company."""

    _inherit = "res.partner"

    credit_hold_state = fields.Selection(
        STATES,
        string="Credit Hold",
        compute="_compute_credit_hold_state",
        search="_search_credit_hold_state",
        groups=DEBT_GROUPS,
        help="On hold, or over the credit limit, more overdue than allowed, or with a"
        " debt that is too old.",
    )
    credit_notice = fields.Text(
        "Why", compute="_compute_credit_notice", groups=DEBT_GROUPS
    )
    credit_hold_ids = fields.One2many(
        "funnel.credit.hold", "partner_id", string="Credit Holds", groups=DEBT_GROUPS
    )

    @api.model_create_multi
    def create(self, vals_list):
        if not self._may_set_limits():
            defaults = self.default_get(DECIDED)  # the context may bring some
            for values in vals_list:
                self._check_limits(self, defaults | values)
        for values in vals_list:
            self._check_terms(values)
        return super().create(vals_list)

    def write(self, vals):
        if any(name in vals for name in DECIDED) and not self._may_set_limits():
            for partner in self:
                self._check_limits(partner, vals)
        self._check_terms(vals)
        former, limited = {}, self.browse()
        if DETACHING & vals.keys() and not self._may_set_limits():
            # sudo: compared only.
            partners = self.sudo()
            former = {partner: partner.commercial_partner_id for partner in partners}
            over = self._get_over_limits([("partner_id", "in", self.ids)])
            limited = partners.filtered(
                lambda partner: partner.id in over or partner._has_own_limits()
            )
        result = super().write(vals)
        self._check_detached(former)
        self._check_joined(former, limited)
        return result

    def _has_own_limits(self) -> bool:
        """Return whether less is granted to a customer than to all, in any company."""
        # All of them are wanted, and they are few.
        # pylint: disable-next=no-search-all
        companies = self.env["res.company"].search([])
        return self == self.commercial_partner_id and any(
            self.with_company(company)[name]
            != self._fields[name].get_company_dependent_fallback(
                self.with_company(company)
            )
            for company in companies
            for name in OWN_LIMITS
        )

    @api.model
    def _check_joined(self, former, limited):
        """Its limits do not go along where a customer becomes a contact of another one.

        :param former: contact as superuser -> commercial partner that it had
        :param limited: customers who had limits of their own, or were over one
        :raise AccessError: one of them is a contact now
        """
        for partner in limited:
            if partner.commercial_partner_id != former[partner]:
                raise AccessError(
                    self.env._(
                        "%(customer)s has credit limits of its own, or is over one: only"
                        " Finance and managers make it a contact of another customer.",
                        customer=partner.display_name,
                    )
                )

    @api.model
    def _check_detached(self, former):
        """What is sold to who was a contact of a customer on hold, and is no more, is not
        held back any more. A customer who joins another one takes the hold there.

        :param former: contact as superuser -> commercial partner that it had
        :raise AccessError: one was taken from a customer who is on hold or over a limit
        """
        # sudo: that somebody is on hold is told to all who sell to the customer.
        holds, customers = self.env["funnel.credit.hold"].sudo(), self.browse().sudo()
        for partner, customer in former.items():
            if customer not in (partner, partner.commercial_partner_id):
                customers |= customer
        if not customers:
            return
        held = holds.search(
            [
                ("is_active", "=", True),
                ("partner_id.commercial_partner_id", "in", customers.ids),
            ]
        ).partner_id.commercial_partner_id
        over = self._get_over_limits([("partner_id", "in", customers.ids)])
        if bad := (held | held.browse(over))[:1]:
            raise AccessError(
                self.env._(
                    "%(customer)s is on credit hold or over a limit: only Finance and"
                    " managers take contacts away from it.",
                    customer=bad.display_name,
                )
            )

    @api.model
    def _check_limits(self, partner, values):
        """:raise AccessError: the values are others than what the partner has, or than
        what is usual for an empty one"""
        for name in DECIDED:
            if name not in values:
                continue
            field = self._fields[name]
            # sudo: compared only, with what the user has sent.
            now = partner.sudo()[name]
            if not partner:
                now = field.get_company_dependent_fallback(self)
            if (values[name] or 0) != (field.convert_to_write(now, self) or 0):
                raise AccessError(
                    self.env._(
                        "Only Finance and managers decide how much of a customer may be"
                        " overdue, how old a debt may become, and how the customer is"
                        " followed up."
                    )
                )

    def copy_data(self, default=None):
        """The copy of a customer is another one: what was granted is not copied by who
        may not grant it."""
        values = super().copy_data(default)
        if self._may_set_limits():
            return values
        return [
            {name: value for name, value in copy.items() if name not in DECIDED}
            for copy in values
        ]

    @api.model
    def _may_set_limits(self) -> bool:
        return self.env.su or self.env.user.has_groups(LIMIT_GROUPS)

    @api.depends_context("company")
    def _compute_credit_hold_state(self):
        company = self.env.company
        customers = self.commercial_partner_id
        holds = self.env["funnel.credit.hold"]._get_active(company, customers)
        over = self._get_over_limits([("partner_id", "in", customers.ids)])
        for partner in self:
            customer = partner.commercial_partner_id
            if (company.id, customer.id) in holds:
                partner.credit_hold_state = "hold"
            elif customer.id in over:
                partner.credit_hold_state = "limit"
            else:
                partner.credit_hold_state = "none"

    @api.model
    def _search_credit_hold_state(self, operator, value):
        """Return the contacts of customers that are on hold, over a limit, or neither.

        Odoo lets everybody search for what it lets few read.

        :raise AccessError: the user may not read it
        """
        self._check_field_access(self._fields["credit_hold_state"], "read")
        if operator != "in":
            return NotImplemented
        company = self.env.company
        # sudo: that somebody is on hold is told to all who may read it.
        holds = self.env["funnel.credit.hold"].sudo()
        holds = holds.search(
            [("is_active", "=", True), ("company_id", "=", company.id)]
        )
        held = set(holds.partner_id.commercial_partner_id.ids)
        over = (
            self._get_over_limits([]) - held if {*value} & {"limit", "none"} else set()
        )
        domains = {
            "hold": Domain("commercial_partner_id", "in", held),
            "limit": Domain("commercial_partner_id", "in", over),
            "none": Domain("commercial_partner_id", "not in", held | over),
        }
        return Domain.OR(domains[state] for state in value if state in domains)

    @api.model
    def _get_over_limits(self, domain) -> set[int]:
        """Return the ids of customers who pass a limit of the current company."""
        # sudo: that a limit is passed, not by how much, is told to all who sell to the
        # customer: they could not confirm an order otherwise.
        report = self.env["funnel.receivable.report"].sudo()
        report = report.with_context(allowed_company_ids=self.env.company.ids)
        passed = Domain("is_over_limit", "=", True) | Domain("is_too_old", "=", True)
        rows = report._read_group(Domain(domain) & passed, ["partner_id"])
        return {customer.id for (customer,) in rows}

    @api.depends_context("company", "uid")
    def _compute_credit_notice(self):
        """Tell why, with amounts to those who may read them."""
        company = self.env.company
        customers = self.commercial_partner_id
        check = self.env["funnel.credit.check"]
        held = self.env["funnel.credit.hold"]._get_active(company, customers)
        report = self.env["funnel.receivable.report"]
        report = report.with_context(allowed_company_ids=company.ids)
        rows = report.search([("partner_id", "in", customers.ids)])
        reasons = {row.partner_id: row.reason for row in rows if row.reason}
        for partner in self:
            customer = partner.commercial_partner_id
            parts = []
            if holds := held.get((company.id, customer.id)):
                parts = check._get_hold_reasons(Standing(company, customer, holds))
            if customer in reasons:
                parts.append(reasons[customer])
            elif not parts and partner.credit_hold_state == "limit":
                parts.append(self.env._("the customer is over a limit"))
            partner.credit_notice = "\n".join(parts)

    def action_release_credit_hold(self):
        """Ask why the customer is released from hold in the current company."""
        self.ensure_one()
        holds = self.env["funnel.credit.hold"].search(
            [
                ("is_active", "=", True),
                ("company_id", "=", self.env.company.id),
                (
                    "partner_id.commercial_partner_id",
                    "=",
                    self.commercial_partner_id.id,
                ),
            ]
        )
        if not holds:
            raise UserError(self.env._("The customer is not on hold any more."))
        return holds.action_release()
