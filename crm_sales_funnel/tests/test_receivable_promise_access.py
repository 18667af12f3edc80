from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import ROLES
from .promise_common import PromiseCommon

MODELS = ("funnel.payment.promise", "funnel.invoice.dispute")
# Role -> what it may do at all: create, read, write, unlink.
RIGHTS = {
    "salesperson": "crw",
    "team_leader": "crw",
    "manager": "crw",
    "order_desk": "cr",
    "warehouse": "",
    "finance": "crw",
    "purchasing": "",
}
# Role -> whose it sees: of the salesperson, of a mate in the team, of a stranger.
REACH = {
    "salesperson": [1],
    "team_leader": [1, 2],
    "manager": [1, 2, 4],
    "order_desk": [1, 2, 4],
    "finance": [1, 2, 4],
}


@tagged("post_install", "-at_install")
class TestReceivablePromiseAccess(PromiseCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mate = cls.new_role_user("funnel_mate", "salesperson")
        cls.team.member_ids = [Command.link(cls.mate.id)]
        cls.stranger = cls.new_role_user("funnel_stranger", "salesperson")
        cls.owners = (cls.users["salesperson"], cls.mate, cls.stranger)
        cls.moves = cls.env["account.move"]
        for amount, user in zip((1, 2, 4), cls.owners, strict=True):
            partner = cls.env["res.partner"].create(
                {"name": f"Customer of {user.name}", "user_id": user.id}
            )
            cls.moves |= cls.invoice(
                amount, "2026-03-01", partner_id=partner.id, invoice_user_id=user.id
            )

    def setUp(self):
        super().setUp()
        self.made = {name: self.env[name] for name in MODELS}

    def make_all(self):
        for move in self.moves:
            self.made[MODELS[0]] |= self._make(MODELS[0], move).with_env(self.env)
            self.made[MODELS[1]] |= self._make(MODELS[1], move).with_env(self.env)

    def _make(self, name, move, user=None):
        items = [Command.set(self.items(move).ids)]
        if name == MODELS[0]:
            partner = move.commercial_partner_id.id
            return self.promise(user=user, partner_id=partner, item_ids=items)
        return self.dispute(move, user=user, item_ids=items)

    def test_rights(self):
        for name in MODELS:
            for role in ROLES:
                records = self.model(name, self.users[role])
                lines = self.model(f"{name}.line", self.users[role])
                for operation in ("create", "read", "write", "unlink"):
                    with self.subTest(model=name, role=role, operation=operation):
                        self.assertEqual(
                            records.has_access(operation),
                            operation[0] in RIGHTS[role],
                        )
                        self.assertEqual(
                            lines.has_access(operation),
                            operation == "read" and bool(RIGHTS[role]),
                        )

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
    def test_reach(self):
        self.make_all()
        for name in MODELS:
            for role in ROLES:
                with self.subTest(model=name, role=role):
                    self._check_reach(name, self.users[role], REACH.get(role))

    def _check_reach(self, name, user, expected):
        records = self.model(name, user)
        lines = self.model(f"{name}.line", user)
        if expected is None:
            for method in (records.search, records._read_group, lines.search):
                with self.assertRaises(AccessError):
                    method([])
            return
        self.assertEqual(sorted(records.search([]).mapped("amount")), expected)
        self.assertEqual(sorted(lines.search([]).mapped("amount_open")), expected)
        for record, amount in zip(self.made[name], (1, 2, 4), strict=True):
            mine = record.with_env(records.env)
            self.assertEqual(mine.has_access("read"), amount in expected)
            if amount not in expected:
                self.env.invalidate_all()
                for method, args in (
                    ("read", [["amount"]]),
                    ("write", [{"note": "x"}]),
                    ("web_read", [{"amount": {}}]),
                ):
                    with self.assertRaises(AccessError):
                        self._call(mine, method, *args)

    def _call(self, records, method, *args):
        """Call as the web client does."""
        return call_kw(
            records, method, [records.ids, *args], {"context": records.env.context}
        )

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
    def test_what_each_role_may_make(self):
        for name in MODELS:
            for role in ROLES:
                for move, amount in zip(self.moves, (1, 2, 4), strict=True):
                    allowed = amount in REACH.get(role, ())
                    with self.subTest(model=name, role=role, amount=amount):
                        self._check_making(name, move, self.users[role], allowed)

    def _check_making(self, name, move, user, allowed):
        self.env.invalidate_all()
        if not allowed:
            with self.assertRaises(AccessError):
                self._make(name, move, user)
            return
        with self.env.cr.savepoint() as savepoint:
            made = self._make(name, move, user)
            self.assertEqual(made.amount, move.amount_total)
            self.assertEqual(made.user_id, move.invoice_user_id)
            self.assertEqual(made.taken_by_id, user)
            savepoint.rollback()
        self.env.invalidate_all()

    def test_items_of_others_are_not_told_of(self):
        """Neither by naming their ids, nor by what a dialog shows."""
        own, _mates, others = self.moves
        user = self.users["salesperson"]
        with self.assertRaisesRegex(UserError, "no open items"):
            self.promise(user=user, partner_id=others.partner_id.id)
        with self.assertRaises(AccessError):
            self.promise(
                user=user,
                partner_id=own.partner_id.id,
                item_ids=[Command.link(self.items(others).id)],
            )
        promises = self.model(MODELS[0], user)
        item = self.items(others).id
        spec = {
            "amount": {},
            "line_ids": {"fields": {"label": {}, "residual": {}}},
            "item_ids": {"fields": {"residual_currency": {}}},
        }
        line = {"move_line_id": item, "amount_open": 0}
        for changed in ([], ["line_ids"]):
            self.env.invalidate_all()
            values = {
                "partner_id": others.partner_id.id,
                "line_ids": [[0, "new", line]],
            }
            answer = promises.onchange(values, changed, spec)
            self.assertNotIn(others.name, str(answer))
            self.assertFalse(answer["value"].get("amount"))
            self.assertNotIn("4.0", str(answer))
        # As Odoo asks for what is shown of a line.
        draft = promises.new({"line_ids": [Command.create(line)]})
        self.assertEqual(
            draft.line_ids.mapped(lambda each: (each.label, each.residual)),
            [(False, 0)],
        )
        with self.assertRaises(AccessError):
            promises.onchange({"item_ids": [[4, item]]}, ["item_ids"], spec)

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_salesperson_cannot_cancel_or_resolve_those_of_others(self):
        self.make_all()
        user = self.users["salesperson"]
        for name, method in zip(MODELS, ("action_cancel", "action_resolve")):
            own, _mates, others = self.made[name]
            with self.subTest(name), self.assertRaises(AccessError):
                self._call(others.with_env(self.model(name, user).env), method)
            own = own.with_env(self.model(name, user).env)
            if method == "action_resolve":
                own.resolution = "Done."
            self._call(own, method)
            self.assertIn(own.state, ("cancelled", "resolved"))

    def test_order_desk_makes_and_does_not_change(self):
        desk = self.users["order_desk"]
        promise = self._make(MODELS[0], self.moves[0], desk)
        for method, args in (("write", [{"amount": 1}]), ("action_cancel", [])):
            with self.subTest(method), self.assertRaises(AccessError):
                self._call(promise, method, *args)

    def test_new_salesperson_of_the_customer(self):
        """Who has the customer now sees what was promised before."""
        self.make_all()
        self.moves[2].partner_id.user_id = self.users["salesperson"]
        promises = self.model(MODELS[0], self.users["salesperson"])
        self.assertEqual(sorted(promises.search([]).mapped("amount")), [1, 4])

    def test_only_finance_and_managers_hand_over(self):
        self.make_all()
        promise = self.made[MODELS[0]][0]
        with self.assertRaises(AccessError):
            promise.with_user(self.users["salesperson"]).user_id = self.mate
        for role in ("finance", "manager"):
            promise.with_user(self.users[role]).user_id = self.mate
        self.assertEqual(promise.user_id, self.mate)

    def test_salesperson_who_left(self):
        """The customer's salesperson gets the task."""
        self.moves[2].partner_id.user_id = self.mate
        self.stranger.active = False
        promise = self._make(MODELS[0], self.moves[2])
        self.assertEqual((promise.user_id, promise.team_id), (self.mate, self.team))

    def test_portal_users_are_refused(self):
        portal = new_test_user(self.env, "funnel_portal", groups="base.group_portal")
        for name in MODELS:
            with self.assertRaises(AccessError):
                self.model(name, portal).search([])
            with self.assertRaises(AccessError):
                self._make(name, self.moves[0], portal)

    def test_other_companies_stay_unseen(self):
        self.make_all()
        other = self.setup_other_company()["company"]
        finance = self.users["finance"]
        with self.assertRaises(AccessError):
            self.promise(company_id=other.id, partner_id=self.moves[0].partner_id.id)
        finance.company_ids |= other
        for name in MODELS:
            self.assertFalse(self.model(name, finance, other).search([]))
            self.assertEqual(len(self.model(name, finance).search([])), 3)
