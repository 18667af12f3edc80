import math
from typing import Any

from odoo import Command, api, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ..base.finite_amounts import HIGHEST

MOST_ROWS = 1000
MOST_COLUMNS = 40


class FunnelPayroll(models.Model):
    """The grid: the lines and their amounts as one value, read and written at once."""

    _inherit = "funnel.payroll"

    @api.depends(
        "version",
        "line_ids.partner_id.name",
        "line_ids.partner_id.ref",
        "line_ids.amount_ids.amount",
    )
    def _compute_rows(self):
        for payroll in self:
            payroll.rows = {
                "version": payroll.version,
                "lines": [
                    {
                        "partner_id": line.partner_id.id,
                        "name": line.partner_id.name or "",
                        "code": line.partner_id.ref or "",
                        "amounts": {
                            str(amount.item_id.id): amount.amount
                            for amount in line.amount_ids
                        },
                    }
                    for line in payroll.line_ids.sorted()
                ],
            }

    def _inverse_rows(self):
        for payroll in self:
            rows = payroll._read_rows(payroll.rows)
            payroll._lock()
            payroll._check_version(payroll.rows)
            payroll._write_rows(rows)

    # ------------------------------------------------------------------
    # Reading what is to be written
    # ------------------------------------------------------------------

    def _read_rows(self, value: Any) -> dict[int, dict[int, float]]:
        """Return employee -> item -> amount of what was sent.

        :raise ValidationError: it is no grid, or an employee, an item or an amount of
            it is not possible
        """
        try:
            rows = [
                (int(row["partner_id"]), self._read_amounts(row.get("amounts") or {}))
                for row in (value or {}).get("lines") or []
            ]
        except (AttributeError, KeyError, OverflowError, TypeError, ValueError):
            raise ValidationError(
                self.env._("The lines of the payroll are not readable.")
            ) from None
        if len(rows) > MOST_ROWS or len(self.item_ids) > MOST_COLUMNS:
            raise ValidationError(
                self.env._(
                    "A payroll has up to %(rows)s employees and %(columns)s columns.",
                    rows=MOST_ROWS,
                    columns=MOST_COLUMNS,
                )
            )
        found = dict(rows)
        self._check_employees([employee for employee, _amounts in rows])
        self._check_items({item for amounts in found.values() for item in amounts})
        return found

    def _read_amounts(self, amounts: dict[str, Any]) -> dict[int, float]:
        """Return item -> amount, without what is nothing in the currency."""
        return {
            int(item): rounded
            for item, amount in amounts.items()
            if amount and (rounded := self._read_amount(amount))
        }

    def _read_amount(self, amount: Any) -> float:
        if isinstance(amount, bool) or not isinstance(amount, int | float):
            raise ValidationError(
                self.env._("An amount of the payroll is no number: %s", amount)
            )
        if not math.isfinite(amount) or abs(amount) >= HIGHEST["monetary"]:
            raise ValidationError(
                self.env._("An amount of the payroll is no number, or too large.")
            )
        return self.company_id.currency_id.round(amount)

    def _check_employees(self, ids: list[int]) -> None:
        partners = self.env["res.partner"].with_context(active_test=False)
        known = partners.search([("id", "in", ids)])
        strange = known.filtered(
            lambda partner: (
                partner.is_company
                # sudo: an employee of a branch may belong to the company above it.
                or (partner.company_id - self.company_id.sudo().parent_ids)
            )
        )
        if strange or len(known) < len(set(ids)):
            raise ValidationError(
                self.env._(
                    "Not a person of this company: %s",
                    ", ".join(strange.mapped("display_name")) or "?",
                )
            )
        if len(ids) > len(known):
            twice = known.filtered(lambda partner: ids.count(partner.id) > 1)
            raise ValidationError(
                self.env._(
                    "These employees are there twice: %s",
                    ", ".join(twice.mapped("display_name")),
                )
            )

    def _check_items(self, ids: set[int]) -> None:
        items = self.env["funnel.cost.item"].with_context(active_test=False)
        known = items.search([("id", "in", list(ids)), ("pay_kind", "!=", False)])
        if len(known) < len(ids):
            raise ValidationError(self.env._("Columns are pay items."))

    def _check_version(self, value: dict[str, Any]) -> None:
        """Refuse to write over what somebody else wrote since it was read."""
        if (value or {}).get("version", self.version) != self.version:
            raise UserError(
                self.env._(
                    "Somebody else has changed the lines of this payroll. Load it"
                    " again, then change it."
                )
            )

    # ------------------------------------------------------------------
    # Writing it
    # ------------------------------------------------------------------

    def _lock(self) -> None:
        """Wait for who is writing or posting the same payrolls: after them, this
        transaction begins anew, and sees what they left."""
        self.env.flush_all()
        if self.ids:
            self.env.cr.execute(
                SQL(
                    "SELECT FROM funnel_payroll WHERE id IN %s ORDER BY id"
                    " FOR NO KEY UPDATE",
                    tuple(self.ids),
                )
            )
        self.invalidate_recordset(["move_id", "state", "version"])

    def _write_rows(self, rows: dict[int, dict[int, float]]) -> None:
        """Replace the lines. Amounts of what has no column are not kept."""
        # sudo: the lines are written by nothing but this.
        payroll = self.sudo()
        kept = payroll.line_ids.filtered(lambda line: line.partner_id.id in rows)
        (payroll.line_ids - kept).unlink()
        kept.amount_ids.unlink()
        users = self._get_users(set(rows))
        old = {line.partner_id.id: line for line in kept}
        columns = set(self.item_ids.ids)
        commands = []
        for sequence, (employee, amounts) in enumerate(rows.items()):
            vals = {
                "sequence": sequence,
                "user_id": users.get(employee, False),
                "amount_ids": [
                    Command.create({"item_id": item, "amount": amount})
                    for item, amount in amounts.items()
                    if item in columns
                ],
            }
            if employee in old:
                commands.append(Command.update(old[employee].id, vals))
            else:
                commands.append(Command.create({**vals, "partner_id": employee}))
        payroll.write({"line_ids": commands, "version": payroll.version + 1})

    def _drop_other_items(self) -> None:
        """Drop the amounts of columns that were taken away."""
        for payroll in self:
            # sudo: as in _write_rows.
            amounts = payroll.sudo().line_ids.amount_ids
            others = amounts.filtered(
                lambda amount, payroll=payroll: amount.item_id not in payroll.item_ids
            )
            if others:
                others.unlink()
                payroll.sudo().version += 1  # sudo: as above

    @api.model
    def _get_users(self, employees: set[int]) -> dict[int, int]:
        """Return the internal user of each employee who has one."""
        # sudo: whose user it is does not depend on who enters the pay.
        users = self.env["res.users"].sudo().with_context(active_test=False)
        found = users.search(
            [("partner_id", "in", list(employees)), ("share", "=", False)],
            order="active, id desc",
        )
        return {user.partner_id.id: user.id for user in found}
