from contextlib import contextmanager

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tests import tagged

from .payroll_common import PayrollCommon

NOBODY_ELSE = "where nobody else reads it"


@tagged("post_install", "-at_install")
class TestCashPaySecret(PayrollCommon):
    """What somebody earns is read by nobody else, whatever document it is booked with,
    and whatever is changed afterwards."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.member = cls.users["salesperson"]
        cls.salaries = cls.env["account.account"].create(
            {"name": "Salaries", "code": "668811", "account_type": "expense"}
        )

    @contextmanager
    def refused(self, why):
        """Nothing is left of what is tried."""
        with self.assertRaisesRegex(UserError, why), self.env.cr.savepoint():
            yield

    def book(self, amount, account, **values):
        """Post an entry by hand, a cost of the member of the team."""
        move = self.env["account.move"].create(
            {
                "date": "2026-03-31",
                "line_ids": [
                    Command.create(
                        {
                            "account_id": account.id,
                            "balance": amount,
                            "cost_user_id": self.member.id,
                            **values,
                        }
                    ),
                    Command.create(
                        {"account_id": self.wages_payable.id, "balance": -amount}
                    ),
                ],
            }
        )
        move.action_post()
        return move

    def read_by(self, role, *domain):
        """Return the amounts that a role reads of the member's costs."""
        self.env.flush_all()
        report = self.env["funnel.cost.report"].with_user(self.users[role])
        own = Domain("user_id", "=", self.member.id)
        return sorted(report.search(own & Domain(domain)).mapped("amount"))

    # ------------------------------------------------------------------
    # The short form
    # ------------------------------------------------------------------

    def test_pay_of_a_person_is_no_running_cost(self):
        """Whom it is of, and to whom it is owed, tell a person; a lump sum stays."""
        bonus = self.items["bonus"]
        below = bonus.create({"name": "Prize", "parent_id": bonus.id})
        self.payroll(self.row(self.landlord, wages=1), post=False)
        for item in (bonus, below):
            for values in (
                {"user_id": self.member.id},
                {"partner_id": self.one.id, "settlement": "owed"},
                {"partner_id": self.landlord.id},
            ):
                for create in (self.cost, self.recurring):
                    with (
                        self.subTest(item=item.name, **values),
                        self.refused(NOBODY_ELSE),
                    ):
                        create(item_id=item.id, **values)
        self.assertEqual(self.cost(5, item_id=bonus.id).state, "paid")
        self.assertEqual(
            self.cost(5, item_id=bonus.id, team_id=self.team.id).state, "paid"
        )
        self.recurring(item_id=bonus.id)
        self.cost(5, item_id=self.travel.id, user_id=self.member.id)

    def test_a_cost_does_not_become_pay_of_a_person(self):
        """By what is written to it, or to its item, or to the vendor's name."""
        bonus = self.items["bonus"]
        lump = self.cost(5, post=False, item_id=bonus.id, partner_id=self.landlord.id)
        with self.refused(NOBODY_ELSE):
            lump.user_id = self.member
        travel = self.cost(
            5, post=False, item_id=self.travel.id, user_id=self.member.id
        )
        with self.refused(NOBODY_ELSE):
            travel.item_id = bonus
        with self.refused(NOBODY_ELSE):
            self.travel.pay_kind = "earning"
        with self.refused(NOBODY_ELSE):
            self.travel.parent_id = bonus
        travel.unlink()
        monthly = self.recurring(item_id=self.travel.id, user_id=self.member.id)
        monthly.active = False
        with self.refused(NOBODY_ELSE):
            self.travel.pay_kind = "earning"
        # Who is paid by a payroll after the draft was entered is an employee as well.
        self.payroll(self.row(self.landlord, wages=1), post=False)
        with self.refused(NOBODY_ELSE):
            lump.action_post()
        self.assertEqual((lump.state, lump.move_id.id), ("draft", False))

    # ------------------------------------------------------------------
    # The leader of the team
    # ------------------------------------------------------------------

    def test_an_account_that_pay_items_share(self):
        """Whose account it is, is not told by it, but that it is pay."""
        for name in ("wages", "bonus"):
            self.items[name].account_id = self.salaries
        self.book(778, self.salaries)
        self.book(30, self.other_account, cost_item_id=self.travel.id)
        self.assertEqual(self.read_by("team_leader"), [30])
        self.assertEqual(self.read_by("finance", ("is_pay", "=", True)), [778])
        self.assertEqual(self.read_by("salesperson"), [30, 778])

    def test_an_account_of_pay_and_other_costs(self):
        """With an item that is no pay it is none; without, it may be."""
        for item in (self.items["wages"], self.travel):
            item.account_id = self.other_account
        self.book(778, self.other_account)
        self.book(30, self.other_account, cost_item_id=self.travel.id)
        self.assertEqual(self.read_by("team_leader"), [30])
        self.assertEqual(self.read_by("finance", ("is_pay", "=", True)), [778])

    def test_an_account_from_the_item_above(self):
        wages = self.items["wages"]
        wages.parent_id.account_id = self.salaries
        self.assertEqual(wages._get_account(self.company), self.salaries)
        self.book(778, self.salaries)
        self.assertEqual(self.read_by("team_leader"), [])
        self.assertEqual(self.read_by("finance", ("is_pay", "=", True)), [778])

    def test_an_account_of_no_item(self):
        """Nobody knows what it is: the leader does not read it."""
        self.book(778, self.other_account)
        self.assertEqual(self.read_by("team_leader"), [])
        self.assertEqual(self.read_by("finance", ("is_pay", "=", False)), [778])

    def test_what_is_archived_stays_pay(self):
        item = self.items["bonus"].create({"name": "Old bonus", "pay_kind": "earning"})
        item.account_id = self.salaries
        self.book(779, self.salaries)
        self.book(55, self.other_account, cost_item_id=item.id)
        for active in (True, False):
            item.active = active
            with self.subTest(active=active):
                self.assertEqual(self.read_by("team_leader"), [])
                self.assertEqual(
                    self.read_by("finance", ("is_pay", "=", True)), [55, 779]
                )
        # The account is another item's as well now, the only one that is not archived.
        self.travel.account_id = self.salaries
        self.assertEqual(self.read_by("team_leader"), [])

    def test_an_item_of_journal_items_stays_what_it_is(self):
        """Nor is it opened by what it belongs to, or by an item above it."""
        bonus = self.items["bonus"]
        item = bonus.create({"name": "Prize", "parent_id": bonus.id})
        self.book(55, self.other_account, cost_item_id=item.id)
        for record, values in (
            (bonus, {"pay_kind": False}),
            (item, {"parent_id": self.premises.id}),
            (item, {"parent_id": False}),
        ):
            with (
                self.subTest(record.name, **values),
                self.refused("Archive it, and make a new item"),
            ):
                record.write(values)
        self.book(30, self.other_account, cost_item_id=self.travel.id)
        with self.refused("Archive it, and make a new item"):
            self.travel.pay_kind = "earning"
        item.write({"parent_id": self.items["wages"].id, "name": "Award"})
        item.active = False
        self.assertEqual(self.read_by("team_leader"), [30])

    def test_the_leader_is_told_what_is_left_out(self):
        action = self.env.ref("crm_sales_funnel.funnel_cost_report_action")
        self.assertIn("leads a team", action.help)
        self.assertIn("neither salaries", action.help)

    # ------------------------------------------------------------------
    # Whose pay a journal item is
    # ------------------------------------------------------------------

    def test_whose_pay_is_written_by_the_payroll_alone(self):
        line = self.payroll().line_ids[0]
        buyer = self.env["account.move"].with_user(self.users["purchasing"])
        values = {"name": "x", "price_unit": 1}
        bill = {"move_type": "in_invoice", "partner_id": self.landlord.id}
        forged = {**values, "payroll_line_id": line.id}
        with self.assertRaises(AccessError):
            buyer.create({**bill, "invoice_line_ids": [Command.create(forged)]})
        draft = buyer.create({**bill, "invoice_line_ids": [Command.create(values)]})
        with self.assertRaises(AccessError):
            draft.invoice_line_ids.write({"payroll_line_id": line.id})
        told = buyer.with_context(default_payroll_line_id=line.id).create(
            {**bill, "invoice_line_ids": [Command.create(values)]}
        )
        self.assertFalse(any(told.line_ids.mapped("payroll_line_id")))
        entry = self.book(5, self.other_account).with_user(self.finance)
        with self.assertRaises(AccessError):
            entry.line_ids[0].write({"payroll_line_id": line.id})

    def test_what_takes_it_back_is_the_same_employees(self):
        payroll = self.payroll()
        lines = {*payroll.move_id.line_ids.mapped("payroll_line_id")} - {0}
        self.assertEqual(lines, set(payroll.line_ids.ids))
        back = payroll.move_id.with_user(self.finance)._reverse_moves(cancel=True)
        self.assertEqual({*back.line_ids.mapped("payroll_line_id")} - {0}, lines)
        self.assertEqual(payroll.state, "cancelled")

    # ------------------------------------------------------------------
    # Buttons and companies
    # ------------------------------------------------------------------

    def test_buttons_are_shown_to_finance(self):
        names = ("action_post", "action_copy_last", "action_reset")
        for role in ("manager", "finance"):
            arch = self.payrolls(self.users[role]).get_view(view_type="form")["arch"]
            for name in (*names, "action_open_entries"):
                with self.subTest(role=role, name=name):
                    self.assertEqual(f'name="{name}"' in arch, role == "finance")

    def test_nothing_is_told_of_another_company(self):
        second = self.setup_other_company(name="Second Ltd")["company"]
        spec = {"journal_id": {"fields": {"display_name": {}}}}
        for role in ("manager", "finance"):
            with self.subTest(role), self.assertRaises(UserError):
                self.payrolls(self.users[role]).find_employees("", second.id)
        found = self.payrolls().find_employees("", self.company.id)
        self.assertTrue(found)
        for model in ("funnel.payroll", "funnel.running.cost", "funnel.recurring.cost"):
            mine = self.env[model].with_user(self.finance)
            for value in (second.id, {"id": second.id}):
                with (
                    self.subTest(model, value=value),
                    self.assertRaisesRegex(AccessError, "You do not work in this"),
                ):
                    mine.onchange({"company_id": value}, ["company_id"], spec)
            with self.subTest(model), self.assertRaises(AccessError):
                mine.with_context(default_company_id=second.id).onchange(
                    {}, [], {**spec, "company_id": {}}
                )
            own = mine.onchange({}, [], {**spec, "company_id": {}})["value"]
            self.assertEqual(own["company_id"], self.company.id)
            self.assertTrue(own["journal_id"])
