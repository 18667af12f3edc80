"""Who sees and does what: by role, team and company."""

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .followup_common import FollowupCommon

READERS = ("salesperson", "team_leader", "manager", "finance")
MODELS = ("run", "line", "item", "policy", "level")
# model -> roles -> what they may do
MATRIX = {
    "run": dict.fromkeys(READERS, "r"),
    "line": dict.fromkeys(READERS, "rw"),
    "item": dict.fromkeys(READERS, "r"),
    "policy": {
        **dict.fromkeys(READERS, "r"),
        "order_desk": "r",
        "manager": "rwcd",
        "finance": "rwcd",
    },
    "level": {
        **dict.fromkeys(READERS, "r"),
        "order_desk": "r",
        "manager": "rwcd",
        "finance": "rwcd",
    },
}
OPERATIONS = {"r": "read", "w": "write", "c": "create", "d": "unlink"}


@tagged("post_install", "-at_install")
class TestReceivableFollowupAccess(FollowupCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.theirs = cls.customer.copy({"name": "Theirs", "user_id": False})
        cls.overdue(100, 20)
        cls.overdue(50, 20, partner_id=cls.theirs.id, invoice_user_id=False)
        cls.env["funnel.followup.run"].sudo()._prepare(cls.company, cls.day(0))

    def test_matrix(self):
        for name, roles in MATRIX.items():
            for role, user in self.users.items():
                model = self.env[f"funnel.followup.{name}"].with_user(user)
                allowed = roles.get(role, "")
                for key, operation in OPERATIONS.items():
                    with self.subTest(f"{role} {operation} {name}"):
                        self.assertEqual(model.has_access(operation), key in allowed)

    def test_own_team_all(self):
        for role, names in {
            "salesperson": ["Nordwind GmbH"],
            "team_leader": ["Nordwind GmbH"],
            "manager": ["Nordwind GmbH", "Theirs"],
            "finance": ["Nordwind GmbH", "Theirs"],
        }.items():
            with self.subTest(role):
                lines = self.env["funnel.followup.line"].with_user(self.users[role])
                lines = lines.search([("state", "=", "proposed")])
                self.assertEqual(sorted(lines.partner_id.mapped("name")), names)
                items = self.env["funnel.followup.item"].with_user(self.users[role])
                self.assertEqual(
                    items.search([("line_id.state", "=", "proposed")]).line_id, lines
                )

    def test_by_team(self):
        lines = self.env["funnel.followup.line"].with_user(self.users["manager"])
        proposed = [("company_id", "=", self.company.id), ("state", "=", "proposed")]
        self.assertEqual(
            lines._read_group(proposed, ["team_id"], ["__count"]),
            [(self.team, 1), (self.team.browse(), 1)],
        )
        self.assertTrue(lines.fields_get(["team_id"])["team_id"]["groupable"])
        (line,) = lines.search([*proposed, ("team_id", "=", self.team.id)])
        self.assertEqual(line.partner_id, self.customer)

    def test_finance_alone_approves(self):
        lines = self.lines()
        for role in ("salesperson", "team_leader", "manager", "order_desk"):
            for name in (
                "action_send",
                "send_next",
                "action_skip",
                "action_propose",
                "action_propose_again",
            ):
                with self.subTest(f"{role} {name}"), self.assertRaises(AccessError):
                    getattr(lines.with_user(self.users[role]), name)()
        for role in ("order_desk", "warehouse", "purchasing"):
            with self.subTest(role), self.assertRaises(AccessError):
                lines.with_user(self.users[role]).action_done()

    def test_a_colleague_does_not_do_it(self):
        theirs = self.lines([("partner_id", "=", self.theirs.id)])
        for name in ("action_done", "action_undo", "action_log_contact"):
            with self.subTest(name), self.assertRaises(AccessError):
                line = theirs.with_user(self.users["salesperson"])
                line.read(["partner_id"])
                getattr(line, name)()

    def test_what_is_to_be_done_goes_to_the_new_salesperson(self):
        theirs, mine = self.lines([]).sorted(
            lambda line: line.partner_id == self.customer
        )
        self.assertEqual(mine.partner_id, self.customer)
        former, new = self.users["salesperson"], self.users["team_leader"]
        self.assertEqual(mine.user_id, former)
        (mine | theirs).state = "todo"
        theirs.user_id = self.users["manager"]  # who sold what is owed most
        self.customer.user_id = False
        self.assertEqual(mine.user_id, former)
        other = self.env["res.company"].create({"name": "Elsewhere"})
        elsewhere = self.new_role_user(
            "elsewhere",
            "salesperson",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        self.customer.user_id = elsewhere
        self.assertEqual(mine.user_id, former)  # who works in the company
        (self.customer | self.theirs).with_user(self.users["manager"]).user_id = new
        self.assertEqual((mine | theirs).user_id, new)
        mine.state = "skipped"
        self.customer.user_id = former
        self.assertEqual(mine.user_id, new)
        mine.with_user(self.users["finance"]).action_propose_again()
        self.assertEqual(mine.user_id, former)
        mine.state = "done"
        self.customer.user_id = new
        mine.with_user(self.users["finance"]).action_undo()
        self.assertEqual(mine.user_id, new)
        both = [("is_paid", "in", [True, False])]
        self.assertEqual(self.lines(both), self.lines([]))
        mine.state = "done"
        self.customer.user_id = former
        self.assertEqual(mine.user_id, new)

    def test_what_is_to_be_done_does_not_stay_with_who_leaves(self):
        seller, leader = self.users["salesperson"], self.users["team_leader"]
        other = self.env["res.company"].create({"name": "Elsewhere"})
        gone = {
            "company_id": other.id,
            "company_ids": [Command.set(other.ids)],
        }
        here = {
            "company_id": self.company.id,
            "company_ids": [Command.set(self.company.ids)],
        }
        line = self.lines([("partner_id", "=", self.customer.id)])
        for leave, come_back in (({"active": False}, {"active": True}), (gone, here)):
            for state in ("todo", "proposed"):
                with self.subTest(state, **leave):
                    line.write({"state": state, "user_id": seller.id})
                    seller.write(leave)
                    self.assertFalse(line.user_id)
                    seller.write(come_back)
                    self.assertEqual(line.user_id, seller)
        # Who has it, and is not the salesperson of the customer
        line.user_id = leader
        leader.active = False
        self.assertEqual(line.user_id, seller)
        leader.active = True
        self.assertEqual(line.user_id, seller)
        line.write({"state": "done"})
        seller.active = False
        self.assertEqual(line.user_id, seller)

    def test_a_customer_without_a_salesperson(self):
        """Who has a task keeps it as long as he is there."""
        seller = self.users["salesperson"]
        line = self.lines([("partner_id", "=", self.customer.id)])
        line.state = "todo"
        self.customer.with_user(self.users["manager"]).user_id = False
        self.assertEqual(line.user_id, seller)
        seller.active = False
        self.assertFalse(line.user_id)

    def test_who_works_in_another_company_gets_no_task(self):
        seller, manager = self.users["salesperson"], self.users["manager"]
        self.env["account.move"].search(
            [("partner_id", "=", self.customer.id)]
        ).invoice_user_id = manager
        other = self.env["res.company"].create({"name": "Elsewhere"})
        line = self.lines([("partner_id", "=", self.customer.id)])
        line.state = "skipped"
        seller.write({"company_id": other.id, "company_ids": [Command.set(other.ids)]})
        self.assertEqual(line.user_id, seller)
        line.with_user(self.users["finance"]).action_propose_again()
        self.assertFalse(line.user_id)
        self.assertEqual(line._renew(self.day(0)), line)
        self.assertEqual(line.user_id, manager)  # of the invoice
        (proposal,) = [
            each for each in self.propose() if each.partner_id == self.customer.id
        ]
        self.assertEqual(proposal.user_id, manager.id)
        manager.write({"company_id": other.id, "company_ids": [Command.set(other.ids)]})
        self.assertFalse(line.user_id)
        self.assertEqual(line._renew(self.day(0)), line)
        self.assertFalse(line.user_id)

    def test_another_company_sees_nothing(self):
        other = self.setup_other_company()["company"]
        user = self.new_role_user(
            "finance_b", "finance", company_id=other.id, company_ids=[(6, 0, other.ids)]
        )
        lines = self.env["funnel.followup.line"].with_user(user)
        self.assertFalse(lines.search([]))
        self.assertEqual(lines._read_group([], [], ["__count"]), [(0,)])
        with self.assertRaises(AccessError):
            self.lines().with_user(user).action_skip()
        policies = self.env["funnel.followup.policy"].with_user(user)
        self.assertNotIn(self.policy, policies.search([]))

    def test_portal_users_get_nothing(self):
        portal = self.env["res.users"].create(
            {
                "name": "portal",
                "login": "funnel_portal",
                "group_ids": [(6, 0, self.env.ref("base.group_portal").ids)],
            }
        )
        for name in MODELS:
            model = self.env[f"funnel.followup.{name}"].with_user(portal)
            with self.subTest(name), self.assertRaises(AccessError):
                model.search([])
