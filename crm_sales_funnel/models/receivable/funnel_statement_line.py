from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

# What a line is called by: the first of these that it has, else its kind.
LABELS = (
    "stock_move_id.picking_id.slip_number",
    "stock_move_id.picking_id.name",
    "move_line_id.move_name",
    "move_id.name",
    "order_line_id.order_id.name",
)


class FunnelStatementLine(models.Model):
    """One document on a statement: what it adds to what the customer owes."""

    _name = "funnel.statement.line"
    _description = "Statement Line"
    _order = "date, id"
    _rec_name = "label"

    statement_id = fields.Many2one(
        "funnel.statement", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="statement_id.company_id")
    partner_id = fields.Many2one(related="statement_id.partner_id")
    currency_id = fields.Many2one(related="statement_id.currency_id")
    is_settled = fields.Boolean(
        readonly=True, help="It is on a statement of settlement, and on no other one."
    )
    kind = fields.Selection(
        [
            ("slip", "Delivery"),
            ("return", "Return"),
            ("receipt", "Payment"),
            ("invoice", "Invoice"),
            ("entry", "Journal Entry"),
            ("order", "Order"),
            ("rounding", "Rounding"),
            ("change", "Adjustment"),
        ],
        required=True,
        readonly=True,
        help="Order: services, and what is invoiced otherwise than delivered. Rounding:"
        " cents between deliveries and their invoice. Adjustment: changes of what happened"
        " before the first statement, and payments in another currency.",
    )
    date = fields.Date(required=True, readonly=True)
    due_date = fields.Date(readonly=True)
    stock_move_id = fields.Many2one("stock.move", readonly=True)
    picking_id = fields.Many2one(related="stock_move_id.picking_id")
    move_line_id = fields.Many2one(
        "account.move.line",
        string="Journal Item",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    order_line_id = fields.Many2one(
        "sale.order.line", readonly=True, index="btree_not_null", ondelete="set null"
    )
    order_id = fields.Many2one(related="order_line_id.order_id", string="Sales Order")
    client_order_ref = fields.Char(
        related="order_line_id.order_id.client_order_ref", string="Customer's Order"
    )
    product_id = fields.Many2one(related="order_line_id.product_id")
    product_uom_id = fields.Many2one(related="order_line_id.product_uom_id")
    label = fields.Char("Document", compute="_compute_label", search="_search_label")
    quantity = fields.Float(readonly=True, digits="Product Unit", aggregator=None)
    price_unit = fields.Float(
        "Price", readonly=True, digits="Product Price", aggregator=None
    )
    amount = fields.Monetary(readonly=True)
    balance = fields.Monetary(
        compute="_compute_balance", help="What was owed after this line."
    )

    _delivery_on_one_statement = models.UniqueIndex(
        "(stock_move_id) WHERE is_settled AND stock_move_id IS NOT NULL",
        "A delivery is on one statement only.",
    )

    @api.depends("kind", "stock_move_id", "move_line_id", "move_id", "order_line_id")
    @api.depends_context("lang")
    def _compute_label(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        # sudo: who reads a statement may know the numbers of the documents on it.
        for line in self.sudo():
            names = (line.mapped(path) for path in LABELS)
            line.label = next((n[0] for n in names if any(n)), None) or kinds[line.kind]

    @api.model
    def _search_label(self, operator, value):
        """Return the lines that are called so: of each document, those that have none
        of the ones before."""
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented
        if operator == "in":
            value = [each for each in value if each]  # each has a label
        found, before = Domain.FALSE, Domain.TRUE
        for path in LABELS:
            found |= before & Domain(path, operator, value)
            before &= ~Domain(path, "!=", False)
        kinds = self.browse().union(
            *(
                self.new({"kind": kind})
                for kind in self._fields["kind"].get_values(self.env)
            )
        )
        called_so = kinds.filtered_domain([("label", operator, value)])
        found |= before & Domain("kind", "in", called_so.mapped("kind"))
        # sudo: as above; which of the lines the user may read is asked of the lines.
        return Domain("id", "in", self.sudo()._search(found))

    @api.readonly
    def action_open_document(self):
        """Return the form of what stands behind the line."""
        self.ensure_one()
        self.check_access("read")
        # sudo: to learn which documents stand behind the line. Whether the user may
        # open them is asked of the documents.
        line = self.sudo()
        documents = (
            line.picking_id,
            line.move_line_id.move_id.origin_payment_id,
            line.move_line_id.move_id,
            line.move_id,
            line.order_id,
        )
        readable = (doc.sudo(False) for doc in documents if doc)
        document = next((doc for doc in readable if doc.has_access("read")), None)
        if document is None:
            raise AccessError(
                self.env._("You may not open %(label)s.", label=self.label)
            )
        return {
            "type": "ir.actions.act_window",
            "name": document.display_name,
            "res_model": document._name,
            "res_id": document.id,
            "views": [(False, "form")],
            "target": "current",
        }

    @api.depends("amount", "statement_id.opening")
    def _compute_balance(self):
        for statement in self.statement_id:
            balance = statement.opening
            for line in statement.line_ids.sorted():
                balance += line.amount
                line.balance = balance
