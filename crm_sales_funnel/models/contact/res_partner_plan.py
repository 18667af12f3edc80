"""When a customer is to be contacted next, and why: what people have agreed on, a
planned activity, or the plan of the customer's level."""

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.misc import format_date
from odoo.tools.sql import column_exists

from .funnel_contact_mixin import TOGETHER
from .res_partner_agreed import BELONGING
from .res_partner_plan_query import WRITTEN

ROLES = "crm_sales_funnel.group_funnel_user"


class ResPartner(models.Model):
    _inherit = "res.partner"

    _contact_computes = frozenset(
        {
            "_compute_contact_dates",
            "_compute_contact_plan_id",
            "_compute_contact_plan_since",
            "_compute_hand_contact",
            "_compute_last_order_date",
            "_compute_next_contact",
        }
    )

    customer_level_id = fields.Many2one(
        "funnel.customer.level",
        ondelete="restrict",
        index="btree_not_null",
        prefetch=TOGETHER,
        tracking=22,
        groups=ROLES,
    )
    contact_plan_id = fields.Many2one(
        "funnel.contact.plan",
        compute="_compute_contact_plan_id",
        store=True,
        prefetch=TOGETHER,
        readonly=False,
        ondelete="restrict",
        index="btree_not_null",
        tracking=23,
        groups=ROLES,
        help="That of the customer's level, or another one chosen here.",
    )
    # From which day on the plan asks for contacts.
    contact_plan_since = fields.Date(
        compute="_compute_contact_plan_since",
        store=True,
        prefetch=TOGETHER,
        copy=False,
        groups=ROLES,
    )
    last_order_date = fields.Datetime(
        string="Last Order",
        compute="_compute_last_order_date",
        store=True,
        prefetch=TOGETHER,
        # A new record has no orders. Odoo heeds the default of what may be written.
        default=lambda self: False,
        readonly=False,
        copy=False,
        groups="base.group_user",
        help="Date of the newest confirmed order, in whichever company.",
    )
    next_contact_date = fields.Date(compute="_compute_next_contact")
    next_contact_user_id = fields.Many2one(compute="_compute_next_contact")
    next_contact_origin = fields.Selection(
        [
            ("contact", "By a contact"),
            ("hand", "By hand"),
            ("activity", "Activity"),
            ("plan", "Plan"),
        ],
        string="Next Contact from",
        compute="_compute_next_contact",
        store=True,
        prefetch=TOGETHER,
        copy=False,
        groups="base.group_user",
    )
    dormant_since = fields.Datetime(
        compute="_compute_next_contact",
        store=True,
        prefetch=TOGETHER,
        copy=False,
        groups="base.group_user",
        help="From when on the customer counts as dormant, if no order comes before.",
    )
    contact_state = fields.Selection(
        [
            ("due", "To contact"),
            ("dormant", "Dormant"),
            ("never", "Never contacted"),
            ("planned", "Planned"),
            ("unplanned", "Not planned"),
        ],
        compute="_compute_contact_state",
        search="_search_contact_state",
        groups="base.group_user",
        help="Of several the first that is true, today.",
    )

    # They answer the reminders of the Today screen.
    _dormant_index = models.Index(
        "(dormant_since, user_id) WHERE dormant_since IS NOT NULL"
    )
    _never_contacted_index = models.Index(
        "(user_id) WHERE last_contact_day IS NULL"
        " AND (user_id IS NOT NULL OR customer_rank > 0)"
    )

    _unplanned_index = models.Index(
        "(user_id) WHERE next_contact_date IS NULL AND last_contact_day IS NOT NULL"
        " AND (user_id IS NOT NULL OR customer_rank > 0)"
    )

    def _auto_init(self):
        """Where contacts were planned before there were contact plans, they stay so."""
        is_older = column_exists(
            self.env.cr, self._table, "next_contact_mark"
        ) and not column_exists(self.env.cr, self._table, "agreed_contact_date")
        result = super()._auto_init()
        if is_older:
            self._carry_over_agreed()
            self._carry_over_hand()
        return result

    def _carry_over_agreed(self):
        self.env.cr.execute(
            SQL(
                """
                UPDATE res_partner
                   SET agreed_contact_date = next_contact_date,
                       agreed_contact_user_id = next_contact_user_id,
                       -- nobody knows any more who it was
                       agreed_contact_set_uid = CASE WHEN next_contact_mark > 0
                                                     THEN %s END,
                       last_contact_day = last_contact_date::date
                 WHERE next_contact_date IS NOT NULL OR last_contact_date IS NOT NULL
                """,
                SUPERUSER_ID,
            )
        )

    # ------------------------------------------------------------------
    # Level and plan
    # ------------------------------------------------------------------

    @api.depends("customer_level_id")
    def _compute_contact_plan_id(self):
        for partner in self:
            plan = partner.customer_level_id.contact_plan_id
            partner.contact_plan_id = partner._allows_plan(plan) and plan

    @api.depends("contact_plan_id")
    def _compute_contact_plan_since(self):
        """A plan that replaces another one leaves what is overdue as it is."""
        today = fields.Date.context_today(self)
        for partner in self:
            partner.contact_plan_since = (
                partner.contact_plan_since or today
                if partner.contact_plan_id
                else False
            )

    def _allows_plan(self, plan):
        """Tell whether a plan is for this customer: one of a company is for its own and
        those of its branches."""
        return not plan.company_id or plan.company_id in self.company_id.parent_ids

    @api.constrains("contact_plan_id", "company_id")
    def _check_contact_plan_id(self):
        # sudo: whatever the plan's company is, and whoever moves the customer.
        for partner in self.sudo():
            if not partner._allows_plan(partner.contact_plan_id):
                raise ValidationError(
                    self.env._(
                        "%(plan)s is a contact plan of %(company)s: not for %(customer)s.",
                        plan=partner.contact_plan_id.name,
                        company=partner.contact_plan_id.company_id.name,
                        customer=partner.display_name,
                    )
                )

    # ------------------------------------------------------------------
    # When it changes
    # ------------------------------------------------------------------

    def copy_data(self, default=None):
        """Whoever does not read levels and plans copies a customer without them."""
        hidden = {
            name: False
            for name in ("contact_plan_id", "customer_level_id")
            if not self._has_field_access(self._fields[name], "read")
        }
        vals_list = super().copy_data(hidden | (default or {}))
        for vals in filter(None, vals_list):
            for name in hidden:
                del vals[name]
        return vals_list

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        # sudo: plans are read by the roles only, partners are created by others too.
        partners.sudo().filtered(
            lambda partner: partner.agreed_contact_date or partner.contact_plan_id
        )._recompute_next_contact()
        return partners

    def write(self, vals):
        """A plan that was chosen by hand stays where the level is written without being
        another."""
        is_moved = BELONGING & vals.keys()
        former = self.commercial_partner_id if is_moved else self.browse()
        same_level = self.browse()
        if "customer_level_id" in vals:
            level_id = vals["customer_level_id"] or False
            same_level = self.filtered(lambda p: p.customer_level_id.id == level_id)
        with self.env.protecting([self._fields["contact_plan_id"]], same_level):
            result = super().write(vals)
        if is_moved:
            # Its contacts, orders and activities are another customer's now.
            (former | self.commercial_partner_id | self).exists()._recompute_all()
        return result

    def _recompute_all(self):
        """Let everything that follows from the contacts, orders and activities of these
        be computed again, when it is needed."""
        self._recompute_contact_dates()
        self._recompute_last_order()
        self._recompute_next_contact()

    def _recompute_next_contact(self):
        """Let the next contact of these be computed again, when it is needed."""
        field = self._fields["next_contact_date"]
        for computed in self.pool.field_computed[field]:
            self.env.add_to_compute(computed, self)

    def _recompute_last_order(self):
        """Let the last order of these be computed again, when it is needed."""
        self.env.add_to_compute(self._fields["last_order_date"], self)
        # sudo: whoever has ordered or sold, a plan may call the customer dormant.
        self.sudo().filtered("contact_plan_id")._recompute_next_contact()

    # ------------------------------------------------------------------
    # What comes of it
    # ------------------------------------------------------------------

    def _compute_last_order_date(self):
        dates = dict(self._read_last_orders(tuple(self.ids)))
        for partner in self:
            partner.last_order_date = dates.get(partner._origin.id)

    @api.depends(
        "agreed_contact_date",
        "agreed_contact_set_uid",
        "agreed_contact_user_id",
        "commercial_partner_id",
        "contact_plan_id",
        "contact_plan_since",
        "last_contact_day",
        "last_order_date",
        "user_id",
    )
    def _compute_next_contact(self):
        """One query for all, the same that updates them at night."""
        rows = {row[0]: row[1:] for row in self._read_next_contacts(tuple(self.ids))}
        for partner in self:
            # What is being edited keeps what was typed until it is saved.
            if partner.id:
                values = rows.get(partner.id, (False,) * len(WRITTEN))
            else:
                values = [partner[fname] for fname in WRITTEN]
            for fname, value in zip(WRITTEN, values, strict=True):
                partner[fname] = value

    @api.depends("dormant_since", "last_contact_day", "next_contact_date")
    @api.depends_context("tz", "uid")
    def _compute_contact_state(self):
        today, now = fields.Date.context_today(self), fields.Datetime.now()
        for partner in self:
            date, dormant = partner.next_contact_date, partner.dormant_since
            if date and date <= today:
                partner.contact_state = "due"
            elif dormant and dormant <= now:
                partner.contact_state = "dormant"
            elif not partner.last_contact_day:
                partner.contact_state = "never"
            else:
                partner.contact_state = "planned" if date else "unplanned"

    def _search_contact_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        states = tuple(state or None for state in value)
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "%s IN %s",
                model._field_to_sql(alias, "contact_state", query),
                states or (None,),
            ),
            predicate=lambda partner: partner.contact_state in states,
        )

    def _field_to_sql(self, alias, field_expr, query=None):
        """The state depends on the day: customers are grouped and filtered by what it
        is today where the user is."""
        if field_expr != "contact_state":
            return super()._field_to_sql(alias, field_expr, query)
        return SQL(
            """(CASE WHEN %(date)s <= %(today)s::date THEN 'due'
                     WHEN %(dormant)s <= %(now)s::timestamp THEN 'dormant'
                     WHEN %(last)s IS NULL THEN 'never'
                     WHEN %(date)s IS NOT NULL THEN 'planned'
                     ELSE 'unplanned' END)""",
            date=super()._field_to_sql(alias, "next_contact_date", query),
            dormant=super()._field_to_sql(alias, "dormant_since", query),
            last=super()._field_to_sql(alias, "last_contact_day", query),
            today=fields.Date.context_today(self),
            now=fields.Datetime.now(),
        )

    # ------------------------------------------------------------------
    # Why
    # ------------------------------------------------------------------

    @api.depends(
        "agreed_contact_date",
        "contact_plan_id",
        "contact_plan_since",
        "last_contact_day",
        "next_contact_origin",
        "next_contact_user_id",
    )
    def _compute_next_contact_reason(self):
        for partner in self:
            # sudo: names of colleagues, plans and channels; of a contact, who had it
            # when, not what was said.
            partner.next_contact_reason = partner.sudo()._explain_next_contact()

    def _explain_next_contact(self):
        """Return in words why the customer is to be contacted then."""
        explain = {
            "activity": self._explain_activity,
            "contact": self._explain_agreed,
            "hand": self._explain_agreed,
            "plan": self._explain_plan,
        }
        why = explain.get(self.next_contact_origin)
        return why and why()

    def _explain_activity(self):
        return self.env._("Planned activity: %s", self.next_contact_user_id.name or "-")

    def _explain_plan(self):
        plan, last = self.contact_plan_id, self.last_contact_day
        values = {
            "plan": plan.name,
            "days": plan.contact_days,
            "last": last and format_date(self.env, last),
            "since": format_date(self.env, self.contact_plan_since),
        }
        if not last:
            return self.env._(
                "%(plan)s: never contacted, within %(days)s days from %(since)s",
                **values,
            )
        if fields.Date.add(last, days=plan.contact_days) == self.next_contact_date:
            return self.env._(
                "%(plan)s: %(days)s days after the contact of %(last)s", **values
            )
        return self.env._(
            "%(plan)s: not contacted since %(last)s, within %(days)s days from %(since)s",
            **values,
        )

    def _tell_contacts(self):
        """Return in words when this customer was contacted last, and is to be."""
        last, date = self.last_contact_date, self.next_contact_date
        if last:
            day = fields.Datetime.context_timestamp(self, last).date()
            told = [self.env._("Last contact: %s", format_date(self.env, day))]
        else:
            told = [self.env._("Never contacted")]
        if date:
            day = format_date(self.env, date)
            told.append(self.env._("Next contact: %s", day))
            # sudo: the name of a colleague.
            told.append(self.next_contact_user_id.sudo().name)
        return " · ".join(filter(None, told))
