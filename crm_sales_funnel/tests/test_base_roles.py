from odoo.tests import tagged

from .common import MODULE, ROLES, FunnelCommon


@tagged("post_install", "-at_install")
class TestRoles(FunnelCommon):
    def test_every_role_is_a_user_with_a_role(self):
        for role, user in self.users.items():
            with self.subTest(role):
                self.assertTrue(user.has_group(f"{MODULE}.group_funnel_user"))
        outsider = self.new_role_user("funnel_nobody")
        self.assertFalse(outsider.has_group(f"{MODULE}.group_funnel_user"))

    def test_roles_give_no_more_than_the_work_needs(self):
        """The groups of Odoo that matter, role by role."""
        matrix = {
            "sales_team.group_sale_salesman": {
                "salesperson",
                "team_leader",
                "manager",
                "order_desk",
            },
            "sales_team.group_sale_salesman_all_leads": {"manager", "order_desk"},
            "sales_team.group_sale_manager": {"manager"},
            "stock.group_stock_user": {"order_desk", "warehouse", "purchasing"},
            "stock.group_stock_manager": set(),
            "purchase.group_purchase_user": {"purchasing"},
            "account.group_account_invoice": {"finance"},
            "account.group_account_user": {"finance"},
            "account.group_account_manager": set(),
            "base.group_system": set(),
        }
        for group, roles in matrix.items():
            for role in ROLES:
                with self.subTest(group=group, role=role):
                    self.assertEqual(self.users[role].has_group(group), role in roles)

    def test_several_jobs(self):
        """A user keeps one role of each department at the same time."""
        user = self.new_role_user("funnel_two", "order_desk", "finance")
        self.assertTrue(user.has_group(f"{MODULE}.group_funnel_order_desk"))
        self.assertTrue(user.has_group(f"{MODULE}.group_funnel_finance"))

    def test_reaches(self):
        reaches = {role: user._funnel_reaches() for role, user in self.users.items()}
        everything = ("own", "team", "all")
        self.assertEqual(
            reaches,
            {
                "salesperson": ("own",),
                "team_leader": ("own", "team"),
                "manager": everything,
                "order_desk": everything,
                "warehouse": everything,
                "finance": everything,
                "purchasing": everything,
            },
        )
        self.assertEqual(self.new_role_user("funnel_nobody")._funnel_reaches(), ())

    def test_team_leader_reads_the_documents_of_the_team_only(self):
        outside = self.new_role_user("funnel_outside", "salesperson")
        orders = self.env["sale.order"].create(
            [
                {
                    "partner_id": self.customer.id,
                    "user_id": user.id,
                    "team_id": user.sale_team_id.id,
                }
                for user in (
                    self.users["salesperson"],
                    self.users["team_leader"],
                    outside,
                )
            ]
        )
        seen = {
            role: orders.with_user(self.users[role])._filtered_access("read")
            for role in ("salesperson", "team_leader", "manager")
        }
        self.assertEqual(seen["salesperson"], orders[0])
        self.assertEqual(seen["team_leader"], orders[:2])
        self.assertEqual(seen["manager"], orders)
