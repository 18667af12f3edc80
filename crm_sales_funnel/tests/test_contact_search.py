from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..models.contact.res_partner_search import PHONE_DIGITS
from ..tools import initials
from .common import MODULE
from .contact_common import ContactCommon


@tagged("post_install", "-at_install")
class TestContactSearch(ContactCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        partners = cls.env["res.partner"].with_context(tracking_disable=True)
        cls.libai, cls.other = partners.create(
            [
                {
                    "name": "广州立白贸易有限公司",
                    "is_company": True,
                    "customer_rank": 1,
                    "ref": "K-0815",
                    "phone": "+86 138 0013 8000",
                    "user_id": cls.salesperson.id,
                },
                {
                    "name": "Albatross Tools Ltd",
                    "is_company": True,
                    "customer_rank": 1,
                    "phone": "0755-9550 0131",
                    "user_id": cls.salesperson.id,
                },
            ]
        )
        cls.liming = partners.create(
            {
                "name": "李明",
                "parent_id": cls.libai.id,
                "phone": "13900139001",
                "email": "liming@libai.example.com",
            }
        )

    def found(self, text):
        """Return the customers of ours that a many2one offers."""
        partners = self.env["res.partner"].with_user(self.salesperson)
        ids = [partner for partner, _name in partners.name_search(text)]
        return partners.browse(ids) & (self.libai | self.other | self.liming)

    def listed(self, text):
        """Return the customers of ours that the search box of the list finds."""
        action = self.env.ref(f"{MODULE}.res_partner_action_customers")
        domain = [
            ("customer_search", "ilike", text),
            ("customer_rank", ">", 0),
        ]
        self.assertIn("customer_search", action.search_view_id.arch)
        found = self.env["res.partner"].with_user(self.salesperson).search(domain)
        return found & (self.libai | self.other)

    def test_initials(self):
        for name, letters in (
            ("广州立白贸易有限公司", " gzlbmyyxgs lbmyyxgs"),
            ("立白（广州）", " lbgz"),
            ("重庆渝岫汽车零部件有限公司", " cqyxqclbjyxgs yxqclbjyxgs"),
            ("厦門鷺棲工貿", " xmlqgm lqgm"),
            ("TCL 科技", " tclkj"),
            ("Bergmann Werkzeuge GmbH", " bwg"),
            ("Müller & Søn", " ms"),
            ("单伟", " sw"),
            ("Nordwind", " "),
            ("", " "),
            ("番禺区德信", " pyqdx dx"),
            ("行远科技", " xykj"),
            ("行知", " xz"),
            ("工商银行", " gsyh"),
            ("大厦", " ds"),
            ("解放路", " jfl"),
            ("解店", " jd"),
            ("查良镛", " zly"),
            ("尉迟恭", " ycg"),
            ("万俟伟", " mqw"),
            ("重庆", " cq"),
        ):
            with self.subTest(name):
                self.assertEqual(initials.initials(name), letters)

    def test_found_by_initials(self):
        for text in ("lb", "LB", "ｌｂ", "gzlb", "lbmy", " lb "):
            with self.subTest(text):
                self.assertIn(self.libai, self.found(text))
                self.assertEqual(self.listed(text) & self.libai, self.libai)
        self.assertEqual(self.found("atl"), self.other)
        self.assertEqual(self.found("lm"), self.liming)
        # the person's initials lead to the company
        self.assertEqual(self.listed("lm"), self.libai)
        # neither within a word of initials, nor by one letter, nor what is not there
        for text in ("zlb", "bmy", "xlb"):
            with self.subTest(text):
                self.assertNotIn(self.libai, self.found(text))
                self.assertFalse(self.listed(text) & self.libai)

    def test_initials_are_offered_among_many(self):
        """Half of what a many2one offers, behind the first half of what Odoo finds."""
        partners = self.env["res.partner"].with_user(self.salesperson)
        alberts = self.env["res.partner"].create(
            [{"name": f"Albert {n}"} for n in range(20)]
        )

        def offered(limit):
            ids = [p for p, _name in partners.name_search("lb", limit=limit)]
            self.assertEqual(len(ids), min(limit, len(set(ids))))
            return partners.browse(ids)

        many = alberts | self.other
        self.assertEqual(len(offered(8)), 8)
        self.assertLessEqual(offered(8) - self.libai, many)
        self.assertEqual(offered(8)[4], self.libai)
        self.assertEqual(set(offered(22)), set(many | self.libai))
        self.env["res.partner"].create([{"name": f"蓝波{n}"} for n in range(20)])
        for limit, of_odoo in ((8, 4), (7, 4), (1, 1), (30, 15)):
            with self.subTest(limit=limit):
                self.assertEqual(len(offered(limit) & many), of_odoo)
                self.assertLessEqual(offered(limit)[:of_odoo], many)
        # Whom both find is offered once.
        self.other.name = "立白 Albatross lb"
        self.assertEqual(len(offered(99) & self.other), 1)
        # Nothing is lost where there is room for all.
        self.assertEqual(len(offered(99)), 42)
        domain = [("id", "=", self.libai.id)]
        self.assertEqual(len(partners.name_search("lb", domain)), 1)
        self.assertEqual(len(partners.name_search("lb", domain, limit=None)), 1)

    def test_found_by_any_part(self):
        for text in ("立白", "白贸", "K-08", "0815", "州立"):
            with self.subTest(text):
                self.assertIn(self.libai, self.found(text))
                self.assertEqual(self.listed(text), self.libai)
        for text in ("李明", "liming@"):
            with self.subTest(text):
                self.assertIn(self.liming, self.found(text))
                self.assertEqual(self.listed(text), self.libai)

    def test_found_by_phone_in_any_writing(self):
        for text in (
            "13800138000",
            "138 0013 8000",
            "138-0013-8000",
            "+8613800138000",
            "+86 138 0013 8000",
            "008613800138000",
            "１３８００１３８０００",
            "0013 8000",
        ):
            with self.subTest(text):
                self.assertEqual(self.found(text), self.libai)
                self.assertEqual(self.listed(text), self.libai)
        for text in ("075595500131", "+86 755 9550 0131", "9550-0131"):
            with self.subTest(text):
                self.assertEqual(self.found(text), self.other)
        for text in ("+86 139 0013 9001", "139 0013 9001"):
            with self.subTest(text):
                self.assertEqual(self.found(text), self.liming)
                self.assertEqual(self.listed(text), self.libai)
        self.assertFalse(self.found("13800138001"))
        self.assertFalse(self.found("+8513800138000"))

    def test_numbers_however_they_are_written(self):
        self.liming.phone = "(0755) 8321\u20136688"
        self.env.flush_all()
        for text in (
            "(138) 0013.8000",
            "[+86] 138\u20130013\u20138000",
            "(+86)13800138000",
            "tel:+86-138-0013-8000",
            "TEL: 138 0013 8000",
            "86 138 0013 8000",
            "8613800138000",
            "0086 (138) 0013 8000",
            "+86 (0)138 0013 8000",
        ):
            with self.subTest(text):
                self.assertEqual(self.found(text), self.libai)
                self.assertEqual(self.listed(text), self.libai)
        for text in (
            "075583216688",
            "(0755) 8321 6688",
            "8321-6688",
            "+8675583216688",
            "0755-83216688 ext. 12",
            "0755 8321 6688转12",
            "0755 8321 6688 x12",
            "0755-83216688,",
            "8321 6688；",
            "\u202a0755\u200e83216688\u202c",
            "٠٧٥٥٨٣٢١٦٦٨٨",
        ):
            with self.subTest(text):
                self.assertEqual(self.found(text), self.liming)
                self.assertEqual(self.listed(text), self.libai)
        self.libai.phone = "138 0013 8000"  # without the country
        self.env.flush_all()
        self.assertEqual(self.found("86 138 0013 8000"), self.libai)

    def test_numbers_however_they_are_kept(self):
        for kept in (
            "０７５５－８３２１６６８８",
            "٠٧٥٥ ٨٣٢١٦٦٨٨",
            "\u202a0755\u20668321\u200e6688\u202c",
            "0755-83216688 转 12",
        ):
            self.libai.phone = kept
            self.env.flush_all()
            for text in ("0755-8321 6688", "83216688", "075583216688 ext 12"):
                with self.subTest(kept=kept, text=text):
                    self.assertEqual(self.found(text), self.libai)
        self.libai.phone = "12001234567"
        self.env.flush_all()
        self.assertFalse(self.listed("1200x600"))

    def test_opposite_of_a_search(self):
        partners = self.env["res.partner"].with_user(self.salesperson)
        ours = [("id", "in", (self.libai | self.other | self.liming).ids)]
        for text in ("gzlb", "lb", "13800138000", "Albatross", "none at all", ""):
            found, others = (
                partners.search([*ours, ("display_name", operator, text)])
                for operator in ("ilike", "not ilike")
            )
            with self.subTest(text):
                self.assertFalse(found & others)
                self.assertEqual(len(found | others), 3)

    def test_operators_of_the_search_box(self):
        partners = self.env["res.partner"].with_user(self.salesperson)
        ours = [("id", "in", (self.libai | self.other).ids)]
        for operator, value, found in (
            ("=", "lb", self.libai | self.other),  # Albatross holds it
            ("=", "gzlb", self.libai),
            ("!=", "gzlb", self.other),
            ("in", ["gzlb", "atl"], self.libai | self.other),
            ("not in", ["gzlb"], self.other),
            ("not ilike", "gzlb", self.other),
        ):
            with self.subTest(operator=operator, value=value):
                domain = [*ours, ("customer_search", operator, value)]
                self.assertEqual(set(partners.search(domain)), set(found))
        for operator, value in (("=ilike", "lb%"), ("<", "lb")):
            with self.subTest(operator), self.assertRaises(UserError):
                partners.search([("customer_search", operator, value)])

    def test_exact_searches_stay_as_they_are(self):
        partners = self.env["res.partner"]
        ours = self.libai | self.other
        domain = [("id", "in", ours.ids)]
        self.assertFalse(partners.search([*domain, ("display_name", "=", "lb")]))
        order = self.env["sale.order"].create({"partner_id": self.libai.id})
        self.assertEqual(
            self.env["sale.order"].search([("partner_id", "ilike", "gzlb")]), order
        )

    def test_new_name(self):
        self.libai.name = "立邦"
        self.env.flush_all()
        self.assertFalse(self.found("gzlb"))
        self.assertIn(self.libai, self.listed("lb"))

    def test_partners_from_before_are_filled_in_batches(self):
        self.env.flush_all()
        self.cr.execute("UPDATE res_partner SET name_initials = NULL")
        self.env.invalidate_all()
        self.assertFalse(self.found("gzlb"))
        partners = self.env["res.partner"]
        archived = self.other
        archived.active = False
        self.assertEqual(partners._fill_name_initials(2), 2)
        crons = type(self.env["ir.cron"])
        with (
            patch(
                "odoo.addons.crm_sales_funnel.models.contact.res_partner_search.BATCH",
                3,
            ),
            patch.object(crons, "_commit_progress", side_effect=[60, 0]) as progress,
        ):  # its time is over after the first batch
            partners._cron_fill_name_initials()
        self.assertEqual(progress.call_args.args, (3,))
        self.cr.execute(
            "SELECT count(*) FROM res_partner WHERE name_initials IS NOT NULL"
        )
        self.assertEqual(self.cr.fetchone(), (5,))
        with patch.object(crons, "_commit_progress", return_value=60):
            partners._cron_fill_name_initials()
        self.env.invalidate_all()
        self.assertEqual(self.found("gzlb"), self.libai)
        self.cr.execute("SELECT count(*) FROM res_partner WHERE name_initials IS NULL")
        self.assertEqual(self.cr.fetchone(), (0,))
        self.assertEqual(archived.name_initials, " atl")
        self.assertEqual(partners._fill_name_initials(2), 0)

    def test_index_answers_two_letters(self):
        self.cr.execute("SET LOCAL enable_seqscan = off")
        self.cr.execute(
            "EXPLAIN SELECT id FROM res_partner WHERE name_initials LIKE '%% lb%%'"
        )
        plan = "\n".join(line for (line,) in self.cr.fetchall())
        self.assertIn("res_partner_name_initials_index", plan)
        # Odoo's own, of other digits, are as good on a table of few rows.
        self.cr.execute(
            "DROP INDEX res_partner_phone_partial_tgm, res_partner_phone_partial_gin_idx"
        )
        self.cr.execute(
            "EXPLAIN SELECT id FROM res_partner WHERE phone IS NOT NULL"
            f" AND {PHONE_DIGITS} LIKE '%%13800138%%'"
        )
        plan = "\n".join(line for (line,) in self.cr.fetchall())
        self.assertIn("res_partner_phone_digits_index", plan)
