from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .collision_common import XINHANG
from .test_customer_collision_news import PHONE, TAX_ID, NewsCommon


@tagged("post_install", "-at_install")
class TestCustomerCollisionMany(NewsCommon):
    """What very many have in common tells nothing: many customers, who were there."""

    def opportunities(self, count):
        return self.env["crm.lead"].create(
            [
                {
                    "name": f"Order {number}",
                    "partner_id": self.xinhang.id,
                    "type": "opportunity",
                    "user_id": self.mate.id,
                }
                for number in range(count)
            ]
        )

    def test_a_customer_with_many_opportunities_is_one(self):
        leads = self.opportunities(40)
        self.assertEqual(set(leads.mapped("phone")), {self.xinhang.phone})
        self.assert_refused(lambda: self.enter(name="x", phone=PHONE))
        self.assert_refused(lambda: self.enter(model="crm.lead", name="x", phone=PHONE))
        self.company.is_identity_refused = False
        new = self.enter(name=XINHANG, is_company=True, phone=PHONE)
        [pair] = self.pairs(new)
        self.assertIn("same_name", pair.reasons)
        self.assertIn("same_phone", pair.reasons)
        pair.sudo().unlink()
        scan = self.env["funnel.collision.scan"].sudo()._start()
        while scan.state == "running":
            scan._step()
        self.assertTrue(self.pairs(new) & self.pairs(self.xinhang))

    def test_each_of_many_numbers_is_looked_at(self):
        numbers = [f"1350000000{number}" for number in range(9)]
        self.assert_refused(
            lambda: self.enter(name="x", phone=" / ".join([*numbers, PHONE]))
        )

    def test_a_customer_with_many_people_is_one(self):
        self.env["res.partner"].create(
            [
                {"name": f"P{number}", "parent_id": self.xinhang.id, "phone": PHONE}
                for number in range(40)
            ]
        )
        self.assert_refused(lambda: self.enter(name="x", phone=PHONE))

    def rows(self, **values):
        return [{"name": f"Row {number}", **values} for number in range(22)]

    def test_many_at_once_let_one_another_in_nowhere(self):
        for model, values in (
            ("res.partner", {"phone": PHONE}),
            ("res.partner", {"vat": TAX_ID}),
            ("crm.lead", {"phone": PHONE}),
        ):
            with self.subTest(model=model, **values):
                self.assert_refused(
                    lambda model=model, values=values: self.as_user(model).create(
                        self.rows(**values)
                    )
                )
        partners = self.as_user("res.partner")
        result = partners.load(
            ["name", "phone"], [[f"Row {number}", PHONE] for number in range(22)]
        )
        self.assertFalse(result["ids"])
        self.assertIn(XINHANG, result["messages"][0]["message"])

    def test_a_number_of_many_is_nobodys_own(self):
        """A switchboard, which is not refused; a tax ID is never one."""
        shared, tax_id = "0755 8555 1234", "91440300MA5SHARED1"
        self.env["res.partner"].create(
            [
                {"name": f"Tenant {number}", "phone": shared, "user_id": self.mate.id}
                for number in range(21)
            ]
        )
        new = self.enter(name="x", phone=shared)
        self.assertFalse(self.pairs(new))
        self.company.is_identity_refused = False
        self.env["res.partner"].create(
            [
                {"name": f"Firm {number}", "vat": tax_id, "user_id": self.mate.id}
                for number in range(30)
            ]
        )
        self.company.is_identity_refused = True
        self.assert_refused(lambda: self.enter(name="x", vat=tax_id), "Firm")

    def test_the_list_of_many_stays_short(self):
        """Each of them is paired with a few, not with all the others."""
        self.company.is_identity_refused = False
        count = 60
        self.env["res.partner"].create(
            [
                {"name": f"Firm {number}", "vat": "91440300MA5SHARED2"}
                for number in range(count)
            ]
        )
        pairs = self.env["funnel.collision"].sudo().search([])
        pairs = pairs.filtered(lambda pair: "same_tax_id" in pair.reasons)
        self.assertGreater(len(pairs), count)
        self.assertLessEqual(len(pairs), 20 * count)
        # Of a telephone they are nobody's own: none.
        new = self.as_user("res.partner").create(self.rows(phone=PHONE))
        self.assertFalse(self.pairs(*new))


@tagged("post_install", "-at_install")
class TestCustomerCollisionManyWritten(NewsCommon):
    def test_many_written_at_once(self):
        mine = self.env["res.partner"].create(
            [{"name": f"Own {n}", "user_id": self.salesperson.id} for n in range(22)]
        )
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            mine.with_user(self.salesperson).write({"phone": PHONE})
