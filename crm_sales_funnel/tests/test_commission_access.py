from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .commission_common import PARTS, CommissionCommon
from .common import ROLES

MODELS = tuple(f"funnel.commission.{part}" for part in ("plan", *PARTS))
READERS = {"salesperson", "team_leader", "manager", "finance"}


@tagged("post_install", "-at_install")
class TestCommissionAccess(CommissionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.colleague = cls.new_role_user("funnel_colleague", "salesperson")
        cls.portal = new_test_user(cls.env, "funnel_portal", groups="base.group_portal")
        cls.second = cls.setup_other_company(name="Second Ltd")["company"]
        cls.env.user.company_ids |= cls.second
        member, colleague = cls.users["salesperson"], cls.colleague
        cls.plans = {
            "draft": cls.full_plan(),
            "own": cls.full_plan(),
            "all": cls.full_plan(member=[]),
            "other": cls.full_plan(member=[{"user_id": colleague.id}]),
            "closed": cls.full_plan(member=[{"user_id": member.id, "share": 90}]),
            "second": cls.full_plan(
                company_id=cls.second.id, factor=[], rule=[], member=[]
            ),
        }
        for name, plan in cls.plans.items():
            if name != "draft":
                plan.action_approve()
        cls.plans["closed"].action_close()

    def assert_reads(self, user, names):
        """Assert that the user finds and reads these plans and their parts, no other."""
        own = self.env(user=user, context={"allowed_company_ids": user.company_ids.ids})
        ids = {plan.id: name for name, plan in self.plans.items()}
        found = own["funnel.commission.plan"].search([("id", "in", list(ids))])
        self.assertEqual({ids[plan.id] for plan in found}, set(names))
        for name, plan in self.plans.items():
            for record in (plan, *(plan[field][:1] for field in PARTS.values())):
                if record._name == "funnel.commission.member" or not record:
                    continue
                with self.subTest(user=user.login, plan=name, model=record._name):
                    self.env.invalidate_all()
                    mine = record.with_env(own)
                    if name in names:
                        self.assertTrue(mine.read()[0]["display_name"])
                    else:
                        self.assertRaises(AccessError, mine.read, ["display_name"])
                    self.assertEqual(
                        mine.search_count([("id", "=", record.id)]), name in names
                    )

    def read_members(self, user):
        """Return the members that the user reads, one by one, as plan and user."""
        read = set()
        for name, plan in self.plans.items():
            for member in plan.member_ids:
                self.env.invalidate_all()
                own = member.with_user(user)
                try:
                    own.read()
                except AccessError:
                    self.assertFalse(own.search([("id", "=", member.id)]))
                else:
                    read.add((name, own.user_id.login))
        return read

    def test_who_may_do_what(self):
        for model in MODELS:
            for role in ROLES:
                own = self.env[model].with_user(self.users[role])
                with self.subTest(model=model, role=role):
                    self.assertEqual(own.has_access("read"), role in READERS)
                    for operation in ("write", "create", "unlink"):
                        self.assertEqual(own.has_access(operation), role == "manager")
            with self.subTest(model=model, role="portal"):
                self.assertFalse(
                    self.env[model].with_user(self.portal).has_access("read")
                )

    def test_which_plans_are_read(self):
        users, here = self.users, {"draft", "own", "all", "other", "closed"}
        self.assert_reads(users["salesperson"], {"own", "all", "closed"})
        self.assert_reads(self.colleague, {"all", "other"})
        self.assert_reads(users["team_leader"], {"own", "all"})
        self.assert_reads(users["manager"], here)
        self.assert_reads(users["finance"], here)

    def test_who_reads_which_members(self):
        """A salesperson is not told what others get."""
        me, leader = (self.users[role].login for role in ("salesperson", "team_leader"))
        self.assertEqual(
            self.read_members(self.users["salesperson"]), {("own", me), ("closed", me)}
        )
        self.assertEqual(
            self.read_members(self.users["team_leader"]), {("own", leader)}
        )
        for role in ("manager", "finance"):
            self.assertEqual(
                self.read_members(self.users[role]),
                {
                    ("draft", me),
                    ("draft", leader),
                    ("own", me),
                    ("own", leader),
                    ("other", self.colleague.login),
                    ("closed", me),
                },
            )

    def test_the_sentence_tells_no_more(self):
        plan = self.plans["own"]
        names = {self.users[role].name for role in ("salesperson", "team_leader")}
        for role, told in (
            ("salesperson", {self.users["salesperson"].name}),
            ("team_leader", {self.users["team_leader"].name}),
            ("manager", names),
            ("finance", names),
        ):
            for order in (False, True):
                with self.subTest(role=role, order=order):
                    self.env.invalidate_all()
                    if order:  # whatever somebody else has read before
                        plan.member_ids.mapped("share")
                    sentence = plan.with_user(self.users[role]).sentence
                    self.assertEqual({name for name in names if name in sentence}, told)

    def test_the_form_of_a_salesperson(self):
        """It opens, with names of what the salesperson does not read."""
        hidden = self.env["res.partner"].create(
            {"name": "Hidden Ltd", "is_company": True}
        )
        plan = self.plan(
            rate=3,
            rule=[{"partner_id": hidden.id, "rate": 1}],
            factor=[{"driver": "method", "payment_method_line_id": self.method.id}],
        )
        plan.action_approve()
        self.env["ir.rule"].create(
            {
                "name": "hides it",
                "model_id": self.env.ref("base.model_res_partner").id,
                "domain_force": [("id", "!=", hidden.id)],
            }
        )
        self.env.invalidate_all()
        own = plan.with_user(self.users["salesperson"])
        [row] = own.web_read(
            {
                "sentence": {},
                "problems": {},
                "rule_ids": {
                    "fields": {"partner_id": {"fields": {"display_name": {}}}}
                },
                "factor_ids": {"fields": {"display_name": {}}},
                "member_ids": {"fields": {"display_name": {}}},
            }
        )
        self.assertIn("Hidden Ltd: 1 %", row["sentence"])
        self.assertIn(self.method.display_name, row["sentence"])

    def test_buttons_are_for_managers(self):
        draft, approved = self.plans["draft"], self.plans["own"]
        replaced = self.plans["closed"]
        replaced.action_new_version()
        for role in set(ROLES) - {"manager"}:
            for plan, method in (
                (draft, "action_approve"),
                (approved, "action_close"),
                (approved, "action_new_version"),
                (replaced, "action_new_version"),
                (approved, "copy"),
            ):
                with self.subTest(role=role, method=method):
                    self.env.invalidate_all()
                    own = plan.with_user(self.users[role])
                    self.assertRaises(AccessError, getattr(own, method))
        self.assertEqual((draft.state, approved.state), ("draft", "approved"))

    def test_another_company(self):
        """Its plans are neither read nor changed, nor is anything of it in a plan."""
        manager = self.users["manager"]
        other = self.plans["second"]
        self.env.invalidate_all()
        for method, *args in (
            ("read", ["name"]),
            ("write", {"rate": 1}),
            ("unlink",),
            ("action_approve",),
            ("action_close",),
            ("action_new_version",),
        ):
            with self.subTest(method), self.assertRaises(AccessError):
                getattr(other.with_user(manager), method)(*args)
        with self.assertRaises(AccessError):
            self.plan(manager, company_id=self.second.id)
        with self.assertRaises(AccessError):
            self.plans["draft"].with_user(manager).company_id = self.second
        with self.assertRaises(AccessError):
            self.env["funnel.commission.level"].with_user(manager).create(
                {"plan_id": other.id, "bound": 5}
            )
        with self.assertRaises(AccessError):
            self.plans["draft"].with_user(manager).level_ids[0].plan_id = other

    def test_nothing_of_another_company_in_a_plan(self):
        stranger = self.new_role_user(
            "funnel_stranger",
            "salesperson",
            company_id=self.second.id,
            company_ids=[Command.set(self.second.ids)],
        )
        team = self.env["crm.team"].create(
            {"name": "Team of the Second", "company_id": self.second.id}
        )
        partner, product = (
            self.env[model].create({"name": "Theirs", "company_id": self.second.id})
            for model in ("res.partner", "product.product")
        )
        journal = self.env["account.journal"].search(
            [("company_id", "=", self.second.id), ("type", "=", "bank")], limit=1
        )
        method = journal.inbound_payment_method_line_ids[0]
        me = self.users["salesperson"].id
        for part, values in (
            ("rule", {"team_id": team.id}),
            ("rule", {"partner_id": partner.id}),
            ("rule", {"product_id": product.id}),
            ("factor", {"driver": "method", "payment_method_line_id": method.id}),
            ("member", {"user_id": stranger.id}),
            ("member", {"user_id": me, "scope": "team", "team_id": team.id}),
            ("member", {"user_id": me, "payee_id": partner.id}),
        ):
            with self.subTest(values):
                self.assert_refused("compan", self.plan, **{part: [values]})
        # A plan that goes to another company takes nothing of this one with it.
        both = self.env(
            context={"allowed_company_ids": (self.company | self.second).ids}
        )
        for values in (
            {"rule": [{"team_id": self.team.id}]},
            {
                "factor": [
                    {"driver": "method", "payment_method_line_id": self.method.id}
                ]
            },
            {"member": [{"user_id": me}]},
        ):
            draft = self.plan(**values).with_env(both)
            with self.subTest(values):
                self.assert_refused(
                    "compan", draft.write, {"company_id": self.second.id}
                )
        self.plan().with_env(both).company_id = self.second
