from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import MODULE, ROLES
from .settlement_common import SettlementCommon

SEE_ALL = {"manager", "finance"}
READERS = {"salesperson", "team_leader", *SEE_ALL}
NOBODY = set(ROLES) - READERS


@tagged("post_install", "-at_install")
class TestCommissionSettlementAccess(SettlementCommon):
    """Everybody reads what he or she earned; what colleagues earn nobody does but who
    leads their team, managers and Finance."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plan(rate=3)
        cls.collect(1000)
        cls.collect(2000, invoice_user_id=cls.other_seller.id)
        cls.collect(4000, invoice_user_id=cls.leader.id)
        cls.all = cls.settle()
        cls.other_seller.sale_team_id = False
        cls.mine, cls.foreign, cls.leaders = (
            cls.all.filtered(lambda one, user=user: one.user_id == user)
            for user in (cls.seller, cls.other_seller, cls.leader)
        )
        cls.env.flush_all()
        cls.env.invalidate_all()

    def model(self, role, name):
        return self.env[name].with_user(self.users[role])

    def test_who_may_do_what(self):
        for role in ROLES:
            settlements = self.model(role, "funnel.commission.settlement")
            with self.subTest(role):
                self.assertEqual(settlements.has_access("read"), role in READERS)
                for operation in ("write", "create", "unlink"):
                    self.assertFalse(settlements.has_access(operation))
            for wizard, roles in (
                ("settle", SEE_ALL),
                ("pay", SEE_ALL),
                ("dispute", READERS - {"finance"}),
            ):
                dialogs = self.model(role, f"funnel.commission.{wizard}")
                with self.subTest(role, wizard=wizard):
                    self.assertEqual(dialogs.has_access("create"), role in roles)

    def test_whose_are_read(self):
        found = {
            "salesperson": self.mine,
            "team_leader": self.mine | self.leaders,
            "manager": self.all,
            "finance": self.all,
        }
        for role, expected in found.items():
            with self.subTest(role):
                settlements = self.model(role, "funnel.commission.settlement")
                mine = settlements.search([])
                self.assertEqual(set(mine.ids), set(expected.ids))
                total = settlements._read_group([], [], ["payable:sum"])
                self.assertEqual(total, [(sum(expected.mapped("payable")),)])
                entries = self.model(role, "funnel.commission.entry").search([])
                self.assertEqual(set(entries.settlement_id.ids), set(mine.ids))
        for role in NOBODY:
            with self.subTest(role), self.assertRaises(AccessError):
                self.model(role, "funnel.commission.settlement").search([])

    def test_foreign_by_id(self):
        """By settlement, entry, group, what points to it, and print."""
        self.foreign.message_post(body="60.00")
        file = (
            self.env["ir.attachment"]
            .sudo()
            .create(
                {
                    "name": "statement.pdf",
                    "raw": b"60.00",
                    "res_model": self.foreign._name,
                    "res_id": self.foreign.id,
                }
            )
            .sudo(False)
        )
        message = self.foreign.message_ids[:1]
        exports = self.env.ref("base.group_allow_export").sudo()
        exports.user_ids += self.env["res.users"].union(*self.users.values())
        for role in ("salesperson", "team_leader", *NOBODY):
            user = self.users[role]
            for name, read in self.ways_to_read(user, file, message).items():
                self.env.invalidate_all()
                with self.subTest(role=role, way=name), self.assertRaises(AccessError):
                    read()
            for model, domain in (
                ("mail.message", [("body", "like", "60.00")]),
                ("ir.attachment", [("id", "=", file.id)]),
            ):
                with self.subTest(role=role, model=model):
                    self.assertFalse(self.env[model].with_user(user).search(domain))

    def ways_to_read(self, user, file, message):
        foreign = self.foreign.with_user(user)
        entry = self.foreign.sudo().entry_ids.with_env(foreign.env)  # sudo: to try it
        reports = self.env["ir.actions.report"].with_user(user)
        report = f"{MODULE}.report_commission_a4"
        dispute = {"settlement_id": foreign.id, "message": "x"}
        return {
            "read": lambda: foreign.read(["payable"]),
            "web_read": lambda: foreign.web_read({"payable": {}}),
            "export": lambda: foreign.export_data(["payable"]),
            "entry": lambda: entry.read(["amount"]),
            "document": lambda: entry.action_open_document(),
            "file": lambda: file.with_user(user).read(["raw"]),
            "message": lambda: message.with_user(user).read(["body"]),
            "post": lambda: foreign.message_post(body="x"),
            "pdf": lambda: reports._render_qweb_pdf(report, foreign.ids),
            "xlsx": lambda: reports._render_funnel_xlsx(f"{report}_xlsx", foreign.ids),
            "dispute": lambda: (
                self.env["funnel.commission.dispute"].with_user(user).create(dispute)
            ),
        }

    def test_what_pays_it_is_not_told(self):
        """Not even of one's own: a payroll has others in it."""
        mine = self.as_("salesperson", self.mine)
        for name in ("move_id", "payroll_id"):
            with self.subTest(name), self.assertRaises(AccessError):
                mine.read([name])
            with self.subTest(name), self.assertRaises(AccessError):
                mine.search([(f"{name}.state", "=", "posted")])
        self.assertTrue(mine.read(["payable", "state", "is_assigned", "is_own"]))

    def test_how_amounts_come_about_is_read_with_them(self):
        """Also by who leads the team, and does not read the plan of its member."""
        plan = self.plan(
            name="Own",
            date_from="2026-04-01",
            rate=5,
            member=[{"user_id": self.seller.id}],
        )
        self.collect(200, day="2026-04-10")
        settlement = self.settle("2026-04-30")
        self.env.invalidate_all()
        self.assertFalse(self.as_("team_leader", plan).has_access("read"))
        for role in ("salesperson", "team_leader"):
            self.env.invalidate_all()
            entries = self.as_(role, settlement).entry_ids
            with self.subTest(role):
                self.assertEqual(
                    sorted(entries.mapped("explanation")),
                    ["$\xa0200.00 × 3 %", "$\xa0200.00 × 5 %"],
                )
                self.assertTrue(all(entries.mapped("label")))

    def test_buttons(self):
        buttons = {
            "action_submit": SEE_ALL,
            "action_make_again": SEE_ALL,
            "action_cancel": SEE_ALL,
            "action_draft": SEE_ALL,
            "action_approve": {"manager"},
        }
        for button, roles in buttons.items():
            for role in set(ROLES) - roles:
                press = getattr(self.as_(role, self.mine), button)
                with (
                    self.subTest(button=button, role=role),
                    self.assertRaises(AccessError),
                ):
                    press()
        self.assertEqual(self.mine.state, "draft")

    def test_only_whose_it_is_disputes(self):
        self.as_("finance", self.all).action_submit()
        for role in set(ROLES) - {"salesperson"}:
            with self.subTest(role), self.assertRaises(AccessError):
                self.as_(role, self.mine)._dispute("x")
            with self.subTest(role), self.assertRaises(AccessError):
                self.as_(role, self.mine).action_dispute()
        with self.assertRaises(AccessError):
            self.as_("salesperson", self.leaders)._dispute("x")
        self.assertEqual(set(self.all.mapped("state")), {"submitted"})

    def test_making_is_not_for_salespeople(self):
        for role in set(ROLES) - SEE_ALL:
            with self.subTest(role), self.assertRaises(AccessError):
                self.model(role, "funnel.commission.settle").create(
                    {"date_to": "2026-03-31"}
                )

    def test_portal_and_other_company(self):
        portal = self._create_new_portal_user(login="portal_commission")
        with self.assertRaises(AccessError):
            self.mine.with_user(portal).read(["payable"])
        with self.assertRaises(AccessError):
            self.mine.with_user(portal).action_submit()
        other = self.setup_other_company()["company"]
        stranger = self.new_role_user(
            "stranger", "manager", "finance", company_id=other.id, company_ids=other.ids
        )
        self.assertFalse(self.settlements.with_user(stranger).search([]))
        with self.assertRaises(AccessError):
            self.mine.with_user(stranger).action_submit()

    def test_statement(self):
        """As PDF and as Excel, with the sum, and why each amount is so."""
        report = f"{MODULE}.report_commission_a4"
        reports = self.env["ir.actions.report"].with_user(self.seller)
        reports = reports.with_context(force_report_rendering=True)
        html, _kind = reports._render_qweb_html(report, self.mine.ids)
        text = html.decode() if isinstance(html, bytes) else str(html)
        for part in (self.mine.name, "1,000.00", "30.00", "3 %", self.customer.name):
            self.assertIn(part, text)
        pdf, _kind = reports._render_qweb_pdf(report, self.mine.ids)
        self.assertEqual(pdf[:5], b"%PDF-")
        xlsx, kind = reports._render_funnel_xlsx(f"{report}_xlsx", self.mine.ids)
        self.assertEqual((xlsx[:2], kind), (b"PK", "xlsx"))
