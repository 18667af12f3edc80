from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import clean_context, format_amount

from ..base.finite_amounts import check_amounts
from ..base.required_fields import check_required
from .funnel_unknown_receipt import FINANCE

# What the one who claims says; all else follows, or is said by Finance.
ENTERED = frozenset(
    {"amount", "invoice_ids", "note", "order_ids", "partner_id", "receipt_id"}
)
CHANGEABLE = ENTERED - {"receipt_id"}


class FunnelReceiptClaim(models.Model):
    """Somebody says that an unknown receipt, or a part of it, is of a customer.

    Several may claim the same money: Finance confirms one of them on the screen Receive,
    or refuses with a reason.
    """

    _name = "funnel.receipt.claim"
    _description = "Claim of a Receipt"
    _inherit = ["funnel.finite.amounts", "mail.thread"]
    _order = "id desc"
    _mail_post_access = "read"

    receipt_id = fields.Many2one(
        "funnel.unknown.receipt",
        string="Unknown Receipt",
        required=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        related="receipt_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="receipt_id.currency_id")
    receipt_date = fields.Date(
        related="receipt_id.date", string="Received on", store=True
    )
    payer_name = fields.Char(related="receipt_id.payer_name", string="Payer")
    memo = fields.Char(related="receipt_id.memo", string="Memo")
    receipt_amount = fields.Monetary(related="receipt_id.amount", string="Arrived")
    amount_open = fields.Monetary(related="receipt_id.amount_open")
    is_contested = fields.Boolean(
        "Contested",
        compute="_compute_is_contested",
        compute_sudo=True,
        help="More of the receipt is claimed than is there.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Claimed by",
        required=True,
        readonly=True,
        index=True,
        default=lambda self: self.env.user,
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        ondelete="restrict",
        tracking=True,
        domain="['|', ('is_company', '=', True), ('parent_id', '=', False)]",
    )
    amount = fields.Monetary(
        "Amount Claimed",
        required=True,
        compute="_compute_amount",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
        help="All that is left of it, unless the customer paid for somebody else as well.",
    )
    order_ids = fields.Many2many(
        "sale.order",
        string="Orders",
        domain="[('partner_id', 'child_of', partner_id), ('state', '!=', 'cancel'),"
        " ('company_id', '=', company_id)]",
        help="What it pays. What is left of it is a deposit, where it is one order.",
    )
    invoice_ids = fields.Many2many(
        "account.move",
        string="Invoices",
        domain="[('commercial_partner_id', '=', partner_id),"
        " ('move_type', 'in', ('out_invoice', 'out_receipt')),"
        " ('state', '=', 'posted'), ('payment_state', 'in', ('not_paid', 'partial')),"
        " ('company_id', '=', company_id)]",
        help="What it pays. Empty: the oldest ones.",
    )
    note = fields.Text()
    is_withdrawn = fields.Boolean("Withdrawn", readonly=True, copy=False)
    refused_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    refusal = fields.Char("Reason", readonly=True, copy=False)
    payment_id = fields.Many2one(
        "account.payment",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups=FINANCE,
    )
    state = fields.Selection(
        [
            ("waiting", "To Confirm"),
            ("confirmed", "Confirmed"),
            ("refused", "Refused"),
            ("withdrawn", "Withdrawn"),
        ],
        string="Status",
        compute="_compute_state",
        store=True,
        tracking=True,
    )

    _some_amount = models.Constraint(
        "CHECK (amount > 0)", "The amount claimed is above zero."
    )
    _waiting_idx = models.Index("(company_id) WHERE state = 'waiting'")

    @api.depends("receipt_id")
    def _compute_amount(self):
        for claim in self:
            claim.amount = claim.amount or claim.receipt_id.amount_open

    @api.depends("receipt_id.state")
    def _compute_is_contested(self):
        for claim in self:
            waits = claim.state == "waiting"
            claim.is_contested = waits and claim.receipt_id.state == "contested"

    # The type, so that the end of the payment is noticed; where it stands is told by it.
    # Paid or not, it confirms the claim.
    @api.depends("is_withdrawn", "payment_id.payment_type", "refused_by_id")
    def _compute_state(self):
        for claim in self:
            if claim.is_withdrawn:
                claim.state = "withdrawn"
            elif claim.refused_by_id:
                claim.state = "refused"
            # Reset to draft, a payment keeps what it is matched with.
            elif claim.payment_id.state in ("draft", "in_process", "paid"):
                claim.state = "confirmed"
            else:
                claim.state = "waiting"

    @api.depends("amount", "currency_id", "partner_id")
    def _compute_display_name(self):
        for claim in self:
            amount = format_amount(self.env, claim.amount, claim.currency_id)
            claim.display_name = f"{amount} · {claim.partner_id.name or ''}"

    @api.model
    def default_get(self, fnames):
        values = super().default_get(fnames)
        receipt = self.browse()._check_receipt(values)
        if receipt and "partner_id" in fnames and not values.get("partner_id"):
            # sudo: who is proposed is known from claims of others; only a customer of
            # one's own is told.
            customer = receipt.sudo().proposed_partner_id
            user = self.env.user
            if customer.user_id == user or user.has_group(FINANCE):
                values["partner_id"] = customer.id
        return values

    def onchange(self, values, field_names, fields_spec):
        self._check_receipt(values)
        return super().onchange(values, field_names, fields_spec)

    def _check_receipt(self, values):
        """Return the receipt of values that are not saved: of others, who calls the
        server is told nothing.

        :raise AccessError: the user does not read it
        """
        given = self.new({"receipt_id": values.get("receipt_id")})
        receipt = given.receipt_id._origin  # whatever form the value has
        self.check_access("read")
        if receipt != self.receipt_id:  # what was claimed before is told to who did
            receipt.check_access("read")
        return receipt

    # ------------------------------------------------------------------
    # Claiming and changing
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        entered = []
        for given in vals_list:
            vals = {
                name: value
                for name, value in self._add_missing_default_values(given).items()
                if name in ENTERED
            }
            check_amounts(self, vals)
            self._check_given(vals)
            vals["user_id"] = self.env.uid
            entered.append(vals)
        plain = self.with_context(clean_context(self.env.context))
        claims = super(FunnelReceiptClaim, plain).create(entered)
        claims._check_claimed()
        return claims.with_env(self.env)

    def _check_given(self, vals):
        """Refuse what the database would, with what is missing."""
        receipt = self._find("funnel.unknown.receipt", vals.get("receipt_id"))
        if not receipt:
            raise UserError(self.env._("Which receipt is claimed?"))
        receipt.check_access("read")
        self._check_customer(vals)
        vals["amount"] = float(vals.get("amount") or receipt.amount_open)
        if receipt.currency_id.compare_amounts(vals["amount"], 0) <= 0:
            raise UserError(self.env._("The amount claimed is above zero."))
        receipt._check_open()

    def _check_customer(self, vals):
        customer = self._find("res.partner", vals.get("partner_id"))
        if not customer:
            raise UserError(self.env._("Of which customer is the money?"))
        # Whose customer, and what he owes, is decided by who may see them.
        customer.check_access("read")

    def _find(self, model, id_):
        """Return the record of an id that was sent, if it is one."""
        return self.env[model].browse(id_ if type(id_) is int else ()).exists()

    def _check_claimed(self):
        """Refuse what is not there, and documents of others."""
        for claim in self:
            claim.order_ids.check_access("read")
            claim.invoice_ids.check_access("read")
            customer = claim.partner_id.commercial_partner_id
            if claim.partner_id != customer:
                # sudo: the customer is the company of the person who was chosen.
                claim.sudo().partner_id = customer
            orders = claim.order_ids.partner_id.commercial_partner_id
            if (orders | claim.invoice_ids.commercial_partner_id) - customer:
                raise ValidationError(
                    self.env._("These are documents of another customer.")
                )
            if (claim.order_ids.company_id | claim.invoice_ids.company_id) - (
                claim.company_id
            ):
                raise ValidationError(
                    self.env._("These are documents of another company.")
                )
            receipt, compare = claim.receipt_id, claim.currency_id.compare_amounts
            if compare(claim.amount, 0) <= 0:
                raise ValidationError(self.env._("The amount claimed is above zero."))
            if compare(claim.amount, receipt.amount_open) > 0:
                raise ValidationError(
                    self.env._(
                        "Of the receipt %(amount)s is left.",
                        amount=format_amount(
                            self.env, receipt.amount_open, receipt.currency_id
                        ),
                    )
                )

    def write(self, vals):
        if self.env.su:
            return super().write(vals)
        own = {name for name in vals if not name.startswith("message_")}
        if not own <= CHANGEABLE:
            raise AccessError(self.env._("This is not changed by hand."))
        if own:
            check_required(self, vals)
            self._check_mine_or_finance()
            self._check_waiting()
            if "partner_id" in vals:
                self._check_customer(vals)
        result = super().write(vals)
        if own:
            self._check_claimed()
        return result

    def _check_waiting(self):
        for claim in self:
            if claim.state != "waiting":
                raise UserError(
                    self.env._(
                        "%(claim)s does not wait any more.", claim=claim.display_name
                    )
                )

    def _check_none_confirmed(self):
        if any(claim.state == "confirmed" for claim in self):
            raise UserError(
                self.env._("Customers have got some of it. Undo these claims first.")
            )

    def _check_mine_or_finance(self):
        self.check_access("write")
        is_finance = self.env.user.has_group(FINANCE)
        if not is_finance and any(claim.user_id != self.env.user for claim in self):
            raise AccessError(self.env._("Who claimed it, or Finance, changes it."))

    def _check_finance(self):
        self.check_access("write")
        if not self.env.user.has_group(FINANCE):
            raise AccessError(self.env._("This is for Finance."))

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_withdraw(self):
        """Take back a claim that waits."""
        self._check_mine_or_finance()
        self._lock()
        self._check_waiting()
        # sudo: this method alone withdraws.
        self.sudo().is_withdrawn = True

    def action_confirm(self):
        """Return the screen Receive, filled in for this claim.

        :raise UserError: it does not wait any more
        """
        self.ensure_one()
        self._check_finance()
        self._check_waiting()
        self.receipt_id._check_open()
        return self.receipt_id._open_receive(
            default_unknown_receipt_id=self.receipt_id.id, default_claim_id=self.id
        )

    def action_refuse(self):
        """Return the dialog that asks why it is refused."""
        self._check_finance()
        self._check_waiting()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_sales_funnel.funnel_claim_refuse_action"
        )
        return {**action, "context": {"default_claim_ids": self.ids}}

    def action_undo(self):
        """Take the money back from the customer: it is unknown again, and the claim
        waits.

        :raise UserError: it was not confirmed, or Odoo keeps the payment, since its
            period is closed
        """
        self._check_finance()
        self._lock()
        for claim in self:
            if claim.state != "confirmed":
                raise UserError(self.env._("Only what is confirmed is undone."))
            claim.payment_id._cancel_with_entries()
        # sudo: this method alone undoes.
        self.sudo().payment_id = False

    def action_open_payment(self):
        """Return the form of the customer's payment."""
        self.ensure_one()
        self._check_finance()
        return self.payment_id._get_records_action()

    # ------------------------------------------------------------------
    # What Finance says
    # ------------------------------------------------------------------

    def _lock(self):
        """Wait for who decides about claims of the same receipts."""
        # sudo: a lock tells nothing, and changes nothing.
        self.sudo().receipt_id._wait_for_others()

    def _refuse_waiting(self, reason):
        self.filtered(lambda claim: claim.state == "waiting")._refuse(reason)

    def _refuse(self, reason):
        """Refuse, and tell those who claimed."""
        # sudo: the methods that call this alone refuse, and ask for the rights.
        for claim in self.sudo():
            claim.write({"refused_by_id": self.env.uid, "refusal": reason})
            claim.message_post(
                body=self.env._(
                    "%(claim)s was refused: %(reason)s",
                    claim=claim.display_name,
                    reason=reason,
                ),
                partner_ids=(claim.user_id - self.env.user).partner_id.ids,
                subtype_xmlid="mail.mt_note",
            )
