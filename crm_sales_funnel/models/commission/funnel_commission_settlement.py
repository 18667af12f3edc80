from typing import Any

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

from ..base.funnel_reminder import MODULE

FINANCE = f"{MODULE}.group_funnel_finance"
MANAGER = f"{MODULE}.group_funnel_manager"
# What the buttons have come to. Whether it is paid follows from what pays it.
STEPS = [
    ("draft", "Draft"),
    ("submitted", "Submitted"),
    ("disputed", "Disputed"),
    ("approved", "Approved"),
    ("cancelled", "Cancelled"),
]
STATES = [*STEPS[:4], ("paid", "Paid"), STEPS[4]]
# What is known later of a time that one of these is of is booked after it.
CLOSED = ("submitted", "disputed", "approved", "paid")


class FunnelCommissionSettlement(models.Model):
    """What somebody is paid of his or her commission: what the last settlement left to
    be taken back, what was earned since, what was taken back, what was adjusted.

    Each payee has settlements of his own, since each is paid, and owes, for himself. They
    follow one another in a company, and each entry of the ledger is in one. Nothing of it
    is written by hand.
    """

    _name = "funnel.commission.settlement"
    _description = "Commission Settlement"
    _inherit = ["mail.thread", "funnel.print.document"]
    _order = "date_to desc, id desc"
    _mail_post_access = "read"

    name = fields.Char("Number", readonly=True, required=True, copy=False)
    user_id = fields.Many2one(
        "res.users", string="Salesperson", required=True, readonly=True, index=True
    )
    team_id = fields.Many2one(
        "crm.team",
        string="Sales Team",
        readonly=True,
        help="The salesperson's when the settlement was made.",
    )
    payee_id = fields.Many2one(
        "res.partner",
        string="Paid To",
        required=True,
        readonly=True,
        help="As a member of the plan says; else the salesperson.",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    date_from = fields.Date("From", required=True, readonly=True)
    date_to = fields.Date("To", required=True, readonly=True)
    step = fields.Selection(
        STEPS,
        required=True,
        readonly=True,
        default="draft",
        copy=False,
        help="How far it was brought by hand.",
    )
    state = fields.Selection(
        STATES,
        string="Status",
        compute="_compute_state",
        store=True,
        tracking=True,
        help="Paid follows from the bill or the payroll that pays it.",
    )
    dispute = fields.Text(
        "What Is Not Right",
        readonly=True,
        copy=False,
        help="As the salesperson said it last.",
    )
    opening = fields.Monetary(
        readonly=True, help="What the last settlement left to be taken back."
    )
    earned = fields.Monetary(readonly=True)
    claw_back = fields.Monetary(
        "Claw-back",
        readonly=True,
        help="What was taken back: of credit notes, payments undone, corrections.",
    )
    adjustment = fields.Monetary(
        "Adjustments", readonly=True, help="What was added or taken off by hand."
    )
    payable = fields.Monetary(
        readonly=True,
        help="What is paid: opening and earned, less claw-back, with adjustments; nothing"
        " where that is less than nothing.",
    )
    carried = fields.Monetary(
        "Carried Forward",
        readonly=True,
        help="What is less than nothing: the next settlement begins with it.",
    )
    entry_ids = fields.One2many(
        "funnel.commission.entry", "settlement_id", string="Entries", readonly=True
    )
    entry_count = fields.Integer("Number of Entries", compute="_compute_entry_count")
    move_id = fields.Many2one(
        "account.move",
        string="Vendor Bill",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups=f"{FINANCE},{MANAGER}",
    )
    payroll_id = fields.Many2one(
        "funnel.payroll",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups=f"{FINANCE},{MANAGER}",
    )
    is_assigned = fields.Boolean(
        "Is in a Payment",
        compute="_compute_is_assigned",
        compute_sudo=True,
        help="There is a bill or a payroll that pays it, or is about to.",
    )
    is_own = fields.Boolean("Is Mine", compute="_compute_is_own")
    concerns_me = fields.Boolean(
        "Mine or Paid to Me",
        compute="_compute_is_own",
        help="Another manager approves it.",
    )

    # Not unique: payees that are merged may have had one each of the same period.
    _last_idx = models.Index(
        "(company_id, user_id, payee_id, date_to) WHERE step <> 'cancelled'"
    )
    _waiting_idx = models.Index(
        "(state, company_id) WHERE state IN ('draft', 'submitted', 'disputed')"
    )
    _some_time = models.Constraint(
        "CHECK (date_from <= date_to)", "A settlement ends after it begins, not before."
    )

    @api.depends(
        "step",
        "move_id.state",
        "move_id.reversal_move_ids.state",
        "move_id.reversal_move_ids.reversal_move_ids.state",
        "payroll_id.state",
    )
    def _compute_state(self):
        for settlement in self:
            move, payroll = settlement.move_id, settlement.payroll_id
            is_paid = payroll.state == "posted" or (
                move.state == "posted" and not move._is_taken_back()
            )
            is_done = settlement.step == "approved" and is_paid
            settlement.state = "paid" if is_done else settlement.step

    @api.depends(
        "move_id.state",
        "move_id.reversal_move_ids.state",
        "move_id.reversal_move_ids.reversal_move_ids.state",
        "payroll_id.state",
    )
    def _compute_is_assigned(self):
        for settlement in self:
            move, payroll = settlement.move_id, settlement.payroll_id
            settlement.is_assigned = bool(
                (payroll and payroll.state != "cancelled")
                or (move and move.state != "cancel" and not move._is_taken_back())
            )

    @api.depends("user_id", "payee_id")
    @api.depends_context("uid")
    def _compute_is_own(self):
        me = self.env.user
        for settlement in self:
            settlement.is_own = settlement.user_id == me
            settlement.concerns_me = (
                settlement.is_own or settlement.payee_id == me.partner_id
            )

    def _compute_entry_count(self):
        counts = dict(
            self.env["funnel.commission.entry"]._read_group(
                [("settlement_id", "in", self.ids)], ["settlement_id"], ["__count"]
            )
        )
        for settlement in self:
            settlement.entry_count = counts.get(settlement, 0)

    @api.depends("name", "user_id.name")
    def _compute_display_name(self):
        for settlement in self:
            # Whose it is may be told, how much it is may not.
            settlement.display_name = (
                f"{settlement.name} {settlement.user_id.name or ''}".strip()
            )

    # ------------------------------------------------------------------
    # Who may do what
    # ------------------------------------------------------------------

    def _for(self, *groups: str):
        """Return the settlements as superuser, for who is in one of the groups: what
        they say is changed by the methods of this model alone.

        :raise AccessError: the user does not read them, or works elsewhere
        """
        self._check_groups(*groups)
        self.check_access("read")
        return self.sudo()  # sudo: as said above

    @api.model
    def _check_groups(self, *groups: str) -> None:
        if not (self.env.su or any(map(self.env.user.has_group, groups))):
            raise AccessError(
                self.env._("This is for %(roles)s.", roles=self._get_role_names(groups))
            )

    def _get_role_names(self, groups) -> str:
        names = {
            FINANCE: self.env._("Finance"),
            MANAGER: self.env._("managers"),
        }
        return ", ".join(names[group] for group in groups)

    def _expect(self, *states: str) -> None:
        """Refuse what cannot be done with settlements in other states."""
        names = dict(self._fields["state"]._description_selection(self.env))
        for settlement in self:
            if settlement.state not in states:
                raise UserError(
                    self.env._(
                        "%(settlement)s is in the state “%(state)s”: this is not possible"
                        " any more, or not yet.",
                        settlement=settlement.name,
                        state=names[settlement.state],
                    )
                )

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_submit(self):
        """Let the salespeople look at them, and managers approve them."""
        settlements = self._for(FINANCE, MANAGER)
        settlements._expect("draft", "disputed")
        settlements.write({"step": "submitted"})
        for settlement in settlements:
            settlement._tell_salesperson()
        return True

    def _tell_salesperson(self) -> None:
        """Write to whose it is. No amount: mails leave the house."""
        reader = self.user_id.partner_id
        mine = self.with_context(lang=reader.lang or self.env.lang)
        # Who submitted it reads what the salesperson answers.
        mine.message_subscribe((reader | self.env.user.partner_id).ids)
        mine.message_post(
            subject=mine.env._(
                "Commission up to %s", format_date(mine.env, mine.date_to)
            ),
            body=mine.env._(
                "Your commission settlement %(name)s, from %(date_from)s to %(date_to)s,"
                " is ready. If something is not right, open it and choose Raise a"
                " Dispute.",
                name=mine.name,
                date_from=format_date(mine.env, mine.date_from),
                date_to=format_date(mine.env, mine.date_to),
            ),
            subtype_xmlid="mail.mt_comment",
        )

    def action_approve(self):
        """Approve what was submitted.

        :raise UserError: one of them is the user's own, or paid to the user
        """
        settlements = self._for(MANAGER)
        settlements._expect("submitted")
        own = settlements.filtered("concerns_me")
        if own:
            raise UserError(
                self.env._(
                    "%s is your own, or paid to you. Another manager approves it.",
                    ", ".join(own.mapped("name")),
                )
            )
        settlements.write({"step": "approved"})
        return True

    def action_dispute(self) -> dict[str, Any]:
        """Ask the salesperson what is not right."""
        self.ensure_one()
        self._check_disputable()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                f"{MODULE}.funnel_commission_dispute_action"
            ),
            "context": {"default_settlement_id": self.id},
        }

    def _dispute(self, message: str) -> None:
        """Note what the salesperson says is not right.

        :raise UserError: nothing is said, or it is approved already
        :raise AccessError: it is somebody else's
        """
        self.ensure_one()
        self._check_disputable()
        message = (message or "").strip()
        if not message:
            raise UserError(self.env._("Write what is not right."))
        # sudo: nobody but the methods writes it.
        self.sudo().write({"step": "disputed", "dispute": message})
        self.message_post(body=message, subtype_xmlid="mail.mt_comment")

    def _check_disputable(self) -> None:
        self.check_access("read")
        if self.user_id != self.env.user:
            raise AccessError(
                self.env._(
                    "Only the salesperson whose it is says that it is not right."
                )
            )
        self._expect("submitted")

    def action_adjust(self) -> dict[str, Any]:
        """Ask what is added or taken off, so that it can be made again with it.

        :raise UserError: it cannot be made again
        """
        self.ensure_one()
        self._check_groups(FINANCE, MANAGER)
        self.check_access("read")
        self._expect("draft", "disputed")
        self._expect_last()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                f"{MODULE}.funnel_commission_entry_action_adjust"
            ),
            "context": {
                "default_user_id": self.user_id.id,
                "default_company_id": self.company_id.id,
                "default_payee_id": self.payee_id.id,
                "default_date": self.date_to,
                "of_settlement": True,
            },
        }

    def action_draft(self):
        """Take back what is not approved: it may be made again then."""
        settlements = self._for(FINANCE, MANAGER)
        settlements._expect("submitted", "disputed")
        settlements.write({"step": "draft"})
        return True
