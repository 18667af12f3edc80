from odoo import Command
from odoo.tests import new_test_user

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

MODULE = "crm_sales_funnel"
ROLES = (
    "salesperson",
    "team_leader",
    "manager",
    "order_desk",
    "warehouse",
    "finance",
    "purchasing",
)


def create_role_users(company):
    """Return role -> user of the company, all made at once: one by one takes three
    times as long."""
    env = company.env
    users = (
        env["res.users"]
        .with_context(mail_create_nolog=True, mail_notrack=True)
        .create(
            [
                {
                    "name": f"funnel_{role} ({role})",
                    "login": f"funnel_{role}",
                    "password": f"funnel_{role}",
                    "email": f"funnel_{role}@example.com",
                    "company_id": company.id,
                    "company_ids": [Command.set(company.ids)],
                    "group_ids": [
                        Command.set(env.ref(f"{MODULE}.group_funnel_{role}").ids)
                    ],
                }
                for role in ROLES
            ]
        )
    )
    return dict(zip(ROLES, users, strict=True))


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
    def setup_independent_company(cls, **kwargs):
        """Take the company that the database was prepared with, if it was: to make one
        takes most of the time of a class."""
        company = cls.env.ref("funnel_tests.company", raise_if_not_found=False)
        if not company or kwargs:
            return super().setup_independent_company(**kwargs)
        cls.env.user.company_ids = [Command.link(company.id)]
        return company

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.users = cls._get_role_users()
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

    @classmethod
    def _get_role_users(cls):
        """Return role -> user: those that the database was prepared with, if it was."""
        if cls.company == cls.env.ref("funnel_tests.company", raise_if_not_found=False):
            return {role: cls.env.ref(f"funnel_tests.{role}") for role in ROLES}
        return create_role_users(cls.company)

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
