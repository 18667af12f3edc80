import datetime

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .funnel_commission_settlement import CLOSED, FINANCE, MANAGER

CODE = "funnel.commission.settlement"


class FunnelCommissionSettlement(models.Model):
    """How settlements are made: as sets, whatever the number of salespeople and entries."""

    _inherit = "funnel.commission.settlement"

    @api.model
    def _make(self, date_to: datetime.date, users=None, company=None):
        """Settle all entries up to a day that are in no settlement yet.

        Who has a settlement up to that day or a later one gets none: what came after
        it is settled with the next one. Each payee of a salesperson gets one.

        :param users: whose; everybody's who has such entries, if None
        :param company: the current one, if None
        :return: the new settlements
        """
        company = company or self.env.company
        self._take_turn(company)
        self.env.cr.execute(self._insert(date_to, users, company))
        made = self.browse(row[0] for row in self.env.cr.fetchall())
        if made:
            made._number(company)
            made._link_entries()
            made._sum_up()
        return made

    def _take_turn(self, companies) -> None:
        """Let one transaction after the other settle in a company: who waits for
        another is repeated by Odoo, and then sees what that one settled."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE res_company SET id = id WHERE id = ANY(%s)",
                sorted(companies.ids),
            )
        )

    def _insert(self, date_to, users, company) -> SQL:
        """Return the statement that adds the settlements, without entries and sums."""
        return SQL(
            """
            INSERT INTO funnel_commission_settlement
                   (name, user_id, team_id, payee_id, company_id, date_from, date_to,
                    step, state, opening, create_uid, write_uid, create_date, write_date)
            SELECT '', earner.user_id, res_users.sale_team_id, earner.payee_id,
                   %(company)s,
                   COALESCE(last.date_to + 1,
                            LEAST(earner.date, DATE_TRUNC('month', %(day)s::date)::date)),
                   %(day)s, 'draft', 'draft', COALESCE(last.carried, 0),
                   %(uid)s, %(uid)s, NOW() AT TIME ZONE 'UTC', NOW() AT TIME ZONE 'UTC'
              FROM (SELECT user_id, payee_id, MIN(date) AS date
                      FROM (%(unsettled)s) AS entry
                  GROUP BY user_id, payee_id) AS earner
              JOIN res_users ON res_users.id = earner.user_id
         LEFT JOIN (SELECT user_id, payee_id, MAX(date_to) AS date_to,
                           SUM(carried - opening) AS carried
                      FROM funnel_commission_settlement
                     WHERE company_id = %(company)s AND step <> 'cancelled'
                  GROUP BY user_id, payee_id) AS last
                ON last.user_id = earner.user_id AND last.payee_id = earner.payee_id
             WHERE last.date_to IS NULL OR last.date_to < %(day)s
          ORDER BY earner.user_id, earner.payee_id
         RETURNING id
            """,
            company=company.id,
            day=date_to,
            uid=self.env.uid,
            unsettled=self._get_unsettled(date_to, users, company),
        )

    def _get_unsettled(self, date_to, users, company) -> SQL:
        """Return the query of the entries that are in no settlement, and who is paid
        them: whom the plan says, or an adjustment; else the salesperson."""
        return SQL(
            """
            SELECT entry.id, entry.user_id, entry.date,
                   COALESCE(entry.payee_id, member.payee_id, earner.partner_id) AS payee_id
              FROM funnel_commission_entry AS entry
              JOIN res_users AS earner ON earner.id = entry.user_id
         LEFT JOIN funnel_commission_member AS member ON member.id = entry.member_id
             WHERE entry.company_id = %s
               AND entry.settlement_id IS NULL
               AND entry.date <= %s
               AND %s
            """,
            company.id,
            date_to,
            SQL("TRUE") if users is None else SQL("entry.user_id = ANY(%s)", users.ids),
        )

    def _number(self, company) -> None:
        """Give them the next numbers, all at once."""
        # sudo: users need not read sequences.
        sequences = self.env["ir.sequence"].sudo()
        sequence = sequences.search(
            [("code", "=", CODE), ("company_id", "in", (company.id, False))],
            order="company_id",
            limit=1,
        )
        if not sequence:
            raise UserError(
                self.env._(
                    "There is no sequence that numbers settlements (code %(code)s).",
                    code=CODE,
                )
            )
        self.env.cr.execute(
            SQL(
                "UPDATE ir_sequence SET number_next = number_next + %s WHERE id = %s"
                " RETURNING number_next",
                len(self),
                sequence.id,
            )
        )
        first = self.env.cr.fetchone()[0] - len(self)
        sequence.invalidate_recordset(["number_next"])
        names = [sequence.get_next_char(first + n) for n in range(len(self))]
        self.env.cr.execute(
            SQL(
                """
                UPDATE funnel_commission_settlement AS settlement SET name = named.name
                  FROM UNNEST(%s::int4[], %s::varchar[]) AS named(id, name)
                 WHERE named.id = settlement.id
                """,
                self.ids,
                names,
            )
        )

    def _link_entries(self) -> None:
        """Put the entries up to their last day that are in no settlement into them, each
        into that of who is paid it (as in ``_get_unsettled``)."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE funnel_commission_entry AS entry SET settlement_id = settlement.id
                  FROM funnel_commission_settlement AS settlement
                  JOIN res_users AS earner ON earner.id = settlement.user_id
                 WHERE settlement.id = ANY(%s)
                   AND entry.user_id = settlement.user_id
                   AND entry.company_id = settlement.company_id
                   AND entry.date <= settlement.date_to
                   AND entry.settlement_id IS NULL
                   AND settlement.payee_id = COALESCE(
                           entry.payee_id,
                           (SELECT member.payee_id FROM funnel_commission_member AS member
                             WHERE member.id = entry.member_id),
                           earner.partner_id)
                """,
                self.ids,
            )
        )
        self.env["funnel.commission.entry"].invalidate_model(
            ["settlement_id"], flush=False
        )

    def _sum_up(self) -> None:
        """Write what the entries of settlements come to."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE funnel_commission_settlement AS settlement
                   SET earned = total.earned, claw_back = total.claw_back,
                       adjustment = total.adjustment,
                       payable = GREATEST(settlement.opening + total.amount, 0),
                       carried = LEAST(settlement.opening + total.amount, 0)
                  FROM (SELECT settled.id,
                               COALESCE(SUM(amount), 0) AS amount,
                               COALESCE(SUM(amount) FILTER (
                                   WHERE type <> 'adjustment' AND amount > 0), 0) AS earned,
                               COALESCE(-SUM(amount) FILTER (
                                   WHERE type <> 'adjustment' AND amount < 0), 0)
                                   AS claw_back,
                               COALESCE(SUM(amount) FILTER (
                                   WHERE type = 'adjustment'), 0) AS adjustment
                          FROM UNNEST(%(ids)s::int4[]) AS settled(id)
                     LEFT JOIN funnel_commission_entry AS entry
                            ON entry.settlement_id = settled.id
                      GROUP BY settled.id) AS total
                 WHERE total.id = settlement.id
                """,
                ids=self.ids,
            )
        )
        self.invalidate_model(flush=False)

    # ------------------------------------------------------------------
    # Once more, and not at all
    # ------------------------------------------------------------------

    def action_make_again(self):
        """Add what became known since to those that nothing follows on. What is disputed
        is a draft again, so that what is run now is booked in its time."""
        settlements = self._for(FINANCE, MANAGER)
        settlements._expect("draft", "disputed")
        disputed = settlements.filtered(lambda one: one.state == "disputed")
        disputed.write({"step": "draft"})
        stuck = self._run_plans(settlements.company_id)
        settlements._take_turn(settlements.company_id)
        settlements._expect("draft")
        settlements._expect_last()
        settlements._link_entries()
        settlements._sum_up()
        reload = {"type": "ir.actions.client", "tag": "soft_reload"}
        return stuck._notify_stuck(reload) if stuck else True

    def action_cancel(self):
        """Give up settlements that are not approved: their entries are settled with the
        next ones."""
        settlements = self._for(FINANCE, MANAGER)
        settlements._take_turn(settlements.company_id)
        settlements._expect("draft", "submitted", "disputed")
        settlements._expect_last()
        self.env.cr.execute(
            SQL(
                "UPDATE funnel_commission_entry SET settlement_id = NULL"
                " WHERE settlement_id = ANY(%s)",
                settlements.ids,
            )
        )
        self.env["funnel.commission.entry"].invalidate_model(
            ["settlement_id"], flush=False
        )
        settlements.write({"step": "cancelled", "opening": 0})
        settlements.flush_recordset()
        settlements._sum_up()
        return True

    def _expect_last(self) -> None:
        """Refuse to change what the opening of a later one follows from."""
        last = {
            tuple(whose): day
            for *whose, day in self._read_group(
                [
                    ("step", "!=", "cancelled"),
                    ("user_id", "in", self.user_id.ids),
                    ("company_id", "in", self.company_id.ids),
                    ("id", "not in", self.ids),
                ],
                ["company_id", "user_id", "payee_id"],
                ["date_to:max"],
            )
        }
        for settlement in self:
            whose = settlement.company_id, settlement.user_id, settlement.payee_id
            day = last.get(whose)
            if day and day > settlement.date_to:
                raise UserError(
                    self.env._(
                        "A later settlement begins with what %(settlement)s leaves."
                        " Cancel the later one first.",
                        settlement=settlement.display_name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Settlements are cancelled, not deleted."))

    @api.model
    def _run_plans(self, companies):
        """Book what is due by now, so that nothing is left out that is known.

        :return: the plans that could not be run: of these it is left out
        """
        # sudo: Finance need not write plans to run them.
        plans = self.env["funnel.commission.plan"].sudo()
        found = plans.with_context(active_test=False).search(
            [
                ("company_id", "in", companies.ids),
                ("state", "in", ("approved", "closed")),
            ]
        )
        return found._run_all() if found else found  # none would be all


class FunnelCommissionPlan(models.Model):
    _inherit = "funnel.commission.plan"

    def _closed_until(self):
        """Of each payee for himself (as in ``_get_unsettled``): the settlement of one may
        be made again while that of another is not."""
        self.env["funnel.commission.settlement"].flush_model(["payee_id", "state"])
        self.env["funnel.commission.member"].flush_model(["payee_id", "plan_id"])
        self.env["res.users"].flush_model(["partner_id"])
        return SQL(
            """
            SELECT settlement.user_id, member.id AS member_id,
                   MAX(settlement.date_to) AS date
              FROM funnel_commission_settlement AS settlement
              JOIN res_users AS earner ON earner.id = settlement.user_id
              JOIN (SELECT id, payee_id FROM funnel_commission_member
                     WHERE plan_id = %s
                     UNION ALL SELECT 0, NULL) AS member
                ON COALESCE(member.payee_id, earner.partner_id) = settlement.payee_id
             WHERE settlement.company_id = %s AND settlement.state IN %s
          GROUP BY settlement.user_id, member.id
            """,
            self.id,
            self.company_id.id,
            CLOSED,
        )
