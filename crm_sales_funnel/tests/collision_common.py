from odoo import Command

from .contact_common import ContactCommon

XINHANG = "深圳市新航科技有限公司"
HONGDE = "宁波鸿德精密工业有限公司"


class CollisionCommon(ContactCommon):
    """Customers of a salesperson and his colleague, a lead that he may not read, and a
    customer of a company that he is not in.

    The colleague has another team; ``other_company`` is hers as well.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Numbers without a country are of that of the first company, if of no other.
        first = cls.env["res.company"].search([], order="id", limit=1)
        (first | cls.company).country_id = cls.env.ref("base.cn")
        cls.other_company = cls.env["res.company"].create({"name": "Other Trading"})
        cls.mate = cls.new_role_user(
            "funnel_mate",
            "salesperson",
            company_ids=[Command.set((cls.company | cls.other_company).ids)],
        )
        partners = cls.env["res.partner"]
        cls.xinhang = partners.create(
            {
                "name": XINHANG,
                "is_company": True,
                "user_id": cls.mate.id,
                "phone": "0755 8321 6688",
                "email": "sales@xinhang.example",
                "vat": "91440300MA5EXAMPL1",
                "country_id": cls.env.ref("base.cn").id,
            }
        )
        cls.foreign = partners.create(
            {
                "name": HONGDE,
                "is_company": True,
                "user_id": cls.mate.id,
                "company_id": cls.other_company.id,
                "phone": "+86 138 0013 8000",
            }
        )
        cls.lead = cls.env["crm.lead"].create(
            {
                "name": "500 boxes of bolts, price 12.50",
                "partner_name": "东莞市立腾五金制品有限公司",
                "contact_name": "赵敏",
                "phone": "13912345678",
                "email_from": "zhao@liteng.example",
                "user_id": cls.mate.id,
                "company_id": cls.company.id,
                "type": "lead",
            }
        )

    def find(self, user=None, limit=5, **values):
        """Return what a user, the salesperson by default, is told of what he enters."""
        self.env.invalidate_all()
        user = user or self.salesperson
        partners = self.env["res.partner"].with_user(user)
        partners = partners.with_context(allowed_company_ids=user.company_ids.ids)
        return partners.funnel_find_similar(values, limit)

    def find_one(self, user=None, **values):
        found = self.find(user, **values)
        self.assertEqual(len(found), 1, found)
        return found[0]

    def as_user(self, model, user=None):
        user = user or self.salesperson
        return (
            self.env[model]
            .with_user(user)
            .with_context(allowed_company_ids=user.company_ids.ids)
        )

    def pairs(self, *records):
        """Return the pairs that one of the records is in."""
        pairs = self.env["funnel.collision"].sudo().search([])
        return pairs.filtered(
            lambda pair: any(side in pair._get_records() for side in records)
        )
