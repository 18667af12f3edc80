from unittest.mock import patch

from lxml import etree

from odoo import Command
from odoo.exceptions import AccessError
from odoo.service.model import call_kw
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import ROLES
from .receivable_common import ReceivableCommon

ALL = 100 + 200 + 400 + 800 - 10
# Role -> what it sees of the receivables and of the payables; None: not admitted.
REACH = {
    "salesperson": (100 - 10, 0),
    "team_leader": (100 + 200 - 10, 0),
    "manager": (ALL, 0),
    "order_desk": (ALL, 0),
    "warehouse": (None, None),
    "finance": (ALL, -1000),
    "purchasing": (0, -1000),
}


@tagged("post_install", "-at_install")
class TestReceivableAccess(ReceivableCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mate = cls.new_role_user("funnel_mate", "salesperson")
        cls.team.member_ids = [Command.link(cls.mate.id)]
        cls.stranger = cls.new_role_user("funnel_stranger", "salesperson")
        cls.own = cls.invoice(100, "2026-03-01", "2026-03-31")
        cls.mates = cls.invoice(200, "2026-03-01", invoice_user_id=cls.mate.id)
        cls.strangers = cls.invoice(
            400, "2026-01-01", "2026-02-01", invoice_user_id=cls.stranger.id
        )
        cls.nobodys = cls.entry(800, "2026-03-01", partner_id=cls.partner_a.id)
        cls.credit = cls.receive(10, "2026-03-01")
        cls.bill = cls.invoice(
            1000, "2026-03-01", move_type="in_invoice", partner_id=cls.partner_b.id
        )
        cls.partner_b.property_account_payable_id.non_trade = False

    def _call(self, user, method, *args, **context):
        """Call as the web client does."""
        report = self.aging("2026-03-31", user, **context)
        return call_kw(report, method, list(args), {"context": report.env.context})

    def test_what_each_role_sees(self):
        for role, sums in REACH.items():
            for account_type, expected in zip(
                ("asset_receivable", "liability_payable"), sums
            ):
                with self.subTest(role=role, account_type=account_type):
                    self._check_sum(
                        self.users[role], expected, account_type=account_type
                    )

    def _check_sum(self, user, expected, **context):
        if expected is None:
            for method in ("search_read", "get_tie_out"):
                with self.assertRaises(AccessError):
                    self._call(user, method, **context)
            return
        rows = self._call(user, "search_read", [], ["residual"], **context)
        self.assertEqual(sum(row["residual"] for row in rows), expected)
        [group] = self._call(
            user, "formatted_read_group", [], [], ["residual:sum"], **context
        )
        self.assertEqual(group["residual:sum"] or 0, expected)
        tie_out = self._call(user, "get_tie_out", **context)
        self.assertEqual(tie_out["companies"][0]["aging"], expected)

    def test_several_roles(self):
        for roles, expected in (
            (("salesperson", "warehouse"), (0, 0)),
            (("salesperson", "purchasing"), (0, -1000)),
            (("team_leader", "finance"), (ALL, -1000)),
            ((), (None, None)),
        ):
            user = self.new_role_user("funnel_" + "_".join(roles), *roles)
            with self.subTest(roles=roles):
                self._check_sum(user, expected[0])
                self._check_sum(user, expected[1], account_type="liability_payable")

    def test_portal_users_are_refused(self):
        portal = new_test_user(self.env, "funnel_portal", groups="base.group_portal")
        self._check_sum(portal, None)

    def test_last_receipt_is_for_those_who_read_the_aging(self):
        portal = new_test_user(self.env, "funnel_portal", groups="base.group_portal")
        portal.partner_id.parent_id = self.customer
        users = {"portal": portal, "nobody": self.new_role_user("funnel_nobody")}
        for role, user in (self.users | users).items():
            with self.subTest(role):
                customer = self.customer.with_user(user)
                self.assertEqual(
                    "last_receipt_date" in customer.fields_get(),
                    role not in ("warehouse", "portal", "nobody"),
                )
        with self.assertRaises(AccessError):
            self.customer.with_user(portal).read(["last_receipt_date"])

    def test_who_may_not_read_a_debt_does_not_search_for_it(self):
        """Else a few questions tell it, also of what a contact is a part of."""
        portal = new_test_user(self.env, "funnel_portal", groups="base.group_portal")
        users = {"portal": portal, "nobody": self.new_role_user("funnel_nobody")}
        for role, user in (self.users | users).items():
            told = role == "finance"
            for model, path in (
                ("res.partner", "credit"),
                ("res.partner", "debit"),
                ("res.users", "credit"),
                ("res.users", "partner_id.debit"),
                ("stock.picking", "partner_id.credit"),
            ):
                records = self.env[model].with_user(user)
                if told and not records.has_access("read"):
                    continue
                with self.subTest(role=role, model=model, path=path):
                    if told:
                        records.search([(path, ">", 0)])
                        continue
                    with self.assertRaises(AccessError):
                        records.search([(path, ">", 0)])
        # sudo: as Odoo itself asks.
        partners = self.env["res.partner"].with_user(self.users["warehouse"]).sudo()
        self.assertIn(self.customer, partners.search([("credit", ">", 0)]))

    def test_comparison_is_for_those_who_see_all(self):
        for role in ("salesperson", "team_leader", "purchasing"):
            with self.subTest(role):
                tie_out = self._call(self.users[role], "get_tie_out")
                self.assertFalse(tie_out["complete"])
                own = {"id", "name", "currency_id", "aging"}
                if role != "purchasing":
                    own |= {"uninvoiced", "owed"}
                self.assertEqual(set(tie_out["companies"][0]), own)
        for role in ("manager", "order_desk", "finance"):
            with self.subTest(role):
                tie_out = self._call(self.users[role], "get_tie_out")
                self.assertTrue(tie_out["complete"])
                [company] = tie_out["companies"]
                self.assertEqual((company["ledger"], company["difference"]), (ALL, 0))
                self.assertEqual(tie_out["can_open"], role == "finance")

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_rows_of_others_cannot_be_read(self):
        row = self.aging("2026-03-31").search([("move_id", "=", self.strangers.id)])
        for role in ("salesperson", "team_leader"):
            for method, args in (
                ("read", (row.ids, ["residual"])),
                ("web_read", (row.ids, {"residual": {}})),
                ("action_open_document", (row.ids,)),
            ):
                with self.subTest(role=role, method=method):
                    self.env.invalidate_all()
                    with self.assertRaises(AccessError):
                        self._call(self.users[role], method, *args)

    def test_nobody_writes(self):
        row = self.aging("2026-03-31").search([], limit=1)
        for role in ROLES:
            mine = row.with_user(self.users[role])
            for operation in ("create", "write", "unlink"):
                with self.subTest(role=role, operation=operation):
                    self.assertFalse(mine.browse().has_access(operation))

    def test_other_companies_stay_unseen(self):
        other = self.env["res.company"].create({"name": "Second Ltd"})
        for method in ("search_read", "get_tie_out"):
            with self.subTest(method), self.assertRaises(AccessError):
                self._call(self.users["finance"], method, companies=other)
        self.users["finance"].company_ids |= other
        rows = self._call(self.users["finance"], "search_read", companies=other)
        self.assertEqual(rows, [])

    # ------------------------------------------------------------------
    # From the row to the document
    # ------------------------------------------------------------------

    def _open(self, user, document):
        """Return the form that a user gets from the row of a document."""
        row = self.aging("2026-03-31", user).search([("move_id", "=", document.id)])
        action = self._call(user, "action_open_document", row.ids)
        record = self.env[action["res_model"]].with_user(user).browse(action["res_id"])
        self._read_form(record)
        return record

    def _read_form(self, record):
        """Read all that the form of a record shows, as opening it does."""
        arch = record.get_views([(False, "form")])["views"]["form"]["arch"]
        shown = etree.fromstring(arch).xpath("//field[not(ancestor::field)]/@name")
        record.web_read({name: {} for name in shown})

    def test_row_opens_its_document(self):
        finance = self.users["finance"]
        self.assertEqual(self._open(finance, self.own), self.own)
        self.assertEqual(self._open(finance, self.nobodys), self.nobodys)
        self.assertEqual(self._open(finance, self.credit.move_id), self.credit)

    def test_invoice_with_a_payment_opens(self):
        """In core it does not, for whoever may not read payments."""
        self.receive(40, "2026-03-10", self.own)
        for role in ("salesperson", "team_leader", "manager", "order_desk", "finance"):
            with self.subTest(role):
                self.assertEqual(self._open(self.users[role], self.own), self.own)

    def test_salesperson_opens_own_invoices_and_reads_the_rest_in_the_row(self):
        salesperson = self.users["salesperson"]
        self.assertEqual(self._open(salesperson, self.own), self.own)
        row = self._open(salesperson, self.credit.move_id)
        self.assertEqual(row._name, "funnel.aging.report")
        self.assertEqual(row.label, self.credit.move_id.name)
        self.assertEqual(self._open(self.users["team_leader"], self.mates), self.mates)
        self.assertEqual(self._open(self.users["order_desk"], self.mates), self.mates)

    def test_salesperson_cannot_open_the_ledger(self):
        ledger = ("action_open_ledger", self.receivable.id, self.company.id)
        with self.assertRaises(AccessError):
            self._call(self.users["warehouse"], *ledger)
        # Whom core lets read journal items sees through its rules own invoices only.
        salesperson = self.users["salesperson"]
        action = self._call(salesperson, *ledger)
        items = self.env["account.move.line"].with_user(salesperson)
        self.assertEqual(items.search(action["domain"]).move_id, self.own)

    # ------------------------------------------------------------------
    # Reminders
    # ------------------------------------------------------------------

    def _reminders(self, role, reach):
        reminders = self.env["funnel.reminder"].with_user(self.users[role])
        return [
            reminder
            for reminder in reminders.with_context(as_of="2026-03-31").get_today(reach)
            if reminder["key"].startswith("receivables.")
        ]

    def test_reminders_count_what_is_to_be_paid(self):
        """The receipt of 10 that nobody applied is no debt to be reminded of."""
        figures = {
            (role, reach): {
                reminder["key"].split(".")[1]: (reminder["count"], reminder["amount"])
                for reminder in self._reminders(role, reach)
                if reminder["count"]
            }
            for role, reach in (
                ("finance", "all"),
                ("team_leader", "team"),
                ("salesperson", "own"),
            )
        }
        self.assertEqual(
            figures,
            {
                ("finance", "all"): {
                    "today": (1, 100),
                    "d1_30": (2, 1000),
                    "d31_60": (1, 400),
                },
                ("team_leader", "team"): {"today": (1, 100), "d1_30": (1, 200)},
                ("salesperson", "own"): {"today": (1, 100)},
            },
        )

    def test_reminder_opens_exactly_what_it_counts(self):
        for role, reach in (("finance", "all"), ("salesperson", "own")):
            for reminder in self._reminders(role, reach):
                with self.subTest(role=role, key=reminder["key"]):
                    rows = self.aging("2026-03-31", self.users[role]).search(
                        reminder["action"]["domain"]
                    )
                    self.assertEqual(len(rows), reminder["count"])
                    self.assertEqual(sum(rows.mapped("residual")), reminder["amount"])

    def test_all_reminders_are_one_query(self):
        report = type(self.env["funnel.aging.report"])
        original = report._read_group
        with patch.object(report, "_read_group", autospec=True) as read_group:
            read_group.side_effect = original
            reminders = self._reminders("finance", "all")
        # The payables inherit the method and are counted by it as well.
        asked = [call.args[0]._name for call in read_group.call_args_list]
        self.assertEqual(asked.count("funnel.aging.report"), 1)
        self.assertEqual(
            [(r["key"].split(".")[1], r["severity"]) for r in reminders],
            [
                ("today", "info"),
                ("week", "info"),
                ("d1_30", "warning"),
                ("d31_60", "warning"),
                ("d61_90", "danger"),
                ("d91_180", "danger"),
                ("d180_plus", "danger"),
            ],
        )

    def test_other_roles_are_not_reminded(self):
        for role in ("order_desk", "warehouse", "purchasing"):
            self.assertEqual(self._reminders(role, "all"), [])
