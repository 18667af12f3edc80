from markupsafe import Markup

from odoo import SUPERUSER_ID, api, fields, models

from .funnel_collision import MANAGER
from .funnel_collision_search import LEAD

TODO = "mail.mail_activity_data_todo"


class FunnelCollisionLookup(models.AbstractModel):
    """Who is asked for access to a customer or lead that the user may not read."""

    _inherit = "funnel.collision.lookup"

    @api.model
    def _ask_access(self, values, key) -> str | bool:
        """Ask whoever may decide it, once a day, and anew where that is somebody else by
        now.

        :return: the name of who has it to do; False where it is only noted on the record
        """
        own = self._read_values(values)
        one = self._get_by_key(own, key)
        # By the system, with nothing of the request's context: who asks would read what
        # he is the author, the creator or a recipient of, and so which record it is.
        system = self.env(user=SUPERUSER_ID, context={})
        record = system[one.model].browse(one.id)
        user = self._get_asked_user(record)
        # sudo: nobody else writes down who asked.
        answers = self.env["funnel.collision.answer"].sudo()
        if answers._ask(one, user):
            asked = answers._get_asked(one)
            asked.activity_id.filtered("active").unlink()
            asked.activity_id = self._write_to(user, record, own.name)
            return user.name or False
        todo = answers._get_asked(one).activity_id
        return (todo.filtered("active").user_id or user).name or False

    def _get_asked_user(self, record):
        """Return the salesperson; where there is none any more, or he may not read it
        himself, the leader of the team, or else a manager."""
        system = record.env
        owner = record.user_id
        members = system["crm.team.member"].with_context(active_test=False)
        teams = record.team_id if record._name == LEAD else system["crm.team"]
        if owner:
            # Those that he was in before his user was archived, too.
            domain = [("user_id", "=", owner.id)]
            teams |= members.search(domain, order="active DESC, id DESC").crm_team_id
        company = record.company_id or system["res.company"].browse(self.env.company.id)
        managers = system["res.users"].search(
            [
                ("all_group_ids", "in", system.ref(MANAGER).ids),
                ("company_ids", "in", company.ids),
            ],
            order="id",
        )
        for user in owner | teams.user_id | managers:
            if user.active and user.id != self.env.uid and _may_read(user, record):
                return user
        return system["res.users"]

    def _write_to(self, user, record, name: str) -> None:
        """Plan a to-do for who is asked, and return it; where there is nobody, note it in
        the chatter.

        :param record: as the system; the one who asks is named in the text alone
        :param name: what was entered
        """
        record = record.with_context(lang=user.lang or self.env.lang, tz=user.tz)
        asks = self.env.user.name
        text = record.env._(
            "%(user)s asks for access: is this the customer that you work with? Entered"
            " was: %(name)s",
            user=asks,
            name=name or "-",
        )
        if not user:
            record._message_log(body=text)
            return record.env["mail.activity"]
        return record.activity_schedule(
            TODO,
            date_deadline=fields.Date.context_today(record),
            summary=record.env._("%s asks about this", asks),
            note=Markup("<p>%s</p>") % text,
            user_id=user.id,
        )


def _may_read(user, record) -> bool:
    companies = user.company_ids.ids
    own = record.with_user(user).with_context(allowed_company_ids=companies)
    return own.has_access("read")
