"""What a credit note takes back: what was earned of the invoice line that it credits.

Who earned it, by which plan and as which member, and what the rate depended on are as
they were then; only when it is taken back, and how much, is the credit note's own.
"""

from odoo import models
from odoo.tools import SQL

# Of an invoice line that is credited.
TOLD = SQL(
    """
    own.id AS line_id,
    own.move_id,
    own.product_id,
    own.discount,
    own.currency_id,
    own.balance / NULLIF(own.amount_currency, 0) AS rate,
    document.commission_user_id AS seller_id,
    COALESCE(document.invoice_date, document.date) AS date
    """
)


def _closest(note: SQL) -> SQL:
    """Return the order of the lines that a line of a credit note may credit: of the same
    order line, else of the same product, else any; of the last invoice; at the same
    price; and of what is worth enough the next one."""
    return SQL(
        """
        is_of_order DESC,
        (own.product_id = %(note)s.product_id) DESC NULLS LAST,
        date DESC,
        (own.price_unit = %(note)s.price_unit
            AND own.discount = %(note)s.discount) DESC NULLS LAST,
        (own.price_subtotal / NULLIF(%(note)s.price_subtotal, 0) >= 1)
            DESC NULLS LAST,
        ABS(own.price_subtotal - %(note)s.price_subtotal),
        own.id
        """,
        note=note,
    )


# The invoice line that ``line`` of a credit note ``move`` credits: of the invoice that is
# reversed; where none is, of those of its order line.
CREDITED = SQL(
    """
    LEFT JOIN LATERAL (
         SELECT %s
           FROM (SELECT id, FALSE AS is_of_order
                   FROM account_move_line
                  WHERE move_id = move.reversed_entry_id AND display_type = 'product'
                  UNION ALL
                 SELECT other.invoice_line_id, TRUE
                   FROM sale_order_line_invoice_rel AS rel
                   JOIN sale_order_line_invoice_rel AS other
                     ON other.order_line_id = rel.order_line_id
                  WHERE rel.invoice_line_id = line.id) AS earlier
           JOIN account_move_line AS own ON own.id = earlier.id
           JOIN account_move AS document ON document.id = own.move_id
          WHERE move.move_type = 'out_refund'
            AND document.move_type <> 'out_refund'
            AND (document.id = move.reversed_entry_id
                 OR move.reversed_entry_id IS NULL AND document.state = 'posted')
       ORDER BY %s
          LIMIT 1) AS credited ON TRUE
    """,
    TOLD,
    _closest(SQL("line")),
)


class FunnelCommissionEngine(models.AbstractModel):
    """What is taken back of money that is paid back."""

    _inherit = "funnel.commission.engine"

    def _credited_by_all(self, plan) -> SQL:
        """Return the same join as ``CREDITED``, for all credit notes at once."""
        return SQL(
            """
            LEFT JOIN (
                 SELECT DISTINCT ON (note.id)
                        note.id AS note_id,
                        %(told)s
                   FROM (SELECT line.*, own.id AS own_id, FALSE AS is_of_order
                                %(notes)s
                           JOIN account_move_line AS own
                             ON own.move_id = move.reversed_entry_id
                            AND own.display_type = 'product'
                          WHERE %(condition)s
                          UNION ALL
                         SELECT line.*, other.invoice_line_id, TRUE
                                %(notes)s
                           JOIN sale_order_line_invoice_rel AS rel
                             ON rel.invoice_line_id = line.id
                           JOIN sale_order_line_invoice_rel AS other
                             ON other.order_line_id = rel.order_line_id
                           JOIN account_move_line AS own
                             ON own.id = other.invoice_line_id
                           JOIN account_move AS document
                             ON document.id = own.move_id
                          WHERE %(condition)s
                            AND (document.id = move.reversed_entry_id
                                 OR move.reversed_entry_id IS NULL
                                    AND document.state = 'posted')) AS note
                   JOIN account_move_line AS own ON own.id = note.own_id
                   JOIN account_move AS document ON document.id = own.move_id
                  WHERE document.move_type <> 'out_refund'
               ORDER BY note.id, %(closest)s) AS credited ON credited.note_id = line.id
            """,
            told=TOLD,
            closest=_closest(SQL("note")),
            notes=SQL(
                "FROM account_move AS move JOIN account_move_line AS line"
                " ON line.move_id = move.id AND line.display_type = 'product'"
            ),
            condition=SQL(
                "move.move_type = 'out_refund' AND move.state = 'posted'"
                " AND move.company_id = %s",
                plan.company_id.id,
            ),
        )

    def _taken_back(self, credited: SQL) -> SQL:
        """Return the join of the money that was paid of what ``money`` is paid back for,
        up to its day: ``part`` of 1 is of each. Nothing of it where it is not paid back,
        or nothing was paid.

        :param credited: from WHERE on, of ``paid``: a condition that tells the line
        """
        return SQL(
            """
            LEFT JOIN LATERAL (
                 SELECT taken.date, taken.partial_id, taken.line_id,
                        taken.amount / taken.amount_of_all AS part
                   FROM (SELECT paid.date, paid.partial_id,
                                paid.invoice_line_id AS line_id,
                                paid.amount_untaxed AS amount,
                                SUM(paid.amount_untaxed) OVER () AS amount_of_all
                           FROM funnel_allocation AS paid
                                %s
                            AND paid.partial_id IS NOT NULL
                            AND paid.date <= money.date) AS taken
                  WHERE taken.amount_of_all <> 0 AND taken.amount <> 0
                 ) AS taken ON TRUE
            """,
            credited,
        )

    def _taken_back_of_line(self) -> SQL:
        """The same of ``money`` of which nothing else is known."""
        return self._taken_back(
            SQL(
                """
                JOIN account_move_line AS line ON line.id = money.invoice_line_id
                JOIN account_move AS move ON move.id = line.move_id
                     %s
               WHERE money.amount_untaxed < 0
                 AND move.move_type = 'out_refund'
                 AND paid.move_id = credited.move_id
                 AND paid.invoice_line_id = credited.line_id
                """,
                CREDITED,
            )
        )
