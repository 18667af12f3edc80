from odoo import api, fields, models

OVERRIDE = "crm_sales_funnel.group_funnel_credit_override"


class FunnelCreditOverride(models.Model):
    """The log of orders and deliveries that went through although the customer was on
    hold or over a limit: who allowed it, why, and how things stood.

    Nobody changes it; the dialog that asks for the reason writes it.
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

    _of_one_document = models.Constraint(
        "CHECK (order_id IS NULL OR picking_id IS NULL)",
        "An order or a delivery is overridden, not both at once.",
    )

    @api.model
    def _get_of(self, documents):
        """Return document id -> its overrides, the newest first, as superuser.

        :param documents: orders or deliveries
        """
        field = "order_id" if documents._name == "sale.order" else "picking_id"
        # sudo: whether it was allowed decides, whoever asks.
        overrides = self.sudo().search([(field, "in", documents.ids)])
        return overrides.grouped(lambda override: override[field].id)

    def _allows(self, standing, amount) -> bool:
        """Tell whether one of these was given for this customer of the company, for so
        much, and for the holds there are.

        :param standing: ``Standing`` of the customer now
        :param amount: of the document now, in the currency of the company
        """
        return any(
            override.partner_id.commercial_partner_id == standing.customer
            and override.company_id == standing.company
            and override.currency_id.compare_amounts(amount, override.amount) <= 0
            and standing.holds <= override.hold_ids
            for override in self
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
