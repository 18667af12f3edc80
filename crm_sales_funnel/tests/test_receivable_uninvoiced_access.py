from odoo import Command
from odoo.exceptions import AccessError
from odoo.service.model import call_kw
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .test_receivable_uninvoiced import UninvoicedCommon

# Role -> the quantities that it sees; None: not admitted.
REACH = {
    "salesperson": [1],
    "team_leader": [1, 2],
    "manager": [1, 2, 4],
    "order_desk": [1, 2, 4],
    "finance": [1, 2, 4],
    "warehouse": None,
    "purchasing": None,
}


@tagged("post_install", "-at_install")
class TestReceivableUninvoicedAccess(UninvoicedCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mate = cls.new_role_user("funnel_mate", "salesperson")
        cls.team.member_ids = [Command.link(cls.mate.id)]
        cls.stranger = cls.new_role_user("funnel_stranger", "salesperson")

    def setUp(self):
        super().setUp()
        for user, quantity in (
            (self.users["salesperson"], 1),
            (self.mate, 2),
            (self.stranger, 4),
        ):
            picking = self.deliverable(quantity)
            picking.sale_id.write({"user_id": user.id, "team_id": False})
            self.deliver(picking, quantity)
        self.env.flush_all()

    def call(self, user, method, *args, companies=None):
        """Call as the web client does."""
        report = self.env["funnel.uninvoiced.report"].with_user(user)
        context = {"allowed_company_ids": (companies or self.company).ids}
        return call_kw(report, method, list(args), {"context": context})

    def test_what_each_role_sees(self):
        for role, quantities in REACH.items():
            with self.subTest(role):
                self.check(self.users[role], quantities)

    def check(self, user, quantities):
        if quantities is None:
            for method in ("search_read", "search_count", "formatted_read_group"):
                with self.assertRaises(AccessError):
                    self.call(user, method, [])
            return
        rows = self.call(user, "search_read", [], ["quantity"])
        self.assertEqual(sorted(row["quantity"] for row in rows), quantities)
        (group,) = self.call(user, "formatted_read_group", [], [], ["quantity:sum"])
        self.assertEqual(group["quantity:sum"], sum(quantities))

    def test_portal_users_are_refused(self):
        self.check(
            new_test_user(self.env, "funnel_portal", groups="base.group_portal"), None
        )

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_rows_of_others_cannot_be_opened(self):
        report = self.env["funnel.uninvoiced.report"]
        row = report.search([("user_id", "=", self.stranger.id)])
        for method, args in (
            ("read", (row.ids, ["amount"])),
            ("action_open_document", (row.ids,)),
        ):
            with self.subTest(method), self.assertRaises(AccessError):
                self.call(self.users["salesperson"], method, *args)

    def test_documents_are_opened(self):
        for role, quantities in REACH.items():
            if not quantities:
                continue
            user = self.users[role]
            (row,) = self.call(user, "search_read", [("quantity", "=", 1)], ["id"])
            action = self.call(user, "action_open_document", [row["id"]])
            document = self.env[action["res_model"]].browse(action["res_id"])
            with self.subTest(role):
                self.assertTrue(document.with_user(user).has_access("read"))

    def test_other_companies(self):
        """Neither rows nor sums of a company that the user is not in."""
        other = self.env["res.company"].create({"name": "Other"})
        finance = self.users["finance"]
        self.assertNotIn(other, finance.company_ids)
        with self.assertRaises(AccessError):
            self.call(finance, "search_count", [], companies=other)
        admin = self.env.user
        admin.company_ids |= other
        self.assertFalse(self.call(admin, "search_count", [], companies=other))
        both = self.call(admin, "search_count", [], companies=self.company | other)
        self.assertEqual(both, self.call(admin, "search_count", []))

    def test_number_of_queries_does_not_grow(self):
        report = self.env["funnel.uninvoiced.report"].with_context(
            allowed_company_ids=self.company.ids
        )
        fnames = ["partner_id", "picking_id", "slip_number", "amount", "due_date"]

        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            report.search([]).read(fnames)
            return self.env.cr.sql_log_count - before

        count()
        few = count()
        for quantity in range(1, 6):
            self.deliver(self.deliverable(quantity), quantity)
        self.assertEqual(count(), few)
