from datetime import date

from .commission_run_common import CommissionRunCommon


class SettlementCommon(CommissionRunCommon):
    """A plan of 3 % of what is collected, and settlements. Dates are ISO dates."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.settlements = cls.env["funnel.commission.settlement"]
        cls.finance = cls.users["finance"]
        cls.manager = cls.users["manager"]

    @classmethod
    def collect(cls, untaxed, day="2026-03-10", **values):
        """Create an invoice that is paid on a day; it earns 3 % of ``untaxed``."""
        invoice = cls.document(untaxed, tax=cls.env["account.tax"], **values)
        payment = cls.pay(untaxed, invoice, day=day)
        return invoice, payment

    @classmethod
    def settle(cls, until="2026-03-31", users=None, run=True):
        """Make settlements up to a day of what is booked by then."""
        if run:
            cls.plans.search([])._run()
        return cls.settlements._make(date.fromisoformat(until), users)

    @classmethod
    def adjust(cls, amount, day="2026-03-20", user=None, reason="Fair"):
        return cls.entries.create(
            {
                "user_id": (user or cls.seller).id,
                "amount": amount,
                "date": day,
                "reason": reason,
            }
        )

    def as_(self, role, record):
        return record.with_user(self.users[role])

    def approved(self, until="2026-03-31"):
        """Settle up to a day, and approve it."""
        settlement = self.settle(until)
        self.as_("finance", settlement).action_submit()
        self.as_("manager", settlement).action_approve()
        return settlement

    def assert_sums(self, settlement, **amounts):
        names = ("opening", "earned", "claw_back", "adjustment", "payable", "carried")
        found = {name: settlement[name] for name in names}
        self.assertEqual(found, {**dict.fromkeys(names, 0), **amounts})
        # What it says is what its entries come to.
        total = sum(settlement.entry_ids.mapped("amount")) + settlement.opening
        self.assertAlmostEqual(total, settlement.payable + settlement.carried, places=6)
