import json

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools.matching import STRONG
from .funnel_collision_search import LEAD, PARTNER, Entity, Found

MANAGER = "crm_sales_funnel.group_funnel_manager"
ANY_ROLE = "crm_sales_funnel.group_funnel_user"


class FunnelCollision(models.Model):
    """Two records that may be one customer: a pair, once, and what was decided of it.

    Rows are written by the check and by the methods below alone. They are read by who
    may read both sides.
    """

    _name = "funnel.collision"
    _description = "Possible Duplicate"
    _order = "state, score desc, id desc"

    partner_id = fields.Many2one(
        "res.partner", string="Customer", readonly=True, ondelete="cascade"
    )
    lead_id = fields.Many2one(
        "crm.lead",
        readonly=True,
        ondelete="cascade",
        index="btree_not_null",
    )
    other_partner_id = fields.Many2one(
        "res.partner",
        string="Other Customer",
        readonly=True,
        ondelete="cascade",
        index="btree_not_null",
    )
    other_lead_id = fields.Many2one(
        "crm.lead",
        readonly=True,
        ondelete="cascade",
        index="btree_not_null",
    )
    score = fields.Float(
        string="Likeness",
        readonly=True,
        aggregator="max",
        help="From 0 to 1: how sure it is that both are one customer.",
    )
    is_strong = fields.Boolean(
        string="Very Likely", compute="_compute_is_strong", search="_search_is_strong"
    )
    reason = fields.Selection(
        selection="_get_reason_selection",
        string="Main Reason",
        readonly=True,
        help="The most important of the reasons.",
    )
    reasons = fields.Char(string="Reason Keys", readonly=True)
    reason_text = fields.Char(string="Reasons", compute="_compute_reason_text")
    found_by = fields.Selection(
        [
            ("entry", "Entry of a record"),
            ("check", "Check while typing"),
            ("scan", "Scan of all records"),
        ],
        readonly=True,
        required=True,
        default="entry",
    )
    found_date = fields.Datetime(
        string="Found On", readonly=True, required=True, default=fields.Datetime.now
    )
    seen_date = fields.Datetime(string="Last Found On", readonly=True)
    state = fields.Selection(
        [
            ("open", "To Decide"),
            ("different", "Different Customers"),
            ("same", "Same Customer"),
        ],
        string="Decision",
        readonly=True,
        required=True,
        default="open",
        index=True,
    )
    decided_by_id = fields.Many2one("res.users", readonly=True)
    decided_date = fields.Datetime(string="Decided On", readonly=True)
    note = fields.Char(readonly=True)
    is_override = fields.Boolean(
        string="Refused and Let Through",
        readonly=True,
        help="The tax ID or phone is exactly the same, which was refused; a manager let"
        " it through.",
    )
    # What the decision holds for, see funnel.collision.search.
    evidence = fields.Json(readonly=True, groups=fields.NO_ACCESS)

    _once = models.UniqueIndex(
        "(COALESCE(partner_id, 0), COALESCE(lead_id, 0),"
        " COALESCE(other_partner_id, 0), COALESCE(other_lead_id, 0))"
    )
    _of_two = models.Constraint(
        "CHECK ((partner_id IS NULL) <> (lead_id IS NULL)"
        " AND (other_partner_id IS NULL) <> (other_lead_id IS NULL)"
        " AND (lead_id IS NULL OR other_partner_id IS NULL)"
        " AND COALESCE(partner_id < other_partner_id, TRUE)"
        " AND COALESCE(lead_id < other_lead_id, TRUE))",
        "A possible duplicate is of two records, in their order.",
    )

    # ------------------------------------------------------------------
    # Shown
    # ------------------------------------------------------------------

    @api.model
    def _get_reason_labels(self) -> dict[str, str]:
        """Return reason -> what the user reads; the only place where they have words."""
        return {
            "same_tax_id": self.env._("same tax ID"),
            "same_phone": self.env._("same phone"),
            "same_email": self.env._("same email"),
            "same_mail_domain": self.env._("same mail domain"),
            "same_opportunity": self.env._("open opportunity of a colleague"),
            "same_contact": self.env._("same contact person"),
            "same_name": self.env._("same name"),
            "similar_name": self.env._("similar name"),
            "same_brand": self.env._("same brand"),
            "sounds_alike": self.env._("sounds alike"),
            "short_form": self.env._("short form of the name"),
            "same_trade": self.env._("same trade"),
            "other_trade": self.env._("other trade"),
            "same_place": self.env._("same place"),
            "other_place": self.env._("other place"),
            "other_script": self.env._("name in another script"),
        }

    @api.model
    def _get_reason_selection(self):
        return list(self._get_reason_labels().items())

    @api.model
    def _label_reasons(self, reasons) -> list[str]:
        labels = self._get_reason_labels()
        return [labels[reason] for reason in reasons if reason in labels]

    @api.depends("reasons")
    @api.depends_context("lang")
    def _compute_reason_text(self):
        for pair in self:
            labels = self._label_reasons((pair.reasons or "").split(","))
            pair.reason_text = " · ".join(labels)

    @api.depends("score")
    def _compute_is_strong(self):
        for pair in self:
            pair.is_strong = pair.score >= STRONG

    def _search_is_strong(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain.OR(
            Domain("score", ">=" if strong else "<", STRONG) for strong in value
        )

    @api.depends("partner_id", "lead_id", "other_partner_id", "other_lead_id")
    def _compute_display_name(self):
        for pair in self:
            pair.display_name = " / ".join(filter(None, (pair.name, pair.other_name)))

    # ------------------------------------------------------------------
    # Written down
    # ------------------------------------------------------------------

    @api.model
    def _note_pairs(self, pairs: list[tuple[Entity, Found, str]], found_by: str):
        """Write down pairs that were found, each once. What was decided stays decided
        until a name or what both have in common has changed; "the same" was never
        decided, but followed from a link that is gone when the pair is found again.

        :param pairs: a record, what was found like it, and the name of the record
        :return: the pairs that are open now, in the order given
        """
        rows = self._prepare_pairs(self._without_family(pairs))
        if not rows:
            return self
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO funnel_collision AS pair (
                       partner_id, lead_id, other_partner_id, other_lead_id,
                       score, reason, reasons, evidence, found_by, found_date,
                       seen_date, state, create_uid, create_date, write_uid, write_date)
                SELECT partner_id, lead_id, other_partner_id, other_lead_id,
                       score, SPLIT_PART(reasons, ',', 1), reasons, evidence,
                       %(found_by)s, %(now)s, %(now)s, 'open',
                       %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM JSONB_TO_RECORDSET(%(rows)s::jsonb) AS row (
                       partner_id int4, lead_id int4, other_partner_id int4,
                       other_lead_id int4, score float8, reasons varchar,
                       evidence jsonb)
              ORDER BY partner_id, lead_id, other_partner_id, other_lead_id
           ON CONFLICT (COALESCE(partner_id, 0), COALESCE(lead_id, 0),
                        COALESCE(other_partner_id, 0), COALESCE(other_lead_id, 0))
             DO UPDATE SET (score, reason, reasons, evidence, seen_date, state,
                            decided_by_id, decided_date, is_override, write_date)
                           = ROW(EXCLUDED.score, EXCLUDED.reason, EXCLUDED.reasons,
                                 %(evidence)s, EXCLUDED.seen_date, 'open',
                                 NULL, NULL, NULL, EXCLUDED.write_date)
                     WHERE pair.state IN ('open', 'same')
                        OR pair.state = 'different'
                           AND (pair.evidence IS NULL
                                OR pair.evidence->'names'
                                   <> EXCLUDED.evidence->'names'
                                OR NOT EXCLUDED.evidence->'shared'
                                       <@ (pair.evidence->'shared'))
             RETURNING id, xmax = 0
                """,
                rows=json.dumps(rows),
                evidence=self._join_evidence(),
                found_by=found_by,
                now=self.env.cr.now().replace(tzinfo=None),
                uid=self.env.uid,
            )
        )
        noted = self.env.cr.fetchall()
        self.invalidate_model()
        if found_by == "entry":
            self._compare_again(self.browse(key for key, is_new in noted if not is_new))
        return self.browse(key for key, _is_new in noted)

    @api.model
    def _compare_again(self, pairs) -> None:
        """Of what was entered only the changes were looked at: what else both have in
        common is still true."""
        if pairs:
            alike = self.env["funnel.collision.search"]._compare_pairs(pairs)
            self._note_pairs(alike, "check")

    def _join_evidence(self) -> SQL:
        """What both have in common is found by several ways: by the form, of all
        contacts. All of it counts as long as the names are the same."""
        return SQL(
            """
            CASE WHEN pair.evidence->'names' = EXCLUDED.evidence->'names'
                 THEN JSONB_BUILD_OBJECT(
                          'names', pair.evidence->'names',
                          'shared', (
                              SELECT COALESCE(JSONB_AGG(DISTINCT sign), '[]')
                                FROM JSONB_ARRAY_ELEMENTS(
                                         (pair.evidence->'shared')
                                         || (EXCLUDED.evidence->'shared')) AS sign))
                 ELSE EXCLUDED.evidence END
            """
        )

    @api.model
    def _prepare_pairs(self, pairs) -> list[dict]:
        search = self.env["funnel.collision.search"]
        found, names = {}, self._read_names([one.entity for _own, one, _name in pairs])
        for entity, one, name in pairs:
            sides = self._get_sides(entity, one.entity)
            key = tuple(sides.values())
            if key in found and found[key]["score"] >= one.score:
                continue
            other = names.get(one.entity, "")
            found[key] = {
                **sides,
                "score": one.score,
                "reasons": ",".join(one.reasons),
                "evidence": search._get_evidence(name, other, one.shared),
            }
        return list(found.values())

    @api.model
    def _read_names(self, entities: list[Entity]) -> dict[Entity, str]:
        """Return the name by which each customer or lead is known, as superuser."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT %(partner)s, id, name
                  FROM res_partner WHERE id = ANY(%(partners)s)
             UNION ALL
                SELECT %(lead)s, id,
                       COALESCE(NULLIF(BTRIM(partner_name), ''), contact_name)
                  FROM crm_lead WHERE id = ANY(%(leads)s)
                """,
                partner=PARTNER,
                lead=LEAD,
                partners=[key for model, key in entities if model == PARTNER],
                leads=[key for model, key in entities if model == LEAD],
            )
        )
        return {(model, key): name or "" for model, key, name in rows}

    @api.model
    def _get_sides(self, entity: Entity, other: Entity) -> dict[str, int | None]:
        """Return the columns of a pair, in the order that makes it one row."""
        # Partners first; of the same kind the lower id.
        first, second = sorted(
            (entity, other), key=lambda side: (side[0] != PARTNER, side[1])
        )
        return {
            "partner_id": first[1] if first[0] == PARTNER else None,
            "lead_id": first[1] if first[0] == LEAD else None,
            "other_partner_id": second[1] if second[0] == PARTNER else None,
            "other_lead_id": second[1] if second[0] == LEAD else None,
        }

    @api.model
    def _get_pair(self, entity: Entity, other: Entity):
        return self.search(self._get_pair_domain(entity, other))

    @api.model
    def _get_pair_domain(self, entity: Entity, other: Entity) -> Domain:
        sides = self._get_sides(entity, other)
        return Domain.AND(
            Domain(key, "=", value or False) for key, value in sides.items()
        )

    @api.model
    def _decide_different(self, entity: Entity, one: Found, name: str, note: str):
        """Write down that two records are different customers, whoever found them.

        :param note: why, may be empty
        """
        self._note_pairs([(entity, one, name)], "check")
        pair = self._get_pair(entity, one.entity)
        pair._keep_apart(note)
        return pair

    def _keep_apart(self, note=None) -> None:
        for pair in self.filtered(lambda pair: pair.state != "different"):
            pair.write(
                {
                    "state": "different",
                    "decided_by_id": self.env.uid,
                    "decided_date": fields.Datetime.now(),
                    "note": note or pair.note,
                }
            )

    # ------------------------------------------------------------------
    # Decided from the list
    # ------------------------------------------------------------------

    def _check_may_decide(self):
        """:raise AccessError: the user may not read both sides, or change neither"""
        self.check_access("read")
        for pair in self:
            sides = [side for side in pair._get_records() if side]
            if not any(side.has_access("write") for side in sides):
                raise AccessError(
                    self.env._("You may change neither of these customers and leads.")
                )

    def _get_records(self):
        """Return both sides, as recordsets of one."""
        self.ensure_one()
        return (
            self.partner_id or self.lead_id,
            self.other_partner_id or self.other_lead_id,
        )

    def action_keep_apart(self, note=None):
        """These are different customers: nobody is asked again.

        :param note: why
        :raise AccessError: the user may not read both sides, or change neither
        """
        self._check_may_decide()
        note = note if isinstance(note, str) else None
        # sudo: who may decide was checked; nobody writes the rows otherwise.
        self.sudo()._keep_apart(note and note.strip()[:500])
        return True

    def action_reopen(self):
        """Ask again.

        :raise AccessError: the user may not read both sides, or change neither; or he
            is no manager, and it was refused and let through
        """
        self._check_may_decide()
        is_manager = self.env.user.has_group(MANAGER)
        if not is_manager and any(pair.is_override for pair in self):
            raise AccessError(
                self.env._("A manager let it through: only managers ask again.")
            )
        # sudo: who may decide was checked; nobody writes the rows otherwise.
        self.sudo().write(
            {
                "state": "open",
                "decided_by_id": False,
                "decided_date": False,
                "is_override": False,
            }
        )
        return True

    def action_merge(self):
        """Open what makes one of two: Odoo's dialog for two customers or two leads, or
        the conversion of the lead to the customer.

        :raise AccessError: the user may not read both sides, or change neither
        """
        self.ensure_one()
        self._check_may_decide()
        one, other = self._get_records()
        if one._name == other._name:
            xml_id = (
                "base.action_partner_merge"
                if one._name == PARTNER
                else "crm.action_merge_opportunities"
            )
            action = self.env["ir.actions.act_window"]._for_xml_id(xml_id)
            context = {"active_model": one._name, "active_ids": [one.id, other.id]}
            return {**action, "context": context, "target": "new"}
        return self._link_lead()

    def _link_lead(self):
        """Give the lead to the customer: by the conversion, if it is no opportunity."""
        lead = self.other_lead_id
        if lead.type == "lead":
            action = self.env["ir.actions.act_window"]._for_xml_id(
                "crm.action_crm_lead2opportunity_partner"
            )
            context = {
                "active_model": LEAD,
                "active_id": lead.id,
                "active_ids": lead.ids,
                "default_lead_id": lead.id,
                "default_action": "exist",
                "default_partner_id": self.partner_id.id,
            }
            return {**action, "context": context, "target": "new"}
        lead.partner_id = self.partner_id
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_scan(self):
        """Look through all customers and leads, and show how far it is.

        :raise AccessError: the user is no manager
        """
        return self.env["funnel.collision.scan"]._start_by_hand()
