import datetime

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL, format_amount, format_date

from .funnel_chasing_pause import FIXED

MODULE = "crm_sales_funnel"
STEPS = {
    "3d": relativedelta(days=3),
    "1w": relativedelta(weeks=1),
    "1m": relativedelta(months=1),
}
# Who pays later than that has another term, which belongs on the invoice.
FURTHEST = relativedelta(years=1)


class FunnelPaymentPromise(models.Model):
    """A customer said by when he pays how much of some open items.

    Until then as much of these is not chased. Whether he kept his word is read from the ledger
    each time: the promise closes when the money is there, and opens again when a
    payment is undone, whoever does it.
    """

    _name = "funnel.payment.promise"
    _description = "Promise to Pay"
    _inherit = ["funnel.chasing.pause"]
    _order = "date_due desc, id desc"

    _changeable = frozenset({"amount", "contact_id", "date_due", "note"})
    _fixed = FIXED | {"is_cancelled"}

    date = fields.Date("Taken on")
    taken_by_id = fields.Many2one(string="Taken by")
    amount = fields.Monetary("Promised")
    amount_company = fields.Monetary("Promised, in Company Currency")
    contact_id = fields.Many2one(
        "res.partner",
        string="Promised by",
        index="btree_not_null",
        domain="[('commercial_partner_id', '=', partner_id), ('id', '!=', partner_id)]",
        help="Who of the customer gave the promise.",
    )
    date_due = fields.Date(
        "Promised for",
        required=True,
        tracking=True,
        default=lambda self: fields.Date.context_today(self) + STEPS["1w"],
        help="The last day on which the payment keeps the promise.",
    )
    due_in = fields.Selection(
        [("3d", "+3 d"), ("1w", "+1 w"), ("1m", "+1 m")],
        string="Promised in",
        compute="_compute_due_in",
        readonly=False,
    )
    is_cancelled = fields.Boolean("Cancelled", readonly=True, tracking=True, copy=False)
    state = fields.Selection(
        [
            ("open", "Open"),
            ("kept", "Paid"),
            ("broken", "Broken"),
            ("renewed", "Promised Anew"),
            ("cancelled", "Cancelled"),
        ],
        string="Status",
        compute="_compute_state",
        compute_sudo=True,
        search="_search_state",
        help="Paid: of its items so much is paid or credited since, in time or late."
        " Promised anew: it was broken, and a later promise took its place.",
    )
    amount_received = fields.Monetary(
        "Received",
        compute="_compute_amount_received",
        compute_sudo=True,
        help="What was paid or credited of its items since the promise.",
    )
    amount_missing = fields.Monetary(
        "Missing", compute="_compute_amount_received", compute_sudo=True
    )
    missing_company = fields.Monetary(
        "Missing, in Company Currency",
        currency_field="company_currency_id",
        compute="_compute_amount_received",
        compute_sudo=True,
    )
    line_ids = fields.One2many(
        "funnel.payment.promise.line", "promise_id", string="Open Items", readonly=True
    )

    _not_cancelled_idx = models.Index("(date_due) WHERE is_cancelled IS NOT TRUE")
    _not_before = models.Constraint(
        "CHECK (date_due >= date)",
        "A promise is for the day when it is taken, or later.",
    )
    _some_amount = models.Constraint(
        "CHECK (amount > 0)", "The amount promised is above zero."
    )

    # ------------------------------------------------------------------
    # What is shown
    # ------------------------------------------------------------------

    @api.depends("partner_id.name", "date_due")
    def _compute_display_name(self):
        for promise in self:
            day = format_date(self.env, promise.date_due)
            promise.display_name = f"{promise.partner_id.name or ''} · {day}"

    @api.depends("date_due")
    def _compute_due_in(self):
        steps = {day: step for step, day in self._get_steps().items()}
        for promise in self:
            promise.due_in = steps.get(promise.date_due)

    @api.onchange("due_in")
    def _onchange_due_in(self):
        if self.due_in:
            self.date_due = self._get_steps()[self.due_in]

    def _get_steps(self) -> dict[str, datetime.date]:
        today = fields.Date.context_today(self)
        return {step: today + delta for step, delta in STEPS.items()}

    @api.onchange("partner_id", "company_id")
    def _onchange_partner_id(self):
        if "default_currency_id" not in self.env.context and self.partner_id:
            self.currency_id = self._get_usual_currency()

    @api.depends("date_due")
    def _compute_item_ids(self):
        return super()._compute_item_ids()

    def _get_default_domain(self):
        """By default all is promised that is due by then."""
        due = self.date_due or fields.Date.context_today(self)
        return [
            *super()._get_default_domain(),
            ("due_date", "<=", due),
            ("promise_id", "=", False),
        ]

    # ------------------------------------------------------------------
    # What became of it
    # ------------------------------------------------------------------

    @api.depends(
        "line_ids.amount_open", "line_ids.residual", "amount", "amount_company"
    )
    def _compute_amount_received(self):
        for promise in self:
            lines = promise.line_ids
            received = sum(lines.mapped("amount_open")) - sum(lines.mapped("residual"))
            missing = max(promise.amount - received, 0.0)
            share = missing / promise.amount if promise.amount else 0.0
            promise.amount_received = received
            promise.amount_missing = missing
            promise.missing_company = promise.amount_company * share

    @api.depends(
        "amount_missing",
        "currency_id",
        "date_due",
        "is_cancelled",
        "line_ids.is_current",
    )
    def _compute_state(self):
        today = fields.Date.context_today(self)
        for promise in self:
            is_current = any(promise.line_ids.mapped("is_current"))
            if promise.is_cancelled:
                promise.state = "cancelled"
            elif promise.currency_id.is_zero(promise.amount_missing):
                promise.state = "kept"
            elif promise.date_due and promise.date_due < today:
                promise.state = "broken" if is_current else "renewed"
            else:
                promise.state = "open"

    @api.model
    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        return fields.Domain.custom(
            to_sql=lambda model, alias, query: model._state_condition(alias, value)
        )

    def _state_condition(self, alias: str, states) -> SQL:
        """Return the condition of some states: of dates first, which an index knows, so
        that the ledger is asked for few."""
        today, due = fields.Date.context_today(self), SQL.identifier(alias, "date_due")
        going = SQL("%s IS NOT TRUE", SQL.identifier(alias, "is_cancelled"))
        dates = {
            "open": SQL("%s AND %s >= %s", going, due, today),
            "kept": going,
            "broken": SQL("%s AND %s < %s", going, due, today),
            "renewed": SQL("%s AND %s < %s", going, due, today),
            "cancelled": SQL("%s IS TRUE", SQL.identifier(alias, "is_cancelled")),
        }
        conditions = [
            SQL("(%s AND %s = %s)", dates[state], self._state_sql(alias), state)
            for state in states
            if state in dates
        ]
        return SQL("(%s)", SQL(" OR ").join(conditions)) if conditions else SQL("FALSE")

    def _state_sql(self, alias: str) -> SQL:
        names = ("amount", "date_due", "is_cancelled")
        return SQL(
            """
            CASE WHEN %(promise)s.is_cancelled THEN 'cancelled'
                 WHEN %(kept)s THEN 'kept'
                 WHEN %(promise)s.date_due >= %(today)s THEN 'open'
                 WHEN EXISTS (
                      SELECT FROM funnel_payment_promise_line
                       WHERE promise_id = %(promise)s.id AND is_current
                 ) THEN 'broken'
                 ELSE 'renewed' END
            """,
            promise=SQL.identifier(alias),
            kept=self._kept_sql(alias),
            today=fields.Date.context_today(self),
            to_flush=[self._fields[name] for name in names],
        )

    def _kept_sql(self, alias: str) -> SQL:
        return SQL(
            "(%s >= %s)", self._received_sql(alias), SQL.identifier(alias, "amount")
        )

    def _received_sql(self, alias: str) -> SQL:
        """Return what was paid or credited of the items of a promise since it was taken:
        the same as ``amount_received``. It follows every payment that is made or undone
        without being told."""
        lines = self.env["funnel.payment.promise.line"]
        return SQL(
            """
            (SELECT COALESCE(SUM(line.amount_open - %(residual)s), 0)
               FROM funnel_payment_promise_line AS line
          LEFT JOIN account_move_line AS item ON item.id = line.move_line_id
              WHERE line.promise_id = %(promise)s)
            """,
            residual=lines._residual_sql("item"),
            promise=SQL.identifier(alias, "id"),
            to_flush=[
                lines._fields[name]
                for name in ("amount_open", "is_current", "promise_id")
            ],
        )

    def _field_to_sql(self, alias, field_expr, query=None):
        # So that promises are grouped, summed and ordered by what became of them.
        if field_expr == "state":
            return self._state_sql(alias)
        if field_expr == "amount_received":
            return self._received_sql(alias)
        missing = SQL(
            "GREATEST(%s - %s, 0)",
            SQL.identifier(alias, "amount"),
            self._received_sql(alias),
        )
        if field_expr == "amount_missing":
            return missing
        if field_expr == "missing_company":
            promise = SQL.identifier(alias)
            return SQL(
                "(%s * %s.amount_company / %s.amount)", missing, promise, promise
            )
        return super()._field_to_sql(alias, field_expr, query)

    # ------------------------------------------------------------------
    # Taking and changing
    # ------------------------------------------------------------------

    def _check_items(self, items, vals):
        result = super()._check_items(items, vals)
        # sudo: that there is a promise is seen in the aging.
        promised = items.filtered("promise_id")[:1].sudo()
        if promised:
            raise UserError(
                self.env._(
                    "%(document)s is promised already, for %(date)s. Change that promise,"
                    " or leave the document out.",
                    document=promised.label,
                    date=format_date(self.env, promised.promised_date),
                )
            )
        return result

    def _create_lines(self, items):
        # sudo: whether a promise is the last one of an item is told, by whomever it was.
        lines = self.env["funnel.payment.promise.line"].sudo()
        lines._replace(items.ids)
        return super()._create_lines(items)

    @api.constrains("contact_id", "partner_id")
    def _check_contact(self):
        for promise in self:
            customer = promise.contact_id.commercial_partner_id
            if customer and customer != promise.partner_id:
                raise ValidationError(
                    self.env._(
                        "%(person)s does not belong to the customer.",
                        person=promise.contact_id.name,
                    )
                )

    @api.constrains("date_due")
    def _check_date_due(self):
        furthest = fields.Date.context_today(self) + FURTHEST
        if any(promise.date_due > furthest for promise in self):
            raise ValidationError(
                self.env._(
                    "A promise is for a day within a year, %(date)s at the latest. For a"
                    " later payment, change the due date of the invoice.",
                    date=format_date(self.env, furthest),
                )
            )

    def _is_open(self):
        return self.state == "open"

    def _get_over(self):
        return self.env._("This promise is over. Take a new one.")

    def action_cancel(self):
        """Take back what was noted by mistake, or does not hold any more."""
        self.check_access("write")
        for promise in self:
            if promise.state in ("kept", "cancelled"):
                raise UserError(
                    self.env._("What is paid or cancelled cannot be cancelled.")
                )
        # sudo: this method alone cancels.
        promises = self.sudo()
        promises.is_cancelled = True
        promises.line_ids._hand_back()
        for promise in promises:
            text = self.env._("Cancelled: %(link)s", link=promise._get_html_link())
            promise._tell(text, text)

    @api.readonly
    def action_open_items(self):
        """Return the items in the aging, as far as they are open."""
        self.ensure_one()
        self.check_access("read")
        actions = self.env["ir.actions.act_window"]
        return {
            **actions._for_xml_id(f"{MODULE}.funnel_aging_report_action"),
            "domain": [("id", "in", self.line_ids.move_line_id.ids)],
            "context": {},
        }

    # ------------------------------------------------------------------
    # What others are told
    # ------------------------------------------------------------------

    def _tell_taken(self):
        for promise in self:
            link = promise._get_html_link()
            day = format_date(self.env, promise.date_due)
            promise._tell(
                self.env._(
                    "Promised to pay by %(date)s: %(link)s", date=day, link=link
                ),
                self.env._(
                    "Promised to pay %(amount)s by %(date)s: %(link)s",
                    amount=format_amount(self.env, promise.amount, promise.currency_id),
                    date=day,
                    link=link,
                ),
            )

    @api.model
    def _get_dialog(self):
        return f"{MODULE}.funnel_payment_promise_action_new"

    # ------------------------------------------------------------------
    # For those who chase
    # ------------------------------------------------------------------

    def _left_sql(self):
        return SQL("amount - received")

    def _open_sql(self, alias: str, as_of: datetime.date) -> SQL:
        """Return the condition of promises that are open at a date. What was paid since
        counts today, and for days to come."""
        names = ("amount", "date_due", "is_cancelled")
        condition = SQL(
            "%(promise)s.is_cancelled IS NOT TRUE AND %(promise)s.date_due >= %(as_of)s",
            promise=SQL.identifier(alias),
            as_of=as_of,
            to_flush=[self._fields[name] for name in names],
        )
        if self._is_past(as_of):
            return condition
        return SQL("%s AND NOT %s", condition, self._kept_sql(alias))


class FunnelPaymentPromiseLine(models.Model):
    """One open item that a customer promised to pay."""

    _name = "funnel.payment.promise.line"
    _description = "Promised Item"
    _inherit = ["funnel.chasing.pause.line"]
    _order = "id"

    promise_id = fields.Many2one(
        "funnel.payment.promise",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    currency_id = fields.Many2one(related="promise_id.currency_id")
    company_id = fields.Many2one(related="promise_id.company_id")
    is_current = fields.Boolean(help="No later promise of this item took its place.")

    # Of two who take a promise of the same item at once, one is told so.
    _one_an_item = models.UniqueIndex(
        "(move_line_id) WHERE is_current",
        "Somebody else has just taken a promise of this item.",
    )

    def _replace(self, move_line_ids):
        """Make room for a promise: those before it of the same items are over."""
        self.search(
            [("move_line_id", "in", move_line_ids), ("is_current", "=", True)]
        ).is_current = False

    def _hand_back(self):
        """Let the promises before these, which are cancelled, be the last ones."""
        current = self.filtered("is_current")
        current.is_current = False
        self.flush_model(["is_current"])
        earlier = self._read_group(
            [
                ("move_line_id", "in", current.move_line_id.ids),
                ("promise_id.is_cancelled", "=", False),
            ],
            ["move_line_id"],
            ["id:max"],
        )
        self.browse([last for _item, last in earlier]).is_current = True
