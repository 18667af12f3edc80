from odoo import Command
from odoo.service.model import call_kw
from odoo.tests import tagged

from .test_receivable_credit_returns import ReturnsCommon

ROLES = ("warehouse", "order_desk", "salesperson", "purchasing", "finance")
DONE = "is done. Make a return instead"


@tagged("post_install", "-at_install")
class TestReceivableCreditDone(ReturnsCommon):
    """What is done stays as it was done: ten bolts cost 113.00 and stay owed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stock, cls.outside = cls.picking.location_id, cls.picking.location_dest_id
        cls.vendors = cls.env.ref("stock.stock_location_suppliers")

    def assert_kept(self, records, *changes, roles=ROLES):
        """Check that none of these changes is made, whoever tries."""
        for values in changes:
            for role in roles:
                mine = records.with_user(self.users[role])
                with self.subTest(role, **values):
                    self.assert_refused(
                        lambda mine=mine, values=values: mine.write(values), DONE
                    )

    def receive(self, quantity):
        """Return a move of bolts that a vendor delivered."""
        move = self.env["stock.move"].create(
            {
                "product_id": self.bolt.id,
                "product_uom_qty": quantity,
                "location_id": self.vendors.id,
                "location_dest_id": self.stock.id,
                "company_id": self.company.id,
            }
        )
        move._action_confirm()
        move.write({"quantity": quantity, "picked": True})
        move._action_done()
        return move

    def buy(self, quantity):
        """Return the receipt of bolts that are bought of the customer."""
        order = self.env["purchase.order"].create(
            {
                "partner_id": self.partner.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.bolt.id,
                            "product_qty": quantity,
                            "price_unit": 4,
                        }
                    )
                ],
            }
        )
        order.button_confirm()
        return order.picking_ids

    # ------------------------------------------------------------------
    # What nobody changes
    # ------------------------------------------------------------------

    def test_where_it_went(self):
        self.deliver(self.picking, 10)
        for record in (self.picking, self.picking.move_ids):
            self.assert_kept(
                record,
                {"location_dest_id": self.stock.id},
                {"location_id": self.outside.id},
            )
        self.assert_used(113, 0)

    def test_whose_it_is(self):
        self.deliver(self.picking, 10)
        reference = self.env["stock.reference"].create({"name": "Other"})
        bought = self.buy(1).move_ids.purchase_line_id
        self.assert_kept(
            self.picking.move_ids,
            {"partner_id": self.other.id},
            {"partner_id": False},
            {"picking_id": False},
            {"picking_id": self.elsewhere.picking_ids.id},
            {"sale_line_id": False},
            {"sale_line_id": self.elsewhere.order_line.id},
            {"purchase_line_id": bought.id},
            {"reference_ids": [Command.clear()]},
            {"reference_ids": [Command.link(reference.id)]},
            {"reference_ids": [Command.create({"name": "New"})]},
            roles=("warehouse", "order_desk"),
        )
        self.assert_kept(
            self.picking,
            {"partner_id": self.other.id},
            {"partner_id": False},
            {"sale_id": False},
            {"sale_id": self.elsewhere.id},
        )
        self.assert_used(113, 0)

    def test_its_lines_stay_in_its_transfer(self):
        self.deliver(self.picking, 10)
        line = self.picking.move_line_ids
        self.assert_kept(
            line,
            {"picking_id": False},
            {"picking_id": self.elsewhere.picking_ids.id},
            {"move_id": self.elsewhere.picking_ids.move_ids.id},
            roles=("warehouse", "order_desk"),
        )
        self.assert_kept(
            self.picking,
            {"move_line_ids": [Command.unlink(line.id)]},
            {"move_line_ids": [Command.clear()]},
            roles=("warehouse", "order_desk"),
        )
        self.assert_kept(
            self.elsewhere.picking_ids,
            {"move_line_ids": [Command.link(line.id)]},
            roles=("warehouse", "order_desk"),
        )
        same = {"picking_id": self.picking.id, "move_id": line.move_id.id}
        line.with_user(self.desk).write(same)
        self.assertEqual(self.picking.move_line_ids, line)

    def test_what_it_is(self):
        self.deliver(self.picking, 10)
        dozen = self.env.ref("uom.product_uom_dozen")
        second = self.env["res.company"].create({"name": "Second Ltd"})
        changes = (
            {"product_id": self.nut.id},
            {"product_uom": dozen.id},
            {"company_id": second.id},
            {"state": "cancel"},
            {"to_refund": not self.picking.move_ids.to_refund},
        )
        move = self.picking.move_ids.with_context(skip_uom_conversion=True)
        self.assert_kept(move, *changes, roles=("warehouse", "order_desk"))
        self.assert_used(113, 0)

    def test_whether_it_counts_as_brought_back(self):
        """Three come back at no cost and are sent again."""
        self.deliver(self.picking, 10)
        back = self.deliver(self.plan_return(self.picking, 3, to_refund=False), 3)
        self.assert_kept(
            back.move_ids,
            {"to_refund": True},
            {"origin_returned_move_id": False},
            {"origin_returned_move_id": self.elsewhere.picking_ids.move_ids.id},
            {"location_dest_id": self.outside.id},
        )
        self.deliver(self.plan_return(back, 3, to_refund=False), 3)
        self.assert_kept(back.move_ids, {"to_refund": True})
        self.assert_used(113, 0)

    def test_what_was_delivered_for_nobody_is_not_given_to_who_is_on_hold(self):
        self.hold()
        line = self.picking.sale_id.order_line
        for partner in (self.env["res.partner"], self.other):
            plain = self.plain(5)
            plain.partner_id = partner
            self.by_warehouse(plain)._action_done()
            self.assert_kept(
                plain.move_ids,
                {"sale_line_id": line.id},
                {"partner_id": self.partner.id},
                roles=("warehouse", "order_desk"),
            )
            self.assert_kept(
                plain,
                {"partner_id": self.partner.id},
                {"sale_id": line.order_id.id},
                roles=("warehouse", "order_desk"),
            )
            link = {"move_ids": [Command.link(plain.move_ids.id)]}
            self.assert_refused(
                lambda link=link: line.with_user(self.desk).write(link), DONE
            )
        self.assert_used(0, 113)

    def test_what_a_vendor_delivered_came_not_back(self):
        self.deliver(self.picking, 10)
        line = self.picking.sale_id.order_line
        self.assert_kept(
            self.receive(500),
            {"sale_line_id": line.id, "to_refund": True},
            {"sale_line_id": line.id},
            {"location_id": self.outside.id},
        )
        self.assert_used(113, 0)

    def test_the_same_is_no_change(self):
        self.deliver(self.picking, 10)
        shop = self.env["res.partner"].create(
            {"name": "Shop", "parent_id": self.partner.id}
        )
        move = self.picking.move_ids
        for role in ("warehouse", "order_desk"):
            user = self.users[role]
            move.with_user(user).write(
                {
                    "state": "done",
                    "location_id": self.stock.id,
                    "location_dest_id": self.outside.id,
                    "product_id": self.bolt.id,
                    "sale_line_id": move.sale_line_id.id,
                    "purchase_line_id": False,
                    "origin_returned_move_id": False,
                    "to_refund": move.to_refund,
                    "picking_id": self.picking.id,
                    "partner_id": move.partner_id.id,
                    "reference_ids": [Command.set(move.reference_ids.ids)],
                    "company_id": self.company.id,
                }
            )
            self.picking.with_user(user).write(
                {
                    "location_id": self.stock.id,
                    "location_dest_id": self.outside.id,
                    "partner_id": shop.id,
                    "sale_id": self.picking.sale_id.id,
                    "note": "Left at the gate",
                }
            )
        self.assertEqual(move.partner_id, shop)
        self.assert_used(113, 0)

    def test_the_context_of_a_client_lets_nothing_through(self):
        self.deliver(self.picking, 10)
        move = self.picking.move_ids.with_context(funnel_credit_asked=[True])
        self.assert_kept(move, {"location_dest_id": self.stock.id})

    # ------------------------------------------------------------------
    # Less than nothing
    # ------------------------------------------------------------------

    def test_less_than_nothing_is_not_moved(self):
        moves = self.picking.move_ids
        for state in ("assigned", "done"):
            for role in ROLES:
                mine = moves.with_user(self.users[role])
                picking = self.picking.with_user(self.users[role])
                update = [[1, moves.id, {"quantity": -7}]]
                for work in (
                    lambda mine=mine: mine.write({"quantity": -1000}),
                    lambda mine=mine: call_kw(
                        mine.browse(), "write", [mine.ids, {"quantity": "-5"}], {}
                    ),
                    lambda picking=picking, update=update: call_kw(
                        picking.browse(),
                        "web_save",
                        [picking.ids, {"move_ids": update}],
                        {"specification": {}},
                    ),
                ):
                    with self.subTest(state, role=role):
                        self.assert_refused(work, "below zero|[Nn]egative")
            if state == "assigned":
                self.deliver(self.picking, 10)
        self.assert_used(113, 0)

    def test_less_than_nothing_is_not_made(self):
        move = {
            "product_id": self.bolt.id,
            "product_uom_qty": 0,
            "picked": True,
            "location_id": self.stock.id,
            "location_dest_id": self.outside.id,
            "sale_line_id": self.picking.sale_id.order_line.id,
            "company_id": self.company.id,
        }
        moves = self.by_warehouse(self.env["stock.move"])
        for state in ("draft", "done"):
            self.assert_refused(
                lambda state=state: moves.create(
                    {**move, "state": state, "quantity": -100}
                ),
                "below zero",
            )
            self.assert_refused(
                lambda state=state: moves.with_context(default_quantity=-100).create(
                    {**move, "state": state}
                ),
                "below zero",
            )
        self.assert_used(0, 113)

    # ------------------------------------------------------------------
    # What goes on as Odoo has it
    # ------------------------------------------------------------------

    def go(self, picking, quantity, user):
        """Do a transfer as somebody, in the steps of the form."""
        mine = picking.with_user(user)
        mine.move_ids.write({"quantity": quantity, "picked": True})
        mine.with_context(skip_backorder=True).button_validate()
        self.assertEqual(picking.state, "done")
        return picking

    def plan_back(self, picking, quantity, user, method="action_create_returns"):
        dialog = (
            self.env["stock.return.picking"]
            .with_user(user)
            .with_context(active_id=picking.id, active_model="stock.picking")
            .create({"picking_id": picking.id})
        )
        dialog.product_return_moves.write({"quantity": quantity})
        return self.env["stock.picking"].browse(getattr(dialog, method)()["res_id"])

    def test_deliveries_and_returns_go_on(self):
        """Ten: four and six; two come back, of which one is sent again."""
        order = self.picking.sale_id
        for role in ("warehouse", "order_desk"):
            user = self.users[role]
            first = self.quoted(10)
            first.with_user(user).action_put_in_pack()
            self.go(first, 4, user)
            rest = first.backorder_ids
            self.go(rest, 6, user)
            line = first.sale_id.order_line
            self.assertEqual(line.qty_delivered, 10)
            back = self.go(self.plan_back(first, 2, user), 2, user)
            self.assertEqual(line.qty_delivered, 8)
            self.go(self.plan_back(back, 1, user), 1, user)
            self.assertEqual(line.qty_delivered, 9)
            before = first.sale_id.picking_ids
            self.plan_back(first, 1, user, "action_create_exchanges")
            for exchanged in (first.sale_id.picking_ids - before).sorted("slip_kind"):
                self.go(exchanged, 1, user)
            self.assertEqual(line.qty_delivered, 9)
        self.assertEqual(order.order_line.qty_delivered, 0)

    def test_what_left_is_corrected(self):
        self.deliver(self.picking, 4)
        self.picking.with_user(self.desk).action_toggle_is_locked()
        line, moves = self.picking.sale_id.order_line, self.picking.move_ids
        for role, quantity in (("warehouse", 3), ("order_desk", 5)):
            move = moves.with_user(self.users[role])
            move.write({"quantity": quantity})
            self.assertEqual(line.qty_delivered, quantity)
            first = move.move_line_ids[0]
            first.write({"quantity": first.quantity - 1})
            self.assertEqual(line.qty_delivered, quantity - 1)
            added = self.add(self.picking.with_user(self.users[role]), 1)
            self.assertEqual(added.state, "done")
            self.assertEqual(added.reference_ids, moves.reference_ids)

    def test_receipts_and_returns_to_vendors_go_on(self):
        for role in ("warehouse", "purchasing"):
            user = self.users[role]
            receipt = self.go(self.buy(5), 4, user)
            line = receipt.move_ids.purchase_line_id
            self.go(receipt.backorder_ids, 1, user)
            back = self.go(self.plan_back(receipt, 2, user), 2, user)
            self.go(self.plan_back(back, 1, user), 1, user)
            self.assertEqual(line.qty_received, 4)
            receipt.with_user(user).action_toggle_is_locked()
            receipt.move_ids.with_user(user).write({"quantity": 3})
            self.assertEqual(line.qty_received, 3)

    def test_what_was_received_beyond_a_purchase_is_added_to_it(self):
        """When somebody orders it afterwards, Odoo links it."""
        buyer = self.users["purchasing"]
        receipt = self.go(self.buy(5), 5, buyer)
        receipt.action_toggle_is_locked()
        nut = self.add(receipt.with_user(buyer), 2, product_id=self.nut.id)
        order = receipt.purchase_id.with_user(buyer)
        order.order_line = [
            Command.create(
                {"product_id": self.nut.id, "product_qty": 2, "price_unit": 1}
            )
        ]
        self.assertEqual(nut.purchase_line_id, order.order_line[1])
        other = self.buy(1).move_ids.purchase_line_id
        self.assert_kept(self.add(receipt, 1), {"purchase_line_id": other.id})

    def test_goods_that_stay_in_the_house_go_on(self):
        user = self.users["warehouse"]
        type_ = self.picking.picking_type_id.warehouse_id.int_type_id
        shelf = self.env["stock.location"].create(
            {"name": "Shelf", "location_id": self.stock.id}
        )
        type_.active = True
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": type_.id,
                "location_id": self.stock.id,
                "location_dest_id": shelf.id,
            }
        )
        self.add(picking, 3)
        picking.action_confirm()
        self.go(picking, 3, user)
        self.deliver(self.picking, 10)
        scraps = self.env["stock.scrap"].with_user(user)
        for values in ({"picking_id": picking.id}, {}):
            scrap = scraps.create(
                {"product_id": self.bolt.id, "scrap_qty": 1, **values}
            )
            scrap.action_validate()
            self.assertEqual(scrap.state, "done")

    def test_what_was_received_is_meant_for_a_delivery(self):
        """And is not any more."""
        self.bolt.is_storable = True
        user = self.users["warehouse"]
        receipt = self.env["stock.picking"].create(
            {
                "picking_type_id": self.buy(1).picking_type_id.id,
                "location_id": self.vendors.id,
                "location_dest_id": self.stock.id,
            }
        )
        self.add(receipt, 10)
        self.go(receipt, 10, user)
        wanted = self.picking.move_ids
        report = self.env["report.stock.report_reception"].with_user(user)
        report.action_assign(wanted.ids, [10], [receipt.move_ids.ids])
        self.assertEqual(receipt.move_ids.reference_ids, wanted.reference_ids)
        report.action_unassign(wanted.id, 10, receipt.move_ids.ids)
        self.assertFalse(receipt.move_ids.reference_ids)

    def test_an_invoice_is_made_of_what_is_done(self):
        self.deliver(self.picking, 10)
        order = self.picking.sale_id.with_user(self.desk)
        invoice = order.sudo()._create_invoices()
        invoice.with_user(self.users["finance"]).action_post()
        self.assertEqual(invoice.amount_total, 113)

    def test_a_product_is_given_another_unit(self):
        self.deliver(self.picking, 10)
        dozen = self.env.ref("uom.product_uom_dozen")
        manager = self.new_role_user("funnel_products", "manager", "purchasing")
        manager.group_ids |= self.env.ref("product.group_product_manager")
        self.bolt.with_user(manager).product_tmpl_id.uom_id = dozen
        self.assertEqual(self.picking.move_ids.product_uom, dozen)
