from ast import literal_eval
from unittest.mock import patch

from odoo.tests import tagged

from ..models.customer import funnel_collision_scan
from ..models.customer.funnel_collision_search import MANY
from .collision_common import XINHANG, CollisionCommon


@tagged("post_install", "-at_install")
class TestCustomerCollisionScan(CollisionCommon):
    """What is still true stays in the list, whoever looks; what is not leaves it."""

    def new(self, name, **values):
        return self.env["res.partner"].create(
            {"name": name, "is_company": True, **values}
        )

    def person_of(self, customer, **values):
        return self.env["res.partner"].create(
            {"name": "Jo", "parent_id": customer.id, **values}
        )

    def scan(self, age_pairs=True):
        """Look through everything as if what is in the list were of yesterday."""
        self.env.flush_all()
        if age_pairs:
            self.env.cr.execute(
                "UPDATE funnel_collision SET seen_date = seen_date - INTERVAL '1 day'"
            )
        self.env.invalidate_all()
        scan = self.env["funnel.collision.scan"].sudo()._start()
        with patch.object(funnel_collision_scan, "AT_ONCE", 10):
            while scan.state == "running":
                self.assertTrue(scan._step())
        self.env.invalidate_all()
        return scan

    # ------------------------------------------------------------------
    # By their people
    # ------------------------------------------------------------------

    def test_what_people_of_both_have_in_common_stays(self):
        one, other = self.new("Quirinus Pumpen GmbH"), self.new("Oberholz Technik")
        for customer in (one, other):
            self.person_of(customer, phone="13900009999", email="jo@gmail.com")
        [pair] = self.pairs(one)
        self.assertEqual(pair.reasons, "same_email,same_phone,same_contact")
        self.scan()
        self.assertEqual(self.pairs(one), pair)
        self.assertEqual(pair.reasons, "same_email,same_phone,same_contact")
        self.assertEqual((pair.state, pair.found_by), ("open", "entry"))

    def test_what_people_of_both_have_in_common_is_found(self):
        one, other = self.new("Quirinus Pumpen GmbH"), self.new("Oberholz Technik")
        for customer in (one, other):
            self.person_of(customer, phone="13900009999")
        self.pairs(one).unlink()
        self.scan()
        [pair] = self.pairs(one)
        self.assertEqual(pair._get_records(), (one, other))
        self.assertEqual((pair.reason, pair.found_by), ("same_phone", "scan"))

    def test_what_they_have_no_more_in_common_leaves(self):
        one, other = self.new("Quirinus Pumpen GmbH"), self.new("Oberholz Technik")
        people = [
            self.person_of(customer, phone="13900009999", name=name)
            for customer, name in ((one, "Jo"), (other, "Flo"))
        ]
        [pair] = self.pairs(one)
        people[1].phone = "13900008888"
        self.scan()
        self.assertFalse(pair.exists())

    # ------------------------------------------------------------------
    # Many of one name
    # ------------------------------------------------------------------

    def test_true_pairs_stay_however_many_they_are(self):
        many = self.env["res.partner"]
        for _number in range(MANY + 5):
            many |= self.new("Kvartalny Restoran")
        pairs = self.pairs(*many)
        # Of the last ones more than MANY have the name, which tells nothing then.
        self.assertEqual(len(pairs), MANY * (MANY - 1) / 2)
        self.scan()
        self.assertEqual(self.pairs(*many), pairs)
        self.assertEqual(set(pairs.mapped("state")), {"open"})

    def test_what_very_many_have_makes_no_pairs(self):
        """As many as are imported at once, at entry as in the scan."""
        values = {"is_company": True, "phone": "13900007777"}
        many = self.env["res.partner"].create(
            [
                {"name": chr(0x4E10 + 7 * number) + chr(0x5E10 + 11 * number), **values}
                for number in range(MANY + 2)
            ]
        )
        self.assertFalse(self.pairs(*many))
        self.scan()
        self.assertFalse(self.pairs(*many))
        # Who types it is told nevertheless, and fewer are noted.
        self.assertEqual(len(self.find(name="X", phone="13900007777", limit=20)), 20)
        many[:3].phone = False
        other = self.new("Ganz Anderes", phone="13900007777")
        self.assertEqual(len(self.pairs(other)), MANY - 1)  # and itself

    def test_one_customer_of_many_people_is_one(self):
        for number in range(MANY + 5):
            self.person_of(self.xinhang, name=f"Jo {number}", phone="13900006666")
        lead = self.env["crm.lead"].create({"name": "x", "phone": "13900006666"})
        self.assertEqual(self.pairs(lead)._get_records(), (self.xinhang, lead))

    # ------------------------------------------------------------------
    # Linked, and no more
    # ------------------------------------------------------------------

    def linked(self):
        lead = self.env["crm.lead"].create(
            {"name": "x", "partner_name": "新航科技", "phone": "075583216688"}
        )
        [pair] = self.pairs(lead)
        lead.partner_id = self.xinhang
        self.assertEqual(pair.state, "same")
        self.assertTrue(pair.decided_date)
        return lead, pair

    def test_without_the_link_it_is_asked_about_again(self):
        lead, pair = self.linked()
        lead.partner_id = False
        self.assertEqual(pair.state, "open")
        self.assertFalse(pair.decided_by_id or pair.decided_date)
        self.assertEqual(pair.reason, "same_phone")

    def test_without_the_link_and_not_alike_it_is_forgotten(self):
        lead, pair = self.linked()
        lead.write({"partner_name": "Other", "phone": False})
        lead.partner_id = False
        self.assertFalse(pair.exists())

    def test_linked_to_another_customer_it_is_forgotten(self):
        """The other one stands for it."""
        lead, pair = self.linked()
        lead.partner_id = self.customer
        self.assertFalse(pair.exists())

    def test_the_scan_sees_what_sql_has_parted(self):
        lead, pair = self.linked()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_lead SET partner_id = NULL WHERE id = %s", [lead.id]
        )
        self.scan()
        self.assertEqual(pair.state, "open")

    def test_what_somebody_decided_before_stays(self):
        lead = self.env["crm.lead"].create(
            {
                "name": "x",
                "partner_name": "新航科技",
                "phone": self.xinhang.phone,
                "email_from": self.xinhang.email,
            }
        )
        [pair] = self.pairs(lead)
        pair._keep_apart("two firms")
        lead.partner_id = self.xinhang
        # Odoo takes the name off with the customer.
        lead.write({"partner_id": False, "partner_name": "新航科技"})
        self.scan()
        self.assertEqual((pair.state, pair.note), ("different", "two firms"))

    def test_a_contact_of_its_own_again(self):
        person = self.env["res.partner"].create(
            {"name": "李雷", "phone": "0755 83216688"}
        )
        [pair] = self.pairs(person)
        person.parent_id = self.xinhang
        self.assertEqual(pair.state, "same")
        person.parent_id = False
        self.assertEqual(pair.state, "open")

    def test_asked_again_about_two_that_are_less_alike(self):
        mine = self.new("立腾五金", user_id=self.salesperson.id)
        values = {"id": mine.id, "name": mine.name, "is_company": True}
        found = self.find(self.users["manager"], **values)
        partners = self.as_user("res.partner", self.users["manager"])
        partners.funnel_keep_apart(values, found[0]["key"])
        [pair] = self.pairs(mine)
        pair.with_user(self.users["manager"]).action_reopen()
        pair.score = 0.7  # less than what the scan looks for
        self.scan()
        self.assertTrue(pair.exists())

    # ------------------------------------------------------------------
    # Archived
    # ------------------------------------------------------------------

    def shown(self):
        """Return what a manager has in the list."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_sales_funnel.funnel_collision_action"
        )
        pairs = self.as_user("funnel.collision", self.users["manager"])
        return pairs.search(literal_eval(action["domain"]))

    def test_who_is_archived_is_not_to_be_decided(self):
        new, lead = (
            self.new(XINHANG),
            self.env["crm.lead"].create({"name": "x", "partner_name": "立腾五金制品"}),
        )
        both = self.pairs(new) | self.pairs(lead)
        self.assertEqual(len(both), 2)
        self.assertLessEqual(both, self.shown().sudo())
        for side in (new, self.xinhang, lead, self.lead):
            with self.subTest(side):
                side.action_archive()
                hidden = self.pairs(side)
                self.assertFalse(hidden & self.shown().sudo())
                self.assertEqual(hidden.mapped("is_archived"), [True])
                self.assertEqual(hidden.state, "open")
                self.scan()
                self.assertTrue(hidden.exists(), "nothing is written")
                side.action_unarchive()
                self.assertLessEqual(both, self.shown().sudo())
                self.assertEqual(both.mapped("is_archived"), [False, False])
        # What was decided can be looked up.
        self.pairs(new)._keep_apart("two")
        new.action_archive()
        self.assertLessEqual(self.pairs(new), self.shown().sudo())

    # ------------------------------------------------------------------
    # Side by side
    # ------------------------------------------------------------------

    def test_contacts_of_both_sides_are_counted(self):
        new = self.new(XINHANG)
        person = self.person_of(self.xinhang)
        for partner in (self.xinhang, person, new):
            self.log(partner_id=partner.id, user_id=self.mate.id)
        lead = self.env["crm.lead"].create(
            {"name": "x", "partner_name": XINHANG, "user_id": self.salesperson.id}
        )
        self.log(lead_id=lead.id, user_id=self.salesperson.id)
        self.env.invalidate_all()
        manager = self.users["manager"]
        pair = (self.pairs(new) & self.pairs(self.xinhang)).with_user(manager)
        self.assertEqual((pair.contact_count, pair.other_contact_count), (2, 1))
        pair = (self.pairs(lead) & self.pairs(new)).with_user(manager)
        self.assertEqual((pair.contact_count, pair.other_contact_count), (1, 1))
