from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.customer import funnel_collision_scan, funnel_collision_sign
from .collision_common import XINHANG, CollisionCommon


@tagged("post_install", "-at_install")
class TestCustomerCollisionList(CollisionCommon):
    """The list of possible duplicates: what gets into it, who reads it, what becomes
    of it."""

    def new(self, name="新航科技（深圳）", **values):
        return self.env["res.partner"].create(
            {"name": name, "is_company": True, **values}
        )

    # ------------------------------------------------------------------
    # Entered
    # ------------------------------------------------------------------

    def test_a_new_customer_that_is_very_like_another(self):
        new = self.new()
        [pair] = self.pairs(new)
        self.assertEqual(pair._get_records(), (self.xinhang, new))
        self.assertEqual((pair.state, pair.found_by), ("open", "entry"))
        self.assertEqual(pair.reason, "same_name")
        self.assertTrue(pair.is_strong)
        self.assertGreaterEqual(pair.score, 0.85)
        self.assertFalse(self.pairs(self.new("深圳永发五金制品厂")))

    def test_a_new_lead_and_a_changed_one(self):
        lead = self.env["crm.lead"].create({"name": "x", "phone": "0755-83216688"})
        [pair] = self.pairs(lead)
        self.assertEqual(pair._get_records(), (self.xinhang, lead))
        self.assertEqual(pair.reasons, "same_phone")
        self.assertEqual(pair.reason_text, "same phone")
        lead.write({"partner_name": "立腾五金制品"})
        other = self.pairs(lead) - pair
        self.assertEqual(other._get_records(), (self.lead, lead))

    def test_created_from_a_field(self):
        sent = []
        with patch.object(
            type(self.env["res.users"]),
            "_bus_send",
            lambda user, kind, message: sent.append((user, kind, message)),
        ):
            key, _name = self.as_user("res.partner").name_create("立腾五金制品")
        self.assertTrue(self.pairs(self.env["res.partner"].browse(key)))
        [(user, kind, message)] = sent
        self.assertEqual((user, kind), (self.salesperson, "simple_notification"))
        self.assertIn(self.lead.partner_name, message["message"])
        self.assertIn(self.mate.name, message["message"])

    def body(self, record):
        return " ".join(record.sudo().message_ids.mapped("body"))

    def test_the_chatter_names_what_its_reader_may_read(self):
        """Whoever enters it: a manager reads more than those who read it later."""
        for user in (self.salesperson, self.users["manager"], self.mate):
            partners = self.tracking(self.as_user("res.partner", user))
            new = partners.create(
                [
                    {"name": "立腾五金制品", "is_company": True, "user_id": owner}
                    for owner in (False, self.salesperson.id, self.mate.id)
                ]
            )
            # A customer is read by all, a lead by its salesperson.
            for record in new:
                body = self.body(record)
                self.assertIn("Managers find all of them", body)
                self.assertNotIn(self.lead.partner_name, body)
            new.sudo().unlink()
        leads = self.tracking(self.as_user("crm.lead", self.mate))
        for company in (self.company, self.other_company):
            new = leads.create(
                {
                    "name": "x",
                    "partner_name": "立腾五金制品",
                    "user_id": self.mate.id,
                    "company_id": company.id,
                }
            )
            body = self.body(new)
            is_own = company == self.company
            self.assertEqual(self.lead.partner_name in body, is_own)
            self.assertNotEqual("Managers find all of them" in body, is_own)
            for secret in ("13912345678", "赵敏", "liteng", "12.50"):
                self.assertNotIn(secret, body)
            new.sudo().unlink()

    def test_the_chatter_names_customers_of_everybody(self):
        partners = self.tracking(self.as_user("res.partner", self.mate))
        new = partners.create({"name": XINHANG, "is_company": True})
        self.assertIn(XINHANG, self.body(new))
        self.assertNotIn("Managers find", self.body(new))
        for company in (self.company, self.other_company):
            new = partners.create(
                {"name": "宁波鸿德精密工业", "company_id": company.id}
            )
            self.assertEqual(
                self.foreign.name in self.body(new),
                company == self.other_company,
            )
        # Others of its company read it who are not of that one.
        new = partners.create({"name": "宁波鸿德精密工业", "user_id": self.mate.id})
        self.assertNotIn(self.foreign.name, self.body(new))

    def test_the_chatter_tells_nothing_that_a_company_keeps_to_itself(self):
        """Users of all companies read it."""
        partners = self.tracking(self.as_user("res.partner", self.mate))
        for is_told in (True, False):
            self.other_company.is_told_to_others = is_told
            new = partners.create(
                {
                    "name": "宁波鸿德精密工业",
                    "user_id": self.mate.id,
                    "company_id": self.other_company.id,
                }
            )
            self.assertEqual(self.foreign.name in self.body(new), is_told)

    def test_a_thousand_rows_take_as_many_queries_as_ten(self):
        names = [
            f"{a}{b}贸易有限公司" for a in "恒瑞泰安康宁丰盛昌隆" for b in "达远航通源"
        ]

        def count(rows):
            self.env.flush_all()
            partners = self.env["res.partner"].create([{"name": n} for n in rows])
            self.env.flush_all()
            signs = self.env["funnel.collision.sign"].sudo()
            signs.search([("partner_id", "in", partners.ids)]).unlink()
            before = self.env.cr.sql_log_count
            self.env["funnel.collision"].sudo()._follow(partners)
            return self.env.cr.sql_log_count - before

        self.assertEqual(count(names[:10]), count(names[10:]))

    def test_what_is_imported_is_compared_with_itself_too(self):
        one, other = self.env["res.partner"].create(
            [{"name": "宁波海盛机械有限公司"}, {"name": "宁波市海盛机械"}]
        )
        [pair] = self.pairs(one)
        self.assertEqual(pair._get_records(), (one, other))

    def test_a_pair_is_there_once_whoever_writes_it(self):
        new = self.new()
        [pair] = self.pairs(new)
        with (
            self.assertRaises(IntegrityError),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            pair.copy({"state": "open"})
        with (
            self.assertRaises(IntegrityError),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            pair.copy({"partner_id": new.id, "other_partner_id": self.xinhang.id})

    # ------------------------------------------------------------------
    # Signs
    # ------------------------------------------------------------------

    def signs_of(self, record):
        column = "partner_id" if record._name == "res.partner" else "lead_id"
        self.env.invalidate_all()
        signs = self.env["funnel.collision.sign"].search([(column, "=", record.id)])
        return {(sign.kind, sign.value) for sign in signs}

    def test_signs_follow_their_records(self):
        self.assertEqual(
            self.signs_of(self.xinhang),
            {
                ("name", "新航科技"),
                ("phone", "8675583216688"),
                ("mail", "xinhang.example"),
                ("tax", "CN91440300MA5EXAMPL1"),
            },
        )
        self.assertEqual(
            self.signs_of(self.lead),
            {
                ("name", "立腾五金制品"),
                ("person", "赵敏"),
                ("phone", "8613912345678"),
                ("mail", "liteng.example"),
            },
        )
        self.xinhang.write({"phone": False, "country_id": self.env.ref("base.de").id})
        self.assertEqual(
            self.signs_of(self.xinhang),
            {
                ("name", "新航科技"),
                ("mail", "xinhang.example"),
                ("tax", "CN91440300MA5EXAMPL1"),  # wherever the firm has its seat
            },
        )
        lead = self.lead
        lead.unlink()
        self.assertFalse(self.signs_of(lead))

    def test_the_nightly_job_mends_what_sql_has_changed(self):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_partner SET name = '广州立白贸易有限公司' WHERE id = %s",
            [self.xinhang.id],
        )
        self.env.cr.execute(
            "DELETE FROM funnel_collision_sign WHERE lead_id IS NOT NULL"
        )
        self.env.invalidate_all()
        steps = []

        def commit(_crons, processed=0, *, remaining=None):
            steps.append(processed)
            return 60.0

        crons = type(self.env["ir.cron"])
        with (
            patch.object(crons, "_commit_progress", commit),
            patch.object(funnel_collision_sign, "AT_ONCE", 50),
        ):
            self.env["funnel.collision.sign"]._cron_repair()
        self.assertGreater(len(steps), 2)
        self.assertIn(("name", "立白贸易"), self.signs_of(self.xinhang))
        self.assertEqual(len(self.signs_of(self.lead)), 4)
        sign = self.env["funnel.collision.sign"]
        with patch.object(type(sign), "_upsert", side_effect=AssertionError):
            for model in ("res.partner", "crm.lead"):
                sign._repair_safely(model, 0)

    # ------------------------------------------------------------------
    # Read and decided
    # ------------------------------------------------------------------

    def test_who_reads_a_pair(self):
        """Who may read both sides: checked by role, on a pair of each kind."""
        mine = self.env["crm.lead"].create(
            {"name": "x", "partner_name": XINHANG, "user_id": self.salesperson.id}
        )
        mates = self.env["crm.lead"].create(
            {"name": "x", "partner_name": "新航科技", "user_id": self.mate.id}
        )
        new = self.new()
        foreign = self.new("鸿德精密工业")
        by_kind = {
            "customers": self.pairs(self.xinhang) & self.pairs(new),
            "own lead": self.pairs(mine) & self.pairs(self.xinhang),
            "other's lead": self.pairs(mates) & self.pairs(mine),
            "other company": self.pairs(self.foreign) & self.pairs(foreign),
        }
        self.assertEqual([len(pair) for pair in by_kind.values()], [1, 1, 1, 1])
        expected = {
            "salesperson": {"customers", "own lead"},
            "team_leader": {"customers", "own lead"},
            "manager": {"customers", "own lead", "other's lead"},
            "order_desk": {"customers", "own lead", "other's lead"},
            "finance": {"customers"},
            "purchasing": {"customers"},
            "warehouse": None,
        }
        for role, kinds in expected.items():
            user = self.users[role]
            for kind, pair in by_kind.items():
                with self.subTest(role=role, kind=kind):
                    self.env.invalidate_all()
                    pairs = self.as_user("funnel.collision", user)
                    one = pairs.browse(pair.id)
                    self.assertEqual(one.has_access("read"), kind in (kinds or ()))
                    if kinds is None:
                        continue
                    found = pairs.search([("id", "=", pair.id)])
                    self.assertEqual(bool(found), kind in kinds)
                    if kind in kinds:
                        self.assertTrue(one.name and one.other_name)
                    for change in (
                        one.unlink,
                        lambda one=one: one.write({"note": "x"}),
                    ):
                        with self.assertRaises(AccessError):
                            change()

    def test_what_tells_of_a_decision_is_nobodys(self):
        pair = self.pairs(self.new()).with_user(self.users["manager"])
        with self.assertRaises(AccessError):
            pair.read(["evidence"])
        for model in (
            "funnel.collision.sign",
            "funnel.collision.answer",
            "funnel.collision.scan",
        ):
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.salesperson).search([])

    def test_both_sides_are_shown(self):
        new = self.new(city="Shenzhen", email="a@b.example", phone="1390000 1111")
        order = self.env["sale.order"].create({"partner_id": new.id})
        order.state = "sale"
        pair = self.pairs(new).with_user(self.users["manager"])
        self.assertEqual((pair.name, pair.other_name), (XINHANG, new.name))
        self.assertEqual(pair.user_id, self.mate)
        self.assertEqual(pair.other_city, "Shenzhen")
        self.assertEqual((pair.order_count, pair.other_order_count), (0, 1))
        self.assertEqual(pair.vat, "91440300MA5EXAMPL1")
        self.assertTrue(self.env["funnel.collision"].search([("is_strong", "=", True)]))

    def test_decided_from_the_list(self):
        new = self.new(user_id=self.salesperson.id)
        pair = self.pairs(new)
        mine = pair.with_user(self.salesperson)
        mine.action_keep_apart("two firms")
        self.assertEqual((pair.state, pair.note), ("different", "two firms"))
        self.assertEqual(pair.decided_by_id, self.salesperson)
        self.assertFalse(self.find(id=new.id, name=new.name))
        mine.action_reopen()
        self.assertEqual(pair.state, "open")
        self.assertFalse(pair.decided_by_id)
        self.assertTrue(self.find(id=new.id, name=new.name))
        with self.assertRaises(AccessError):
            pair.with_user(self.users["warehouse"]).action_keep_apart()
        buyer = self.users["purchasing"]
        self.assertTrue(pair.with_user(buyer).has_access("read"))
        self.assertFalse(new.with_user(buyer).has_access("write"))
        with self.assertRaises(AccessError):
            pair.with_user(buyer).action_keep_apart()
        hidden = self.pairs(self.new("立腾五金制品"))
        for method in ("action_keep_apart", "action_reopen", "action_merge"):
            with self.assertRaises(AccessError):
                getattr(hidden.with_user(self.salesperson), method)()

    # ------------------------------------------------------------------
    # Joined
    # ------------------------------------------------------------------

    def test_merging_customers_loses_no_decision(self):
        new, third = self.new(), self.new("新航科技有限公司")
        between = self.pairs(new) & self.pairs(self.xinhang)
        decided = self.pairs(new) & self.pairs(third)
        open_ = self.pairs(self.xinhang) & self.pairs(third)
        decided.with_user(self.users["manager"]).action_keep_apart("two")
        action = between.with_user(self.users["manager"]).action_merge()
        self.assertEqual(action["res_model"], "base.partner.merge.automatic.wizard")
        wizard = self.env[action["res_model"]].with_context(**action["context"])
        dialog = wizard.create({"dst_partner_id": self.xinhang.id})
        self.assertEqual(dialog.partner_ids, self.xinhang | new)
        dialog.action_merge()
        self.assertFalse(new.exists())
        self.assertFalse(between.exists())
        self.assertFalse(open_.exists())
        self.assertEqual(decided._get_records(), (self.xinhang, third))
        self.assertEqual((decided.state, decided.note), ("different", "two"))
        self.assertEqual(len(self.pairs(self.xinhang)), 1)
        self.assertIn(("name", "新航科技"), self.signs_of(self.xinhang))

    def test_merging_the_older_customer_into_the_newer(self):
        new = self.new()
        lead = self.env["crm.lead"].create({"name": "x", "partner_name": XINHANG})
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.xinhang | new).ids, new
        )
        [pair] = self.pairs(new)
        self.assertEqual(pair._get_records(), (new, lead))
        self.assertEqual(new.phone, "0755 8321 6688")

    def test_merging_leads(self):
        other, third = self.env["crm.lead"].create(
            [
                {"name": "x", "partner_name": "立腾五金", "phone": "13912345678"},
                {"name": "y", "partner_name": "东莞立腾五金制品"},
            ]
        )
        pair = self.pairs(self.lead) & self.pairs(other)
        action = pair.with_user(self.users["manager"]).action_merge()
        self.assertEqual(action["res_model"], "crm.merge.opportunity")
        (self.pairs(other) & self.pairs(third)).sudo()._keep_apart("known")
        merged = (self.lead | other).merge_opportunity()
        self.assertFalse(pair.exists())
        [left] = self.pairs(merged)
        self.assertEqual(set(left._get_records()), {merged, third})
        self.assertEqual((left.state, left.note), ("different", "known"))

    def test_a_lead_of_the_customer_is_closed_by_itself(self):
        lead = self.env["crm.lead"].create(
            {"name": "x", "partner_name": XINHANG, "type": "opportunity"}
        )
        [pair] = self.pairs(lead)
        pair.with_user(self.users["manager"]).action_merge()
        self.assertEqual(lead.partner_id, self.xinhang)
        self.assertEqual(pair.state, "same")
        self.lead.partner_name = "新航科技"
        pair = self.pairs(self.lead)
        action = pair.with_user(self.users["manager"]).action_merge()
        self.assertEqual(action["res_model"], "crm.lead2opportunity.partner")
        wizard = self.env[action["res_model"]].with_context(**action["context"])
        dialog = wizard.create({"name": "convert"})
        self.assertEqual(dialog.partner_id, self.xinhang)
        dialog.action_apply()
        self.assertEqual(self.lead.partner_id, self.xinhang)
        self.assertEqual(pair.state, "same")

    def test_the_customer_that_a_lead_becomes_is_no_duplicate(self):
        partner = self.lead._create_customer()
        self.assertEqual(partner.commercial_partner_id.phone, self.lead.phone)
        self.assertFalse(self.pairs(self.lead))

    # ------------------------------------------------------------------
    # Scan
    # ------------------------------------------------------------------

    def scan(self, user=None, kill_after=None):
        scans = self.env["funnel.collision.scan"].sudo()
        steps = 0

        def commit(_crons, processed=0, *, remaining=None):
            nonlocal steps
            steps += 1
            return 0.0 if steps == kill_after else 60.0

        crons = type(self.env["ir.cron"])
        with (
            patch.object(crons, "_commit_progress", commit),
            patch.object(funnel_collision_scan, "AT_ONCE", 5),
        ):
            scans._cron_scan()
        return scans.search([], limit=1)

    def test_a_scan_finds_what_was_there_before_and_goes_on_when_killed(self):
        new = self.new()
        self.env["funnel.collision"].sudo().search([]).unlink()
        scan = self.scan(kill_after=3)
        self.assertEqual(scan.state, "running")
        self.assertEqual(scan.done, 10)
        self.assertEqual(self.scan(), scan)
        self.assertEqual((scan.state, scan.done), ("done", scan.total))
        [pair] = self.pairs(new)
        self.assertEqual(pair._get_records(), (self.xinhang, new))
        self.assertEqual(pair.found_by, "scan")
        self.assertEqual(self.scan(), scan, "the next one begins a week later")

    def test_a_scan_forgets_what_is_not_alike_any_more(self):
        new, other = self.new(), self.new("立腾五金制品")
        self.pairs(other).sudo()._keep_apart("no")
        new.name = "永发五金"
        pair = self.pairs(new)
        self.assertEqual(pair.state, "open")
        self.env.cr.execute(
            "UPDATE funnel_collision SET seen_date = seen_date - INTERVAL '1 day'"
        )
        self.env.invalidate_all()
        self.scan()
        self.assertFalse(pair.exists())
        self.assertEqual(self.pairs(other).state, "different")

    def test_scan_by_hand(self):
        manager = self.users["manager"]
        for role in ("salesperson", "team_leader", "order_desk"):
            with self.assertRaises(AccessError):
                self.as_user("funnel.collision", self.users[role]).action_scan()
        action = self.as_user("funnel.collision", manager).action_scan()
        again = self.as_user("funnel.collision", manager).action_scan()
        params = action["params"]
        self.assertEqual(params["ids"], again["params"]["ids"], "one goes on at a time")
        scan = self.env[params["model"]].with_user(manager).browse(params["ids"])
        with self.assertRaises(AccessError):
            scan.with_user(self.salesperson).action_step()
        told = {"action": False}
        for _ in range(1000):
            if scan.sudo().state == "done":
                break
            told = scan.action_step()
        self.assertEqual(told["done"], told["total"])
        self.assertEqual(scan.sudo().state, "done")

    def test_a_contact_that_gets_a_company_closes_the_pair(self):
        person = self.env["res.partner"].create(
            {"name": "李雷", "phone": "0755 83216688"}
        )
        [pair] = self.pairs(person)
        person.write({"parent_id": self.xinhang.id})
        self.assertEqual(pair.state, "same")
        self.env["res.partner"].create(
            {"name": "韩梅", "parent_id": self.xinhang.id, "phone": "0755 83216688"}
        )
        self.assertEqual(len(self.pairs(self.xinhang)), 1)
