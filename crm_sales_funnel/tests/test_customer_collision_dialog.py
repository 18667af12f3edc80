from odoo.exceptions import RedirectWarning, ValidationError
from odoo.tests import tagged

from .collision_common import CollisionCommon

CREATE = "funnel.customer.create"
OVERRIDE = "funnel.collision.override.wizard"


@tagged("post_install", "-at_install")
class TestCustomerCollisionDialog(CollisionCommon):
    """What a manager enters in "New Customer" is not lost when it is refused."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.is_identity_refused = True
        cls.manager = cls.users["manager"]

    def open_dialog(self, user):
        return self.as_user(CREATE, user).create(
            {"name": "Sister Ltd", "phone": "0755 83216688", "contact_name": "Han"}
        )

    def refuse(self, dialog):
        with self.assertRaises(RedirectWarning) as refused, self.env.cr.savepoint():
            dialog.action_create_customer()
        return refused.exception.args[3]

    def test_the_reason_creates_the_customer(self):
        context = self.refuse(self.open_dialog(self.manager))
        wizard = self.as_user(OVERRIDE, self.manager).with_context(**context)
        action = wizard.create({"reason": "Same house"}).action_override()
        self.assertEqual(action["res_model"], "res.partner")
        customer = self.env["res.partner"].browse(action["res_id"])
        self.assertEqual(
            (customer.name, customer.phone, customer.child_ids.name),
            ("Sister Ltd", "0755 83216688", "Han"),
        )
        log = self.env["funnel.collision.override"].search([])
        self.assertEqual((log.partner_id, log.reason), (customer, "Same house"))

    def test_from_a_form_nothing_is_created(self):
        values = {"name": "Sister Ltd", "phone": "0755 83216688"}
        with self.assertRaises(RedirectWarning) as refused, self.env.cr.savepoint():
            self.as_user("res.partner", self.manager).create(values)
        context = refused.exception.args[3]
        wizard = self.as_user(OVERRIDE, self.manager).with_context(**context)
        action = wizard.create({"reason": "Same house"}).action_override()
        self.assertEqual(action["type"], "ir.actions.act_window_close")

    def test_salespeople_are_refused_and_cannot_take_the_dialog_of_others(self):
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self.open_dialog(self.salesperson).action_create_customer()
        dialog = self.open_dialog(self.salesperson)
        context = self.refuse(self.open_dialog(self.manager))
        context["default_customer_create_id"] = dialog.id
        self.env.invalidate_all()
        wizard = self.as_user(OVERRIDE, self.manager).with_context(**context)
        action = wizard.create({"reason": "Same house"}).action_override()
        self.assertEqual(action["type"], "ir.actions.act_window_close")
        self.assertFalse(self.env["res.partner"].search([("name", "=", "Sister Ltd")]))
