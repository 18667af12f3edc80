from odoo import Command
from odoo.exceptions import AccessError
from odoo.service.model import call_kw
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import ROLES
from .test_receivable_credit import CreditCommon

# Role -> whose holds and overrides it reads; None: not admitted.
REACH = {
    "salesperson": {"own"},
    "team_leader": {"own", "mate"},
    "manager": {"own", "mate", "stranger"},
    "order_desk": {"own", "mate", "stranger"},
    "finance": {"own", "mate", "stranger"},
    "warehouse": None,
    "purchasing": None,
}
LOGS = ("funnel.credit.hold", "funnel.credit.override")
# Dialog -> the roles that open it.
DIALOGS = {
    "funnel.credit.hold.place": {"finance", "manager"},
    "funnel.credit.release": {"finance", "manager"},
    "funnel.credit.override.wizard": {"manager"},
}


@tagged("post_install", "-at_install")
class TestReceivableCreditAccess(CreditCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        mate = cls.new_role_user("funnel_mate", "salesperson")
        cls.team.member_ids = [Command.link(mate.id)]
        stranger = cls.new_role_user("funnel_stranger", "salesperson")
        owners = {
            "own": cls.users["salesperson"],
            "mate": mate,
            "stranger": stranger,
        }
        cls.other = cls.env["res.company"].create({"name": "Second Ltd"})
        customers = cls.env["res.partner"].create(
            [{"name": name, "user_id": user.id} for name, user in owners.items()]
        )
        holds = cls.env["funnel.credit.hold"]
        holds._place(cls.company, customers, "Late")
        holds._place(cls.other, customers, "Late")
        cls.env["funnel.credit.override"].sudo().create(
            [
                {
                    "user_id": cls.env.uid,
                    "reason": "Agreed",
                    "document": "S1",
                    "partner_id": customer.id,
                    "company_id": company.id,
                }
                for customer in customers
                for company in cls.company | cls.other
            ]
        )
        cls.customers = customers

    def call(self, user, model, method, *args, companies=None):
        """Call as the web client does."""
        context = {"allowed_company_ids": (companies or self.company).ids}
        records = self.env[model].with_user(user)
        return call_kw(records, method, list(args), {"context": context})

    def test_what_each_role_reads(self):
        domain = [("partner_id", "in", self.customers.ids)]
        for role, expected in REACH.items():
            for model in LOGS:
                with self.subTest(role=role, model=model):
                    call = self.users[role], model, "search_read", domain
                    if expected is None:
                        with self.assertRaises(AccessError):
                            self.call(*call, ["partner_id"])
                        continue
                    rows = self.call(*call, ["partner_id", "company_id"])
                    names = [row["partner_id"][1] for row in rows]
                    self.assertEqual(sorted(names), sorted(expected))
                    companies = {row["company_id"][0] for row in rows}
                    self.assertEqual(companies, {self.company.id})

    def test_portal_users_are_refused(self):
        portal = new_test_user(self.env, "funnel_portal", groups="base.group_portal")
        for model in (*LOGS, *DIALOGS):
            with self.subTest(model), self.assertRaises(AccessError):
                self.call(portal, model, "search_read", [])

    def test_nobody_changes_the_logs(self):
        for model in LOGS:
            row = self.env[model].search(
                [("company_id", "=", self.company.id)], limit=1
            )
            values = row.copy_data()[0]
            for role in ROLES:
                for method, args in (
                    ("create", (values,)),
                    ("write", (row.ids, {"reason": "Mine"})),
                    ("unlink", (row.ids,)),
                    ("copy", (row.ids,)),
                ):
                    with (
                        self.subTest(model=model, role=role, method=method),
                        self.assertRaises(AccessError),
                    ):
                        self.call(self.users[role], model, method, *args)

    def test_who_opens_the_dialogs(self):
        for model, roles in DIALOGS.items():
            for role in ROLES:
                with self.subTest(model=model, role=role):
                    dialogs = self.env[model].with_user(self.users[role])
                    self.assertEqual(dialogs.has_access("create"), role in roles)

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_holds_of_another_company_are_not_released(self):
        finance = self.users["finance"]
        hold = self.env["funnel.credit.hold"].search(
            [("company_id", "=", self.other.id)], limit=1
        )
        with self.assertRaises(AccessError):
            self.call(
                finance,
                "funnel.credit.release",
                "action_release",
                self.env["funnel.credit.release"]
                .with_user(finance)
                .create({"reason": "Mine", "hold_ids": [Command.set(hold.ids)]})
                .ids,
            )
        with self.assertRaises(AccessError):
            self.env["funnel.credit.hold.place"].with_user(finance).create(
                {
                    "company_id": self.other.id,
                    "reason": "Mine",
                    "partner_ids": self.customers.ids,
                }
            ).action_place()

    def test_the_state_is_for_those_who_read_debts(self):
        portal = new_test_user(self.env, "funnel_portal", groups="base.group_portal")
        names = ("credit_hold_state", "credit_notice", "credit_hold_ids")
        for role, user in (self.users | {"portal": portal}).items():
            with self.subTest(role):
                known = self.partner.with_user(user).fields_get(names)
                self.assertEqual(
                    set(known),
                    set(names)
                    if role not in ("warehouse", "purchasing", "portal")
                    else set(),
                )

    def test_the_state_is_searched_by_those_who_read_it(self):
        """Neither directly nor through what belongs to the customer."""
        users = self.users | {
            "portal": new_test_user(self.env, "f_portal", groups="base.group_portal"),
            "nobody": new_test_user(self.env, "f_nobody", groups="base.group_user"),
            "stock": new_test_user(
                self.env, "f_stock", groups="stock.group_stock_user"
            ),
        }
        strangers = {"warehouse", "purchasing", "portal", "nobody", "stock"}
        domain = [("credit_hold_state", "=", "hold")]
        calls = [
            ("res.partner", "search", domain),
            ("res.partner", "search_count", domain),
            ("res.partner", "name_search", "", domain),
            ("res.partner", "formatted_read_group", domain, [], ["__count"]),
            ("res.partner", "search", [("parent_id.credit_hold_state", "=", "hold")]),
            ("res.partner", "search", [("child_ids", "any", domain)]),
            ("res.partner", "search", [("credit_hold_ids.reason", "ilike", "Late")]),
            ("res.users", "search", domain),
            (
                "stock.picking",
                "search",
                [("partner_id.credit_hold_state", "=", "hold")],
            ),
        ]
        for role, user in users.items():
            for call in calls:
                with self.subTest(role=role, call=call):
                    if role in strangers:
                        with self.assertRaises(AccessError):
                            self.call(user, *call)
                    elif call[0] == "res.partner":
                        self.call(user, *call)

    def test_of_a_colleagues_customer_the_state_and_no_amounts(self):
        self.deliver(self.picking, 10)
        self.limit(credit_limit=100)
        self.env.flush_all()
        self.env.invalidate_all()
        stranger = self.env["res.users"].search([("login", "=", "funnel_stranger")])
        for user, knows in ((self.users["salesperson"], True), (stranger, False)):
            partner = self.partner.with_user(user).with_company(self.company)
            self.assertEqual(partner.credit_hold_state, "limit")
            self.assertEqual("113.00" in partner.credit_notice, knows)
