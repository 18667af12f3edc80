from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

CHANNELS = [
    ("task", "Task for the Salesperson"),
    ("call", "Call List"),
    ("mail", "Mail"),
    ("letter", "Letter"),
    ("hold", "Credit Hold"),
]
# Channels by which the customer hears of it; the others are internal.
MESSAGES = ("call", "mail", "letter")
# How much each says, to compare levels of two policies.
WEIGHTS = {"task": 0, "call": 1, "mail": 2, "letter": 2, "hold": 3}
# No due date is further away than this; what a mistyped number says is no level.
FURTHEST = 3650


class FunnelFollowupPolicy(models.Model):
    """How customers who do not pay are followed up: by levels, each so many days after
    the due date. One without levels follows up nobody."""

    _name = "funnel.followup.policy"
    _description = "Follow-up Policy"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(
        default=10,
        help="The first policy of a company is for all customers who have no other.",
    )
    company_id = fields.Many2one(
        "res.company", index=True, help="Empty: for all companies."
    )
    level_ids = fields.One2many("funnel.followup.level", "policy_id", copy=True)
    is_automatic = fields.Boolean(
        "Send Without Approval",
        help="The daily job sends by itself. Otherwise what it proposes waits for"
        " somebody who approves.",
    )
    min_days = fields.Integer(
        "Days Between Messages",
        default=7,
        required=True,
        help="A customer gets no call, mail or letter again before so many days.",
    )
    min_amount = fields.Float(
        "Smallest Amount",
        help="Who owes less than this, in the currency of the company, is not followed"
        " up. A smaller rest of what is promised or disputed waits with it.",
    )
    with_entries = fields.Boolean(
        "With Opening Balances",
        default=True,
        help="Items of journal entries, such as opening balances, are followed up like"
        " invoices.",
    )

    _days_not_negative = models.Constraint(
        "CHECK (min_days BETWEEN 0 AND 365)",
        "Between two messages to a customer there are 0 to 365 days.",
    )
    # NaN is above all numbers there are.
    _amount_not_negative = models.Constraint(
        "CHECK (min_amount >= 0 AND min_amount < 1e15)",
        "The smallest amount is 0 or more.",
    )

    @api.model
    def _get_default(self, company):
        """Return the policy of customers of a company who have no other."""
        return self.search([("company_id", "in", (False, company.id))], limit=1)

    def unlink(self):
        """The levels are deleted by themselves: they know what waits for them."""
        self.level_ids.unlink()
        return super().unlink()


class FunnelFollowupLevel(models.Model):
    """What is done about an item from so many days after its due date on."""

    _name = "funnel.followup.level"
    _description = "Follow-up Level"
    _order = "policy_id, days, id"

    policy_id = fields.Many2one(
        "funnel.followup.policy", required=True, index=True, ondelete="cascade"
    )
    name = fields.Char(required=True, translate=True)
    days = fields.Integer(
        "Days After Due",
        required=True,
        help="From which day after the due date on; negative: before it.",
    )
    channel = fields.Selection(
        CHANNELS,
        required=True,
        default="task",
        help="Mail: who has no mail address gets a letter.",
    )
    with_statement = fields.Boolean(
        help="The letter lists all open items, also those that are not due, promised or"
        " disputed.",
    )
    text = fields.Text(
        translate=True,
        help="What the letter or mail says, or what to speak about. It is printed as it"
        " is written, in the language of the customer.",
    )

    # At the end of each statement: one level may take the days that another one leaves.
    _one_of_days = models.Constraint(
        "UNIQUE (policy_id, days) DEFERRABLE INITIALLY IMMEDIATE",
        "A policy has one level for each number of days.",
    )

    @api.constrains("days")
    def _check_days(self):
        if any(abs(level.days) > FURTHEST for level in self):
            raise ValidationError(
                self.env._(
                    "A level begins at most %(days)s days before or after the due date.",
                    days=FURTHEST,
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_letters(self):
        """Letters that are still to be printed say what the level says."""
        # sudo: whether there are any, of all companies and customers.
        letters = self.env["funnel.followup.line"].sudo()
        if letters.search_count(
            [
                ("level_id", "in", self.ids),
                ("channel", "=", "letter"),
                ("state", "=", "todo"),
                ("is_paid", "=", False),
            ],
            limit=1,
        ):
            raise UserError(
                self.env._(
                    "Letters of this level are still to be printed. Print them, or note"
                    " them as done, before you delete the level."
                )
            )

    def unlink(self):
        """Withdraw what waits for approval: it would say nothing. What is due by other
        levels, the next run proposes."""
        # sudo: of all companies and customers.
        lines = self.env["funnel.followup.line"].sudo()
        lines.search(
            [("level_id", "in", self.ids), ("state", "=", "proposed")]
        ).unlink()
        return super().unlink()

    @api.model
    def _get_ids_by_days(self, policy_ids) -> dict[tuple[int, int], int]:
        """Return policy and days -> level, of some policies."""
        levels = self.search([("policy_id", "in", list(policy_ids))])
        return {(level.policy_id.id, level.days): level.id for level in levels}
