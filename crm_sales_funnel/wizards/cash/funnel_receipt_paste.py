from odoo import api, fields, models
from odoo.exceptions import UserError

from ...models.base.usual_dates import FIRST
from ...tools.pasted_receipts import parse_receipts

MODULE = "crm_sales_funnel"
MOST = 500


class FunnelReceiptPaste(models.TransientModel):
    """Unknown receipts of a bank statement, pasted at once: all of them, or none."""

    _name = "funnel.receipt.paste"
    _description = "Paste Unknown Receipts"
    _inherit = ["funnel.required.fields", "funnel.finite.amounts"]

    journal_id = fields.Many2one(
        "account.journal",
        required=True,
        default=lambda self: self.env["funnel.unknown.receipt"]._get_usual_journal(),
        domain="[('type', 'in', ('bank', 'cash', 'credit')),"
        " ('company_id', 'in', allowed_company_ids)]",
        help="Where the money arrived.",
    )
    text = fields.Text(
        "Rows",
        required=True,
        help="One receipt a row, copied from a spreadsheet: date, amount, payer, memo,"
        " reference. A heading is passed over. Amounts are written as your language"
        " writes them.",
    )
    is_repeated = fields.Boolean(
        "Repeated Ones as Well",
        help="For equal receipts that did arrive twice.",
    )

    def action_enter(self):
        """Enter all rows; return the list of them.

        :raise UserError: one cannot be read, or is entered already; it is named, and
            nothing is entered
        """
        self.ensure_one()
        receipts = self.env["funnel.unknown.receipt"]
        receipts.check_access("create")
        lang = self.env["res.lang"]._get_data(code=self.env.lang or "en_US")
        rows = parse_receipts(self.text or "", lang.decimal_point, lang.thousands_sep)
        if not rows:
            raise UserError(self.env._("No row is pasted."))
        if len(rows) > MOST:
            raise UserError(self.env._("Paste at most %(most)s rows.", most=MOST))
        values = [self._prepare_receipt_vals(row) for row in rows]
        if not self.is_repeated:
            self._check_new(rows, values)
        receipts = receipts.create(values)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            f"{MODULE}.funnel_unknown_receipt_action"
        )
        return {**action, "domain": [("id", "in", receipts.ids)], "context": {}}

    def _prepare_receipt_vals(self, row) -> dict:
        texts = {
            "date": self.env._("the date"),
            "amount": self.env._("the amount"),
            "columns": self.env._("the number of columns"),
        }
        fault = row.fault
        if not fault and row.day > fields.Date.context_today(self):
            texts["future"] = self.env._("the date, which is not yet")
            fault = "future"
        elif not fault and row.day < FIRST:
            fault = "date"
        if fault:
            raise UserError(
                self.env._(
                    "Row %(number)s: %(what)s is wrong. Nothing was entered.",
                    number=row.number,
                    what=texts[fault],
                )
            )
        return {
            "journal_id": self.journal_id.id,
            "date": row.day,
            "amount": row.amount,
            "payer_name": row.payer_name,
            "memo": row.memo,
            "reference": row.reference,
        }

    @api.model
    def _check_new(self, rows, values):
        """Refuse a row that the bank told before, or that stands here twice."""
        receipts = self.env["funnel.unknown.receipt"]
        seen = receipts._get_told(values)
        for row, vals in zip(rows, values, strict=True):
            told = receipts._get_told_key(vals)
            if told in seen:
                raise UserError(
                    self.env._(
                        "Row %(number)s is entered already. Nothing was entered.",
                        number=row.number,
                    )
                )
            seen.add(told)
