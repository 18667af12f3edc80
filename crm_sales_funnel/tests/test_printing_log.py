from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import ROLES
from .test_printing_slip_number import SlipNumberCommon

OPERATIONS = ("read", "write", "create", "unlink")
EVERYBODY = set(ROLES)
# model -> operation -> the roles that may
MATRIX = {
    "funnel.print.sequence": {
        "read": EVERYBODY,
        "write": {"manager"},
        "create": {"manager"},
        "unlink": {"manager"},
    },
    "funnel.print.slip": {"read": EVERYBODY},
    "funnel.print.log": {"read": EVERYBODY},
    "funnel.print.void": dict.fromkeys(
        ("read", "write", "create"), {"manager", "order_desk"}
    ),
}


@tagged("post_install", "-at_install")
class TestPrintingLog(SlipNumberCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.log = cls.env["funnel.print.log"]

    def logs_of(self, role):
        logs = self.log.with_user(self.users[role])
        return logs.search([("document_id", "=", self.picking.id)], order="id")

    def test_each_print_is_noted(self):
        self.print_slip(self.picking, "warehouse")
        self.deliver(self.picking, 5)
        layout = self.with_prices.copy({"copy_mode": "repeat"})
        self.print_slip(
            self.picking, layout=layout, pages="1", copies=layout.copy_ids[0].ids
        )
        slip = self.picking.slip_ids
        self.assertRecordValues(
            self.logs_of("manager"),
            [
                {
                    "user_id": self.users["warehouse"].id,
                    "layout_id": self.with_prices.id,
                    "document_name": self.picking.name,
                    "slip_id": slip.id,
                    "version": 1,
                    "print_number": 1,
                    "output": "xlsx",
                    "pages": False,
                    "copies": False,
                },
                {
                    "user_id": self.users["order_desk"].id,
                    "layout_id": layout.id,
                    "document_name": self.picking.name,
                    "slip_id": slip.id,
                    "version": 2,
                    "print_number": 2,
                    "output": "xlsx",
                    "pages": "1",
                    "copies": layout.copy_ids[0].label,
                },
            ],
        )
        self.assertEqual(self.picking.print_count, 2)

    def test_a_print_that_fails_leaves_nothing(self):
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.print_slip(self.picking, pages="9")
        self.env.invalidate_all()
        self.assertFalse(self.picking.slip_ids)
        self.assertFalse(self.logs_of("manager"))
        self.assertRegex(self.print_slip(self.picking).number, "-0001$")

    def test_one_file_for_each_is_noted_too(self):
        other = self.new_delivery()
        self.with_prices._render_each(self.picking | other)
        slips = (self.picking | other).slip_ids
        self.assertEqual(slips.mapped("print_count"), [1, 1])

    def test_who_sees_which_prints(self):
        """As with slips: salespeople those of their own orders, others all."""
        for role in ("warehouse", "order_desk"):
            self.print_slip(self.picking, role)
        stranger = self.new_role_user("other_salesperson", "salesperson")
        self.users["stranger"] = stranger
        for role, count in (
            ("warehouse", 2),
            ("order_desk", 2),
            ("finance", 2),
            ("manager", 2),
            ("salesperson", 2),
            ("team_leader", 2),
            ("stranger", 0),
        ):
            with self.subTest(role=role):
                self.assertEqual(len(self.logs_of(role)), count)

    def test_nobody_changes_or_deletes_the_log(self):
        self.print_slip(self.picking)
        log = self.logs_of("manager")
        for records, error in ((log, AccessError), (log.sudo(), UserError)):
            with self.subTest(error=error):
                with self.assertRaises(error):
                    records.unlink()
                with self.assertRaises(UserError):
                    records.write({"pages": "2"})

    def test_access_by_role(self):
        for model, operations in MATRIX.items():
            for role in ROLES:
                records = self.env[model].with_user(self.users[role])
                for operation in OPERATIONS:
                    with self.subTest(model=model, role=role, operation=operation):
                        self.assertEqual(
                            records.has_access(operation),
                            role in operations.get(operation, ()),
                        )
        plain = self.new_role_user("no_role")
        for model in MATRIX:
            self.assertFalse(self.env[model].with_user(plain).has_access("read"))

    def test_other_companies_see_nothing(self):
        self.print_slip(self.picking)
        company = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self.new_role_user(
            "stranger",
            "manager",
            "order_desk",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        for model in ("funnel.print.sequence", "funnel.print.slip", "funnel.print.log"):
            with self.subTest(model=model):
                mine = self.env[model].with_user(self.users["manager"])
                self.assertTrue(mine.search([]))
                domain = [("company_id", "=", self.company.id)]
                theirs = self.env[model].with_user(stranger)
                self.assertFalse(theirs.search(domain))

    def test_salespeople_read_the_slips_of_their_own_orders(self):
        other = self.new_delivery(user_id=self.users["manager"].id)
        slips = self.print_slip(self.picking | other)
        seen = {
            role: self.env["funnel.print.slip"]
            .with_user(self.users[role])
            .search([("id", "in", slips.ids)])
            for role in ("salesperson", "team_leader", "order_desk", "warehouse")
        }
        self.assertEqual(seen["salesperson"], self.picking.slip_ids)
        self.assertEqual(seen["team_leader"], self.picking.slip_ids)
        self.assertEqual(seen["order_desk"], slips)
        self.assertEqual(seen["warehouse"], slips)
