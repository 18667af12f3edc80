from datetime import timedelta

from odoo import models
from odoo.tools import SQL

from .performance_scope import FIGURES, in_scope

# What rows are made of, and which kind they are of: any for targets. A row's id is
# sixteen times that of its source and twice the number of this, and one more for what
# compares with the year after.
PARTS = {
    "order": "order",
    "delivery": "delivery",
    "service": "delivery",
    "invoice": "invoice",
    "receipt": "receipt",
    "first_order": "first_order",
    "contact": "contact",
    "target": None,
}
NUMBERS = {part: number for number, part in enumerate(PARTS)}
STEP = 16
COLUMNS = (
    "source_id",
    "kind",
    "date",
    "user_id",
    "team_id",
    "commercial_partner_id",
    "partner_id",
    "product_id",
    "categ_id",
    "company_id",
    "document_model",
    "document_id",
)


class FunnelPerformanceReport(models.Model):
    """The report as a query: the branches of a union, one for each part and version, so
    that PostgreSQL leaves out those that a domain on ``kind`` and ``version`` excludes,
    and in each what is joined for columns that nobody asks for."""

    _inherit = "funnel.performance.report"

    _depends = {
        "account.move": [
            "commercial_partner_id",
            "invoice_date",
            "invoice_user_id",
            "move_type",
            "partner_id",
            "state",
            "team_id",
        ],
        "account.move.line": [
            "balance",
            "company_id",
            "date",
            "display_type",
            "invoice_date",
            "is_allowance",
            "parent_state",
            "product_id",
            "product_uom_id",
            "quantity",
            "sale_line_ids",
        ],
        "funnel.contact.log": [
            "commercial_partner_id",
            "company_id",
            "contact_id",
            "date",
            "partner_id",
            "team_id",
            "user_id",
        ],
        "funnel.target": [
            "amount",
            "company_id",
            "date_from",
            "date_to",
            "measure",
            "period",
            "team_id",
            "user_id",
        ],
        "product.product": ["product_tmpl_id", "standard_price"],
        "product.template": ["categ_id", "uom_id"],
        "res.partner": ["commercial_partner_id"],
        "res.users": ["sale_team_id"],
        "sale.order": [
            "company_id",
            "currency_rate",
            "date_order",
            "partner_id",
            "state",
            "team_id",
            "user_id",
        ],
        "sale.order.line": [
            "discount",
            "display_type",
            "is_downpayment",
            "order_id",
            "price_subtotal",
            "price_unit",
            "product_id",
            "product_uom_id",
            "product_uom_qty",
            "purchase_price",
            "qty_delivered",
            "qty_delivered_method",
            "state",
        ],
        "stock.location": ["company_id", "usage"],
        "stock.move": [
            "date",
            "location_dest_id",
            "location_id",
            "origin_returned_move_id",
            "picking_id",
            "product_id",
            "product_uom",
            "quantity",
            "sale_line_id",
            "state",
            "to_refund",
        ],
        "uom.uom": ["factor"],
    }

    @property
    def _table_query(self) -> SQL:
        self.env["funnel.allocation"]._write_pending()
        branches = {
            (part, later): self._get_source_ids(part, later)
            for part, kind in PARTS.items()
            for later in (False, True)
            if self._is_asked(part, kind, later)
        }
        asked = {key: ids for key, ids in branches.items() if ids != []}
        scope = in_scope(self.env)
        if scope.first or scope.last or scope.ids is not None:
            twice = set()
        else:
            # Of all days, the same rows are both: they are gone through once.
            twice = {part for part, later in asked if later and (part, False) in asked}
        return SQL(" UNION ALL ").join(
            self._branch(part, later, ids, twice=part in twice)
            for (part, later), ids in (asked or {("order", False): [0]}).items()
            if not (later and part in twice)
        )

    def _is_asked(self, part: str, kind: str | None, later: bool) -> bool:
        scope = in_scope(self.env)
        return not (
            (later and not kind)
            or (kind and scope.kinds is not None and kind not in scope.kinds)
            or (
                scope.versions is not None
                and self._get_version(part, later) not in scope.versions
            )
        )

    def _get_version(self, part: str, later: bool) -> str:
        return "target" if part == "target" else "last_year" if later else "actual"

    def _get_source_ids(self, part: str, later: bool) -> list[int] | None:
        """Return what is asked for of a branch; None when that is not rows by their
        ids."""
        ids, code = in_scope(self.env).ids, 2 * NUMBERS[part] + later
        if ids is None:
            return None
        return [
            id_ // STEP for id_ in ids if isinstance(id_, int) and id_ % STEP == code
        ]

    def _branch(
        self, part: str, later: bool, ids: list[int] | None, twice=False
    ) -> SQL:
        """Return the rows of a part, or those of the year after that compare with it.

        :param ids: of the sources that are asked for, all by default
        :param twice: both
        """
        versions = [self._get_version(part, one) for one in (False, True)]
        compared = SQL("")
        number, version = SQL(str(int(later))), SQL(f"'{versions[later]}'")
        if twice:
            compared = SQL(
                "CROSS JOIN (VALUES (0, '%s'), (1, '%s')) AS compared(later, version)",
                *map(SQL, versions),
            )
            number, version = SQL("compared.later"), SQL("compared.version")
        return SQL(
            """
            SELECT row.source_id::int8 * %(step)s + %(code)s + %(number)s AS id,
                   %(version)s::varchar AS version,
                   row.kind,
                   CASE %(number)s
                   WHEN 0 THEN row.date
                   ELSE (row.date + INTERVAL '1 year')::date END AS date,
                   %(columns)s,
                   %(currency)s AS company_currency_id,
                   %(figures)s
              FROM (%(rows)s) AS row
                   %(compared)s
             WHERE %(ids)s
            """,
            step=SQL(str(STEP)),
            code=SQL(str(2 * NUMBERS[part])),
            number=number,
            version=version,
            compared=compared,
            columns=SQL(", ").join(
                SQL.identifier("row", column) for column in COLUMNS[3:]
            ),
            currency=self._per_company(
                {company.id: company.currency_id.id for company in self._companies()},
                SQL("row.company_id"),
            ),
            figures=SQL(", ").join(SQL.identifier("row", name) for name in FIGURES),
            rows=getattr(self, f"_{part}_rows")(later),
            ids=SQL("row.source_id = ANY(%s)", ids) if ids else SQL("TRUE"),
        )

    def _row(self, source: SQL, kind: str | SQL, day: SQL, **values) -> SQL:
        """Return what is selected of a part.

        :param source: id of what the row is of, alone in its part
        :param values: columns and figures; those left out are empty
        """
        if not isinstance(kind, SQL):
            kind = SQL(f"'{kind}'::varchar")
        given = {"source_id": source, "kind": kind, "date": day}
        empty = {
            **dict.fromkeys(COLUMNS, SQL("NULL::int4")),
            "document_model": SQL("NULL::varchar"),
            **dict.fromkeys(FIGURES, SQL("NULL::numeric")),
        }
        return SQL(", ").join(
            SQL("%s AS %s", value, SQL.identifier(name))
            for name, value in {**empty, **given, **values}.items()
        )

    # ------------------------------------------------------------------
    # What differs from company to company, and days
    # ------------------------------------------------------------------

    def _companies(self):
        # sudo: the currency and the place of the companies that are chosen.
        return self.env.companies.sudo()

    def _company_ids(self) -> tuple[int, ...]:
        return tuple(self.env.companies.ids)

    def _per_company(self, values: dict[int, object], company: SQL) -> SQL:
        """Return what a company has, in SQL: where all have the same, that alone."""
        if len(set(values.values())) == 1:
            return SQL("%s", next(iter(values.values())))
        cases = [SQL("WHEN %s THEN %s", *pair) for pair in values.items()]
        return SQL("(CASE %s %s END)", company, SQL(" ").join(cases))

    def _places(self, company: SQL) -> SQL:
        places = {one.id: one.currency_id.decimal_places for one in self._companies()}
        return SQL("%s::int", self._per_company(places, company))

    def _rounded(self, amount: SQL, company: SQL) -> SQL:
        return SQL("ROUND((%s)::numeric, %s)", amount, self._places(company))

    def _day(self, time: SQL, company: SQL) -> SQL:
        """Return the day of a time where the company is."""
        zones = {one.id: one._get_zone() for one in self._companies()}
        return SQL(
            "(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)::date",
            time,
            self._per_company(zones, company),
        )

    def _within(self, time: SQL, later: bool) -> SQL:
        """Return the condition that leaves out what is days away from what is asked for:
        a time has another day elsewhere, and not each year has a 29 February."""
        scope = in_scope(self.env)
        back, slack = timedelta(days=365 if later else 0), timedelta(days=3)
        conditions = []
        if scope.first and scope.first.year > 1000:
            conditions.append(SQL("%s >= %s", time, scope.first - back - slack))
        if scope.last and scope.last.year < 9000:
            conditions.append(SQL("%s <= %s", time, scope.last - back + slack))
        return SQL(" AND ").join(conditions) if conditions else SQL("TRUE")

    # ------------------------------------------------------------------
    # Orders and deliveries
    # ------------------------------------------------------------------

    def _sale_columns(self) -> dict[str, SQL]:
        return {
            "user_id": SQL("sale.user_id"),
            "team_id": SQL("COALESCE(sale.team_id, salesperson.sale_team_id)"),
            "commercial_partner_id": SQL("customer.commercial_partner_id"),
            "partner_id": SQL("sale.partner_id"),
            "company_id": SQL("sale.company_id"),
        }

    def _sale_joins(self) -> SQL:
        """What is joined for columns alone, and left out when nobody asks for them."""
        return SQL(
            """
            LEFT JOIN res_users AS salesperson ON salesperson.id = sale.user_id
            LEFT JOIN res_partner AS customer ON customer.id = sale.partner_id
            """
        )

    def _product_joins(self, product: SQL) -> SQL:
        return SQL(
            """
            LEFT JOIN product_product AS product ON product.id = %s
            LEFT JOIN product_template AS template
                   ON template.id = product.product_tmpl_id
            """,
            product,
        )

    def _in_company_currency(self, amount: SQL) -> SQL:
        """Return an amount of ``sale`` at its rate."""
        return self._rounded(
            SQL("%s / COALESCE(NULLIF(sale.currency_rate, 0), 1)", amount),
            SQL("sale.company_id"),
        )

    def _order_rows(self, later: bool) -> SQL:
        return SQL(
            """
            SELECT %(row)s
              FROM sale_order_line AS line
              JOIN sale_order AS sale ON sale.id = line.order_id
                   %(sale_joins)s %(product_joins)s
             WHERE sale.state = 'sale'
               AND line.display_type IS NULL
               AND sale.company_id IN %(companies)s
               AND %(within)s
            """,
            row=self._row(
                SQL("line.id"),
                "order",
                self._day(SQL("sale.date_order"), SQL("sale.company_id")),
                **self._sale_columns(),
                product_id=SQL("line.product_id"),
                categ_id=SQL("template.categ_id"),
                document_model=SQL("'sale.order'::varchar"),
                document_id=SQL("sale.id"),
                ordered=SQL(
                    "CASE WHEN sale.currency_rate = 1 THEN line.price_subtotal"
                    " ELSE %s END",
                    self._in_company_currency(SQL("line.price_subtotal")),
                ),
            ),
            sale_joins=self._sale_joins(),
            product_joins=self._product_joins(SQL("line.product_id")),
            companies=self._company_ids(),
            within=self._within(SQL("sale.date_order"), later),
        )

    def _delivery_rows(self, later: bool) -> SQL:
        """The transfers that Odoo counts in what is delivered of a line."""
        engine = self.env["funnel.commission.engine"]
        direction = engine._direction()
        done = SQL("%s * move.quantity * move_unit.factor / unit.factor", direction)
        return SQL(
            """
            SELECT %(row)s
              FROM stock_move AS move
              JOIN sale_order_line AS line
                ON line.id = move.sale_line_id AND line.product_id = move.product_id
              JOIN sale_order AS sale ON sale.id = line.order_id
              JOIN stock_location AS source ON source.id = move.location_id
              JOIN stock_location AS destination
                ON destination.id = move.location_dest_id
              JOIN uom_uom AS move_unit ON move_unit.id = move.product_uom
              JOIN uom_uom AS unit ON unit.id = line.product_uom_id
                   %(sale_joins)s %(product_joins)s
             WHERE move.state = 'done'
               AND sale.state = 'sale'
               AND sale.company_id IN %(companies)s
               AND %(direction)s <> 0
               AND %(within)s
            """,
            row=self._row(
                SQL("move.id"),
                "delivery",
                self._day(SQL("move.date"), SQL("sale.company_id")),
                **self._sale_columns(),
                product_id=SQL("line.product_id"),
                categ_id=SQL("template.categ_id"),
                document_model=SQL("'stock.picking'::varchar"),
                document_id=SQL("move.picking_id"),
                delivered=self._in_company_currency(
                    SQL("(%s)", engine._price_of(done))
                ),
            ),
            sale_joins=self._sale_joins(),
            product_joins=self._product_joins(SQL("line.product_id")),
            companies=self._company_ids(),
            direction=direction,
            within=self._within(SQL("move.date"), later),
        )

    def _service_rows(self, later: bool) -> SQL:
        """What is delivered without a transfer of its own: services, and kits."""
        engine = self.env["funnel.commission.engine"]
        return SQL(
            """
            SELECT %(row)s
              FROM sale_order_line AS line
              JOIN sale_order AS sale ON sale.id = line.order_id
                   %(sale_joins)s %(product_joins)s
             WHERE sale.state = 'sale'
               AND line.display_type IS NULL
               AND line.is_downpayment IS NOT TRUE
               AND line.qty_delivered <> 0
               AND %(own)s
               AND sale.company_id IN %(companies)s
               AND %(within)s
            """,
            row=self._row(
                SQL("line.id"),
                "delivery",
                self._day(SQL("sale.date_order"), SQL("sale.company_id")),
                **self._sale_columns(),
                product_id=SQL("line.product_id"),
                categ_id=SQL("template.categ_id"),
                document_model=SQL("'sale.order'::varchar"),
                document_id=SQL("sale.id"),
                delivered=self._in_company_currency(
                    SQL("(%s)", engine._price_of(SQL("line.qty_delivered")))
                ),
            ),
            own=engine._is_without_transfer(),
            sale_joins=self._sale_joins(),
            product_joins=self._product_joins(SQL("line.product_id")),
            companies=self._company_ids(),
            within=self._within(SQL("sale.date_order"), later),
        )

    def _first_order_rows(self, later: bool) -> SQL:
        """The first order of each customer in a company, whoever of it ordered."""
        return SQL(
            """
            SELECT %(row)s
              FROM (
                  SELECT DISTINCT ON (sale_order.company_id,
                                      customer.commercial_partner_id)
                         sale_order.id,
                         sale_order.user_id,
                         sale_order.team_id,
                         sale_order.partner_id,
                         sale_order.company_id,
                         sale_order.date_order
                    FROM sale_order
                    JOIN res_partner AS customer ON customer.id = sale_order.partner_id
                   WHERE sale_order.state = 'sale'
                     AND sale_order.company_id IN %(companies)s
                ORDER BY sale_order.company_id,
                         customer.commercial_partner_id,
                         sale_order.date_order,
                         sale_order.id
              ) AS sale
                   %(sale_joins)s
             WHERE %(within)s
            """,
            row=self._row(
                SQL("sale.id"),
                "first_order",
                self._day(SQL("sale.date_order"), SQL("sale.company_id")),
                **self._sale_columns(),
                document_model=SQL("'sale.order'::varchar"),
                document_id=SQL("sale.id"),
                new_customers=SQL("1::numeric"),
            ),
            sale_joins=self._sale_joins(),
            companies=self._company_ids(),
            within=self._within(SQL("sale.date_order"), later),
        )
