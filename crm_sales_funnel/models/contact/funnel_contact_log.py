from datetime import datetime, timedelta

import pytz
from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain

from .kept_fields import written

MODULE = "crm_sales_funnel"
SALE_MOVES = ("out_invoice", "out_refund", "out_receipt")

# Where a contact may be logged: the field that keeps the document, and which of the
# model's records deal with a customer.
DOCUMENTS = {
    "res.partner": ("partner_id", Domain("partner_share", "=", True)),
    "crm.lead": ("lead_id", Domain.TRUE),
    "sale.order": ("order_id", Domain.TRUE),
    "account.move": ("move_id", Domain("move_type", "in", SALE_MOVES)),
    "stock.picking": ("picking_id", Domain("picking_type_code", "=", "outgoing")),
}

# What tells whom a contact was with and what about.
NAMED = frozenset({"contact_id", *(fname for fname, _domain in DOCUMENTS.values())})

# What tells another one of them, or may be told by it.
TOLD_BY_OTHERS = NAMED - {"contact_id"}
PLANNED = frozenset({"next_contact_date", "next_contact_in", "next_contact_user_id"})

# What the server notes by itself: an activity or a mail that the contact was.
FIXED = frozenset({"activity_id", "closed_activity_ids", "message_id"})

EARLIEST = datetime(1970, 1, 1)

MOST_YEARS = 2  # a date that is further away was mistyped

NEXT_CONTACT_STEPS = {
    "3d": relativedelta(days=3),
    "1w": relativedelta(weeks=1),
    "1m": relativedelta(months=1),
}


class FunnelContactLog(models.Model):
    """One contact that was made with a customer or a lead, by whatever channel."""

    _name = "funnel.contact.log"
    _description = "Contact Log"
    _order = "date DESC, id DESC"
    _check_company_auto = True

    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        compute="_compute_partner_id",
        store=True,
        readonly=False,
        precompute=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id",
        string="Company of the Customer",
        store=True,
        precompute=True,
    )
    customer_level_id = fields.Many2one(
        related="commercial_partner_id.customer_level_id"
    )
    contact_id = fields.Many2one(
        "res.partner",
        string="Person",
        compute="_compute_contact_id",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
        domain="[('commercial_partner_id', '=', commercial_partner_id),"
        " ('id', '!=', commercial_partner_id)]",
    )
    channel_id = fields.Many2one(
        "funnel.contact.channel", required=True, index=True, ondelete="restrict"
    )
    direction = fields.Selection(
        [("outgoing", "By us"), ("incoming", "By the customer")],
        string="Started",
        required=True,
        default="outgoing",
    )
    date = fields.Datetime(
        string="When", required=True, default=fields.Datetime.now, index=True
    )
    duration = fields.Float(help="Hours and minutes.", aggregator="sum")
    user_id = fields.Many2one(
        "res.users",
        string="Salesperson",
        required=True,
        default=lambda self: self.env.user,
        domain="[('share', '=', False)]",
    )
    team_id = fields.Many2one(
        "crm.team",
        string="Sales Team",
        compute="_compute_team_id",
        store=True,
        readonly=False,
        precompute=True,
        index=True,
        ondelete="set null",
    )
    summary = fields.Text(string="What Was Said")
    outcome_id = fields.Many2one(
        "funnel.contact.outcome", string="Result", index=True, ondelete="restrict"
    )
    next_contact_date = fields.Date(string="Next Contact")
    next_contact_in = fields.Selection(
        [("3d", "+3 d"), ("1w", "+1 w"), ("1m", "+1 m")],
        string="Next Contact in",
        compute="_compute_next_contact_in",
        readonly=False,
    )
    next_contact_user_id = fields.Many2one(
        "res.users",
        string="Next Contact by",
        compute="_compute_next_contact_user_id",
        store=True,
        readonly=False,
        precompute=True,
        domain="[('share', '=', False)]",
        help="Who shall contact the customer next.",
    )
    lead_id = fields.Many2one(
        "crm.lead",
        check_company=True,
        domain="[('partner_id.commercial_partner_id', '=', commercial_partner_id),"
        " '|', ('won_status', '=', 'pending'),"
        " '&', ('won_status', '=', 'won'), ('next_contact_date', '!=', False)]",
    )
    order_id = fields.Many2one(
        "sale.order",
        string="Sales Order",
        index="btree_not_null",
        check_company=True,
    )
    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        index="btree_not_null",
        domain=[("move_type", "in", SALE_MOVES)],
        check_company=True,
    )
    picking_id = fields.Many2one(
        "stock.picking",
        string="Delivery",
        index="btree_not_null",
        domain=[("picking_type_code", "=", "outgoing")],
        check_company=True,
    )
    activity_id = fields.Many2one("mail.activity", readonly=True, copy=False)
    message_id = fields.Many2one(
        "mail.message", string="Mail", readonly=True, copy=False
    )
    company_id = fields.Many2one(
        "res.company",
        compute="_compute_company_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        index=True,
    )

    _customer_date_index = models.Index("(commercial_partner_id, date DESC, id DESC)")
    _lead_date_index = models.Index(
        "(lead_id, date DESC, id DESC) WHERE lead_id IS NOT NULL"
    )
    _user_date_index = models.Index("(user_id, date)")
    # An activity or a mail is one contact, however often it is handled.
    _activity_unique = models.UniqueIndex(
        "(activity_id) WHERE activity_id IS NOT NULL",
        "This activity is logged already.",
    )
    _message_unique = models.UniqueIndex(
        "(message_id) WHERE message_id IS NOT NULL", "This mail is logged already."
    )

    # Neither is a number that is no number: PostgreSQL ranks that above all others.
    _duration_sensible = models.Constraint(
        "CHECK (duration >= 0 AND duration < 1000)",
        "A contact takes no less than 0 hours and less than 1000.",
    )

    @api.constrains("date")
    def _check_date(self):
        """A contact that lies in the future, by a mistyped year, would be the newest
        one until then, and fulfil whatever is planned."""
        # Clocks differ, and so do the hours that a day begins at.
        latest = fields.Datetime.now() + relativedelta(days=1)
        if any(not EARLIEST <= log.date <= latest for log in self):
            raise ValidationError(
                self.env._(
                    "A contact has been made already, in 1970 or later. Plan one that"
                    " is to be made as the next contact."
                )
            )

    @api.constrains("next_contact_date", "date")
    def _check_next_contact_date(self):
        """It would silence the customer as well, or be fulfilled already."""
        latest = fields.Date.today() + relativedelta(years=MOST_YEARS)
        for log in self.filtered("next_contact_date"):
            earliest = log.date.date() - timedelta(days=1)  # somewhere
            if not earliest <= log.next_contact_date <= latest:
                raise ValidationError(
                    self.env._(
                        "The next contact comes after this one, and within %(years)s "
                        "years: look at the year.",
                        years=MOST_YEARS,
                    )
                )

    @api.constrains("next_contact_date", "next_contact_user_id")
    def _check_next_contact_user_id(self):
        planned = self.filtered("next_contact_date")
        planned.next_contact_user_id._check_has_contact_reminders()

    @api.constrains("partner_id", "lead_id")
    def _check_whom(self):
        if any(not log.partner_id and not log.lead_id for log in self):
            raise ValidationError(
                self.env._("Choose the customer or the lead that was contacted.")
            )

    @api.depends(
        "lead_id.partner_id",
        "order_id.partner_id",
        "move_id.partner_id",
        "picking_id.partner_id",
    )
    def _compute_partner_id(self):
        """A lead's contacts become those of the customer that it turns into."""
        for log in self:
            log.partner_id = (
                log.partner_id or log._get_document_partner().commercial_partner_id
            )

    @api.depends("partner_id", "lead_id", "order_id", "move_id", "picking_id")
    def _compute_contact_id(self):
        for log in self:
            company = log.partner_id.commercial_partner_id
            persons = (log.contact_id, log._get_document_partner(), log.partner_id)
            log.contact_id = next(
                (
                    person
                    for person in persons
                    if person != company and person.commercial_partner_id == company
                ),
                False,
            )

    @api.depends("user_id", "lead_id", "order_id", "move_id")
    def _compute_team_id(self):
        for log in self:
            log.team_id = (
                log.lead_id.team_id
                or log.order_id.team_id
                or log.move_id.team_id
                or log.user_id.sale_team_id
            )

    @api.depends("partner_id", "lead_id", "order_id", "move_id", "picking_id")
    def _compute_company_id(self):
        for log in self:
            log.company_id = (
                log.lead_id.company_id
                or log.order_id.company_id
                or log.move_id.company_id
                or log.picking_id.company_id
                or log._get_customer_company()
                or log.company_id
                or self.env.company
            )

    def _get_customer_company(self):
        """Return whose customer it is; its branches log their contacts as theirs."""
        company = self.partner_id.company_id
        return self.env.company if company & self.env.company.parent_ids else company

    @api.depends("partner_id", "lead_id", "user_id")
    def _compute_next_contact_user_id(self):
        """Where a lead becomes a customer, or another's, whom people have agreed on
        stays."""
        for log in self:
            users = (
                log.next_contact_user_id
                if log.id and log.lead_id
                else self.env.user.browse(),
                log.lead_id.user_id,
                log.commercial_partner_id.user_id,
                log.user_id,
            )
            log.next_contact_user_id = next(
                (user for user in users if log._may_make_next(user)), False
            )

    @api.depends("next_contact_date")
    def _compute_next_contact_in(self):
        steps = {date: step for step, date in self._get_next_contact_dates().items()}
        for log in self:
            log.next_contact_in = steps.get(log.next_contact_date)

    @api.depends("channel_id", "partner_id", "lead_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_display_name(self):
        for log in self:
            whom = log.partner_id.name or log._get_readable_lead().name
            log.display_name = " · ".join(filter(None, (log.channel_id.name, whom)))

    @api.onchange("next_contact_in")
    def _onchange_next_contact_in(self):
        dates = self._get_next_contact_dates()
        if self.next_contact_in:
            self.next_contact_date = dates[self.next_contact_in]
        elif self.next_contact_date in dates.values():
            self.next_contact_date = False  # the chosen button was pressed again

    @api.model_create_multi
    def create(self, vals_list):
        fnames = set().union(*vals_list)
        self._check_fixed(dict.fromkeys(fnames))
        logs = super().create(vals_list)
        logs._check_readable(fnames | NAMED)
        return logs

    @api.ondelete(at_uninstall=False)
    def _unlink_except_past(self):
        """What was logged by mistake is taken back on the same day, by whose contact it
        is; managers delete any. A mail that was sent has been sent."""
        user = self.env.user
        if self.env.su or user.has_group(f"{MODULE}.group_funnel_manager"):
            return
        for log in self:
            if log.user_id != user or not log._is_logged_today() or log.message_id:
                raise AccessError(
                    self.env._(
                        "You can take back what you have logged today, but no mails. "
                        "Ask a manager to delete other contacts, or correct yours."
                    )
                )

    def _is_logged_today(self) -> bool:
        """Return whether it was entered today, as its salesperson's calendar has it."""
        return self._get_day_logged() == self._to_local_day(fields.Datetime.now())

    def _get_day_logged(self):
        """Return the day on which it was entered, as its salesperson's calendar has
        it."""
        return self._to_local_day(self.create_date)

    def write(self, vals):
        """Who may write what is his or hers alone cannot give it to somebody else."""
        self._check_fixed(vals)
        result = super().write(vals)
        if "user_id" in vals:
            self.check_access("write")
        fnames = set(vals)
        if not TOLD_BY_OTHERS.isdisjoint(vals):
            fnames |= NAMED  # one may tell another: an order tells its customer
        elif not PLANNED.isdisjoint(vals):
            fnames.add("lead_id")  # whose next contact it is
        self._check_readable(fnames)
        return result

    def _check_fixed(self, vals):
        """:raise AccessError: somebody says that another's activity or mail was this
        contact: it would tell of it, and open it again"""
        if written(self.env, FIXED, vals):
            raise AccessError(
                self.env._("Activities and mails are logged by marking them as done.")
            )

    def _check_readable(self, fnames):
        """Nobody logs a contact with whom or on what he or she may not read: the contact
        would tell its name and its customer, and plan its next contact.

        :param fnames: names of the fields that were written
        """
        if self.env.su:
            return
        logs = self.sudo()  # sudo: which they are, also those that would be left out
        for fname in set(fnames) - {"photo_ids"}:
            field = self._fields.get(fname)
            if field and field.type in ("many2one", "many2many"):
                records = logs[fname]
                # Many have no right to models that they log nothing on.
                if records:
                    records.with_env(self.env).check_access("read")

    def action_quote(self):
        """Save the contact and open a new quotation for its customer."""
        self.ensure_one()
        context = {
            "default_partner_id": self.partner_id.id,
            "default_opportunity_id": self.lead_id.id,
            "default_origin": self.lead_id.name,
        }
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New Quotation"),
            "res_model": "sale.order",
            "views": [(False, "form")],
            "context": {key: value for key, value in context.items() if value},
        }

    def _get_document_partner(self):
        self.ensure_one()
        return (
            self.order_id.partner_id
            or self.move_id.partner_id
            or self.picking_id.partner_id
            or self.lead_id.partner_id
        )

    def _get_next_contact_dates(self):
        """Return the date that each button for the next contact stands for."""
        today = fields.Date.context_today(self)
        return {step: today + delta for step, delta in NEXT_CONTACT_STEPS.items()}

    def _get_local_day(self):
        """Return the day of the contact, as its salesperson's calendar has it."""
        return self._to_local_day(self.date)

    def _is_made_by(self, date, user) -> bool:
        """Return whether it was made on a day or after it, where the salesperson is or
        where a colleague is who has planned it for that day."""
        days = (self._to_local_day(self.date, whose) for whose in self.user_id | user)
        return max(days) >= date

    def _to_local_day(self, moment, user=None):
        """Return the day of a time in UTC, as the calendar of a user has it: else that of
        the salesperson."""
        self.ensure_one()
        # sudo: nothing but the time zone of a colleague.
        zone = self.with_context(tz=(user or self.user_id).sudo().tz).env.tz
        return pytz.utc.localize(moment).astimezone(zone).date()

    # What Odoo does by itself: activities and mails are contacts too.

    @api.model
    def _prepare_document_vals(self, record):
        """Return the values that tie a contact to a document.

        :param record: one record of any model
        :return: dict, or None where contacts are not logged
        """
        fname, domain = DOCUMENTS.get(record._name, (None, Domain.FALSE))
        if not record.filtered_domain(domain):
            return None
        if record._name == "res.partner":
            company = record.commercial_partner_id
            return {
                "partner_id": company.id,
                "contact_id": record.id if record != company else False,
            }
        if record._name != "crm.lead" and not record.partner_id:
            return None
        return {fname: record.id}

    def _get_said(self) -> str:
        """Return how and by whom the contact was made and what was said, as far as the
        user may read it; empty for none."""
        log = self._filtered_access("read")
        parts = (log.channel_id.name, log.user_id.name, log.summary)
        return " · ".join(filter(None, parts))

    def _get_documents(self):
        """Return (model, id) of what the contact was about; with no document, of
        the customer and the person."""
        self.ensure_one()
        documents = {
            (model, self[fname].id)
            for model, (fname, _domain) in DOCUMENTS.items()
            if model != "res.partner" and self[fname]
        }
        people = self.partner_id | self.commercial_partner_id | self.contact_id
        return documents or {("res.partner", person.id) for person in people}
