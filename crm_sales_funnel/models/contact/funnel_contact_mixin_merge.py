from datetime import datetime

from markupsafe import Markup

from odoo import models
from odoo.tools.misc import format_date


class FunnelContactMixin(models.AbstractModel):
    """What becomes of the next contacts of records that are merged."""

    _inherit = "funnel.contact.mixin"

    def _prepare_merged_hand_vals(self, others):
        """Return what is planned by hand when others are merged into this one, before
        their contacts are its own: the earliest next contact of all that are asked for,
        by whomever it was said; where there is none, the fulfilled one that was said
        last: a contact that is taken back brings it back."""
        merged = self | others
        # Nobody is asked about who is lost or archived, unless all of them are.
        asked = merged.filtered("active") or merged
        stated = merged._get_newest_stated()
        first = asked._get_first_planned()
        if not first:
            if stated in (merged - asked).agreed_contact_log_id:
                nobody = self.env["res.users"]
                return self._prepare_hand_vals(False, nobody, stated.id + 1)
            by_hand = asked.filtered("hand_contact_date")
            last = max(by_hand, key=_get_moment, default=asked[:1])
            return last._get_hand_vals()
        if stated and first.agreed_contact_log_id == stated:
            # What was said by hand before this contact is over.
            mark = min(self.next_contact_mark, stated.id)
            return self._get_hand_vals() | {"next_contact_mark": mark}
        vals = first._get_agreed_as_hand_vals()
        vals["next_contact_mark"] = max(vals["next_contact_mark"], stated.id + 1)
        if not first[self._agreed_fields[1]]._has_contact_reminders():
            vals["hand_contact_user_id"] = self._get_next_contact_user().id
        return vals

    def _get_first_planned(self):
        """Return the one whose next contact, as people have agreed on, is the first;
        none where nothing is agreed."""
        date = self._agreed_fields[0]
        planned = self.filtered(date)
        return planned.sorted(lambda r: (r[date], bool(r.agreed_contact_log_id)))[:1]

    def _get_newest_stated(self):
        """Return the newest contact of all these that states the next one, or none."""
        logs = self.env["funnel.contact.log"]
        logs = logs.union(*self._read_newest_logs().values())
        return logs.filtered(self._is_stated_by)._get_newest()

    def _get_hand_vals(self):
        """Return what is kept of what was planned by hand, as it is written."""
        computed = self.pool.field_computed[self._fields["hand_contact_date"]]
        vals = {field.name: self[field.name] for field in computed}
        return self._convert_to_write(vals)

    def _get_agreed_as_hand_vals(self):
        """Return what holds of this one as if it was planned by hand: a contact may be
        older than others of the one that it is merged into."""
        vals = self._get_hand_vals()
        log = self.agreed_contact_log_id
        if not log:
            return vals
        date, user = (self[fname] for fname in self._agreed_fields)
        return vals | {
            "hand_contact_date": date,
            "hand_contact_user_id": user.id,
            "hand_contact_set_uid": log.user_id.id,
            "hand_contact_set_date": log.date,
            "next_contact_mark": log.id + 1,
        }

    def _get_planned_lines(self):
        """Return what is planned with these: tuples of the date and, in words, when, by
        whom and why."""
        date, user = self._agreed_fields
        lines = []
        for record in self.filtered(date):
            day, name = format_date(self.env, record[date]), record[user].name
            words = filter(None, (day, name, record._explain_agreed()))
            lines.append((record[date], " · ".join(words)))
        return sorted(lines)

    def _tell_other_plans(self, lines):
        """Note in the chatter what was planned with those that have become this one, and
        is not what is planned now: nothing is lost without a word.

        :param lines: as of :meth:`_get_planned_lines`
        """
        others = [
            Markup("<li>%s</li>") % words
            for date, words in lines
            if date != self[self._agreed_fields[0]]
        ]
        if others:
            told = self.env._("Next contacts that were planned as well:")
            body = Markup("<p>%s</p><ul>%s</ul>") % (told, Markup().join(others))
            self._message_log(body=body)


def _get_moment(record):
    """Return when the next contact was planned by hand."""
    return record.hand_contact_set_date or datetime.min, record.next_contact_mark
