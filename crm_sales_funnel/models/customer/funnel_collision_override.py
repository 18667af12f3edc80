from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import RedirectWarning, ValidationError
from odoo.tools.misc import hash_sign, verify_hash_signed

from .funnel_collision import ANY_ROLE, MANAGER
from .funnel_collision_search import Entity, Found

TOLD = 5  # others that a refusal names
VALID = timedelta(hours=1)  # from the reason to the record that is saved with it
IDENTITY_KINDS = ("phone", "tax")
# In the context: the dialog "New Customer" that is refused, which the reason saves.
DIALOG_OPEN = "funnel_customer_create_id"
DIALOG = "crm_sales_funnel.funnel_collision_override_wizard_action"


class FunnelCollisionOverride(models.Model):
    """The log of customers and leads that were saved although another one has exactly
    their tax ID or phone: who allowed it, and why.

    Nobody changes it; the dialog that asks for the reason writes it, and it holds for
    the same tax ID or phone, saved by the same user within the hour.
    """

    _name = "funnel.collision.override"
    _description = "Duplicate Let Through"
    _order = "id desc"

    user_id = fields.Many2one(
        "res.users", string="Let Through By", readonly=True, required=True
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

    @api.model
    def _check_identity(
        self, pairs: list[tuple[Entity, Found, str]]
    ) -> list[tuple[Entity, Found, str]]:
        """Refuse records whose tax ID or phone is that of another one.

        :param pairs: records as the search found them
        :return: the pairs that a manager has let through
        :raise ValidationError: what is the same, of whom, and whose it is
        :raise RedirectWarning: the same to a manager, who may let it through
        """
        same = [pair for pair in pairs if self._get_identity(pair[1])]
        if not same:
            return []
        allowed = self._get_allowed()
        refused = [
            pair for pair in same if not self._get_identity(pair[1]) <= allowed.keys()
        ]
        if refused:
            self._refuse(refused)
        for entity, one, _name in same:
            for sign in self._get_identity(one):
                allowed[sign]._use(entity)
        return same

    def _get_identity(self, one: Found) -> set[tuple[str, str]]:
        return {sign for sign in one.shared if sign[0] in IDENTITY_KINDS}

    @api.model
    def _get_allowed(self) -> dict:
        """Return kind and value -> what the user, a manager, wrote lately."""
        if not self.env.user.has_group(MANAGER):
            return {}
        overrides = self.sudo().search(  # sudo: the log is read by nobody else
            [
                ("user_id", "=", self.env.uid),
                ("date", ">", fields.Datetime.now() - VALID),
            ]
        )
        return {(row.kind, row.value): row for row in reversed(overrides)}

    def _use(self, entity: Entity) -> None:
        """Note of which record it was."""
        model, key = entity
        side = "partner_id" if model == "res.partner" else "lead_id"
        if not self.partner_id and not self.lead_id:
            self[side] = key

    @api.model
    def _refuse(self, refused) -> None:
        lookup = self.env["funnel.collision.lookup"]
        may_know = self.env.user.has_group(ANY_ROLE)
        told = (
            may_know and lookup._get_told([one for _own, one, _name in refused]) or {}
        )
        lines = []
        signs = set()
        for _own, one, name in refused:
            signs |= self._get_identity(one)
            who = told.get(one.entity)
            if not who or len(lines) == TOLD:
                continue
            reasons = self.env["funnel.collision"]._label_reasons(
                reason
                for reason in one.reasons
                if reason in ("same_tax_id", "same_phone")
            )
            lines.append(
                self.env._(
                    "%(name)s: %(reasons)s as %(other)s, salesperson %(owner)s.",
                    name=name or "?",
                    reasons=", ".join(reasons),
                    other=who.name,
                    owner=who.owner or "-",
                )
            )
        message = "\n".join(
            [self.env._("There is a customer or lead like this already."), *lines]
        )
        # No dialog is seen while a file is imported.
        unseen = self.env.context.get("import_file")
        if unseen or not self.env.user.has_group(MANAGER):
            raise ValidationError(message)
        raise RedirectWarning(
            message,
            self.env.ref(DIALOG).id,
            self.env._("Save with a Reason"),
            {
                "default_token": self._sign(signs),
                "default_why": message,
                "default_customer_create_id": self.env.context.get(DIALOG_OPEN),
            },
        )

    @api.model
    def _sign(self, signs: set[tuple[str, str]]) -> str:
        """Return what was refused as a text that nobody else can write."""
        # sudo: to read the secret.
        return hash_sign(self.sudo().env, self._name, sorted(map(list, signs)))

    @api.model
    def _read_signed(self, token) -> list[tuple[str, str]]:
        """Return what ``_sign`` signed; nothing of what it did not."""
        try:
            # sudo: to read the secret.
            found = verify_hash_signed(self.sudo().env, self._name, token)
        except (AttributeError, ValueError):  # what is no such text at all
            found = None
        return [tuple(sign) for sign in found or []]
