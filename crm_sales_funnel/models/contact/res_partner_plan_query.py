"""The statements that say when customers are to be contacted, for one or for all."""

from psycopg2.errors import SerializationFailure

from odoo import api, models
from odoo.tools import SQL

AT_ONCE = 20_000  # customers changed in one transaction of the nightly job
TRIES = 5
# Of our own; the second number is chosen at random.
LOCK = (1_907_251, 4_088)
READ = {
    "res.partner": [
        "agreed_contact_date",
        "agreed_contact_user_id",
        "agreed_contact_set_uid",
        "commercial_partner_id",
        "contact_plan_id",
        "contact_plan_since",
        "last_contact_day",
        "last_order_date",
        "user_id",
    ],
    "mail.activity": [
        "active",
        "activity_type_id",
        "date_deadline",
        "res_id",
        "res_model",
        "user_id",
    ],
    "mail.activity.type": ["contact_channel_id"],
    "funnel.contact.plan": ["active", "contact_days", "dormant_days"],
}
WRITTEN = (
    "next_contact_date",
    "next_contact_user_id",
    "next_contact_origin",
    "dormant_since",
)


class ResPartner(models.Model):
    _inherit = "res.partner"

    # ------------------------------------------------------------------
    # Every night
    # ------------------------------------------------------------------

    @api.model
    def _cron_update_contact_plans(self):
        """Make up for what nobody noted at the time: rows that were imported, activity
        types that became contacts, orders that came by SQL.

        Each transaction looks for customers who are not as they should be and changes
        some of them: killed, the job goes on where it was; run twice, it finds nothing.
        """
        crons = self.env["ir.cron"]
        for update in (
            self._update_last_orders,
            self._update_next_contacts,
            self.env["crm.lead"]._update_who_makes_it,
        ):
            changed = AT_ONCE
            # Less than that was all; the rest is being changed by somebody else.
            while changed == AT_ONCE:
                changed = self._try_update(update)
                if changed is None:
                    crons._commit_progress(remaining=0)  # somebody is about it
                    return
                remaining = int(changed == AT_ONCE)
                if not crons._commit_progress(changed, remaining=remaining):
                    return

    def _try_update(self, update):
        """Let some customers be changed, in a transaction of its own.

        :return: how many were; None while somebody else does it
        """
        for left in reversed(range(TRIES)):
            try:
                return update(limit=AT_ONCE) if self._lock_contact_plans() else None
            except SerializationFailure:
                # Somebody has saved one of the customers since the transaction began.
                # What it has done is nothing but this: it begins anew.
                if not left:
                    raise
                self.env.cr.rollback()

    @api.model
    def _lock_contact_plans(self) -> bool:
        """Keep the job and its button apart, until the end of the transaction.

        :return: False when somebody else has it
        """
        [[is_free]] = self.env.execute_query(
            SQL("SELECT pg_try_advisory_xact_lock(%s, %s)", *LOCK)
        )
        return is_free

    @api.model
    def _update_next_contacts(self, where=None, limit=None) -> int:
        """Set the next contact of the customers where it is not what it should be, in
        one statement. Rows that somebody else is changing are left out if there is a
        limit, and waited for if not.

        :param where: condition on the row "partner", as SQL
        :return: how many were changed
        """
        self._flush_contact_plans()
        self.flush_model(WRITTEN)
        columns = SQL(", ").join(map(SQL.identifier, WRITTEN))
        return self._update_rows(
            SQL(
                """
                SELECT partner.id, should.*
                  FROM (%(query)s) AS should (partner_id, %(columns)s)
                  JOIN res_partner AS partner ON partner.id = should.partner_id
                 WHERE %(where)s AND (%(found)s) IS DISTINCT FROM (%(right)s)
                """,
                query=self._next_contact_query(),
                columns=columns,
                where=where or SQL("TRUE"),
                found=self._columns_of("partner"),
                right=self._columns_of("should"),
            ),
            WRITTEN,
            limit,
        )

    @api.model
    def _update_last_orders(self, limit=None) -> int:
        """Set the last order of the customers where it is not what it should be.

        :return: how many were changed
        """
        self.env["sale.order"].flush_model(["date_order", "partner_id", "state"])
        self.flush_model(["commercial_partner_id", "last_order_date"])
        return self._update_rows(
            SQL(
                """
                SELECT partner.id, should.last_order_date
                  FROM res_partner AS partner
             LEFT JOIN (%s) AS should (partner_id, last_order_date)
                    ON should.partner_id = partner.id
                 WHERE partner.last_order_date IS DISTINCT FROM should.last_order_date
                """,
                self._last_order_query(),
            ),
            ("last_order_date",),
            limit,
        )

    def _update_rows(self, wrong, columns, limit) -> int:
        """Correct rows of customers.

        :param wrong: query of the rows "partner" that are not as they should be: their
            ids and the right values of the ``columns``
        """
        if limit:
            wrong = SQL(
                "%s LIMIT %s FOR NO KEY UPDATE OF partner SKIP LOCKED", wrong, limit
            )
        self.env.cr.execute(
            SQL(
                """
                WITH wrong AS (%(wrong)s)
                UPDATE res_partner AS partner
                   SET %(assigned)s
                  FROM wrong
                 WHERE partner.id = wrong.id
                """,
                wrong=wrong,
                assigned=SQL(", ").join(
                    SQL("%s = wrong.%s", SQL.identifier(name), SQL.identifier(name))
                    for name in columns
                ),
            )
        )
        changed = self.env.cr.rowcount
        if changed:
            self.invalidate_model(columns)
        return changed

    # ------------------------------------------------------------------
    # What it should be
    # ------------------------------------------------------------------

    def _read_next_contacts(self, ids):
        """Return tuples of partner id and the values of ``WRITTEN``."""
        if not ids:
            return []
        self._flush_contact_plans()
        return self.env.execute_query(self._next_contact_query(ids))

    def _read_last_orders(self, ids):
        """Return tuples of partner id and the date of its newest confirmed order; those
        without are left out."""
        if not ids:
            return []
        self.env["sale.order"].flush_model(["date_order", "partner_id", "state"])
        self.flush_model(["commercial_partner_id"])
        return self.env.execute_query(self._last_order_query(ids))

    def _flush_contact_plans(self):
        for model, fnames in READ.items():
            self.env[model].flush_model(fnames)

    @staticmethod
    def _columns_of(alias):
        return SQL(", ").join(SQL.identifier(alias, name) for name in WRITTEN)

    @staticmethod
    def _last_order_query(ids=None):
        """Return the query of the newest confirmed orders: (partner id, its date). What
        the people of a company have ordered is the company's."""
        return SQL(
            """
            SELECT member.commercial_partner_id, max(sale_order.date_order)
              FROM sale_order
              JOIN res_partner AS member ON member.id = sale_order.partner_id
             WHERE sale_order.state = 'sale' AND %s
             GROUP BY member.commercial_partner_id
            """,
            SQL("member.commercial_partner_id IN %s", ids) if ids else SQL("TRUE"),
        )

    @api.model
    def _next_contact_query(self, ids=None):
        """Return the query of when customers are to be contacted: (partner id, date,
        user, origin, dormant since).

        What people have agreed on with the customer comes before the plan; what was
        agreed on with its leads is theirs. It is the next contact of one person: who was
        named, or the salesperson. An activity of that person that is due earlier comes
        before all. One of somebody else does not: it would take the contact off the salesperson's list, though it is
        another's to do. Only where nothing else is planned, or nobody is to do it, a
        colleague's activity is the next contact, if he or she has reminders of contacts.

        The plan asks for a contact so many days after the last one; where that was over
        when the plan began, or there was none, it spreads the customers over these days:
        always alike, and evenly, by multiples of the golden ratio (D. Knuth, The Art of
        Computer Programming 3, 6.4).
        """
        reminded = self.env["res.users"]._get_ids_with_contact_reminders()
        return SQL(
            """
            SELECT partner.id,
                   CASE WHEN activity.is_first THEN planned.date_deadline
                        ELSE agreed.date END,
                   CASE WHEN activity.is_first THEN planned.user_id
                        ELSE agreed.user_id END,
                   CASE WHEN activity.is_first THEN 'activity' ELSE agreed.origin END,
                   CASE WHEN plan.dormant_days > 0
                        THEN partner.last_order_date
                             + plan.dormant_days * interval '1 day' END
              FROM res_partner AS partner
         LEFT JOIN LATERAL (%(plan)s) AS plan ON TRUE
        CROSS JOIN LATERAL (%(agreed)s) AS agreed
         LEFT JOIN (%(activities)s) AS planned ON planned.partner_id = partner.id
        CROSS JOIN LATERAL (
                       SELECT CASE WHEN agreed.origin <> 'plan'
                                   THEN planned.is_own
                                        AND planned.date_deadline < agreed.date
                                   ELSE planned.date_deadline
                                        <= COALESCE(agreed.date, planned.date_deadline)
                                   END AS is_first
                   ) AS activity
             WHERE %(where)s
            """,
            plan=_PLAN,
            agreed=_AGREED,
            activities=SQL(
                _ACTIVITIES,
                reminded=reminded,
                where=SQL("member.commercial_partner_id IN %s", ids)
                if ids
                else SQL("TRUE"),
            ),
            where=SQL("partner.id IN %s", ids) if ids else SQL("TRUE"),
        )


# When the plan of the row "partner" asks for a contact.
_PLAN = SQL(
    """
    SELECT dormant_days,
           CASE WHEN partner.last_contact_day + contact_days
                     >= partner.contact_plan_since
                THEN partner.last_contact_day + contact_days
                ELSE partner.contact_plan_since + 1 + (
                         mod(partner.id * 2654435769, 4294967296)
                         * contact_days / 4294967296
                     )::int
                END AS date
      FROM funnel_contact_plan
     WHERE id = partner.contact_plan_id AND active
       AND partner.commercial_partner_id = partner.id
    """
)
# What people have agreed on with the row "partner", or what its "plan" asks for.
_AGREED = SQL(
    """
    SELECT COALESCE(partner.agreed_contact_date, plan.date) AS date,
           CASE WHEN partner.agreed_contact_date IS NOT NULL
                THEN partner.agreed_contact_user_id
                WHEN plan.date IS NOT NULL THEN partner.user_id END AS user_id,
           CASE WHEN partner.agreed_contact_date IS NULL
                THEN CASE WHEN plan.date IS NOT NULL THEN 'plan' END
                WHEN partner.agreed_contact_set_uid IS NOT NULL THEN 'hand'
                ELSE 'contact' END AS origin
    """
)
# The first open activity that may be the next contact of the customer, on it or its
# people: of whoever is to contact it next, else of a colleague with reminders, where
# that hides nothing.
_ACTIVITIES = """
    SELECT DISTINCT ON (partner_id) partner_id, date_deadline, user_id, is_own
      FROM (
               SELECT customer.id AS partner_id, mail_activity.id,
                      mail_activity.date_deadline,
                      COALESCE(mail_activity.user_id, customer.user_id) AS user_id,
                      who.user_id IS NULL OR who.is_free AS is_free,
                      COALESCE(mail_activity.user_id, customer.user_id)
                          IS NOT DISTINCT FROM who.user_id AS is_own
                 FROM mail_activity
                 JOIN mail_activity_type AS kind
                   ON kind.id = mail_activity.activity_type_id
                  AND kind.contact_channel_id IS NOT NULL
                 JOIN res_partner AS member ON member.id = mail_activity.res_id
                 JOIN res_partner AS customer
                   ON customer.id = member.commercial_partner_id
            LEFT JOIN funnel_contact_plan AS plan
                   ON plan.id = customer.contact_plan_id AND plan.active
           CROSS JOIN LATERAL (
                          SELECT CASE WHEN customer.agreed_contact_date IS NOT NULL
                                      THEN COALESCE(customer.agreed_contact_user_id,
                                                    customer.user_id)
                                      ELSE customer.user_id END AS user_id,
                                 customer.agreed_contact_date IS NULL
                                     AND plan.id IS NULL AS is_free
                      ) AS who
                WHERE mail_activity.res_model = 'res.partner'
                  AND mail_activity.active AND %(where)s
           ) AS activity
     WHERE is_own OR is_free AND user_id = ANY(%(reminded)s)
     ORDER BY partner_id, is_own DESC, date_deadline, id
"""
