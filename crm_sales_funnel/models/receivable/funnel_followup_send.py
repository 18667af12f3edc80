import logging

from psycopg2.errors import OperationalError

from odoo import api, fields, models
from odoo.tools import SQL

from ..base.mail_mail import one_line
from .funnel_followup_line import AT_ONCE

_logger = logging.getLogger(__name__)

# What is taken anew from a proposal when it is carried out.
RENEWED = (
    "level_days",
    "contact_id",
    "user_id",
    "lang",
    "amount_due",
    "credit",
    "amount_company",
    "oldest_days",
)


class FunnelFollowupLine(models.Model):
    """How what is proposed is carried out: some lines a transaction, each once, whoever
    else is about it, and whenever the process ends."""

    _inherit = "funnel.followup.line"

    preview = fields.Html(
        compute="_compute_preview", help="The mail, or what the letter says."
    )

    @api.depends("item_ids", "level_id", "lang")
    def _compute_preview(self):
        # sudo: a message is read by who reads the follow-up.
        template = self.env.ref("crm_sales_funnel.mail_template_followup").sudo()
        langs = {line.id: line._get_lang() for line in self._origin}
        bodies = template._render_field("body_html", self.ids, res_ids_lang=langs)
        for line in self:
            line.preview = bodies.get(line.id)

    def _get_lang(self):
        """Return the language of the message: one that was switched off since it was
        proposed cannot be written."""
        langs = self.env["res.lang"]
        codes = (self.lang, self.contact_id.lang)
        return next(filter(None, map(langs._get_code, codes)), self.env.lang)

    def action_send(self):
        """Carry out what is proposed; many of them with a bar that tells how far it
        is."""
        lines = self._for_finance()
        lines._expect("proposed")
        if len(lines) > AT_ONCE:
            return {
                "type": "ir.actions.client",
                "tag": "funnel_progress",
                "name": self.env._("Follow-ups"),
                "target": "new",
                "params": {
                    "model": self._name,
                    "method": "send_next",
                    "ids": self.ids,
                    "total": len(self),
                },
            }
        return self.send_next()["action"]

    def send_next(self):
        """Carry out the next of these lines.

        :return: ``done`` and ``total`` lines, and ``action``, how to open them when all
            are carried out
        """
        lines = self._for_finance()
        waiting = lines.filtered(lambda line: line.state == "proposed")
        taken = waiting[:AT_ONCE]._send() if waiting else waiting
        left = len(waiting) - len(taken)
        # What somebody else is sending is not waited for.
        over = not taken or not left
        return {
            "done": len(self) - (0 if over else left),
            "total": len(self),
            "action": self._open_sent() if over else False,
        }

    def _open_sent(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_sales_funnel.funnel_followup_line_action"
        )
        return {
            **action,
            "domain": [("id", "in", self.ids)],
            "context": {},
            "target": "main",
        }

    def _send(self):
        """Carry out lines that are proposed, and nobody else is carrying out.

        :return: the lines that are no longer proposed
        """
        locked = self.try_lock_for_update()
        locked.invalidate_recordset(["state"])
        taken = locked.filtered(lambda line: line.state == "proposed")
        for company, lines in taken.grouped("company_id").items():
            lines = lines.with_context(allowed_company_ids=company.ids)
            due = lines._renew(lines.run_id._get_today(company))
            for channel, some in due.grouped("channel").items():
                some._send_safely(channel)
        return taken

    def _renew(self, date):
        """Take the amounts of now, and leave out who has paid, promised or disputed
        meanwhile.

        :return: the lines that are still due
        """
        proposals = {
            (proposal.partner_id, proposal.currency_id): proposal
            for proposal in self.env["funnel.followup.policy"]._propose(
                date, self.partner_id
            )
        }
        due = self.browse()
        for line in self:
            proposal = proposals.get((line.partner_id.id, line.currency_id.id))
            if proposal and line._is_still(proposal):
                due |= line
        (self - due).write(
            {
                "state": "skipped",
                "note": self.env._(
                    "Paid, promised, disputed, written to or no longer posted meanwhile,"
                    " or the policy is another one."
                ),
            }
        )
        # The level stays the one that was approved, also when the next one has come.
        renewed = {
            line.id: proposals[line.partner_id.id, line.currency_id.id]._replace(
                level_days=line.level_id.days, channel=line.channel
            )
            for line in due
        }
        due._write_items(renewed)
        for line in due:
            proposal = renewed[line.id]
            values = {name: getattr(proposal, name) for name in RENEWED}
            line.write({**values, "date": date, "proposed_items": False})
            if line.channel == "mail" and not line.contact_id.email_normalized:
                line.channel = "letter"
        return due

    def _write_items(self, proposals):
        """Write down what these lines tell of, in place of what was proposed.

        :param proposals: line id -> what is told of now
        """
        # Those that are written down: of what is proposed there is nothing to delete.
        self.item_ids.filtered(lambda item: item.id > 0).unlink()
        levels = self.env["funnel.followup.level"]._get_ids_by_days(
            {proposal.policy_id for proposal in proposals.values()}
        )
        rows = [
            (line_id, *values, level, levels.get((proposal.policy_id, level)))
            for line_id, proposal in proposals.items()
            for *values, level in proposal.get_told()
        ]
        if rows:
            # Not by the ORM, which would write 0 where no level is reached.
            self.env.cr.execute(
                SQL(
                    "INSERT INTO funnel_followup_item (line_id, move_line_id, kind,"
                    " amount, days_overdue, level_days, level_id) VALUES %s",
                    SQL(", ").join(map(SQL, ["%s"] * len(rows), rows)),
                )
            )
        self.invalidate_recordset(["item_ids"])

    def _is_still(self, proposal):
        """Return whether the level is still due, by what is proposed now: when the item
        is paid that it was for, a lower one is proposed next."""
        level = self.level_id
        return (
            level.policy_id.id == proposal.policy_id
            and proposal.level_days >= level.days
        )

    def _send_safely(self, channel):
        """Carry out lines; one that fails is told of, and stops no other."""
        try:
            with self.env.cr.savepoint():
                getattr(self, f"_send_{channel}")()
                self.env.flush_all()
        except OperationalError:
            raise  # two at once: the whole is done again
        except Exception as error:  # whatever fails: a template, a report, an address
            if len(self) > 1:
                for line in self:
                    line._send_safely(channel)
                return
            _logger.info("Follow-up %s failed", self.id, exc_info=True)
            self.write({"state": "failed", "note": str(error)})

    def _send_task(self):
        self.state = "todo"

    def _send_call(self):
        self.state = "todo"

    def _send_letter(self):
        self.state = "todo"

    def _send_mail(self):
        """Queue the mails: they are sent by Odoo, once this is committed."""
        template = self.env.ref("crm_sales_funnel.mail_template_followup")
        mails = template.send_mail_batch(
            self.ids, email_layout_xmlid="crm_sales_funnel.mail_layout_customer"
        )
        for line, mail in zip(self, mails, strict=True):
            mail.subject = one_line(mail.subject)
            line.mail_id = mail
        self._note_done()

    def _send_hold(self):
        """Deliver no more to the customers until they are released."""
        holds = self.env["funnel.credit.hold"]
        for level, lines in self.grouped("level_id").items():
            for company, some in lines.grouped("company_id").items():
                holds._place(company, some.partner_id, level.name)
        self._note_done()
