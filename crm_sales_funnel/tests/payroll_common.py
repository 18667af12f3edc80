from .common import MODULE
from .cost_common import CostCommon

ITEMS = ("wages", "bonus", "allowance", "social", "social_withheld", "income_tax")
# Gross 8,500.00, withheld 920.00, net 7,580.00, on top 1,600.00
ONE = {
    "wages": 8000,
    "bonus": 500,
    "social": 1600,
    "social_withheld": 800,
    "income_tax": 120,
}
# Gross 12,300.00, withheld 1,650.00, net 10,650.00, on top 2,400.00
OTHER = {
    "wages": 12000,
    "allowance": 300,
    "social": 2400,
    "social_withheld": 1200,
    "income_tax": 450,
}


class PayrollCommon(CostCommon):
    """Payrolls of March 2026 that are entered by Finance."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.finance = cls.users["finance"]
        cls.items = {
            name: cls.env.ref(f"{MODULE}.cost_item_{name}").with_user(cls.finance)
            for name in ITEMS
        }
        cls.wages_payable, cls.social_payable, cls.tax_payable = cls.env[
            "account.account"
        ].create(
            [
                {"name": name, "code": code, "account_type": "liability_current"}
                for name, code in (
                    ("Wages Payable", "227001"),
                    ("Social Insurance Payable", "227002"),
                    ("Income Tax Payable", "227003"),
                )
            ]
        )
        for name in ("social", "social_withheld"):
            cls.items[name].withheld_account_id = cls.social_payable
        cls.items["income_tax"].withheld_account_id = cls.tax_payable
        cls.one, cls.other = (
            cls.users[role].partner_id for role in ("salesperson", "team_leader")
        )

    @classmethod
    def payrolls(cls, user=None):
        return cls.env["funnel.payroll"].with_user(user or cls.finance)

    @classmethod
    def row(cls, partner, **amounts):
        return {
            "partner_id": partner.id,
            "amounts": {str(cls.items[name].id): amounts[name] for name in amounts},
        }

    @classmethod
    def payroll(cls, *rows, post=True, **values):
        """Create a payroll of March, owed, as Finance: of two employees, if nothing
        else is said."""
        rows = rows or (cls.row(cls.one, **ONE), cls.row(cls.other, **OTHER))
        payroll = cls.payrolls().create(
            {
                "month": "2026-03-01",
                "date": "2026-03-31",
                "wages_account_id": cls.wages_payable.id,
                "item_ids": [item.id for item in cls.items.values()],
                "rows": {"lines": list(rows)},
                **values,
            }
        )
        if post:
            payroll.action_post()
        return payroll

    def amounts_of(self, payroll):
        """Return partner -> name of an item -> amount, as the lines have them."""
        names = {item.id: name for name, item in self.items.items()}
        return {
            line.partner_id: {
                names[amount.item_id.id]: amount.amount for amount in line.amount_ids
            }
            for line in payroll.line_ids
        }

    def balances(self, move):
        """Return account -> balance of an entry."""
        return {
            account: round(sum(lines.mapped("balance")), 2)
            for account, lines in move.line_ids.grouped("account_id").items()
        }
