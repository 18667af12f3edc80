from datetime import timedelta

from freezegun import freeze_time

from .common import MODULE
from .contact_common import ContactCommon


class PlanCommon(ContactCommon):
    """A level with a plan of 14 days, dormant after 60; the customer has neither."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plan, cls.monthly = cls.env["funnel.contact.plan"].create(
            [
                {"name": "Fortnight", "contact_days": 14, "dormant_days": 60},
                {"name": "Monthly", "contact_days": 30, "dormant_days": 0},
            ]
        )
        cls.level, cls.other_level = cls.env["funnel.customer.level"].create(
            [
                {"name": "Gold", "contact_plan_id": cls.plan.id},
                {"name": "Silver", "contact_plan_id": cls.monthly.id},
            ]
        )
        # Those who are told apart from what tests make.
        cls.env["funnel.contact.log"].search([]).unlink()

    @classmethod
    def give_plan(cls, day="2026-03-01", customer=None, plan=None):
        """Give a customer the plan of 14 days, on that day."""
        with freeze_time(f"{day} 08:00:00"):
            customer = customer or cls.customer
            customer.contact_plan_id = plan or cls.plan
            cls.env.flush_all()

    @classmethod
    def order(cls, date, customer=None, user=None):
        """Confirm an order of the customer at a time in UTC."""
        order = cls.env["sale.order"].create(
            {"partner_id": (customer or cls.customer).id}
        )
        order.action_confirm()
        order.date_order = date
        return order

    @classmethod
    def new_customers(cls, count, **values):
        return cls.env["res.partner"].create(
            [
                {
                    "name": f"C{index}",
                    "is_company": True,
                    "user_id": cls.salesperson.id,
                    **values,
                }
                for index in range(count)
            ]
        )

    def assert_next(self, date, origin, user=None, customer=None):
        """Compare when the customer is to be contacted, why, and by whom."""
        customer = customer or self.customer
        user = user or (self.salesperson if date else self.env["res.users"])
        self.assertEqual(
            (
                date and str(customer.next_contact_date),
                customer.next_contact_origin,
                customer.next_contact_user_id,
            ),
            (date, origin, user),
        )

    @classmethod
    def level_of(cls, key):
        return cls.env.ref(f"{MODULE}.funnel_customer_level_{key}")

    def day(self, shift):
        return str(self.today + timedelta(days=shift))
