from psycopg2 import IntegrityError

from odoo.exceptions import UserError

from .cash_common import CashCommon
from .common import MODULE


class CostCommon(CashCommon):
    """Cost items, and costs that are entered by Finance."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cash = cls.company_data["default_journal_cash"]
        # One that is not deducted is a part of the cost, as it is without an account.
        cls.undeducted_vat = cls.vat.copy(
            {"name": "Undeducted VAT 13", "type_tax_use": "purchase"}
        )
        cls.purchase_vat = cls.undeducted_vat.copy({"name": "Purchase VAT 13"})
        cls.purchase_vat.repartition_line_ids.filtered(
            lambda line: line.repartition_type == "tax"
        ).account_id = cls.company_data["default_account_assets"]
        cls.premises, cls.rent, cls.travel = (
            cls.env.ref(f"{MODULE}.cost_item_{name}").with_user(cls.users["finance"])
            for name in ("category_premises", "rent", "travel")
        )
        cls.rent_account, cls.other_account = cls.env["account.account"].create(
            [
                {"name": name, "code": code, "account_type": "expense"}
                for name, code in (("Rent", "667001"), ("Other", "667002"))
            ]
        )
        cls.landlord = cls.env["res.partner"].create({"name": "Landlord Ltd"})

    @classmethod
    def costs(cls):
        return cls.env["funnel.running.cost"].with_user(cls.users["finance"])

    @classmethod
    def cost(cls, amount=5, post=True, **values):
        """Create a cost of 1 March, paid in cash, as Finance."""
        if values.get("settlement") != "owed":
            values.setdefault("journal_id", cls.cash.id)
        cost = cls.costs().create(
            {
                "date": "2026-03-01",
                "item_id": cls.rent.id,
                "amount": amount,
                **values,
            }
        )
        if post:
            cost.action_post()
        return cost

    def assert_refused(self, create, **values):
        """Nothing is created with these values, and the user is told why."""
        try:
            with self.env.cr.savepoint():
                create(**values)
        except (IntegrityError, UserError):
            return
        self.fail(f"created with {values}")

    @classmethod
    def recurring(cls, **values):
        """Create a recurring cost of 3000.00 as Finance, paid in cash."""
        return (
            cls.env["funnel.recurring.cost"]
            .with_user(cls.users["finance"])
            .create(
                {
                    "item_id": cls.rent.id,
                    "amount": 3000,
                    "journal_id": cls.cash.id,
                    "date_from": "2026-01-01",
                    **values,
                }
            )
        )
