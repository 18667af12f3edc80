from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from .common import MODULE
from .lead_common import LOG, LeadCommon


@tagged("post_install", "-at_install")
class TestContactLeadWon(LeadCommon):
    """What was agreed on with a lead that is won is still to be done, whenever and
    however it was agreed on; nothing of it stays where the lead is not won any more."""

    def set_stage(self, lead, is_won):
        stages = self.env["crm.stage"].search([("is_won", "=", is_won)], limit=1)
        lead.sudo().stage_id = stages

    def dialog(self, **default):
        self.read_again()
        default = {f"default_{name}": value for name, value in default.items()}
        logs = self.env[LOG].with_user(self.salesperson).with_context(**default)
        view = self.env.ref(f"{MODULE}.funnel_contact_log_view_form_dialog")
        dialog = Form(logs, view)
        dialog.channel_id = self.channels["phone"]
        return dialog

    def test_agreed_on_after_it_was_won(self):
        """In the dialog, or in the form."""
        lead = self.lead(partner_id=self.customer.id)
        lead.action_set_won()
        dialog = self.dialog(lead_id=lead.id)
        dialog.next_contact_date = self.day(0)
        dialog.save()
        self.assertEqual(self.listed(), [lead])
        self.contact(lead_id=lead.id)
        self.assertEqual(self.listed(), [])
        with Form(lead) as form:
            form.next_contact_date = self.day(0)
        self.assertEqual(self.listed(), [lead])

    def test_who_is_won_has_no_customer_yet(self):
        lead = self.lead(0, partner_name="New AG")
        lead.action_set_won()
        self.assertEqual(self.listed(), [lead])
        lead.partner_id = self.customer
        self.assertEqual(self.listed(), [lead])

    def test_won_by_mistake(self):
        lead = self.lead(0, partner_id=self.customer.id)
        lead.action_set_won()
        self.set_stage(lead, False)
        self.assertEqual(self.listed(), [lead])
        lead.sudo().action_set_lost()
        self.assertEqual(self.listed(), [])

    def test_a_contact_is_corrected_after_it_was_won(self):
        lead = self.lead(partner_id=self.customer.id)
        log = self.contact(lead_id=lead.id, next_contact_date=self.day(2))
        lead.action_set_won()
        self.read_again()
        log.next_contact_date = self.day(6)
        self.assertEqual(self.planned(lead)[0], 6)
        log.unlink()
        self.assertFalse(self.planned(lead)[0])
        self.assertFalse(self.planned(self.customer)[0])

    def test_one_by_one(self):
        """As long as anything was agreed on."""
        lead = self.lead(0, partner_id=self.customer.id)
        queue = self.env["funnel.contact.queue"].with_user(self.salesperson)
        queue = queue._start(lead)
        lead.action_set_won()
        self.env.flush_all()
        self.assertEqual(queue.action_next()["name"], "Log a Contact: 1 of 1")
        lead.next_contact_date = False
        self.env.flush_all()
        self.assertIn("1 left out", queue.action_next()["params"]["message"])

    def test_of_who_handed_it_over(self):
        """Who cannot see the lead any more plans nothing with it, and corrects whom it
        was with."""
        lead = self.lead(partner_id=self.customer.id)
        log = self.contact(lead_id=lead.id, next_contact_date=self.day(4))
        lead.sudo().user_id = self.mate
        self.read_again()
        with self.assertRaises(AccessError), self.cr.savepoint():
            log.next_contact_date = False
        self.assertEqual(self.planned(lead), (4, self.mate))
        log.contact_id = self.person
        self.assertEqual(log.contact_id, self.person)

    def test_the_person_of_a_quotation(self):
        lead = self.lead(4, partner_id=self.customer.id)
        order = self.env["sale.order"].create(
            {
                "partner_id": self.person.id,
                "user_id": self.salesperson.id,
                "opportunity_id": lead.id,
            }
        )
        dialog = self.dialog(order_id=order.id)
        self.assertEqual(dialog.lead_id, lead)
        self.assertEqual(dialog.contact_id, self.person)
