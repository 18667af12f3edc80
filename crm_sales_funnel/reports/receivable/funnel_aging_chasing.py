from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from .funnel_aging_report import CONTEXT


class FunnelAgingReport(models.Model):
    """What customers say about open items: by when they will pay, and what they dispute.

    It is told as of the date of the aging. Of a past date, what was paid since does not
    end a promise.
    """

    _inherit = "funnel.aging.report"

    promise_id = fields.Many2one(
        "funnel.payment.promise", readonly=True, depends_context=CONTEXT
    )
    promised_date = fields.Date(
        "Promised for",
        readonly=True,
        depends_context=CONTEXT,
        help="The customer said that he pays it by then, or a part of it: as much is not"
        " chased before.",
    )
    is_disputed = fields.Boolean(
        "Disputed",
        readonly=True,
        depends_context=CONTEXT,
        help="The customer says that it is not right, or a part of it: as much is not"
        " chased meanwhile.",
    )

    _depends = {
        "account.move.line": ["amount_residual_currency", "parent_state"],
        "funnel.invoice.dispute": ["date", "date_resolved", "state"],
        "funnel.invoice.dispute.line": ["dispute_id", "move_line_id"],
        "funnel.payment.promise": ["amount", "date", "date_due", "is_cancelled"],
        "funnel.payment.promise.line": ["amount_open", "move_line_id", "promise_id"],
    }

    # ------------------------------------------------------------------
    # The query
    # ------------------------------------------------------------------

    def _is_of_customers(self) -> bool:
        return self._account_type() == "asset_receivable"

    def _select(self) -> SQL:
        if not self._is_of_customers():
            return SQL(
                "%s, NULL::integer AS promise_id, NULL::date AS promised_date,"
                " FALSE AS is_disputed",
                super()._select(),
            )
        return SQL(
            "%s, promised.promise_id, promised.date_due AS promised_date,"
            " disputed.move_line_id IS NOT NULL AS is_disputed",
            super()._select(),
        )

    def _joins(self) -> SQL:
        if not self._is_of_customers():
            return super()._joins()
        # Grouped by the item, so that PostgreSQL drops what nobody asks for.
        return SQL(
            """
            %(joins)s
            LEFT JOIN (
                SELECT line.move_line_id,
                       MAX(promise.id) AS promise_id,
                       MAX(promise.date_due) AS date_due
                  FROM funnel_payment_promise AS promise
                  JOIN funnel_payment_promise_line AS line
                    ON line.promise_id = promise.id
                 WHERE promise.date <= %(as_of)s AND %(promised)s
              GROUP BY line.move_line_id
            ) AS promised ON promised.move_line_id = item.id
            LEFT JOIN (
                SELECT line.move_line_id
                  FROM funnel_invoice_dispute AS dispute
                  JOIN funnel_invoice_dispute_line AS line
                    ON line.dispute_id = dispute.id
                 WHERE dispute.date <= %(as_of)s AND %(disputed)s
              GROUP BY line.move_line_id
            ) AS disputed ON disputed.move_line_id = item.id
            """,
            joins=super()._joins(),
            as_of=self._as_of(),
            promised=self.env["funnel.payment.promise"]._open_sql(
                "promise", self._as_of()
            ),
            disputed=self.env["funnel.invoice.dispute"]._open_sql(
                "dispute", self._as_of()
            ),
        )

    # ------------------------------------------------------------------
    # What customers say
    # ------------------------------------------------------------------

    def action_take_promise(self):
        """Return the dialog that takes a promise of these items."""
        items = self._get_still_open()
        return self.env["funnel.payment.promise"]._open_dialog(
            partner_id=items.partner_id.id,
            company_id=items.company_id.id,
            currency_id=items.currency_id.id,
            item_ids=items.ids,
        )

    def action_dispute(self):
        """Return the dialog that opens a dispute of these items of one invoice."""
        items = self._get_still_open()
        if len(items.move_id) > 1:
            raise UserError(
                self.env._("A dispute is about one invoice. Choose items of one.")
            )
        return self.env["funnel.invoice.dispute"]._open_dialog(
            partner_id=items.partner_id.id,
            company_id=items.company_id.id,
            currency_id=items.currency_id.id,
            move_id=items.move_id.id,
            item_ids=items.ids,
        )

    def _get_still_open(self):
        """Return the rows that are debts today, which the aging of another day need not
        know.

        :raise UserError: there are none, or of several customers, companies, currencies
        """
        today = self.env["funnel.aging.report"].with_context(
            as_of=False, account_type="asset_receivable"
        )
        rows = today.search([("id", "in", self.ids), ("residual_currency", ">", 0)])
        if not rows:
            raise UserError(self.env._("Nothing of this has to be paid any more."))
        if any(
            len(each) > 1
            for each in (rows.partner_id, rows.company_id, rows.currency_id)
        ):
            raise UserError(
                self.env._("Choose items of one customer, in one currency and company.")
            )
        return rows

    @api.readonly
    def action_open_promise(self):
        """Return the promise that the customer gave for the item."""
        self.ensure_one()
        self.check_access("read")
        return self._open_form(self.promise_id)

    @api.readonly
    def action_open_dispute(self):
        """Return the dispute of the item, the one that is open before others."""
        self.ensure_one()
        self.check_access("read")
        return self._open_form(
            self.env["funnel.invoice.dispute"].search(
                [("line_ids.move_line_id", "=", self.id)],
                order="state, id desc",
                limit=1,
            )
        )

    def _open_form(self, record):
        """Return the form of a promise or a dispute.

        :raise AccessError: it is one of another salesperson's customer
        """
        if not record:
            raise AccessError(self.env._("You may not open it."))
        record.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": record.display_name,
            "res_model": record._name,
            "res_id": record.id,
            "views": [(False, "form")],
            "target": "current",
        }
