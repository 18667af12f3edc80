from odoo.tests import freeze_time

from .receivable_common import ReceivableCommon

TODAY = "2026-03-31"


class PromiseCommon(ReceivableCommon):
    """Customers who promise and dispute. It is the 31st of March 2026 everywhere."""

    def setUp(self):
        super().setUp()
        self.go_to(TODAY)

    def go_to(self, day):
        """Let it be another day."""
        freezer = freeze_time(f"{day} 04:00:00")
        freezer.start()
        self.addCleanup(freezer.stop)
        self.env.invalidate_all()

    def model(self, name, user=None, company=None):
        """Return a model as a user calls it."""
        return (
            self.env[name]
            .with_user(user or self.users["finance"])
            .with_context(allowed_company_ids=(company or self.company).ids)
        )

    def promise(self, day="2026-04-10", user=None, **values):
        """Take a promise; without items, of all that is due by then."""
        values.setdefault("partner_id", self.customer.id)
        promises = self.model("funnel.payment.promise", user)
        return promises.create({"date_due": day, **values})

    def dispute(self, move, user=None, **values):
        """Open a dispute of an invoice."""
        return self.model("funnel.invoice.dispute", user).create(
            {
                "move_id": move.id,
                "category": "price",
                "note": "Two for one was agreed.",
                **values,
            }
        )

    def items(self, *moves):
        return self.open_items(*moves).sorted("date_maturity")

    def paused(self, name, day):
        """Return the journal items whose chasing is paused at a date."""
        self.env.flush_all()
        rows = self.env.execute_query(self.env[name]._get_paused(day))
        return self.env["account.move.line"].browse([item for item, _amount in rows])

    def found(self, name, **condition):
        """Return what is found by values of fields."""
        self.env.flush_all()
        domain = [(fname, "=", value) for fname, value in condition.items()]
        return self.model(name).search(domain).with_env(self.env)
