from lxml import etree

from odoo import Command
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from .common import MODULE, ROLES
from .payroll_common import ONE, PayrollCommon

SEE_ALL = {"manager", "finance"}
OTHERS = set(ROLES) - SEE_ALL


@tagged("post_install", "-at_install")
class TestCashPayrollAccess(PayrollCommon):
    """Everybody reads his or her own pay; managers and Finance read all of it; the
    leader of a team does not read the team's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        rows = [cls.row(user.partner_id, **ONE) for user in cls.users.values()]
        cls.pay = cls.payroll(*rows)
        cls.draft = cls.payroll(*rows, month="2026-04-01", post=False)

    def rows_of(self, role, model, domain=()):
        return self.env[model].with_user(self.users[role]).search(list(domain))

    def test_who_may_do_what(self):
        readers = {
            "funnel.payroll": SEE_ALL,
            "funnel.payroll.line": set(ROLES),
            "funnel.payroll.amount": set(ROLES),
        }
        for model, roles in readers.items():
            for role in ROLES:
                mine = self.env[model].with_user(self.users[role])
                writes = role == "finance" and model == "funnel.payroll"
                with self.subTest(model=model, role=role):
                    self.assertEqual(mine.has_access("read"), role in roles)
                    for operation in ("write", "create", "unlink"):
                        self.assertEqual(mine.has_access(operation), writes)

    def test_buttons_are_for_finance(self):
        for role in set(ROLES) - {"finance"}:
            draft, pay = (
                payroll.with_user(self.users[role])
                for payroll in (self.draft, self.pay)
            )
            for record, method in (
                (draft, "action_post"),
                (pay, "action_reset"),
                (draft, "action_copy_last"),
                (pay, "action_open_entries"),
                (draft, "copy"),
                (draft, "unlink"),
            ):
                with (
                    self.subTest(role=role, method=method),
                    self.assertRaises(AccessError),
                ):
                    getattr(record, method)()
        self.assertEqual((self.draft.state, self.pay.state), ("draft", "posted"))

    def test_own_rows_of_the_cost_report(self):
        """Costs of each are 8,000.00, 500.00 and 1,600.00."""
        report = self.env["funnel.cost.report"]
        exports = self.env.ref("base.group_allow_export")
        exports.sudo().user_ids += self.env["res.users"].union(*self.users.values())
        for role in ROLES:
            mine = report.with_user(self.users[role])
            owners = set(ROLES) if role in SEE_ALL else {role}
            with self.subTest(role):
                self.assertEqual(
                    mine.search([]).user_id, self.users_of(owners, mine.env)
                )
                total = mine._read_group([], [], ["amount:sum"])
                self.assertEqual(total, [(10100 * len(owners),)])
                exported = mine.search([]).export_data(["user_id/.id", "amount"])
                self.assertEqual(len(exported["datas"]), 3 * len(owners))
        foreign = report.search([("user_id", "=", self.users["salesperson"].id)])
        for role in OTHERS - {"salesperson"}:
            with self.subTest(role), self.assertRaises(AccessError):
                foreign.with_user(self.users[role]).read(["amount"])

    def test_my_pay_is_what_i_earn(self):
        """8,000.00 and 500.00, and 45.20 without an item; the 1,600.00 that the company
        pays on top are left out at first."""
        seller = self.users["salesperson"]
        trip = self.document(40, move_type="in_invoice")
        trip.line_ids.filtered(
            lambda line: line.account_id.internal_group == "expense"
        ).cost_user_id = seller
        action = self.env.ref(f"{MODULE}.funnel_cost_report_action_own")
        context = safe_eval(action.context)
        search = etree.fromstring(action.search_view_id.arch)
        domains = [
            safe_eval(node.get("domain"))
            for node in search.iter("filter")
            if context.get(f"search_default_{node.get('name')}") and node.get("domain")
        ]
        report = self.env["funnel.cost.report"].with_user(seller)
        for domain, total in ((Domain.TRUE, 10145.2), (Domain.AND(domains), 8545.2)):
            self.assertEqual(report._read_group(domain, [], ["amount:sum"]), [(total,)])

    def users_of(self, roles, env):
        users = self.env["res.users"].union(*(self.users[role] for role in roles))
        return users.with_env(env)

    def test_own_lines(self):
        """By search, by id, by group, and by what hangs on it; nothing of a draft."""
        for role in ROLES:
            user = self.users[role]
            lines = self.rows_of(role, "funnel.payroll.line")
            amounts = self.rows_of(role, "funnel.payroll.amount")
            with self.subTest(role):
                if role in SEE_ALL:
                    self.assertEqual(len(lines), 2 * len(ROLES))
                    continue
                self.assertEqual(lines.user_id, user)
                self.assertEqual(lines.payroll_id.ids, self.pay.ids)
                self.assertEqual(lines.net, 7580)
                self.assertEqual(amounts, lines.amount_ids)
                self.assertEqual(len(amounts), len(ONE))
                for foreign in (self.pay | self.draft).line_ids - lines:
                    for records in (foreign, foreign.amount_ids):
                        with self.assertRaises(AccessError):
                            records.with_user(user).read(["id"])
                with self.assertRaises(AccessError):
                    lines.payroll_id.read(["net"])
                with self.assertRaises(AccessError):
                    lines.search([("payroll_id.line_ids.net", ">", 0)])

    def test_journal_items_attachments_messages(self):
        """Who is no accountant finds nothing of pay in the ledger."""
        move = self.pay.move_id
        self.env["ir.attachment"].with_user(self.finance).create(
            {"name": "pay.xlsx", "res_model": "funnel.payroll", "res_id": self.pay.id}
        )
        self.pay.with_user(self.finance).message_post(body="pay")
        domains = {
            "account.move": [("id", "=", move.id)],
            "account.move.line": [("move_id", "=", move.id)],
            "ir.attachment": [("res_model", "=", "funnel.payroll")],
            "mail.message": [("model", "=", "funnel.payroll")],
        }
        for role in OTHERS:
            for model, domain in domains.items():
                with self.subTest(role=role, model=model):
                    try:
                        self.assertFalse(self.rows_of(role, model, domain))
                    except AccessError:
                        continue
        for model, domain in domains.items():
            self.assertTrue(self.rows_of("finance", model, domain), model)

    def test_analytic_items(self):
        """Buyers read analytic items, but not those of pay."""
        plan = self.env["account.analytic.plan"].create({"name": "Departments"})
        account = self.env["account.analytic.account"].create(
            {"name": "Sales", "plan_id": plan.id, "company_id": self.company.id}
        )
        self.items["wages"].sudo().analytic_account_id = account
        items = self.draft.with_user(self.finance)
        items.action_post()
        other = self.env["account.analytic.line"].create(
            {"name": "Other", plan._column_name(): account.id, "amount": -5}
        )
        domain = Domain(plan._column_name(), "=", account.id)
        for role, count in (("purchasing", 1), ("finance", 1 + len(ROLES))):
            found = self.rows_of(role, "account.analytic.line", domain)
            self.assertEqual(len(found), count, role)
            self.assertIn(other.id, found.ids)

    def test_what_a_team_leader_reads(self):
        """The team's travel, but not its pay, whatever document it was booked with."""
        member = self.users["salesperson"].id
        items = self.env["funnel.cost.item"].with_user(self.finance)
        extra = items.create({"name": "Overtime", "parent_id": self.items["wages"].id})
        self.cost(30, item_id=self.travel.id, user_id=member)
        self.cost(60, item_id=self.items["bonus"].id, team_id=self.team.id)
        bill = self.document(
            40, 50, move_type="in_invoice", tax=self.env["account.tax"]
        )
        for line, item in zip(
            bill.invoice_line_ids, (self.items["bonus"], extra), strict=True
        ):
            line.write({"cost_item_id": item.id, "cost_user_id": member})
        rows = self.rows_of("team_leader", "funnel.cost.report")
        mine = rows.filtered(lambda row: row.user_id == self.users["team_leader"])
        self.assertEqual((rows - mine).mapped("amount"), [30])
        self.assertEqual(len(mine), 3)

    def test_each_amount_opens_its_explanation(self):
        opened = {
            "salesperson": "funnel.payroll.line",
            "order_desk": "funnel.payroll.line",
            "manager": "funnel.payroll.line",
            "finance": "funnel.payroll.line",
        }
        for role, model in opened.items():
            rows = self.rows_of(
                role, "funnel.cost.report", [("user_id", "=", self.users[role].id)]
            )
            action = rows[0].action_open_document()
            self.assertEqual(action["res_model"], model)
            line = self.env[model].with_user(self.users[role]).browse(action["res_id"])
            self.assertEqual((line.user_id, line.net), (self.users[role], 7580))
        foreign = [("user_id", "=", self.users["salesperson"].id)]
        for role, model in (
            ("manager", "funnel.payroll.line"),
            ("finance", "account.move"),
        ):
            row = self.rows_of(role, "funnel.cost.report", foreign)[0]
            self.assertEqual(row.action_open_document()["res_model"], model)

    def test_each_company_apart(self):
        second = self.setup_other_company(name="Second Ltd")["company"]
        finance = self.finance
        finance.company_ids = [Command.link(second.id)]
        apart = self.payrolls().with_context(allowed_company_ids=second.ids)
        for model in ("funnel.payroll", "funnel.payroll.line", "funnel.payroll.amount"):
            self.assertFalse(apart.env[model].search([]), model)
        with self.assertRaises(AccessError):
            apart.browse(self.pay.id).read(["net"])
        stranger = self.setup_other_company(name="Third Ltd")["company"]
        with self.assertRaises(AccessError):
            self.draft.write({"company_id": stranger.id})

    def test_menu(self):
        """Everybody has the own pay, Finance alone the payroll."""
        own = self.env.ref(f"{MODULE}.funnel_cost_report_menu_own")
        entry = self.env.ref(f"{MODULE}.funnel_payroll_menu")
        for role in ROLES:
            seen = (
                self.env["ir.ui.menu"].with_user(self.users[role])._visible_menu_ids()
            )
            self.assertIn(own.id, seen, role)
            self.assertEqual(entry.id in seen, role == "finance", role)
