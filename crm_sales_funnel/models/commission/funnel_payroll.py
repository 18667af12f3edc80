from collections import defaultdict

from odoo import Command, fields, models
from odoo.exceptions import UserError

from .funnel_commission_settlement import FINANCE, MANAGER


class FunnelPayroll(models.Model):
    """Commission that is settled is paid with the wages."""

    _inherit = "funnel.payroll"

    # Known with the payroll, so that these are not looked for whenever it changes.
    commission_settlement_ids = fields.One2many(
        "funnel.commission.settlement",
        "payroll_id",
        string="Commission Settlements",
        readonly=True,
        copy=False,
        groups=f"{FINANCE},{MANAGER}",
    )

    def _add_commission(self, item, amounts) -> None:
        """Add to what is entered of commission.

        :param amounts: employee -> what is added; less than zero is taken off, as far
            as it is there still: what was cleared by hand is not owed by the employee
        """
        self.ensure_one()
        lines = {line["partner_id"]: line for line in self.rows["lines"]}
        key = str(item.id)
        for employee, amount in amounts.items():
            line = lines.setdefault(
                employee.id, {"partner_id": employee.id, "amounts": {}}
            )
            entered = line["amounts"].get(key, 0)
            left = max(entered + amount, min(entered, 0))
            line["amounts"][key] = self.currency_id.round(left)
        self.write(
            {
                "item_ids": [Command.link(item.id)],
                "rows": {
                    "version": self.version,
                    # Who had nothing but what is taken off goes with it.
                    "lines": [
                        line
                        for line in lines.values()
                        if any(line["amounts"].values())
                        or self.env["res.partner"].browse(line["partner_id"])
                        not in amounts
                    ],
                },
            }
        )

    def _get_rows_to_copy(self):
        """Without what was settled: it is paid once."""
        lines = super()._get_rows_to_copy()
        settled = self._get_settled_amounts()
        key = str(self.env["funnel.commission.settlement"]._get_cost_item().id)
        for line in lines:
            amount = settled.get(line["partner_id"], 0)
            if amount and key in line["amounts"]:
                line["amounts"][key] = self.currency_id.round(
                    max(line["amounts"][key] - amount, 0)
                )
        return lines

    def _get_settled_amounts(self) -> dict[int, float]:
        """Return employee -> what of the commission is of settlements."""
        settlements = self.env["funnel.commission.settlement"]
        return {
            payee.id: amount
            for payee, amount in settlements._read_group(
                [("payroll_id", "in", self.ids)], ["payee_id"], ["payable:sum"]
            )
        }

    def action_post(self):
        self._check_commission()
        result = super().action_post()
        for payroll in self:
            # sudo: nobody but the methods writes it.
            settlements = payroll.sudo().commission_settlement_ids
            settlements.write({"paying_move_ids": [Command.link(payroll.move_id.id)]})
        return result

    def action_reset(self):
        result = super().action_reset()
        self._take_off_what_left()
        return result

    def _take_off_what_left(self) -> None:
        """Take off what was paid otherwise while a payroll was cancelled."""
        # sudo: nobody but the methods writes it.
        settlements = self.env["funnel.commission.settlement"].sudo()
        drafts = self.filtered(lambda payroll: payroll.state == "draft")
        left = drafts and settlements.search([("left_payroll_ids", "in", drafts.ids)])
        if not left:
            return
        item = settlements._get_cost_item()
        for payroll in drafts:
            amounts = defaultdict(float)
            for one in left.filtered(
                lambda one, now=payroll: now in one.left_payroll_ids
            ):
                amounts[one.payee_id] -= one.payable
                one.left_payroll_ids -= payroll
            if amounts:
                payroll._add_commission(item, amounts)

    def _check_commission(self) -> None:
        """Refuse to post less commission than the settlements that it pays.

        :raise UserError: with whose it is
        """
        if not self.env["funnel.commission.settlement"].has_access("read"):
            return  # who may not post is told so
        for payroll in self.filtered(lambda one: one.state == "draft"):
            settled = payroll._get_settled_amounts()
            if not settled:
                continue
            item = self.env["funnel.commission.settlement"]._get_cost_item()
            entered = {
                amount.line_id.partner_id.id: amount.amount
                for amount in payroll.line_ids.amount_ids
                if amount.item_id == item
            }
            short = [
                payee
                for payee, amount in settled.items()
                if payroll.currency_id.compare_amounts(entered.get(payee, 0), amount)
                < 0
            ]
            if short:
                names = self.env["res.partner"].browse(short).mapped("name")
                raise UserError(
                    self.env._(
                        "There is less commission in it than in the settlements that it"
                        " pays, of: %s. Take these out of the payroll first.",
                        ", ".join(names),
                    )
                )
