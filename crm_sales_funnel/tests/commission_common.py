from psycopg2 import IntegrityError

from odoo import Command, models
from odoo.exceptions import UserError
from odoo.tools import mute_logger

from .common import FunnelCommon

PARTS = {
    "rule": "rule_ids",
    "level": "level_ids",
    "factor": "factor_ids",
    "release": "release_ids",
    "member": "member_ids",
}


class CommissionCommon(FunnelCommon):
    """Commission plans in few words."""

    # A change of each part.
    TOUCH = {
        "rule": {"rate": 7},
        "level": {"rate": 7},
        "factor": {"value": 0.25},
        "release": {"percent": 40},
        "member": {"share": 40},
    }

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.unit = cls.env.ref("uom.product_uom_kgm")
        cls.categ = cls.env["product.category"].create({"name": "Fasteners"})
        cls.product = cls.env["product.product"].create({"name": "Hex Bolt"})
        bank = cls.company_data["default_journal_bank"]
        cls.method = bank.inbound_payment_method_line_ids[0]
        cls.method_out = bank.outbound_payment_method_line_ids[0]

    @classmethod
    def plan(cls, user=None, **values):
        """Create a draft; ``rule``, ``level``, ``factor``, ``release`` and ``member``
        are lists of values."""
        for part, field in PARTS.items():
            if part in values:
                values[field] = [Command.create(row) for row in values.pop(part)]
        values.setdefault("name", "Standard")
        plans = cls.env["funnel.commission.plan"]
        return plans.with_user(user or cls.env.user).create(values)

    @classmethod
    def full_plan(cls, **values):
        """Create a draft that has all parts, and the salesperson as a member."""
        return cls.plan(
            **{
                "name": "Full",
                "rate": 3,
                "level_measure": "margin",
                "level": [
                    {"bound": 100_000, "rate": 5},
                    {"bound": 200_000.5, "rate": 6.25, "fixed": 500},
                ],
                "rule": [{"product_id": cls.product.id, "rate": 4}],
                "factor": [
                    {"value_from": 91, "value": 0.5},
                    {"driver": "method", "payment_method_line_id": cls.method.id},
                ],
                "release": [
                    {"event": "collected", "percent": 50},
                    {"event": "year_end", "percent": 50},
                ],
                "member": [
                    {"user_id": cls.users["salesperson"].id},
                    {
                        "user_id": cls.users["team_leader"].id,
                        "scope": "team",
                        "team_id": cls.team.id,
                        "share": 10,
                        "is_taken": True,
                        "payee_id": cls.customer.id,
                    },
                ],
                **values,
            }
        )

    @classmethod
    def values_of(cls, parts):
        """Return the values of parts, without what tells them apart."""
        apart = {"id", "plan_id", *models.MAGIC_COLUMNS}
        return [
            {name: value for name, value in row.items() if name not in apart}
            for row in parts.read()
        ]

    def assert_refused(self, text, method, *args, **kwargs):
        """Assert that it is refused in these words, those that the browser shows, and
        that nothing is left of it."""
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                method(*args, **kwargs)
                self.env.flush_all()
        except UserError as refusal:
            said = str(refusal)
        except IntegrityError as refusal:
            said = "\n".join(
                self.env[model]._sql_error_to_message(refusal)
                for model, of_model in self.env.registry.items()
                if of_model._table == refusal.diag.table_name
            )
        else:
            self.fail(f"not refused: {text}")
        self.assertRegex(said, text)
