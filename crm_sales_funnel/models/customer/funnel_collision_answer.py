from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from .funnel_collision_search import LEAD, PARTNER, Entity, Found

KEPT = timedelta(days=2)


class FunnelCollisionAnswer(models.Model):
    """What a user said of a customer or lead that the check told him of: that it is
    another one than what he is about to enter, until that is saved; and that he asked
    for access, of one person once a day."""

    _name = "funnel.collision.answer"
    _description = "Answer to the Collision Check"

    user_id = fields.Many2one(
        "res.users", readonly=True, required=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        "res.partner", readonly=True, ondelete="cascade", index="btree_not_null"
    )
    lead_id = fields.Many2one(
        "crm.lead", readonly=True, ondelete="cascade", index="btree_not_null"
    )
    kind = fields.Selection(
        [("different", "Is Different"), ("asked", "Asked for Access")],
        readonly=True,
        required=True,
    )
    # By UTC: a time zone is what a client says.
    day = fields.Date(readonly=True, required=True, default=fields.Date.today)
    # Who was asked, and his to-do as long as it is there.
    asked_user_id = fields.Many2one("res.users", readonly=True, ondelete="set null")
    activity_id = fields.Many2one(
        "mail.activity", readonly=True, ondelete="set null", index="btree_not_null"
    )
    evidence = fields.Json(readonly=True, groups=fields.NO_ACCESS)
    note = fields.Char(readonly=True)

    _once_a_day = models.UniqueIndex(
        "(user_id, day, COALESCE(partner_id, 0), COALESCE(lead_id, 0))"
        " WHERE kind = 'asked'"
    )

    @api.model
    def _ask(self, one: Found, user) -> bool:
        """Note that somebody is asked for access, or nobody where there is none; False if
        the same was asked today."""
        self.flush_model(["asked_user_id"])
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO funnel_collision_answer AS answer (
                       user_id, kind, day, partner_id, lead_id, asked_user_id,
                       create_uid, create_date)
                VALUES (%s, 'asked', %s, %s, %s, %s, %s, %s)
                ON CONFLICT (user_id, day, COALESCE(partner_id, 0),
                             COALESCE(lead_id, 0)) WHERE kind = 'asked'
                DO UPDATE SET asked_user_id = EXCLUDED.asked_user_id
                        WHERE answer.asked_user_id
                              IS DISTINCT FROM EXCLUDED.asked_user_id
                """,
                self.env.uid,
                fields.Date.today(),
                one.id if one.model == PARTNER else None,
                one.id if one.model == LEAD else None,
                user.id or None,
                self.env.uid,
                fields.Datetime.now(),
            )
        )
        is_new = bool(self.env.cr.rowcount)
        self.invalidate_model()
        return is_new

    @api.model
    def _get_asked(self, one: Found):
        """Return what the user asked today."""
        side = "partner_id" if one.model == PARTNER else "lead_id"
        return self.search(
            [
                ("user_id", "=", self.env.uid),
                ("kind", "=", "asked"),
                ("day", "=", fields.Date.today()),
                (side, "=", one.id),
            ]
        )

    @api.model
    def _remember(self, one: Found, evidence: dict, note: str) -> None:
        """Remember that what the user is about to enter is another one."""
        self.create(
            {
                "user_id": self.env.uid,
                "partner_id": one.id if one.model == PARTNER else False,
                "lead_id": one.id if one.model == LEAD else False,
                "kind": "different",
                "evidence": evidence,
                "note": note,
            }
        )

    @api.model
    def _get_different(self):
        """Return what the user said lately of what is not saved yet."""
        return self.search(
            [("user_id", "=", self.env.uid), ("kind", "=", "different")],
            order="id DESC",
            limit=50,
        )

    def _get_entity(self) -> Entity:
        if self.lead_id:
            return LEAD, self.lead_id.id
        return PARTNER, self.partner_id.id

    @api.autovacuum
    def _gc_answers(self):
        self.search([("create_date", "<", fields.Datetime.now() - KEPT)]).unlink()
