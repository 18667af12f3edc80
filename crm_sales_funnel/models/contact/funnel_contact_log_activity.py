from collections import defaultdict
from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.fields import Domain

from .funnel_contact_log import NAMED

# What decides which activities a contact fulfils.
DECIDING = NAMED | {"channel_id", "date", "user_id"}
# An object of ours in the context is what no request from outside can have there.
MERGED = object()


class FunnelContactLog(models.Model):
    """A contact closes the activities that it fulfils; taken back, or corrected so that
    it does not fulfil them, it opens them."""

    _inherit = "funnel.contact.log"

    closed_activity_ids = fields.Many2many(
        "mail.activity",
        "funnel_contact_log_activity_rel",
        string="Closed Activities",
        readonly=True,
        copy=False,
        context={"active_test": False},
        help="Activities that this contact has fulfilled.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        logs = super().create(vals_list)
        logs.filtered(lambda log: not log.activity_id)._close_activities()
        return logs

    def write(self, vals):
        is_merged = self.env.context.get("funnel_contact_merged") is MERGED
        if is_merged or not DECIDING & vals.keys():
            return super().write(vals)
        former = [(log, log._get_deciding()) for log in self]
        result = super().write(vals)
        changed = self.browse().union(
            *(log for log, deciding in former if log._get_deciding() != deciding)
        )
        changed._open_unfulfilled()
        changed.filtered(lambda log: not log.activity_id)._close_activities()
        return result

    def _get_deciding(self):
        """Return what decides which activities this contact fulfils."""
        log = self.sudo()  # sudo: compared only
        day = log.date and log._get_local_day()
        return log._get_documents(), log.channel_id, log.user_id, day

    def _open_unfulfilled(self):
        """Open the activities again that these contacts have closed and, corrected, do
        not fulfil any more."""
        # sudo: as when they were closed.
        for log in self.sudo().filtered("closed_activity_ids"):
            closed = log.closed_activity_ids
            fulfilled = log._filter_fulfilled(closed)
            if fulfilled != closed:
                log.write(
                    {
                        "activity_id": fulfilled[:1].id,
                        "closed_activity_ids": [Command.set(fulfilled.ids)],
                    }
                )
                (closed - fulfilled).action_unarchive()

    def unlink(self):
        """A contact that is taken back has not been made: all activities that it closed
        are open again."""
        logged_today = self.filtered(lambda log: log._is_logged_today())
        # sudo: the activities are the user's, a document may be somebody else's.
        logged_today = logged_today.sudo()
        activities = logged_today.activity_id | logged_today.closed_activity_ids
        result = super().unlink()
        activities.exists().action_unarchive()
        return result

    def _close_activities(self):
        """Mark the activities as done that these contacts fulfil: of the same
        salesperson, document and channel, and due by the day of the contact. One
        that was made the day before it was planned fulfils the next activity."""
        made = self.filtered(lambda log: not log._is_received_mail())
        activities = made._get_open_activities()
        for log in made:
            fulfilled = log._filter_fulfilled(activities.filtered("active"))
            if fulfilled:
                # sudo: set by the server alone.
                log.sudo().write(
                    {
                        "activity_id": fulfilled[0].id,
                        "closed_activity_ids": [Command.set(fulfilled.ids)],
                    }
                )
                fulfilled.with_context(funnel_contact_logged=True)._action_done(
                    feedback=log.summary
                )

    def _filter_fulfilled(self, activities):
        """Return those of the activities, the earliest first, that this contact
        fulfils."""
        self.ensure_one()
        documents = self._get_documents()
        matching = activities.filtered(
            lambda activity: (
                activity.user_id == self.user_id
                and activity.activity_type_id.contact_channel_id == self.channel_id
                and (activity.res_model, activity.res_id) in documents
            )
        )
        day = self._get_local_day()
        due = matching.filtered(lambda activity: activity.date_deadline <= day)
        if due or day < self._get_day_logged():
            return due
        tomorrow = day + timedelta(days=1)
        return matching.filtered(lambda a: a.date_deadline == tomorrow)[:1]

    def _get_open_activities(self):
        """Return the open activities that may match these contacts, in one query,
        the earliest first."""
        documents = defaultdict(set)
        for log in self:
            for model, res_id in log._get_documents():
                documents[model].add(res_id)
        # sudo: whoever made the contact may close its activity also without the
        # right to write on the document.
        return (
            self.env["mail.activity"]
            .sudo()  # sudo: as said above
            .search(
                Domain("user_id", "in", self.user_id.ids)
                & Domain(
                    "activity_type_id.contact_channel_id", "in", self.channel_id.ids
                )
                & Domain.OR(
                    Domain("res_model", "=", model) & Domain("res_id", "in", list(ids))
                    for model, ids in documents.items()
                ),
                order="date_deadline, id",
            )
        )
