from typing import Any

from odoo import api, fields, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    collected_amount = fields.Monetary(
        "Collected",
        currency_field="company_currency_id",
        compute="_compute_collected_amount",
        help="What was received for the order, of its invoices and as deposits, in the"
        " currency of the company.",
    )
    deposit_amount = fields.Monetary(
        "Deposits",
        currency_field="company_currency_id",
        compute="_compute_collected_amount",
        help="What was received for the order and is not applied to an invoice yet.",
    )
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )

    @api.depends("state", "transaction_ids")
    def _compute_collected_amount(self):
        # Whatever is allocated makes the values that are known unknown.
        # sudo: whoever reads an order reads how far it is paid.
        allocation = self.env["funnel.allocation"].sudo()
        found = allocation._get_collected(self.ids)
        for order in self:
            order.collected_amount, order.deposit_amount = found.get(
                order._origin.id, (0, 0)
            )

    def write(self, vals):
        result = super().write(vals)
        if "user_id" in vals:
            self.env["funnel.allocation"]._touch_orders(self)
        return result

    def _compute_amounts(self):
        result = super()._compute_amounts()
        # A deposit is untaxed as the order is; one that is not saved yet has none.
        self.env["funnel.allocation"]._touch_orders(self.filtered("id"))
        return result

    def unlink(self):
        self.env["funnel.allocation"]._touch_orders(self)
        return super().unlink()

    @api.readonly
    def action_open_collected(self) -> dict[str, Any]:
        """Return the receipts for the order."""
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "crm_sales_funnel.funnel_cash_report_action"
            ),
            "domain": [("order_id", "=", self.id)],
            "context": {},
        }

    def _get_uncollected_amount(self) -> float:
        """Return what is not received for the order yet, in its currency. Money in
        another one counts as on the day when it arrived."""
        # sudo: whoever reads an order reads how far it is paid.
        allocation = self.env["funnel.allocation"].sudo()
        rows = allocation._read_group(
            [("order_id", "=", self.id), ("partner_type", "=", "customer")],
            ["currency_id", "date:day"],
            ["amount_currency:sum"],
        )
        collected = sum(
            currency._convert(amount, self.currency_id, self.company_id, date)
            for currency, date, amount in rows
        )
        return max(self.currency_id.round(self.amount_total - collected), 0)

    def action_receive_deposit(self) -> dict[str, Any]:
        """Return a new payment of the customer, for the order."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Deposit"),
            "res_model": "account.payment",
            "views": [(False, "form")],
            "target": "current",
            "context": {
                "default_payment_type": "inbound",
                "default_partner_type": "customer",
                "default_partner_id": self.partner_invoice_id.commercial_partner_id.id,
                "default_amount": self._get_uncollected_amount(),
                "default_currency_id": self.currency_id.id,
                "default_memo": self.name,
                "default_deposit_order_id": self.id,
            },
        }
