from odoo import api, fields, models
from odoo.tools import SQL

from .funnel_followup_proposal import ASKED

ITEM_KINDS = [
    ("chased", "Followed Up"),
    ("credit", "Unapplied Credit"),
    ("not_due", "Not Due"),
    ("promised", "Promised"),
    ("disputed", "Disputed"),
]
# The ids of what a line has proposed: so many for each line, below 0, which keeps them
# apart from rows; the web client's numbers are exact up to 2 ** 53.
BITS = 22


class FunnelFollowupItem(models.Model):
    """One journal item that a follow-up tells of: a row of what was carried out, or a part
    of what a line has proposed."""

    _name = "funnel.followup.item"
    _description = "Followed Up Item"
    # The oldest first.
    _order = "line_id.id, days_overdue desc, move_line_id.id, kind"
    _log_access = False
    _rec_name = "move_line_id"
    _depends = {"funnel.followup.line": ["proposed_items", "with_statement"]}

    line_id = fields.Many2one(
        "funnel.followup.line",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="line_id.company_id")
    currency_id = fields.Many2one(related="line_id.currency_id")
    move_line_id = fields.Many2one(
        "account.move.line",
        string="Journal Item",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    move_id = fields.Many2one(related="move_line_id.move_id")
    invoice_date = fields.Date(related="move_line_id.date", string="Date")
    due_date = fields.Date(related="move_line_id.date_maturity", string="Due Date")
    kind = fields.Selection(ITEM_KINDS, required=True, readonly=True)
    amount = fields.Monetary(
        "Open Then",
        readonly=True,
        help="What was open of it, or of this part, when it was followed up.",
    )
    amount_open = fields.Monetary("Open Now", compute="_compute_amount_open")
    remark = fields.Char(
        compute="_compute_remark", help="Why the customer is not asked for it."
    )
    days_overdue = fields.Integer(
        readonly=True, aggregator="max", help="Negative: due in so many days."
    )
    level_days = fields.Integer("Level Reached", readonly=True)
    # What was said at a level stays said when the days of the level change. No relation,
    # whose check takes a good part of writing a hundred thousand: a level that was
    # deleted is found no more, as if it were none.
    level_id = fields.Integer(readonly=True)

    # ------------------------------------------------------------------
    # Rows, and what is proposed
    # ------------------------------------------------------------------

    @property
    def _table_query(self) -> SQL:
        # Of columns of the same type alone, PostgreSQL asks both for what is wanted of
        # them. Journal items may have been deleted since they were proposed.
        return SQL(
            """
            SELECT id::bigint, line_id, move_line_id, kind, amount, days_overdue,
                   level_days, level_id, id AS row_id, NULL::int AS proposed_id
              FROM funnel_followup_item
         UNION ALL
            SELECT told.number - (line.id::bigint << %(bits)s), line.id, entry.id,
                   told.kind::varchar, told.amount::numeric, told.days::int,
                   NULL::int, NULL::int, NULL::int, line.id
              FROM funnel_followup_line AS line
        CROSS JOIN LATERAL %(told)s
              JOIN account_move_line AS entry ON entry.id = told.move_line_id::int
             WHERE line.proposed_items IS NOT NULL
               AND (told.kind IN %(asked)s OR line.with_statement)
            """,
            bits=BITS,
            told=self._told(SQL("line.proposed_items")),
            asked=ASKED,
        )

    @api.model
    def _told(self, items: SQL) -> SQL:
        """Return what a line has proposed, as ``told`` in a FROM."""
        lists = (
            SQL("JSONB_ARRAY_ELEMENTS_TEXT(%s -> %s)", items, number)
            for number in range(4)
        )
        return SQL(
            "ROWS FROM (%s) WITH ORDINALITY"
            " AS told (move_line_id, kind, amount, days, number)",
            SQL(", ").join(lists),
        )

    @api.model
    def _search(self, domain, *args, **kwargs):
        """Find by an id its row, or what its line has proposed, and read no others."""
        domain = fields.Domain(domain).optimize(self)
        return super()._search(
            domain.map_conditions(self._with_origin), *args, **kwargs
        )

    def _with_origin(self, condition):
        """Add to a condition of ids the rows and lines that they are of."""
        ids = condition.value
        if (condition.field_expr, condition.operator) != ("id", "in") or not all(
            isinstance(item_id, int) for item_id in ids
        ):
            return condition
        return condition & fields.Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "(%s = ANY(%s) OR %s = ANY(%s))",
                SQL.identifier(alias, "row_id"),
                [item_id for item_id in ids if item_id > 0],
                SQL.identifier(alias, "proposed_id"),
                [-(item_id >> BITS) for item_id in ids if item_id < 0],
            )
        )

    # ------------------------------------------------------------------
    # What became of it
    # ------------------------------------------------------------------

    def _forget_level(self):
        """Let the level come again that these items have reached."""
        if self:
            # As they are where none was reached: the ORM would write 0.
            self.env.cr.execute(
                SQL(
                    "UPDATE funnel_followup_item SET level_days = NULL, level_id = NULL"
                    " WHERE id IN %s",
                    self._ids,
                )
            )
            self.invalidate_recordset(["level_days", "level_id"])

    @api.depends("kind")
    @api.depends_context("lang")
    def _compute_remark(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for item in self:
            item.remark = False if item.kind == "chased" else kinds[item.kind]

    @api.depends("move_line_id")  # see account.move.line, _forget_open_amounts
    def _compute_amount_open(self):
        # sudo: who reads a follow-up may know what is open of it. As in the aging: what
        # was matched with an entry that was reset to draft is open again.
        aging = self.env["funnel.aging.report"].sudo()
        aging = aging.with_context(
            as_of=False, account_type=False, allowed_company_ids=self.company_id.ids
        )
        # Of items that are written down: a client may name others. All of a follow-up,
        # since one journal item may have several.
        items = self._origin.line_id.item_ids
        residuals = dict(
            aging._read_group(
                [("id", "in", items.move_line_id.ids)],
                ["move_line_id"],
                ["residual_currency:sum"],
            )
        )
        shares = {}
        for entry, some in items.grouped("move_line_id").items():
            for rows in some.grouped("line_id").values():
                shares |= rows._share_open(residuals.get(entry, 0.0))
        for item in self:
            item.amount_open = shares.get(item._origin, 0.0)

    def _share_open(self, residual) -> dict:
        """Return row -> its share of what is open of their journal item: what was promised
        or disputed of it is taken as paid before what was asked for."""
        *others, last = self.sorted(lambda item: item.kind != "chased")
        shares = {}
        for item in others:
            shares[item] = min(item.amount, residual)
            residual -= shares[item]
        return {**shares, last: residual}
