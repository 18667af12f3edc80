from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from .lead_common import LeadCommon


@tagged("post_install", "-at_install")
class TestContactLeadForm(LeadCommon):
    """The form of a lead edits its own next contact, and shows what else is planned with
    its customer; what a form or a file sends back unchanged plans nothing."""

    # Shown

    def shown(self, lead):
        self.read_again()
        lead = lead.with_user(self.salesperson)
        return (
            lead.next_contact_date and str(lead.next_contact_date),
            lead.next_contact_user_id,
            lead.next_contact_reason,
            lead.shown_last_summary,
        )

    def beside(self, lead):
        """Return what the form shows of the customer."""
        self.read_again()
        lead = lead.with_user(self.salesperson)
        return (
            lead.shown_next_date and str(lead.shown_next_date),
            lead.shown_next_user_id,
            lead.shown_next_reason,
        )

    def us_day(self, shift):
        year, month, day = self.day(shift).split("-")
        return f"{month}/{day}/{year}"

    def test_form(self):
        lead = self.lead()
        nobody = self.env["res.users"]
        self.assertEqual(self.shown(lead), (False, nobody, False, ""))
        day, name = self.us_day(0), self.salesperson.name
        self.contact(lead_id=lead.id, summary="Asks", next_contact_date=self.day(6))
        said = f"Phone · {name} · Asks"
        agreed = f"Agreed on {day}: {name}, Phone"
        by_hand = f"By hand on {day}: {name}"
        expected = (self.day(6), self.salesperson, agreed, said)
        self.assertEqual(self.shown(lead), expected)
        with Form(lead) as form:
            form.next_contact_date = self.day(3)
        expected = (self.day(3), self.salesperson, by_hand, said)
        self.assertEqual(self.shown(lead), expected)
        with Form(lead) as form:
            form.next_contact_user_id = self.leader
        self.assertEqual(self.shown(lead), (self.day(3), self.leader, by_hand, said))
        self.assertEqual(self.beside(lead), (False, nobody, False))
        # beside it, what else is planned with the customer
        lead.partner_id = self.customer
        self.assertEqual(self.beside(lead), (False, nobody, False))
        self.contact(summary="No", next_contact_date=self.day(8))
        said = f"Phone · {name} · No"
        self.assertEqual(self.shown(lead), (self.day(3), self.leader, by_hand, said))
        self.assertEqual(self.beside(lead), (self.day(8), self.salesperson, agreed))
        self.assertEqual(
            self.customer.with_user(self.salesperson).next_contact_reason,
            f"{by_hand}, with Pallets. Also planned: {self.us_day(8)}",
        )
        other = self.lead(2, name="Crates", partner_id=self.customer.id)
        reason = f"{by_hand}, with Crates. Also planned: {self.us_day(8)}"
        self.assertEqual(self.beside(lead), (self.day(2), self.salesperson, reason))
        self.assertEqual(self.beside(other), (self.day(8), self.salesperson, agreed))

    def test_lead_that_may_not_be_read_is_not_named(self):
        self.lead(2, name="Secret", partner_id=self.customer.id)
        own = self.lead(user_id=self.mate.id, partner_id=self.customer.id)
        self.read_again()
        for record, fname in (
            (self.customer, "next_contact_reason"),
            (own, "shown_next_reason"),
        ):
            record = record.with_user(self.mate)
            with self.subTest(fname):
                self.assertTrue(record[fname].endswith(", with a lead"))
            self.read_again()
        seen = self.customer.with_user(self.leader).next_contact_reason
        self.assertTrue(seen.endswith(", with Secret"))
        # nor by the field that holds it
        with self.assertRaises(AccessError):
            self.customer.with_user(self.mate).read(["next_contact_lead_id"])

    def test_reason_of_a_contact_that_agrees_on_the_same_day(self):
        lead = self.lead()
        for record, values in ((lead, {"lead_id": lead.id}), (self.customer, {})):
            self.plan_hand(record, 5, self.leader)
            self.contact(next_contact_date=self.day(5), **values)
            reason = record.with_user(self.salesperson).next_contact_reason
            self.assertTrue(reason.startswith("Agreed on"), reason)

    def test_day_and_person_at_once(self):
        said = {
            "next_contact_user_id": self.leader.id,
            "next_contact_date": self.day(3),
        }
        for vals in (said, dict(reversed(said.items()))):
            for customer in (self.customer.browse(), self.other):
                lead = self.lead(partner_id=customer.id)
                lead.write(vals)
                new = self.lead(partner_id=customer.id, **vals)
                with self.subTest(list(vals), customer=customer):
                    for record in (lead, new, *customer):
                        self.assertEqual(self.planned(record), (3, self.leader))

    # What a form or a file sends back is not said

    def test_customer_is_chosen_in_the_form(self):
        agreed = self.contact(next_contact_date=self.day(5))
        for shift in (3, 9, None):
            lead = self.lead(shift)
            for customer in (self.customer, self.other, self.customer.browse()):
                with self.subTest(shift, customer=customer.name):
                    self.form_link(lead, customer)
                    self.assert_days((lead, shift or False))
                    self.assertEqual(bool(lead.hand_contact_date), bool(shift))
            self.assertEqual(self.customer.agreed_contact_log_id, agreed)
            self.assertFalse(self.customer.hand_contact_set_uid)

    def test_customer_who_was_contacted_is_chosen_in_the_form(self):
        lead = self.lead(0)
        self.contact()
        with Form(lead.with_user(self.salesperson)) as form:
            form.partner_id = self.customer
            self.assertEqual(str(form.next_contact_date), self.day(0))
        self.assertEqual(str(lead.hand_contact_date), self.day(0))
        self.assert_days((lead, False))
        self.form_link(lead, self.other)
        self.assert_days((lead, 0))

    def test_date_and_customer_in_the_form(self):
        lead = self.lead(3)
        with Form(lead.with_user(self.salesperson)) as form:
            form.next_contact_date = self.day(6)
            form.partner_id = self.customer
            self.assertEqual(str(form.next_contact_date), self.day(6))
        self.assert_days((lead, 6), (self.customer, 6))

    def test_new_lead_says_nothing_of_its_customer(self):
        self.contact(next_contact_date=self.day(7))
        with Form(self.env["crm.lead"].with_user(self.salesperson)) as form:
            form.name = "L"
            form.partner_id = self.customer
        self.assert_next(self.day(7), "contact")

    def round_trip(self, records, *fnames):
        """Export records and import them, unchanged, as the manager."""
        self.read_again()
        fnames = [".id", *fnames]
        rows = records.with_env(self.env).export_data(fnames)["datas"]
        records = records.with_user(self.manager)
        result = records.load(fnames, [[str(cell) for cell in row] for row in rows])
        self.assertFalse(result["messages"])
        self.read_again()

    def test_leads_in_a_file(self):
        lead = self.lead(0, partner_id=self.customer.id)
        agreed = self.lead()
        self.contact(lead_id=agreed.id, next_contact_date=self.day(5))
        hand = self.lead(6)
        self.contact()
        leads = (lead | agreed | hand).with_user(self.salesperson)
        self.read_again()
        before = leads.mapped("next_contact_reason")
        self.round_trip(leads, "name", "next_contact_date", "next_contact_user_id/.id")
        self.assert_days((lead, False), (agreed, 5), (hand, 6), (self.customer, False))
        self.assertEqual(leads.mapped("next_contact_reason"), before)

    def test_customers_in_a_file(self):
        planned, led = self.new_customers(2)
        self.give_plan(self.day(-3), planned)
        self.lead(4, partner_id=led.id)
        self.contact(next_contact_date=self.day(5))
        customers = self.customer | planned | led
        self.read_again()
        reasons = customers.mapped("next_contact_reason")
        self.round_trip(customers, "next_contact_date", "next_contact_user_id/.id")
        self.assertEqual(
            customers.mapped("next_contact_origin"), ["contact", "plan", "lead"]
        )
        self.assertEqual(customers.mapped("next_contact_reason"), reasons)
        self.assertFalse(any(customers.mapped("hand_contact_date")))
