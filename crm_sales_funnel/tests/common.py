import json

from odoo import Command, models
from odoo.modules.registry import Registry
from odoo.tests import new_test_user
from odoo.tests.common import get_db_name

from odoo.addons.account.tests.common import AccountTestInvoicingCommon
from odoo.addons.base.tests.common import BaseCommon

MODULE = "crm_sales_funnel"
PREPARED = "funnel_tests.prepared"
ROLES = (
    "salesperson",
    "team_leader",
    "manager",
    "order_desk",
    "warehouse",
    "finance",
    "purchasing",
)


class FunnelCommon(AccountTestInvoicingCommon):
    """One company with a chart of accounts, one user per role, and one customer.

    ``cls.users[role]`` are the users; they belong to ``cls.company`` alone.
    """

    @classmethod
    def get_default_groups(cls):
        """The user who prepares a test's data may do everything."""
        return (
            super().get_default_groups()
            | cls.quick_ref("base.group_system")
            | cls.quick_ref("sales_team.group_sale_manager")
            | cls.quick_ref("stock.group_stock_manager")
            | cls.quick_ref("purchase.group_purchase_manager")
            | cls.quick_ref(f"{MODULE}.group_funnel_manager")
        )

    @classmethod
    def setUpClass(cls):
        prepared = cls._get_prepared()
        if prepared:
            super(BaseCommon, cls).setUpClass()
            cls._take(prepared)
            return
        super().setUpClass()
        cls.company = cls.env.company
        cls.users = cls._create_role_users()
        cls.team = cls.env["crm.team"].create(
            {
                "name": "Team South",
                "company_id": cls.company.id,
                "user_id": cls.users["team_leader"].id,
                "member_ids": [
                    Command.set(
                        (cls.users["team_leader"] | cls.users["salesperson"]).ids
                    )
                ],
            }
        )
        cls.customer = cls.env["res.partner"].create(
            {
                "name": "Nordwind GmbH",
                "company_type": "company",
                "customer_rank": 1,
                "user_id": cls.users["salesperson"].id,
            }
        )

    # All that is made above takes most of the time that a class needs before its first
    # test. A database may hold it already, with a note of what is what.

    @classmethod
    def prepare(cls):
        """Make it, keep it, and note it: for a database that only tests use."""
        FunnelCommon.setUpClass()
        try:
            warehouses = cls.env["stock.warehouse"].sudo()
            if not warehouses.search([("company_id", "=", cls.company.id)]):
                # Odoo makes it with the company while tests are run.
                warehouses.create({"company_id": cls.company.id})
            noted = {
                name: _to_note(value)
                for name, value in vars(FunnelCommon).items()
                if _is_noted(value)
            }
            env = FunnelCommon.env
            note = json.dumps(
                {"uid": env.uid, "context": dict(env.context), "made": noted}
            )
            cls.env["ir.config_parameter"].sudo().set_param(PREPARED, note)
            cls.env.flush_all()
            cls.cr._cnx.commit()  # tests must not, by the cursor's own method
        finally:
            FunnelCommon.doClassCleanups()

    @classmethod
    def _get_prepared(cls):
        with Registry(get_db_name()).cursor() as cr:
            cr.execute(
                "SELECT value FROM ir_config_parameter WHERE key = %s", [PREPARED]
            )
            return json.loads((cr.fetchone() or ["null"])[0])

    @classmethod
    def _take(cls, prepared):
        cls.env = cls.env(user=prepared["uid"], context=prepared["context"])
        for name, noted in prepared["made"].items():
            setattr(cls, name, _from_note(cls.env, noted))

    @classmethod
    def _create_role_users(cls):
        """Return role -> user, all made at once: one by one takes three times as long."""
        users = (
            cls.env["res.users"]
            .with_context(mail_create_nolog=True, mail_notrack=True)
            .create(
                [
                    {
                        "name": f"funnel_{role} ({role})",
                        "login": f"funnel_{role}",
                        "password": f"funnel_{role}",
                        "email": f"funnel_{role}@example.com",
                        "company_id": cls.company.id,
                        "company_ids": [Command.set(cls.company.ids)],
                        "group_ids": [
                            Command.set(
                                cls.env.ref(f"{MODULE}.group_funnel_{role}").ids
                            )
                        ],
                    }
                    for role in ROLES
                ]
            )
        )
        return dict(zip(ROLES, users, strict=True))

    @classmethod
    def new_role_user(cls, login, *roles, **values):
        """Create an internal user with the roles named, without any other group
        than what they imply.

        :param roles: names as in ``ROLES``
        """
        groups = ",".join(f"{MODULE}.group_funnel_{role}" for role in roles)
        values.setdefault("company_id", cls.env.company.id)
        values.setdefault("company_ids", [Command.set(cls.env.company.ids)])
        return new_test_user(
            cls.env, login, groups=groups or "base.group_user", **values
        )


def _is_noted(value):
    if isinstance(value, dict):
        return any(_is_noted(part) for part in value.values())
    return isinstance(value, models.BaseModel)


def _to_note(value):
    if isinstance(value, dict):
        return {key: _to_note(part) for key, part in value.items()}
    if isinstance(value, models.BaseModel):
        return [value._name, value.ids, value.env.su, dict(value.env.context)]
    return value


def _from_note(env, noted):
    if isinstance(noted, dict):
        return {key: _from_note(env, part) for key, part in noted.items()}
    if isinstance(noted, list):
        name, ids, su, context = noted
        return env(su=su, context=context)[name].browse(ids)
    return noted
