from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

# Kind of a line -> field of the statement that adds it up.
TOTALS = {
    "slip": "delivered",
    "return": "returned",
    "receipt": "received",
    "invoice": "other",
    "entry": "other",
    "order": "other",
    "rounding": "other",
    "change": "other",
}
KINDS = [
    ("settlement", "Settlement"),
    ("activity", "Account Activity"),
    ("open", "Open Items"),
]
KIND_HELP = (
    "Settlements follow one another, and what they hold is invoiced. Account activity"
    " tells what happened between two dates, open items what is not paid or invoiced at"
    " the end of a day."
)
FINANCE = "crm_sales_funnel.group_funnel_finance"
AGREED = ("confirmed", "invoiced")


class FunnelStatement(models.Model):
    """What a customer is told that he owes: what he owed before, what was delivered and
    came back since, what he paid, what he owes now.

    Statements of settlement follow one another: each begins with what the last one ended
    with, and each delivery is on exactly one. Those of activity tell of any two dates,
    those of open items what is open at the end of a day; they settle nothing.
    """

    _name = "funnel.statement"
    _description = "Statement"
    _inherit = ["mail.thread", "mail.activity.mixin", "funnel.print.document"]
    _order = "date_to desc, id desc"
    _mail_post_access = "read"

    name = fields.Char("Number", readonly=True, required=True, copy=False)
    kind = fields.Selection(
        KINDS,
        required=True,
        readonly=True,
        default="settlement",
        help=KIND_HELP,
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("sent", "Sent"),
            ("difference", "Difference"),
            ("confirmed", "Confirmed"),
            ("invoiced", "Invoiced"),
        ],
        string="Status",
        required=True,
        readonly=True,
        default="draft",
        tracking=True,
        copy=False,
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, index=True
    )
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    date_from = fields.Date("From", required=True, readonly=True)
    date_to = fields.Date("To", required=True, readonly=True)
    user_id = fields.Many2one(
        "res.users",
        string="Salesperson",
        readonly=True,
        index="btree_not_null",
        help="Salesperson of the customer when the statement was made.",
    )
    team_id = fields.Many2one("crm.team", string="Sales Team", readonly=True)
    line_ids = fields.One2many("funnel.statement.line", "statement_id", readonly=True)
    opening = fields.Monetary(
        "Previous Balance",
        readonly=True,
        help="What was owed at the end of the day before: the open items of the general"
        " ledger, and what was delivered and not invoiced.",
    )
    delivered = fields.Monetary(readonly=True, help="Deliveries, tax included.")
    returned = fields.Monetary(readonly=True)
    received = fields.Monetary("Payments Received", readonly=True)
    other = fields.Monetary(
        readonly=True,
        help="Services, invoices without an order, differences between deliveries and"
        " their invoices, and changes of what earlier statements say.",
    )
    closing = fields.Monetary(
        "Balance", readonly=True, help="What is owed at the end of the last day."
    )
    difference_amount = fields.Monetary(
        "Difference",
        tracking=True,
        readonly=True,
        copy=False,
        help="Our balance less that of the customer.",
    )
    difference_reason = fields.Char("Reason", tracking=True, readonly=True, copy=False)
    agreed = fields.Monetary(
        "Agreed Balance",
        compute="_compute_agreed",
        help="The balance less the difference that the customer has.",
    )
    overdue = fields.Monetary(
        compute="_compute_overdue",
        help="What was due before the last day, credits not deducted.",
    )
    sent_date = fields.Date("Sent On", readonly=True, copy=False)
    confirmed_date = fields.Date("Confirmed On", readonly=True, copy=False)
    invoice_ids = fields.One2many("account.move", "funnel_statement_id", readonly=True)
    invoice_count = fields.Integer(compute="_compute_invoice_count")
    is_last = fields.Boolean(
        compute="_compute_is_last",
        help="No later statement follows: it may be made again.",
    )

    _one_a_period = models.UniqueIndex(
        "(company_id, partner_id, currency_id, date_to) WHERE kind = 'settlement'",
        "There is a statement of this customer for this period already.",
    )

    @api.depends("name", "partner_id.name")
    def _compute_display_name(self):
        for statement in self:
            statement.display_name = f"{statement.name} {statement.partner_id.name}"

    @api.depends("closing", "difference_amount")
    def _compute_agreed(self):
        for statement in self:
            statement.agreed = statement.closing - statement.difference_amount

    @api.depends("line_ids.due_date", "line_ids.amount", "date_to")
    def _compute_overdue(self):
        for statement in self:
            statement.overdue = sum(
                max(line.amount, 0.0)
                for line in statement.line_ids
                if line.move_line_id
                and line.due_date
                and line.due_date < statement.date_to
            )

    @api.depends("invoice_ids")
    def _compute_invoice_count(self):
        for statement in self:
            statement.invoice_count = len(statement.invoice_ids)

    @api.depends("kind", "date_to")
    def _compute_is_last(self):
        latest = {
            key: day
            for *key, day in self._read_group(
                [
                    ("kind", "=", "settlement"),
                    ("partner_id", "in", self.partner_id.ids),
                    ("company_id", "in", self.company_id.ids),
                ],
                ["company_id", "partner_id", "currency_id"],
                ["date_to:max"],
            )
            for key in [tuple(key)]
        }
        for statement in self:
            key = (statement.company_id, statement.partner_id, statement.currency_id)
            statement.is_last = (
                statement.kind != "settlement" or latest.get(key) == statement.date_to
            )

    @api.constrains("date_from", "date_to")
    def _check_dates(self):
        for statement in self:
            if statement.date_from > statement.date_to:
                raise ValidationError(
                    self.env._("A statement ends after it begins, not before.")
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_agreed(self):
        self._lock(self.company_id)  # the next one might be made meanwhile
        for statement in self:
            if statement.state in AGREED:
                raise UserError(
                    self.env._(
                        "%(statement)s is agreed with the customer. Set it back to draft"
                        " first.",
                        statement=statement.name,
                    )
                )
            # One that was reversed is there again when its credit note is taken off it.
            statement._expect_no_invoice()
            # Later ones may go with it.
            later = statement._get_later() - self
            if later:
                raise UserError(
                    self.env._(
                        "%(later)s begins with the balance of %(statement)s. Delete the"
                        " later ones first.",
                        later=later[-1].name,
                        statement=statement.name,
                    )
                )

    def _get_later(self):
        self.ensure_one()
        if self.kind != "settlement":
            return self.browse()
        return self.search(
            [
                ("kind", "=", "settlement"),
                ("company_id", "=", self.company_id.id),
                ("partner_id", "=", self.partner_id.id),
                ("currency_id", "=", self.currency_id.id),
                ("date_to", ">", self.date_to),
            ]
        )

    # ------------------------------------------------------------------
    # What becomes of it
    # ------------------------------------------------------------------

    def action_mark_sent(self):
        """Note that the customer has it."""
        self = self._for_finance()
        self._expect("draft")
        self.write({"state": "sent", "sent_date": fields.Date.context_today(self)})

    def action_confirm(self):
        """Note that the customer agrees, with a difference if there is one. Of some
        statements all is invoiced then."""
        self = self._for_finance()
        self._expect_settlements()
        self._expect("draft", "sent", "difference")
        self.write(
            {"state": "confirmed", "confirmed_date": fields.Date.context_today(self)}
        )
        self._get_settled().state = "invoiced"

    def action_draft(self):
        """Take back what was noted, as long as it is not invoiced."""
        self = self._for_finance()
        self._expect("sent", "difference", "confirmed", "invoiced")
        self._expect_no_invoice()
        self.write(
            {
                "state": "draft",
                "difference_amount": 0,
                "difference_reason": False,
                "sent_date": False,
                "confirmed_date": False,
            }
        )

    def _note_difference(self, amount, reason):
        """Note that the customer has another balance.

        :param amount: our balance less his
        """
        self = self._for_finance()
        self._expect_settlements()
        self._expect("draft", "sent", "difference")
        self.write(
            {
                "state": "difference",
                "difference_amount": amount,
                "difference_reason": reason,
            }
        )

    def _for_finance(self, company=None):
        """Return the statements as superuser, for who works in finance: what they say is
        changed by the methods of this model alone.

        :raise AccessError: the user works elsewhere
        """
        if not (self.env.su or self.env.user.has_group(FINANCE)):
            raise AccessError(self.env._("Statements are made and settled by Finance."))
        self.check_access("read")
        if company:
            company.with_env(self.env).check_access("read")
        # sudo: as said above.
        return self.sudo()

    def _expect_settlements(self):
        """Refuse to settle what only tells of two dates."""
        if self.filtered(lambda each: each.kind != "settlement"):
            raise UserError(
                self.env._("Only statements of settlement are confirmed and invoiced.")
            )

    def _expect(self, *states):
        """Refuse what cannot be done with statements in other states."""
        names = dict(self._fields["state"]._description_selection(self.env))
        for statement in self:
            if statement.state not in states:
                raise UserError(
                    self.env._(
                        "%(statement)s is in the state “%(state)s”: this is not possible"
                        " any more, or not yet.",
                        statement=statement.name,
                        state=names[statement.state],
                    )
                )

    # ------------------------------------------------------------------
    # Why the balance is so
    # ------------------------------------------------------------------

    @api.readonly
    def action_open_aging(self):
        """Return the open items of the customer at the end of the last day."""
        return self._open_at("funnel_aging_report_action")

    @api.readonly
    def action_open_uninvoiced(self):
        """Return what was delivered and not invoiced at the end of the last day."""
        return self._open_at("funnel_uninvoiced_report_action")

    def _open_at(self, action):
        self.ensure_one()
        self.check_access("read")
        actions = self.env["ir.actions.act_window"]
        return {
            **actions._for_xml_id(f"crm_sales_funnel.{action}"),
            "domain": [
                ("partner_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
                ("currency_id", "=", self.currency_id.id),
            ],
            "context": {"as_of": self.date_to.isoformat()},
        }
