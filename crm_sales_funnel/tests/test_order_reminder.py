from datetime import datetime

from freezegun import freeze_time
from lxml import etree

from odoo import Command
from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from .common import FunnelCommon


@tagged("post_install", "-at_install")
class TestOrderReminder(FunnelCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product = cls.env["product.product"].create(
            {"name": "Hex bolt M8x30", "is_storable": True}
        )
        cls.other = cls.new_role_user("funnel_other", "salesperson")

    def _order(self, user, commitment, **values):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "user_id": user.id,
                "commitment_date": commitment,
                "order_line": [
                    Command.create(
                        {"product_id": self.product.id, "product_uom_qty": 1}
                    )
                ],
                **values,
            }
        )
        order.action_confirm()
        return order

    def _counts(self, role, reach, card="deliveries", **context):
        reminders = self.env["funnel.reminder"].with_user(self.users[role])
        return {
            reminder["key"].split(".")[1]: reminder["count"]
            for reminder in reminders.with_context(**context).get_today(reach)
            if reminder["card"] == card
        }

    def test_due_date_follows_the_promise(self):
        order = self._order(self.users["salesperson"], datetime(2026, 3, 5, 8))
        picking = order.picking_ids
        self.assertEqual(picking.date_due, datetime(2026, 3, 5, 8))
        order.commitment_date = datetime(2026, 3, 9, 8)
        self.assertEqual(picking.date_due, datetime(2026, 3, 9, 8))
        order.commitment_date = False
        self.assertEqual(picking.date_due, picking.scheduled_date)

    @freeze_time("2026-03-10 03:00:00")
    def test_late_today_week(self):
        mine, other = self.users["salesperson"], self.other
        before = self._counts("order_desk", "all")
        for user, day in (
            (mine, 8),
            (mine, 10),
            (mine, 16),
            (mine, 17),  # the eighth day: not shown
            (other, 9),
            (other, 10),
        ):
            self._order(user, datetime(2026, 3, day, 12))
        late, today, week = (before[key] for key in ("late", "today", "week"))
        self.assertEqual(
            self._counts("order_desk", "all"),
            {"late": late + 2, "today": today + 2, "week": week + 1},
        )
        self.assertEqual(
            self._counts("salesperson", "own"), {"late": 1, "today": 1, "week": 1}
        )
        # A salesperson who asks for all gets what the role allows.
        self.assertEqual(
            self._counts("salesperson", "all"), {"late": 1, "today": 1, "week": 1}
        )
        self.assertEqual(
            self._counts("team_leader", "team"), {"late": 1, "today": 1, "week": 1}
        )
        self.assertEqual(
            self._counts("team_leader", "own"), {"late": 0, "today": 0, "week": 0}
        )

    @freeze_time("2026-03-10 03:00:00")
    def test_filters_go_by_the_same_date(self):
        """What is planned for today is late when it was promised for yesterday."""
        order = self._order(self.users["salesperson"], datetime(2026, 3, 9, 12))
        picking = order.picking_ids
        picking.scheduled_date = datetime(2026, 3, 10, 12)
        arch = self.env["stock.picking"].get_view(
            self.env.ref("crm_sales_funnel.stock_picking_view_search_due").id, "search"
        )["arch"]
        shown = {
            node.get("name"): picking.search_count(
                [("id", "=", picking.id), *safe_eval(node.get("domain"))]
            )
            for node in etree.fromstring(arch).iter("filter")
            if node.get("name") in ("open", "late", "yesterday", "today", "day_1")
        }
        self.assertEqual(
            shown,
            {"open": 1, "late": 1, "yesterday": 1, "today": 0, "day_1": 0},
        )

    @freeze_time("2026-03-10 17:00:00")  # 01:00 of the 11th in China
    def test_the_day_is_the_users_day(self):
        self._order(self.users["salesperson"], datetime(2026, 3, 10, 15, 30))
        self.assertEqual(
            self._counts("salesperson", "own", tz="Asia/Shanghai")["late"], 1
        )
        self.assertEqual(self._counts("salesperson", "own", tz="UTC")["today"], 1)

    def test_unknown_time_zone_is_utc(self):
        self._order(self.users["salesperson"], datetime(2020, 1, 1))
        counts = self._counts("salesperson", "own", tz="Mars/Phobos")
        self.assertEqual(counts["late"], 1)

    @freeze_time("2026-03-10 03:00:00")
    def test_delivered_and_cancelled_are_not_due(self):
        mine = self.users["salesperson"]
        done, cancelled = (self._order(mine, datetime(2026, 3, 8)) for _ in range(2))
        done.picking_ids.move_ids.write({"quantity": 1, "picked": True})
        done.picking_ids.button_validate()
        cancelled._action_cancel()
        self.assertEqual(self._counts("salesperson", "own")["late"], 0)

    def test_each_reminder_opens_exactly_what_it_counts(self):
        self._order(self.users["salesperson"], datetime(2020, 1, 1))
        for role, user in self.users.items():
            reminders = self.env["funnel.reminder"].with_user(user)
            for reminder in reminders.get_today("all"):
                with self.subTest(role=role, key=reminder["key"]):
                    action = reminder["action"]
                    model = (
                        self.env[action["res_model"]]
                        .with_user(user)
                        .with_context(**action["context"])
                    )
                    self.assertEqual(
                        model.search_count(action["domain"]), reminder["count"]
                    )
