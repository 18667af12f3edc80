from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, format_amount

FINANCE = "crm_sales_funnel.group_funnel_finance"


class FunnelUnknownReceipt(models.Model):
    """Money that arrived, and nobody knows from whom: it is posted at once, to an account
    of its own, and waits there until somebody claims it for a customer.

    A claim that is confirmed is a payment of the customer out of that account: no money
    moves, so the report of receipts has the money once, on the day when it arrived.
    """

    _name = "funnel.unknown.receipt"
    _description = "Unknown Receipt"
    _inherit = ["funnel.finite.amounts", "funnel.usual.dates", "mail.thread"]
    _order = "date desc, id desc"
    _rec_name = "payer_name"
    _check_company_auto = True

    date = fields.Date(
        required=True,
        index=True,
        default=fields.Date.context_today,
        help="The day when the money arrived.",
    )
    amount = fields.Monetary(required=True)
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        compute="_compute_currency_id",
        store=True,
        readonly=False,
        precompute=True,
    )
    journal_id = fields.Many2one(
        "account.journal",
        required=True,
        index=True,
        default=lambda self: self._get_usual_journal(),
        domain="[('type', 'in', ('bank', 'cash', 'credit')),"
        " ('company_id', 'in', allowed_company_ids)]",
        help="Where the money arrived.",
    )
    available_method_ids = fields.Many2many(
        "account.payment.method.line", compute="_compute_available_method_ids"
    )
    payment_method_line_id = fields.Many2one(
        "account.payment.method.line",
        string="Method",
        required=True,
        compute="_compute_payment_method_line_id",
        store=True,
        readonly=False,
        precompute=True,
        domain="[('id', 'in', available_method_ids)]",
    )
    company_id = fields.Many2one(
        related="journal_id.company_id", store=True, index=True, precompute=True
    )
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Currency of the Company"
    )
    payer_name = fields.Char(
        "Payer", index="trigram", tracking=True, help="As the bank tells it."
    )
    memo = fields.Char(tracking=True, help="What the payer wrote.")
    reference = fields.Char(
        index="btree_not_null",
        tracking=True,
        help="The number that the bank gave the transfer.",
    )
    is_cancelled = fields.Boolean("Cancelled", readonly=True, copy=False)
    is_taken_back = fields.Boolean(
        "Taken Back",
        compute="_compute_is_taken_back",
        store=True,
        help="Another entry took back the one that posted it.",
    )
    payment_id = fields.Many2one(
        "account.payment",
        readonly=True,
        copy=False,
        index=True,
        ondelete="restrict",
        groups=FINANCE,
    )
    item_id = fields.Many2one(
        "account.move.line",
        string="Journal Item",
        readonly=True,
        copy=False,
        index=True,
        ondelete="set null",
        groups=FINANCE,
    )
    amount_open = fields.Monetary(
        "Not Assigned",
        compute="_compute_amount_open",
        store=True,
        help="What no customer has got of it yet.",
    )
    amount_open_company = fields.Monetary(
        "Not Assigned, in Company Currency",
        currency_field="company_currency_id",
        compute="_compute_amount_open",
        store=True,
    )
    claim_ids = fields.One2many("funnel.receipt.claim", "receipt_id", readonly=True)
    # The rules ask for it, and not for the claims: Odoo reads what a rule asks for with
    # all rights, and the lines would tell of others' claims then.
    claimant_ids = fields.Many2many(
        "res.users",
        string="Claimants",
        compute="_compute_claimant_ids",
        store=True,
        help="Whose claim waits or is confirmed.",
    )
    claimants = fields.Char(
        "Claimed by",
        compute="_compute_claimants",
        compute_sudo=True,
        help="Who waits for Finance to confirm.",
    )
    state = fields.Selection(
        [
            ("open", "Unclaimed"),
            ("claimed", "Claimed"),
            ("contested", "Contested"),
            ("done", "Assigned"),
            ("cancelled", "Cancelled"),
        ],
        string="Status",
        compute="_compute_state",
        store=True,
        index=True,
        tracking=True,
        help="Contested: more is claimed than is there, and Finance decides. Assigned:"
        " customers have got all of it.",
    )
    age = fields.Integer(
        "Days", compute="_compute_age", help="Since it arrived, until it is assigned."
    )
    proposed_partner_id = fields.Many2one(
        "res.partner",
        string="Probably From",
        compute="_compute_proposed_partner_id",
        groups=FINANCE,
        help="Whose the money of this payer was the last time, or the customer of that"
        " name.",
    )

    _some_amount = models.Constraint(
        "CHECK (amount > 0)", "The amount that arrived is above zero."
    )
    _waiting_idx = models.Index("(company_id, date) WHERE state != 'done'")

    # ------------------------------------------------------------------
    # What is entered
    # ------------------------------------------------------------------

    @api.model
    def _get_usual_journal(self):
        """Return the journal of the last one, else the first bank."""
        last = self.search([("company_id", "=", self.env.company.id)], limit=1)
        journals = self.env["account.journal"]
        return last.journal_id or journals.search(
            [
                *journals._check_company_domain(self.env.company),
                ("type", "=", "bank"),
            ],
            limit=1,
        )

    @api.depends("journal_id")
    def _compute_currency_id(self):
        for receipt in self:
            receipt.currency_id = (
                receipt.journal_id.currency_id
                or receipt.journal_id.company_id.currency_id
                or self.env.company.currency_id
            )

    @api.depends("journal_id")
    def _compute_available_method_ids(self):
        for receipt in self:
            methods = receipt.journal_id._get_available_payment_method_lines("inbound")
            # A bill has the name of who drew it.
            receipt.available_method_ids = methods.filtered(
                lambda method: not method.is_bill
            )

    @api.depends("available_method_ids")
    def _compute_payment_method_line_id(self):
        for receipt in self:
            available = receipt.available_method_ids._origin
            kept = receipt.payment_method_line_id & available
            receipt.payment_method_line_id = kept or available[:1]

    # ------------------------------------------------------------------
    # What became of it
    # ------------------------------------------------------------------

    @api.depends("payment_id.move_id.reversal_move_ids.state")
    def _compute_is_taken_back(self):
        for receipt in self:
            receipt.is_taken_back = receipt.payment_id.move_id._is_taken_back()

    def _is_gone(self) -> bool:
        """Return whether its money does not count: it was cancelled here, or taken back
        in the ledger."""
        return self.is_cancelled or self.is_taken_back

    # And on what is matched with the item: see account.partial.reconcile.
    @api.depends("is_cancelled", "is_taken_back", "item_id")
    def _compute_amount_open(self):
        for receipt in self:
            item = receipt.item_id if not receipt._is_gone() else receipt.item_id[:0]
            receipt.amount_open = -item.amount_residual_currency
            receipt.amount_open_company = -item.amount_residual

    @api.depends(
        "amount_open",
        "claim_ids.amount",
        "claim_ids.state",
        "is_cancelled",
        "is_taken_back",
    )
    def _compute_state(self):
        waiting = self._get_claimed("waiting")
        for receipt in self:
            claimed, _users = waiting.get(receipt.id, (0, None))
            compare = receipt.currency_id
            if receipt._is_gone():
                receipt.state = "cancelled"
            elif receipt.item_id and compare.is_zero(receipt.amount_open):
                receipt.state = "done"
            elif not claimed:
                receipt.state = "open"
            elif compare.compare_amounts(claimed, receipt.amount_open) > 0:
                receipt.state = "contested"
            else:
                receipt.state = "claimed"

    @api.depends("claim_ids.state", "claim_ids.user_id")
    def _compute_claimant_ids(self):
        claimants = self._get_claimed("waiting", "confirmed")
        for receipt in self:
            _claimed, users = claimants.get(receipt.id, (0, False))
            receipt.claimant_ids = users

    @api.depends("claim_ids.state", "claim_ids.user_id")
    def _compute_claimants(self):
        waiting = self._get_claimed("waiting")
        for receipt in self:
            _claimed, users = waiting.get(receipt.id, (0, self.env["res.users"]))
            receipt.claimants = ", ".join(users.mapped("name"))

    def _get_claimed(self, *states) -> dict:
        """Return id -> what is claimed by claims in some states, and by whom. Not read
        from the lines of the receipts, which hold each user's own claims."""
        # sudo: that money is claimed is told to all who may claim it.
        claims = self.env["funnel.receipt.claim"].sudo()
        rows = claims._read_group(
            [("receipt_id", "in", self.ids), ("state", "in", states)],
            ["receipt_id"],
            ["amount:sum", "user_id:recordset"],
        )
        return {receipt.id: (claimed, users) for receipt, claimed, users in rows}

    @api.depends("date", "state")
    def _compute_age(self):
        today = fields.Date.context_today(self)
        for receipt in self:
            waits = receipt.date and receipt.state not in ("done", "cancelled")
            receipt.age = (today - receipt.date).days if waits else 0

    @api.depends("payer_name", "company_id")
    def _compute_proposed_partner_id(self):
        """One query for each way to know it, whatever the number of receipts."""
        names = {name for name in self.mapped("payer_name") if name}
        known = self._find_namesakes(names) | self._find_known_payers(names)
        for receipt in self:
            name, company = receipt.payer_name, receipt.company_id.id
            partner = known.get((name, company)) or known.get((name, None))
            receipt.proposed_partner_id = partner

    def _find_namesakes(self, names) -> dict:
        """Return (payer's name, its company or None) -> the only customer of that name."""
        rows = self.env["res.partner"]._read_group(
            [
                ("name", "in", list(names)),
                ("parent_id", "=", False),
                ("customer_rank", ">", 0),
                ("company_id", "in", [False, *self.company_id.ids]),
            ],
            ["name"],
            ["id:array_agg"],
        )
        return {(name, None): ids[0] for name, ids in rows if len(ids) == 1}

    def _find_known_payers(self, names) -> dict:
        """Return (payer's name, its company) -> whose the last of his money was."""
        if not names:
            return {}
        self.env["funnel.receipt.claim"].flush_model(
            ["partner_id", "receipt_id", "state"]
        )
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (receipt.payer_name, receipt.company_id)
                       receipt.payer_name, receipt.company_id, claim.partner_id
                  FROM funnel_unknown_receipt AS receipt
                  JOIN funnel_receipt_claim AS claim
                    ON claim.receipt_id = receipt.id AND claim.state = 'confirmed'
                 WHERE receipt.payer_name IN %s AND receipt.company_id IN %s
              ORDER BY receipt.payer_name, receipt.company_id, claim.id DESC
                """,
                tuple(names),
                tuple(self.company_id.ids) or (0,),
            )
        )
        return {(name, company): partner for name, company, partner in rows}

    @api.depends("amount", "currency_id", "payer_name")
    def _compute_display_name(self):
        for receipt in self:
            amount = format_amount(self.env, receipt.amount, receipt.currency_id)
            receipt.display_name = f"{amount} · {receipt.payer_name or ''}".strip(" ·")

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_claim(self):
        """Return the dialog in which it is claimed for a customer.

        :raise UserError: nothing is left of it
        """
        self.ensure_one()
        self.check_access("read")
        self._check_open()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_sales_funnel.funnel_receipt_claim_action_new"
        )
        return {**action, "context": {"default_receipt_id": self.id}}

    def action_receive(self):
        """Return the screen Receive, for who is known without a claim.

        :raise UserError: nothing is left of it
        """
        self.ensure_one()
        self._check_finance()
        self._check_open()
        return self._open_receive(default_unknown_receipt_id=self.id)

    @api.model
    def _open_receive(self, **defaults):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_sales_funnel.funnel_settle_action_receive"
        )
        return {**action, "context": {"default_direction": "receive", **defaults}}

    def action_cancel(self):
        """Cancel what was entered by mistake: its entry, and the claims that wait.

        :raise UserError: a customer has got some of it
        """
        self._check_finance()
        self._wait_for_others()
        self._check_not_taken_back()
        for receipt in self:
            receipt.claim_ids._check_none_confirmed()
            if receipt.is_cancelled:
                raise UserError(self.env._("It is cancelled already."))
        # sudo: this method alone cancels, and the one who calls it is of Finance.
        self.sudo().is_cancelled = True
        self.payment_id._cancel_with_entries()
        self._refuse_claims()

    def _refuse_claims(self):
        """Refuse the claims that wait for what is not there any more."""
        self.claim_ids._refuse_waiting(self.env._("The receipt was cancelled."))

    def _check_none_assigned(self):
        """Refuse to take back what customers have got."""
        if self:
            self._wait_for_others()
        self.claim_ids._check_none_confirmed()

    def _check_not_taken_back(self):
        if any(receipt.is_taken_back for receipt in self):
            raise UserError(self.env._("Another entry took it back already."))

    def action_open_payment(self):
        """Return the form of the payment that posted it."""
        self.ensure_one()
        self._check_finance()
        return self.payment_id._get_records_action()

    def _wait_for_others(self):
        """Wait for who decides about the same receipts: after them, this transaction
        begins anew, and sees what they left."""
        self.env.flush_all()
        if self:
            self.env.cr.execute(
                SQL(
                    "SELECT FROM funnel_unknown_receipt WHERE id IN %s"
                    " ORDER BY id FOR NO KEY UPDATE",
                    tuple(self.ids),
                )
            )

    def _check_finance(self):
        self.check_access("write")
        if not (self.env.su or self.env.user.has_group(FINANCE)):
            raise AccessError(self.env._("This is for Finance."))

    def _check_open(self):
        if self._is_gone() or self.currency_id.is_zero(self.amount_open):
            raise UserError(
                self.env._("Nothing is left of %(receipt)s.", receipt=self.display_name)
            )
