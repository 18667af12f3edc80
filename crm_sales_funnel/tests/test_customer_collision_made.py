from odoo import Command
from odoo.exceptions import RedirectWarning, UserError
from odoo.tests import tagged

from .collision_common import XINHANG
from .test_customer_collision_news import PHONE, TAX_ID, NewsCommon

LOG, WIZARD = "funnel.collision.override", "funnel.collision.override.wizard"


@tagged("post_install", "-at_install")
class TestCustomerCollisionMade(NewsCommon):
    """What is made of others, or restored, brings what these were asked about."""

    def merge_leads(self, leads, user=None):
        wizard = self.as_user("crm.merge.opportunity", user).create(
            {"opportunity_ids": [Command.set(leads.ids)]}
        )
        with self.env.cr.savepoint():
            wizard.action_merge()
            self.env.flush_all()

    def merge(self, source, target):
        """Make one of two customers, as a salesperson may through Odoo's method."""
        with self.env.cr.savepoint():
            self.as_user("base.partner.merge.automatic.wizard")._merge(
                [source.id, target.id],
                target.with_user(self.salesperson),
                extra_checks=False,
            )
            self.env.flush_all()

    def own(self, **values):
        values = {"name": "Own", "is_company": True, **values}
        return self.there(user_id=self.salesperson.id, **values)

    # ------------------------------------------------------------------
    # Only what counts
    # ------------------------------------------------------------------

    def test_an_archived_lead_gives_nothing(self):
        values = {"name": "x", "partner_name": "Zark", "type": "opportunity"}
        values["user_id"] = self.salesperson.id
        archived = self.enter(model="crm.lead", **values, phone=PHONE, active=False)
        other = self.enter(model="crm.lead", **values)
        self.assert_refused(lambda: self.merge_leads(archived | other))

    def test_an_archived_person_gives_nothing(self):
        person = self.enter(name="Jo", company_name="Zork", vat=TAX_ID, active=False)
        self.assert_refused(person.create_company)

    def test_a_contact_of_a_colleagues_customer_gives_nothing(self):
        person = self.enter(name="Jo", parent_id=self.xinhang.id)
        self.put(person, company_name="Zork")
        self.assertEqual(person.vat, TAX_ID)

        def leave():
            with self.env.cr.savepoint():
                person.create_company()

        self.assert_refused(leave)

    def test_a_lead_of_a_colleagues_customer_gives_nothing(self):
        values = {"type": "opportunity", "user_id": self.salesperson.id}
        mine = self.own()
        kept = self.there(
            "crm.lead", name="K", partner_id=mine.id, probability=80, **values
        )
        theirs = self.there(
            "crm.lead", name="L", partner_id=self.xinhang.id, probability=5, **values
        )
        self.assertEqual(theirs.phone, PHONE)
        self.assert_refused(lambda: self.merge_leads(kept | theirs))
        self.assertFalse(mine.phone)

    def test_partners_that_are_merged_give_what_counts(self):
        mine = self.own()
        archived = self.enter(name="Old", phone=PHONE, active=False)
        self.assert_refused(lambda: self.merge(archived, mine))
        contact = self.enter(name="Jo", parent_id=self.xinhang.id, phone=PHONE)
        self.assert_refused(lambda: self.merge(contact, mine))
        branch = self.enter(
            name="Branch", is_company=True, parent_id=self.xinhang.id, phone=PHONE
        )
        self.assert_refused(lambda: self.merge(branch, mine))
        # Within the family nothing is new.
        other = self.enter(name="Jo", parent_id=self.xinhang.id)
        self.merge(contact, other)
        self.assertEqual(other.phone, PHONE)
        twin = self.own(name="Twin", phone="13700000021")
        self.there(name="Theirs", phone="13700000021", user_id=self.mate.id)
        self.merge(twin, mine)
        self.assertEqual(mine.phone, "13700000021")

    # ------------------------------------------------------------------
    # Another company
    # ------------------------------------------------------------------

    def test_what_gets_into_a_refusing_company_is_asked_about(self):
        both = self.new_role_user(
            "funnel_both",
            "salesperson",
            company_ids=[Command.set((self.company | self.other_company).ids)],
        )
        other = {"company_id": self.other_company.id}
        for model in ("res.partner", "crm.lead"):
            new = self.enter(both, model, name="x", phone=PHONE, **other)
            for company in (self.company.id, False):
                with self.subTest(model=model, company=company):
                    self.assert_refused(
                        lambda new=new, company=company: self.put(
                            new, both, company_id=company
                        )
                    )
        firm = self.enter(both, name="F", is_company=True, phone=PHONE, **other)
        self.enter(both, name="Kid", parent_id=firm.id, phone=PHONE, **other)
        self.assert_refused(lambda: self.put(firm, both, company_id=self.company.id))
        # Out of one that refuses, and where nothing is the same, nobody is asked.
        mine = self.there(
            name="M", phone=PHONE, user_id=both.id, company_id=self.company.id
        )
        self.put(mine, both, company_id=False)
        self.put(mine, both, company_id=self.other_company.id)

    # ------------------------------------------------------------------
    # Restored
    # ------------------------------------------------------------------

    def test_what_was_let_in_is_restored(self):
        self.company.is_identity_refused = False
        new = self.enter(name="Early", phone=PHONE)
        lead = self.enter(
            model="crm.lead",
            name="x",
            partner_name="Early lead",
            phone=PHONE,
            user_id=self.salesperson.id,
        )
        named = self.enter(name=XINHANG, is_company=True)
        kept = self.pairs(new)
        self.company.is_identity_refused = True
        for record in (new, lead):
            record.action_archive()
            self.env.flush_all()
            record.action_unarchive()
            self.assertTrue(record.active)
        self.assertEqual(self.pairs(new), kept)
        # Nothing else comes along.
        new.action_archive()
        self.put(new, vat=TAX_ID)
        self.assert_refused(new.action_unarchive)
        self.put(new, vat=False, active=True, phone=PHONE)
        named.action_archive()
        self.put(named, phone=PHONE)
        self.assert_refused(named.action_unarchive)

    # ------------------------------------------------------------------
    # Let through with a reason
    # ------------------------------------------------------------------

    def let_through(self, model="res.partner", **values):
        def save():
            return self.enter(self.manager, model, **values)

        with self.assertRaises(RedirectWarning) as refused:
            save()
        wizards = self.as_user(WIZARD, self.manager)
        wizards = wizards.with_context(**refused.exception.args[3])
        wizards.create({"reason": "Its branch"}).action_override()
        return save()

    def assert_let_through(self, record, other):
        """It was decided, and what was let through may be written again."""
        record = record.with_env(self.env)
        [pair] = self.pairs(record) & self.pairs(other)
        self.assertEqual((pair.state, pair.is_override), ("different", True))
        self.assertEqual(pair.note, "Its branch")
        self.put(record, phone=False)
        self.put(record, phone=PHONE)

    def scan(self):
        scan = self.env["funnel.collision.scan"].sudo()._start()
        while scan.state == "running":
            scan._step()

    def convert(self, lead, user):
        wizards = self.as_user("crm.lead2opportunity.partner", user).with_context(
            active_model="crm.lead", active_id=lead.id, active_ids=lead.ids
        )
        wizards.create({"name": "convert", "action": "create"}).action_apply()
        self.env.flush_all()
        return lead.partner_id.commercial_partner_id.with_env(self.env)

    def test_a_lead_that_was_let_through_becomes_a_customer(self):
        lead = self.let_through(
            "crm.lead",
            name="x",
            partner_name="Zark Ltd",
            contact_name="Jo",
            phone=PHONE,
            type="lead",
            user_id=self.manager.id,
        )
        customer = self.convert(lead, self.manager)
        self.scan()
        self.assertEqual(len(self.pairs(customer)), 1)
        customer.child_ids.phone = False
        self.assert_let_through(customer, self.xinhang)
        [log] = self.env[LOG].search([])
        self.assertEqual((log.partner_id, log.lead_id.id), (customer, lead.id))

    def test_the_lead_on_the_other_side_becomes_a_customer(self):
        self.lead.phone = "13912340001"
        new = self.let_through(name="Zark", phone="13912340001")
        customer = self.convert(self.lead.with_user(self.mate), self.mate)
        [pair] = self.pairs(new.with_env(self.env)) & self.pairs(customer)
        self.assertEqual((pair.state, pair.is_override), ("different", True))
        self.put(new, phone=False)
        self.put(new, phone="13912340001")

    def test_a_person_that_was_let_through_gets_a_company(self):
        person = self.let_through(
            name="Jo", company_name="Zork", phone=PHONE, user_id=self.manager.id
        )
        person.create_company()
        self.assert_let_through(person.parent_id, self.xinhang)

    def test_the_other_side_is_merged_into_another(self):
        new = self.let_through(name="Zark", phone=PHONE)
        target = self.there(name="Target", is_company=True, user_id=self.mate.id)
        wizard = self.as_user("base.partner.merge.automatic.wizard", self.manager)
        wizard._merge(
            [self.xinhang.id, target.id],
            target.with_user(self.manager),
            extra_checks=False,
        )
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(target.phone, PHONE)
        self.assert_let_through(new, target)

    def test_the_lead_on_the_other_side_is_merged_into_another(self):
        values = {"type": "opportunity", "user_id": self.mate.id}
        other = self.there("crm.lead", name="O", phone="13912340002", **values)
        kept = self.there("crm.lead", name="K", probability=90, **values)
        new = self.let_through(name="Zark", phone="13912340002")
        self.merge_leads((kept | other).with_user(self.mate), self.mate)
        self.put(new, phone=False)
        self.put(new, phone="13912340002")

    def test_one_refusal_is_answered_once(self):
        def save():
            return self.enter(self.manager, name="Zark", phone=PHONE)

        with self.assertRaises(RedirectWarning) as refused:
            save()
        wizards = self.as_user(WIZARD, self.manager)
        wizards = wizards.with_context(**refused.exception.args[3])
        first = wizards.create({"reason": "one"})
        first.action_override()
        for wizard in (first, wizards.create({"reason": "two"})):
            with self.assertRaisesRegex(UserError, "already"):
                wizard.action_override()
        self.assertEqual(self.env[LOG].search([]).mapped("reason"), ["one"])
        save()
        with self.assertRaises(RedirectWarning):
            save()
