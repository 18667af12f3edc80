"""Writes many rows at once into Odoo's tables, in SQL."""

import json
from contextlib import contextmanager

FOREIGN_KEYS = """
SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid)
  FROM pg_constraint WHERE contype = 'f' AND conrelid = ANY(%s::regclass[])
"""
# Those that no constraint needs.
INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid)
  FROM pg_index
 WHERE NOT indisprimary AND indrelid = ANY(%s::regclass[])
   AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
"""


def recall(cr, name: str):
    """Return what prepare.py left in the database."""
    key = f"bench.{name}"
    cr.execute("SELECT value FROM ir_config_parameter WHERE key = %s", [key])
    return json.loads(cr.fetchone()[0])


def copy_rows(cr, table, source, changed, constants) -> None:
    """Insert into an Odoo table the rows of ``source``.

    :param source: FROM clause, where ``t`` is the row of the table that is copied
    :param changed: column -> expression, for the columns that are not copied
    :param constants: what ``{name}`` in source and expressions stands for
    """
    cr.execute(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND table_name = %s",
        [table],
    )
    columns = [name for (name,) in cr.fetchall()]
    unknown = set(changed) - set(columns)
    if unknown:
        raise SystemExit(
            f"This Odoo has no {table} column {', '.join(sorted(unknown))}"
        )
    values = ", ".join(changed.get(name, f't."{name}"') for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    sql = f"INSERT INTO {table} ({names}) SELECT {values} FROM {source}"
    for name, value in constants.items():
        sql = sql.replace("{%s}" % name, str(value))
    cr.execute(sql)


@contextmanager
def unchecked(cr, tables):
    """Drop foreign keys and indexes, and make them again at the end: many times faster
    than row by row, and entries and payments may refer to each other. A row that refers
    to nothing is found then."""
    relations = [list(tables)]
    cr.execute(FOREIGN_KEYS, relations)
    keys = cr.fetchall()
    cr.execute(INDEXES, relations)
    indexes = cr.fetchall()
    for table, name, _definition in keys:
        cr.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    for name, _definition in indexes:
        cr.execute(f"DROP INDEX {name}")
    yield
    for _name, definition in indexes:
        cr.execute(definition)
    for table, name, definition in keys:
        cr.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
    for table in tables:
        cr.execute("SELECT to_regclass(%s)", [sequence := f"{table}_id_seq"])
        if cr.fetchone()[0]:
            cr.execute(f"SELECT setval('{sequence}', (SELECT max(id) FROM {table}))")
