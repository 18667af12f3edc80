from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged

from .common import MODULE
from .printing_common import PrintingCommon


class SlipNumberCommon(PrintingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.picking = cls.new_delivery()
        cls.warehouse = cls.picking.picking_type_id.warehouse_id
        cls.sequence = cls.env["funnel.print.sequence"].create(
            {
                "warehouse_id": cls.warehouse.id,
                "prefix": "D{yy}{month}-",
                "restart": "monthly",
            }
        )

    def print_slip(self, pickings, role="order_desk", layout=None, **options):
        """Print as Excel, which needs no other program, and return the slips."""
        user = self.users[role]
        layout = (layout or self.with_prices).with_user(user).sudo()
        layout._render(pickings.with_user(user), "xlsx", **options)
        self.env.invalidate_all()
        return pickings.slip_ids.filtered(lambda slip: slip.state == "valid")

    def header(self, picking, role="order_desk", prices=True):
        """Return what header and footer of the slip say."""
        records = picking.with_user(self.users[role])
        return records._print_documents(set(), prices)[0]["values"]

    def void(self, picking, role="order_desk", reason="Wrong customer"):
        dialog = self.env["funnel.print.void"].with_user(self.users[role])
        dialog.create({"picking_id": picking.id, "reason": reason}).action_void()
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestPrintingSlipNumber(SlipNumberCommon):
    @freeze_time("2026-03-09")
    def test_a_number_is_given_at_the_first_print_and_kept(self):
        self.sequence.number_next = 7
        self.assertFalse(self.picking.slip_number)
        slip = self.print_slip(self.picking)
        self.assertEqual(self.picking.slip_number, "D2603-0007")
        self.assertEqual(self.print_slip(self.picking), slip)
        self.assertRecordValues(
            slip, [{"number": "D2603-0007", "print_count": 2, "version": 1}]
        )
        self.assertEqual(self.sequence.number_next, 8)

    def test_a_slip_is_void_for_a_reason(self):
        slip = self.print_slip(self.picking)
        with self.assertRaisesRegex(UserError, "why"):
            self.void(self.picking, reason=" \t ")
        self.assertEqual(slip.state, "valid")
        self.void(self.picking, reason=" Wrong customer ")
        self.assertEqual(slip.void_reason, "Wrong customer")

    def test_previews_give_no_number(self):
        self.assertTrue(self.with_prices._paginate(self.picking))
        self.with_prices.preview_res_id = self.picking
        self.assertTrue(self.with_prices.preview)
        self.assertFalse(self.picking.slip_ids)

    def test_without_a_sequence_the_slip_bears_the_name_of_its_transfer(self):
        self.sequence.unlink()
        self.assertEqual(self.print_slip(self.picking).number, self.picking.name)
        self.void(self.picking)
        again = self.print_slip(self.picking)
        self.assertEqual(again.number, f"{self.picking.name}-2")

    def test_numbers_start_again(self):
        for restart, days in {
            "never": (("2026-01-30", 1), ("2026-02-01", 2), ("2027-01-01", 3)),
            "yearly": (("2026-01-30", 1), ("2026-12-31", 2), ("2027-01-01", 1)),
            "monthly": (("2026-01-30", 1), ("2026-01-31", 2), ("2026-02-01", 1)),
            "daily": (("2026-01-30", 1), ("2026-01-30", 2), ("2026-01-31", 1)),
        }.items():
            sequence = self.sequence.copy(
                {
                    "kind": "receipt",
                    "prefix": f"{restart}{{year}}{{month}}{{day}}-",
                    "restart": restart,
                    "last_date": "2025-12-31",
                }
            )
            for day, number in days:
                with freeze_time(day), self.subTest(restart=restart, day=day):
                    self.assertEqual(
                        sequence._take(1),
                        [f"{restart}{day.replace('-', '')}-{number:04}"],
                    )
            sequence.unlink()

    def test_the_date_in_numbers_never_goes_back(self):
        self.sequence.write({"number_next": 5, "last_date": "2026-04-01"})
        with freeze_time("2026-03-31"):
            self.assertEqual(self.sequence._take(1), ["D2604-0005"])

    def test_prefixes_that_would_give_a_number_twice(self):
        for values in (
            {"prefix": "D-"},
            {"prefix": "D{year}-"},
            {"prefix": "D{year}{week}-", "restart": "never"},
            {"prefix": "{0.__class__}", "restart": "never"},
        ):
            with self.subTest(**values), self.assertRaises(ValidationError):
                self.sequence.write(values)
        with self.assertRaises(ValidationError):
            self.sequence.copy({"kind": "return"})

        # What differs as a pattern may be printed as the same.
        year = fields.Date.context_today(self.sequence).strftime("%y")
        self.sequence.write({"restart": "never", "prefix": "D{yy}-"})
        with self.assertRaises(ValidationError):
            self.sequence.copy({"kind": "return", "prefix": f"D{year}-"})

    def test_a_counter_is_not_put_back(self):
        self.print_slip(self.picking | self.new_delivery())
        for values in ({"number_next": 1}, {"number_next": 2}):
            with (
                self.subTest(**values),
                self.assertRaisesRegex(ValidationError, "-0003 is free"),
            ):
                self.sequence.write(values)
        self.sequence.number_next = 3
        self.sequence.unlink()
        again = {"prefix": "D{yy}{month}-", "restart": "monthly"}
        with self.assertRaisesRegex(ValidationError, "-0003 is free"):
            self.sequence.create({"warehouse_id": self.warehouse.id, **again})

    def test_a_name_that_was_given_as_a_number(self):
        other = self.new_delivery()
        self.sequence.write(
            {
                "prefix": other.name[:-5],
                "restart": "never",
                "padding": 5,
                "number_next": int(other.name[-5:]),
            }
        )
        self.assertEqual(self.print_slip(self.picking).number, other.name)
        self.sequence.unlink()
        self.assertEqual(self.print_slip(other).number, f"{other.name}-2")

    def test_a_name_that_another_one_in_the_print_is_given(self):
        self.sequence.unlink()
        self.print_slip(self.picking)
        self.void(self.picking)
        other = self.new_delivery()
        other.name = f"{self.picking.name}-2"
        slips = self.print_slip(self.picking | other)
        self.assertEqual(
            slips.sorted("id").mapped("number"), [other.name, f"{other.name}-2"]
        )

    def test_void_keeps_the_number(self):
        slip = self.print_slip(self.picking)
        self.void(self.picking)
        self.assertFalse(self.picking.slip_number)
        self.assertRecordValues(
            slip,
            [
                {
                    "state": "void",
                    "void_reason": "Wrong customer",
                    "void_user_id": self.users["order_desk"].id,
                }
            ],
        )
        again = self.print_slip(self.picking)
        self.assertEqual(
            [number[-4:] for number in (slip | again).mapped("number")],
            ["0001", "0002"],
        )
        with self.assertRaisesRegex(UserError, "no slip number"):
            self.void(self.new_delivery())

    def test_who_may_void(self):
        self.print_slip(self.picking)
        for role in ("warehouse", "salesperson", "finance", "purchasing"):
            with self.subTest(role=role), self.assertRaises(AccessError):
                self.void(self.picking, role)
        self.void(self.picking, "manager")
        self.assertEqual(self.picking.slip_ids.state, "void")

    def test_other_quantities_are_another_version(self):
        slip = self.print_slip(self.picking)
        self.assertEqual(self.header(self.picking)["version"], "")
        self.deliver(self.picking, 3)
        self.assertEqual(self.print_slip(self.picking), slip)
        self.assertEqual((slip.version, slip.print_count), (2, 2))
        header = self.header(self.picking)
        self.assertEqual(header["version"], "Version 2")
        self.assertEqual(header["reprint"], "Reprint 1")
        self.assertEqual(self.print_slip(self.picking).version, 2)

    def test_other_prices_are_another_version(self):
        slip = self.print_slip(self.picking)
        line = self.picking.sale_id.order_line
        line.price_unit *= 2
        self.print_slip(self.picking)
        self.assertEqual(slip.version, 2)
        self.assertAlmostEqual(slip.amount, line.price_total, 2)

    def test_what_is_cancelled_is_not_printed(self):
        slip = self.print_slip(self.picking)
        self.picking.action_cancel()
        self.assertRecordValues(
            slip, [{"state": "void", "void_reason": "The transfer is cancelled."}]
        )
        with self.assertRaisesRegex(UserError, self.picking.name):
            self.print_slip(self.picking)

    def test_what_is_cancelled_by_its_order_or_its_moves_is_void(self):
        others = self.new_delivery() | self.new_delivery()
        slips = self.print_slip(self.picking | others)
        self.picking.sale_id.order_line.product_uom_qty = 0
        others[0].move_ids._action_cancel()
        others[1].sale_id._action_cancel()
        self.assertEqual(set((self.picking | others).mapped("state")), {"cancel"})
        self.assertEqual(slips.mapped("state"), ["void"] * 3)

    def test_what_is_cancelled_while_it_is_empty_is_void(self):
        other, deleted = self.new_delivery(), self.new_delivery()
        slips = self.print_slip(self.picking | deleted)
        kept = self.print_slip(other)
        self.picking.move_ids.picking_id = other
        deleted.move_ids.state = "draft"
        deleted.move_ids.unlink()
        emptied = (self.picking | deleted).with_user(self.users["order_desk"])
        self.assertFalse(emptied.move_ids)
        emptied.action_cancel()
        self.env.invalidate_all()
        self.assertEqual(slips.mapped("state"), ["void"] * 2)
        self.assertEqual(
            set(slips.mapped("void_reason")), {"The transfer is cancelled."}
        )
        self.assertEqual(kept.state, "valid")

    def test_what_is_empty_has_no_number_yet(self):
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": self.picking.picking_type_id.id,
                "location_dest_id": self.picking.location_dest_id.id,
                "partner_id": self.customer.id,
            }
        )
        self.assertFalse(self.print_slip(picking))
        self.assertFalse(picking.slip_number)

    def test_the_first_print_has_no_mark(self):
        self.print_slip(self.picking)
        header = self.header(self.picking)
        self.assertEqual((header["reprint"], header["version"]), ("", ""))
        self.assertEqual(header["slip_number"], self.picking.slip_number)

    def test_kinds_and_warehouses_have_numbers_of_their_own(self):
        warehouse = self.env["stock.warehouse"].create({"name": "East", "code": "E"})
        other = self.new_delivery(warehouse_id=warehouse.id)
        self.deliver(self.picking, 7)
        back = self.give_back(self.picking, 2)
        self.sequence.copy({"kind": "return", "prefix": "R{yy}{month}-"})
        slips = self.print_slip(self.picking | other | back)
        self.assertEqual(len(slips), 3)
        self.assertEqual(other.slip_number, other.name)
        self.assertRegex(back.slip_number, r"^R\d{4}-0001$")
        self.assertEqual(back.slip_ids.kind, "return")

    def test_shipped_layouts_print_the_number_that_is_logged(self):
        layouts = self.env["funnel.print.layout"].search(
            [("preset", "!=", False), ("document_model", "=", "stock.picking")]
        )
        for layout in layouts:
            # As shipped, in all languages: once here, a layout belongs to the users.
            text = str(layout._read_preset(layout.preset)["blocks"])
            with self.subTest(layout=layout.preset):
                self.assertIn("{slip_number}", text)
                self.assertNotIn("{number}", text)
                if "{print_date}" in text:  # printed forms have no room for it
                    self.assertIn("{print_user} {reprint} {version}", text)
        self.assertLessEqual(
            {"slip_a4", "return_a4_prices", "receipt_a4"}, set(layouts.mapped("preset"))
        )

    def test_transfers_inside_have_no_slip(self):
        inside = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.int_type_id.id,
                "location_id": self.warehouse.lot_stock_id.id,
                "location_dest_id": self.warehouse.lot_stock_id.id,
            }
        )
        self.assertFalse(self.print_slip(inside))
        log = self.env["funnel.print.log"].search([("document_id", "=", inside.id)])
        self.assertRecordValues(
            log, [{"document_name": inside.name, "slip_id": False, "print_number": 0}]
        )

    def test_users_without_a_role_read_transfers_as_before(self):
        slip = self.print_slip(self.picking)
        plain = self.new_role_user("plain")
        plain.group_ids += self.env.ref("stock.group_stock_manager")
        picking = self.picking.with_user(plain)
        (values,) = picking.read(
            [
                name
                for name, field in picking._fields.items()
                if MODULE in field._modules and picking._has_field_access(field, "read")
            ]
        )
        self.assertEqual(values["slip_number"], slip.number)
        self.assertNotIn("slip_ids", values)
        mine = self.picking.with_user(self.users["warehouse"])
        self.assertEqual(mine.slip_ids.ids, slip.ids)

    def test_searched_by_number(self):
        slip = self.print_slip(self.picking)
        other = self.new_delivery()
        search = self.env["stock.picking"].with_user(self.users["warehouse"]).search
        both = [("id", "in", (self.picking | other).ids)]
        for operator, value, found in (
            ("=", slip.number, self.picking),
            ("ilike", "D", self.picking),
            ("!=", False, self.picking),
            ("=", False, other),
            ("in", [slip.number, False], self.picking | other),
        ):
            with self.subTest(operator=operator, value=value):
                domain = [("slip_number", operator, value), *both]
                self.assertEqual(search(domain), found)
        self.void(self.picking)
        self.assertFalse(search([("slip_number", "=", slip.number)]))

    def test_a_transfer_with_a_slip_is_not_deleted(self):
        slip = self.print_slip(self.picking)
        with self.assertRaisesRegex(UserError, "Void its number"):
            self.picking.unlink()
        self.picking.action_cancel()
        name = self.picking.name
        self.picking.unlink()
        self.assertRecordValues(slip, [{"picking_name": name, "state": "void"}])
        with self.assertRaises(UserError):
            slip.unlink()

    def test_printing_again_needs_a_right(self):
        layout = self.with_prices.copy({"reprint_right": True})
        self.print_slip(self.picking, "warehouse", layout)
        with self.assertRaises(UserError) as caught:
            self.print_slip(self.picking, "order_desk", layout)
        for text in (
            self.picking.slip_number,
            self.users["warehouse"].name,
            "Print Slips Again",
        ):
            self.assertIn(text, str(caught.exception))
        self.assertEqual(
            self.print_slip(self.picking, "manager", layout).print_count, 2
        )
        group = self.env.ref(f"{MODULE}.group_funnel_reprint")
        self.users["order_desk"].group_ids = [Command.link(group.id)]
        self.assertEqual(
            self.print_slip(self.picking, "order_desk", layout).print_count, 3
        )

    def test_the_right_goes_with_the_slip(self):
        """Not with the layout alone: others print the same slip."""
        layout = self.with_prices.copy({"reprint_right": True})
        other = self.new_delivery()
        self.print_slip(self.picking | other, "warehouse", layout)
        report = self.report.with_user(self.users["warehouse"])
        for name, again in {
            "other layout": lambda: self.print_slip(self.picking, "warehouse"),
            "screen": lambda: report._render_qweb_html(report.id, self.picking.ids),
        }.items():
            with self.subTest(name), self.assertRaisesRegex(UserError, "Slips Again"):
                again()
        with self.assertRaises(UserError) as caught:
            self.print_slip(self.picking | other, "warehouse", layout)
        for picking in self.picking | other:
            self.assertIn(picking.slip_number, str(caught.exception))
        # What was wrong on the first slip may be put right.
        self.deliver(self.picking, 5)
        self.assertEqual(self.print_slip(self.picking, "warehouse", layout).version, 2)

    def test_a_layout_that_keeps_slips_from_being_printed_again_stays(self):
        self.with_prices.reprint_right = True
        self.print_slip(self.picking)
        with self.assertRaisesRegex(UserError, "Archive it instead"):
            self.with_prices.unlink()
        self.void(self.picking)
        self.with_prices.unlink()

    def test_a_kept_file_is_printed_again_as_any_other(self):
        self.with_prices.reprint_right = True
        self.report.write({"attachment": "'slip.pdf'", "attachment_use": True})
        reports = self.env["ir.actions.report"].with_context(
            force_report_rendering=True
        )
        reports._render_qweb_pdf(self.report, self.picking.ids)
        self.assertEqual(self.picking.print_count, 1)
        desk = reports.with_user(self.users["order_desk"])
        with self.assertRaisesRegex(UserError, "Slips Again"):
            desk._render_qweb_pdf(self.report, self.picking.ids)

    def send_when_validated(self):
        template = self.env.ref("stock.mail_template_data_delivery_confirmation")
        template.report_template_ids = self.report
        self.company.write(
            {
                "stock_move_email_validation": True,
                "stock_mail_confirmation_template_id": template.id,
            }
        )

    def test_what_odoo_sends_keeps_no_goods_back(self):
        self.with_prices.reprint_right = True
        self.send_when_validated()
        self.print_slip(self.picking, "warehouse")
        self.picking.move_ids.write({"quantity": 7, "picked": True})
        self.picking.with_user(self.users["warehouse"]).button_validate()
        self.assertEqual(self.picking.state, "done")
        self.assertEqual(self.picking.print_count, 2)

    def test_what_odoo_sends_has_no_prices_whoever_validates(self):
        self.send_when_validated()
        self.picking.move_ids.write({"quantity": 7, "picked": True})
        printing = self.env(context={"force_report_rendering": True})
        with self.files_to_print() as files:
            self.picking.with_env(printing).with_user(
                self.users["order_desk"]
            ).button_validate()
        (html,) = files
        self.assertIn("Bolt", html)
        for price in ("36.5", "255.49", "Two Hundred"):
            self.assertNotIn(price, html)

    def test_printing_again_without_the_option(self):
        self.print_slip(self.picking, "warehouse")
        self.assertEqual(self.print_slip(self.picking, "warehouse").print_count, 2)

    def test_queries_do_not_grow_with_the_number_of_slips(self):
        batches = [self.new_delivery() for _ in range(3)]
        few = batches[0] | batches[1]
        many = self.env["stock.picking"].union(
            *(self.new_delivery() for _ in range(24))
        )
        counts = []
        self.print_slip(batches[2])  # what is read once
        for pickings in (few, many):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env.user.has_group("base.group_user")
            pickings._print_begin(self.with_prices, "xlsx")
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 3, counts)
