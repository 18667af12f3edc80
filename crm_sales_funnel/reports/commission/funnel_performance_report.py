from collections.abc import Iterable
from typing import Any

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...models.base.sql_settings import PARALLEL, sql_settings
from .performance_scope import (
    FIGURES,
    VERSIONS,
    Scope,
    get_scope,
    in_scope,
    is_by_month,
)

KINDS = [
    ("order", "Order"),
    ("delivery", "Delivery"),
    ("invoice", "Invoice"),
    ("receipt", "Receipt"),
    ("first_order", "First Order"),
    ("contact", "Contact Made"),
]
# More documents than these are not listed by their ids.
MOST = 5000


class FunnelPerformanceReport(models.Model):
    """What salespeople and teams sold: one row for each line of an order, delivery,
    invoice and receipt, each first order of a customer, and each contact.

    Every figure is a column of its own, so that one pivot table shows them side by side
    and nothing sums what is ordered and what is invoiced of it. What they are compared
    with, the targets and the year before, are rows of the same columns told apart by
    ``version``, so that a graph shows three bars of one figure beside each other. Rows of
    them are left out, as archived ones are elsewhere, unless they are asked for by a
    domain or a grouping.

    Amounts are without taxes, in the currency of the company at the document's rate. What
    is ordered sums to the lines of the confirmed orders, what is invoiced to those of the
    posted invoices and credit notes, what is collected to ``funnel.allocation``.
    """

    _name = "funnel.performance.report"
    _inherit = "funnel.department.mixin"
    _description = "Performance"
    _auto = False
    _rec_name = "document"
    _order = "date desc, id desc"

    kind = fields.Selection(KINDS, "What", readonly=True)
    version = fields.Selection(
        VERSIONS,
        "Compared",
        readonly=True,
        help="What was reached, what was to be reached, and what was reached a year"
        " before.",
    )
    date = fields.Date(
        readonly=True,
        help="Of the order, delivery, invoice, receipt or contact. Services count as"
        " delivered on the day of the order.",
    )
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    team_id = fields.Many2one("crm.team", string="Sales Team", readonly=True)
    commercial_partner_id = fields.Many2one(
        "res.partner", string="Customer", readonly=True
    )
    partner_id = fields.Many2one("res.partner", string="Contact", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    categ_id = fields.Many2one(
        "product.category", string="Product Category", readonly=True
    )
    company_id = fields.Many2one("res.company", readonly=True)
    company_currency_id = fields.Many2one("res.currency", readonly=True)
    document_model = fields.Char(readonly=True)
    document_id = fields.Many2oneReference(
        string="Number of the Record",
        model_field="document_model",
        readonly=True,
        aggregator=None,
    )
    document = fields.Char(compute="_compute_document")
    ordered = fields.Monetary(
        currency_field="company_currency_id",
        readonly=True,
        help="Lines of confirmed orders.",
    )
    delivered = fields.Monetary(
        currency_field="company_currency_id",
        readonly=True,
        help="What was delivered less what came back, at the prices of the orders.",
    )
    invoiced = fields.Monetary(
        currency_field="company_currency_id",
        readonly=True,
        help="Lines of posted invoices less those of credit notes.",
    )
    collected = fields.Monetary(
        currency_field="company_currency_id",
        readonly=True,
        help="What was received for invoices and orders, without the taxes in it.",
    )
    margin = fields.Monetary(
        currency_field="company_currency_id",
        readonly=True,
        help="What was invoiced less the cost on the lines of the orders; without an"
        " order, the cost of the product today.",
    )
    new_customers = fields.Float(
        readonly=True,
        digits=(16, 0),
        help="Customers whose first confirmed order it was.",
    )
    contacts = fields.Float(
        readonly=True, digits=(16, 0), help="Contacts in the contact log."
    )

    # ------------------------------------------------------------------
    # What is read
    # ------------------------------------------------------------------

    def _search(self, domain, *args, active_test=True, **kwargs):
        domain = Domain(domain)
        leaves = domain.iter_conditions()
        if active_test and not any(leaf.field_expr == "version" for leaf in leaves):
            domain &= Domain("version", "=", "actual")
        domain = domain.optimize_full(self)
        by_month = in_scope(self.env).by_month
        scope = get_scope(domain)._replace(by_month=by_month)
        scoped = self.with_context(funnel_performance=scope)
        return super(FunnelPerformanceReport, scoped)._search(
            domain, *args, active_test=active_test, **kwargs
        )

    def _read_group(self, domain, groupby=(), aggregates=(), *args, **kwargs):
        domain = self._narrow(domain, groupby, aggregates)
        scoped = super(FunnelPerformanceReport, self._by_month(domain, groupby))
        with sql_settings(self.env, PARALLEL):
            return scoped._read_group(domain, groupby, aggregates, *args, **kwargs)

    def _read_grouping_sets(self, domain, grouping_sets, aggregates=(), order=None):
        groupby = [spec for specs in grouping_sets for spec in specs]
        domain = self._narrow(domain, groupby, aggregates)
        scoped = super(FunnelPerformanceReport, self._by_month(domain, groupby))
        with sql_settings(self.env, PARALLEL):
            found = scoped._read_grouping_sets(domain, grouping_sets, aggregates, order)
        if not _tells_versions(groupby):
            return found
        return [
            groups
            if _tells_versions(specs)
            else [_without_figures(group, specs, aggregates) for group in groups]
            for specs, groups in zip(grouping_sets, found, strict=True)
        ]

    def _by_month(self, domain: Domain, groupby):
        """Return this for which targets have rows of months, where nobody tells the
        days of a month apart: thirty times fewer."""
        scope = Scope(by_month=is_by_month(domain.optimize_full(self), groupby))
        return self.with_context(funnel_performance=scope)

    @api.model
    def _narrow(self, domain, groupby, aggregates) -> Domain:
        """Leave out what has none of the figures that are asked for, and take in what is
        compared when it is grouped by."""
        domain = Domain(domain)
        figures = {spec.split(":")[0] for spec in aggregates} & set(FIGURES)
        if figures:
            kinds = sorted({FIGURES[figure] for figure in figures})
            domain &= Domain("kind", "in", kinds)
        if _tells_versions(groupby):
            domain &= Domain("version", "in", [name for name, _title in VERSIONS])
        return domain

    def _compute_document(self):
        targets = dict(self._fields["version"]._description_selection(self.env))
        for model, rows in self.grouped("document_model").items():
            ids = [row.document_id for row in rows]
            if not model or model == "funnel.target":
                rows.document = targets["target"]
                continue
            # sudo: the name of the document is told, whoever may open it.
            documents = self.env[model].sudo().browse(ids)
            for row, document in zip(rows, documents, strict=True):
                row.document = self._get_paid(document).display_name

    @api.model
    def _get_paid(self, documents):
        """Of allocations, the documents that were paid."""
        allocated = documents._name == "funnel.allocation"
        return documents.move_id if allocated else documents

    # ------------------------------------------------------------------
    # The documents behind it
    # ------------------------------------------------------------------

    @api.readonly
    def action_open_document(self) -> dict[str, Any]:
        """Return the form of the document of the row; of the row itself for a user who
        may not open it."""
        self.ensure_one()
        self.check_access("read")
        # sudo: to learn which document it is. Whether the user may open it is asked of
        # that.
        source = self.env[self.document_model].sudo().browse(self.document_id)
        document = self._get_paid(source).sudo(False)
        if not document.has_access("read"):
            document = self
        return {
            "type": "ir.actions.act_window",
            "name": self.document,
            "res_model": document._name,
            "res_id": document.id,
            "views": [(False, "form")],
            "target": "current",
        }

    @api.model
    @api.readonly
    def get_documents_action(self, domain: list, figure: str) -> dict[str, Any]:
        """Return the action that lists what a figure is made of: the orders, deliveries,
        invoices, allocated receipts, contacts or targets.

        They are the rows themselves where the user may not read these documents, where
        there are several kinds, and where there are too many.

        :param domain: of rows of this model
        :param figure: name of a column
        :raise UserError: when there is no such figure
        """
        if figure not in FIGURES:
            raise UserError(self.env._("There is no such figure: %s", figure))
        domain = Domain(domain) & Domain("kind", "=", FIGURES[figure])
        groups = self._read_group(
            domain, ["document_model", "document_id"], limit=MOST + 1
        )
        # A transfer may be without a document.
        models = {model if id_ else None for model, id_ in groups}
        action = {
            "type": "ir.actions.act_window",
            "name": self._fields[figure]._description_string(self.env),
            "views": [(False, "list"), (False, "form")],
            "target": "current",
        }
        if len(models) == 1 and None not in models and len(groups) <= MOST:
            documents = self.env[models.pop()].browse(id_ for _model, id_ in groups)
            if documents.has_access("read"):
                own = [("id", "in", documents.ids)]
                return {
                    **action,
                    "res_model": documents._name,
                    "domain": own,
                    **self._get_list_of(documents),
                }
        return {**action, "res_model": self._name, "domain": list(domain)}

    @api.model
    def _get_list_of(self, documents) -> dict[str, Any]:
        """Return how documents are listed where that is not as by default."""
        context: dict[str, Any] = {"create": False}
        if documents._name != "account.move":
            return {"context": context}
        views = [(self.env.ref("account.view_out_invoice_tree").id, "list")]
        context["default_move_type"] = "out_invoice"
        return {"context": context, "views": [*views, (False, "form")]}


def _tells_versions(groupby: Iterable[str]) -> bool:
    return any(spec.split(":")[0] == "version" for spec in groupby)


def _without_figures(group: tuple, groupby, aggregates) -> tuple:
    """Return a group of several versions without figures: what was reached, what was to
    be reached and what was reached a year before have no sum."""
    told = len(groupby)
    return group[:told] + tuple(
        False if spec.split(":")[0] in FIGURES else value
        for spec, value in zip(aggregates, group[told:], strict=True)
    )
