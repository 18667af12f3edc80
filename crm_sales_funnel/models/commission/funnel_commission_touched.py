from odoo import api, fields, models
from odoo.tools import SQL

# Which documents were touched, until the transaction ends.
PENDING = "funnel_commission"


class FunnelCommissionTouched(models.Model):
    """Documents of which something may be due otherwise since a plan was run.

    Each transaction adds rows of its own, so none waits for another.
    """

    _name = "funnel.commission.touched"
    _description = "Document to Be Run Again"
    _log_access = False

    plan_id = fields.Many2one("funnel.commission.plan", index=True, ondelete="cascade")
    # Not many2one: they may be gone when the plan is run.
    order_id = fields.Integer()
    move_id = fields.Integer()
    date = fields.Date(help="Nothing changes before this day.")

    @api.model
    def _touch(self, documents, anew=False) -> None:
        """Note orders or entries of which something may be due otherwise.

        :param documents: of ``sale.order`` or ``account.move``
        :param anew: plans look at them as if they saw them for the first time
        """
        if not documents or not self.env["funnel.commission.plan"]._has_followed():
            return
        data = self.env.cr.precommit.data
        if PENDING not in data:
            data[PENDING] = {
                (name, kind): set()
                for name in ("sale.order", "account.move")
                for kind in ("touched", "anew")
            }
            self.env.cr.precommit.add(self._write_touched)
        data[PENDING][documents._name, "touched"].update(documents.ids)
        if anew:
            data[PENDING][documents._name, "anew"].update(documents.ids)

    @api.model
    def _write_touched(self) -> None:
        pending = self.env.cr.precommit.data.pop(PENDING, None)
        if not pending:
            return
        anew = pending["sale.order", "anew"], pending["account.move", "anew"]
        if any(anew):
            self.env["funnel.commission.fact"]._forget(*anew)
        self.env["funnel.commission.plan"].flush_model(["state"])
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO funnel_commission_touched (plan_id, order_id, move_id)
                SELECT plan.id, touched.order_id, touched.move_id
                  FROM funnel_commission_plan AS plan
            CROSS JOIN (SELECT UNNEST(%s::int4[]) AS order_id, NULL::int4 AS move_id
                         UNION ALL
                        SELECT NULL, UNNEST(%s::int4[])) AS touched
                 WHERE plan.state IN ('approved', 'closed')
                """,
                sorted(pending["sale.order", "touched"]),
                sorted(pending["account.move", "touched"]),
            )
        )
