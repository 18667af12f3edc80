from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged, users
from odoo.tools import mute_logger

from .common import ROLES
from .printing_common import PrintingCommon


@tagged("post_install", "-at_install")
class TestOrderCustomerProduct(PrintingCommon):
    """What a customer calls a product: typed, found, printed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.items = cls.env["funnel.customer.product"]
        cls.item = cls.items.create(
            {
                "partner_id": cls.customer.id,
                "product_id": cls.bolt.id,
                "code": "10-4432",
                "name": "六角螺丝",
                "specification": "M8x30 zinc",
            }
        )
        cls.person = cls.env["res.partner"].create(
            {"name": "Ms Buyer", "parent_id": cls.customer.id, "type": "contact"}
        )

    def found(self, name, partner=None, model="product.product", **kwargs):
        products = self.env[model].with_context(
            partner_id=(partner or self.customer).id
        )
        return [
            product_id for product_id, _name in products.name_search(name, **kwargs)
        ]

    def test_a_code_belongs_to_the_company_of_a_contact(self):
        item = self.items.create(
            {"partner_id": self.person.id, "product_id": self.nut.id, "code": "x"}
        )
        self.assertEqual(item.partner_id, self.customer)
        self.assertEqual(self.item.product_tmpl_id, self.bolt.product_tmpl_id)
        self.assertEqual(self.bolt.product_tmpl_id.customer_product_ids, self.item)
        self.assertEqual(self.customer.customer_product_ids, self.item + item)

    @mute_logger("odoo.sql_db")
    def test_one_for_each_customer_product_and_company(self):
        same = {"partner_id": self.customer.id, "product_id": self.bolt.id, "code": "y"}
        self.items.create({**same, "company_id": self.company.id})
        with self.assertRaises(UniqueViolation), self.cr.savepoint():
            self.items.create(same)
        with self.assertRaises(UniqueViolation), self.cr.savepoint():
            self.items.create({**same, "company_id": self.company.id})

    def test_it_says_something(self):
        with self.assertRaises(ValidationError):
            self.items.create(
                {"partner_id": self.customer.id, "product_id": self.nut.id}
            )

    def test_the_code_finds_the_product_for_this_customer(self):
        for name in ("10-4432", "4432", "六角"):
            with self.subTest(name=name):
                self.assertIn(self.bolt.id, self.found(name))
                self.assertIn(self.bolt.id, self.found(name, self.person))
                self.assertIn(
                    self.bolt.product_tmpl_id.id,
                    self.found(name, model="product.template"),
                )
        other = self.env["res.partner"].create({"name": "Other"})
        self.assertNotIn(self.bolt.id, self.found("4432", other))
        self.assertFalse(self.env["product.product"].name_search("10-4432"))

    def test_other_ways_to_find_it_go_on(self):
        self.assertEqual(self.found("A-1")[0], self.bolt.id)
        self.assertIn(self.nut.id, self.found("Nut"))
        self.assertTrue(self.found(""))
        self.item.code = "A-2"  # the customer's code is our code of another product
        self.assertEqual(self.found("A-2"), [self.bolt.id, self.nut.id])
        self.assertEqual(self.found("A-2", limit=1), [self.bolt.id])
        self.assertNotIn(self.bolt.id, self.found("A-2", domain=[("name", "=", "Nut")]))
        self.item.active = False
        self.assertEqual(self.found("A-2"), [self.nut.id])

    # Printed

    def add_columns(self, layout):
        layout.write(
            {
                "column_ids": [
                    (0, 0, {"field_key": key, "title": key, "width": 9, "sequence": 99})
                    for key in ("customer_code", "customer_name")
                ]
            }
        )
        return layout

    def test_slips_and_orders_print_it(self):
        picking = self.new_delivery(
            [(self.bolt, 2, {}), (self.nut, 3, {})], partner=self.person
        )
        layout = self.add_columns(self.with_prices)
        layout.column_ids[1].width = 5
        self.assertEqual(
            "".join(self.line_texts(picking, "customer_code")).replace("\n", ""),
            "10-4432",
        )
        order_layout = self.add_columns(
            self.env.ref("crm_sales_funnel.funnel_print_layout_order_a4")
        )
        (pages,) = order_layout._paginate(picking.sale_id)
        texts = [t.replace("\n", "") for t in pages[0].texts("line", "customer_name")]
        self.assertEqual(texts, ["六角螺丝"])

    def test_the_code_of_the_company_comes_first(self):
        own = self.items.create(
            {
                "partner_id": self.customer.id,
                "product_id": self.bolt.id,
                "code": "own",
                "company_id": self.company.id,
            }
        )
        key = (self.customer.id, self.bolt.id)
        found = self.items._find(self.person, self.bolt, self.company)
        self.assertEqual(found[key], own)
        other = self.env["res.company"].create({"name": "Elsewhere"})
        found = self.items.sudo()._find(self.customer, self.bolt, other)
        self.assertEqual(found[key], self.item)

    def test_number_of_queries_does_not_grow(self):
        self.add_columns(self.with_prices)
        counts = []
        for count in (1, 8):
            pickings = self.env["stock.picking"].union(
                *(self.new_delivery() for _ in range(count))
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.with_prices._paginate(pickings)
            counts.append(self.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 2)

    # Rights

    def test_who_may_do_what(self):
        editors = {"salesperson", "team_leader", "manager", "order_desk"}
        for role in ROLES:
            items = self.items.with_user(self.users[role])
            self.assertTrue(items.has_access("read"), role)
            for operation in ("write", "create", "unlink"):
                with self.subTest(role=role, operation=operation):
                    self.assertEqual(items.has_access(operation), role in editors)
        plain = self.new_role_user("no_role")
        self.assertFalse(self.items.with_user(plain).has_access("read"))
        products = self.env["product.product"].with_user(plain)
        products = products.with_context(partner_id=self.customer.id)
        self.assertFalse(products.name_search("10-4432"))

    def test_codes_are_written_by_those_who_look_after_the_customer(self):
        colleague = self.new_role_user("colleague", "salesperson")
        boss = self.new_role_user("other_boss", "team_leader")
        for owner, writers in (
            (self.users["salesperson"], {"salesperson", "team_leader"}),
            (colleague, {"colleague"}),
            (
                self.env["res.users"],
                {"salesperson", "team_leader", "colleague", "boss"},
            ),
        ):
            self.customer.user_id = owner
            writers = writers | {"manager", "order_desk"}
            people = {**self.users, "colleague": colleague, "boss": boss}
            for name, user in people.items():
                item = self.item.with_user(user)
                with self.subTest(owner=owner.login, user=name):
                    self.assertTrue(item.has_access("read"))
                    for operation in ("write", "unlink"):
                        self.assertEqual(item.has_access(operation), name in writers)

    @users("funnel_salesperson")
    def test_codes_are_not_given_to_the_customers_of_others(self):
        colleague = self.new_role_user("colleague", "salesperson")
        other = self.env["res.partner"].sudo().create({"name": "Other"})
        other.user_id = colleague
        items = self.items.with_user(self.env.user)
        values = {"product_id": self.nut.id, "code": "x"}
        items.create({**values, "partner_id": self.customer.id})
        with self.assertRaises(AccessError):
            items.create({**values, "partner_id": other.id})
        with self.assertRaises(AccessError):
            self.item.with_user(self.env.user).partner_id = other

    def test_codes_are_read_as_their_customers_are(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        item = self.item.with_user(self.users["salesperson"])
        self.assertTrue(item.has_access("read"))
        self.customer.company_id = company
        self.assertFalse(self.customer.with_user(item.env.user).has_access("read"))
        self.assertFalse(item.has_access("read"))

    def test_codes_of_another_company_are_not_seen(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.item.company_id = company
        items = self.items.with_user(self.users["manager"])
        self.assertFalse(items.search([("code", "=", "10-4432")]))
        products = self.env["product.product"].with_user(self.users["manager"])
        products = products.with_context(partner_id=self.customer.id)
        self.assertFalse(products.name_search("10-4432"))

    @users("funnel_warehouse")
    def test_the_warehouse_prints_it(self):
        picking = self.new_delivery(partner=self.person)
        layout = self.add_columns(self.without_prices)
        texts = self.line_texts(
            picking, "customer_code", layout=layout, user=self.env.user
        )
        self.assertEqual("".join(texts).replace("\n", ""), "10-4432")

    def test_file_to_import(self):
        (template,) = self.items.get_import_templates()
        self.assertTrue(template["template"].endswith(".xlsx"))
        result = self.items.load(
            ["partner_id/.id", "product_id", "code"],
            [[str(self.customer.id), "[A-2] Nut", "77"]],
        )
        self.assertTrue(result["ids"], result["messages"])
        self.assertIn(self.nut.id, self.found("77"))
