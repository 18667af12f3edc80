from datetime import timedelta

from odoo.tests import Form

from .common import MODULE
from .contact_common import ContactCommon

QUEUE = "funnel.contact.queue"
LOG = "funnel.contact.log"


class ContactQueueCommon(ContactCommon):
    """Customers and a lead who are due, tomorrow, or a colleague's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mate = cls.new_role_user("funnel_mate", "salesperson")
        days = {"Late": -3, "Later": -9, "Due": 0, "Tomorrow": 1}
        cls.customers = {
            name: cls.env["res.partner"].create(
                {
                    "name": name,
                    "is_company": True,
                    "user_id": cls.salesperson.id,
                    "phone": "+86 138 0013 8000",
                    "next_contact_date": cls.today + timedelta(days=day),
                }
            )
            for name, day in days.items()
        }
        cls.lead = cls.env["crm.lead"].create(
            {
                "name": "Pallets",
                "user_id": cls.salesperson.id,
                "next_contact_date": cls.today - timedelta(days=5),
            }
        )
        cls.mates_customer = cls.env["res.partner"].create(
            {
                "name": "Of a mate",
                "user_id": cls.mate.id,
                "next_contact_date": cls.today,
            }
        )

    def start(self, user=None):
        """Press the button of the Today screen."""
        self.env.invalidate_all()
        return self.env[QUEUE].with_user(user or self.salesperson).action_start_today()

    def log_of(self, action, user=None, **values):
        """Fill in the dialog of a queue and save it."""
        logs = self.env[LOG].with_user(user or self.salesperson)
        view = self.env.ref(f"{MODULE}.funnel_contact_log_view_form_queue")
        with Form(logs.with_context(**action["context"]), view) as form:
            form.channel_id = self.channels["phone"]
            form.summary = "Wants 20 boxes"
            for fname, value in values.items():
                form[fname] = value
        return form.record

    def line_of(self, action, user=None):
        lines = self.env["funnel.contact.queue.line"].with_user(
            user or self.salesperson
        )
        return lines.browse(action["context"]["default_queue_line_id"])

    def assert_next(self, action, position, whom):
        self.assertEqual(action["name"], f"Log a Contact: {position} of 4")
        self.assertEqual(action["target"], "new")
        line = self.line_of(action)
        self.assertEqual(line.partner_id or line.lead_id, whom)
