from odoo import api, fields, models
from odoo.tools import float_compare

from .stock_picking import QUANTITY_DIGITS

OVERRIDE = "crm_sales_funnel.group_funnel_credit_override"


class FunnelCreditOverride(models.Model):
    """The log of orders and deliveries that went through although the customer was on
    hold or over a limit: who allowed it, why, and how things stood.

    Nobody changes it; the dialog that asks for the reason writes it. One covers its
    order or delivery as long as this costs no more and has no more of any goods, the
    customer owes no more than with it, and nothing else speaks against it.
    """

    _name = "funnel.credit.override"
    _description = "Credit Override"
    _order = "date desc, id desc"
    _rec_name = "document"

    date = fields.Datetime(readonly=True, required=True, default=fields.Datetime.now)
    user_id = fields.Many2one(
        "res.users", string="Overridden By", readonly=True, required=True
    )
    reason = fields.Char(readonly=True, required=True)
    document = fields.Char(readonly=True, required=True)
    order_id = fields.Many2one("sale.order", readonly=True, index="btree_not_null")
    picking_id = fields.Many2one(
        "stock.picking", string="Delivery", readonly=True, index="btree_not_null"
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        readonly=True,
        required=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        "res.company", readonly=True, required=True, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    hold_ids = fields.Many2many(
        "funnel.credit.hold",
        string="Holds",
        readonly=True,
        help="Those that were overridden: a later one is not.",
    )
    why = fields.Text("What Was Overridden", readonly=True)
    amount = fields.Monetary(
        readonly=True, help="Of the order or delivery, tax included."
    )
    owed = fields.Monetary(readonly=True, aggregator=None)
    promised = fields.Monetary("Ordered, Not Delivered", readonly=True, aggregator=None)
    overdue = fields.Monetary(readonly=True, aggregator=None)
    credit_limit = fields.Monetary(readonly=True, aggregator=None)
    excess = fields.Monetary("Over Limit By", readonly=True)
    for_limit = fields.Boolean("Over Credit Limit", readonly=True)
    for_overdue = fields.Boolean("Too Much Overdue", readonly=True)
    for_age = fields.Boolean("Debt Too Old", readonly=True)
    # Product id -> quantity in its own unit; without any, the amount alone counts.
    goods = fields.Json(readonly=True)

    _of_one_document = models.Constraint(
        "CHECK (order_id IS NULL OR picking_id IS NULL)",
        "An order or a delivery is overridden, not both at once.",
    )

    @api.model
    def _get_of(self, documents):
        """Return document id -> its overrides, the newest first, as superuser.

        :param documents: orders or deliveries
        """
        if documents._name == "stock.move":
            return {}  # of what is in no transfer there are none
        field = "order_id" if documents._name == "sale.order" else "picking_id"
        # sudo: whether it was allowed decides, whoever asks.
        overrides = self.sudo().search([(field, "in", documents.ids)])
        return overrides.grouped(lambda override: override[field].id)

    def _allows(self, refusal, amount, goods) -> bool:
        """Tell whether one of these was given for what is refused now.

        :param refusal: ``Refusal`` of the document or of a delivery of it
        :param amount: of the document now, in the currency of the company
        :param goods: of the document now, product id -> quantity
        """
        standing = refusal.standing
        return any(
            override.partner_id.commercial_partner_id == standing.customer
            and override.company_id == standing.company
            and override.currency_id.compare_amounts(amount, override.amount) <= 0
            and override._has_goods(goods)
            and override._has_reasons(standing, refusal.excess)
            and override._has_debts(standing)
            for override in self
        )

    def _has_goods(self, goods) -> bool:
        """Tell whether it was given for as much of all goods."""
        return not self.goods or all(
            float_compare(
                quantity,
                self.goods.get(str(product), 0.0),
                precision_digits=QUANTITY_DIGITS,
            )
            <= 0
            for product, quantity in goods.items()
        )

    def _has_reasons(self, standing, excess) -> bool:
        """Tell whether there is no reason that was none when it was given."""
        return (
            standing.holds <= self.hold_ids
            and (self.for_limit or not excess)
            and (self.for_overdue or not standing.is_overdue)
            and (self.for_age or not standing.is_too_old)
        )

    def _has_debts(self, standing) -> bool:
        """Tell whether the customer owes, and has overdue, no more than he did with what
        was allowed."""
        compare = self.currency_id.compare_amounts
        accepted = self.owed + self.promised + self.amount
        return compare(standing.owed + standing.promised, accepted) <= 0 and (
            not standing.is_overdue
            or compare(standing.overdue, self.overdue + self.amount) <= 0
        )

    @api.readonly
    def action_open_document(self):
        """Return the form of the order or delivery."""
        self.ensure_one()
        self.check_access("read")
        document = self.order_id or self.picking_id
        return {
            "type": "ir.actions.act_window",
            "name": document.display_name,
            "res_model": document._name,
            "res_id": document.id,
            "views": [(False, "form")],
            "target": "current",
        }
