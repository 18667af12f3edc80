from odoo import api, models
from odoo.exceptions import RedirectWarning, UserError
from odoo.http import request
from odoo.tools import format_amount

from .funnel_credit_check import Standing
from .funnel_credit_override import OVERRIDE
from .res_partner import DEBT_GROUPS

MOST_NAMES = 3  # whom to ask
GATES = {
    "sale.order": "credit_gate_orders",
    "stock.picking": "credit_gate_deliveries",
    "stock.move": "credit_gate_deliveries",
}


class FunnelCreditCheck(models.AbstractModel):
    """What is said to whom of a refusal: each learns as much of the debts as he or she
    may read, and what to do."""

    _inherit = "funnel.credit.check"

    @api.model
    def _check(self, documents, **options):
        """Refuse orders that are to be confirmed or were changed, or deliveries that are
        to leave.

        :param documents: orders, transfers, or moves that are in none
        :param options: of the method that judges these documents
        :raise UserError: to those who may not override it, with whom to ask
        :raise RedirectWarning: to those who may, with a button
        """
        refusals = self._get_refusals(documents, lock=True, **options)
        if refusals:
            self._refuse(documents, refusals, self._get_way_out(documents, options))

    @api.model
    def _get_refusals(self, documents, lock=False, gates=True, **options):
        """Return the refusals of documents of any companies.

        :param gates: leave out companies that do not refuse anything
        """
        judge = self._get_delivery_refusals
        if documents._name == "sale.order":
            judge = self._get_order_refusals
        gate = GATES[documents._name]
        return [
            refusal
            for company, group in documents.grouped("company_id").items()
            # sudo: what the company of the document has decided.
            if not gates or company.sudo()[gate]
            for refusal in judge(company, group, lock=lock, **options)
        ]

    @api.model
    def _get_way_out(self, documents, options) -> str:
        """Return what to do where the dialog does not help, which validates transfers."""
        if options.get("grown") and not options.get("priced"):
            return self.env._("Deliver what is more by a transfer of its own.")
        if documents._name == "stock.move":
            return self.env._("Deliver it by a transfer, which can be overridden.")
        return ""

    @api.model
    def _refuse(self, documents, refusals, way_out=""):
        user = self.env.user
        self._refuse_customers()
        if way_out:
            message = f"{self._get_message(refusals, advice=False)}\n\n{way_out}"
            raise UserError(message)
        message = self._get_message(refusals)
        # No dialog is seen where Odoo works by itself, or imports a file.
        unseen = self.env.su or self.env.context.get("import_file")
        if unseen or not user.has_group(OVERRIDE):
            raise UserError(message)
        name = "order_ids" if documents._name == "sale.order" else "picking_ids"
        context = {f"default_{name}": [(6, 0, self._get_meant(documents).ids)]}
        if changes := self._get_changes(refusals):
            context["default_changes"] = changes
        raise RedirectWarning(
            message,
            self.env.ref("crm_sales_funnel.funnel_credit_override_wizard_action").id,
            self.env._("Override"),
            context,
        )

    @api.model
    def _refuse_customers(self):
        """:raise UserError: a customer waits for the answer, who learns no reasons"""
        # Who waits: pages for customers work as the superuser.
        if self.env.user.share or request and request.env.user.share:
            raise UserError(
                self.env._(
                    "This cannot be confirmed at the moment. Please get in touch with us."
                )
            )

    @api.model
    def _check_return(self, company, customer, document, amount, in_debts):
        """Refuse that less came back than a transfer says, which is done.

        :param document: the transfer, or its move
        :param amount: how much more is owed by it
        :param in_debts: how much of that is among the debts already
        :raise UserError: the customer is on hold or over a limit
        """
        standing = self._get_standings(company, customer, lock=True).get(customer.id)
        if not standing:
            return
        standing.owed = company.currency_id.round(standing.owed - in_debts)
        refusal = self._judge(document, standing, amount, amount, 0.0)
        if refusal:
            self._refuse_customers()
            raise UserError(
                self.env._(
                    "%(transfer)s is done, and %(customer)s would owe more:\n"
                    "%(reasons)s\n\nDeliver the goods instead.",
                    transfer=document.display_name,
                    customer=customer.display_name,
                    reasons=self._get_bullets(refusal),
                )
            )

    @api.model
    def _get_meant(self, documents):
        """Return what the user wanted to go through with one click."""
        if documents._name == "stock.picking":
            ids = self.env.context.get("button_validate_picking_ids") or []
            return documents | documents.browse(ids)
        return documents

    # ------------------------------------------------------------------
    # Words
    # ------------------------------------------------------------------

    @api.model
    def _get_message(self, refusals, advice=True) -> str:
        """Return why documents are refused, and whom to ask, for the current user."""
        parts = []
        for refusal in refusals:
            title, reasons = self._get_title(refusal), self._get_bullets(refusal)
            parts.append(f"{title}\n{reasons}")
        if advice:
            parts += [self._get_advice(item.standing.company) for item in refusals]
        return "\n\n".join(dict.fromkeys(parts))

    @api.model
    def _get_advice(self, company) -> str:
        """Return what the user can do."""
        if not self.env.su and self.env.user.has_group(OVERRIDE):
            return self.env._("You may override this with a reason.")
        return self.env._(
            "Ask %(names)s, who may override this.",
            names=self._get_contact_names(company),
        )

    @api.model
    def _get_title(self, refusal) -> str:
        customer = refusal.standing.customer.display_name
        # sudo: the name of a document that the user has in hand.
        document = refusal.document.sudo().display_name or ""
        if refusal.is_change and refusal.document._name == "sale.order":
            return self.env._(
                "%(order)s of %(customer)s is not changed:",
                order=document,
                customer=customer,
            )
        if refusal.document._name == "sale.order":
            return self.env._(
                "%(order)s of %(customer)s is not confirmed:",
                order=document,
                customer=customer,
            )
        return self.env._(
            "The goods of %(delivery)s for %(customer)s do not leave:",
            delivery=document,
            customer=customer,
        )

    @api.model
    def _get_bullets(self, refusal) -> str:
        return "\n".join(f"• {reason}" for reason in self._get_reasons(refusal))

    @api.model
    def _get_reasons(self, refusal) -> list[str]:
        """Return the reasons in words, with amounts for those who may know them."""
        standing = refusal.standing
        reasons = self._get_hold_reasons(standing)
        if self._may_read_debts(standing):
            reasons += self._get_late_reasons(standing)
            reasons += self._get_limit_reasons(refusal)
            return reasons
        if standing.is_overdue or standing.is_too_old:
            reasons.append(self.env._("the customer pays late"))
        if refusal.excess:
            reasons.append(self.env._("the customer is over the credit limit"))
        return reasons

    @api.model
    def _get_hold_reasons(self, standing) -> list[str]:
        """What somebody wrote why the customer is on hold may tell of debts as well."""
        if not standing.holds:
            return []
        if not self._may_read_debts(standing):
            return [self.env._("the customer is on credit hold")]
        # sudo: who may read the debts may know why.
        return [hold._get_words() for hold in standing.holds.with_env(self.env).sudo()]

    @api.model
    def _get_late_reasons(self, standing) -> list[str]:
        reasons = []
        if standing.is_overdue:
            reasons.append(
                self.env._(
                    "%(overdue)s are overdue, at most %(limit)s may be",
                    overdue=self._format(standing.overdue, standing),
                    limit=self._format(standing.overdue_limit, standing),
                )
            )
        if standing.is_too_old:
            reasons.append(
                self.env._(
                    "the oldest debt is of %(days)s days ago, at most %(limit)s are"
                    " allowed",
                    days=standing.oldest_days,
                    limit=standing.max_debt_age,
                )
            )
        return reasons

    @api.model
    def _get_limit_reasons(self, refusal) -> list[str]:
        """Return what is owed, and what is missing when that is too much."""
        standing = refusal.standing
        owed = self.env._("owes %(owed)s", owed=self._format(standing.owed, standing))
        if standing.overdue:
            owed = self.env._(
                "%(owed)s, of it overdue %(overdue)s",
                owed=owed,
                overdue=self._format(standing.overdue, standing),
            )
        if standing.promised:
            owed = self.env._(
                "%(owed)s; ordered and not delivered: %(promised)s",
                owed=owed,
                promised=self._format(standing.promised, standing),
            )
        if refusal.before:
            owed = self.env._(
                "%(owed)s; others that you chose: %(before)s",
                owed=owed,
                before=self._format(refusal.before, standing),
            )
        reasons = [owed]
        amount = refusal.amount
        if refusal.has_left:  # what is ordered is among the debts already
            amount = refusal.total - standing.owed - refusal.before
        if refusal.excess and standing.company.currency_id.is_zero(amount):
            reasons.append(
                self.env._(
                    "the credit limit is %(limit)s: %(excess)s too much",
                    limit=self._format(standing.credit_limit, standing),
                    excess=self._format(refusal.excess, standing),
                )
            )
        elif refusal.excess:
            reasons.append(
                self.env._(
                    "this is %(amount)s, the credit limit %(limit)s: %(excess)s too much",
                    amount=self._format(amount, standing),
                    limit=self._format(standing.credit_limit, standing),
                    excess=self._format(refusal.excess, standing),
                )
            )
        return reasons

    @api.model
    def _format(self, amount, standing) -> str:
        return format_amount(self.env, amount, standing.company.currency_id)

    # ------------------------------------------------------------------
    # Who knows what
    # ------------------------------------------------------------------

    @api.model
    def _may_read_debts(self, standing) -> bool:
        """Tell whether the user reads what the customer owes, as the record rules of
        the report have it; of one who owes nothing there is no row to ask."""
        user = self.env.user
        # Odoo itself, in the mails and logs of what it does alone.
        if user._is_superuser():
            return True
        if not user.has_groups(DEBT_GROUPS) or standing.company not in user.company_ids:
            return False
        report = self.env["funnel.receivable.report"].with_user(user)
        report = report.with_context(allowed_company_ids=standing.company.ids)
        customer = standing.customer
        values = {
            "partner_id": customer.id,
            "user_id": customer.user_id.id,
            "team_id": customer.user_id.sale_team_id.id,
            "company_id": standing.company.id,
        }
        row = report.sudo().new(values)  # sudo: only to hold it against the rules
        rules = self.env["ir.rule"].with_env(report.env)
        return bool(row.filtered_domain(rules._compute_domain(report._name, "read")))

    @api.model
    def _get_contact_names(self, company) -> str:
        """Return whom to ask: who is named in the settings, else those who may override
        what is refused."""
        company = company.sudo()  # sudo: names of colleagues
        if company.credit_contact_id:
            return company.credit_contact_id.name
        override = self.env.ref(OVERRIDE).sudo()  # sudo: as above
        users = override.all_user_ids.filtered(
            lambda user: user.active and not user.share and company in user.company_ids
        )
        names = users[:MOST_NAMES].mapped("name")
        return ", ".join(names) or self.env._("your administrator")

    # ------------------------------------------------------------------
    # Notices on documents that are still open
    # ------------------------------------------------------------------

    @api.model
    def _get_notices(self, documents) -> dict:
        """Return document -> why it would be refused now, for the current user."""
        options = {}
        if documents._name == "stock.picking":
            options = {"planned": True, "later": True}
        return {
            refusal.document.with_env(documents.env): self._get_notice(
                refusal.standing, self._get_reasons(refusal)
            )
            for refusal in self._get_refusals(documents, **options)
        }

    @api.model
    def _get_hold_notices(self, orders) -> dict:
        """Return order -> that its customer is on hold, for the current user."""
        customers = orders.partner_invoice_id.commercial_partner_id
        found = self.env["funnel.credit.hold"]._get_active(orders.company_id, customers)
        notices = {}
        for order in orders:
            customer = order.partner_invoice_id.commercial_partner_id
            if holds := found.get((order.company_id.id, customer.id)):
                standing = Standing(order.company_id, customer, holds)
                reasons = self._get_hold_reasons(standing)
                notices[order] = self._get_notice(standing, reasons)
        return notices

    @api.model
    def _get_notice(self, standing, reasons) -> str:
        return self.env._(
            "%(customer)s: %(reasons)s. %(whom)s",
            customer=standing.customer.display_name,
            reasons="; ".join(reasons),
            whom=self._get_advice(standing.company),
        )
