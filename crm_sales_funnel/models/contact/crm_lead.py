from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.sql import column_exists, create_column

from .funnel_contact_log_activity import MERGED
from .funnel_contact_mixin import CONTACT_GROUPS
from .funnel_contact_mixin_hand import NEXT_CONTACT

# Documents that tell themselves whose contact it was.
OTHERS = ("order_id", "move_id", "picking_id")
# Those whose customers are on no list.
OF_NO_CUSTOMER = Domain("contact_customer_id", "=", False) | Domain(
    "contact_customer_id.active", "=", False
)


class CrmLead(models.Model):
    """A lead keeps what was planned with it, whoever its customer is: what a customer is
    due follows from both, and a lead of another one takes its date along."""

    _name = "crm.lead"
    _inherit = ["funnel.contact.mixin", "crm.lead"]

    contact_log_ids = fields.One2many(
        "funnel.contact.log",
        "lead_id",
        groups=CONTACT_GROUPS,
    )
    contact_customer_id = fields.Many2one(
        related="partner_id.commercial_partner_id",
        string="Customer to Contact",
        store=True,
        precompute=True,
        index="btree_not_null",
        groups="base.group_user",
    )

    # Answers the reminders of the Today screen: those of leads that are customers
    # are counted with the customers.
    _next_contact_index = models.Index(
        "(next_contact_date, next_contact_user_id) WHERE next_contact_date IS NOT NULL"
    )
    _never_contacted_index = models.Index(
        "(user_id) WHERE last_contact_day IS NULL AND partner_id IS NULL AND active"
    )

    def _auto_init(self):
        """Fill the customer by SQL where there are leads already. Before it was there,
        what was planned with a lead was copied to its customer."""
        is_new = not column_exists(self.env.cr, self._table, "contact_customer_id")
        is_older = is_new and column_exists(
            self.env.cr, self._table, "next_contact_mark"
        )
        if is_new:
            create_column(self.env.cr, self._table, "contact_customer_id", "int4")
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE crm_lead SET contact_customer_id = commercial_partner_id
                      FROM res_partner WHERE res_partner.id = crm_lead.partner_id
                    """
                )
            )
        result = super()._auto_init()
        if is_older:
            self.pool.post_init(self._carry_over_copied)
        return result

    def _carry_over_copied(self):
        """Forget at the customers what was planned with their leads, which have it, and
        let both be computed again."""
        self.env.flush_all()
        customers = self.env["res.partner"].sudo()  # sudo: all of them
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE res_partner AS partner
                   SET hand_contact_date = NULL, hand_contact_user_id = NULL,
                       hand_contact_set_uid = NULL, hand_contact_set_date = NULL,
                       next_contact_mark = 0
                  FROM crm_lead AS lead
                 WHERE lead.contact_customer_id = partner.id AND lead.active
                   AND lead.hand_contact_date = partner.hand_contact_date
                   AND lead.hand_contact_set_date = partner.hand_contact_set_date
             RETURNING partner.id
                """
            )
        )
        self.env.invalidate_all()
        leads = customers.env[self._name].with_context(active_test=False)
        leads = leads.search(
            Domain("next_contact_date", "!=", False)
            | Domain("hand_contact_date", "!=", False)
        )
        leads._recompute_contact_dates()
        customers = customers.browse(row[0] for row in rows)
        customers._recompute_contact_dates()
        (customers | leads.contact_customer_id)._recompute_next_contact()
        self.env.flush_all()

    # ------------------------------------------------------------------
    # Whose it is
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        leads = super().create(vals_list)
        leads.filtered("next_contact_date")._hold_customers()
        return leads

    def write(self, vals):
        """What was said to a lead was said to the customer that it is, and not to one
        that it was by mistake."""
        if not {"partner_id", "active", *NEXT_CONTACT} & vals.keys():
            return super().write(vals)
        # sudo: who it was, and its contacts, whoever corrects it.
        former = self.sudo().grouped("contact_customer_id")
        result = super().write(vals)
        if "partner_id" in vals:
            for customer, leads in former.items():
                leads._take_contacts_along(customer)
        self._hold_customers()
        return result

    def _take_contacts_along(self, former):
        """Let the contacts with these leads be those of their customers now.

        :param former: the customer that they were, or none
        """
        logs = self.contact_log_ids.filtered(
            lambda log: (
                former
                and log.commercial_partner_id == former
                and log.lead_id.contact_customer_id != former
                and not any(log[fname] for fname in OTHERS)
            )
        )
        for customer, moved in logs.grouped(
            lambda log: log.lead_id.contact_customer_id
        ).items():
            moved.partner_id = customer

    def _hold_customers(self):
        """Touch the customers: of two who plan with a customer and with a lead of it at
        the same moment, the database refuses the second one, and Odoo repeats the
        request. Neither would count what the other one has said otherwise."""
        _touch(self.sudo().contact_customer_id)  # sudo: nothing is changed

    def _hold(self):
        """Touch these, so that who is logging a contact with them knows whose they
        are: see :meth:`_hold_customers`."""
        _touch(self)

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
        return super()._get_contact_dates_depends() + [
            "contact_customer_id.contact_log_ids.date",
            "team_id",
            "user_id",
        ]

    def _read_contacts_elsewhere(self):
        """Who has spoken to the customer has spoken to the lead as well."""
        found = super()._read_contacts_elsewhere()
        logs_by_customer = self.contact_customer_id._read_newest_logs()
        for lead in self:
            logs = logs_by_customer.get(lead.contact_customer_id.id, found[lead])
            found[lead] |= logs._get_newest_made()
        return found

    def _get_kept_fields(self):
        return super()._get_kept_fields() | {"contact_customer_id"}

    # ------------------------------------------------------------------
    # When it goes
    # ------------------------------------------------------------------

    def unlink(self):
        # sudo: whoever may delete a lead deletes what was said about it, as Odoo does
        # with its messages. Contacts with a customer stay, and are nothing but his.
        logs = self.sudo().contact_log_ids
        customers = logs.commercial_partner_id
        logs.filtered(lambda log: not log.partner_id).unlink()
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


def _touch(records):
    """Let no other transaction that has begun change these rows before this one ends."""
    if records:
        records.env.cr.execute(
            SQL(
                "UPDATE %s SET write_date = write_date WHERE id IN %s",
                SQL.identifier(records._table),
                tuple(records.ids),
            )
        )
