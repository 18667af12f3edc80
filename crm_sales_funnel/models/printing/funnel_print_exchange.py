import base64
import binascii
import json
from pathlib import Path

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import file_open, file_path

from .funnel_print_layout import LAYOUT_FIELDS

PRESETS = "crm_sales_funnel/data/print_layouts"
MODULE = "crm_sales_funnel"
PARTS = {"columns": "column_ids", "blocks": "block_ids", "copies": "copy_ids"}
# What a file holds of each model; the file has no other keys.
EXCHANGED = {
    "funnel.print.layout": (
        "name",
        "sequence",
        "document_model",
        "lang",
        *LAYOUT_FIELDS,
        "offset_x",
        "offset_y",
        "background",
        "reprint_right",
    ),
    "funnel.print.paper": ("name", "width", "height", "strip"),
    "funnel.print.column": (
        "field_key",
        "title",
        "width",
        "align",
        "overflow",
        "is_sum",
    ),
    "funnel.print.block": (
        "band",
        "kind",
        "text",
        "x",
        "y",
        "width",
        "height",
        "size",
        "bold",
        "align",
        "pages",
    ),
    "funnel.print.copy": ("label", "color", "hide_prices"),
}
REQUIRED = {
    "funnel.print.layout": {"name", "document_model"},
    "funnel.print.paper": {"width", "height"},
    "funnel.print.column": {"field_key"},
    "funnel.print.block": set(),
    "funnel.print.copy": {"label"},
}
# A restored layout keeps what was set up for the printer and the place in lists.
KEPT = {"name", "sequence", "offset_x", "offset_y", "lang", "background"}

LARGEST_FILE = 12_000_000  # bytes
LARGEST_NUMBER = 10_000
LONGEST_TEXT = 2_000
MOST_PARTS = 200


class FunnelPrintLayout(models.Model):
    """Layouts as JSON files: exported, imported, shipped with the addon and restored.

    A text is a string, or a mapping of languages to strings.
    """

    _inherit = "funnel.print.layout"

    preset = fields.Char(
        readonly=True,
        copy=False,
        help="Name of the layout as shipped, to which it can be restored.",
    )

    # Export

    def _export_dict(self):
        """Return the layout as plain data that ``_import_dict`` reads."""
        self.ensure_one()
        return {
            **self._export_values(self),
            "paper": self._export_values(self.paper_id),
            **{
                key: [self._export_values(part) for part in self[fname]]
                for key, fname in PARTS.items()
            },
        }

    @api.model
    def _export_values(self, record):
        values = {}
        for name in EXCHANGED[record._name]:
            field = record._fields[name]
            value = record[name]
            if field.type == "binary":
                value = value and value.decode()
            elif field.translate:
                texts = record._get_texts(name)
                value = texts if len(texts) > 1 else value
            if value or field.type in ("float", "integer", "boolean"):
                values[name] = value
        return values

    def action_export(self):
        """Download the layouts as a file, to be imported in another database."""
        ids = ",".join(map(str, self.ids))
        return {
            "type": "ir.actions.act_url",
            "url": f"/funnel/print/layouts/{ids}",
            "target": "download",
        }

    # Import

    @api.model
    def _import_file(self, content):
        """Create the layouts of a file.

        :param content: bytes of a JSON file with a layout or a list of layouts
        :raise UserError: the file is none, or has something else in it
        """
        if len(content) > LARGEST_FILE:
            raise UserError(self.env._("The file is too large for print layouts."))
        try:
            found = json.loads(content.decode("utf-8-sig"), parse_constant=_no_number)
        except (ValueError, RecursionError) as error:
            raise UserError(
                self.env._("The file is no export of print layouts: %s", error)
            ) from error
        found = found if isinstance(found, list) else [found]
        if not found or len(found) > MOST_PARTS:
            raise UserError(self.env._("The file has no print layouts in it."))
        layouts = self.browse()
        for values in found:
            layouts |= self._import_dict(values)
        return layouts

    @api.model
    def _import_dict(self, values):
        """Create a layout from plain data.

        :raise UserError: unknown or missing keys, or values of a wrong kind
        """
        content = self._read_dict(values)
        layout = self.with_context(lang="en_US").create(self._prepare_vals(*content))
        layout._write_texts(*content)
        return layout.with_context(lang=self.env.lang)

    @api.model
    def _prepare_vals(self, vals, paper, parts):
        """Return what to create or write, the texts in English."""
        return {
            **_in_english(vals),
            "paper_id": self._find_paper(paper).id,
            **{
                PARTS[key]: [
                    Command.clear(),
                    *(
                        Command.create({"sequence": 10 * n, **_in_english(row)})
                        for n, row in enumerate(rows, 1)
                    ),
                ]
                for key, rows in parts.items()
            },
        }

    def _write_texts(self, vals, _paper, parts):
        """Write the texts in the other languages."""
        self._set_texts(vals)
        for key, rows in parts.items():
            for part, row in zip(self[PARTS[key]], rows, strict=True):
                part._set_texts(row)

    @api.model
    def _read_dict(self, values):
        """Return checked values of the layout, of its paper, and of its parts."""
        place = self.env._("layout")
        if not isinstance(values, dict):
            raise UserError(self.env._("The file has no print layouts in it."))
        values = dict(values)
        paper = values.pop("paper", None)
        parts = {key: values.pop(key, []) for key in PARTS}
        vals = self._check_values(self, values, place)
        place = f"{vals['name'] if isinstance(vals['name'], str) else place}"
        paper = self._check_values(
            self.env["funnel.print.paper"], paper, f"{place} > paper"
        )
        for key, rows in parts.items():
            if not isinstance(rows, list) or len(rows) > MOST_PARTS:
                raise UserError(
                    self.env._(
                        "%(place)s: “%(key)s” must be a list.", place=place, key=key
                    )
                )
            model = self.env[self._fields[PARTS[key]].comodel_name]
            parts[key] = [
                self._check_values(model, row, f"{place} > {key} {number}")
                for number, row in enumerate(rows, 1)
            ]
        return vals, paper, parts

    @api.model
    def _check_values(self, model, values, place):
        """Return the values, each of which is of the kind that its field has."""
        if not isinstance(values, dict):
            raise UserError(self.env._("%(place)s: there are no values.", place=place))
        known = EXCHANGED[model._name]
        if unknown := [key for key in values if key not in known]:
            raise UserError(
                self.env._(
                    "%(place)s: “%(keys)s” is not known. It may have: %(known)s",
                    place=place,
                    keys="”, “".join(str(key)[:40] for key in unknown[:5]),
                    known=", ".join(known),
                )
            )
        if missing := REQUIRED[model._name] - values.keys():
            raise UserError(
                self.env._(
                    "%(place)s: “%(keys)s” is missing.",
                    place=place,
                    keys="”, “".join(sorted(missing)),
                )
            )
        for name, value in values.items():
            if not self._is_accepted(model._fields[name], value):
                raise UserError(
                    self.env._(
                        "%(place)s: “%(key)s” cannot be %(value)s.",
                        place=place,
                        key=name,
                        value=str(value)[:80],
                    )
                )
        return values

    @api.model
    def _is_accepted(self, field, value):
        if field.type == "boolean":
            return isinstance(value, bool)
        if field.type in ("float", "integer"):
            whole = int if field.type == "integer" else (int, float)
            return (
                isinstance(value, whole)
                and not isinstance(value, bool)
                and abs(value) <= LARGEST_NUMBER
            )
        if field.type == "selection":
            return value in field.get_values(self.env)
        if field.type == "binary":
            return isinstance(value, str) and _is_base64(value)
        texts = value.values() if isinstance(value, dict) else [value]
        return (
            bool(texts)
            and (field.translate or isinstance(value, str))
            and all(
                isinstance(text, str) and len(text) <= LONGEST_TEXT for text in texts
            )
            and "\x00" not in "".join(texts)
        )

    @api.model
    def _find_paper(self, values):
        """Return the paper of this size; it is made where there is none."""
        papers = self.env["funnel.print.paper"]
        strip = values.get("strip", 0.0)
        width, height = (papers._to_mm(values[key]) for key in ("width", "height"))
        for paper in papers.search([("strip", "=", strip)]):
            sizes = (paper.width_mm - width, paper.height_mm - height)
            if all(abs(size) < 0.005 for size in sizes):
                return paper
        name = values.get("name") or f"{values['width']} x {values['height']}"
        paper = papers.with_context(lang="en_US").create(
            {**values, "name": _english(name)}
        )
        paper._set_texts({"name": name})
        return paper

    # Shipped layouts

    @api.model
    def _load_presets(self):
        """Create the shipped layouts that are not there yet, at each installation and
        update of the addon."""
        folder = Path(file_path(PRESETS))
        for path in sorted(folder.glob("*.json")):
            xml_id = f"funnel_print_layout_{path.stem}"
            if self.env.ref(f"{MODULE}.{xml_id}", raise_if_not_found=False):
                continue
            layout = self._import_dict(self._read_preset(path.stem))
            layout.preset = path.stem
            self.env["ir.model.data"].create(
                {
                    "module": MODULE,
                    "name": xml_id,
                    "model": self._name,
                    "res_id": layout.id,
                    "noupdate": True,
                }
            )

    @api.model
    def _read_preset(self, name):
        """Return a shipped layout, its texts in all languages that are shipped."""
        phrases = self._read_phrases()
        with file_open(f"{PRESETS}/{name}.json") as file:
            values = json.load(file)
        values["name"] = phrases.get(values["name"], values["name"])
        for key, fname in (
            ("columns", "title"),
            ("blocks", "text"),
            ("copies", "label"),
        ):
            for row in values.get(key, ()):
                if fname in row:
                    row[fname] = phrases.get(row[fname], row[fname])
        return values

    @api.model
    def _read_phrases(self):
        """Return English text -> language -> text of the shipped layouts."""
        phrases = {}
        for path in sorted(Path(file_path(f"{PRESETS}/i18n")).glob("*.json")):
            with file_open(f"{PRESETS}/i18n/{path.name}") as file:
                for text, translated in json.load(file).items():
                    texts = phrases.setdefault(text, {"en_US": text})
                    texts[path.stem] = translated
        return phrases

    @api.model
    def _translate_presets(self, langs):
        """Translate the texts of shipped layouts into languages that are new."""
        phrases = self._read_phrases()
        layouts = self.with_context(active_test=False).search([("preset", "!=", False)])
        for model, fname, records in (
            ("funnel.print.layout", "name", layouts),
            ("funnel.print.column", "title", layouts.column_ids),
            ("funnel.print.block", "text", layouts.block_ids),
            ("funnel.print.copy", "label", layouts.copy_ids),
        ):
            for record in self.env[model].browse(records.ids):
                record._translate_phrase(fname, phrases, langs)

    def action_restore(self):
        """Make a shipped layout what it was when it was shipped."""
        for layout in self.filtered("preset"):
            vals, paper, parts = self._read_dict(self._read_preset(layout.preset))
            vals = {name: value for name, value in vals.items() if name not in KEPT}
            unnamed = set(EXCHANGED[self._name]) - KEPT - vals.keys()
            layout.with_context(lang="en_US").write(
                {
                    **self.default_get(list(unnamed)),
                    **self._prepare_vals(vals, paper, parts),
                }
            )
            layout._write_texts(vals, paper, parts)


def _english(text):
    if isinstance(text, dict):
        return text.get("en_US") or next(iter(text.values()))
    return text


def _in_english(values):
    return {name: _english(value) for name, value in values.items()}


def _is_base64(text):
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _no_number(name):
    raise ValueError(f"{name} is no number")
