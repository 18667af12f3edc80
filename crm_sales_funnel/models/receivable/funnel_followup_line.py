from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

from .funnel_followup_policy import CHANNELS

# So many lines between two commits.
AT_ONCE = 20


class FunnelFollowupLine(models.Model):
    """What is done about one customer who does not pay: proposed, carried out, answered.

    A customer has one line in a run for each currency. Whether it is still open follows
    from its journal items: it closes as they are paid, and opens again when a payment
    is undone.
    """

    _name = "funnel.followup.line"
    _description = "Follow-up"
    _inherit = ["mail.thread", "funnel.print.document"]
    _order = "date desc, amount_company desc, id"
    _rec_name = "partner_id"
    _mail_post_access = "read"

    run_id = fields.Many2one(
        "funnel.followup.run",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    date = fields.Date(required=True, readonly=True)
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, index=True
    )
    contact_id = fields.Many2one(
        "res.partner",
        string="Goes to",
        readonly=True,
        help="The billing address of the customer, or the customer itself.",
    )
    phone = fields.Char(related="contact_id.phone")
    email = fields.Char(related="contact_id.email")
    lang = fields.Char("Language", readonly=True)
    user_id = fields.Many2one(
        "res.users",
        string="Salesperson",
        readonly=True,
        index="btree_not_null",
        help="Salesperson of the customer, else of what is owed most.",
    )
    team_id = fields.Many2one(
        related="user_id.sale_team_id",
        string="Sales Team",
        help="The team that the salesperson is in.",
    )
    policy_id = fields.Many2one("funnel.followup.policy", readonly=True)
    level_id = fields.Many2one(
        "funnel.followup.level", readonly=True, ondelete="set null"
    )
    level_days = fields.Integer("Days of the Level", readonly=True)
    channel = fields.Selection(CHANNELS, required=True, readonly=True)
    with_statement = fields.Boolean(readonly=True)
    state = fields.Selection(
        [
            ("proposed", "To Approve"),
            ("todo", "To Do"),
            ("done", "Done"),
            ("skipped", "Left Out"),
            ("failed", "Failed"),
        ],
        string="Status",
        required=True,
        readonly=True,
        default="proposed",
        tracking=True,
    )
    note = fields.Char(
        "Remark", readonly=True, help="Why it was left out, or what failed."
    )
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    amount_due = fields.Monetary(
        "Overdue",
        readonly=True,
        help="What is followed up: at a level before the due date, what is not due too.",
    )
    credit = fields.Monetary(
        "Unapplied Credit",
        readonly=True,
        help="Payments and credit notes that are not matched with an invoice.",
    )
    amount = fields.Monetary(
        compute="_compute_amount", help="What the customer is asked for."
    )
    amount_company = fields.Monetary(
        "Amount in Company Currency",
        currency_field="company_currency_id",
        readonly=True,
    )
    amount_open = fields.Monetary(
        "Open Now",
        compute="_compute_amount_open",
        help="What is open now of what was followed up.",
    )
    is_paid = fields.Boolean(
        "Paid",
        compute="_compute_amount_open",
        search="_search_is_paid",
        help="Nothing is open of what was followed up. It opens again when a payment is"
        " undone.",
    )
    oldest_days = fields.Integer(
        "Days Overdue", readonly=True, aggregator="max", help="Of the oldest item."
    )
    item_ids = fields.One2many("funnel.followup.item", "line_id", readonly=True)
    done_date = fields.Date("Done On", readonly=True)
    done_user_id = fields.Many2one("res.users", string="Done by", readonly=True)
    answer = fields.Text(tracking=True, help="What the customer said.")
    mail_id = fields.Many2one("mail.mail", readonly=True, ondelete="set null")
    # Stored: who works in finance may not read the mails of all others.
    mail_state = fields.Selection(
        related="mail_id.state", string="Mail Status", store=True
    )

    _one_proposed = models.UniqueIndex(
        "(company_id, partner_id, currency_id) WHERE state = 'proposed'",
        "The customer is proposed already.",
    )
    _proposed_idx = models.Index(
        "(company_id, policy_id) WHERE state IN ('proposed', 'todo')"
    )

    @api.depends("partner_id.name", "date")
    def _compute_display_name(self):
        for line in self:
            line.display_name = (
                f"{line.partner_id.name}, {fields.Date.to_string(line.date)}"
            )

    @api.depends("amount_due", "credit")
    def _compute_amount(self):
        for line in self:
            line.amount = line.amount_due + line.credit

    @api.depends("item_ids.kind", "item_ids.amount_open")
    def _compute_amount_open(self):
        for line in self:
            chased = line.item_ids.filtered(lambda item: item.kind == "chased")
            line.amount_open = sum(chased.mapped("amount_open"))
            line.is_paid = not any(chased.mapped("amount_open"))

    def _is_owed_at_its_level(self, day) -> bool:
        """Return whether anything is open at a day that is late enough for the level of
        this follow-up, by the due dates of now."""
        return any(
            item.kind == "chased"
            and item.amount_open
            and (day - (item.due_date or item.invoice_date)).days >= self.level_days
            for item in self.item_ids
        )

    @api.model
    def _search_is_paid(self, operator, value):
        if operator not in ("in", "not in"):
            return NotImplemented
        if {True, False} <= set(value):
            return Domain.TRUE if operator == "in" else Domain.FALSE
        paid = (operator == "in") == (True in value)
        return Domain.custom(
            to_sql=lambda model, alias, query: model._paid_condition(alias, paid)
        )

    def _paid_condition(self, alias: str, paid: bool) -> SQL:
        """Return the condition that nothing is open, or something is: of what is written
        down, else of what is proposed."""
        line = SQL.identifier(alias)
        written = SQL("funnel_followup_item AS told")
        proposed = self.env["funnel.followup.item"]._told(
            SQL("%s.proposed_items", line)
        )
        flushed = self.env["account.move.line"]._fields
        return SQL(
            "(CASE WHEN %(line)s.proposed_items IS NULL THEN %(written)s"
            " ELSE %(proposed)s END) = %(is_open)s",
            line=line,
            written=self._any_open(written, SQL("told.line_id = %s.id", line)),
            proposed=self._any_open(proposed, SQL("TRUE")),
            is_open=not paid,
            to_flush=[
                flushed[name] for name in ("amount_residual_currency", "parent_state")
            ]
            + [self._fields["proposed_items"]],
        )

    def _any_open(self, told: SQL, condition: SQL) -> SQL:
        """Return whether any of what is told of is open.

        :param told: what stands in FROM, as ``told``
        """
        return SQL(
            """
            EXISTS (
                SELECT
                  FROM %(told)s
                  JOIN account_move_line AS entry ON entry.id = told.move_line_id::int
                 WHERE %(condition)s
                   AND told.kind = 'chased'
                   AND entry.parent_state = 'posted'
                   AND (entry.amount_residual_currency <> 0 OR EXISTS (
                       -- an entry that was reset to draft keeps what it was matched with
                       SELECT
                         FROM account_partial_reconcile AS partial
                         JOIN account_move_line AS other
                           ON other.id IN (partial.debit_move_id, partial.credit_move_id)
                        WHERE entry.id IN (partial.debit_move_id, partial.credit_move_id)
                          AND other.parent_state = 'draft'))
            )
            """,
            told=told,
            condition=condition,
        )

    # ------------------------------------------------------------------
    # What becomes of them
    # ------------------------------------------------------------------

    def _expect(self, *states):
        """Refuse what cannot be done with lines in other states."""
        names = dict(self._fields["state"]._description_selection(self.env))
        for line in self:
            if line.state not in states:
                raise UserError(
                    self.env._(
                        "%(line)s is in the state “%(state)s”: this is not possible any"
                        " more, or not yet.",
                        line=line.display_name,
                        state=names[line.state],
                    )
                )

    def _for_finance(self):
        self.check_access("read")
        self.env["funnel.followup.run"]._for_finance()
        # sudo: what is followed up is written by the methods of this model alone.
        return self.sudo()

    def action_propose(self):
        """Propose what is to be done today, whatever lines are selected."""
        return self.env["funnel.followup.run"].action_propose()

    def action_skip(self):
        """Leave out what is proposed; it is proposed again by the next run."""
        self = self._for_finance()
        self._expect("proposed", "failed")
        self.write({"state": "skipped", "note": False})

    def action_propose_again(self):
        """Take back that something was left out, or failed, or was mailed in vain."""
        self = self._for_finance()
        self.filtered(lambda line: not line._is_undelivered())._expect(
            "skipped", "failed"
        )
        if self.filtered(lambda line: not line.level_id):
            raise UserError(
                self.env._("The level of this follow-up was deleted. Propose anew.")
            )
        self.write({"state": "proposed", "note": False, "mail_id": False})
        self._hand_over(self.partner_id)

    def _is_undelivered(self):
        return self.state == "done" and self.mail_state in ("exception", "cancel")

    def action_done(self):
        """Note that a task, call or letter is done; letters are sent by finance."""
        if "letter" in self.mapped("channel"):
            self._for_finance()
        self = self._for_doer()
        self._expect("todo")
        self._note_done()

    def action_undo(self):
        """Note that a task, call or letter is to be done after all."""
        self = self._for_doer()
        self._expect("done")
        if self.filtered(lambda line: line.channel in ("mail", "hold")):
            raise UserError(self.env._("A mail that is sent cannot be taken back."))
        self.write({"state": "todo", "done_date": False, "done_user_id": False})
        self._hand_over(self.partner_id)

    def _for_doer(self):
        """Return the lines as superuser, for who may do what is to be done: finance, and
        the salespeople who may read them.

        :raise AccessError: the user may not
        """
        self.check_access("write")
        # sudo: what is followed up is written by the methods of this model alone.
        return self.sudo()

    def _note_done(self):
        self.write(
            {
                "state": "done",
                "done_date": fields.Date.context_today(self),
                "done_user_id": self.env.uid,
            }
        )

    def _note_answer(self, answer):
        """Note what the customer said, which does what was to be done."""
        self.check_access("read")
        # sudo: who may read a follow-up may answer it by a contact.
        lines = self.sudo()
        if answer:
            lines.answer = answer
        lines.filtered(lambda line: line.state == "todo")._note_done()

    @api.model
    def _hand_over(self, customers):
        """Give what is to be done about customers to their salespeople of now."""
        self._hand_over_where(Domain("partner_id", "in", customers.ids))

    @api.model
    def _hand_over_of(self, users):
        """Give what is to be done by users, and about their customers, to those who are
        there now."""
        self._hand_over_where(
            Domain("user_id", "in", users.ids)
            | Domain("partner_id.user_id", "in", users.ids)
        )

    def _hand_over_where(self, domain):
        # sudo: who writes a customer or a user may not read what others do.
        lines = self.sudo().search(domain & Domain("state", "in", ("proposed", "todo")))
        for user, some in lines.grouped(lambda line: line._get_doer()).items():
            some.filtered(lambda line, u=user: line.user_id != u).user_id = user

    def _get_doer(self):
        """Return who is to do it: the salesperson of the customer, else who has it, if he
        is there and works in the company that it is about; else nobody."""
        for user in (self.partner_id.user_id, self.user_id):
            if user.active and self.company_id in user.company_ids:
                return user
        return self.user_id.browse()

    @api.model
    def _merge_customers(self, customers):
        """Propose anew what waits for customers that become one."""
        self.search(
            [("state", "=", "proposed"), ("partner_id", "in", customers.ids)]
        ).unlink()

    def write(self, vals):
        """Of a line nothing but the answer is written by who is not the system."""
        if not self.env.su and vals.keys() - {"answer"}:
            raise AccessError(
                self.env._("A follow-up is changed by its buttons, but for the answer.")
            )
        return super().write(vals)

    def action_log_contact(self):
        """Return how to log what the customer said, which does what is to be done."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_sales_funnel.funnel_contact_log_action_new"
        )
        context = {
            "default_partner_id": self.partner_id.id,
            "default_followup_line_id": self.id,
        }
        return {**action, "context": context}
