from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...models.receivable.funnel_credit_override import OVERRIDE


class FunnelCreditOverrideWizard(models.TransientModel):
    """Asks why orders or deliveries go through although their customer is on hold or
    over a limit, writes it in the log, and lets them go. A change of a confirmed order
    is made again by the user, who has it on the screen."""

    _name = "funnel.credit.override.wizard"
    _description = "Override Credit Hold"

    order_ids = fields.Many2many("sale.order", string="Orders", readonly=True)
    picking_ids = fields.Many2many("stock.picking", string="Deliveries", readonly=True)
    changes = fields.Json(readonly=True, help="What confirmed orders were to become.")
    why = fields.Text("What Is Overridden", compute="_compute_why")
    reason = fields.Char(required=True)

    @api.depends("order_ids", "picking_ids", "changes")
    def _compute_why(self):
        check = self.env["funnel.credit.check"]
        for dialog in self:
            parts = []
            for refusal in dialog._get_refusals():
                reasons = "; ".join(check._get_reasons(refusal))
                parts.append(f"{check._get_title(refusal)} {reasons}")
            dialog.why = "\n".join(parts)

    def _get_documents(self):
        return self.order_ids._origin or self.picking_ids._origin

    def _get_refusals(self, lock=False):
        documents = self._get_documents()
        check = self.env["funnel.credit.check"]
        if self.changes:
            return check._get_change_refusals(documents, self.changes, lock)
        return check._get_refusals(documents, lock=lock) if documents else []

    def action_override(self):
        """Write the log, then confirm the orders or validate the deliveries; changes are
        to be made again.

        :raise AccessError: the user may not override holds, or not change the documents
        """
        self.ensure_one()
        if not self.env.user.has_group(OVERRIDE):
            raise AccessError(self.env._("You may not override credit holds."))
        documents = self._get_documents()
        documents.check_access("write")
        reason = (self.reason or "").strip()
        if not reason:
            raise UserError(self.env._("Write why this goes through."))
        refusals = self._get_refusals(lock=True)
        # sudo: nobody else writes the log.
        self.env["funnel.credit.override"].sudo().create(
            [self._prepare_override(refusal, reason) for refusal in refusals]
        )
        self._note(refusals, reason)
        return self._let_go(documents)

    def _prepare_override(self, refusal, reason):
        check = self.env["funnel.credit.check"]
        document, standing = refusal.document, refusal.standing
        is_order = document._name == "sale.order"
        return {
            "user_id": self.env.uid,
            "reason": reason,
            "document": document.display_name,
            "order_id": document.id if is_order else False,
            "picking_id": False if is_order else document.id,
            "partner_id": standing.customer.id,
            "company_id": standing.company.id,
            "hold_ids": [(6, 0, standing.holds.ids)],
            "why": "\n".join(check._get_reasons(refusal)),
            "amount": refusal.amount,
            "owed": standing.owed,
            "promised": standing.promised,
            "overdue": standing.overdue,
            "credit_limit": standing.credit_limit,
            "excess": refusal.excess,
            "for_limit": refusal.excess > 0,
            "for_overdue": standing.is_overdue,
            "for_age": standing.is_too_old,
            "goods": {str(product): qty for product, qty in refusal.goods.items()},
        }

    def _note(self, refusals, reason):
        """Note it on the documents. The warehouse reads those of deliveries, and what
        somebody writes may tell of debts."""
        for refusal in refusals:
            document = refusal.document
            text = self.env._(
                "Credit hold or limit of %(customer)s overridden by %(user)s.",
                customer=refusal.standing.customer.display_name,
                user=self.env.user.name,
            )
            body = Markup("<p>%s</p>") % text
            if document._name == "sale.order":
                body += Markup("<p>%s</p>") % reason
            document._message_log(body=body, author_id=self.env.user.partner_id.id)

    def _let_go(self, documents):
        if documents._name == "sale.order":
            if self.changes:
                return {"type": "ir.actions.act_window_close"}
            documents.filtered(
                lambda order: order.state in ("draft", "sent")
            ).action_confirm()
            return {"type": "ir.actions.client", "tag": "soft_reload"}
        result = documents.button_validate()
        if isinstance(result, dict):
            return result
        return {"type": "ir.actions.client", "tag": "soft_reload"}
