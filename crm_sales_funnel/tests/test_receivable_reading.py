from datetime import date

from odoo.exceptions import UserError
from odoo.tests import tagged

from .receivable_common import ReceivableCommon
from .test_receivable_aging import BUCKET_FIELDS


@tagged("post_install", "-at_install")
class TestReceivableReading(ReceivableCommon):
    """Whatever way the aging is read, the answer is that of its date."""

    def test_two_dates_in_one_environment(self):
        """The ORM caches by the id of the journal item: two dates, two answers."""
        invoice = self.invoice(100, "2026-01-01")
        self.receive(60, "2026-03-20", invoice)
        self.env.flush_all()
        spec = {"residual": {}, "days_overdue": {}, "bucket": {}}
        names = list(spec)

        def read_all(as_of):
            report = self.aging(as_of)
            row = report.search([])
            [found] = report.search_read([], names)
            [web_found] = report.web_search_read([], spec)["records"]
            [read] = row.read(names)
            [group] = report.formatted_read_group([], ["bucket"], ["residual:sum"])
            [web_group] = report.web_read_group(
                [], ["partner_id"], ["residual:sum", "days_overdue:max"]
            )["groups"]
            [(bucket, total)] = report._read_group([], ["bucket"], ["residual:sum"])
            exported = row.export_data(["residual", "days_overdue"])["datas"]
            return [
                [row[name] for name in names],
                [found[name] for name in names],
                [web_found[name] for name in names],
                [read[name] for name in names],
                [group["residual:sum"], group["bucket"]],
                [web_group["residual:sum"], web_group["days_overdue:max"]],
                [total, bucket],
                [exported[0][0], int(exported[0][1])],
            ]

        def expect(residual, days, bucket):
            return [
                *([[residual, days, bucket]] * 4),
                [residual, bucket],
                [residual, days],
                [residual, bucket],
                [residual, days],
            ]

        march, january = expect(40, 89, "d61_90"), expect(100, 30, "d1_30")
        self.assertEqual(read_all("2026-03-31"), march)
        self.assertEqual(read_all("2026-01-31"), january)
        self.assertEqual(read_all("2026-03-31"), march)

    def test_two_kinds_of_accounts_in_one_environment(self):
        self.invoice(100, "2026-03-01")
        self.invoice(70, "2026-03-01", move_type="in_invoice")
        for account_type, total in (
            ("asset_receivable", 100),
            ("liability_payable", -70),
            ("asset_receivable", 100),
        ):
            report = self.aging(
                "2026-03-31", self.users["finance"], account_type=account_type
            )
            self.assertEqual(report.search([]).mapped("residual"), [total])

    def test_rows_are_found_by_their_fields(self):
        for amount, due in ((1, "2026-01-01"), (2, "2026-02-15"), (3, "2026-04-15")):
            self.invoice(amount, "2026-01-01", due)
        report = self.aging("2026-03-31")
        for domain, expected in (
            ([("bucket", "=", "d31_60")], [2]),
            ([("bucket", "in", ("d31_60", "not_due"))], [2, 3]),
            ([("due_state", "=", "overdue")], [1, 2]),
            ([("partner_id", "child_of", self.customer.ids)], [1, 2, 3]),
            ([("partner_id.name", "ilike", "nordwind")], [1, 2, 3]),
            ([("days_overdue", ">", 60)], [1]),
            ([("residual", ">=", 2)], [2, 3]),
            ([("user_id", "=", self.users["finance"].id)], []),
        ):
            with self.subTest(domain=domain):
                self.assertEqual(report.search(domain).mapped("residual"), expected)
                self.assertEqual(report.search_count(domain), len(expected))
        self.assertEqual(
            report.search([], order="bucket desc, id", limit=2).mapped("residual"),
            [1, 2],
        )
        self.assertEqual(report.search([], offset=1, limit=1).residual, 2)

    def test_groups_go_from_young_to_old(self):
        for due in (
            "2025-03-31",
            "2026-03-30",
            "2026-04-15",
            "2026-02-15",
            "2026-03-31",
        ):
            self.invoice(100, "2025-03-31", due)
        report = self.aging("2026-03-31")
        buckets = ["not_due", "d1_30", "d31_60", "d180_plus"]
        states = ["overdue", "today", "later"]
        for fname, keys in (("bucket", buckets), ("due_state", states)):
            with self.subTest(fname):
                groups = report._read_group([], [fname], ["__count"])
                self.assertEqual([key for key, _count in groups], keys)
                groups = report.formatted_read_group([], [fname], ["__count"])
                self.assertEqual([group[fname] for group in groups], keys)
                by_set, total = report.formatted_read_grouping_sets(
                    [], [[fname], []], ["residual:sum"]
                )
                self.assertEqual([group[fname] for group in by_set], keys)
                self.assertEqual(total[0]["residual:sum"], 500)
        by_two = report._read_group([], ["partner_id", "bucket"], ["residual:sum"])
        self.assertEqual(
            by_two,
            [
                (self.customer, key, total)
                for key, total in zip(buckets, (200, 100, 100, 100))
            ],
        )

    def test_buckets_as_columns(self):
        other = self.customer.copy({"name": "Alpha Trading"})
        for partner, amount, due in (
            (self.customer, 100, "2026-03-31"),
            (self.customer, 50, "2026-03-30"),
            (self.customer, 25, "2026-01-01"),
            (other, 75, "2024-01-01"),
        ):
            self.invoice(amount, "2024-01-01", due, partner_id=partner.id)
        rows = self.aging("2026-03-31")._read_group(
            [],
            ["partner_id"],
            [*(f"{name}:sum" for name in BUCKET_FIELDS), "residual:sum", "share:sum"],
        )
        self.assertCountEqual(
            rows,
            [
                (self.customer, 100, 50, 0, 25, 0, 0, 175, 0.7),
                (other, 0, 0, 0, 0, 0, 75, 75, 0.3),
            ],
        )

    def test_web_client_gets_the_same(self):
        """The call that the list makes, sorted by a bucket, with the customer's own
        fields in its row."""
        other = self.customer.copy({"name": "Alpha Trading", "user_id": False})
        self.invoice(100, "2026-03-01")
        self.receive(10, "2026-03-05")
        self.invoice(300, "2026-01-01", partner_id=other.id)
        result = self.aging("2026-03-31").web_read_group(
            [],
            ["partner_id"],
            [
                "amount_d61_90:sum",
                "amount_d61_90:sum_currency",
                "company_currency_id:array_agg_distinct",
                "share:sum",
            ],
            order="amount_d61_90 desc",
            limit=80,
            groupby_read_specification={
                "partner_id": {
                    "user_id": {"fields": {"display_name": {}}},
                    "last_receipt_date": {},
                }
            },
        )
        self.assertEqual(result["length"], 2)
        first, second = result["groups"]
        self.assertEqual(first["partner_id"], (other.id, "Alpha Trading"))
        self.assertEqual(first["amount_d61_90:sum"], 300)
        self.assertEqual(first["amount_d61_90:sum_currency"], 300)
        self.assertEqual(second["amount_d61_90:sum"], 0)
        self.assertAlmostEqual(second["share:sum"], 90 / 390)
        self.assertEqual(second["__values"]["last_receipt_date"], date(2026, 3, 5))
        self.assertEqual(
            second["__values"]["user_id"]["id"], self.users["salesperson"].id
        )

    def test_share_of_nothing(self):
        self.invoice(100, "2026-03-01")
        self.receive(100, "2026-03-05")
        shares = self.aging("2026-03-31")._read_group([], ["line_kind"], ["share:sum"])
        self.assertEqual([bool(share) for _kind, share in shares], [False, False])

    def test_share_is_refused_in_several_groupings_at_once(self):
        with self.assertRaises(ValueError):
            self.aging("2026-03-31")._read_grouping_sets(
                [], [["partner_id"], []], ["share:sum"]
            )

    def test_wrong_questions_are_explained(self):
        for context in (
            {"as_of": "yesterday"},
            {"as_of": "2026-02-30"},
            {"as_of": 7},
            {"account_type": "income"},
            {"account_type": "x'; DROP TABLE account_move; --"},
        ):
            with self.subTest(context), self.assertRaises(UserError):
                self.env["funnel.aging.report"].with_context(**context).search([])

    def test_queries_do_not_grow(self):
        """Five times as many customers take as many queries."""

        def count():
            self.env.invalidate_all()
            report = self.aging("2026-03-31")
            start = self.cr.sql_log_count
            report.web_read_group(
                [],
                ["partner_id"],
                ["residual:sum", "share:sum"],
                groupby_read_specification={"partner_id": {"last_receipt_date": {}}},
            )
            report.get_tie_out()
            return self.cr.sql_log_count - start

        self.invoice(100, "2026-03-01")
        count()
        before = count()
        for number in range(4):
            partner = self.customer.copy({"name": f"Customer {number}"})
            self.invoice(100, "2026-03-01", partner_id=partner.id)
        self.assertEqual(count(), before)
