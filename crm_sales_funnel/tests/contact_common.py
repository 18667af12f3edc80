from odoo import fields

from .common import MODULE, FunnelCommon


class ContactCommon(FunnelCommon):
    """The channels, and short ways to log contacts with the customer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.salesperson = cls.users["salesperson"]
        cls.person = cls.env["res.partner"].create(
            {
                "name": "Klara Sommer",
                "parent_id": cls.customer.id,
                "email": "klara@nordwind.example.com",
            }
        )
        cls.channels = {
            key: cls.env.ref(f"{MODULE}.funnel_contact_channel_{key}")
            for key in ("phone", "mail", "visit", "wechat")
        }
        cls.today = fields.Date.context_today(cls.customer)

    @classmethod
    def log(cls, date="2026-03-02 09:00:00", channel="phone", **values):
        """Log a contact of the salesperson with the customer."""
        if not values.keys() & {"lead_id", "order_id", "move_id", "picking_id"}:
            values.setdefault("partner_id", cls.customer.id)
        values.setdefault("user_id", cls.salesperson.id)
        return cls.env["funnel.contact.log"].create(
            {"date": date, "channel_id": cls.channels[channel].id, **values}
        )

    @classmethod
    def schedule(cls, record, kind="call", user=None, **values):
        """Plan a call, meeting, email or todo of the salesperson on a document."""
        return record.activity_schedule(
            f"mail.mail_activity_data_{kind}",
            user_id=(user or cls.salesperson).id,
            **values,
        )

    def tracking(self, records):
        """Return the records with changes tracked, which the tests leave out."""
        self.flush_tracking()
        return records.with_context(
            tracking_disable=False, mail_notrack=False, mail_create_nolog=False
        )

    def flush_tracking(self):
        """Write the messages on what has changed, as the end of a request does."""
        self.env.flush_all()
        self.cr.flush()

    @classmethod
    def logs_of(cls, customer=None):
        return cls.env["funnel.contact.log"].search(
            [("commercial_partner_id", "=", (customer or cls.customer).id)]
        )
