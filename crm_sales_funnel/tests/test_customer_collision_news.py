from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import new_test_user, tagged

from .collision_common import XINHANG, CollisionCommon

PHONE, TAX_ID = "0755 8321 6688", "91440300MA5EXAMPL1"  # of Xinhang, the mate's


class NewsCommon(CollisionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.is_identity_refused = True
        cls.manager = cls.users["manager"]

    def enter(self, user=None, model="res.partner", **values):
        with self.env.cr.savepoint():
            record = self.as_user(model, user).create(values)
            self.env.flush_all()
            return record

    def put(self, record, user=None, **values):
        with self.env.cr.savepoint():
            record.with_user(user or self.salesperson).write(values)
            self.env.flush_all()

    def there(self, model="res.partner", **values):
        """Return what was there before something was refused."""
        return self.env[model].sudo().create(values)

    def assert_refused(self, call, named=XINHANG):
        with self.assertRaises(ValidationError) as refused, self.env.cr.savepoint():
            call()
        self.assertIn(named, str(refused.exception))
        return str(refused.exception)


@tagged("post_install", "-at_install")
class TestCustomerCollisionWays(NewsCommon):
    """There is no way around a refusal."""

    def test_a_context_leaves_nothing_out(self):
        said = [["res.partner", self.xinhang.id]]
        for key in ("funnel_collision_leave_out", "funnel_collision_made_from"):
            for value in (
                said,
                {"model": "res.partner", "ids": self.xinhang.ids},
                True,
            ):
                partners = self.as_user("res.partner").with_context(**{key: value})
                self.assert_refused(
                    lambda partners=partners: partners.create(
                        {"name": "x", "phone": PHONE}
                    )
                )

    def test_whose_it_is_a_client_does_not_say(self):
        new = self.enter(name="x")
        said = {"commercial_partner_id": self.xinhang.id}
        self.assert_refused(lambda: self.put(new, phone=PHONE, **said))
        self.put(new, **said)
        self.assert_refused(lambda: self.put(new, phone=PHONE))
        self.assertEqual(new.commercial_partner_id, new)

    def test_archived_and_then_not(self):
        new = self.enter(name="x", phone=PHONE, active=False)
        self.assert_refused(new.action_unarchive)
        lead = self.enter(model="crm.lead", name="x", phone=PHONE, active=False)
        self.assert_refused(lead.action_unarchive)
        # A person of it as well, and whose company is archived.
        firm = self.enter(name="Firm", is_company=True)
        person = self.enter(name="x", parent_id=firm.id, phone=PHONE, active=False)
        self.assert_refused(person.action_unarchive)
        firm.action_archive()
        person.action_unarchive()
        self.assert_refused(firm.action_unarchive)

    def test_unarchived_it_is_in_the_list_where_nothing_is_refused(self):
        self.company.is_identity_refused = False
        new = self.enter(name="x", phone=PHONE, active=False)
        lead = self.enter(model="crm.lead", name="x", phone=PHONE, active=False)
        self.assertFalse(self.pairs(self.xinhang))
        new.action_unarchive()
        self.assertEqual(self.pairs(self.xinhang).mapped("state"), ["open"])
        lead.action_unarchive()
        self.assertEqual(len(self.pairs(self.xinhang)), 2)
        named = self.enter(name=XINHANG, is_company=True, active=False)
        self.assertEqual(len(self.pairs(self.xinhang)), 2)
        named.action_unarchive()
        self.assertEqual(len(self.pairs(self.xinhang)), 3)

    def test_a_contact_that_becomes_a_customer(self):
        contact = self.enter(name="x", parent_id=self.xinhang.id, phone=PHONE)
        self.assert_refused(lambda: self.put(contact, parent_id=False))
        other = self.enter(name="Other", is_company=True)
        self.assert_refused(lambda: self.put(contact, parent_id=other.id))
        self.assert_refused(lambda: self.put(contact, is_company=True, parent_id=False))
        self.company.is_identity_refused = False
        self.put(contact, parent_id=False)
        self.assertEqual(self.pairs(contact)._get_records(), (self.xinhang, contact))

    def test_a_branch_that_leaves_its_company(self):
        branch = self.enter(
            name="Branch", is_company=True, parent_id=self.xinhang.id, phone=PHONE
        )
        self.assertFalse(self.pairs(branch))
        self.assert_refused(lambda: self.put(branch, parent_id=False))

    def test_a_lead_that_loses_its_customer(self):
        lead = self.enter(model="crm.lead", name="x", partner_id=self.xinhang.id)
        lead.phone = PHONE
        self.assert_refused(lambda: self.put(lead, partner_id=False))
        mine = self.there(name="Mine", user_id=self.salesperson.id, phone="13700000001")
        self.put(lead, partner_id=mine.id)

    def test_a_refused_record_is_called_by_its_title(self):
        message = self.assert_refused(
            lambda: self.enter(model="crm.lead", name="About bolts", phone=PHONE)
        )
        self.assertIn("About bolts: same phone", message)


@tagged("post_install", "-at_install")
class TestCustomerCollisionNews(NewsCommon):
    """Nobody is asked about what is not new, or belongs together."""

    def test_only_what_is_new_is_asked_about(self):
        one, _twin = (
            self.there(name=name, is_company=True, phone="13711110000")
            for name in ("Old A", "Old B")
        )
        for values in (
            {"name": "Old A2"},
            {"phone": "137 1111 0000"},
            {"phone": "+86 13711110000"},
            {"country_id": self.env.ref("base.cn").id},
            {"vat": "91440300MA5NEWNEW1"},
        ):
            self.put(one, **values)
        for kind in ("contact", "delivery", "invoice", "other"):
            self.enter(name="Kid", type=kind, parent_id=one.id, phone="13711110000")
        self.enter(name="Kid", parent_id=one.id, phone="13711110999")
        # What is new still is.
        self.assert_refused(lambda: self.put(one, vat=TAX_ID))
        self.assert_refused(lambda: self.put(one, phone=PHONE))
        self.assert_refused(
            lambda: self.enter(name="Kid", parent_id=one.id, phone=PHONE)
        )
        self.assert_refused(lambda: self.put(one.child_ids[-1], phone=PHONE))

    def test_an_address_carries_no_identity(self):
        firm = self.there(name="Single", is_company=True, phone="13788880000")
        for kind in ("delivery", "invoice", "other"):
            self.enter(
                name="Forwarder",
                type=kind,
                parent_id=firm.id,
                phone=PHONE,
                email="a@xinhang.example",
            )
        self.assertFalse(self.pairs(firm))
        self.assertFalse(self.pairs(self.xinhang))

    def test_a_record_of_ones_own_is_told_and_noted(self):
        mine = self.there(name="Mine", user_id=self.salesperson.id, phone="13700000002")
        partners = self.tracking(self.as_user("res.partner"))
        again = partners.create({"name": "x", "phone": "137 0000 0002"})
        self.assertEqual(self.pairs(mine)._get_records()[1].id, again.id)
        self.assertIn("Mine", " ".join(again.sudo().message_ids.mapped("body")))
        self.assert_refused(
            lambda: self.enter(self.mate, name="x", phone="13700000002"), "Mine"
        )

    def test_a_copy_of_ones_own(self):
        customer = self.enter(name="Mine Ltd", phone="13700000003")
        self.assertTrue(customer.copy())
        lead = self.enter(model="crm.lead", name="x", phone="13700000005")
        self.assertTrue(lead.copy())
        self.assert_refused(self.xinhang.with_user(self.salesperson).copy)

    def test_ones_own_tree(self):
        mates = self.enter(
            self.mate,
            name=XINHANG + "东莞分公司",
            is_company=True,
            parent_id=self.xinhang.id,
            phone=PHONE,
        )
        for parent in (self.xinhang, mates):
            branch = self.enter(
                name=XINHANG + "佛山分公司",
                is_company=True,
                parent_id=parent.id,
                phone=PHONE,
                vat=TAX_ID,
            )
            self.assertFalse(self.pairs(branch))
            self.assertFalse(self.find(id=branch.id, name=XINHANG, phone=PHONE))
        self.assertFalse(
            self.find(parent_id=self.xinhang.id, name=XINHANG, is_company=True)
        )
        self.assert_refused(lambda: self.enter(name="x", phone=PHONE))

    def test_what_gets_into_the_tree_leaves_the_list(self):
        self.company.is_identity_refused = False
        new = self.enter(name=XINHANG, is_company=True, phone=PHONE)
        third = self.enter(name=XINHANG, is_company=True)
        self.assertEqual(len(self.pairs(self.xinhang)), 2)
        self.put(new, parent_id=self.xinhang.id)
        self.assertEqual(
            set(self.pairs(third).mapped(lambda pair: pair._get_records()[0])),
            {self.xinhang, new},
        )
        self.assertEqual(len(self.pairs(self.xinhang)), 1)
        scan = self.env["funnel.collision.scan"].sudo()._start()
        while scan.state == "running":
            scan._step()
        self.assertFalse(self.pairs(self.xinhang) & self.pairs(new))

    # ------------------------------------------------------------------
    # Made of one another
    # ------------------------------------------------------------------

    def convert(self, leads, user=None, **values):
        many = len(leads) > 1
        wizards = self.as_user(
            "crm.lead2opportunity.partner" + (".mass" if many else ""), user
        ).with_context(
            active_model="crm.lead", active_id=leads[0].id, active_ids=leads.ids
        )
        wizard = wizards.create({"name": "convert", "action": "create", **values})
        wizard.action_mass_convert() if many else wizard.action_apply()
        self.env.flush_all()
        return leads.partner_id.commercial_partner_id

    def inquiries(self, user, *phones):
        leads = self.env["crm.lead"].sudo()
        for number, phone in enumerate(phones):
            leads |= self.there(
                "crm.lead",
                name="asks",
                partner_name=f"Zark {number} Ltd"
                if len(set(phones)) > 1
                else "Zark Ltd",
                contact_name="Jo",
                phone=phone,
                type="lead",
                user_id=user.id,
                company_id=self.company.id,
            )
        return leads.with_env(self.env)

    def test_the_first_of_two_leads_of_one_person_is_converted(self):
        phones = {self.salesperson: "13700000004", self.mate: "13700000006"}
        for owner, phone in phones.items():
            first, second = self.inquiries(owner, phone, phone)
            [pair] = self.pairs(first)
            customer = self.convert(first.with_user(owner), owner)
            self.assertEqual(customer.name, "Zark Ltd")
            self.assertEqual(self.pairs(second), pair)
            self.assertFalse(self.pairs(customer))
            (first | second).sudo().unlink()
            customer.sudo().name = "Zork AG"

    def test_many_are_converted(self):
        leads = self.inquiries(
            self.mate, "13700000011", "13700000011", "13700000012", "13700000012"
        )
        customers = self.convert(
            leads.with_user(self.manager), self.manager, deduplicate=False
        )
        self.assertEqual(len(customers), 4)
        self.assertEqual(
            sorted(customers.mapped("phone")),
            ["13700000011", "13700000011", "13700000012", "13700000012"],
        )
        for lead in leads:
            self.assertFalse(
                self.pairs(lead) & self.pairs(lead.partner_id.commercial_partner_id)
            )

    def test_merging_brings_nothing_new(self):
        twin = self.there(name=XINHANG, is_company=True, user_id=self.mate.id)
        new = self.there(name="Twin", is_company=True, phone=PHONE)
        self.pairs(new).sudo().unlink()
        wizard = self.as_user("base.partner.merge.automatic.wizard", self.manager)
        wizard._merge(
            [twin.id, new.id], twin.with_user(self.manager), extra_checks=False
        )
        self.assertEqual(twin.phone, PHONE)

    # ------------------------------------------------------------------
    # Who has no role
    # ------------------------------------------------------------------

    def test_an_administrator_makes_users_and_companies(self):
        admin = new_test_user(
            self.env,
            "funnel_plain_admin",
            "base.group_system,base.group_erp_manager,base.group_partner_manager",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        values = {
            "company_id": self.company.id,
            "company_ids": [Command.set(self.company.ids)],
        }
        users = self.env["res.users"].with_user(admin)
        users.create({"name": "A", "login": "zz_a", "phone": PHONE, **values})
        portal = users.create(
            {
                "name": "P",
                "login": "zz_p",
                "phone": PHONE,
                "group_ids": [Command.set(self.env.ref("base.group_portal").ids)],
                **values,
            }
        )
        self.env["res.company"].with_user(admin).create({"name": "N", "phone": PHONE})
        plain = self.enter(admin, name="x", phone=PHONE)
        for partner in (portal.partner_id, plain):
            self.assertTrue(
                self.pairs(partner.with_env(self.env)) & self.pairs(self.xinhang)
            )
