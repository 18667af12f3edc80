from unittest.mock import patch

from odoo.tests import tagged

from ..models.customer import funnel_collision_sign
from .collision_common import XINHANG, CollisionCommon

VAT = "91440300MA5EXAMPL1"


@tagged("post_install", "-at_install")
class TestCustomerCollisionSigns(CollisionCommon):
    """What counts as the same phone, tax ID and name."""

    def new(self, name="X", **values):
        return self.env["res.partner"].create(
            {"name": name, "is_company": True, **values}
        )

    def values_of(self, record, kind):
        self.env.invalidate_all()
        column = "partner_id" if record._name == "res.partner" else "lead_id"
        signs = self.env["funnel.collision.sign"].search(
            [(column, "=", record.id), ("kind", "=", kind)], order="number"
        )
        self.assertEqual(signs.mapped("number"), list(range(len(signs))))
        return signs.mapped("value")

    # ------------------------------------------------------------------
    # Phones
    # ------------------------------------------------------------------

    def test_each_number_of_a_field_counts(self):
        for phone in (
            "13911112222 / 0755-83216688",
            "0755-83216688 / 13911112222",
            "13911112222 0755-83216688",
            "86 755 8321 6688",
            "xx 0755-83216688",
            "Fax 0755-83216688 x 12",
        ):
            with self.subTest(phone):
                found = self.find_one(name="X", phone=phone)
                self.assertEqual(found["id"], self.xinhang.id)
                self.assertEqual(found["reasons"], ["same_phone"])
                new = self.new(phone=phone)
                self.assertEqual(self.pairs(new).reason, "same_phone")
                self.assertEqual(self.find(id=new.id, name="X", phone=phone), [found])
                new.unlink()

    def test_numbers_follow_their_field(self):
        new = self.new(phone="13911112222、13911113333、13911114444、13911115555")
        self.assertEqual(
            self.values_of(new, "phone"),
            ["8613911112222", "8613911113333", "8613911114444", "8613911115555"],
        )
        new.phone = "13911113333"
        self.assertEqual(self.values_of(new, "phone"), ["8613911113333"])
        self.assertTrue(self.find(name="Y", phone="13911113333"))
        self.assertFalse(self.find(name="Y", phone="13911112222"))
        new.phone = "13911116666 / 13911112222"
        self.assertEqual(
            self.values_of(new, "phone"), ["8613911116666", "8613911112222"]
        )
        new.phone = "none"
        self.assertEqual(self.values_of(new, "phone"), [""])
        new.phone = False
        self.assertEqual(self.values_of(new, "phone"), [])

    def test_as_many_numbers_as_are_read(self):
        text = ",".join(str(5123457 + index * 7919) for index in range(25))
        self.assertLessEqual(len(text), 200)
        self.assertEqual(len(self.values_of(self.new(phone=text), "phone")), 25)

    def test_what_anybody_writes_is_nobodys_phone(self):
        self.company.is_identity_refused = True
        for phone in ("0000000", "11111111", "12345678", "87654321", "123 456", "-"):
            with self.subTest(phone):
                partners = self.as_user("res.partner")
                one, other = (
                    partners.create({"name": name, "phone": phone})
                    for name in ("Quirinus", "Oberholz")
                )
                self.assertFalse(self.pairs(one.sudo(), other.sudo()))
                (one | other).sudo().unlink()

    def test_a_calling_code_that_ends_in_nothing(self):
        """Of Turkey, +90: with and without it a number is the same."""
        turkey = self.env.ref("base.tr").id
        new = self.new(phone="0212 555 01 01", country_id=turkey)
        self.assertEqual(self.values_of(new, "phone"), ["902125550101"])

    # ------------------------------------------------------------------
    # Tax IDs
    # ------------------------------------------------------------------

    def test_a_chinese_code_is_the_same_in_any_country_and_width(self):
        hongkong = self.env.ref("base.hk").id
        for values in (
            {"vat": "９１４４０３００ＭＡ５ＥＸＡＭＰＬ１"},
            {"vat": VAT, "country_id": hongkong},
            {"vat": f"CN{VAT}", "country_id": hongkong},
            {"vat": VAT.lower()},
        ):
            with self.subTest(values):
                self.assertEqual(
                    self.find_one(name="X", **values)["reasons"], ["same_tax_id"]
                )
                new = self.new(**values)
                self.assertEqual(self.values_of(new, "tax"), [f"CN{VAT}"])
                self.assertEqual(self.pairs(new).reason, "same_tax_id")
                new.unlink()

    def test_what_anybody_writes_is_nobodys_tax_id(self):
        self.company.is_identity_refused = True
        for vat in (
            "000000",
            "NOTAXID",
            "无税号无税号",
            "个人个人个人",
            "1234",
            "99999999",
        ):
            with self.subTest(vat):
                partners = self.as_user("res.partner")
                one, other = (
                    partners.create({"name": name, "vat": vat})
                    for name in ("Quirinus", "Oberholz")
                )
                self.assertFalse(self.pairs(one.sudo(), other.sudo()))
                (one | other).sudo().unlink()

    # ------------------------------------------------------------------
    # Countries
    # ------------------------------------------------------------------

    def test_a_name_in_another_country_is_less_sure(self):
        countries = {code: self.env.ref(f"base.{code}").id for code in ("de", "fr")}
        german = self.new("Müller GmbH", country_id=countries["de"])
        french = self.new("Muller SARL", country_id=countries["fr"])
        self.assertFalse(self.pairs(german))
        values = {"is_company": True, "name": "Muller SARL"}
        for country, score in (("de", 0.97), ("fr", 0.82), (None, 0.97)):
            with self.subTest(country):
                found = self.find(country_id=countries.get(country), **values)
                [row] = [row for row in found if row["id"] == german.id]
                self.assertGreaterEqual(row["score"], min(score, 0.8))
                self.assertEqual(row["score"] < 0.85, country == "fr")
                self.assertEqual("other_place" in row["reasons"], country == "fr")
        french.country_id = False
        french.name = "Müller SARL"
        self.assertTrue(self.pairs(german).is_strong)
        french.country_id = countries["fr"]
        german.write({"phone": "+49 711 1234567"})
        french.write({"phone": "+49 711 1234567"})
        self.assertGreater(self.pairs(german).score, 0.97)

    def test_china_and_hong_kong_are_no_different_countries(self):
        new = self.new(XINHANG, country_id=self.env.ref("base.hk").id)
        self.assertEqual(self.pairs(new).score, 1.0)

    # ------------------------------------------------------------------
    # Other rules
    # ------------------------------------------------------------------

    def test_an_update_makes_signs_anew(self):
        """What was made by other rules is not trusted, whatever its source."""
        new = self.new(phone="13911112222 / 13911113333", vat=VAT)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE funnel_collision_sign SET value = 'OLD', rules = NULL"
            " WHERE partner_id = %s AND kind = 'tax'",
            [new.id],
        )
        self.env.cr.execute(
            "DELETE FROM funnel_collision_sign WHERE partner_id = %s AND number > 0",
            [new.id],
        )
        self.env.cr.execute(
            "UPDATE funnel_collision_sign SET rules = %s"
            " WHERE partner_id = %s AND kind = 'phone'",
            [funnel_collision_sign.RULES - 1, new.id],
        )
        job = self.env.ref(funnel_collision_sign.REPAIR)
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", job.id)])
        signs = self.env["funnel.collision.sign"]
        signs.init()
        soon = self.env["ir.cron.trigger"].search([("cron_id", "=", job.id)])
        self.assertEqual(len(soon - triggers), 1)
        crons = type(self.env["ir.cron"])
        with patch.object(crons, "_commit_progress", lambda *args, **kwargs: 60.0):
            signs._cron_repair()
        self.assertEqual(self.values_of(new, "tax"), [f"CN{VAT}"])
        self.assertEqual(
            self.values_of(new, "phone"), ["8613911112222", "8613911113333"]
        )
        signs.init()
        again = self.env["ir.cron.trigger"].search([("cron_id", "=", job.id)])
        self.assertEqual(again, soon)
