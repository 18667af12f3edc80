from odoo import api, models
from odoo.tools import SQL

from .funnel_aging_report import BUCKETS

# By their keys these would be sorted as words.
RANKS = {
    "bucket": BUCKETS,
    "due_state": ("overdue", "today", "week", "later"),
}


class FunnelAgingReport(models.Model):
    """How the aging is shown: names, sums and order of its groups."""

    _inherit = "funnel.aging.report"

    # ------------------------------------------------------------------
    # Names
    # ------------------------------------------------------------------

    @api.model
    def _selection_bucket(self) -> list[tuple[str, str]]:
        return list(zip(BUCKETS, self._bucket_labels(), strict=True))

    @api.model
    def _bucket_labels(self) -> list[str]:
        """Return the names of the buckets by the limits of the current company."""
        first, second, third, fourth = self.env.company._aging_limits()
        spans = ((1, first), (first + 1, second), (second + 1, third))
        return [
            self.env._("Not due"),
            *(f"{start}-{end}" for start, end in (*spans, (third + 1, fourth))),
            f"> {fourth}",
        ]

    @api.model
    def fields_get(self, allfields=None, attributes=None):
        result = super().fields_get(allfields, attributes)
        for key, label in self._selection_bucket():
            if "string" in result.get(f"amount_{key}", ()):
                result[f"amount_{key}"]["string"] = label
        return result

    @api.model
    def _get_view_cache_key(self, view_id=None, view_type="form", **options):
        key = super()._get_view_cache_key(view_id, view_type, **options)
        return key + self.env.company._aging_limits()

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        arch, view = super()._get_view(view_id, view_type, **options)
        if view_type == "search":
            for key, label in self._selection_bucket():
                for node in arch.xpath("//filter[@name=$name]", name=key):
                    node.set("string", label)
        return arch, view

    @api.model
    def _get_view_field_attributes(self):
        # The share of a group is nothing to export: see _compute_share.
        return [*super()._get_view_field_attributes(), "exportable"]

    def _compute_share(self):
        # Only groups have one: see _read_group_select.
        self.share = 0

    # ------------------------------------------------------------------
    # Sums
    # ------------------------------------------------------------------

    def _read_group_select(self, aggregate_spec, query):
        fname, _sep, function = aggregate_spec.partition(":")
        if aggregate_spec == "share:sum":
            total = self._read_group_select("residual:sum_currency", query)
            return SQL("%(t)s / NULLIF(SUM(%(t)s) OVER (), 0)", t=total)
        if function == "sum_currency" and self._needs_no_conversion(fname):
            aggregate_spec = f"{fname}:sum"
        result = super()._read_group_select(aggregate_spec, query)
        if aggregate_spec in {f"amount_{bucket}:sum" for bucket in BUCKETS}:
            # In the other buckets the amount of an item is NULL, not zero: adding zeros
            # takes as long as adding amounts.
            return SQL("COALESCE(%s, 0)", result)
        return result

    def _needs_no_conversion(self, fname: str) -> bool:
        field = self._fields[fname]
        return (
            field.get_currency_field(self) == "company_currency_id"
            and len(self.env.companies.currency_id) == 1
        )

    @api.model
    def _read_grouping_sets(self, domain, grouping_sets, aggregates=(), order=None):
        if "share:sum" in aggregates and len(grouping_sets) > 1:
            raise ValueError("A share is of one way of grouping only.")
        return super()._read_grouping_sets(domain, grouping_sets, aggregates, order)

    # ------------------------------------------------------------------
    # Order
    # ------------------------------------------------------------------

    def _ranked(self, fname: str, sql: SQL) -> SQL:
        """Return ``sql``, the value of the field, in the form by which it is ordered:
        buckets and due states in their order in time, not by their keys."""
        if fname not in RANKS:
            return sql
        return SQL("array_position(%s, %s)", list(RANKS[fname]), sql)

    def _read_group_orderby(self, order, groupby_terms, query):
        ranked = {name: self._ranked(name, sql) for name, sql in groupby_terms.items()}
        result = super()._read_group_orderby(order, ranked, query)
        # Core adds the columns by which a many2one is ordered.
        groupby_terms.update(
            (name, sql) for name, sql in ranked.items() if name not in RANKS
        )
        return result

    def _order_field_to_sql(self, alias, field_name, direction, nulls, query):
        if field_name in RANKS:
            value = self._field_to_sql(alias, field_name, query)
            return SQL("%s %s %s", self._ranked(field_name, value), direction, nulls)
        return super()._order_field_to_sql(alias, field_name, direction, nulls, query)
