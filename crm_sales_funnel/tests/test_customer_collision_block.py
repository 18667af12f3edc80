import json

from odoo.exceptions import AccessError, RedirectWarning, UserError, ValidationError
from odoo.tests import HttpCase, tagged
from odoo.tests.common import JsonRpcException
from odoo.tools import mute_logger
from odoo.tools.misc import hash_sign

from .collision_common import XINHANG, CollisionCommon

WIZARD = "funnel.collision.override.wizard"


@tagged("post_install", "-at_install")
class TestCustomerCollisionBlock(CollisionCommon):
    """Exactly the same tax ID or phone may be refused."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.is_identity_refused = True
        cls.manager = cls.users["manager"]

    def enter(self, user=None, model="res.partner", **values):
        with self.env.cr.savepoint():
            return self.as_user(model, user).create(values)

    def test_it_is_off_at_first_and_never_refuses_what_is_alike(self):
        self.assertTrue(self.enter(name=XINHANG))
        self.assertTrue(self.enter(name="x", email="a@xinhang.example"))
        self.company.is_identity_refused = False
        self.assertTrue(self.enter(name="x", phone="0755 83216688"))
        company = self.env["res.company"].create({"name": "New"})
        self.assertFalse(company.is_identity_refused)

    def test_the_same_phone_or_tax_id_is_refused(self):
        new = self.enter(name="Huaxin")
        for call in (
            lambda: self.enter(name="x", phone="0755-8321 6688"),
            lambda: self.enter(name="x", vat="91440300MA5EXAMPL1"),
            lambda: self.enter(model="crm.lead", name="x", phone="0755-8321 6688"),
            lambda: self.enter(name="x", parent_id=new.id, phone="075583216688"),
            lambda: new.write({"phone": "0755-8321 6688"}),
        ):
            with (
                self.subTest(),
                self.assertRaises(ValidationError) as refused,
                self.env.cr.savepoint(),
            ):
                call()
            self.assertIn(XINHANG, str(refused.exception))
            self.assertIn(self.mate.name, str(refused.exception))
        self.assertFalse(new.phone)

    def test_a_hidden_one_is_told_of_with_name_and_owner_alone(self):
        with self.assertRaises(ValidationError) as refused:
            self.enter(name="x", phone="13912345678")
        text = str(refused.exception)
        self.assertIn(self.lead.partner_name, text)
        self.assertIn(self.mate.name, text)
        for secret in ("赵敏", "liteng", "12.50"):
            self.assertNotIn(secret, text)
        self.foreign.phone = "13800138000"
        self.other_company.is_told_to_others = False
        with self.assertRaises(ValidationError) as refused:
            self.enter(name="x", phone="13800138000")
        self.assertNotIn(self.foreign.name, str(refused.exception))

    def test_an_import_is_refused_row_by_row(self):
        partners = self.as_user("res.partner", self.manager).with_context(
            import_file=True
        )
        result = partners.load(
            ["name", "phone"], [["Good", "13500000001"], ["Bad", "0755 83216688"]]
        )
        self.assertFalse(result["ids"])
        self.assertIn(XINHANG, result["messages"][0]["message"])

    def test_what_belongs_to_it_is_not_refused(self):
        self.xinhang.with_user(self.mate).write({"phone": "0755 83216688 "})
        self.enter(
            self.mate, name="李雷", parent_id=self.xinhang.id, phone="0755 83216688"
        )
        lead = self.enter(self.mate, "crm.lead", name="x", partner_id=self.xinhang.id)
        self.assertEqual(lead.phone, self.xinhang.phone)
        customer = self.lead.with_user(self.mate)._create_customer()
        self.assertEqual(customer.commercial_partner_id.phone, "13912345678")
        person = self.enter(
            self.mate, name="Han", company_name="Han Ltd", vat="91440300MA5EXAMPL2"
        )
        person.create_company()
        self.assertEqual(person.parent_id.vat, "91440300MA5EXAMPL2")

    def test_mails_and_websites_are_let_in(self):
        lead = (
            self.env["crm.lead"].sudo().create({"name": "x", "phone": "0755 83216688"})
        )
        self.assertTrue(self.pairs(lead))

    def test_merging_is_not_refused(self):
        self.company.is_identity_refused = False
        other = self.enter(self.manager, name=XINHANG, vat="91440300MA5EXAMPL1")
        leads = self.enter(
            self.manager, "crm.lead", name="x", phone="13912345678"
        ) | self.lead.with_user(self.manager)
        self.company.is_identity_refused = True
        wizard = self.as_user("base.partner.merge.automatic.wizard", self.manager)
        self.xinhang.email = other.sudo().email = "a@xinhang.example"
        wizard._merge([self.xinhang.id, other.id], other)
        self.assertEqual(other.phone, "0755 8321 6688")
        self.assertEqual(leads.merge_opportunity().phone, "13912345678")

    def test_a_manager_lets_it_through_with_a_reason(self):
        values = {"name": "Branch", "phone": "0755 83216688"}
        with self.assertRaises(RedirectWarning) as refused:
            self.enter(self.manager, **values)
        message, _action, _button, context = refused.exception.args
        self.assertIn(XINHANG, message)
        wizards = self.as_user(WIZARD, self.manager).with_context(**context)
        with self.assertRaises(UserError):
            wizards.create({"reason": "  "}).action_override()
        wizards.create({"reason": "Its branch, same switchboard"}).action_override()
        new = self.enter(self.manager, **values)
        [log] = self.env["funnel.collision.override"].search([])
        self.assertEqual(log.reason, "Its branch, same switchboard")
        self.assertEqual((log.user_id, log.kind), (self.manager, "phone"))
        self.assertEqual(log.partner_id.id, new.id)
        [pair] = self.pairs(self.xinhang)
        self.assertEqual(pair.state, "different")
        self.assertTrue(pair.is_override)
        self.assertEqual(pair.note, log.reason)
        # For this phone, and for him alone.
        other = self.new_role_user("funnel_manager_2", "manager")
        with self.assertRaises(RedirectWarning):
            self.enter(other, **values)
        with self.assertRaises(RedirectWarning):
            self.enter(self.manager, name="x", vat="91440300MA5EXAMPL1")
        with self.assertRaises(ValidationError):
            self.enter(name="x", phone="0755 83216688")
        new.write({"city": "Shenzhen", "phone": "0755 8321 6688"})

    def test_what_was_not_refused_is_not_let_through(self):
        with self.assertRaises(AccessError):
            self.as_user(WIZARD).create({"reason": "x"})
        # Signed by us, but not of this form: of another version
        overrides = self.env["funnel.collision.override"].sudo()
        older = [
            hash_sign(overrides.env, overrides._name, message)
            for message in (["a"], ["a", [["phone"]]], ["a", [1]], ["a", 1], ["a"] * 3)
        ]
        for token in (False, "x", json.dumps([["phone", "8675583216688"]]), *older):
            wizard = self.as_user(WIZARD, self.manager).create(
                {"reason": "x", "token": token}
            )
            with self.assertRaises(UserError):
                wizard.action_override()
        with self.assertRaises(AccessError):
            self.as_user("funnel.collision.override", self.manager).create(
                {"kind": "phone", "value": "x", "reason": "x", "user_id": self.mate.id}
            )


@tagged("post_install", "-at_install")
class TestCustomerCollisionRpc(CollisionCommon, HttpCase):
    """What a client is told over the wire."""

    def call(self, model, method, *args, **kwargs):
        answer = self.make_jsonrpc_request(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": args, "kwargs": kwargs},
        )
        return answer

    def test_a_salesperson(self):
        self.authenticate("funnel_salesperson", "funnel_salesperson")
        [found] = self.call(
            "res.partner", "funnel_find_similar", {"name": "立腾五金制品"}
        )
        self.assertIsNone(found["id"])
        self.assertRegex(found["key"], "^[0-9a-f]{64}$")
        for method in (
            "_search_similar",
            "_search_pairs",
            "_read_frequencies",
            "_read_names",
        ):
            for model in ("funnel.collision.search", "funnel.collision"):
                with self.assertRaises(JsonRpcException), mute_logger("odoo.http"):
                    self.call(model, method, [])
        for model in ("funnel.collision.search", "funnel.collision.lookup"):
            with self.assertRaises(JsonRpcException), mute_logger("odoo.http"):
                self.call(model, "search_read", [], ["id"])
        [hidden] = self.pairs(self.env["res.partner"].create({"name": "立腾五金制品"}))
        self.env.flush_all()
        with self.assertRaises(JsonRpcException), mute_logger("odoo.http"):
            self.call("funnel.collision", "read", [hidden.id], ["name", "lead_id"])
        self.assertFalse(self.call("funnel.collision", "search_read", [], ["name"]))

    def test_a_portal_user(self):
        self.env["res.users"].create(
            {
                "name": "Portal",
                "login": "funnel_portal",
                "password": "funnel_portal",
                "group_ids": [(6, 0, self.env.ref("base.group_portal").ids)],
            }
        )
        self.authenticate("funnel_portal", "funnel_portal")
        with self.assertRaises(JsonRpcException), mute_logger("odoo.http"):
            self.call("res.partner", "funnel_find_similar", {"name": "立腾五金制品"})
