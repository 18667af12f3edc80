from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_amount

PROMISED = {"outcome_id", "promised_date", "promised_amount", "partner_id", "lead_id"}


class FunnelContactLog(models.Model):
    """A customer who says in a contact by when he pays: noted as a promise, where the
    user may take one and sees what is owed; else it is kept here in words."""

    _inherit = "funnel.contact.log"

    is_promise = fields.Boolean("Asks for a Promise", related="outcome_id.is_promise")
    currency_id = fields.Many2one(
        "res.currency",
        compute="_compute_promise_hint",
        help="The currency in which the customer owes.",
    )
    promised_date = fields.Date("Promised for", copy=False)
    promised_amount = fields.Monetary(
        "Amount Promised",
        copy=False,
        aggregator=None,
        help="Nothing for all that is due by then.",
    )
    promise_id = fields.Many2one(
        "funnel.payment.promise",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    promise_hint = fields.Char(compute="_compute_promise_hint")

    _promised_sensible = models.Constraint(
        "CHECK (promised_amount >= 0 AND promised_amount < 1e13)",
        "The amount promised is no number below zero.",
    )

    @api.depends("outcome_id", "partner_id", "move_id", "promised_date", "promise_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_promise_hint(self):
        """Say what is open by then, or why no promise will be noted: asked for in the
        dialog alone, one contact at a time."""
        for log in self:
            asks = log.is_promise and not log._origin
            promise = asks and log._prepare_promise()
            if promise and promise.item_ids:
                open_amount = sum(promise._get_residuals(promise.item_ids).values())
                log.currency_id = promise.currency_id
                log.promise_hint = self.env._(
                    "Open by then: %(amount)s",
                    amount=format_amount(self.env, open_amount, promise.currency_id),
                )
            else:
                currency = log.promise_id.currency_id or log.company_id.currency_id
                log.currency_id = currency
                log.promise_hint = asks and log._get_no_promise()

    def _get_no_promise(self) -> str:
        return self.env._(
            "Kept in the contact log only: nothing is open by then that you may see,"
            " or it is promised already."
        )

    def _prepare_promise(self):
        """Return an unsaved promise of what this contact was about: of its invoice, if
        anything of that is open, else of all that is due by then. None where the user
        may take no promises."""
        self.ensure_one()
        promises = self.env["funnel.payment.promise"]
        customer = self.commercial_partner_id or self.partner_id.commercial_partner_id
        if not customer or not promises.has_access("create"):
            return None
        day = self.promised_date or fields.Date.context_today(self)
        values = {
            "partner_id": customer.id,
            "company_id": self.company_id.id,
            "date_due": day,
        }
        if move := self.move_id:
            promise = promises.new({**values, "currency_id": move.currency_id.id})
            items = promise._get_items_report().search(
                [
                    ("move_id", "in", move.ids),
                    ("residual_currency", ">", 0),
                    ("promise_id", "=", False),
                    ("is_disputed", "=", False),
                ]
            )
            if items:
                promise.item_ids = items
                return promise
        promise = promises.new(values)
        promise.currency_id = promise._get_usual_currency()
        promise.item_ids = promise._get_default_items()
        return promise

    @api.onchange("outcome_id")
    def _onchange_outcome_id(self):
        if not self.is_promise:
            self.promised_date = self.promised_amount = False

    @api.constrains("promised_date")
    def _check_promised_date(self):
        for log in self:
            if log.promised_date and log.promised_date < log._get_local_day():
                raise ValidationError(
                    self.env._(
                        "A promise to pay is for the day of the contact, or later."
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        logs = super().create(vals_list)
        logs._take_promises()
        return logs

    def write(self, vals):
        result = super().write(vals)
        if PROMISED & vals.keys():
            self._take_promises()
        return result

    def _take_promises(self):
        """Note the promises that these contacts state and that are not noted yet; tell
        the user which ones are not."""
        for log in self:
            if not (log.is_promise and log.promised_date) or log.promise_id:
                continue
            today = fields.Date.context_today(self)
            promise = log._prepare_promise() if log.promised_date >= today else None
            if promise and promise.item_ids:
                log.promise_id = promise.create(log._prepare_promise_vals(promise))
            else:
                log._tell_no_promise()

    def _prepare_promise_vals(self, promise):
        items = promise.item_ids
        return {
            "partner_id": promise.partner_id.id,
            "company_id": promise.company_id.id,
            "currency_id": promise.currency_id.id,
            "date_due": self.promised_date,
            "amount": self.promised_amount
            or sum(promise._get_residuals(items).values()),
            "item_ids": [Command.set(items.ids)],
            "contact_id": self.contact_id.id,
            "note": self.summary,
        }

    def _tell_no_promise(self):
        if self.env.user._is_internal() and not self.env.su:
            self.env.user._bus_send(
                "simple_notification",
                {"type": "warning", "message": self._get_no_promise()},
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_promise(self):
        # sudo: that there is a promise, by whomever it may be changed.
        for log in self.filtered(lambda log: log.promise_id.sudo().state == "open"):
            raise UserError(
                self.env._(
                    "A promise to pay was noted with the contact with %(name)s. Cancel"
                    " the promise first.",
                    name=log.partner_id.name,
                )
            )
