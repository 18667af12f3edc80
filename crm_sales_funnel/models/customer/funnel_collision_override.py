import hashlib
import secrets
from datetime import timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import RedirectWarning, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools.misc import hash_sign, hmac, verify_hash_signed

from ...tools.matching import normalize
from .funnel_collision import MANAGER
from .funnel_collision_import import Import
from .funnel_collision_search import LEAD, PARTNER, Entity, Found

TOLD = 5  # others that a refusal names
VALID = timedelta(hours=1)  # from the reason to the record that is saved with it
IDENTITY_KINDS = ("phone", "tax")
# In the context: the dialog "New Customer" that is refused, which the reason saves.
DIALOG_OPEN = "funnel_customer_create_id"
DIALOG = "crm_sales_funnel.funnel_collision_override_wizard_action"
SIDE = {PARTNER: "partner_id", LEAD: "lead_id"}


class Same(NamedTuple):
    """Two records that have the same tax ID or phone."""

    entity: Entity  # the customer or lead that is entered
    one: Found  # the one that is there
    name: str  # of the first
    signs: frozenset[tuple[str, str]]  # kinds and values that are new of it


class FunnelCollisionOverride(models.Model):
    """The log of customers and leads that were saved although another one has exactly
    their tax ID or phone: who allowed it, and why.

    Nobody changes it. The dialog that asks for the reason writes it, a row for each tax
    ID or phone that was refused. It holds for what was refused alone: this one's name,
    the number, and the other records; for the same user, within the hour, once. The
    record that was saved with it is named then.
    """

    _name = "funnel.collision.override"
    _description = "Duplicate Let Through"
    _order = "id desc"

    user_id = fields.Many2one(
        "res.users", string="Let Through By", readonly=True, required=True
    )
    company_id = fields.Many2one(
        "res.company",
        readonly=True,
        required=True,
        default=lambda self: self.env.company,
    )
    date = fields.Datetime(readonly=True, required=True, default=fields.Datetime.now)
    reason = fields.Char(readonly=True, required=True)
    kind = fields.Selection(
        [("phone", "Phone"), ("tax", "Tax ID")],
        string="What Is the Same",
        readonly=True,
        required=True,
    )
    value = fields.Char(readonly=True, required=True, index=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    lead_id = fields.Many2one(
        "crm.lead", readonly=True, ondelete="set null", index="btree_not_null"
    )
    used_date = fields.Datetime(string="Saved On", readonly=True)
    # Digests, since whoever reads the row may not know the others: of the name that was
    # refused, and of the records that have the same.
    entered = fields.Char(readonly=True, groups=fields.NO_ACCESS)
    others = fields.Json(readonly=True, groups=fields.NO_ACCESS)
    # Which refusal it answers: each is answered once.
    refusal = fields.Char(readonly=True, index=True, groups=fields.NO_ACCESS)

    def _init_column(self, column_name):
        if column_name != "company_id":
            return super()._init_column(column_name)
        # What was let through before the company was noted: it is that of the user.
        self.env.cr.execute(
            "UPDATE funnel_collision_override AS log SET company_id = users.company_id"
            "  FROM res_users AS users WHERE users.id = log.user_id"
        )
        return None

    # ------------------------------------------------------------------
    # Refused, or let through
    # ------------------------------------------------------------------

    @api.model
    def _check_identity(self, same: list[Same], companies) -> list[tuple]:
        """Refuse records whose tax ID or phone is that of another one.

        :param same: what is the same, of whom
        :param companies: customer or lead -> company in which it is entered
        :return: what a manager has let through, each with the row that says so
        :raise ValidationError: what is the same, of whom, and whose it is
        :raise RedirectWarning: the same to a manager, who may let it through
        """
        if not same:
            return []
        unused = self._get_unused()
        taken: dict = {}  # the dialog -> who is saved with it
        through, refused = [], []
        for pair in same:
            rows = self._choose(unused, pair, taken)
            if rows:
                through.append((pair, rows[0]))
            else:
                refused.append(pair)
        if refused:
            self._refuse(refused, companies)
        for dialog, entity in taken.items():
            # What was refused together is let through together, once.
            rows = unused.filtered(
                lambda row, dialog=dialog: row._get_dialog() == dialog
            )
            rows.write({SIDE[entity[0]]: entity[1], "used_date": fields.Datetime.now()})
        return through

    @api.model
    def _get_unused(self):
        """Return what the user, a manager, let through and did not save yet."""
        log = self.sudo()  # sudo: nobody else reads and writes the log
        if not self.env.user.has_group(MANAGER):
            return log
        return log.search(
            [
                ("user_id", "=", self.env.uid),
                ("date", ">", fields.Datetime.now() - VALID),
                ("used_date", "=", False),
            ]
        )

    def _get_dialog(self) -> tuple:
        """Return what rows have in common that one dialog wrote."""
        return self.date, self.reason, self.entered

    @api.model
    def _choose(self, unused, pair: Same, taken: dict):
        """Return the rows that let a pair through: one for each sign, of one dialog.

        :param unused: rows that are left
        :param taken: dialog -> who is saved with it, to which this one is added
        """
        entered, other = self._get_entered(pair), self._get_other(pair.one.entity)
        rows = unused.filtered(
            lambda row: (
                row.entered == entered
                and (row.kind, row.value) in pair.signs
                and other in (row.others or ())
                and taken.get(row._get_dialog(), pair.entity) == pair.entity
            )
        )
        for row in rows:
            of_dialog = rows.filtered(
                lambda other, row=row: other._get_dialog() == row._get_dialog()
            )
            if {(each.kind, each.value) for each in of_dialog} == pair.signs:
                taken[row._get_dialog()] = pair.entity
                return of_dialog
        return rows.browse()

    @api.model
    def _get_entered(self, pair: Same) -> str:
        """Return a digest of what is entered: by its name, as it has no id yet."""
        text = f"{pair.entity[0]} {normalize(pair.name) or pair.name}"
        return hashlib.sha256(text.encode()).hexdigest()

    @api.model
    def _get_other(self, entity: Entity) -> str:
        """Return a digest of a customer or lead from which nobody learns its id."""
        return hmac(self.sudo().env, self._name, entity)  # sudo: to read the secret

    @api.model
    def _get_let_through(self, pairs: set[tuple[Entity, Entity]]) -> dict:
        """Return pair of records -> kinds and values for which it was let through."""
        ids = {
            model: [key for pair in pairs for name, key in pair if name == model]
            for model in SIDE
        }
        rows = self.sudo().search(  # sudo: as above
            Domain("used_date", "!=", False)
            & Domain.OR(Domain(SIDE[model], "in", ids[model]) for model in SIDE)
        )
        let: dict[frozenset[Entity], set[tuple[str, str]]] = {}
        for pair in pairs:
            for own, entity in (pair, reversed(pair)):
                other = self._get_other(entity)
                for row in rows:
                    if row[SIDE[own[0]]].id == own[1] and other in (row.others or ()):
                        let.setdefault(frozenset(pair), set()).add(
                            (row.kind, row.value)
                        )
        return let

    @api.model
    def _refuse(self, refused: list[Same], companies) -> None:
        # Of what is hidden a file tells nothing: it would tell of all at once.
        told = self.env["funnel.collision.lookup"]._get_told(
            [pair.one for pair in refused], is_hidden_told=not Import.of(self.env)
        )
        lines = [
            self._describe_same(pair, told[pair.one.entity])
            for pair in refused
            if pair.one.entity in told
        ]
        message = "\n".join(
            [
                self.env._("There is a customer or lead like this already."),
                *lines[:TOLD],
            ]
        )
        # No dialog is seen while a file is imported.
        unseen = Import.of(self.env) or self.env.context.get("import_file")
        if unseen or not self.env.user.has_group(MANAGER):
            raise ValidationError(message)
        raise RedirectWarning(
            message,
            self.env.ref(DIALOG).id,
            self.env._("Save with a Reason"),
            {
                "default_token": self._sign(refused, companies),
                "default_why": message,
                "default_customer_create_id": self.env.context.get(DIALOG_OPEN),
            },
        )

    @api.model
    def _describe_same(self, pair: Same, who) -> str:
        reasons = {"tax": "same_tax_id", "phone": "same_phone"}
        kinds = {kind for kind, _value in pair.signs}
        labels = self.env["funnel.collision"]._label_reasons(
            reason for kind, reason in reasons.items() if kind in kinds
        )
        return self.env._(
            "%(name)s: %(reasons)s as %(other)s, salesperson %(owner)s.",
            name=pair.name,
            reasons=", ".join(labels),
            other=who.name,
            owner=who.owner or "-",
        )

    # ------------------------------------------------------------------
    # Told to the dialog, and written by it
    # ------------------------------------------------------------------

    @api.model
    def _sign(self, refused: list[Same], companies) -> str:
        """Return what was refused as a text that nobody else can write."""
        rows: dict[tuple, set[str]] = {}
        for pair in refused:
            company = companies[pair.entity].id
            for kind, value in pair.signs:
                key = (company, self._get_entered(pair), kind, value)
                rows.setdefault(key, set()).add(self._get_other(pair.one.entity))
        signed = sorted([*key, sorted(others)] for key, others in rows.items())
        message = [secrets.token_hex(16), signed]
        # sudo: to read the secret.
        return hash_sign(self.sudo().env, self._name, message)

    @api.model
    def _read_signed(self, token) -> list[dict]:
        """Return the rows that ``_sign`` signed; nothing of what it did not."""
        try:
            # sudo: to read the secret.
            found = verify_hash_signed(self.sudo().env, self._name, token)
            names = ("company_id", "entered", "kind", "value", "others")
            refusal, rows = found or (None, [])
            return [
                {**dict(zip(names, row, strict=True)), "refusal": refusal}
                for row in rows
            ]
        except (AttributeError, TypeError, ValueError):  # no such text, or an older one
            return []

    @api.model
    def _let_through(self, token, user, reason: str) -> None:
        """Write down the reason for what was refused, once. Runs as superuser.

        :param token: as it was told to the dialog
        :raise UserError: nothing was refused, or a reason was given already
        """
        refused = self._read_signed(token)
        if not refused:
            raise UserError(self.env._("Save the customer or lead first."))
        refusal = refused[0]["refusal"]
        # Who answers at the same time is repeated by Odoo, and finds this answer then.
        self.env["funnel.collision.turn"]._wait(refusal)
        if self.search_count([("refusal", "=", refusal)], limit=1):
            raise UserError(self.env._("A reason was given for this already."))
        self.create([{"user_id": user.id, "reason": reason, **row} for row in refused])
