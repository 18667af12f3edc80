from lxml import etree

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged

from .printing_common import PrintingCommon


@tagged("post_install", "-at_install")
class TestOrderCustomerProductCompany(PrintingCommon):
    """Whose item codes are, where customers or products belong to one company."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.items = cls.env["funnel.customer.product"]
        cls.other = cls.env["res.company"].create({"name": "Elsewhere"})
        cls.branch = cls.env["res.company"].create(
            {"name": "Branch", "parent_id": cls.company.id}
        )

    def new_item(self, user=None, **values):
        return self.items.with_user(user or self.env.user).create(
            {
                "partner_id": self.customer.id,
                "product_id": self.bolt.id,
                "code": "7",
                **values,
            }
        )

    def test_a_code_belongs_where_its_customer_and_its_product_do(self):
        none, own = self.company.browse(), self.company
        for role in ("salesperson", "order_desk", "manager"):
            for whose in ((own, none), (none, own), (own, own), (none, none)):
                self.customer.company_id, self.bolt.company_id = whose
                with self.subTest(role=role, whose=whose):
                    item = self.new_item(self.users[role])
                    self.assertEqual(item.company_id, whose[0] or whose[1])
                    item.unlink()

    def test_it_is_filled_in_while_it_is_typed(self):
        self.bolt.company_id = self.company
        items = self.items.with_user(self.users["order_desk"])
        with Form(items, "crm_sales_funnel.funnel_customer_product_view_list") as form:
            form.partner_id = self.customer
            form.product_id = self.bolt
            form.code = "7"
        self.assertEqual(form.record.company_id, self.company)

    def test_another_product_brings_its_company(self):
        item = self.new_item()
        self.nut.company_id = self.company
        item.product_id = self.nut
        self.assertEqual(item.company_id, self.company)
        self.bolt.company_id = self.other
        item.product_id = self.bolt
        self.assertEqual(item.company_id, self.other)

    def test_a_chosen_company_stays(self):
        item = self.new_item(company_id=self.company.id)
        item.product_id = self.nut
        self.assertEqual(item.company_id, self.company)
        self.nut.company_id = self.company
        item = self.new_item(product_id=self.nut.id, company_id=self.branch.id)
        self.assertEqual(item.company_id, self.branch)

    def test_customer_and_product_of_different_companies(self):
        self.customer.company_id = self.company
        self.bolt.company_id = self.other
        with self.assertRaisesRegex(ValidationError, "Bolt.*Elsewhere.*Nordwind"):
            self.new_item()
        item = self.new_item(product_id=self.nut.id)
        with self.assertRaisesRegex(ValidationError, "Bolt.*Elsewhere.*Nordwind"):
            item.product_id = self.bolt

    def test_customer_of_a_branch_and_product_of_its_company(self):
        self.customer.company_id = self.branch
        self.bolt.company_id = self.company
        self.assertEqual(self.new_item().company_id, self.branch)

    def test_branches_know_the_codes_of_their_company(self):
        self.bolt.company_id = self.company
        desk = self.users["order_desk"]
        desk.write(
            {
                "company_ids": [Command.set(self.branch.ids)],
                "company_id": self.branch.id,
            }
        )
        item = self.new_item()
        self.assertEqual(item.company_id, self.company)
        item.with_user(desk).code = "8"
        found = self.items._find(self.customer, self.bolt, self.branch)
        self.assertEqual(found[self.customer.id, self.bolt.id], item)
        own = self.new_item(company_id=self.branch.id)
        found = self.items._find(self.customer, self.bolt, self.branch)
        self.assertEqual(found[self.customer.id, self.bolt.id], own)

    def test_an_order_knows_the_codes_of_its_company(self):
        self.new_item(product_id=self.nut.id, code="K1", company_id=self.company.id)
        self.new_item(code="K1", company_id=self.other.id)
        desk = self.users["order_desk"]
        desk.company_ids |= self.other | self.branch
        products = self.env["product.product"].with_user(desk)
        products = products.with_context(
            partner_id=self.customer.id,
            allowed_company_ids=(self.other | self.company | self.branch).ids,
        )

        def found(company):
            told = products.with_context(company_id=company.id)
            return [id_ for id_, _name in told.name_search("K1")]

        self.assertEqual(found(self.company), self.nut.ids)
        self.assertEqual(found(self.branch), self.nut.ids)
        self.assertEqual(found(self.other), self.bolt.ids)
        # Where the company is not told, those of all in which the user works.
        none = self.company.browse()
        self.assertEqual(set(found(none)), {self.bolt.id, self.nut.id})

    def test_orders_tell_their_company(self):
        orders = self.env["sale.order"].with_user(self.users["order_desk"])
        arch = etree.fromstring(orders.get_view(view_type="form")["arch"])
        # Also for those who work in one company, and see none.
        self.assertTrue(arch.xpath("//field[@name='company_id']"))
        nodes = arch.xpath(
            "//field[@name='order_line']//field[@name='product_id' or"
            " @name='product_template_id'][contains(@context, 'partner_id')]"
        )
        self.assertEqual(len(nodes), 3)
        for node in nodes:
            self.assertIn("'company_id': parent.company_id", node.get("context"))

    def test_a_product_that_was_given_to_another_company(self):
        item = self.new_item()
        self.bolt.product_tmpl_id.company_id = self.other
        items = self.items.with_user(self.users["order_desk"])
        self.assertFalse(self.bolt.with_user(items.env.user).has_access("read"))
        product = {"id": self.bolt.id, "display_name": "[A-1] Bolt"}
        for name, spec, told in (
            ("display_name", {}, "7 Bolt"),
            ("product_id", {"fields": {"display_name": {}}}, product),
        ):
            self.env.flush_all()
            self.env.invalidate_all()
            found = items.web_search_read([("id", "=", item.id)], {name: spec})
            self.assertEqual(found["records"], [{"id": item.id, name: told}])

    def test_file_to_import(self):
        self.bolt.company_id = self.company
        items = self.items.with_user(self.users["order_desk"])
        result = items.load(
            ["partner_id/.id", "product_id/.id", "code"],
            [[str(self.customer.id), str(self.bolt.id), "7"]],
        )
        self.assertTrue(result["ids"], result["messages"])
        self.assertEqual(items.browse(result["ids"]).company_id, self.company)
