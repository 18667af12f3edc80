from dateutil.relativedelta import relativedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_amount, format_date

from ...tools.settlement import propose

MODULE = "crm_sales_funnel"
JOURNAL_TYPES = ("bank", "cash", "credit")
SHOWN_DUPLICATES = 5


class FunnelSettle(models.TransientModel):
    """One receipt for many invoices, or one payment for many bills.

    It proposes the oldest open items first; each amount is changed by hand. Confirmed,
    it is one payment whose entry has an item for each document, so that each gets what
    is written here.
    """

    _name = "funnel.settle"
    _description = "Receive or Pay"
    _inherit = [
        "funnel.own.company",
        "funnel.required.fields",
        "funnel.finite.amounts",
        "funnel.usual.dates",
    ]
    _check_company_auto = True

    direction = fields.Selection(
        [("receive", "Receive"), ("pay", "Pay")], required=True, default="receive"
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer or Vendor",
        required=True,
        domain="['|', ('is_company', '=', True), ('parent_id', '=', False)]",
    )
    amount = fields.Monetary(help="The money that is received or paid.")
    currency_id = fields.Many2one(
        "res.currency",
        compute="_compute_currency_id",
        store=True,
        readonly=False,
        precompute=True,
    )
    date = fields.Date(required=True, default=fields.Date.context_today)
    journal_id = fields.Many2one(
        "account.journal",
        compute="_compute_journal_id",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        domain="[('type', 'in', ('bank', 'cash', 'credit'))]",
    )
    available_method_ids = fields.Many2many(
        "account.payment.method.line", compute="_compute_available_method_ids"
    )
    payment_method_line_id = fields.Many2one(
        "account.payment.method.line",
        string="Method",
        compute="_compute_payment_method_line_id",
        store=True,
        readonly=False,
        precompute=True,
        domain="[('id', 'in', available_method_ids)]",
    )
    is_bill = fields.Boolean(related="payment_method_line_id.is_bill")
    bill_number = fields.Char(help="Number of the bill of exchange or the cheque.")
    maturity_date = fields.Date(
        help="The day when the bank cashes or pays the bill or cheque."
    )
    memo = fields.Char(
        "Reference", help="Empty: the numbers of the documents that are paid."
    )
    payer_id = fields.Many2one(
        "res.partner",
        string="Paid By",
        compute="_compute_payer_id",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        help="Who pays instead of the customer, or is paid instead of the vendor."
        " Proposed as it was the last time.",
    )
    deposit_order_id = fields.Many2one(
        "sale.order",
        string="As Deposit of Order",
        check_company=True,
        domain="[('partner_id', 'child_of', partner_id), ('state', '!=', 'cancel')]",
        help="Empty: what is left goes on account of the customer.",
    )
    chosen_ids = fields.Many2many(
        "account.move",
        string="Chosen Documents",
        check_company=True,
        help="They are paid before the others.",
    )
    line_ids = fields.One2many(
        "funnel.settle.line",
        "settle_id",
        string="Open Items",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )
    amount_applied = fields.Monetary(
        "Applied",
        compute="_compute_totals",
        help="To invoices and bills, less the credits that are used up.",
    )
    amount_rounded = fields.Monetary("Rounded Off", compute="_compute_totals")
    amount_rest = fields.Monetary(
        "Rest",
        compute="_compute_totals",
        help="Goes on account of the customer or vendor, or is a deposit of an order.",
    )
    other_currencies = fields.Char(compute="_compute_other_currencies")
    duplicate_ids = fields.Many2many(
        "account.payment", compute="_compute_duplicate_ids"
    )
    duplicates = fields.Char("Entered Already?", compute="_compute_duplicate_ids")
    is_confirmed = fields.Boolean(readonly=True)

    # ------------------------------------------------------------------
    # Where it begins
    # ------------------------------------------------------------------

    @api.model
    def default_get(self, fnames):
        values = super().default_get(fnames)
        context = self.env.context
        model, ids = context.get("active_model"), context.get("active_ids") or []
        if model == "res.partner" and ids:
            partner = self.env[model].browse(ids[:1]).commercial_partner_id
            values = {"partner_id": partner.id} | values
        elif model == "account.move" and ids:
            values |= self._get_document_defaults(self.env[model].browse(ids))
        return {name: values[name] for name in values if name in fnames}

    def _get_document_defaults(self, documents):
        """Return what follows from the documents that are to be paid."""
        documents = documents.filtered(lambda move: move.state == "posted")
        directions = {
            "receive" if document.is_sale_document(include_receipts=True) else "pay"
            for document in documents
            if document.is_invoice(include_receipts=True)
        }
        for same in ("commercial_partner_id", "company_id", "currency_id"):
            if len(documents.mapped(same)) != 1 or len(directions) != 1:
                raise UserError(
                    self.env._(
                        "Choose posted invoices of one customer, or bills of one vendor,"
                        " in one currency and one company."
                    )
                )
        values = {
            "direction": directions.pop(),
            "partner_id": documents.commercial_partner_id.id,
            "company_id": documents.company_id.id,
            "currency_id": documents.currency_id.id,
            "chosen_ids": [Command.set(documents.ids)],
        }
        settle = self.new(values)
        items = settle._get_items().filtered(lambda item: item.move_id in documents)
        values["amount"] = max(sum(map(settle._get_open, items)), 0.0)
        return values

    @api.depends("direction")
    def _compute_display_name(self):
        names = dict(self._fields["direction"]._description_selection(self.env))
        for settle in self:
            settle.display_name = names.get(settle.direction, "")

    # ------------------------------------------------------------------
    # How it is paid
    # ------------------------------------------------------------------

    def _get_payment_type(self) -> str:
        return "inbound" if self.direction == "receive" else "outbound"

    def _get_usual_method(self):
        partner = self.partner_id.commercial_partner_id.with_company(self.company_id)
        return partner[f"property_{self._get_payment_type()}_payment_method_line_id"]

    @api.depends("company_id", "direction", "partner_id")
    def _compute_journal_id(self):
        for settle in self:
            journals = self.env["account.journal"].search(
                [
                    *self.env["account.journal"]._check_company_domain(
                        settle.company_id
                    ),
                    ("type", "in", JOURNAL_TYPES),
                    (
                        f"{settle._get_payment_type()}_payment_method_line_ids",
                        "!=",
                        False,
                    ),
                ]
            )
            usual = settle._get_usual_method().journal_id & journals
            kept = settle.journal_id & journals
            settle.journal_id = usual or kept or journals[:1]

    @api.depends("direction", "journal_id")
    def _compute_available_method_ids(self):
        for settle in self:
            settle.available_method_ids = (
                settle.journal_id._get_available_payment_method_lines(
                    settle._get_payment_type()
                )
            )

    @api.depends("available_method_ids", "partner_id")
    def _compute_payment_method_line_id(self):
        for settle in self:
            available = settle.available_method_ids._origin
            usual = settle._get_usual_method() & available
            kept = settle.payment_method_line_id & available
            settle.payment_method_line_id = usual or kept or available[:1]

    @api.depends("chosen_ids", "company_id", "journal_id")
    def _compute_currency_id(self):
        for settle in self:
            chosen = settle.chosen_ids.currency_id
            usual = settle.journal_id.currency_id or settle.company_id.currency_id
            settle.currency_id = chosen if len(chosen) == 1 else usual

    @api.depends("company_id", "direction", "partner_id")
    def _compute_payer_id(self):
        for settle in self:
            settle.payer_id = (
                self.env["account.payment"]
                .search(
                    [
                        ("partner_id", "=", settle.partner_id.commercial_partner_id.id),
                        ("payment_type", "=", settle._get_payment_type()),
                        ("company_id", "=", settle.company_id.id),
                        ("state", "in", ("in_process", "paid")),
                    ],
                    order="date desc, id desc",
                    limit=1,
                )
                .payer_id
                if settle.partner_id
                else False
            )

    # ------------------------------------------------------------------
    # The open items
    # ------------------------------------------------------------------

    def _get_items_domain(self) -> Domain:
        """Return the domain of what is open between the company and the partner."""
        account_type = (
            "asset_receivable" if self.direction == "receive" else "liability_payable"
        )
        partner = self.partner_id.commercial_partner_id._origin
        return (
            Domain("partner_id.commercial_partner_id", "=", partner.id)
            & Domain("company_id", "=", self.company_id.id)
            & Domain("account_id.account_type", "=", account_type)
            & (
                Domain("account_id.non_trade", "=", False)
                | Domain("move_id", "in", self.chosen_ids._origin.ids)
            )
            & Domain("parent_state", "=", "posted")
            & Domain("amount_residual_currency", "!=", 0)
        )

    def _get_items(self):
        """Return the open items in the currency: those that were chosen first, then by
        due date."""
        items = self.env["account.move.line"].with_company(self.company_id)
        if not self.partner_id:
            return items
        chosen = self.chosen_ids._origin
        currency = Domain("currency_id", "=", self.currency_id.id)
        return items.search(self._get_items_domain() & currency).sorted(
            lambda item: (
                item.move_id not in chosen,
                item.date_maturity or item.date,
                item.id,
            )
        )

    def _get_open(self, item) -> float:
        """Return what is open of an item: positive when it is to be paid."""
        sign = 1 if self.direction == "receive" else -1
        return sign * item.amount_residual_currency

    def _get_limit(self) -> float:
        """Return the most that is rounded off of a document, in the currency."""
        company = self.company_id
        return company.currency_id._convert(
            company.rounding_off_limit,
            self.currency_id,
            company,
            self.date or fields.Date.context_today(self),
        )

    @api.depends("chosen_ids", "company_id", "currency_id", "direction", "partner_id")
    def _compute_line_ids(self):
        for settle in self:
            items = settle._get_items()
            settle.line_ids = [
                Command.clear(),
                *(
                    Command.create(
                        {
                            "move_line_id": item.id,
                            "open_amount": settle._get_open(item),
                            "applied": applied,
                            "rounded": rounded,
                        }
                    )
                    for item, (applied, rounded) in zip(
                        items, settle._propose(items), strict=True
                    )
                ),
            ]

    def _propose(self, items) -> list[tuple[float, float]]:
        """Return what is proposed to apply to each item, and to round off."""
        if not items:
            return []
        chosen = self.chosen_ids._origin
        return propose(
            [self._get_open(item) for item in items],
            self.amount,
            limit=self._get_limit(),
            chosen=[item.move_id in chosen for item in items],
            digits=self.currency_id.decimal_places,
        )

    @api.onchange("amount")
    def _onchange_amount(self):
        lines = self.line_ids
        proposed = self._propose(lines.move_line_id._origin)
        for line, (applied, rounded) in zip(lines, proposed, strict=False):
            line.applied, line.rounded = applied, rounded

    @api.depends("amount", "line_ids.applied", "line_ids.rounded")
    def _compute_totals(self):
        for settle in self:
            settle.amount_applied = sum(settle.line_ids.mapped("applied"))
            settle.amount_rounded = sum(settle.line_ids.mapped("rounded"))
            settle.amount_rest = settle.amount - settle.amount_applied

    @api.depends("company_id", "currency_id", "direction", "partner_id")
    def _compute_other_currencies(self):
        for settle in self:
            settle.other_currencies = False
            if settle.partner_id:
                items = self.env["account.move.line"].with_company(settle.company_id)
                rows = items._read_group(
                    settle._get_items_domain()
                    & Domain("currency_id", "!=", settle.currency_id.id),
                    ["currency_id"],
                    ["amount_residual_currency:sum"],
                )
                sign = 1 if settle.direction == "receive" else -1
                settle.other_currencies = ", ".join(
                    format_amount(self.env, sign * total, currency)
                    for currency, total in rows
                )

    # ------------------------------------------------------------------
    # Entered already?
    # ------------------------------------------------------------------

    @api.depends(
        "amount", "company_id", "currency_id", "date", "direction", "memo", "partner_id"
    )
    def _compute_duplicate_ids(self):
        for settle in self:
            payments = self.env["account.payment"]
            if settle.date and settle.company_id and not settle.is_confirmed:
                payments = payments.search(
                    settle._get_duplicates_domain(), limit=SHOWN_DUPLICATES
                )
            settle.duplicate_ids = payments
            settle.duplicates = "; ".join(
                f"{payment.display_name} · {payment.partner_id.name or ''} ·"
                f" {format_date(self.env, payment.date)} ·"
                f" {format_amount(self.env, payment.amount, payment.currency_id)}"
                for payment in payments
            )

    def _get_duplicates_domain(self) -> Domain:
        """Return the domain of payments that may be the same as this one."""
        same = Domain.FALSE
        if self.amount and self.partner_id:
            partner = self.partner_id.commercial_partner_id._origin
            same |= (
                Domain("partner_id.commercial_partner_id", "=", partner.id)
                & Domain("amount", "=", self.currency_id.round(self.amount))
                & Domain("currency_id", "=", self.currency_id.id)
            )
        if reference := (self.memo or "").strip():
            same |= Domain("memo", "=", reference)
        span = relativedelta(days=self.company_id.duplicate_payment_days)
        return (
            same
            & Domain("company_id", "=", self.company_id.id)
            & Domain("payment_type", "=", self._get_payment_type())
            & Domain("state", "not in", ("canceled", "rejected"))
            & Domain("date", ">=", self.date - span)
            & Domain("date", "<=", self.date + span)
        )

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_propose(self):
        """Read the open items anew, and propose what to apply."""
        self.ensure_one()
        self._compute_line_ids()

    def action_nothing(self):
        """Apply nothing, so that all goes on account."""
        self.ensure_one()
        self.line_ids.write({"applied": 0, "rounded": 0})

    def action_open_duplicates(self):
        """Return the payments that may be the same."""
        self.ensure_one()
        self.check_access("read")
        return self.duplicate_ids._get_records_action(name=self.env._("Payments"))
