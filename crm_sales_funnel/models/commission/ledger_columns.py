"""The columns and indexes of the ledger of commission."""

from odoo.tools import SQL

# What an entry is for: one source of one plan and earner has entries that add up to what
# is due for it.
SOURCE = (
    "user_id",
    "member_id",
    "order_line_id",
    "stock_move_id",
    "move_line_id",
    "partial_id",
    "released_by",
)
COLUMNS = {
    "plan_id": "int4",
    "member_id": "int4 NOT NULL DEFAULT 0",
    "user_id": "int4 NOT NULL",
    "company_id": "int4 NOT NULL",
    "type": "varchar NOT NULL",
    "event_date": "date NOT NULL",
    "earn_date": "date NOT NULL",
    "date": "date NOT NULL",
    "released_by": "varchar NOT NULL DEFAULT ''",
    "order_line_id": "int4",
    "order_id": "int4",
    "stock_move_id": "int4",
    "move_line_id": "int4",
    "move_id": "int4",
    "partial_id": "int4",
    "partner_id": "int4",
    "product_id": "int4",
    "team_id": "int4",
    "rule_id": "int4",
    "base": "numeric NOT NULL DEFAULT 0",
    "share": "numeric NOT NULL DEFAULT 1",
    "rate": "numeric NOT NULL DEFAULT 0",
    "factor": "numeric NOT NULL DEFAULT 1",
    "part": "numeric NOT NULL DEFAULT 1",
    "fixed": "numeric NOT NULL DEFAULT 0",
    "amount": "numeric NOT NULL",
    "revision": "int4 NOT NULL DEFAULT 1",
    "origin_id": "int4",
    "settlement_id": "int4",
    "payee_id": "int4",
    "reason": "varchar",
    "create_uid": "int4",
    "create_date": "timestamp",
    "write_uid": "int4",
    "write_date": "timestamp",
}
SAME_SOURCE = ", ".join(
    name if name in ("user_id", "member_id", "released_by") else f"COALESCE({name}, 0)"
    for name in SOURCE
)
# The document that an entry is of: the invoice where it earns by one, else the order.
DOCUMENT = SQL("COALESCE(move_id, -order_id, 0)")
# Each costs as much as writing the entry itself: these are read by the engine, by
# settlements, and by lists of one's own entries.
INDEXES = {
    # Two runs at once book nothing twice, whatever became of their turn. It finds what is
    # booked of a document as well.
    "document_uniq": (
        "UNIQUE",
        f"((COALESCE(move_id, -order_id, 0)), plan_id, {SAME_SOURCE}, revision)"
        " WHERE type <> 'adjustment'",
    ),
    "user_idx": ("", "(user_id, date)"),
    "settlement_idx": ("", "(settlement_id) WHERE settlement_id IS NOT NULL"),
    "unsettled_idx": ("", "(company_id, user_id) WHERE settlement_id IS NULL"),
}
