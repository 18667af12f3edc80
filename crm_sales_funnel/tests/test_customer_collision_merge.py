from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .collision_common import CollisionCommon


@tagged("post_install", "-at_install")
class TestCustomerCollisionMerge(CollisionCommon):
    """Who makes one of two customers, in Odoo's dialog."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.twin = cls.env["res.partner"].create(
            {
                "name": "新航科技（深圳）",
                "is_company": True,
                "email": "office@twin.example.com",
            }
        )
        cls.xinhang.email = "info@first.example.com"

    def merge(self, partners, role="manager"):
        """Merge into the first one, as the dialog does."""
        wizard = self.as_user("base.partner.merge.automatic.wizard", self.users[role])
        wizard = wizard.with_context(
            active_model="res.partner", active_ids=partners.ids
        )
        return wizard.create({"dst_partner_id": partners[0].id}).action_merge()

    def test_managers_merge_a_pair_with_different_mails(self):
        [pair] = self.pairs(self.twin)
        self.merge(self.xinhang | self.twin)
        self.assertFalse(self.twin.exists())
        self.assertTrue(self.xinhang.exists())
        self.assertFalse(pair.exists())

    def test_what_is_no_pair_is_merged_as_odoo_allows(self):
        other = self.env["res.partner"].create(
            {"name": "Alpha Ltd", "email": "a@alpha.example.com"}
        )
        with self.assertRaisesRegex(UserError, "same email"):
            self.merge(self.xinhang | other)
        other.email = self.xinhang.email
        self.merge(self.xinhang | other)
        self.assertFalse(other.exists())

    def test_whoever_logs_in_is_not_merged_by_managers(self):
        for active in (True, False):
            user = new_test_user(
                self.env, f"portal.{active}", "base.group_portal", email="p@x.com"
            )
            user.partner_id.write({"name": "新航科技", "is_company": True})
            user.active = active
            self.assertTrue(self.pairs(user.partner_id) & self.pairs(self.xinhang))
            with self.assertRaisesRegex(UserError, "same email"):
                self.merge(self.xinhang | user.partner_id)

    def test_others_merge_no_customers(self):
        for role in ("salesperson", "team_leader", "order_desk", "finance"):
            with self.assertRaises(AccessError):
                self.merge(self.xinhang | self.twin, role)
