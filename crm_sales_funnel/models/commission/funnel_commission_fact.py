from odoo import api, fields, models
from odoo.tools import SQL

from .funnel_commission_credit import CREDITED
from .funnel_commission_event import SALES

OF_ORDERS = frozenset({"ordered", "delivered"})
# What is written down of a line.
NAMES = (
    *("order_line_id", "move_line_id", "partner_id", "customer_level_id", "state_id"),
    *("country_id", "team_id", "categ_path", "cost"),
)
# What an event has of its document alone.
OWN_COLUMNS = (
    *("order_line_id", "order_id", "stock_move_id", "move_line_id", "move_id"),
    *("partial_id", "date", "sold_date", "like_date", "like_line_id", "paid_date"),
    *("paid_partial_id", "is_shared", "seller_id", "product_id", "discount"),
    *("untaxed", "margin", "quantity", "level_date"),
)
PARTS = ("parts_move_id", "parts_order_id")  # of an invoice


class FunnelCommissionFact(models.Model):
    """What plans looked at besides a line of an order or invoice when they first saw it:
    who and where the customer was, of which category the product and what it cost.

    What becomes of these later does not change what was earned. When the document itself
    is corrected, or confirmed or posted anew, it is looked at anew.
    """

    _name = "funnel.commission.fact"
    _description = "What a Line Was Sold As"
    _log_access = False

    # Not many2one: what a line was sold as holds when they are gone.
    order_line_id = fields.Integer()
    move_line_id = fields.Integer()
    partner_id = fields.Integer(help="The company that is the customer.")
    customer_level_id = fields.Integer()
    state_id = fields.Integer()
    country_id = fields.Integer()
    team_id = fields.Integer()
    categ_path = fields.Char()
    cost = fields.Float(
        digits=(16, 6),
        help="Of one of the product's own unit, in the company's currency.",
    )
    first_order = fields.Date(
        help="The customer's first order in the company. Never, where there was none."
    )

    _of_order = models.UniqueIndex("(order_line_id) WHERE order_line_id IS NOT NULL")
    _of_move = models.UniqueIndex("(move_line_id) WHERE move_line_id IS NOT NULL")

    @api.model
    def _forget(self, order_ids, move_ids) -> None:
        """Let lines of documents be looked at anew."""
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM funnel_commission_fact WHERE id IN (
                    SELECT fact.id
                      FROM sale_order_line AS line
                      JOIN funnel_commission_fact AS fact ON fact.order_line_id = line.id
                     WHERE line.order_id = ANY(%s)
                     UNION ALL
                    SELECT fact.id
                      FROM account_move_line AS line
                      JOIN funnel_commission_fact AS fact ON fact.move_line_id = line.id
                     WHERE line.move_id = ANY(%s))
                """,
                sorted(order_ids),
                sorted(move_ids),
            )
        )

    @api.model
    def _merge_customers(self, sources, target) -> None:
        self.env.cr.execute(
            SQL(
                "UPDATE funnel_commission_fact SET partner_id = %s"
                " WHERE partner_id IN %s",
                target.id,
                tuple(sources.ids),
            )
        )


class FunnelCommissionEngine(models.AbstractModel):
    """What is written down of the lines that a plan sees."""

    _inherit = "funnel.commission.engine"

    def _needs_facts(self, plan) -> bool:
        """Return whether a plan looks at more than the documents say."""
        return bool(
            any(
                rule.categ_id
                or rule.customer_level_id
                or rule.partner_id
                or rule.team_id
                for rule in plan.rule_ids
            )
            or any(member.scope != "own" for member in plan.member_ids)
            or self._needs_first_order(plan)
        )

    def _needs_first_order(self, plan) -> bool:
        return "customer_age" in plan.factor_ids.mapped("driver")

    def _needs_cost(self, plan) -> bool:
        """Return whether a plan asks for costs that no order line tells."""
        return plan.basis not in OF_ORDERS and self._asks_for(plan, "margin")

    def _write_facts(self, plan, documents: SQL | None = None) -> None:
        """Write down what a plan looks at of lines that no plan saw before.

        :param documents: condition on ``order_id`` or ``move_id``, by the plan's basis;
            by default all that may count
        """
        lines = documents or self._all_that_may_count(plan)
        if self._needs_facts(plan):
            new = self._new_facts(plan, lines)
        elif self._needs_cost(plan):
            without_order = SQL(
                "(%s) AND NOT EXISTS (SELECT FROM sale_order_line_invoice_rel AS rel"
                " WHERE rel.invoice_line_id = line.id)",
                lines,
            )
            new = self._new_facts(plan, without_order)
        else:
            return
        # Sorted, so that all is read before the first row is written: PostgreSQL, which
        # takes the table for empty, would read what is written again and again.
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO funnel_commission_fact (%(names)s)
                SELECT %(names)s FROM (%(new)s) AS new
              ORDER BY order_line_id, move_line_id
                    ON CONFLICT DO NOTHING
                """,
                names=SQL(", ").join(map(SQL.identifier, NAMES)),
                new=new,
            )
        )
        if self._needs_first_order(plan):
            self._write_first_orders(plan, documents or SQL("TRUE"))

    def _all_that_may_count(self, plan) -> SQL:
        """Return the condition on lines that some of it may be in the plan's time."""
        if plan.basis == "invoiced":
            return SQL("COALESCE(move.invoice_date, move.date) >= %s", plan.date_from)
        if plan.basis == "collected":
            condition = SQL(
                "move.amount_residual <> 0 OR move.id IN (SELECT paid.move_id"
                " FROM funnel_allocation AS paid WHERE paid.date >= %s)",
                plan.date_from,
            )
            if self._has_deposits():
                # Their goods are paid by down payments.
                condition = SQL(
                    "%s OR line.id IN (SELECT line_id FROM (%s) AS goods)",
                    condition,
                    self._goods_of_orders(None),
                )
            return condition
        if plan.basis == "ordered":
            return SQL("sold.date_order >= %s::date - 2", plan.date_from)
        return SQL("TRUE")

    def _new_facts(self, plan, documents: SQL) -> SQL:
        if plan.basis in OF_ORDERS:
            return self._new_facts_of_orders(plan, documents)
        return self._new_facts_of_invoices(plan, documents)

    def _new_facts_of_orders(self, plan, documents: SQL) -> SQL:
        return SQL(
            """
            SELECT line.id AS order_line_id,
                   NULL::int4 AS move_line_id,
                   customer.commercial_partner_id AS partner_id,
                   company.customer_level_id,
                   address.state_id,
                   address.country_id,
                   sold.team_id,
                   category.parent_path AS categ_path,
                   NULL::numeric AS cost
              FROM sale_order_line AS line
              JOIN sale_order AS sold ON sold.id = line.order_id
              JOIN res_partner AS customer ON customer.id = sold.partner_id
              JOIN res_partner AS company ON company.id = customer.commercial_partner_id
         LEFT JOIN res_partner AS address ON address.id = sold.partner_shipping_id
         LEFT JOIN product_product AS product ON product.id = line.product_id
         LEFT JOIN product_template AS template ON template.id = product.product_tmpl_id
         LEFT JOIN product_category AS category ON category.id = template.categ_id
             WHERE %(is_sold)s
               AND sold.company_id = %(company)s
               AND line.display_type IS NULL
               AND %(documents)s
               AND NOT EXISTS (SELECT FROM funnel_commission_fact AS known
                                WHERE known.order_line_id = line.id)
            """,
            is_sold=self._is_sold(),
            company=plan.company_id.id,
            documents=documents,
        )

    def _new_facts_of_invoices(self, plan, documents: SQL) -> SQL:
        """Of what is credited, as it was when it was sold."""
        sold = SQL(
            """
            LEFT JOIN LATERAL (
                 SELECT fact.*, credited.line_id, credited.product_id,
                        category.parent_path AS path_by_now
                   FROM (SELECT) AS nothing
                        %s
              LEFT JOIN funnel_commission_fact AS fact
                     ON fact.move_line_id = credited.line_id
              LEFT JOIN product_product AS product ON product.id = credited.product_id
              LEFT JOIN product_template AS template
                     ON template.id = product.product_tmpl_id
              LEFT JOIN product_category AS category ON category.id = template.categ_id
                 ) AS sold ON TRUE
            """,
            CREDITED,
        )
        return SQL(
            """
            SELECT NULL::int4 AS order_line_id,
                   line.id AS move_line_id,
                   company.id AS partner_id,
                   company.customer_level_id,
                   address.state_id,
                   address.country_id,
                   move.team_id,
                   category.parent_path AS categ_path,
                   %(cost)s AS cost
                   %(lines)s
               AND move.move_type <> 'out_refund'
             UNION ALL
            SELECT NULL,
                   line.id,
                   COALESCE(sold.partner_id, company.id),
                   CASE WHEN sold.id IS NULL THEN company.customer_level_id
                        ELSE sold.customer_level_id END,
                   CASE WHEN sold.id IS NULL THEN address.state_id
                        ELSE sold.state_id END,
                   CASE WHEN sold.id IS NULL THEN address.country_id
                        ELSE sold.country_id END,
                   CASE WHEN sold.id IS NULL THEN move.team_id ELSE sold.team_id END,
                   CASE WHEN sold.id IS NOT NULL THEN sold.categ_path
                        WHEN sold.line_id IS NOT NULL THEN sold.path_by_now
                        ELSE category.parent_path END,
                   CASE WHEN sold.id IS NOT NULL AND sold.product_id = line.product_id
                        THEN sold.cost
                        ELSE %(cost)s END
                   %(credits)s
               AND move.move_type = 'out_refund'
            """,
            cost=SQL(
                "COALESCE((product.standard_price ->> move.company_id::text)::numeric, 0)"
            ),
            lines=self._lines_without_facts(plan, documents, SQL("")),
            credits=self._lines_without_facts(plan, documents, sold),
        )

    def _lines_without_facts(self, plan, documents: SQL, sold: SQL) -> SQL:
        """Return the rest of a query, from FROM on, of lines of invoices of which
        nothing is written down.

        :param sold: a join of what they credit
        """
        return SQL(
            """
              FROM account_move AS move
              JOIN account_move_line AS line ON line.move_id = move.id
              JOIN res_partner AS company ON company.id = move.commercial_partner_id
         LEFT JOIN res_partner AS address
                ON address.id = COALESCE(move.partner_shipping_id, move.partner_id)
         LEFT JOIN product_product AS product ON product.id = line.product_id
         LEFT JOIN product_template AS template ON template.id = product.product_tmpl_id
         LEFT JOIN product_category AS category ON category.id = template.categ_id
                   %(sold)s
             WHERE move.state = 'posted'
               AND move.move_type IN %(sales)s
               AND move.company_id = %(company)s
               AND line.display_type = 'product'
               AND (%(documents)s)
               AND NOT EXISTS (SELECT FROM funnel_commission_fact AS known
                                WHERE known.move_line_id = line.id)
            """,
            sold=sold,
            sales=SALES,
            company=plan.company_id.id,
            documents=documents,
        )

    def _write_first_orders(self, plan, documents: SQL) -> None:
        """Write down when the customers of lines ordered first that are new."""
        if plan.basis in OF_ORDERS:
            key, table = SQL("order_line_id"), SQL("sale_order_line")
        else:
            key, table = SQL("move_line_id"), SQL("account_move_line")
        self.env.cr.execute(
            SQL(
                """
                WITH asked AS MATERIALIZED (
                    SELECT fact.id, fact.partner_id
                      FROM %(table)s AS line
                      JOIN funnel_commission_fact AS fact ON fact.%(key)s = line.id
                     WHERE fact.first_order IS NULL
                       AND line.company_id = %(company)s
                       AND %(documents)s),
                first AS MATERIALIZED (
                    SELECT customer.commercial_partner_id AS partner_id,
                           MIN(%(day)s) AS date
                      FROM sale_order AS sold
                      JOIN res_partner AS customer ON customer.id = sold.partner_id
                     WHERE customer.commercial_partner_id
                               IN (SELECT partner_id FROM asked)
                       AND sold.company_id = %(company)s
                       AND %(is_sold)s
                  GROUP BY customer.commercial_partner_id)
                UPDATE funnel_commission_fact AS fact
                   SET first_order = COALESCE(first.date, 'infinity')
                  FROM asked
             LEFT JOIN first ON first.partner_id = asked.partner_id
                 WHERE fact.id = asked.id
                """,
                table=table,
                key=key,
                company=plan.company_id.id,
                documents=documents,
                is_sold=self._is_sold(),
                day=self._day(SQL("sold.date_order"), plan),
            )
        )

    def _with_facts(self, plan, events: SQL, is_simulated: bool) -> SQL:
        """Return events with what is written down of their lines; where nothing is, as
        when a plan is tried out, with what there is now."""
        names = ("customer_level_id", "state_id", "country_id", "categ_path")
        if not self._needs_facts(plan):
            nothing = ("int4", "int4", "int4", "varchar")
            return SQL(
                "SELECT event.*, %s, NULL::date AS first_order FROM (%s) AS event",
                SQL(", ").join(
                    SQL("NULL::%s AS %s", SQL(kind), SQL.identifier(name))
                    for name, kind in zip(names, nothing, strict=True)
                ),
                events,
            )
        facts = SQL("funnel_commission_fact")
        if is_simulated:
            facts = SQL(
                "(SELECT %(names)s, first_order FROM funnel_commission_fact UNION ALL"
                " SELECT %(names)s, NULL::date FROM (%(new)s) AS new)",
                names=SQL(", ").join(map(SQL.identifier, NAMES)),
                new=self._new_facts(plan, SQL("TRUE")),
            )
        key, own = "order_line_id", OWN_COLUMNS
        if plan.basis not in OF_ORDERS:
            key, own = "move_line_id", OWN_COLUMNS + PARTS
        return SQL(
            "SELECT %(own)s, fact.partner_id, fact.team_id, %(names)s, fact.first_order"
            " FROM (%(events)s) AS event"
            " LEFT JOIN %(facts)s AS fact ON fact.%(key)s = event.%(own_key)s",
            own=SQL(", ").join(SQL.identifier("event", name) for name in own),
            names=SQL(", ").join(SQL.identifier("fact", name) for name in names),
            events=events,
            facts=facts,
            key=SQL(key),
            own_key=SQL("fact_line_id" if plan.basis == "collected" else key),
        )
