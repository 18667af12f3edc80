from functools import partial

from odoo import models
from odoo.tools import SQL
from odoo.tools.sql import table_columns

# Beyond so many entries the plan for a few takes long: it grows by the square of them.
FEW = 150
IN_SCOPE = SQL("ARRAY(SELECT move_id FROM scope)")
UNLOGGED, TEMP = "UNLOGGED", "TEMP"
# While it goes by steps: a server's own memory is for many at once, and how many rows a
# step has is all that matters of them.
SETTINGS = {
    "work_mem": "256MB",
    "maintenance_work_mem": "256MB",
    "default_statistics_target": "3",
    # What a row costs is reckoned far too low here, and so what a second processor saves.
    "parallel_tuple_cost": "0.01",
    "parallel_setup_cost": "100",
    "jit": "off",  # compiling takes longer than it saves
}


class FunnelLedgerTable(models.AbstractModel):
    """A table of rows that follow from the ledger by a query.

    The query is a chain of steps, each made of those before it. For what a few entries
    touch they are parts of one statement. For many, or all, each becomes a table until
    the end, so that PostgreSQL knows how much there is before it plans the next one.
    """

    _name = "funnel.ledger.table"
    _description = "Table that Follows from the Ledger"
    # A table, but one that refers to nothing by foreign keys: they would take longer
    # than all the rest of a rebuild, and say nothing that the ledger does not.
    _auto = False
    _log_access = False

    # column -> its type in PostgreSQL
    _stored: dict[str, str] = {}
    # name -> UNIQUE or nothing, and what is indexed
    _indexed: dict[str, tuple[str, str]] = {}
    # Numbers that tell a row from the others.
    _key: tuple[str, ...] = ()
    # What changes with an entry: the rows that have it here, and where they have the one
    # of their money.
    _scoped_by = _money_entry = ""

    def init(self):
        if self._abstract:
            return
        found = set(table_columns(self.env.cr, self._table))
        if found != {"id", *self._stored}:
            self._make_table()
        self._create_indexes()

    def _make_table(self) -> None:
        """Make the table, empty: what one of an earlier version holds follows from the
        ledger as well."""
        cr, table = self.env.cr, SQL.identifier(self._table)
        cr.execute(SQL("DROP TABLE IF EXISTS %s", table))
        columns = SQL(", ").join(
            SQL("%s %s", SQL.identifier(name), SQL(kind))
            for name, kind in self._stored.items()
        )
        cr.execute(SQL("CREATE TABLE %s (id SERIAL, %s)", table, columns))
        # A rebuild numbers hundreds of thousands of rows.
        sequence = SQL.identifier(f"{self._table}_id_seq")
        cr.execute(SQL("ALTER SEQUENCE %s CACHE 50", sequence))

    def _create_indexes(self) -> None:
        for name, (unique, columns) in self._get_indexes():
            self.env.cr.execute(
                SQL(
                    "CREATE %s INDEX IF NOT EXISTS %s ON %s %s",
                    SQL(unique),
                    SQL.identifier(f"{self._table}_{name}"),
                    SQL.identifier(self._table),
                    SQL(columns),
                )
            )

    def _get_indexes(self):
        # Not a primary key: it could not be made after the rows are there.
        return [("id_uniq", ("UNIQUE", "(id)")), *self._indexed.items()]

    def _drop_indexes(self) -> None:
        for name, _definition in self._get_indexes():
            self.env.cr.execute(
                SQL("DROP INDEX IF EXISTS %s", SQL.identifier(f"{self._table}_{name}"))
            )

    # ------------------------------------------------------------------
    # What it follows from
    # ------------------------------------------------------------------

    def _steps(self, entries: SQL | None = None) -> dict[str, SQL]:
        """Return name -> query of what the rows are made of, in this order.

        :param entries: an array of ids of journal entries, the only ones to look at; all
            by default
        """
        return {}

    def _rows(self, entries: SQL | None = None) -> SQL:
        """Return a query of the rows, made of the steps.

        :param entries: as for the steps
        """
        raise NotImplementedError

    def _scope(self, *entries: SQL) -> SQL:
        """Return a query of the entries whose rows change with these: arrays of ids."""
        raise NotImplementedError

    # ------------------------------------------------------------------
    # Written down
    # ------------------------------------------------------------------

    def _rebuild_table(self) -> dict[str, int]:
        """Compare all rows with the ledger, and mend what differs. The steps stay for
        the tables that follow from this one, until ``_forget_steps``.

        :return: how many rows were ``missing``, ``wrong`` and ``needless``
        """
        self.env.cr.execute(SQL("SELECT FROM %s LIMIT 1", SQL.identifier(self._table)))
        write = self._compare if self.env.cr.rowcount else self._fill
        missing, wrong, needless, _entries = self._go_by_steps(self._steps(), write)
        return {"missing": missing, "wrong": wrong, "needless": needless}

    def _go_by_steps(self, steps: dict[str, SQL], write) -> tuple:
        """Make a table of each step, those that are there already excepted, and write
        down what they come to."""
        cr = self.env.cr
        kind, schema = self._get_place_of_steps()
        if kind == UNLOGGED:
            cr.execute(SQL("CREATE SCHEMA IF NOT EXISTS %s", SQL.identifier(schema)))
        cr.execute("SELECT current_setting('search_path')")
        path = f"{schema}, {cr.fetchone()[0]}"
        settings = {**SETTINGS, "search_path": path}
        for setting, value in settings.items():
            cr.execute("SELECT set_config(%s, %s, TRUE)", [setting, value])
        for name, query in steps.items():
            table = SQL.identifier(name)
            cr.execute(
                SQL("CREATE %s TABLE IF NOT EXISTS %s AS %s", SQL(kind), table, query)
            )
            cr.execute(SQL("ANALYZE %s", table))
        found = write()
        for setting in settings:
            cr.execute(SQL("SET LOCAL %s TO DEFAULT", SQL.identifier(setting)))
        self.invalidate_model()
        return found

    def _get_place_of_steps(self) -> tuple[str, str]:
        """Return what the tables of the steps are, and their schema: one that no other
        transaction sees, as PostgreSQL works on temporary tables with one processor
        only; temporary ones where the database is not ours."""
        self.env.cr.execute(
            "SELECT has_database_privilege(current_database(), 'CREATE'),"
            " pg_backend_pid()"
        )
        may_create, process = self.env.cr.fetchone()
        return (
            (UNLOGGED, f"funnel_steps_{process}") if may_create else (TEMP, "pg_temp")
        )

    def _forget_steps(self) -> None:
        kind, schema = self._get_place_of_steps()
        if kind == UNLOGGED:
            schema = SQL.identifier(schema)
            self.env.cr.execute(SQL("DROP SCHEMA IF EXISTS %s CASCADE", schema))
        else:
            for name in ("scope", *self._steps()):
                table = SQL.identifier(schema, name)
                self.env.cr.execute(SQL("DROP TABLE IF EXISTS %s", table))

    def _compare(
        self, entries: SQL | None = None, steps: dict[str, SQL] | None = None
    ) -> tuple:
        # That somebody else was first is no error.
        self.env.cr.execute(self._difference(entries, steps), log_exceptions=False)
        return self.env.cr.fetchone()

    def _fill(self) -> tuple:
        """Write all rows into the empty table: the indexes are quicker made afterwards."""
        cr = self.env.cr
        self._drop_indexes()
        cr.execute(self._insert(self._rows()))
        missing = cr.rowcount
        self._create_indexes()
        cr.execute(SQL("ANALYZE %s", SQL.identifier(self._table)))
        return missing, 0, 0, []

    def _update_table(self, *entries: list[int]) -> list[int]:
        """Write down what some entries touch.

        :return: the entries of the money of what changed
        """
        scope = self._scope(*(SQL("%s::int4[]", some) for some in entries))
        steps = {"scope": scope, **self._steps(IN_SCOPE)}
        if max(map(len, entries)) > FEW:
            found = self._go_by_steps(steps, partial(self._compare, IN_SCOPE))
            self._forget_steps()
        else:
            found = self._compare(IN_SCOPE, steps)
            self.invalidate_model()
        return found[-1]

    def _insert(self, rows: SQL) -> SQL:
        return SQL(
            "INSERT INTO %s (%s) %s",
            SQL.identifier(self._table),
            SQL(", ").join(map(SQL.identifier, self._stored)),
            rows,
        )

    def _difference(
        self, entries: SQL | None = None, steps: dict[str, SQL] | None = None
    ) -> SQL:
        """Return the statement that writes down where the rows differ from what they
        follow from, and tells how many were ``missing``, ``wrong`` and ``needless``, and
        the entries of their money.

        :param entries: an array of ids of journal entries, all by default
        :param steps: what the statement begins with; they are tables otherwise
        """
        columns = list(self._stored)
        return SQL(
            """
            WITH %(steps)s
                 difference AS MATERIALIZED (
                     SELECT written.id AS written_id,
                            written.%(money)s AS written_entry_id,
                            wanted.*
                       FROM (%(rows)s) AS wanted
                  FULL JOIN (SELECT *, ROW_NUMBER() OVER (PARTITION BY %(key)s) AS copy
                               FROM %(table)s WHERE %(in_scope)s) AS written
                         ON written.copy = 1 AND %(same_row)s
                      WHERE (%(wanted)s) IS DISTINCT FROM (%(written)s)),
                 needless AS (
                     DELETE FROM %(table)s WHERE id IN (
                         SELECT written_id FROM difference WHERE company_id IS NULL)),
                 wrong AS (
                     UPDATE %(table)s AS row SET (%(columns)s) = ROW(%(different)s)
                       FROM difference
                      WHERE row.id = written_id AND difference.company_id IS NOT NULL),
                 missing AS (%(insert)s)
            SELECT COUNT(*) FILTER (WHERE written_id IS NULL),
                   COUNT(*) FILTER (WHERE written_id + company_id IS NOT NULL),
                   COUNT(*) FILTER (WHERE company_id IS NULL),
                   ARRAY(SELECT %(money)s FROM difference
                          UNION SELECT written_entry_id FROM difference)
              FROM difference
            """,
            steps=SQL("").join(
                SQL("%s AS MATERIALIZED (%s),", SQL.identifier(name), query)
                for name, query in (steps or {}).items()
            ),
            rows=self._rows(entries),
            money=SQL.identifier(self._money_entry),
            table=SQL.identifier(self._table),
            in_scope=SQL("%s = ANY(%s)", SQL.identifier(self._scoped_by), entries)
            if entries
            else SQL("TRUE"),
            key=SQL(", ").join(map(SQL.identifier, self._key)),
            same_row=SQL(" AND ").join(
                SQL(
                    "COALESCE(%s, 0) = COALESCE(%s, 0)",
                    SQL.identifier("wanted", name),
                    SQL.identifier("written", name),
                )
                for name in self._key
            ),
            wanted=self._values("wanted"),
            written=self._values("written"),
            different=self._values("difference"),
            columns=SQL(", ").join(map(SQL.identifier, columns)),
            insert=self._insert(
                SQL(
                    "SELECT %s FROM difference WHERE written_id IS NULL",
                    self._values("difference"),
                )
            ),
        )

    def _values(self, of: str) -> SQL:
        return SQL(", ").join(SQL.identifier(of, name) for name in self._stored)
