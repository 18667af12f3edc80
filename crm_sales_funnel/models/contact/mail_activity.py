from odoo import api, models
from odoo.tools import html2plaintext

# What decides which customer an activity is a planned contact of, and when.
PLANNED = frozenset(
    {
        "active",
        "activity_type_id",
        "date_deadline",
        "res_id",
        "res_model",
        "res_model_id",
        "user_id",
    }
)


class MailActivity(models.Model):
    _inherit = "mail.activity"

    # A planned call, mail or meeting may be the next contact of its customer.

    @api.model_create_multi
    def create(self, vals_list):
        activities = super().create(vals_list)
        activities._get_planned_customers()._recompute_next_contact()
        return activities

    def write(self, vals):
        customers = self.env["res.partner"]
        if PLANNED & vals.keys():
            customers = self._get_planned_customers()
        result = super().write(vals)
        if PLANNED & vals.keys():
            (customers | self._get_planned_customers())._recompute_next_contact()
        return result

    def unlink(self):
        customers = self._get_planned_customers()
        result = super().unlink()
        customers._recompute_next_contact()
        return result

    def _get_planned_customers(self):
        """Return the customers that these activities are planned for."""
        # sudo: whoever handles the activity, its customer is contacted accordingly.
        activities = self.sudo().filtered(lambda a: a.res_model == "res.partner")
        people = activities.env["res.partner"].browse(activities.mapped("res_id"))
        return people.exists().commercial_partner_id

    def _action_done(self, feedback=False, attachment_ids=None):
        """A call, mail or meeting that is done is a contact: log it."""
        if self.env.context.get("funnel_contact_logged"):
            return super()._action_done(feedback, attachment_ids)
        # Read before: activities of lost documents are deleted.
        vals_list = self._prepare_contact_vals_list(feedback)
        result = super()._action_done(feedback, attachment_ids)
        # When two users do it at the same moment, the second one is told so here by the
        # database, and Odoo repeats the request: then the activity is done already.
        self.env["mail.activity"].flush_model(["active"])
        # sudo: an activity may be done for somebody else, or on a document that the
        # user may not read.
        self.env["funnel.contact.log"].sudo().create(vals_list)
        return result

    def _prepare_contact_vals_list(self, feedback):
        """Return the values of the contacts that these activities were."""
        # sudo: as in Odoo, who may do the activity need not see its document.
        activities = (self.sudo() - self._get_logged()).filtered(
            lambda activity: (
                activity.active
                and activity.res_model
                and activity.activity_type_id.contact_channel_id
                and activity._get_contact_maker()
            )
        )
        vals_list = []
        for model, same_model in activities.grouped("res_model").items():
            # sudo: as above.
            documents = self.env[model].sudo().browse(same_model.mapped("res_id"))
            documents = {document.id: document for document in documents.exists()}
            for activity in same_model:
                document = documents.get(activity.res_id)
                vals = document is not None and activity._prepare_contact_vals(
                    document, feedback
                )
                if vals:
                    vals_list.append(vals)
        return vals_list

    def _get_contact_maker(self):
        """Return whose contact it is when the activity is done: who was to make it, else
        who has made it; empty where neither works with the addon."""
        return next(
            (user for user in (self.user_id, self.env.user) if user._funnel_has_role()),
            self.env["res.users"],
        )

    def _get_logged(self):
        """Return those of these activities that are contacts already: they were done
        before and have been reopened."""
        # sudo: also contacts that the user cannot read.
        logs = self.env["funnel.contact.log"].sudo()
        return logs.search([("activity_id", "in", self.ids)]).activity_id

    def _prepare_contact_vals(self, document, feedback):
        vals = self.env["funnel.contact.log"]._prepare_document_vals(document)
        return vals and {
            **vals,
            "channel_id": self.activity_type_id.contact_channel_id.id,
            "user_id": self._get_contact_maker().id,
            "summary": feedback or self.summary or html2plaintext(self.note or ""),
            "activity_id": self.id,
        }
