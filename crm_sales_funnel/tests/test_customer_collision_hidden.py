from unittest.mock import patch

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from ..models.customer import funnel_collision_hidden, funnel_collision_lookup
from ..tools.limiter import Limiter
from .collision_common import CollisionCommon

LOGGER = "odoo.addons.crm_sales_funnel.models.customer.funnel_collision_hidden"
NOTHING = "There is something like this; ask your manager."


@tagged("post_install", "-at_install")
class TestCustomerCollisionHidden(CollisionCommon):
    """Nobody learns what is hidden from him by asking for it again and again."""

    def setUp(self):
        super().setUp()
        self.limit(60)

    def limit(self, most):
        """Let everybody be told of so many; nobody was told of any yet."""
        limiter = Limiter(most, 3600)
        patcher = patch.object(funnel_collision_hidden, "_told", limiter)
        patcher.start()
        self.addCleanup(patcher.stop)

    def leads(self, *names, **values):
        return self.env["crm.lead"].create(
            [
                {
                    "name": "Secret",
                    "partner_name": name,
                    "user_id": self.mate.id,
                    "company_id": self.company.id,
                    **values,
                }
                for name in names
            ]
        )

    # ------------------------------------------------------------------
    # What is not sure
    # ------------------------------------------------------------------

    def test_what_is_merely_alike_is_told_to_who_may_read_it(self):
        for name in ("立腾物流", "立腾五", "立五制", "立五金制品", "腾五金制品"):
            with self.subTest(name):
                self.assertFalse(self.find(name=name, is_company=True))
        reader = self.users["manager"]
        self.assertTrue(self.find(reader, name="立腾五", is_company=True))
        for name in ("立腾五金", "立腾五金制品", "东莞立腾五金厂"):
            with self.subTest(name):
                found = self.find_one(name=name, is_company=True)
                self.assertIsNone(found["id"])

    def test_a_customer_of_another_company_too(self):
        self.assertFalse(self.find(name="鸿德贸易", is_company=True))
        self.assertTrue(self.find(self.mate, name="鸿德贸易", is_company=True))
        self.assertTrue(self.find(name="鸿德精密", is_company=True))

    def test_numbers_and_addresses_tell_of_it(self):
        for values in (
            {"phone": "139 1234 5678"},
            {"email": "x@liteng.example"},
        ):
            with self.subTest(values):
                self.assertIsNone(self.find_one(name="X", **values)["id"])
        self.foreign.vat = "91440300MA5EXAMPL9"
        found = self.find_one(name="X", vat="91440300MA5EXAMPL9")
        self.assertIsNone(found["id"])

    def test_a_list_of_numbers_tells_of_the_first_two(self):
        others = ["13700000001", "13700000002"]
        self.assertTrue(self.find(name="X", phone=[others[0], "13912345678"]))
        self.assertFalse(self.find(name="X", phone=[*others, "13912345678"]))
        self.assertFalse(
            self.find(name="X", phone=" / ".join([*others, "13912345678"]))
        )
        reader = self.users["manager"]
        self.assertTrue(self.find(reader, name="X", phone=[*others, "13912345678"]))

    def test_no_more_than_a_few_at_once(self):
        self.leads(
            *(f"{place}鑫瑶五金制品" for place in ("深圳市", "东莞市", "广州市"))
        )
        self.leads(*(f"{place}鑫瑶五金" for place in ("宁波市", "苏州市", "上海市")))
        found = self.find(name="鑫瑶五金制品", is_company=True, limit=20)
        self.assertEqual(len(found), funnel_collision_lookup.HIDDEN)
        reader = self.users["manager"]
        found = self.find(reader, name="鑫瑶五金制品", is_company=True, limit=20)
        self.assertEqual(len(found), 6)

    def test_a_key_is_for_what_is_told(self):
        values = {"name": "立腾五金制品", "is_company": True}
        key = self.find_one(**values)["key"]
        partners = self.as_user("res.partner")
        for asked in ({"name": "立腾物流"}, {"name": "立五金制品"}):
            with self.assertRaises(UserError):
                partners.funnel_ask_access({**asked, "is_company": True}, key)

    # ------------------------------------------------------------------
    # Too many
    # ------------------------------------------------------------------

    def test_after_too_many_it_is_only_told_that_there_is_one(self):
        self.limit(3)
        brands = ("鑫瑶", "泓璟", "铂睿", "骏珀")
        self.leads(*(f"{brand}五金制品有限公司" for brand in brands))
        for brand in brands[:3]:
            self.assertEqual(
                self.find_one(name=f"{brand}五金")["owner"], self.mate.name
            )
        with self.assertLogs(LOGGER, "WARNING") as log:
            found = self.find_one(name=f"{brands[3]}五金")
        self.assertIn(self.salesperson.login, log.output[0])
        self.assertIn(" 3 ", log.output[0])
        self.assertEqual(found.pop("name"), NOTHING)
        self.assertEqual(found.keys(), self.find_one(name="鑫瑶五金").keys() - {"name"})
        self.assertFalse(any(found.values()), found)
        # Once an hour is enough for the log.
        with self.assertNoLogs(LOGGER, "WARNING"):
            self.assertEqual(self.find_one(name="立腾五金制品")["name"], NOTHING)
        # What he was told before he is told again, what he may read anyway, others too.
        self.assertTrue(self.find_one(name="泓璟五金")["key"])
        self.assertEqual(self.find_one(name="新航科技")["id"], self.xinhang.id)
        leader = self.users["team_leader"]
        self.assertEqual(
            self.find_one(leader, name="骏珀五金")["owner"], self.mate.name
        )
        self.assertTrue(self.find_one(self.mate, name="骏珀五金")["id"])

    def test_one_is_enough_to_tell_that_there_are_some(self):
        self.limit(0)
        self.leads("鑫瑶五金制品", "深圳鑫瑶五金制品")
        mine = self.env["res.partner"].create(
            {"name": "鑫瑶五金厂", "is_company": True}
        )
        with self.assertLogs(LOGGER, "WARNING"):
            found = self.find(name="鑫瑶五金制品", is_company=True)
        self.assertEqual(
            sorted(row["name"] for row in found), sorted((NOTHING, mine.name))
        )

    def test_what_is_entered_and_refused_counts_as_well(self):
        """Who lets himself be refused leaves no record."""
        self.limit(1)
        self.company.is_identity_refused = True
        [other] = self.leads("鑫瑶五金制品", phone="13912340000")
        leads = self.as_user("crm.lead")
        told = []
        with self.assertLogs(LOGGER, "WARNING"):
            for phone in (self.lead.phone, other.phone):
                with self.assertRaises(ValidationError) as refused:
                    leads.create({"name": "x", "phone": phone})
                told.append(str(refused.exception))
        self.assertIn(self.lead.partner_name, told[0])
        self.assertNotIn(other.partner_name, told[1])
        self.assertNotIn(self.mate.name, told[1])

    def test_trying_names_tells_little(self):
        """A hundred leads of brands of two characters, tried by one character and a
        trade, by two characters, and by first letters."""
        self.limit(1000)
        chars = "永恒鑫瑞祥盛泰隆顺兴"
        trade = "五金制品"
        brands = [a + b for a in chars for b in chars if a != b][:60]
        hidden = self.leads(*(f"东莞市{brand}{trade}有限公司" for brand in brands))
        asked = [
            *(char + trade for char in chars),
            *(char + "五制" for char in chars),
            *(a + b for a in chars[:5] for b in chars[:5] if a != b),
        ]
        told = {
            row["key"]
            for name in asked
            for row in self.find(name=name, is_company=True, limit=20)
        }
        self.assertLess(len(told), 3, (len(hidden), len(asked)))
