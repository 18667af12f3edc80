from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import ROLES
from .cost_common import CostCommon


@tagged("post_install", "-at_install")
class TestCashCostAccess(CostCommon):
    def test_who_may_do_what(self):
        """Finance enters costs and maintains their items; of the report others read
        what is theirs."""
        readers = {
            "funnel.cost.item": set(ROLES),
            "funnel.running.cost": {"finance"},
            "funnel.recurring.cost": {"finance"},
            "funnel.cost.report": set(ROLES),
        }
        for model, roles in readers.items():
            records = self.env[model]
            for role in ROLES:
                mine = records.with_user(self.users[role])
                writes = role == "finance" and model != "funnel.cost.report"
                with self.subTest(model=model, role=role):
                    self.assertEqual(mine.has_access("read"), role in roles)
                    for operation in ("write", "create", "unlink"):
                        self.assertEqual(mine.has_access(operation), writes)

    def test_buttons_are_for_finance(self):
        cost, rent = self.cost(5, post=False), self.recurring()
        for role in set(ROLES) - {"finance"}:
            user = self.users[role]
            for record, method in (
                (cost, "action_post"),
                (cost, "action_reset"),
                (cost, "action_pay"),
                (cost, "action_new"),
                (cost, "action_open_entries"),
                (rent, "action_make_due"),
                (rent.browse(), "action_make_due"),
                (rent, "action_open_costs"),
            ):
                with (
                    self.subTest(role=role, method=method),
                    self.assertRaises(AccessError),
                ):
                    getattr(record.with_user(user), method)()
        self.assertEqual(cost.state, "draft")

    def test_whose_rows(self):
        users = self.users
        outside = self.new_role_user("funnel_outside", "salesperson")
        for number, values in enumerate(
            (
                {},
                {"user_id": users["salesperson"].id},
                {"user_id": users["team_leader"].id},
                {"user_id": outside.id},
                {"team_id": self.team.id},
            )
        ):
            self.cost(10**number, **values)
        report = self.env["funnel.cost.report"]
        read = {
            user.login: sum(report.with_user(user).search([]).mapped("amount"))
            for user in (
                users["salesperson"],
                outside,
                users["team_leader"],
                users["manager"],
                users["finance"],
            )
        }
        self.assertEqual(
            list(read.values()), [10, 1000, 10 + 100 + 10000, 11111, 11111]
        )

    def test_the_document_of_a_row(self):
        """Finance opens the entry, others a form of the row."""
        cost = self.cost(5, user_id=self.users["salesperson"].id)
        opened = {}
        for role in ("salesperson", "finance"):
            row = self.env["funnel.cost.report"].with_user(self.users[role]).search([])
            row.web_read({"move_id": {"fields": {"display_name": {}}}, "label": {}})
            opened[role] = row.action_open_document()["res_model"]
        self.assertEqual(
            opened, {"salesperson": "funnel.cost.report", "finance": "account.move"}
        )
        row = self.env["funnel.cost.report"].search([])
        self.assertEqual(row.action_open_document()["res_id"], cost.move_id.id)
        with self.assertRaises(AccessError):
            stranger = self.new_role_user("funnel_outside", "salesperson")
            row.with_user(stranger).action_open_document()

    def test_a_cost_stays_in_companies_of_the_user(self):
        second = self.setup_other_company(name="Second Ltd")["company"]
        cost = self.cost(
            7, post=False, settlement="owed", partner_id=self.customer.id, tax_id=False
        )
        with self.assertRaisesRegex(AccessError, "You do not work in this company"):
            cost.write({"company_id": second.id})

    def test_each_company_apart(self):
        second = self.setup_other_company(name="Second Ltd")["company"]
        finance = self.users["finance"]
        finance.company_ids = [Command.link(second.id)]
        cost = self.cost(7)
        apart = self.costs().with_context(allowed_company_ids=second.ids)
        other = apart.with_company(second).create(
            {"item_id": self.rent.id, "amount": 9, "date": "2026-03-01"}
        )
        self.assertEqual(other.company_id, second)
        self.assertEqual(other.journal_id.company_id, second)
        other.action_post()
        self.assertEqual(other.move_id.company_id, second)
        for companies, amounts in (
            (self.company, [7]),
            (second, [9]),
            (self.company | second, [7, 9]),
        ):
            env = self.env(user=finance, context={"allowed_company_ids": companies.ids})
            rows = env["funnel.cost.report"].search([])
            self.assertEqual(sorted(rows.mapped("amount")), amounts)
            seen = env["funnel.running.cost"].search([])
            self.assertEqual(sorted(seen.mapped("amount")), amounts)
        with self.assertRaises(AccessError):
            apart.browse(cost.id).read(["amount"])

    def test_no_value_of_another_company(self):
        second = self.setup_other_company(name="Second Ltd")
        for values in (
            {"journal_id": second["default_journal_cash"].id},
            {"tax_id": second["default_tax_purchase"].id},
        ):
            with self.subTest(values):
                self.assert_refused(self.cost, post=False, **values)
