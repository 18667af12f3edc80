from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import float_compare

# Of which documents parts were changed, until the transaction ends.
PENDING = "funnel_commission_split"


class FunnelCommissionSplit(models.Model):
    """Who sold an order or an invoice, where it was not one salesperson alone."""

    _name = "funnel.commission.split"
    _description = "Commission Split"
    _inherit = ["funnel.finite.amounts"]
    _order = "id"
    _rec_name = "user_id"

    order_id = fields.Many2one("sale.order", index="btree_not_null", ondelete="cascade")
    move_id = fields.Many2one(
        "account.move", string="Invoice", index="btree_not_null", ondelete="cascade"
    )
    line_order_id = fields.Many2one(
        "sale.order",
        string="Lines of Order",
        index="btree_not_null",
        ondelete="cascade",
        help="The lines of the invoice that these are parts of. Without an order: those"
        " that no other row names.",
    )
    company_id = fields.Many2one(
        "res.company", compute="_compute_company_id", store=True
    )
    user_id = fields.Many2one(
        "res.users",
        string="Salesperson",
        required=True,
        domain="[('share', '=', False)]",
    )
    percent = fields.Float("Part (%)", required=True, digits=(16, 4))

    _one_document = models.Constraint(
        "CHECK ((order_id IS NULL) <> (move_id IS NULL))",
        "A split is of an order, or of an invoice.",
    )
    _positive = models.Constraint(
        "CHECK (percent > 0 AND percent <= 100)",
        "A part is above 0 % and at most 100 %.",
    )
    _user_of_order = models.Constraint(
        "UNIQUE (order_id, user_id)", "Each salesperson has one part of an order."
    )
    _lines_of_move = models.Constraint(
        "CHECK (line_order_id IS NULL OR move_id IS NOT NULL)",
        "Lines of an order are named on the invoice alone.",
    )
    _user_of_lines = models.UniqueIndex(
        "(move_id, user_id, COALESCE(line_order_id, 0)) WHERE move_id IS NOT NULL",
        "Each salesperson has one part of an invoice, or of what it has of an order.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        splits = super().create(vals_list)
        splits._note_documents()
        return splits

    def write(self, vals):
        self._note_documents()
        result = super().write(vals)
        self._note_documents()
        return result

    def unlink(self):
        self._note_documents()
        return super().unlink()

    @api.depends("order_id.company_id", "move_id.company_id")
    def _compute_company_id(self):
        for split in self:
            split.company_id = (split.order_id or split.move_id).company_id

    # ------------------------------------------------------------------
    # They come to the whole
    # ------------------------------------------------------------------

    def _note_documents(self) -> None:
        """Let the documents be run again, and be checked when the transaction ends: the
        parts of one are changed one by one."""
        touched = self.env["funnel.commission.touched"]
        touched._touch(self.order_id)
        touched._touch(self.move_id)
        data = self.env.cr.precommit.data
        if PENDING not in data:
            data[PENDING] = {"order_id": set(), "move_id": set()}
            self.env.cr.precommit.add(self.browse()._check_whole)
        data[PENDING]["order_id"].update(self.order_id.ids)
        data[PENDING]["move_id"].update(self.move_id.ids)

    @api.model
    def _check_whole(self) -> None:
        """Refuse parts of a document that do not come to 100 %.

        :raise ValidationError: of the first such document
        """
        for name, ids in (self.env.cr.precommit.data.pop(PENDING, None) or {}).items():
            # sudo: whoever changed one part may not read all.
            groups = self.sudo()._read_group(
                [(name, "in", list(ids))], [name, "line_order_id"], ["percent:sum"]
            )
            for document, _order, whole in groups:
                if float_compare(whole, 100, precision_digits=4):
                    raise ValidationError(
                        self.env._(
                            "The parts of %(document)s come to %(percent)s %%, not to"
                            " 100 %%.",
                            document=document.display_name,
                            percent=round(whole, 4),
                        )
                    )
