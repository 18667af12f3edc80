from odoo import api, fields, models
from odoo.exceptions import ValidationError

# Odoo's own documents that layouts can print, by the names of their reports.
QUOTATION_REQUEST = "purchase.report_purchasequotation"
CORE_REPORTS = frozenset(
    {
        "account.report_payment_receipt",
        "purchase.report_purchaseorder",
        "sale.report_saleorder",
        "stock.report_deliveryslip",
        QUOTATION_REQUEST,
    }
)


class FunnelPrintRule(models.Model):
    """Which layout an entry of the Print menu prints for whom.

    An entry prints by its own layout unless a rule names another; Odoo's own entries
    follow rules where the company has its documents printed by layouts. Of several rules the
    most special one holds: a rule for a customer before one for an operation type, that
    before one for a language, that before one for a company; then the first in the
    list. That of an archived layout, or of one for another company, does not hold.
    """

    _name = "funnel.print.rule"
    _description = "Print Layout Rule"
    _order = "sequence, id"
    _rec_name = "layout_id"

    sequence = fields.Integer(default=10)
    report_id = fields.Many2one(
        "ir.actions.report",
        string="Print Menu Entry",
        required=True,
        index=True,
        ondelete="cascade",
        domain=[
            "|",
            ("print_layout_id", "!=", False),
            ("report_name", "in", sorted(CORE_REPORTS)),
        ],
    )
    model = fields.Char(related="report_id.model")
    layout_id = fields.Many2one(
        "funnel.print.layout",
        required=True,
        index=True,
        ondelete="cascade",
        domain="[('document_model', '=', model)]",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer or Vendor",
        index="btree_not_null",
        ondelete="cascade",
        help="Holds for the contacts of the company as well.",
    )
    picking_type_id = fields.Many2one(
        "stock.picking.type", string="Operation Type", ondelete="cascade"
    )
    lang = fields.Selection(
        selection="_selection_lang",
        string="Language",
        help="The language of the customer or vendor.",
    )
    company_id = fields.Many2one("res.company", help="Empty holds for all companies.")

    @api.model
    def _selection_lang(self):
        return self.env["res.lang"].get_installed()

    @api.constrains("report_id", "layout_id")
    def _check_same_document(self):
        for rule in self:
            if rule.report_id.model != rule.layout_id.document_model:
                raise ValidationError(
                    self.env._(
                        "“%(layout)s” prints other documents than “%(report)s”.",
                        layout=rule.layout_id.name,
                        report=rule.report_id.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._at_company(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._at_company(vals))

    @api.model
    def _at_company(self, vals):
        if not vals.get("partner_id"):
            return vals
        partner = self.env["res.partner"].browse(vals["partner_id"])
        return {**vals, "partner_id": partner.commercial_partner_id.id}

    @api.model
    def _get_runs(self, report, records):
        """Return (layout, records) in the order of the records: those that come one
        after the other and have the same layout are printed in one go.

        :param report: as superuser
        """
        # sudo: rules are configuration that every print follows. What is archived
        # prints nothing.
        rules = self.sudo().search(
            [("report_id", "=", report.id), ("layout_id.active", "=", True)]
        )
        own = report.print_layout_id
        if not rules:
            return [(own, records)]
        runs = []
        for record in records:
            layout = rules._choose(record).layout_id or own
            if runs and runs[-1][0] == layout:
                runs[-1][1].append(record.id)
            else:
                runs.append((layout, [record.id]))
        return [(layout, records.browse(ids)) for layout, ids in runs]

    def _choose(self, record):
        """Return the rule that holds for a document, or none."""
        fitting = [(rule._weight(record), rule) for rule in self]
        weight, rule = max(fitting, key=lambda pair: pair[0], default=(0, self))
        return rule if weight > 0 else self.browse()

    def _weight(self, record):
        """Return how special this rule is for a document, 0 when it does not hold."""
        # sudo: whose document it is, also where the user cannot open the partner.
        partner = record.sudo()._print_partner().commercial_partner_id
        facts = (
            (8, self.partner_id, partner),
            (
                4,
                self.picking_type_id,
                record._fields.get("picking_type_id") and record.picking_type_id,
            ),
            (2, self.lang, record._print_language()),
            (1, self.company_id, record.company_id),
            (0, self.layout_id.company_id, record.company_id),
        )
        if any(wanted and wanted != found for _weight, wanted, found in facts):
            return 0
        return 0.5 + sum(weight for weight, wanted, _found in facts if wanted)
