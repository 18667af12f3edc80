import json
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path

from odoo import Command
from odoo.tests import tagged
from odoo.tools import SQL, file_path

from .common import MODULE
from .printing_common import PrintingCommon

FOLDER = Path(file_path(f"{MODULE}/data/print_layouts"))
LONG_NAME = "Hex socket bolt M8x30"
ADDRESS = {
    "street": "Industriestrasse 118, Building 4",
    "zip": "20457",
    "city": "Hamburg",
    "phone": "+49 40 3003 1200",
}


@tagged("post_install", "-at_install")
class TestPrintingPresets(PrintingCommon):
    """Every layout as it is shipped, printed with its kind of document."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.layouts = cls.env["funnel.print.layout"].search([("preset", "!=", False)])
        germany = cls.env.ref("base.de")
        cls.company.partner_id.write({**ADDRESS, "country_id": germany.id})
        cls.customer.write({**ADDRESS, "country_id": germany.id})
        cls.bolt.name = LONG_NAME
        cls.users["salesperson"].name = "Margarethe Schmidt"
        cls.vendor = cls.customer.copy({"name": "Schrauben und Muttern AG"})

    def setUp(self):
        super().setUp()
        self.made = {}  # (kind, number of lines) -> document

    def make(self, preset, lines):
        """Return a document of the layout's kind that has so many lines."""
        kind = preset.split("_")[0]
        key = kind, lines
        if key not in self.made:
            self.made[key] = getattr(self, f"make_{kind}")(lines)
        return self.made[key]

    def make_slip(self, lines):
        if not lines:
            return self.new_empty("out_type_id", "customers")
        return self.new_delivery([(self.bolt, n, {}) for n in range(1, lines + 1)])

    def make_return(self, lines):
        if not lines:
            return self.new_empty("in_type_id", "stock", "customers")
        picking = self.make_slip(lines)
        self.deliver(picking, *picking.move_ids.mapped("product_uom_qty"))
        return self.give_back(picking, 1)

    def make_receipt(self, lines):
        if not lines:
            return self.new_empty("in_type_id", "stock", "suppliers")
        order = self.make_purchase(lines)
        order.button_confirm()
        return order.picking_ids

    def make_quotation(self, lines):
        return self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "user_id": self.users["salesperson"].id,
                "note": "Ex works Hamburg. The goods remain ours until they are paid.",
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.bolt.id,
                            "product_uom_qty": n,
                            "price_unit": 1234.5,
                            "discount": 5,
                        }
                    )
                    for n in range(1, lines + 1)
                ],
            }
        )

    def make_order(self, lines):
        order = self.make_quotation(lines)
        order.action_confirm()
        return order

    def make_purchase(self, lines):
        return self.env["purchase.order"].create(
            {
                "partner_id": self.vendor.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.bolt.id,
                            "product_qty": 100 + n,
                            "price_unit": 12.5,
                            "date_planned": f"2026-12-01 {n % 24:02}:00:00",
                        }
                    )
                    for n in range(1, lines + 1)
                ],
            }
        )

    def make_voucher(self, lines):
        return self.env["account.payment"].create(
            {
                "partner_id": self.customer.id,
                "payment_type": "inbound",
                "amount": 12345.6,
                "memo": "Transfer of March",
                "invoice_ids": [
                    Command.create(
                        {
                            "move_type": "out_invoice",
                            "partner_id": self.customer.id,
                            "invoice_date": "2026-03-01",
                            "name": f"INV/2026/{n:05}",
                            "invoice_line_ids": [
                                Command.create({"name": "Goods", "price_unit": n * 10})
                            ],
                        }
                    )
                    for n in range(1, lines + 1)
                ],
            }
        )

    def make_statement(self, lines):
        order_lines = self.make_order(lines).order_line
        # sudo: nobody creates statements by hand.
        return (
            self.env["funnel.statement"]
            .sudo()
            .create(
                {
                    "name": "ST000123",
                    "kind": "activity",
                    "company_id": self.company.id,
                    "partner_id": self.customer.id,
                    "currency_id": self.company.currency_id.id,
                    "date_from": "2026-03-01",
                    "date_to": "2026-03-31",
                    "user_id": self.users["salesperson"].id,
                    "opening": 123456.7,
                    "closing": 234567.8,
                    "difference_amount": 1234.5,
                    "difference_reason": "The price of the bolts was another one",
                    "line_ids": [
                        Command.create(
                            {
                                "kind": "slip",
                                "date": f"2026-03-{n % 31 + 1:02}",
                                "order_line_id": line.id,
                                "quantity": 100 * n,
                                "price_unit": 11.3,
                                "amount": 1130 * n,
                            }
                        )
                        for n, line in enumerate(order_lines, 1)
                    ],
                }
            )
            .sudo(False)
        )

    make_open = make_statement  # of open items

    def make_followup(self, lines):
        invoices = self.make_voucher(lines).invoice_ids
        items = invoices.line_ids.filtered("date_maturity")
        level = self.env.ref(f"{MODULE}.followup_level_letter")
        # sudo: nobody creates follow-ups by hand.
        run = self.env["funnel.followup.run"].sudo()
        run = run.create({"company_id": self.company.id, "date": "2026-03-31"})
        return run.line_ids.create(
            {
                "run_id": run.id,
                "company_id": self.company.id,
                "date": "2026-03-31",
                "partner_id": self.customer.id,
                "contact_id": self.customer.id,
                "currency_id": self.company.currency_id.id,
                "user_id": self.users["salesperson"].id,
                "level_id": level.id,
                "channel": "letter",
                "state": "done",
                "amount_due": 234567.8,
                "credit": -1234.5,
                "oldest_days": 123,
                "item_ids": [
                    Command.create(
                        {
                            "move_line_id": item.id,
                            "kind": "promised" if n % 3 == 0 else "chased",
                            "amount": item.amount_currency,
                            "days_overdue": 123 - n,
                        }
                    )
                    for n, item in enumerate(items, 1)
                ],
            }
        ).sudo(False)

    def make_commission(self, lines):
        # sudo: nobody creates settlements by hand.
        settlement = (
            self.env["funnel.commission.settlement"]
            .sudo()
            .create(
                {
                    "name": "COM00123",
                    "company_id": self.company.id,
                    "user_id": self.users["salesperson"].id,
                    "payee_id": self.customer.id,
                    "date_from": "2026-03-01",
                    "date_to": date(2026, 3, 31) + timedelta(len(self.made)),
                    "opening": -1234.5,
                }
            )
        )
        invoice = self.make_voucher(1).invoice_ids
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO funnel_commission_entry
                       (user_id, payee_id, company_id, type, event_date, earn_date, date,
                        partner_id, move_id, base, share, rate, factor, part, amount,
                        order_line_id)
                SELECT %s, %s, %s, 'earned', day, day, day, %s, %s,
                       23456.7, 0.5, 3.5, 0.75, 0.3333, 102.62, n
                  FROM (SELECT '2026-03-01'::date + n %% 31 AS day, n
                          FROM GENERATE_SERIES(1, %s) AS n) AS made
                """,
                settlement.user_id.id,
                settlement.payee_id.id,
                self.company.id,
                self.customer.id,
                invoice.id,
                lines,
            )
        )
        settlement._link_entries()
        settlement._sum_up()
        return settlement.sudo(False)

    def new_empty(self, type_field, destination, source="stock"):
        """Return a transfer without moves."""
        warehouse = self.env["stock.warehouse"].search(
            [("company_id", "=", self.company.id)], limit=1
        )
        places = {
            "stock": warehouse.lot_stock_id,
            "customers": self.env.ref("stock.stock_location_customers"),
            "suppliers": self.env.ref("stock.stock_location_suppliers"),
        }
        return self.env["stock.picking"].create(
            {
                "partner_id": self.customer.id,
                "picking_type_id": warehouse[type_field].id,
                "location_id": places[source].id,
                "location_dest_id": places[destination].id,
            }
        )

    def assert_fits(self, layout, record, lines):
        """A document has the pages that its lines need, and all that is written on
        them fits."""
        (pages,) = layout._paginate(record)
        made = layout._to_layout()
        copies = len(made.copies) if made.copy_mode == "repeat" else 1
        wanted = max(1, -(-lines // made.lines)) * copies
        self.assertEqual(len(pages), wanted)
        for page in pages:
            self.assertTrue(page.cells)
            overflow = [(c.kind, c.text) for c in page.cells if c.overflow]
            self.assertFalse(overflow)
            for cell in page.cells:
                self.assertGreaterEqual(cell.x, made.paper.strip)
                right = cell.x + cell.width
                self.assertLessEqual(right, made.paper.width - made.paper.strip + 0.01)
                self.assertLessEqual(cell.y + cell.height, made.paper.height)
        printed = sum(len(page.texts("line", "seq")) for page in pages)
        self.assertEqual(printed, lines * copies)

    def test_lines(self):
        """No line, one, a full page, and one more."""
        for layout in self.layouts:
            full = layout.lines_fitting
            for lines in (0, 1, full, full + 1):
                with self.subTest(layout=layout.preset, lines=lines):
                    self.assert_fits(layout, self.make(layout.preset, lines), lines)

    def test_chinese(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env["ir.module.module"]._load_module_terms([MODULE], ["zh_CN"])
        self.bolt.with_context(lang="zh_CN").name = "内六角螺栓 M8x30"
        for layout in self.layouts:
            layout.lang = "zh_CN"
            with self.subTest(layout=layout.preset):
                self.assert_fits(layout, self.make(layout.preset, 3), 3)

    def test_blocks_stay_on_the_printed_area(self):
        for layout in self.layouts:
            made = layout._to_layout()
            heights = {"header": made.header_height, "footer": made.footer_height}
            outside = [
                block.text
                for block in made.blocks
                if min(block.x, block.y) < 0
                or block.x + block.width > made.width + 0.01
                or block.y + block.height > heights[block.band] + 0.01
            ]
            self.assertFalse(outside, layout.preset)

    def test_texts_do_not_lie_on_each_other(self):
        for layout in self.layouts:
            blocks = layout._to_layout().blocks
            texts = [block for block in blocks if block.text]
            overlapping = [
                (one.text, other.text)
                for one, other in combinations(texts, 2)
                if _overlap(one, other)
            ]
            self.assertFalse(overlapping, layout.preset)

    def test_prices_are_where_the_name_says_so(self):
        for layout in self.layouts.filtered(
            lambda layout: layout.document_model == "stock.picking"
        ):
            told = layout.preset.endswith(("_prices", "_data"))
            self.assertEqual(layout.has_prices, told, layout.preset)

    def test_all_files_are_loaded(self):
        self.assertEqual(
            set(self.layouts.mapped("preset")), {p.stem for p in FOLDER.glob("*.json")}
        )
        for layout in self.layouts:
            layout.column_ids[0].width = 30
            layout.block_ids[0].unlink()
        before = [len(layout.block_ids) for layout in self.layouts]
        self.layouts.action_restore()
        after = [len(layout.block_ids) for layout in self.layouts]
        self.assertEqual(after, [count + 1 for count in before])

    def test_every_phrase_is_translated_and_used(self):
        used = set()
        for path in FOLDER.glob("*.json"):
            values = json.loads(path.read_text())
            used.add(values["name"])
            for key, fname in (
                ("columns", "title"),
                ("blocks", "text"),
                ("copies", "label"),
            ):
                used.update(row[fname] for row in values.get(key, ()) if fname in row)
        for lang in ("zh_CN", "zh_TW"):
            phrases = json.loads((FOLDER / "i18n" / f"{lang}.json").read_text())
            self.assertEqual(set(phrases), used, lang)
            for phrase, translated in phrases.items():
                self.assertEqual(_fields(translated), _fields(phrase), phrase)

    def test_each_kind_of_document_is_in_the_print_menu_once(self):
        reports = self.env["ir.actions.report"].search(
            [("print_layout_id.preset", "!=", False), ("binding_model_id", "!=", False)]
        )
        excel = reports.filtered(lambda report: report.report_type == "funnel-xlsx")
        self.assertEqual(
            sorted(excel.mapped("print_layout_id.preset")),
            [
                "commission_a4",
                "followup_letter_a4",
                "open_items_a4",
                "order_a4",
                "purchase_a4",
                "quotation_a4",
                "receipt_241",
                "slip_a4_prices",
                "statement_a4",
                "voucher_a5",
            ],
        )
        for report in reports:
            self.assertEqual(report.model, report.print_layout_id.document_model)
            self.assertEqual(
                bool(report.group_ids), report.print_layout_id.has_prices, report.name
            )

    def test_print_menu_follows_the_state_of_an_order(self):
        order = self.make_quotation(1)

        def offered():
            names = ("quotation_a4", "order_a4")
            return [
                name
                for name in names
                if self.env.ref(f"{MODULE}.report_{name}").get_valid_action_reports(
                    "sale.order", order.ids
                )
            ]

        self.assertEqual(offered(), ["quotation_a4"])
        order.action_confirm()
        self.assertEqual(offered(), ["order_a4"])

    def test_reports_print(self):
        """As PDF and as Excel, through Odoo's reports."""
        reports = self.env["ir.actions.report"].with_context(
            force_report_rendering=True
        )
        for name, preset in (
            ("commission_a4", "commission_a4"),
            ("followup_letter_a4", "followup_letter_a4"),
            ("quotation_a4", "quotation_a4"),
            ("open_items_a4", "open_items_a4"),
            ("purchase_a4", "purchase_a4"),
            ("receipt_241", "receipt_241"),
            ("statement_a4", "statement_a4"),
            ("voucher_a5", "voucher_a5"),
        ):
            ids = self.make(preset, 1).ids
            pdf, kind = reports._render(f"{MODULE}.report_{name}", ids)
            self.assertEqual((pdf[:5], kind), (b"%PDF-", "pdf"))
            xlsx, kind = reports._render(f"{MODULE}.report_{name}_xlsx", ids)
            self.assertEqual((xlsx[:2], kind), (b"PK", "xlsx"))


def _fields(text):
    return sorted(part.split("}")[0] for part in text.split("{")[1:])


def _overlap(one, other):
    if one.band != other.band:
        return False
    across = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    down = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    return across > 0.01 and down > 0.01
