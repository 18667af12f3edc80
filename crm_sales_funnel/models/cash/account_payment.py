from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.sql import column_exists, create_column

from ..base.usual_dates import check_dates


class AccountPayment(models.Model):
    _inherit = "account.payment"

    deposit_order_id = fields.Many2one(
        "sale.order",
        string="Deposit of Order",
        compute="_compute_deposit_order_id",
        store=True,
        readonly=False,
        check_company=True,
        index="btree_not_null",
        domain="[('partner_id', 'child_of', partner_id), ('state', '!=', 'cancel')]",
        help="What of this payment is not applied to invoices is a deposit of the order.",
    )

    # Odoo's own words for the two are those of goods and of mails in some languages.
    money_direction = fields.Selection(
        [("inbound", "Received"), ("outbound", "Paid Out")],
        string="Direction",
        compute="_compute_money_direction",
        inverse="_inverse_money_direction",
        readonly=False,
    )

    is_bill = fields.Boolean(related="payment_method_line_id.is_bill")
    bill_number = fields.Char(
        copy=False,
        help="Number of the bill of exchange or the cheque.",
    )
    maturity_date = fields.Date(
        copy=False,
        index="btree_not_null",
        help="The day when the bank cashes or pays the bill or cheque.",
    )
    # Odoo calls a payment paid as soon as what it pays is.
    bill_state = fields.Selection(
        [
            ("draft", "Draft"),
            ("waiting", "Not Matured"),
            ("matured", "Matured"),
            ("cashed", "Cashed"),
            ("gone", "Cancelled"),
        ],
        string="Status of the Bill",
        compute="_compute_bill_state",
        help="Matured: the day has come, and nobody has entered yet that the bank cashed"
        " or paid it.",
    )

    def _auto_init(self):
        # The ORM would read every payment there is to fill it.
        if not column_exists(self.env.cr, self._table, "deposit_order_id"):
            create_column(self.env.cr, self._table, "deposit_order_id", "int4")
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE account_payment AS payment
                       SET deposit_order_id = paid.order_id
                      FROM (SELECT transaction_id, MIN(sale_order_id) AS order_id
                              FROM sale_order_transaction_rel
                          GROUP BY transaction_id
                            HAVING COUNT(*) = 1) AS paid
                     WHERE payment.payment_transaction_id = paid.transaction_id
                    """
                )
            )
        return super()._auto_init()

    @api.depends("payment_transaction_id.sale_order_ids")
    def _compute_deposit_order_id(self):
        """What is paid online for one order is for that order."""
        for payment in self:
            orders = payment.payment_transaction_id.sale_order_ids
            if len(orders) == 1:
                payment.deposit_order_id = orders
            else:
                payment.deposit_order_id = payment.deposit_order_id
        # What is computed is not told to `write`.
        self.env["funnel.allocation"]._touch(self.move_id._origin)

    @api.depends("payment_type")
    def _compute_money_direction(self):
        for payment in self:
            payment.money_direction = payment.payment_type

    def _inverse_money_direction(self):
        for payment in self:
            if payment.payment_type != payment.money_direction:
                payment.payment_type = payment.money_direction

    @api.onchange("money_direction")
    def _onchange_money_direction(self):
        """All that follows from it follows while the payment is entered."""
        self._inverse_money_direction()

    @api.depends(
        "is_bill",
        "is_matched",
        "maturity_date",
        "move_id.reversal_move_ids.state",
        "state",
    )
    def _compute_bill_state(self):
        today = fields.Date.context_today(self)
        for payment in self:
            if not payment.is_bill:
                payment.bill_state = False
            elif payment.state == "draft":
                payment.bill_state = "draft"
            elif (
                payment.state in ("canceled", "rejected")
                or payment.move_id._is_taken_back()
            ):
                payment.bill_state = "gone"
            elif payment.is_matched:
                payment.bill_state = "cashed"
            else:
                day = payment.maturity_date
                payment.bill_state = "matured" if day and day <= today else "waiting"

    @api.constrains("maturity_date")
    def _check_maturity_date(self):
        for payment in self:
            check_dates(self, {"maturity_date": payment.maturity_date})

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {"deposit_order_id", "payment_method_line_id"}:
            self.env["funnel.allocation"]._touch(self.move_id)
        return result

    def _cancel_with_entries(self) -> None:
        """Cancel payments in whatever state, and keep the entries of drafts: Odoo deletes
        those, which it refuses where others have got later numbers since.

        :raise UserError: the books are closed, or something follows from an entry that
            is to be undone first
        """
        drafts = self.filtered(lambda payment: payment.move_id.state == "draft")
        drafts.move_id.button_cancel()
        drafts.filtered(lambda payment: payment.state != "canceled").state = "canceled"
        (self - drafts).action_cancel()

    def action_post(self):
        for payment in self:
            if payment.is_bill and not payment.maturity_date:
                raise UserError(
                    self.env._(
                        "When does %s mature? Enter the day before it is confirmed.",
                        payment.bill_number or payment.display_name,
                    )
                )
            if payment.is_bill and payment.maturity_date < payment.date:
                raise UserError(
                    self.env._(
                        "%s matures before the day of the payment.",
                        payment.bill_number or payment.display_name,
                    )
                )
        return super().action_post()

    def _get_outstanding_account(self, payment_type):
        # Asked for as well where an entry is wanted by all means: the method's own
        # account goes before that of the company, so bills wait where bills wait.
        own = self.payment_method_line_id.payment_account_id
        return own or super()._get_outstanding_account(payment_type)

    def _generate_journal_entry(self, *args, **kwargs):
        result = super()._generate_journal_entry(*args, **kwargs)
        self.outstanding_account_id._mark_liquidity(holds_money=True)
        return result
