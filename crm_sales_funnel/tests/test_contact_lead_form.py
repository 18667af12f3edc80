from odoo.tests import Form, tagged

from .lead_common import LeadCommon


@tagged("post_install", "-at_install")
class TestContactLeadForm(LeadCommon):
    """The form of a lead edits its own next contact, and tells of its customer in a line;
    what a form or a file sends back unchanged plans nothing."""

    # Shown

    def shown(self, lead):
        self.read_again()
        lead = lead.with_user(self.salesperson)
        return (
            lead.next_contact_date and str(lead.next_contact_date),
            lead.next_contact_user_id,
            lead.next_contact_reason,
            lead.last_contact_summary,
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
        expected = (self.day(3), self.leader, by_hand, said)
        self.assertEqual(self.shown(lead), expected)
        # whoever its customer is, and whatever was said to that one
        self.assertFalse(lead.with_user(self.salesperson).customer_contacts)
        lead.partner_id = self.person
        self.contact(summary="No", next_contact_date=self.day(8))
        self.assertEqual(self.shown(lead), expected)

    def test_contacts_with_the_customer_beside(self):
        lead = self.lead(3, partner_id=self.other.id).with_user(self.salesperson)
        self.assertEqual(lead.customer_contacts, "Never contacted")
        self.contact(partner_id=self.other.id, next_contact_date=self.day(8))
        self.assertEqual(
            lead.customer_contacts,
            f"Last contact: {self.us_day(0)} · Next contact: {self.us_day(8)} · "
            + self.salesperson.name,
        )

    def test_customer_who_may_not_be_read_is_not_told_of(self):
        """Nor while the lead is entered, by his number."""
        company = self.env["res.company"].create({"name": "Elsewhere"})
        lead = self.lead(partner_id=self.other.id).with_user(self.salesperson)
        person = self.env["res.partner"].create({"name": "P"})
        self.plan_hand(self.other, 3)
        person.parent_id = self.other
        self.assertTrue(lead.customer_contacts)
        values = {"name": "L", "customer_contacts": False}
        spec = {"partner_id": {}, "customer_contacts": {}}
        for partner, told in ((self.other, True), (person, True)):
            for is_hidden in (False, True):
                hidden = is_hidden and company
                self.other.sudo().company_id = person.sudo().company_id = hidden
                self.read_again()
                leads = self.env["crm.lead"].with_user(self.salesperson)
                values["partner_id"] = partner.id
                result = leads.onchange(values, ["partner_id"], spec)["value"]
                with self.subTest(partner.name, hidden=is_hidden):
                    self.assertEqual(
                        bool(result.get("customer_contacts")), told and not is_hidden
                    )
        self.read_again()
        self.assertFalse(lead.customer_contacts)

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
                    for record in (lead, new):
                        self.assertEqual(self.planned(record), (3, self.leader))

    # What a form or a file sends back is not said

    def test_customer_is_chosen_in_the_form(self):
        agreed = self.contact(next_contact_date=self.day(5))
        for shift in (0, 3, 9, None):
            lead = self.lead(shift)
            for customer in (self.customer, self.other, self.customer.browse()):
                with self.subTest(shift, customer=customer.name):
                    self.form_link(lead, customer)
                    self.assert_days((lead, shift if shift is not None else False))
                    self.assertEqual(bool(lead.hand_contact_date), shift is not None)
            self.assertEqual(self.customer.agreed_contact_log_id, agreed)
            self.assertFalse(self.customer.hand_contact_set_uid)

    def test_date_and_customer_in_the_form(self):
        lead = self.lead(3)
        with Form(lead.with_user(self.salesperson)) as form:
            form.next_contact_date = self.day(6)
            form.partner_id = self.customer
            self.assertEqual(str(form.next_contact_date), self.day(6))
        self.assert_days((lead, 6), (self.customer, False))

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
        self.contact(lead_id=lead.id)
        leads = (lead | agreed | hand).with_user(self.salesperson)
        self.read_again()
        before = leads.mapped("next_contact_reason")
        self.round_trip(leads, "name", "next_contact_date", "next_contact_user_id/.id")
        self.assert_days((lead, False), (agreed, 5), (hand, 6), (self.customer, False))
        self.assertEqual(leads.mapped("next_contact_reason"), before)

    def test_customers_in_a_file(self):
        planned, led = self.new_customers(2)
        self.give_plan(self.day(-3), planned)
        self.plan_hand(led, 4)
        self.contact(next_contact_date=self.day(5))
        customers = self.customer | planned | led
        self.read_again()
        reasons = customers.mapped("next_contact_reason")
        self.round_trip(customers, "next_contact_date", "next_contact_user_id/.id")
        self.assertEqual(
            customers.mapped("next_contact_origin"), ["contact", "plan", "hand"]
        )
        self.assertEqual(customers.mapped("next_contact_reason"), reasons)
        self.assertEqual(customers.filtered("hand_contact_date"), led)
        self.assertEqual(led.hand_contact_set_uid, self.salesperson)
