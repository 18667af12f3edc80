import base64
import json

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import HttpCase, tagged, users
from odoo.tools import mute_logger

from .printing_common import PrintingCommon

PARTS = ("column_ids", "block_ids", "copy_ids")


@tagged("post_install", "-at_install")
class TestPrintingExchange(PrintingCommon):
    """Layouts as files: out, in, and back to what was shipped."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.layouts = cls.env["funnel.print.layout"]
        cls.env["res.lang"]._activate_lang("zh_CN")
        cls.layouts._translate_presets(["zh_CN"])

    def new_file(self, **values):
        """Return a small layout as plain data."""
        return {
            "name": "Tiny",
            "document_model": "stock.picking",
            "paper": {"width": "210 mm", "height": "297 mm"},
            "columns": [{"field_key": "name", "title": "Name"}],
            **values,
        }

    def import_file(self, values):
        content = values if isinstance(values, bytes) else json.dumps(values).encode()
        return self.layouts._import_file(content)

    def test_what_is_exported_comes_back_the_same(self):
        for layout in self.layouts.search([]):
            with self.subTest(layout=layout.name):
                exported = json.loads(json.dumps(layout._export_dict()))
                imported = self.import_file(exported)
                self.assertEqual(imported._export_dict(), exported)
                self.assertEqual(imported.paper_id, layout.paper_id)
                self.assertFalse(imported.preset)

    def test_texts_come_in_all_languages(self):
        exported = self.with_prices._export_dict()
        self.assertIn("送货单", exported["name"]["zh_CN"])
        imported = self.import_file(exported).with_context(lang="zh_CN")
        self.assertEqual(imported.name, exported["name"]["zh_CN"])
        self.assertIn("品名规格", imported.column_ids.mapped("title"))
        self.assertIn("客户：{customer}", imported.block_ids.mapped("text"))
        self.assertIn("存根联", imported.copy_ids.mapped("label"))

    def test_languages_that_are_not_installed_are_left_out(self):
        imported = self.import_file(self.new_file(name={"fr_FR": "Eins"}))
        self.assertEqual(imported.name, "Eins")

    def test_several_layouts_in_one_file(self):
        imported = self.import_file([self.new_file(), self.new_file(name="Other")])
        self.assertEqual(imported.mapped("name"), ["Tiny", "Other"])

    def test_file_of_another_editor(self):
        content = b"\xef\xbb\xbf" + json.dumps(self.new_file()).encode()
        self.assertEqual(self.import_file(content).name, "Tiny")

    def test_paper_is_found_by_its_size_or_made(self):
        a4 = self.env.ref("crm_sales_funnel.funnel_print_paper_a4")
        same = {"width": "21 cm", "height": "29.7 cm", "name": "My A4"}
        self.assertEqual(self.import_file(self.new_file(paper=same)).paper_id, a4)
        strip = {"width": "210 mm", "height": "297 mm", "strip": 10}
        made = self.import_file(self.new_file(paper=strip)).paper_id
        self.assertEqual((made.strip, made.name), (10, "210 mm x 297 mm"))
        self.assertEqual(self.import_file(self.new_file(paper=strip)).paper_id, made)

    def test_what_is_no_layout_is_refused(self):
        deep = b"[" * 100_000 + b"]" * 100_000
        for content in (
            b"",
            b"{",
            b"[]",
            b"1",
            b"null",
            b'"x"',
            b"\xff\xfe\x00",
            b"PK\x03\x04",
            b'{"name": NaN}',
            deep,
            b" " * 13_000_000,
            json.dumps([self.new_file()] * 201).encode(),
        ):
            with self.subTest(content=content[:20]), self.assertRaises(UserError):
                self.import_file(content)

    def test_keys_and_kinds_that_do_not_belong_are_named(self):
        column = {"field_key": "name"}
        for values, named in (
            ({"expression": "1+1"}, "expression"),
            ({"id": 1}, "id"),
            ({"create_uid": 1}, "create_uid"),
            ({"paper": {"width": "1 mm", "height": "2 mm", "t": 1}}, "t"),
            ({"paper": None}, "paper"),
            ({"paper": {"width": "210 mm"}}, "height"),
            ({"columns": {}}, "columns"),
            ({"columns": [1]}, "columns 1"),
            ({"columns": [column, {"width": 5}]}, "columns 2"),
            ({"columns": [{**column, "width": "wide"}]}, "wide"),
            ({"columns": [{**column, "width": True}]}, "True"),
            ({"columns": [{**column, "width": 1e300}]}, "width"),
            ({"columns": [{**column, "align": "up"}]}, "up"),
            ({"columns": [{**column, "title": "x" * 3000}]}, "title"),
            ({"columns": [{**column, "title": ["a"]}]}, "title"),
            ({"columns": [{**column, "title": {"en_US": 1}}]}, "title"),
            ({"columns": [{**column, "title": "a\0b"}]}, "title"),
            ({"columns": [{"field_key": "partner_id.user_id"}]}, "partner_id"),
            ({"columns": [column] * 201}, "columns"),
            ({"document_model": "res.users"}, "res.users"),
            ({"document_model": ["stock.picking"]}, "stock.picking"),
            ({"name": {}}, "name"),
            ({"offset_x": 1.5}, "offset_x"),
            ({"grid": 1}, "grid"),
            ({"background": "<svg>"}, "background"),
            ({"lang": "xx_XX"}, "xx_XX"),
        ):
            with self.subTest(values=values), self.assertRaisesRegex(UserError, named):
                self.import_file(self.new_file(**values))

    def test_a_layout_that_cannot_be_printed_is_refused(self):
        for values in (
            {"columns": [{"field_key": "name", "width": 500}] * 3},
            {"header_height": 400},
            {"blocks": [{"text": "{password}"}]},
            {"paper": {"width": "1 mm", "height": "9999 mm"}},
            {"columns": [{"field_key": "name", "is_sum": True}]},
        ):
            with self.subTest(values=values), self.assertRaises(ValidationError):
                self.import_file(self.new_file(**values))

    def test_a_measure_that_cannot_be_is_refused(self):
        paper = {"width": "210 mm", "height": "297 mm"}
        column = {"field_key": "name"}
        for values, named in (
            ({"margin_top": -5}, "“margin_top” cannot be -5"),
            ({"lines_per_page": -1}, "“lines_per_page” cannot be -1"),
            ({"offset_x": 3_000_000_000}, "“offset_x” cannot be"),
            ({"paper": {**paper, "strip": -5}}, "paper: “strip” cannot be -5"),
            ({"columns": [{**column, "width": 0}]}, "columns 1: “width” cannot be 0"),
            ({"blocks": [{"size": 1}]}, "blocks 1: “size” cannot be 1"),
        ):
            with self.subTest(values=values), self.assertRaisesRegex(UserError, named):
                self.import_file(self.new_file(**values))

    def test_texts_that_cannot_be_are_refused(self):
        column = {"field_key": "name"}
        half = "a\ud800"
        for values, named in (
            ({"name": ""}, "“name” is empty"),
            ({"name": " \t"}, "“name” is empty"),
            ({"name": {"en_US": ""}}, "“name” is empty"),
            ({"name": {"en_US": "A", "zh_CN": " "}}, "“name” is empty"),
            ({"font": " "}, "“font” is empty"),
            ({"copies": [{"label": ""}]}, "copies 1: “label” is empty"),
            ({"name": half}, r"“name” cannot be a\\ud800"),
            ({"columns": [{**column, "title": half}]}, r"“title” cannot be a\\ud800"),
            ({"columns": [{**column, half: 1}]}, r"a\\ud800” is not known"),
            ({"name": {"xx_XX": "Eins"}}, "xx_XX"),
            ({"name": {"en_US": "One", half: "Eins"}}, r"a\\ud800"),
            ({"columns": [{**column, "title": {"en_us": "A"}}]}, "“en_us”"),
            ({"columns": []}, "needs a column"),
            ({"background": "UEsDBA=="}, "must be a picture"),
        ):
            with self.subTest(values=values), self.assertRaisesRegex(UserError, named):
                self.import_file(self.new_file(**values))
        values = self.new_file()
        del values["columns"]
        with self.assertRaisesRegex(UserError, "needs a column"):
            self.import_file(values)

    def test_keys_are_there_once(self):
        content = json.dumps(self.new_file()).replace("{", '{"name": "Other", ', 1)
        with self.assertRaisesRegex(UserError, "“name” more than once"):
            self.import_file(content.encode())

    def test_hostile_texts_stay_texts(self):
        text = "<script>{number}</script>=1+1 %(x)s ${7*7} {{7*7}}"
        block = {"text": text, "width": 180, "height": 8}
        layout = self.import_file(self.new_file(blocks=[block]))
        picking = self.new_delivery()
        texts = [text for _kind, _key, text in self.print_cells(picking, layout)[0]]
        self.assertIn(text.replace("{number}", picking.name), texts)

    def test_restored_to_what_was_shipped(self):
        layout = self.with_prices
        before = layout._export_dict()
        layout.write({"lines_per_page": 3, "offset_x": 7, "font_size": 8})
        for part in PARTS:
            layout[part][0].unlink()
        layout.name = "Ours"
        layout.action_restore()
        after = layout._export_dict()
        self.assertEqual((layout.offset_x, layout.name), (7, "Ours"))
        kept = {"offset_x", "name"}
        self.assertEqual(
            {key: value for key, value in after.items() if key not in kept},
            {key: value for key, value in before.items() if key not in kept},
        )

    def test_a_copy_is_no_shipped_layout(self):
        copy = self.with_prices.copy()
        self.assertFalse(copy.preset)
        self.assertEqual(
            len(copy._export_dict()["blocks"]), len(self.with_prices.block_ids)
        )

    @users("funnel_manager")
    def test_a_manager_imports(self):
        wizard = self.env["funnel.print.layout.import"].create(
            {"content": base64.b64encode(json.dumps(self.new_file()).encode())}
        )
        action = wizard.action_import()
        self.assertEqual(self.layouts.browse(action["res_id"]).name, "Tiny")

    def test_others_do_not(self):
        for role in ("order_desk", "warehouse", "salesperson", "finance"):
            with self.assertRaises(AccessError):
                self.env["funnel.print.layout.import"].with_user(
                    self.users[role]
                ).create({"content": base64.b64encode(b"{}")})
            with self.assertRaises(AccessError):
                self.layouts.with_user(self.users[role])._import_dict(self.new_file())


@tagged("post_install", "-at_install")
class TestPrintingExchangeRoute(PrintingCommon, HttpCase):
    @mute_logger("odoo.http")
    def test_layouts_are_downloaded_by_those_who_may_read_them(self):
        address = f"/funnel/print/layouts/{self.with_prices.id}"
        self.authenticate(self.users["manager"].login, self.users["manager"].login)
        response = self.url_open(address)
        self.assertEqual(response.json(), self.with_prices._export_dict())
        self.assertIn(".json", response.headers["Content-Disposition"])
        both = f"{address},{self.without_prices.id}"
        self.assertEqual(len(self.url_open(both).json()), 2)
        self.assertEqual(self.url_open(address[:-1] + "x").status_code, 404)
        company = self.env["res.company"].create({"name": "Elsewhere"})
        other = self.with_prices.copy({"company_id": company.id})
        self.assertGreaterEqual(
            self.url_open(f"/funnel/print/layouts/{other.id}").status_code, 400
        )
        self.new_role_user("no_role")
        self.authenticate("no_role", "no_role")
        self.assertGreaterEqual(self.url_open(address).status_code, 400)
