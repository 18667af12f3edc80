from odoo import Command
from odoo.tests import tagged

from ..models.printing.stock_picking_slip import NUMBERED
from .common import MODULE
from .printing_common import PrintingCommon
from .test_printing_core_reports import text_of


@tagged("post_install", "-at_install")
class TestPrintingKept(PrintingCommon):
    """Files that are kept as attachments: given again only as what they were printed of."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.picking = cls.new_delivery([(cls.bolt, 7, {})])
        cls.plain = cls.env.ref(f"{MODULE}.report_slip_a4")
        # The name that comes to mind first is the same for both.
        (cls.report | cls.plain).write(
            {"attachment": "object.name + '.pdf'", "attachment_use": True}
        )

    def print_text(self, report, user, **context):
        reports = self.env["ir.actions.report"].with_user(self.users[user])
        reports = reports.with_context(force_report_rendering=True, **context)
        return text_of(reports._render_qweb_pdf(report.id, self.picking.ids)[0])

    def kept(self):
        return self.env["ir.attachment"].search(
            [("res_model", "=", "stock.picking"), ("res_id", "=", self.picking.id)]
        )

    def test_what_was_empty_is_printed_anew(self):
        moves = self.picking.move_ids
        moves.write({"product_uom_qty": 0, "state": "draft"})
        moves.unlink()
        self.assertNotIn("Bolt", self.print_text(self.plain, "order_desk"))
        self.picking.move_ids = [
            Command.create(
                {
                    "product_id": self.bolt.id,
                    "product_uom_qty": 9,
                    "location_id": self.picking.location_id.id,
                    "location_dest_id": self.picking.location_dest_id.id,
                }
            )
        ]
        for _again in range(2):
            text = self.print_text(self.plain, "order_desk")
            self.assertIn("Bolt", text)
            self.assertIn(self.picking.slip_number, text)

    def test_a_transfer_inside_the_company(self):
        """It has no number, by which it could be seen that it was changed."""
        self.picking.picking_type_id = (
            self.picking.picking_type_id.warehouse_id.int_type_id
        )
        self.picking.location_dest_id = self.picking.location_id.copy()
        self.assertNotIn(self.picking.slip_kind, NUMBERED)
        self.assertIn("7.00", self.print_text(self.plain, "order_desk"))
        self.picking.move_ids.product_uom_qty = 4
        self.assertIn("4.00", self.print_text(self.plain, "order_desk"))

    def test_a_customer_that_moved(self):
        self.print_text(self.plain, "order_desk")
        self.picking.partner_id.street = "Elsewhere 9"
        self.assertIn("Elsewhere 9", self.print_text(self.plain, "order_desk"))

    def test_reports_of_one_name(self):
        self.assertIn("36.50", self.print_text(self.report, "order_desk"))
        for user in ("warehouse", "purchasing", "salesperson", "order_desk"):
            self.assertNotIn("36.50", self.print_text(self.plain, user), user)
        self.assertIn("36.50", self.print_text(self.report, "finance"))

    def test_the_plain_one_first(self):
        self.assertNotIn("36.50", self.print_text(self.plain, "warehouse"))
        self.assertIn("36.50", self.print_text(self.report, "order_desk"))

    def test_a_layout_that_had_prices(self):
        self.assertIn("36.50", self.print_text(self.report, "order_desk"))
        columns = self.with_prices._get_columns()
        self.with_prices.column_ids.filtered(
            lambda column: columns[column.field_key].price
        ).unlink()
        self.with_prices.block_ids.filtered(lambda block: block._has_price()).unlink()
        self.assertNotIn("36.50", self.print_text(self.report, "warehouse"))

    def test_a_rule_that_was(self):
        rule = self.env["funnel.print.rule"].create(
            {
                "report_id": self.plain.id,
                "layout_id": self.with_prices.id,
                "partner_id": self.customer.id,
            }
        )
        self.assertIn("36.50", self.print_text(self.plain, "order_desk"))
        rule.unlink()
        self.assertNotIn("36.50", self.print_text(self.plain, "warehouse"))

    def test_core_slips_of_layouts_that_were(self):
        core = self.env.ref("stock.action_report_delivery")
        core.write({"attachment": "object.name + '.pdf'", "attachment_use": True})
        self.company.print_core_reports = True
        self.assertIn("36.50", self.print_text(core, "order_desk"))
        self.assertTrue(core.retrieve_attachment(self.picking))
        self.company.print_core_reports = False
        self.assertFalse(core.retrieve_attachment(self.picking))

    def test_the_portal_is_given_no_debts(self):
        self.assertIn("Balance", self.print_text(self.report, "order_desk"))
        portal = self.env["res.users"].create(
            {
                "name": "Portal",
                "login": "kept_portal",
                "partner_id": self.customer.id,
                "group_ids": [(6, 0, self.env.ref("base.group_portal").ids)],
            }
        )
        reports = self.env["ir.actions.report"].with_user(portal).sudo()
        reports = reports.with_context(force_report_rendering=True)
        pdf = reports._render_qweb_pdf(self.plain.id, self.picking.ids)[0]
        self.assertNotIn("Balance", text_of(pdf))
        self.assertNotIn("36.50", text_of(pdf))

    def test_it_bears_the_number_that_holds(self):
        first = self.print_text(self.report, "order_desk")
        number = self.picking.slip_number
        self.assertIn(number, first)
        self.picking._get_valid_slips()[self.picking]._void("Torn")
        second = self.print_text(self.report, "order_desk")
        self.assertNotEqual(self.picking.slip_number, number)
        self.assertIn(self.picking.slip_number, second)

    def test_it_says_what_is_delivered(self):
        self.print_text(self.report, "order_desk")
        self.picking.move_ids.write({"product_uom_qty": 3, "quantity": 3})
        text = self.print_text(self.report, "order_desk")
        self.assertEqual(self.picking._get_valid_slips()[self.picking].version, 2)
        self.assertIn("Version 2", text)
        self.assertNotIn("255.49", text)
        count = len(self.kept())
        self.assertEqual(self.print_text(self.report, "order_desk"), text)
        self.assertEqual(len(self.kept()), count)
