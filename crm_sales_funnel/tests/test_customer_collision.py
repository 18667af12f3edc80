from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .collision_common import HONGDE, XINHANG, CollisionCommon

MASKED = {
    "key",
    "model",
    "id",
    "name",
    "score",
    "is_strong",
    "reasons",
    "reason_labels",
    "owner",
    "last_contact",
}


@tagged("post_install", "-at_install")
class TestCustomerCollision(CollisionCommon):
    """What a user is told while he enters a customer or lead."""

    def test_a_customer_by_another_spelling(self):
        found = self.find_one(name="新航科技（深圳）")
        self.assertEqual(found["id"], self.xinhang.id)
        self.assertEqual(found["model"], "res.partner")
        self.assertEqual(found["name"], XINHANG)
        self.assertEqual(found["owner"], self.mate.name)
        self.assertEqual(found["reasons"][0], "same_name")
        self.assertEqual(found["reason_labels"][0], "same name")
        self.assertTrue(found["is_strong"])
        self.assertFalse(found["last_contact"])
        self.assertFalse(self.find(name="深圳永发五金制品厂"))

    def test_a_hidden_lead_is_masked(self):
        """Its name, salesperson, reasons and the day of the last contact, no more."""
        self.log(date="2026-03-02 23:30:00", lead_id=self.lead.id, user_id=self.mate.id)
        self.salesperson.tz = "Asia/Shanghai"
        with self.assertRaises(AccessError):
            self.lead.with_user(self.salesperson).check_access("read")
        self.salesperson.partner_id.tz = "Asia/Shanghai"
        user = self.as_user("res.partner").with_context(tz="Asia/Shanghai")
        [found] = user.funnel_find_similar({"name": "立腾五金制品"})
        self.assertEqual(found.keys(), MASKED)
        self.assertIsNone(found["id"])
        self.assertEqual(found["model"], "crm.lead")
        self.assertEqual(found["name"], "东莞市立腾五金制品有限公司")
        self.assertEqual(found["owner"], self.mate.name)
        self.assertEqual(found["last_contact"], "2026-03-03")
        told = " ".join(map(str, found.values()))
        for secret in ("13912345678", "赵敏", "liteng", "12.50"):
            self.assertNotIn(secret, told)
        [found] = self.find(self.mate, name="立腾五金制品")
        self.assertEqual(found["id"], self.lead.id)

    def test_a_lead_without_a_company_tells_no_title(self):
        self.lead.write({"partner_name": False, "contact_name": False})
        found = self.find_one(name="X", phone="139 1234 5678")
        self.assertEqual(found["name"], "(without a name)")

    def test_a_customer_of_another_company_is_masked(self):
        found = self.find_one(name="鸿德精密工业")
        self.assertEqual(found.keys(), MASKED)
        self.assertIsNone(found["id"])
        self.assertEqual(found["name"], HONGDE)
        self.assertEqual(found["owner"], self.mate.name)
        self.assertNotIn("Other Trading", " ".join(map(str, found.values())))
        [found] = self.find(self.mate, name="鸿德精密工业")
        self.assertEqual(found["id"], self.foreign.id)

    def test_a_company_may_keep_its_customers_to_itself(self):
        self.other_company.is_told_to_others = False
        self.assertFalse(self.find(name="鸿德精密工业"))
        self.assertFalse(self.find(name="X", phone="13800138000"))
        self.assertTrue(self.find(self.mate, name="鸿德精密工业"))

    def test_phones_mails_and_tax_ids_must_be_the_same(self):
        for values, reason in (
            ({"phone": "+86-755-83216688"}, "same_phone"),
            ({"phone": "(0755) 8321 6688 转 802"}, "same_phone"),
            ({"phone": ["1", "0755-83216688"]}, "same_phone"),
            ({"email": "Li <li.lei@XINHANG.example>"}, "same_mail_domain"),
            ({"vat": "91440300-MA5EXAMPL1"}, "same_tax_id"),
            ({"vat": "CN91440300MA5EXAMPL1"}, "same_tax_id"),
        ):
            with self.subTest(values):
                found = self.find_one(name="X", **values)
                self.assertEqual(found["id"], self.xinhang.id)
                self.assertEqual(found["reasons"], [reason])
        for values in (
            {"phone": "0755 8321 668"},
            {"phone": "8321 6688"},
            {"phone": "0755%"},
            {"phone": "1380013800"},
            {"phone": "138001380000"},
            {"email": "a@inhang.example"},
            {"email": "a@sub.xinhang.example"},
            {"email": "%"},
            {"vat": "91440300MA5EXAMPL"},
            {"vat": "/"},
        ):
            with self.subTest(values):
                self.assertFalse(self.find(name="X", **values))

    def test_an_address_that_anybody_may_have_is_compared_as_a_whole(self):
        self.xinhang.email = "xinhang@qq.com"
        self.assertFalse(self.find(name="X", email="other@qq.com"))
        found = self.find_one(name="X", email="XinHang@qq.com")
        self.assertEqual(found["reasons"], ["same_email"])

    def test_signs_of_contacts_are_those_of_the_customer(self):
        person = self.env["res.partner"].create(
            {
                "name": "李雷",
                "parent_id": self.xinhang.id,
                "phone": "13700001111",
                "email": "li@other.example",
            }
        )
        found = self.find_one(name="X", phone="137 0000 1111")
        self.assertEqual((found["id"], found["name"]), (self.xinhang.id, XINHANG))
        self.assertEqual(
            self.find_one(name="X", email="b@other.example")["id"], self.xinhang.id
        )
        person.parent_id = self.customer
        found = self.find_one(name="X", phone="137 0000 1111")
        self.assertEqual(found["id"], self.customer.id)
        person.unlink()
        self.assertFalse(self.find(name="X", phone="137 0000 1111"))

    def test_a_contact_person_alone_tells_of_nobody(self):
        """Names of people would make all leads of colleagues visible."""
        for values in ({"name": "赵敏"}, {"name": "X", "contact_name": "赵敏"}):
            self.assertFalse(self.find(model="crm.lead", **values))
        found = self.find_one(
            model="crm.lead", contact_name="赵敏", email="a@liteng.example"
        )
        self.assertEqual(found["reasons"], ["same_mail_domain", "same_contact"])
        self.assertTrue(found["is_strong"])

    def test_two_people_of_one_name_are_not_yet_one(self):
        self.env["res.partner"].create({"name": "王伟"})
        found = self.find_one(name="王伟", is_company=False)
        self.assertFalse(found["is_strong"])
        self.assertFalse(self.pairs(self.env["res.partner"].browse(found["id"])))

    def test_what_it_is_itself_is_left_out(self):
        person = self.env["res.partner"].create(
            {"name": "韩梅", "parent_id": self.xinhang.id, "phone": "13700002222"}
        )
        own_lead = self.env["crm.lead"].create(
            {
                "name": "Bolts",
                "partner_id": self.xinhang.id,
                "user_id": self.salesperson.id,
            }
        )
        values = {"name": "新航科技", "phone": ["13700002222", "0755 83216688"]}
        self.assertFalse(self.find(id=self.xinhang.id, is_company=True, **values))
        self.assertFalse(self.find(parent_id=self.xinhang.id, **values))
        self.assertFalse(self.find(id=person.id, **values))
        self.assertFalse(self.find(model="crm.lead", id=own_lead.id, **values))
        self.assertFalse(
            self.find(model="crm.lead", partner_id=self.xinhang.id, **values)
        )
        self.assertTrue(self.find(**values))

    def test_ids_cannot_be_tried(self):
        """An id that the user may not read changes nothing: he would know whose it is."""
        for values in (
            {"model": "crm.lead", "id": self.lead.id, "name": "立腾五金制品"},
            {"id": self.foreign.id, "name": "鸿德精密工业"},
            {"parent_id": self.foreign.id, "name": "X", "phone": "13800138000"},
            {
                "model": "crm.lead",
                "partner_id": self.foreign.id,
                "phone": "13800138000",
            },
        ):
            with self.subTest(values):
                self.assertIsNone(self.find_one(**values)["id"])

    def test_archived_records_users_and_own_companies_are_none(self):
        self.company.partner_id.write({"name": "广州自己贸易有限公司"})
        self.mate.partner_id.write({"phone": "13600000000"})
        self.assertFalse(self.find(name="广州自己贸易有限公司"))
        self.assertFalse(self.find(name="X", phone="13600000000"))
        self.lead.active = False
        self.xinhang.active = False
        self.assertFalse(self.find(name="立腾五金制品"))
        self.assertFalse(self.find(name="新航科技", phone="0755 83216688"))

    def test_an_open_opportunity_of_a_colleague(self):
        opportunity = self.env["crm.lead"].create(
            {
                "name": "Secret project",
                "type": "opportunity",
                "partner_id": self.xinhang.id,
                "user_id": self.mate.id,
            }
        )
        values = {"model": "crm.lead", "partner_id": self.xinhang.id}
        found = self.find_one(name=XINHANG, **values)
        self.assertIsNone(found["id"])
        self.assertEqual(found["reasons"], ["same_opportunity"])
        self.assertEqual(found["name"], XINHANG)
        self.assertEqual(found["owner"], self.mate.name)
        self.assertFalse(self.find(self.mate, name=XINHANG, **values))
        opportunity.action_set_lost()
        self.assertFalse(self.find(name=XINHANG, **values))

    def test_who_may_look_up(self):
        for role, user in self.users.items():
            with self.subTest(role):
                found = self.find_one(user, name="立腾五金制品")
                reads = role in ("manager", "order_desk")
                self.assertEqual(found["id"], self.lead.id if reads else None)
        plain = new_test_user(self.env, "funnel_plain", groups="base.group_user")
        portal = new_test_user(self.env, "funnel_portal", groups="base.group_portal")
        for user in (plain, portal, self.env.ref("base.public_user")):
            partners = self.env["res.partner"].with_user(user)
            with self.assertRaises(AccessError):
                partners.funnel_find_similar({"name": "新航科技"})
            with self.assertRaises(AccessError):
                partners.funnel_keep_apart({"name": "新航科技"}, "x")
            with self.assertRaises(AccessError):
                partners.funnel_ask_access({"name": "新航科技"}, "x")

    def test_a_team_leader_opens_the_leads_of_the_team(self):
        leader = self.users["team_leader"]
        self.assertIsNone(self.find_one(leader, name="立腾五金制品")["id"])
        self.team.member_ids = [Command.link(self.mate.id)]
        found = self.find_one(leader, name="立腾五金制品")
        self.assertEqual(found["id"], self.lead.id)

    def test_whatever_a_client_sends(self):
        for values in (
            None,
            [],
            {"name": 3, "phone": {"a": 1}, "email": [None, 5], "id": "7"},
            {"name": ["x"] * 99, "id": True, "model": "res.users", "country_id": [1]},
            {"name": "新航" * 5000, "phone": "1" * 9999, "vat": "9" * 9999},
            {"name": "\x00\ud800", "email": "@", "id": -1, "partner_id": 10**12},
        ):
            with self.subTest(str(values)[:60]):
                found = self.as_user("res.partner").funnel_find_similar(values, "5")
                self.assertIsInstance(found, list)
        self.env["res.partner"].create(
            [{"name": f"海盛{place}机械有限公司"} for place in "东西南北中上下左右前后"]
        )
        self.assertEqual(len(self.find(name="海盛机械", limit=3)), 3)
        self.assertEqual(len(self.find(name="海盛机械", limit=-1)), 1)
        self.assertEqual(len(self.find(name="海盛机械", limit=999)), 11)

    def test_the_number_of_queries_is_the_same_for_many(self):
        self.find(name="新航科技")
        self.env["res.partner"].create(
            [
                {"name": f"新航{word}有限公司"}
                for word in ("科技", "工业", "电子", "物流")
            ]
        )
        counts = []
        for name in ("鸿德精密工业", "新航"):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.as_user("res.partner").funnel_find_similar({"name": name})
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(*counts)
        self.assertLessEqual(counts[0], 20)

    # ------------------------------------------------------------------
    # It is different
    # ------------------------------------------------------------------

    def test_what_is_different_is_asked_once(self):
        mine = self.env["res.partner"].create(
            {"name": "立腾五金", "user_id": self.salesperson.id}
        )
        values = {"id": mine.id, "name": "立腾五金"}
        [found] = self.find(**values)
        partners = self.as_user("res.partner")
        self.assertTrue(partners.funnel_keep_apart(values, found["key"], "a branch"))
        [pair] = self.pairs(mine)
        self.assertEqual(pair.state, "different")
        self.assertEqual(pair.decided_by_id, self.salesperson)
        self.assertEqual(pair.note, "a branch")
        for user in (self.salesperson, self.users["manager"], self.mate):
            self.assertFalse(self.find(user, **values))
        # Also the other way round, and not once more when it is saved again.
        lead = {"model": "crm.lead", "id": self.lead.id}
        self.assertFalse(self.find(self.mate, name=self.lead.partner_name, **lead))
        mine.write({"name": "立腾五金 "})
        self.assertEqual(pair.state, "different")
        # A name that is another one is asked about again, and so is a phone of both.
        self.assertTrue(self.find(id=mine.id, name="立腾五金制品"))
        self.assertTrue(self.find(**values, phone="13912345678"))
        mine.phone = "139 1234 5678"
        self.assertEqual(pair.state, "open")
        self.assertTrue(self.find(**values, phone="13912345678"))

    def test_what_is_different_before_it_is_saved(self):
        values = {"name": "立腾五金制品厂", "is_company": True}
        [found] = self.find(**values)
        self.as_user("res.partner").funnel_keep_apart(values, found["key"], "no")
        self.assertFalse(self.find(**values))
        self.assertTrue(self.find(self.users["manager"], **values))
        self.assertFalse(self.pairs(self.lead))
        saved = self.as_user("res.partner").create(
            {"name": "立腾五金制品厂", "is_company": True}
        )
        [pair] = self.pairs(self.lead)
        self.assertEqual(pair.partner_id, saved.sudo(False).with_env(self.env))
        self.assertEqual((pair.state, pair.note), ("different", "no"))
        self.assertFalse(self.find(self.users["manager"], id=saved.id, **values))

    def test_a_key_is_of_one_user_and_one_look_up(self):
        values = {"name": "立腾五金制品"}
        mine = self.find_one(**values)["key"]
        leaders = self.find_one(self.users["team_leader"], **values)["key"]
        self.assertNotEqual(mine, leaders)
        partners = self.as_user("res.partner")
        for key in (leaders, "", "é\ud800", None, 5, f"crm.lead,{self.lead.id}"):
            with self.assertRaises(UserError):
                partners.funnel_keep_apart(values, key)
        with self.assertRaises(UserError):
            partners.funnel_keep_apart({"name": "永发"}, mine)

    def test_who_may_not_change_the_record_decides_nothing(self):
        self.env["res.partner"].create({"name": "新航科技"})
        values = {"id": self.xinhang.id, "name": XINHANG}
        keeper = self.users["warehouse"]
        found = self.find_one(keeper, **values)
        with self.assertRaises(AccessError):
            self.as_user("res.partner", keeper).funnel_keep_apart(values, found["key"])
        self.assertTrue(self.find(keeper, **values))
