import json

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import FunnelCommon


@tagged("post_install", "-at_install")
class TestReminder(FunnelCommon):
    def _today(self, role, reach="all"):
        return self.env["funnel.reminder"].with_user(self.users[role]).get_today(reach)

    def test_users_without_a_role_are_refused(self):
        portal = new_test_user(self.env, "funnel_portal", groups="base.group_portal")
        for user in (portal, self.new_role_user("funnel_nobody")):
            for method in ("get_today", "get_today_screen"):
                with self.subTest(user=user.login, method=method):
                    reminders = self.env["funnel.reminder"].with_user(user)
                    with self.assertRaises(AccessError):
                        getattr(reminders, method)()

    def test_form_of_the_answer(self):
        for role in self.users:
            answer = self._today(role)
            json.dumps(answer)  # it travels to the web client as it is
            for reminder in answer:
                self.assertLessEqual(
                    {
                        "key",
                        "title",
                        "count",
                        "amount",
                        "currency_id",
                        "severity",
                        "action",
                    },
                    set(reminder),
                )
                self.assertIn(reminder["severity"], ("info", "warning", "danger"))

    def test_keys_are_unique_and_cards_exist(self):
        reminders = self.env["funnel.reminder"]
        kinds = reminders._reminders()
        self.assertEqual(len({kind.key for kind in kinds}), len(kinds))
        self.assertLessEqual(
            {kind.card for kind in kinds}, {card["key"] for card in reminders._cards()}
        )

    def test_every_role_has_something_to_do(self):
        for role in self.users:
            with self.subTest(role):
                self.assertTrue(self._today(role))

    def test_queries_do_not_grow(self):
        """Twice as many documents take as many queries."""
        self._today("manager")
        counts = []
        for _round in range(2):
            self.env["sale.order"].create(
                [{"partner_id": self.customer.id} for _index in range(10)]
            ).action_confirm()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._today("manager")
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(*counts)

    def test_screen(self):
        screen = (
            self.env["funnel.reminder"]
            .with_user(self.users["team_leader"])
            .get_today_screen()
        )
        self.assertEqual(screen["reach"], "team")
        self.assertEqual(list(screen["reaches"]), ["own", "team"])
        self.assertTrue(all(card["reminders"] for card in screen["cards"]))
        narrowed = (
            self.env["funnel.reminder"]
            .with_user(self.users["salesperson"])
            .get_today_screen("all")
        )
        self.assertEqual(narrowed["reach"], "own")
