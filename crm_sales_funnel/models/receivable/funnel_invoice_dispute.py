from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL, format_amount

from .funnel_chasing_pause import FIXED

MODULE = "crm_sales_funnel"


class FunnelInvoiceDispute(models.Model):
    """A customer says that an invoice is not right, and pays no more of it until that is
    resolved. As much of its items is not chased meanwhile."""

    _name = "funnel.invoice.dispute"
    _description = "Dispute"
    _inherit = ["funnel.chasing.pause"]
    _order = "date desc, id desc"

    _changeable = frozenset({"amount", "category", "note", "resolution"})
    _fixed = FIXED | {"date_resolved", "move_id", "resolved_by_id", "state"}

    date = fields.Date("Opened on")
    taken_by_id = fields.Many2one(string="Opened by")
    amount = fields.Monetary("Disputed")
    amount_company = fields.Monetary("Disputed, in Company Currency")
    note = fields.Text("What the Customer Says", required=True)
    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('state', '=', 'posted'), ('move_type', 'in', ('out_invoice', 'out_receipt')),"
        " ('payment_state', 'in', ('not_paid', 'partial')), ('commercial_partner_id', '=?', partner_id)]",
    )
    category = fields.Selection(
        [
            ("price", "Price"),
            ("quantity", "Quantity"),
            ("quality", "Quality"),
            ("not_received", "Not Received"),
            ("paid_already", "Paid Already"),
            ("other", "Other"),
        ],
        string="Reason",
        required=True,
        tracking=True,
    )
    state = fields.Selection(
        [("open", "Open"), ("resolved", "Resolved")],
        string="Status",
        required=True,
        readonly=True,
        default="open",
        tracking=True,
        copy=False,
    )
    resolution = fields.Text("How It Was Resolved", copy=False)
    date_resolved = fields.Date("Resolved on", readonly=True, copy=False)
    resolved_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    residual = fields.Monetary(
        "Still Open",
        compute="_compute_residual",
        compute_sudo=True,
        help="What is open of its items now.",
    )
    line_ids = fields.One2many(
        "funnel.invoice.dispute.line", "dispute_id", string="Open Items", readonly=True
    )

    _open_idx = models.Index("(date) WHERE state = 'open'")
    _some_amount = models.Constraint(
        "CHECK (amount > 0)", "The amount disputed is above zero."
    )

    @api.depends("move_id.name", "category")
    def _compute_display_name(self):
        reasons = dict(self._fields["category"]._description_selection(self.env))
        for dispute in self:
            # sudo: the number of an invoice whose dispute the user reads.
            number = dispute.sudo().move_id.name or ""
            dispute.display_name = f"{number} · {reasons.get(dispute.category, '')}"

    @api.depends("line_ids.residual")
    def _compute_residual(self):
        for dispute in self:
            dispute.residual = sum(dispute.line_ids.mapped("residual"))

    @api.onchange("move_id")
    def _onchange_move_id(self):
        move = self.move_id
        if move:
            self.partner_id = move.commercial_partner_id
            self.company_id = move.company_id
            self.currency_id = move.currency_id

    # ------------------------------------------------------------------
    # The items
    # ------------------------------------------------------------------

    @api.depends("move_id")
    def _compute_item_ids(self):
        return super()._compute_item_ids()

    def _get_default_items(self):
        if not self.move_id:
            return self.item_ids.browse()
        return super()._get_default_items()

    def _get_default_domain(self):
        return [
            ("move_id", "=", self.move_id._origin.id),
            ("residual_currency", ">", 0),
            ("is_disputed", "=", False),
        ]

    def _find_items(self, vals):
        # sudo: whose invoice it is. Whether the user may see it is asked of the aging.
        move = self.env["account.move"].sudo().browse(vals.get("move_id"))
        if move:
            vals = {
                **vals,
                "partner_id": move.commercial_partner_id.id,
                "company_id": move.company_id.id,
                "currency_id": move.currency_id.id,
            }
        return super()._find_items(vals)

    def _check_items(self, items, vals):
        result = super()._check_items(items, vals)
        if len(items.move_id) > 1 or vals.get("move_id", items.move_id.id) not in (
            False,
            items.move_id.id,
        ):
            raise ValidationError(
                self.env._("A dispute is about one invoice. Choose items of one.")
            )
        disputed = items.filtered("is_disputed")[:1]
        if disputed:
            raise UserError(
                self.env._("%(document)s is disputed already.", document=disputed.label)
            )
        return result

    def _get_nothing(self, partner):
        return self.env._(
            "Nothing is open of this invoice that you may see and that is not disputed"
            " already."
        )

    def _prepare_vals(self, vals, items):
        prepared = super()._prepare_vals(vals, items)
        return {**prepared, "move_id": items.move_id.id}

    # ------------------------------------------------------------------
    # What becomes of it
    # ------------------------------------------------------------------

    def _is_open(self):
        return self.state == "open"

    def _get_over(self):
        return self.env._("This dispute is resolved. Open it again to change it.")

    def action_resolve(self):
        """Note that the customer and we agree: what is still open is chased again."""
        self.check_access("write")
        for dispute in self:
            if dispute.state != "open":
                raise UserError(self._get_over())
            if not (dispute.resolution or "").strip():
                raise UserError(self.env._("Write how it was resolved."))
        # sudo: this method alone resolves.
        disputes = self.sudo()
        disputes.write(
            {
                "state": "resolved",
                "date_resolved": fields.Date.context_today(self),
                "resolved_by_id": self.env.uid,
            }
        )
        disputes.line_ids.is_current = False
        for dispute in disputes:
            dispute._tell_each(
                self.env._("Dispute resolved: %(link)s", link=dispute._get_html_link())
            )

    def action_reopen(self):
        """Dispute it again."""
        self.check_access("write")
        if self.filtered(lambda dispute: dispute.state == "open"):
            raise UserError(self.env._("This dispute is open."))
        # sudo: this method alone opens again.
        disputes = self.sudo()
        disputes.line_ids._check_free()
        disputes.write(
            {
                "state": "open",
                "date_resolved": False,
                "resolved_by_id": False,
                "resolution": False,
            }
        )
        disputes.line_ids.is_current = True
        for dispute in disputes:
            dispute._tell_each(
                self.env._("Disputed again: %(link)s", link=dispute._get_html_link())
            )

    # ------------------------------------------------------------------
    # What others are told
    # ------------------------------------------------------------------

    def _tell_taken(self):
        for dispute in self:
            link = dispute._get_html_link()
            dispute._tell(
                self.env._("Dispute opened: %(link)s", link=link),
                self.env._(
                    "Dispute of %(amount)s opened: %(link)s",
                    amount=format_amount(self.env, dispute.amount, dispute.currency_id),
                    link=link,
                ),
            )

    def _tell_each(self, text):
        self._tell(text, text)

    @api.model
    def _get_dialog(self):
        return f"{MODULE}.funnel_invoice_dispute_action_new"

    # ------------------------------------------------------------------
    # For those who chase
    # ------------------------------------------------------------------

    def _open_sql(self, alias, as_of):
        return SQL(
            "(%(dispute)s.state = 'open' OR %(dispute)s.date_resolved > %(as_of)s)",
            dispute=SQL.identifier(alias),
            as_of=as_of,
            to_flush=[self._fields[name] for name in ("state", "date_resolved")],
        )


class FunnelInvoiceDisputeLine(models.Model):
    """One open item that a customer disputes."""

    _name = "funnel.invoice.dispute.line"
    _description = "Disputed Item"
    _inherit = ["funnel.chasing.pause.line"]
    _order = "id"

    dispute_id = fields.Many2one(
        "funnel.invoice.dispute",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    currency_id = fields.Many2one(related="dispute_id.currency_id")
    company_id = fields.Many2one(related="dispute_id.company_id")
    is_current = fields.Boolean(help="The dispute is open.")

    _one_an_item = models.UniqueIndex(
        "(move_line_id) WHERE is_current", "This item is disputed already."
    )

    def _check_free(self):
        """Refuse what another dispute has taken up meanwhile."""
        others = self.search(
            [
                ("move_line_id", "in", self.move_line_id.ids),
                ("is_current", "=", True),
                ("id", "not in", self.ids),
            ],
            limit=1,
        )
        if others:
            raise UserError(
                self.env._("%(document)s is disputed already.", document=others.label)
            )
