import datetime
from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

from .funnel_followup_policy import MESSAGES, WEIGHTS

# States of lines that were carried out, or are being.
TAKEN = ("todo", "done")
# What a customer is asked for together.
ASKED = ("chased", "credit")


class Proposal(NamedTuple):
    """What should be done about a customer who does not pay, by one level.

    Amounts are in the currency of the items, but for ``amount_company``.
    """

    company_id: int
    partner_id: int
    currency_id: int
    policy_id: int
    level_id: int
    level_days: int
    channel: str
    with_statement: bool
    contact_id: int  # who gets mail and letters
    lang: str | None
    user_id: int | None
    amount_due: float  # of the items that are followed up
    credit: float  # of payments that are not applied, negative
    amount_company: float  # both together
    oldest_days: int
    # What is told of, item by item: id of the journal item, what it is ("chased",
    # "credit", "not_due", "promised", "disputed"), what is open of it, days overdue, and
    # the level that it has now.
    item_ids: list[int]
    kinds: list[str]
    amounts: list[float]
    days: list[int]
    levels: list[int | None]

    def get_told(self) -> zip:
        """Return the rows of what is told of: id, kind, amount, days, level reached."""
        values = (
            self.item_ids,
            self.kinds,
            self.amounts,
            self.days,
            self.get_reached(),
        )
        return zip(*values, strict=True)

    def get_reached(self) -> list[int | None]:
        """Return the level that each item reaches by it. What the customer is told
        stands for all levels below; a task or hold only for its own."""
        if self.channel in MESSAGES:
            return [
                None if level is None else min(level, self.level_days)
                for level in self.levels
            ]
        return [level if level == self.level_days else None for level in self.levels]


class FunnelFollowupPolicy(models.Model):
    """Who is to be followed up, and how: one query for all customers."""

    _inherit = "funnel.followup.policy"

    @api.model
    def _propose(self, date: datetime.date, partners=None) -> list[Proposal]:
        """Return what is to be done at a date about what the customers of the current
        companies owe; nothing is written.

        An item has the last level whose days have come, and each level is reached once:
        what was done for an item at a level is not done for it again, also when the days
        of the level change or the customer gets another policy. When its due date is
        postponed, the levels that have not come by the new one come again, in their
        order. A customer gets one message in a currency, of the highest level that any
        of his items reaches newly. As much of the items as is promised or disputed
        waits, and who has paid as much as he owes, though it is not applied, is left
        alone.

        :param partners: only these customers (commercial partners)
        """
        self.env.flush_all()
        rows = self.env.execute_query(self._propose_query(date, partners))
        return [self._to_proposal(*row) for row in rows]

    @api.model
    def _to_proposal(self, *values) -> Proposal:
        """Return a row of the query with what is told of: the oldest first, and what is
        not followed up only in a statement."""
        proposal = Proposal(*values)
        items = sorted(
            zip(*proposal[-5:], strict=True),
            key=lambda item: (-item[3], *item[:2]),
        )
        told = [
            (item, kind, amount, days, level if kind == "chased" else None)
            for item, kind, amount, days, level in items
            if kind in ASKED or proposal.with_statement
        ]
        return Proposal(*proposal[:-5], *map(list, zip(*told, strict=True)))

    def _propose_query(self, date: datetime.date, partners=None) -> SQL:
        """Return a query of what is to be done, with the columns of ``Proposal``, and
        of all items, also those that the customer is not told of."""
        # Each customer is one group of one pass over the items: joined with them once
        # more, PostgreSQL, which expects few groups, would read all for each.
        return SQL(
            """
            WITH level AS (%(levels)s),
            contacted AS (%(contacted)s),
            item AS MATERIALIZED (%(items)s),
            message AS MATERIALIZED (
                SELECT company_id, partner_id, currency_id, policy_id,
                       (ARRAY_AGG(level_id ORDER BY level_days DESC)
                           FILTER (WHERE is_new))[1] AS level_id,
                       (ARRAY_AGG(user_id ORDER BY residual DESC)
                           FILTER (WHERE user_id IS NOT NULL))[1] AS user_id,
                       SUM(residual_currency) FILTER (WHERE kind = 'chased')
                       AS amount_due,
                       COALESCE(SUM(residual_currency)
                           FILTER (WHERE kind = 'credit'), 0) AS credit,
                       SUM(residual) FILTER (WHERE kind IN %(asked)s)
                       AS amount_company,
                       MAX(days) FILTER (WHERE kind = 'chased') AS oldest_days,
                       ARRAY_AGG(id) AS ids,
                       ARRAY_AGG(kind) AS kinds,
                       ARRAY_AGG(residual_currency::float8) AS amounts,
                       ARRAY_AGG(days) AS days,
                       ARRAY_AGG(level_days) AS levels
                  FROM item
              GROUP BY company_id, partner_id, currency_id, policy_id
                HAVING BOOL_OR(is_new)
                   AND SUM(residual_currency) FILTER (WHERE kind IN %(asked)s) > 0
            )
            SELECT message.company_id,
                   message.partner_id,
                   message.currency_id,
                   message.policy_id,
                   level.id,
                   level.days,
                   CASE WHEN level.channel = 'mail'
                         AND COALESCE(contact.email_normalized, '') = ''
                        THEN 'letter'
                        ELSE level.channel END,
                   COALESCE(level.with_statement, FALSE),
                   contact.id,
                   COALESCE(theirs.code, own.code, 'en_US'),
                   message.user_id,
                   message.amount_due::float8,
                   message.credit::float8,
                   message.amount_company::float8,
                   message.oldest_days,
                   message.ids,
                   message.kinds,
                   message.amounts,
                   message.days,
                   message.levels
              FROM message
              JOIN funnel_followup_level AS level ON level.id = message.level_id
              JOIN funnel_followup_policy AS policy ON policy.id = message.policy_id
        CROSS JOIN LATERAL (%(contact)s) AS address
              JOIN res_partner AS contact ON contact.id = address.id
              JOIN res_company AS company ON company.id = message.company_id
              JOIN res_partner AS ours ON ours.id = company.partner_id
         LEFT JOIN res_lang AS theirs ON theirs.code = contact.lang AND theirs.active
         LEFT JOIN res_lang AS own ON own.code = ours.lang AND own.active
             WHERE message.amount_company >= COALESCE(policy.min_amount, 0)
          ORDER BY message.company_id, message.amount_company DESC, message.partner_id
            """,
            asked=ASKED,
            levels=self._levels(),
            contacted=self._contacted(date),
            items=self._items(date, partners),
            contact=self._contact(),
        )

    def _levels(self) -> SQL:
        """Return a query of the levels, each with the day that the next one begins, how
        much it says, and the how manyth it is of those that say as much."""
        return SQL(
            """
            SELECT *, ROW_NUMBER() OVER (
                       PARTITION BY policy_id, weight ORDER BY days
                   ) AS step
              FROM (
                  SELECT id, policy_id, days, channel,
                         LEAD(days) OVER (PARTITION BY policy_id ORDER BY days)
                         AS next_days,
                         %s AS weight
                    FROM funnel_followup_level
              ) AS each
            """,
            self._weight(SQL("channel")),
        )

    def _weight(self, channel: SQL) -> SQL:
        """Return how much is said by a channel."""
        cases = (SQL("WHEN %s THEN %s", *item) for item in WEIGHTS.items())
        return SQL("(CASE %s %s END)", channel, SQL(" ").join(cases))

    def _reached(self) -> SQL:
        """Return a query of the days of the highest level that ``open`` was followed up
        at. Looked up by an index item by item: how many were followed up, PostgreSQL
        cannot know after thousands more are.

        What was said of a lesser part of it, when the rest was promised, disputed or
        paid, does not count for the whole.
        """
        return SQL(
            """
            SELECT MAX(CASE
                       -- The due date is later now than when it was said.
                       WHEN line.date - open.due_date < told.days_overdue
                       THEN LEAST(said.days, line.date - open.due_date)
                       ELSE said.days END) AS days
              FROM funnel_followup_item AS told
        CROSS JOIN LATERAL (
                  SELECT date, policy_id, channel FROM funnel_followup_line
                   WHERE id = told.line_id AND state IN %(taken)s
                  OFFSET 0
              ) AS line
        CROSS JOIN LATERAL (
                  SELECT CASE
                         WHEN said_at.policy_id = policy.id THEN said_at.days
                         WHEN said_at.id IS NULL AND line.policy_id = policy.id
                         THEN told.level_days
                         ELSE (%(alike)s) END AS days
                    FROM (SELECT told.level_id) AS of_item (level_id)
               LEFT JOIN level AS said_at ON said_at.id = of_item.level_id
                  OFFSET 0  -- worked out once for each
              ) AS said
             WHERE part.kind = 'open'
               AND level.id IS NOT NULL  -- else it is of no account
               AND told.move_line_id = open.id
               AND told.level_days IS NOT NULL
               AND told.amount * 2 >= part.amount
               AND said.days IS NOT NULL
            """,
            taken=TAKEN,
            alike=self._alike(),
        )

    def _alike(self) -> SQL:
        """Return a query of the days of the last level of ``policy`` that says no more
        than what was said by another policy: the second letter of it stands for the
        second letter here, and for all calls."""
        return SQL(
            "SELECT MAX(alike.days) FROM level AS alike"
            " WHERE alike.policy_id = policy.id AND (alike.weight, alike.step) <="
            " (COALESCE(said_at.weight, %s), COALESCE(said_at.step, 1))",
            self._weight(SQL("line.channel")),
        )

    def _contacted(self, date: datetime.date) -> SQL:
        """Return a query of when customers were last written to or called: before the
        date, and in which currencies since."""
        return SQL(
            "SELECT company_id, partner_id, MAX(date) FILTER (WHERE date < %(date)s)"
            " AS date, ARRAY_AGG(currency_id) FILTER (WHERE date >= %(date)s)"
            " AS currencies FROM funnel_followup_line"
            " WHERE state IN %(taken)s AND channel IN %(messages)s"
            " AND date > %(date)s - 366 GROUP BY company_id, partner_id",
            date=date,
            taken=TAKEN,
            messages=MESSAGES,
        )

    def _contact(self) -> SQL:
        """Return a query of who gets the message: the billing address of the customer,
        else the customer."""
        return SQL(
            "SELECT COALESCE((SELECT id FROM res_partner"
            " WHERE parent_id = message.partner_id AND type = 'invoice' AND active"
            " AND (company_id IS NULL OR company_id = message.company_id)"
            " ORDER BY id LIMIT 1), message.partner_id) AS id"
        )

    def _items(self, date: datetime.date, partners) -> SQL:
        """Return a query of the parts of the open items, each with its level and whether
        it is newly reached: it was not before, and the customer may get a message
        again."""
        aging = self.env["funnel.aging.report"].with_context(
            as_of=date.isoformat(), account_type="asset_receivable"
        )
        return SQL(
            """
            SELECT item.*,
                   item.kind = 'chased'
                   AND (item.reached_days IS NULL OR item.reached_days < item.level_days)
                   AND (item.channel NOT IN %(messages)s
                        OR item.is_resting IS NOT TRUE) AS is_new
              FROM (
                  SELECT open.id,
                         open.company_id,
                         customer.id AS partner_id,
                         open.currency_id,
                         open.due_date,
                         %(date)s - open.due_date AS days,
                         open.residual * part.amount / open.residual_currency
                         AS residual,
                         part.amount AS residual_currency,
                         policy.id AS policy_id,
                         level.id AS level_id,
                         level.days AS level_days,
                         level.channel,
                         reached.days AS reached_days,
                         contacted.date > %(date)s - policy.min_days
                         OR open.currency_id = ANY(contacted.currencies) AS is_resting,
                         COALESCE(salesperson.id, (
                             SELECT seller.id FROM account_move
                               JOIN res_users AS seller
                                 ON seller.id = account_move.invoice_user_id
                                AND %(seller_works)s
                              WHERE account_move.id = open.move_id
                         )) AS user_id,
                         CASE WHEN part.kind <> 'open' THEN part.kind
                              WHEN part.amount < 0 THEN 'credit'
                              WHEN level.id IS NULL OR NOT %(chased)s THEN 'not_due'
                              ELSE 'chased' END AS kind
                    FROM (%(open_items)s) AS open
                    JOIN res_partner AS contact ON contact.id = open.partner_id
                    JOIN res_partner AS customer
                      ON customer.id = contact.commercial_partner_id
               LEFT JOIN res_users AS salesperson
                      ON salesperson.id = customer.user_id AND %(salesperson_works)s
                    JOIN (%(companies)s) AS company (id, policy_id)
                      ON company.id = open.company_id
               LEFT JOIN funnel_followup_policy AS own
                      ON own.id = (customer.followup_policy_id
                                       ->> open.company_id::text)::int
                     AND own.active
                     AND (own.company_id IS NULL OR own.company_id = open.company_id)
                    JOIN funnel_followup_policy AS policy
                      ON policy.id = COALESCE(own.id, company.policy_id)
               LEFT JOIN level
                      ON level.policy_id = policy.id
                     AND level.days <= %(date)s - open.due_date
                     AND (level.next_days IS NULL
                          OR level.next_days > %(date)s - open.due_date)
               LEFT JOIN (%(disputed)s) AS disputed
                      ON disputed.move_line_id = open.id
               LEFT JOIN (%(promised)s) AS promised
                      ON promised.move_line_id = open.id
               LEFT JOIN contacted
                      ON contacted.company_id = open.company_id
                     AND contacted.partner_id = customer.id
         CROSS JOIN LATERAL (%(parts)s) AS part
         CROSS JOIN LATERAL (%(reached)s) AS reached
                   WHERE open.residual_currency <> 0 %(partners)s
                  OFFSET 0  -- the kind is worked out once for each
              ) AS item
            """,
            date=date,
            messages=MESSAGES,
            chased=self._is_chased(),
            parts=self._parts(),
            reached=self._reached(),
            open_items=aging._open_items(),
            companies=self._companies(),
            disputed=self.env["funnel.invoice.dispute"]._get_paused(date),
            promised=self.env["funnel.payment.promise"]._get_paused(date),
            partners=SQL("AND customer.id = ANY(%s)", partners.ids)
            if partners is not None
            else SQL(),
            seller_works=self._works(SQL("seller")),
            salesperson_works=self._works(SQL("salesperson")),
        )

    def _works(self, user: SQL) -> SQL:
        """Return whether a user is there, and works in the company of ``open``; see
        ``_get_doer`` of the lines."""
        return SQL(
            "(%(user)s.active AND EXISTS (SELECT FROM res_company_users_rel AS job"
            " WHERE job.user_id = %(user)s.id AND job.cid = open.company_id))",
            user=user,
        )

    def _parts(self) -> SQL:
        """Return a query of what ``open`` consists of: what is disputed of it, what is
        promised of it, and the rest. A rest that is below the smallest amount of the
        policy waits with the others. Of most items nothing is, which costs no time."""
        return SQL(
            """
            SELECT 'open' AS kind, open.residual_currency AS amount
             WHERE disputed.move_line_id IS NULL AND promised.move_line_id IS NULL
         UNION ALL
            SELECT each.kind, each.amount
              FROM (SELECT GREATEST(0, LEAST(
                        COALESCE(disputed.amount, 0), open.residual_currency
                    )) AS amount) AS in_dispute
        CROSS JOIN LATERAL (SELECT GREATEST(0, LEAST(
                        COALESCE(promised.amount, 0),
                        open.residual_currency - in_dispute.amount
                    )) AS amount) AS in_promise
        CROSS JOIN LATERAL (
                    SELECT open.residual_currency - in_dispute.amount
                           - in_promise.amount AS amount
                   ) AS rest
        CROSS JOIN LATERAL (
                    SELECT CASE WHEN rest.amount > 0
                                 AND rest.amount * open.residual
                                     / open.residual_currency < policy.min_amount
                                THEN rest.amount ELSE 0 END AS amount
                   ) AS small
        CROSS JOIN LATERAL (
                    VALUES ('disputed', in_dispute.amount + CASE
                                WHEN in_promise.amount = 0 THEN small.amount ELSE 0 END),
                           ('promised', in_promise.amount + CASE
                                WHEN in_promise.amount > 0 THEN small.amount ELSE 0 END),
                           ('open', rest.amount - small.amount)
                   ) AS each (kind, amount)
             WHERE each.amount <> 0 AND (disputed.move_line_id IS NOT NULL
                                         OR promised.move_line_id IS NOT NULL)
            """
        )

    def _is_chased(self) -> SQL:
        """Return whether an item is to be followed up at all. Odoo marks those of
        journal entries as not to be: there the policy decides. Invoices that are marked
        are few, and have an index."""
        return SQL(
            "(CASE WHEN open.invoice_date IS NULL THEN policy.with_entries"
            " ELSE NOT EXISTS (SELECT FROM account_move_line WHERE id = open.id"
            " AND no_followup AND invoice_date IS NOT NULL) END)"
        )

    def _companies(self) -> SQL:
        """Return a query of the companies and the policies that they have for all."""
        rows = [
            SQL("(%s, %s::int)", company.id, self._get_default(company).id or None)
            for company in self.env.companies
        ]
        return SQL("VALUES %s", SQL(", ").join(rows))
