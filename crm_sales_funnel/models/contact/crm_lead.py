from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from .funnel_contact_log_activity import MERGED
from .funnel_contact_mixin import CONTACT_GROUPS

# Documents that tell themselves whose contact it was.
OTHERS = ("order_id", "move_id", "picking_id")


class CrmLead(models.Model):
    """A lead has a next contact of its own, whoever its customer is."""

    _name = "crm.lead"
    _inherit = ["funnel.contact.mixin", "crm.lead"]

    contact_log_ids = fields.One2many(
        "funnel.contact.log",
        "lead_id",
        groups=CONTACT_GROUPS,
    )
    customer_contacts = fields.Char(
        "Contacts with the Customer",
        compute="_compute_customer_contacts",
        groups=CONTACT_GROUPS,
    )

    # Answers the reminders of the Today screen.
    _next_contact_index = models.Index(
        "(next_contact_date, next_contact_user_id) WHERE next_contact_date IS NOT NULL"
    )
    _never_contacted_index = models.Index(
        "(user_id) WHERE last_contact_day IS NULL AND partner_id IS NULL AND active"
    )

    @api.depends("won_status")
    @api.depends_context("formatted_display_name", "lang")
    def _compute_display_name(self):
        """Where one of several is chosen, mark those that are won."""
        result = super()._compute_display_name()
        if self.env.context.get("formatted_display_name"):
            mark = self.env._("Won")
            for lead in self.filtered(lambda lead: lead.won_status == "won"):
                lead.display_name = f"{lead.display_name} `{mark}`"
        return result

    @api.depends("partner_id")
    @api.depends_context("allowed_company_ids", "lang", "tz", "uid")
    def _compute_customer_contacts(self):
        """Tell when the customer was contacted and is to be, to who may read it."""
        for lead in self:
            customer = lead._get_readable_customer()
            lead.customer_contacts = customer._tell_contacts() if customer else False

    def _get_readable_customer(self):
        """Return the company of the customer, none where the user may not read it."""
        # While the lead is being edited, no rule is asked about the record in the form.
        partner = self.partner_id._origin._filtered_access("read")
        return partner.commercial_partner_id._filtered_access("read")

    # ------------------------------------------------------------------
    # Whose it is
    # ------------------------------------------------------------------

    def write(self, vals):
        """What was said to a lead was said to the customer that it is, and not to one
        that it was by mistake."""
        # sudo: who it was, and its contacts, whoever corrects it.
        known = self.sudo()
        former = known.grouped("partner_id") if "partner_id" in vals else {}
        result = super().write(vals)
        for partner, leads in former.items():
            leads._take_contacts_along(partner.commercial_partner_id)
        return result

    def _take_contacts_along(self, former):
        """Let the contacts with these leads be those of their customers now.

        :param former: the customer that they were, or none
        """
        logs = self.contact_log_ids.filtered(
            lambda log: (
                former
                and log.commercial_partner_id == former
                and log.lead_id.partner_id.commercial_partner_id != former
                and not any(log[fname] for fname in OTHERS)
            )
        )
        for customer, moved in logs.grouped(
            lambda log: log.lead_id.partner_id.commercial_partner_id
        ).items():
            moved.partner_id = customer

    def _hold(self):
        """Touch these, so that who is logging a contact with them knows whose they
        are: of two who log one and choose another customer at the same moment, the
        database refuses the second one, and Odoo repeats the request."""
        if self:
            self.env.cr.execute(
                SQL(
                    "UPDATE crm_lead SET write_date = write_date WHERE id IN %s",
                    tuple(self.ids),
                )
            )

    def _get_who_makes_it(self, user):
        """Whoever cannot see the lead any more would not find it: then it is of its
        salesperson."""
        user = super()._get_who_makes_it(user)
        if user in (self.user_id, user.browse()) or self._filter_seen_by(user):
            return user
        reminded = self.user_id._has_contact_reminders()
        return self.user_id if reminded else user.browse()

    # ------------------------------------------------------------------
    # What is planned
    # ------------------------------------------------------------------

    @api.model
    def _get_contact_dates_depends(self):
        return super()._get_contact_dates_depends() + ["team_id", "user_id"]

    def _check_hand_plan(self):
        # sudo: what was planned, by whoever may write it.
        self.sudo().filtered("next_contact_date")._check_not_lost()
        return super()._check_hand_plan()

    def _check_not_lost(self):
        """:raise ValidationError: one of these is lost or archived: nobody would be asked
        for a next contact that is planned with it"""
        if lost := self.filtered(lambda lead: not lead.active):
            raise ValidationError(
                self.env._(
                    "%(lead)s is lost or archived: restore it first, then plan its next "
                    "contact.",
                    lead=lost[0].display_name,
                )
            )

    @api.model
    def _update_who_makes_it(self, limit=None) -> int:
        """Give back to their salespeople the next contacts of open leads whom somebody is
        named for who cannot see them any more: their team has another leader.

        :return: how many were changed
        """
        fnames = ("next_contact_date", "next_contact_user_id", "user_id", "won_status")
        self.flush_model(["active", *fnames])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT next_contact_user_id, array_agg(id ORDER BY id) FROM crm_lead
                 WHERE next_contact_date IS NOT NULL AND active
                   AND won_status <> 'lost'
                   AND next_contact_user_id <> COALESCE(user_id, 0)
                 GROUP BY next_contact_user_id
                """
            )
        )
        hidden = self.browse()
        for user_id, ids in rows:
            leads = self.browse(ids)
            hidden |= leads - leads._filter_seen_by(
                self.env["res.users"].browse(user_id)
            )
        hidden = hidden[:limit]
        hidden._recompute_contact_dates()
        self.env.flush_all()
        return len(hidden)

    # ------------------------------------------------------------------
    # When it goes
    # ------------------------------------------------------------------

    def unlink(self):
        # sudo: whoever may delete a lead deletes what was said about it, as Odoo does
        # with its messages. Contacts with a customer stay, and are nothing but his; what
        # was agreed on about the lead in them goes with it.
        logs = self.sudo().contact_log_ids
        customers = logs.commercial_partner_id
        stay = logs.filtered("partner_id")
        (logs - stay).unlink()
        stay.filtered("next_contact_date").next_contact_date = False
        result = super().unlink()
        customers._recompute_contact_dates()
        return result

    def _merge_dependences(self, opportunities):
        """The contacts of the merged leads go on, with the activities that they have
        closed, and so does the first next contact that was planned. Who is to be
        contacted one by one is this one."""
        # sudo: whoever may merge the leads moves all that hangs on them, as Odoo does
        # with their messages.
        merged, others = self.sudo(), opportunities.sudo()
        vals = merged._prepare_merged_hand_vals(others)
        lines = (merged | others)._get_planned_lines()
        logs = others.contact_log_ids.with_context(funnel_contact_merged=MERGED)
        logs.lead_id = self
        merged.env["funnel.contact.queue.line"].search(
            [("lead_id", "in", others.ids)]
        ).lead_id = self
        merged.env["mail.activity"].search(
            [
                ("res_model", "=", self._name),
                ("res_id", "in", others.ids),
                ("active", "=", False),
            ]
        ).res_id = self.id
        result = super()._merge_dependences(opportunities)
        merged._write_hand(vals)
        merged._tell_other_plans(lines)
        return result

    # ------------------------------------------------------------------
    # From before
    # ------------------------------------------------------------------

    @api.model
    def _carry_over_folded(self):
        """Before, the dates of leads were those of their customers as well, and a contact
        with the customer was one with all its leads: what it has fulfilled stays so."""
        leads = self.with_context(active_test=False).search(
            Domain("next_contact_date", "=", False)
            & (
                Domain("hand_contact_date", "!=", False)
                | Domain("contact_log_ids.next_contact_date", "!=", False)
            )
        )
        leads._recompute_contact_dates()
        leads = leads.filtered("next_contact_date").with_context(tracking_disable=True)
        leads._drop_next_contact()
        self._carry_over_customers()

    @api.model
    def _carry_over_copied(self):
        """Before that, what was planned with leads was copied to their customers: forget
        it there. A date that was over by now, and was not the customer's any more, had
        been replaced there, or done."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT lead.id
                  FROM crm_lead AS lead
                  JOIN res_partner AS member ON member.id = lead.partner_id
                  JOIN res_partner AS customer
                    ON customer.id = member.commercial_partner_id
                 WHERE lead.next_contact_date <= %s
                   AND lead.next_contact_date
                       IS DISTINCT FROM customer.agreed_contact_date
                """,
                fields.Date.today(),
            )
        )
        self.browse(row[0] for row in rows)._drop_next_contact()
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE res_partner AS customer
                   SET hand_contact_date = NULL, hand_contact_user_id = NULL,
                       hand_contact_set_uid = NULL, hand_contact_set_date = NULL,
                       next_contact_mark = 0
                  FROM crm_lead AS lead, res_partner AS member
                 WHERE lead.partner_id = member.id AND lead.active
                   AND member.commercial_partner_id = customer.id
                   AND lead.hand_contact_date = customer.hand_contact_date
                   AND lead.hand_contact_set_date = customer.hand_contact_set_date
             RETURNING customer.id
                """
            )
        )
        self.env.invalidate_all()
        leads = self.with_context(active_test=False)
        leads.search([("next_contact_date", "!=", False)])._recompute_contact_dates()
        copied = self.env["res.partner"].browse(row[0] for row in rows)
        copied._recompute_contact_dates()
        self._carry_over_customers()

    def _drop_next_contact(self):
        """Plan none, whatever was planned before."""
        nobody = self.env["res.users"]
        mark = self._get_hand_mark()
        self._write_hand(self._prepare_hand_vals(False, nobody, mark))

    @api.model
    def _carry_over_customers(self):
        """Let all customers be due by what is their own."""
        customers = self.env["res.partner"].with_context(active_test=False)
        customers.search(
            [("agreed_contact_log_id.lead_id", "!=", False)]
        )._recompute_contact_dates()
        self.env.flush_all()
        customers._update_next_contacts()
