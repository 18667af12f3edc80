from odoo import fields
from odoo.tests import tagged

from .lead_common import LeadCommon


@tagged("post_install", "-at_install")
class TestContactLeadBefore(LeadCommon):
    """Databases in which customers were due by their leads."""

    def set_by_sql(self, records, **values):
        self.env.flush_all()
        for fname, value in values.items():
            self.cr.execute(
                f"UPDATE {records._table} SET {fname} = %s WHERE id IN %s",
                [value, tuple(records.ids)],
            )
        self.env.invalidate_all()

    def test_folded(self):
        """The customer was due by the lead, and a contact with either was one with
        both."""
        customers = self.new_customers(4)
        due = self.lead(2, partner_id=customers[0].id)
        self.plan_hand(customers[1], 9)
        self.lead(5, partner_id=customers[1].id)
        done = self.lead(0, partner_id=customers[2].id)
        agreed = self.lead(partner_id=customers[2].id)
        past = fields.Datetime.subtract(fields.Datetime.now(), days=3)
        log = self.contact(lead_id=agreed.id, date=past, next_contact_date=self.day(-1))
        self.contact(partner_id=customers[2].id)
        self.set_by_sql(done | agreed, next_contact_date=None)
        kept = self.contact(
            lead_id=self.lead(partner_id=customers[3].id).id,
            next_contact_date=self.day(6),
        )
        self.set_by_sql(
            customers[:2], next_contact_date=self.day(2), next_contact_origin="lead"
        )
        self.set_by_sql(
            customers[3],
            agreed_contact_date=self.day(6),
            agreed_contact_log_id=kept.id,
            next_contact_date=self.day(6),
            next_contact_origin="contact",
        )
        self.env["crm.lead"]._carry_over_folded()
        self.assert_next(False, False, customer=customers[0])
        self.assert_next(self.day(9), "hand", customer=customers[1])
        self.assert_next(False, False, customer=customers[3])
        self.assertFalse(customers[3].agreed_contact_log_id)
        self.assert_days((due, 2), (done, False), (agreed, False))
        self.assert_days((kept.lead_id, 6))
        # what was done stays so, whatever happens
        log.sudo().date = past
        (done | agreed)._recompute_contact_dates()
        self.assert_days((done, False), (agreed, False))

    def test_copied(self):
        """The date of the lead was the customer's, who had it as if it was planned with
        him; planned anew or done there, it was over."""
        customers = self.new_customers(4)
        lead = self.lead(2, partner_id=customers[0].id)
        said = lead.hand_contact_set_date
        self.plan_hand(customers[0], 2)
        self.set_by_sql(customers[0], hand_contact_set_date=said)
        self.plan_hand(customers[1], 4)
        own = self.lead(4, partner_id=customers[1].id)
        replaced = self.lead(-3, partner_id=customers[2].id)
        self.plan_hand(customers[2], 20)
        overdue = self.lead(-3, partner_id=customers[3].id)
        self.plan_hand(customers[3], -3)
        self.set_by_sql(
            customers[3], hand_contact_set_date=overdue.hand_contact_set_date
        )
        alone = self.lead(-4)
        self.env["crm.lead"]._carry_over_copied()
        self.assertFalse(customers[0].hand_contact_date)
        self.assert_next(False, False, customer=customers[0])
        self.assert_next(self.day(4), "hand", customer=customers[1])
        self.assert_next(self.day(20), "hand", customer=customers[2])
        self.assert_next(False, False, customer=customers[3])
        self.assert_days((lead, 2), (own, 4), (replaced, False), (overdue, -3))
        self.assert_days((alone, -4))
