import datetime
from typing import Any

from odoo import Command, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date, formatLang

from ..base.funnel_reminder import MODULE
from .funnel_commission_settlement import FINANCE, MANAGER


class FunnelCommissionSettlement(models.Model):
    """How settlements are paid: in the payroll, where nobody else reads what somebody
    gets; who is no employee gets it as a vendor bill.

    Managers pay as well, but nothing gets into the books by them: the payroll and the
    bills are drafts until Finance posts them.
    """

    _inherit = "funnel.commission.settlement"

    paying_move_ids = fields.Many2many(
        "account.move",
        "funnel_commission_settlement_move_rel",
        "settlement_id",
        "move_id",
        string="Paid by Entries",
        readonly=True,
        copy=False,
        groups=f"{FINANCE},{MANAGER}",
        help="Bills and entries of payrolls that were made to pay it, those that were"
        " given up as well.",
    )
    left_payroll_ids = fields.Many2many(
        "funnel.payroll",
        "funnel_commission_settlement_left_rel",
        "settlement_id",
        "payroll_id",
        string="Left in Payrolls",
        readonly=True,
        copy=False,
        groups=f"{FINANCE},{MANAGER}",
        help="Payrolls that were cancelled, and still have its amount in their lines.",
    )

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
        self._leave_payrolls()
        # sudo: nobody but the methods writes it.
        self.sudo().write({"payroll_id": payroll.id, "move_id": False})

    def _leave_payrolls(self) -> None:
        """Note in which payrolls the amounts are that are paid otherwise now: these are
        cancelled, and may be reset to draft."""
        # sudo: nobody but the methods writes it.
        for settlement in self.sudo().filtered("payroll_id"):
            settlement.left_payroll_ids |= settlement.payroll_id

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
        self._leave_payrolls()
        for settlement, move in zip(self, moves, strict=True):
            settlement.company_id._check_books_open(date, move.journal_id)
            # sudo: nobody but the methods writes it.
            settlement.sudo().write(
                {
                    "move_id": move.id,
                    "payroll_id": False,
                    "paying_move_ids": [Command.link(move.id)],
                }
            )
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
        # As whoever gets it reads it.
        own = self.with_context(lang=self.payee_id.lang or self.env.lang)
        item, company = own._get_cost_item(), self.company_id
        first, last = (
            format_date(own.env, day) for day in (self.date_from, self.date_to)
        )
        analytic = item._get_analytic_account(company)
        return {
            "name": f"{item.name} {first} – {last}",
            "account_id": item._get_account(company).id,
            "quantity": 1,
            "price_unit": self.payable,
            "tax_ids": [Command.clear()],
            "analytic_distribution": {str(analytic.id): 100} if analytic else False,
            "cost_item_id": item.id,
            "cost_user_id": self.user_id.id,
        }

    # ------------------------------------------------------------------
    # Paid once, and as it was settled
    # ------------------------------------------------------------------

    def _expect_paid_by(self, move) -> None:
        """Let an entry that was given up pay them again, unless they are paid otherwise,
        or about to be.

        :raise UserError: with what pays them now
        """
        # sudo: whoever posts the entry may have no role here, and changes but this.
        for settlement in self.sudo():
            payroll, bill = settlement.payroll_id, settlement.move_id
            if settlement.is_assigned and move not in (payroll.move_id, bill):
                raise UserError(
                    self.env._(
                        "%(settlement)s is paid by %(document)s since %(entry)s was given"
                        " up. It is not paid twice.",
                        settlement=settlement.name,
                        document=(payroll or bill).display_name,
                        entry=move.display_name,
                    )
                )
            if not settlement.is_assigned and move not in (payroll.move_id, bill):
                again = move.sudo().payroll_ids[:1]  # sudo: as above
                settlement.write(
                    {
                        "payroll_id": again.id,
                        "move_id": False if again else move.id,
                        "left_payroll_ids": [Command.unlink(again.id)] if again else [],
                    }
                )

    def _let_replace(self, replaced: dict) -> None:
        """Let bills that take the place of others pay what those did, unless that is
        paid otherwise: they are refused then when they are posted.

        :param replaced: bill -> what takes its place
        """
        # sudo: whoever replaces a bill may have no role here, and changes but this.
        settlements = self.sudo()
        for bill, other in replaced.items():
            for settlement in settlements.search([("paying_move_ids", "in", bill.ids)]):
                values = {"paying_move_ids": [Command.link(other.id)]}
                if not settlement.is_assigned:
                    settlement._leave_payrolls()
                    values |= {"move_id": other.id, "payroll_id": False}
                settlement.write(values)

    def _expect_amount_of(self, bill) -> None:
        """Refuse a bill that pays these otherwise than they were settled. Taxes may come
        on top, or be in it.

        :raise UserError: with what is wrong
        """
        currency = self.currency_id[:1]
        payable = sum(self.mapped("payable"))
        is_right = (
            bill.currency_id == currency
            and bill.commercial_partner_id == self.payee_id.commercial_partner_id
            and any(
                not currency.compare_amounts(amount, payable)
                for amount in (bill.amount_untaxed, bill.amount_total)
            )
        )
        if not is_right:
            raise UserError(
                self.env._(
                    "%(bill)s pays %(settlement)s: it is %(amount)s to %(payee)s, before"
                    " or with taxes. Cancel the bill if it is not to be paid so; enter"
                    " what else is paid in a bill of its own.",
                    bill=bill.display_name,
                    settlement=", ".join(self.mapped("name")),
                    amount=formatLang(self.env, payable, currency_obj=currency),
                    payee=self.payee_id.display_name,
                )
            )

    def action_open_payment(self) -> dict[str, Any]:
        """Return how to open the payroll or the bill that pays it."""
        self.ensure_one()
        self.check_access("read")
        paying = self.payroll_id or self.move_id
        paying.check_access("read")
        return paying._get_records_action()
