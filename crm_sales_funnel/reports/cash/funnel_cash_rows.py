from odoo import models
from odoo.tools import SQL


class FunnelCashReport(models.Model):
    """The rows as a query of the ledger and of what is allocated."""

    _inherit = "funnel.cash.report"

    def _scope(self, entries: SQL) -> SQL:
        """These, and of money whose payer was unknown, its arrival and all that was taken
        from it: what is left is told from the arrival by all of these."""
        return SQL(
            """
              WITH taken AS (%(taken)s),
                   arrived AS (
                   SELECT payment.id, payment.move_id
                     FROM account_payment AS payment
                    WHERE payment.move_id = ANY(%(entries)s)
                    UNION
                   SELECT payment.id, payment.move_id
                     FROM taken
                     JOIN account_payment AS payment ON payment.id = taken.arrived_id
                    WHERE taken.move_id = ANY(%(entries)s))
            SELECT UNNEST(%(entries)s) AS move_id
             UNION
            SELECT move_id FROM arrived WHERE move_id IS NOT NULL
             UNION
            SELECT taken.move_id
              FROM taken
              JOIN arrived ON arrived.id = taken.arrived_id
             WHERE taken.move_id IS NOT NULL
            """,
            entries=entries,
            taken=self._taken(),
        )

    def _taken(self) -> SQL:
        """The payments that took from the money of an unknown payer, and how it came."""
        return SQL(
            """
            SELECT payment.move_id, receipt.payment_id AS arrived_id
              FROM account_payment AS payment
              JOIN funnel_unknown_receipt AS receipt
                ON receipt.id = payment.unknown_receipt_id
             WHERE payment.unknown_receipt_id IS NOT NULL
               AND receipt.payment_id <> payment.id
            """
        )

    def _steps(self, entries: SQL | None = None) -> dict[str, SQL]:
        allocation = self.env["funnel.allocation"]
        scope = entries and SQL("SELECT UNNEST(%s)", entries)
        return {
            "line": allocation._lines(scope),
            "moved": allocation._moved(),
            "applied": self._applied(entries),
            "claimed": self._claimed(),
            "entry": self._entries(),
            "owed": self._owed(),
        }

    def _applied(self, entries: SQL | None) -> SQL:
        """What paid an invoice, or is the deposit of an order."""
        return SQL(
            """
            SELECT money_move_id AS entry_id,
                   CASE WHEN partial_id IS NULL THEN 1 ELSE 0 END AS part,
                   move_id,
                   order_id,
                   date,
                   partner_id,
                   partner_type,
                   user_id,
                   SUM(amount) AS paid,
                   SUM(CASE partner_type WHEN 'customer' THEN amount
                                         ELSE -amount END) AS amount
              FROM funnel_allocation
             WHERE %s
          GROUP BY money_move_id, partial_id IS NULL, move_id, order_id, date,
                   partner_id, partner_type, user_id
            """,
            SQL("money_move_id = ANY(%s)", entries) if entries else SQL("TRUE"),
        )

    def _claimed(self) -> SQL:
        """What each payment took from the money of an unknown payer, and what of it is
        not applied."""
        return SQL(
            """
            SELECT taken.move_id AS id,
                   arrived.id AS arrived_id,
                   arrived.date,
                   arrived.journal_id,
                   arrived.company_id,
                   moved.settled AS moved,
                   moved.settled - COALESCE(allocated.amount, 0) AS rest
              FROM (%s) AS taken
              JOIN moved ON moved.move_id = taken.move_id AND moved.settled <> 0
              JOIN account_payment AS payment ON payment.id = taken.arrived_id
              JOIN account_move AS arrived
                ON arrived.id = payment.move_id AND arrived.state = 'posted'
         LEFT JOIN LATERAL (
                   SELECT SUM(paid.amount) AS amount
                     FROM funnel_allocation AS paid
                     JOIN account_move_line AS item
                       ON item.id = paid.money_line_id
                      AND item.move_id = taken.move_id
                    WHERE paid.money_move_id = arrived.id) AS allocated ON TRUE
            """,
            self._taken(),
        )

    def _entries(self) -> SQL:
        """What each entry moved from and to the outside less what is applied, and from
        one account of money to another. Of money whose payer was unknown, what customers
        got is theirs, on the day when it arrived."""
        return SQL(
            """
            SELECT moved.move_id AS id,
                   moved.date,
                   moved.journal_id,
                   moved.company_id,
                   moved.amount AS moved,
                   moved.amount - COALESCE(applied.amount, 0)
                                - COALESCE(claimed.rest, 0) AS rest,
                   LEAST(moved.came_in, moved.came_in - moved.amount) AS transferred
              FROM moved
         LEFT JOIN (SELECT entry_id, SUM(amount) AS amount
                      FROM applied
                  GROUP BY entry_id) AS applied ON applied.entry_id = moved.move_id
         LEFT JOIN (SELECT arrived_id, SUM(rest) AS rest
                      FROM claimed
                  GROUP BY arrived_id) AS claimed
                ON claimed.arrived_id = moved.move_id
             WHERE moved.amount <> COALESCE(applied.amount, 0)
                OR moved.came_in > GREATEST(moved.amount, 0)
             UNION ALL
            SELECT id, date, journal_id, company_id, moved, rest, 0 FROM claimed
            """
        )

    def _owed(self) -> SQL:
        """Whom the rest of an entry is from, and what of it is not applied: each customer
        or vendor by his own items. Beside bills, which are no money before they are
        cashed; those come off of whoever has most of the entry."""
        return SQL(
            """
            SELECT side.entry_id,
                   side.partner_id,
                   customer.user_id,
                   CASE WHEN side.is_customer THEN 'customer'
                        ELSE 'supplier' END AS partner_type,
                   side.place = 1 AS is_main,
                   side.is_foreign OR bill.is_foreign IS TRUE AS is_foreign,
                   side.open + COALESCE(bill.amount, 0) AS open,
                   SUM(side.open + COALESCE(bill.amount, 0))
                       OVER (PARTITION BY side.entry_id) AS total
              FROM (SELECT entry.id AS entry_id,
                           contact.commercial_partner_id AS partner_id,
                           BOOL_OR(line.is_receivable) AS is_customer,
                           BOOL_OR(line.is_foreign) AS is_foreign,
                           -SUM(line.amount_residual) AS open,
                           ROW_NUMBER() OVER (
                               PARTITION BY entry.id
                               ORDER BY SUM(ABS(line.balance)) DESC,
                                        contact.commercial_partner_id) AS place
                      FROM entry
                      JOIN line ON line.move_id = entry.id AND line.is_owed
                 LEFT JOIN res_partner AS contact ON contact.id = line.partner_id
                     WHERE entry.rest <> 0
                  GROUP BY entry.id, contact.commercial_partner_id) AS side
         LEFT JOIN res_partner AS customer ON customer.id = side.partner_id
         LEFT JOIN (SELECT move_id,
                           BOOL_OR(is_foreign) AS is_foreign,
                           -SUM(balance) AS amount
                      FROM line
                     WHERE is_bill AND NOT is_owed
                  GROUP BY move_id) AS bill
                ON bill.move_id = side.entry_id AND side.place = 1
            """
        )

    def _rows(self, entries: SQL | None = None) -> SQL:
        return SQL(
            """
            SELECT row.entry_id,
                   row.part,
                   row.move_id,
                   row.order_id,
                   row.kind,
                   CASE WHEN row.moved > 0 THEN 'in' ELSE 'out' END AS direction,
                   row.part IN (1, 2) AS is_on_account,
                   row.date,
                   COALESCE(claimed.journal_id, moved.journal_id) AS journal_id,
                   payment.payment_method_line_id,
                   row.partner_id,
                   row.partner_type,
                   row.user_id,
                   -- Of the money, not of the document: a branch's may be its company's.
                   COALESCE(claimed.company_id, moved.company_id) AS company_id,
                   row.amount
              FROM (SELECT entry_id, part, move_id, order_id,
                           CASE WHEN part = 1 THEN 'deposit'
                                WHEN paid < 0 THEN 'refund'
                                WHEN partner_type = 'customer' THEN 'receipt'
                                ELSE 'payment' END AS kind,
                           amount AS moved, date, partner_id, partner_type, user_id,
                           amount
                      FROM applied
                     UNION ALL
                    %s) AS row
              JOIN moved ON moved.move_id = row.entry_id
         LEFT JOIN claimed ON claimed.id = row.entry_id
         LEFT JOIN account_payment AS payment ON payment.move_id = row.entry_id
            """,
            self._rests(),
        )

    def _rests(self) -> SQL:
        """What is left of the money of an entry: of what is not applied, of what was
        settled otherwise (in another currency, the exchange difference), and what it
        moves from one account to another."""
        return SQL(
            """
            SELECT entry.id, part.number, entry.id, NULL::int4, part.kind,
                   CASE WHEN part.number < 4 AND entry.moved <> 0 THEN entry.moved
                        ELSE part.amount END,
                   entry.date, owed.partner_id, owed.partner_type,
                   CASE WHEN owed.partner_type = 'customer' THEN owed.user_id END,
                   part.amount
              FROM entry
         LEFT JOIN owed ON owed.entry_id = entry.id
        CROSS JOIN LATERAL (
                   SELECT CASE WHEN owed.total * entry.rest > 0 THEN owed.open
                               ELSE 0 END AS amount,
                          CASE WHEN owed.total * entry.rest > 0 THEN owed.total
                               ELSE 0 END AS total) AS open
        CROSS JOIN LATERAL (
                   VALUES (2, %(kind_of_open)s, TRUE, open.amount),
                          (3, CASE WHEN owed.is_foreign THEN 'exchange'
                                   ELSE %(kind)s END,
                           owed.is_main IS NOT FALSE, entry.rest - open.total),
                          (4, 'transfer', owed.is_main IS NOT FALSE, entry.transferred),
                          (5, 'transfer', owed.is_main IS NOT FALSE, -entry.transferred)
                   ) AS part (number, kind, is_here, amount)
             WHERE part.amount <> 0 AND part.is_here
            """,
            kind_of_open=self._kind_of("open.amount"),
            kind=self._kind_of("entry.rest"),
        )

    def _kind_of(self, amount: str) -> SQL:
        return SQL(
            """
            CASE WHEN owed.partner_type = 'customer'
                 THEN CASE WHEN %(amount)s > 0 THEN 'receipt' ELSE 'refund' END
                 WHEN owed.partner_type = 'supplier'
                 THEN CASE WHEN %(amount)s < 0 THEN 'payment' ELSE 'refund' END
                 ELSE 'other' END
            """,
            amount=SQL(amount),
        )
