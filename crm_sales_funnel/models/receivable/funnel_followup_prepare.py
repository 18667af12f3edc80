from odoo import api, fields, models
from odoo.tools import SQL

from .funnel_followup_proposal import Proposal

# Of so many lines more, PostgreSQL is told.
MANY = 1000
# What a line takes from its proposal.
COLUMNS = Proposal._fields[: Proposal._fields.index("item_ids")]
# What lines are looked for by.
SEARCHED = ("company_id", "partner_id", "run_id", "policy_id", "user_id", "state")
# Tables of what hangs on a record that they name, which PostgreSQL does not know ->
# their column of its model.
HANGING = {
    "mail_message": "model",
    "mail_scheduled_message": "model",
    "mail_followers": "res_model",
    "ir_attachment": "res_model",
    "ir_model_data": "model",
}


class FunnelFollowupLine(models.Model):
    """How what is proposed is written down, and taken back: thousands of customers as
    one."""

    _inherit = "funnel.followup.line"

    # A list of ids of journal items, and of as many kinds, amounts and days overdue. Rows
    # of their own they get when the line is carried out: each row locks, which is to
    # write, one of the ledger, for what may be proposed anew tomorrow.
    proposed_items = fields.Json(readonly=True, prefetch=False, exportable=False)

    @api.model
    def _insert(self, run) -> int:
        """Write down what is to be done in the company of a run on its day. Who proposed
        it, the run tells: ``create_uid`` would lock the user once for each line.

        :return: so many lines
        """
        policies = self.env["funnel.followup.policy"].with_context(
            allowed_company_ids=run.company_id.ids
        )
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO funnel_followup_line (
                    run_id, date, state, create_date, proposed_items, %(columns)s
                )
                SELECT %(run)s, %(date)s, 'proposed', %(now)s,
                       JSONB_BUILD_ARRAY(item_ids, kinds, amounts, days), %(columns)s
                  FROM (%(proposals)s) AS proposal (%(names)s)
                """,
                run=run.id,
                date=run.date,
                now=self.env.cr.now(),
                columns=_to_names(COLUMNS),
                proposals=policies._propose_query(run.date),
                names=_to_names(Proposal._fields),
            )
        )
        count = self.env.cr.rowcount
        if count > MANY:
            # It would plan as if there were none, until it looks by itself. What is long
            # is searched by nobody.
            self.env.cr.execute(
                SQL("ANALYZE funnel_followup_line (%s)", _to_names(SEARCHED))
            )
        run.invalidate_recordset(["line_ids"])
        return count

    @api.model
    def _withdraw(self, company):
        """Delete what is proposed in a company and not approved. Nothing hangs on most
        lines, so that PostgreSQL may delete them."""
        nothing_hangs = SQL(" AND ").join(
            SQL(
                "NOT EXISTS (SELECT FROM %s WHERE %s = %s AND res_id = line.id)",
                SQL.identifier(table),
                SQL.identifier(column),
                self._name,
            )
            for table, column in HANGING.items()
        )
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "DELETE FROM funnel_followup_line AS line WHERE company_id = %s"
                " AND state = 'proposed' AND %s",
                company.id,
                nothing_hangs,
            )
        )
        self.env.invalidate_all(flush=False)
        self.search(
            [("company_id", "=", company.id), ("state", "=", "proposed")]
        ).unlink()


def _to_names(names) -> SQL:
    return SQL(", ").join(map(SQL.identifier, names))
