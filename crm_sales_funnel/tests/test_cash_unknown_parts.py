from odoo.tests import tagged

from .unknown_common import UnknownCommon


@tagged("post_install", "-at_install")
class TestCashUnknownParts(UnknownCommon):
    """A receipt of which two customers claimed a part each, on account: what is left of
    it is what neither has, also where only one of them changes."""

    def setUp(self):
        super().setUp()
        self.other, self.third = self.env["res.partner"].create(
            [{"name": name, "is_company": True} for name in ("South Wind", "Third")]
        )
        receipt = self.arrive(1000)
        self.confirm(self.claim(receipt, amount=400))
        self.second = self.confirm(
            self.claim(receipt, amount=300, partner_id=self.other.id)
        )
        self.amounts = sorted(row[2] for row in self.cash_rows())

    def assert_as_before(self):
        self.assertEqual(sorted(row[2] for row in self.cash_rows()), self.amounts)
        self.assert_follows_from_the_ledger()
        self.assert_ties_out()

    def test_one_is_handed_over(self):
        self.other.user_id = self.users["team_leader"]
        self.assert_as_before()

    def test_one_is_merged(self):
        merge = self.env["base.partner.merge.automatic.wizard"]
        merge._merge((self.other | self.third).ids, self.third)
        self.assert_as_before()

    def test_one_is_applied_to_an_invoice(self):
        self.match(self.second.move_id, self.document(100, partner_id=self.other.id))
        self.assert_follows_from_the_ledger()
        self.assert_ties_out()
