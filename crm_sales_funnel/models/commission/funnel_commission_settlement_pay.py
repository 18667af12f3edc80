import datetime
from typing import Any

from odoo import Command, models
from odoo.exceptions import UserError

from ..base.funnel_reminder import MODULE
from .funnel_commission_settlement import FINANCE, MANAGER


class FunnelCommissionSettlement(models.Model):
    """How settlements are paid: in the payroll, where nobody else reads what somebody
    gets; who is no employee gets it as a vendor bill.

    Managers pay as well, but nothing gets into the books by them: the payroll and the
    bills are drafts until Finance posts them.
    """

    _inherit = "funnel.commission.settlement"

    def action_pay(self) -> dict[str, Any]:
        """Ask with which payroll, and on which day."""
        self._expect_payable()
        if len(self.company_id) > 1:
            raise UserError(self.env._("Pay the settlements of one company at a time."))
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                f"{MODULE}.funnel_commission_pay_action"
            ),
            "context": {"default_settlement_ids": self.ids},
        }

    def _expect_payable(self) -> None:
        self._check_groups(FINANCE, MANAGER)
        self.check_access("read")
        self._expect("approved")
        for settlement in self:
            if settlement.is_assigned:
                raise UserError(
                    self.env._(
                        "%s is in a payroll or a bill already.", settlement.display_name
                    )
                )
            if settlement.currency_id.compare_amounts(settlement.payable, 0) <= 0:
                raise UserError(
                    self.env._("Nothing is to be paid of %s.", settlement.display_name)
                )

    def _pay(self, month: datetime.date, date: datetime.date) -> None:
        """Pay what is approved: employees by the payroll of a month, others by bills.

        :param month: any day of it
        :param date: the day of the bills
        """
        self._take_turn(self.company_id)
        self._expect_payable()
        paid = self._as_payer()
        employed = paid._filter_employed()
        for company, some in employed.grouped("company_id").items():
            some.with_company(company)._put_into_payroll(month.replace(day=1))
        for company, some in (paid - employed).grouped("company_id").items():
            bills = some.with_company(company)._make_bills(date)
            if self._may_post():
                bills.action_post()

    def _may_post(self) -> bool:
        return self.env.su or self.env.user.has_group(FINANCE)

    def _as_payer(self):
        """Return them as who may write drafts of payrolls and of bills."""
        # sudo: managers make drafts, of what they read, which Finance looks at.
        return self if self._may_post() else self.sudo()

    def _filter_employed(self):
        employees = self.payee_id._filter_employees()
        return self.filtered(lambda one: one.payee_id in employees)

    def _get_cost_item(self):
        item = self.env.ref(f"{MODULE}.cost_item_commission", raise_if_not_found=False)
        if not item:
            raise UserError(
                self.env._("There is no cost item for commission any more.")
            )
        return item

    # ------------------------------------------------------------------
    # Payroll
    # ------------------------------------------------------------------

    def _put_into_payroll(self, month: datetime.date) -> None:
        """Add what is payable to what is entered in the draft of a payroll; make it if
        there is none."""
        item = self._get_cost_item()
        company = self.company_id
        payrolls = self.env["funnel.payroll"]
        payroll = payrolls.search(
            [
                ("company_id", "=", company.id),
                ("month", "=", month),
                ("state", "=", "draft"),
            ],
            limit=1,
        ) or payrolls.create({"company_id": company.id, "month": month})
        payroll._lock()
        amounts = dict.fromkeys(self.payee_id, 0.0)
        for settlement in self:
            amounts[settlement.payee_id] += settlement.payable
        payroll._add_commission(item, amounts)
        # sudo: nobody but the methods writes it.
        self.sudo().write({"payroll_id": payroll.id, "move_id": False})

    def action_take_out(self):
        """Take settlements out of payrolls that are drafts.

        :raise UserError: one of them is in none
        """
        self._check_groups(FINANCE, MANAGER)
        self.check_access("read")
        self._expect("approved")
        if any(one.payroll_id.state != "draft" for one in self):
            raise UserError(
                self.env._("Only what is in the draft of a payroll is taken out of it.")
            )
        item = self._get_cost_item()
        for payroll, some in self._as_payer().grouped("payroll_id").items():
            payroll._lock()
            amounts = dict.fromkeys(some.payee_id, 0.0)
            for settlement in some:
                amounts[settlement.payee_id] -= settlement.payable
            payroll._add_commission(item, amounts)
        self.sudo().payroll_id = False  # sudo: nobody but the methods writes it
        return True

    # ------------------------------------------------------------------
    # Bills
    # ------------------------------------------------------------------

    def _make_bills(self, date: datetime.date):
        moves = self.env["account.move"].create(
            [settlement._prepare_bill_vals(date) for settlement in self]
        )
        for settlement, move in zip(self, moves, strict=True):
            settlement.company_id._check_books_open(date, move.journal_id)
            # sudo: nobody but the methods writes it.
            settlement.sudo().write({"move_id": move.id, "payroll_id": False})
        return moves

    def _prepare_bill_vals(self, date: datetime.date) -> dict[str, Any]:
        return {
            "move_type": "in_invoice",
            "company_id": self.company_id.id,
            "partner_id": self.payee_id.id,
            "currency_id": self.currency_id.id,
            "invoice_date": date,
            "date": date,
            "ref": self.name,
            "invoice_line_ids": [Command.create(self._prepare_bill_line_vals())],
        }

    def _prepare_bill_line_vals(self) -> dict[str, Any]:
        """Return the line of the bill: without tax, since commission is agreed on so.
        Who is to get tax on top has it entered in the bill."""
        item, company = self._get_cost_item(), self.company_id
        analytic = item._get_analytic_account(company)
        return {
            "name": f"{item.name} {self.date_from} – {self.date_to}",
            "account_id": item._get_account(company).id,
            "quantity": 1,
            "price_unit": self.payable,
            "tax_ids": [Command.clear()],
            "analytic_distribution": {str(analytic.id): 100} if analytic else False,
            "cost_item_id": item.id,
            "cost_user_id": self.user_id.id,
        }

    def action_open_payment(self) -> dict[str, Any]:
        """Return how to open the payroll or the bill that pays it."""
        self.ensure_one()
        self.check_access("read")
        paying = self.payroll_id or self.move_id
        paying.check_access("read")
        return paying._get_records_action()
