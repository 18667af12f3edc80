import logging
from typing import Any

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools.schedule import next_monthly

_logger = logging.getLogger(__name__)

# So many between two commits of the job.
AT_ONCE = 20
# What each of its costs takes over.
COPIED = (
    "item_id",
    "company_id",
    "currency_id",
    "amount",
    "tax_id",
    "settlement",
    "partner_id",
    "journal_id",
    "payment_method_line_id",
    "user_id",
    "team_id",
    "note",
)


class FunnelRecurringCost(models.Model):
    """A cost that comes back every few months, as rent does.

    Each period is made once: the last one is noted in the same transaction, and the
    database takes no second cost of a period.
    """

    _name = "funnel.recurring.cost"
    _description = "Recurring Cost"
    _inherit = ["funnel.cost.terms"]
    _order = "next_date, id"

    _fixed = frozenset({"error", "last_period", "next_date"})

    name = fields.Char(
        compute="_compute_name",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    active = fields.Boolean(default=True)
    day = fields.Integer(
        "Day of the Month",
        required=True,
        default=1,
        help="In a shorter month the last day takes its place.",
    )
    every = fields.Integer(required=True, default=1, help="Number of months.")
    date_from = fields.Date(
        "From", required=True, default=fields.Date.context_today, tracking=True
    )
    date_until = fields.Date(
        "Until", tracking=True, help="Empty: until it is archived."
    )
    mode = fields.Selection(
        [("approve", "To Approve"), ("post", "Post by Itself")],
        string="When Due",
        required=True,
        default="approve",
        tracking=True,
        help="To approve: a draft is made that Finance posts. Post by itself: it is"
        " posted at once.",
    )
    last_period = fields.Date("Last Made For", readonly=True, copy=False)
    next_date = fields.Date(
        "Next On", compute="_compute_next_date", store=True, index="btree_not_null"
    )
    error = fields.Text(
        "Why It Failed",
        readonly=True,
        copy=False,
        help="What kept the cost that is due from being made. It is tried again every"
        " day.",
    )
    cost_ids = fields.One2many("funnel.running.cost", "recurring_id", string="Costs")

    _day_of_month = models.Constraint(
        "CHECK (day BETWEEN 1 AND 31)", "A day of the month is from 1 to 31."
    )
    _some_months = models.Constraint(
        "CHECK (every BETWEEN 1 AND 120)", "It comes back every 1 to 120 months."
    )
    _some_time = models.Constraint(
        "CHECK (date_until >= date_from)", "It ends after it begins, not before."
    )
    _this_century = models.Constraint(
        "CHECK (date_from BETWEEN '2000-01-01' AND '2999-12-31')",
        "It begins in this century, or soon after.",
    )
    _error_idx = models.Index("(company_id) WHERE error IS NOT NULL")

    @api.depends("item_id")
    def _compute_name(self):
        for recurring in self:
            recurring.name = recurring.name or recurring.item_id.name

    @api.depends("active", "date_from", "date_until", "day", "every", "last_period")
    def _compute_next_date(self):
        for recurring in self:
            recurring.next_date = recurring.active and recurring._get_next_date()

    def _get_next_date(self):
        in_range = 1 <= self.day <= 31 and 1 <= self.every <= 120
        if not (self.date_from and in_range and 2000 <= self.date_from.year < 3000):
            return False  # the form says what is wrong
        date = next_monthly(self.date_from, self.day, self.every, self.last_period)
        return date if not self.date_until or date <= self.date_until else False

    # ------------------------------------------------------------------
    # What is due
    # ------------------------------------------------------------------

    @api.model
    def _cron_make_due(self):
        """Make what is due, some of them a transaction: what is done stays done."""
        crons = self.env["ir.cron"]
        left_out = self.browse()
        due = self._get_due()
        crons._commit_progress(remaining=len(due))
        while due:
            some = due[:AT_ONCE]
            left_out |= some - some._make_next_safely()
            due = self._get_due(left_out)
            if not crons._commit_progress(len(some), remaining=len(due)):
                break

    @api.model
    def _get_due(self, left_out=None):
        """Return those whose next date has come where their company is."""
        domain = [
            ("next_date", "<=", fields.Date.add(fields.Date.today(), days=1)),
            ("id", "not in", left_out.ids if left_out else []),
        ]
        return self.search(domain).filtered(
            lambda recurring: recurring.next_date <= recurring._get_today()
        )

    def _get_today(self):
        """Return the day that it is where the company is."""
        zone = self.company_id.partner_id.tz or self.env.user.tz
        return fields.Date.context_today(self.with_context(tz=zone))

    def _make_next_safely(self):
        """Make the next cost of each; what is wrong with one stops no other.

        :return: those that were made; what somebody else is making is left to him
        """
        made = self.browse()
        for recurring in self.try_lock_for_update():
            try:
                with self.env.cr.savepoint():
                    recurring._make_next()
                made |= recurring
            except OperationalError:
                raise  # somebody does the same: Odoo tries again
            except UserError as error:
                recurring._note_error(str(error))
            except Exception:
                _logger.exception("Recurring cost %s was not made", recurring.id)
                recurring._note_error(self.env._("An error: see the server's log."))
        return made

    def _make_next(self):
        """Make the cost of the next period, and post it if that is wanted."""
        date = self.next_date
        # sudo: nobody but this writes which period was made.
        cost = self.env["funnel.running.cost"].sudo().create(self._prepare_vals(date))
        # sudo: as above.
        self.sudo().write({"last_period": date.replace(day=1), "error": False})
        if self.mode == "post":
            cost.with_env(self.env).action_post()

    def _prepare_vals(self, date) -> dict[str, Any]:
        values = self._convert_to_write({name: self[name] for name in COPIED})
        return {
            **values,
            "date": date,
            "recurring_id": self.id,
            "period": date.replace(day=1),
        }

    def _note_error(self, message):
        if self.error != message:
            # sudo: nobody but this writes why it failed.
            self.sudo().error = message
            self.message_post(
                body=self.env._("It was not made: %(reason)s", reason=message)
            )

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_make_due(self):
        """Make all that is due of these, or of all where none is chosen."""
        self.browse().check_access("write")
        chosen = self or self.search([("company_id", "in", self.env.companies.ids)])
        chosen.check_access("write")
        before = chosen.cost_ids
        due = chosen & self._get_due()
        while due:
            due = due._make_next_safely() & self._get_due()
        made = chosen.cost_ids - before
        failed = chosen.filtered("error")
        if not made and failed:
            raise UserError("\n".join(f"{f.name}: {f.error}" for f in failed))
        if not made:
            return self._tell(self.env._("Nothing is due."))
        return self._open_costs(made)

    def _tell(self, message) -> dict[str, Any]:
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"message": message, "type": "info"},
        }

    def action_open_costs(self) -> dict[str, Any]:
        self.ensure_one()
        return self._open_costs(self.cost_ids)

    def _open_costs(self, costs) -> dict[str, Any]:
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "crm_sales_funnel.funnel_running_cost_action"
            ),
            "domain": [("id", "in", costs.ids)],
            "context": {"create": False},
        }
