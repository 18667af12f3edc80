import base64
import binascii
import json
from collections import Counter
from itertools import chain

from odoo import Command, api, models
from odoo.exceptions import UserError

from .funnel_print_layout import LAYOUT_FIELDS

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
LARGEST_FILE = 12_000_000  # bytes
LARGEST_NUMBER = 10_000
LONGEST_TEXT = 2_000
MOST_PARTS = 200


class FunnelPrintLayout(models.Model):
    """Layouts read from JSON files, whatever somebody has written in them.

    A text is a string, or a mapping of languages to strings.
    """

    _inherit = "funnel.print.layout"

    @api.model
    def _import_file(self, content):
        """Create the layouts of a file.

        :param content: bytes of a JSON file with a layout or a list of layouts
        :raise UserError: the file is none, or has something else in it
        """
        if len(content) > LARGEST_FILE:
            raise UserError(self.env._("The file is too large for print layouts."))
        try:
            found = json.loads(
                content.decode("utf-8-sig"),
                parse_constant=_no_number,
                object_pairs_hook=self._read_object,
            )
        except (ValueError, RecursionError) as error:
            raise UserError(
                self.env._("The file is no export of print layouts: %s", error)
            ) from error
        found = found if isinstance(found, list) else [found]
        if not found or len(found) > MOST_PARTS:
            raise UserError(self.env._("The file has no print layouts in it."))
        contents = [self._read_dict(values) for values in found]
        for content in contents:
            self._check_languages(content)
        return self.union(*(self._create_layout(content) for content in contents))

    @api.model
    def _read_object(self, pairs):
        """Return the keys and values of a JSON object; of two alike one would be lost."""
        values = dict(pairs)
        if len(values) < len(pairs):
            counts = Counter(key for key, _value in pairs)
            twice = [key for key, count in counts.items() if count > 1]
            raise UserError(
                self.env._(
                    "The file has “%(keys)s” more than once in one place.",
                    keys=_shown_keys(twice),
                )
            )
        return values

    @api.model
    def _import_dict(self, values):
        """Create a layout from plain data.

        :raise UserError: unknown or missing keys, or values of a wrong kind
        """
        return self._create_layout(self._read_dict(values))

    @api.model
    def _create_layout(self, content):
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
        if not parts["columns"]:
            raise UserError(
                self.env._("%(place)s: a layout needs a column.", place=place)
            )
        return vals, paper, parts

    @api.model
    def _check_languages(self, content):
        """Raise an error where texts are in languages that Odoo does not know; those
        that are not installed are left out."""
        vals, paper, parts = content
        texts = [
            text
            for row in chain([vals, paper], *parts.values())
            for text in row.values()
            if isinstance(text, dict)
        ]
        langs = {lang for text in texts for lang in text}
        every = self.env["res.lang"].with_context(active_test=False)
        known = every.search([("code", "!=", False)])
        if unknown := langs - set(known.mapped("code")):
            raise UserError(
                self.env._(
                    "%(place)s: there are texts in “%(langs)s”, which is no language"
                    " that Odoo knows. A language is written as en_US or zh_CN.",
                    place=_english(vals["name"]),
                    langs=_shown_keys(sorted(unknown)),
                )
            )

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
                    keys=_shown_keys(unknown),
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
            self._check_value(model, name, value, place)
        return values

    @api.model
    def _check_value(self, model, name, value, place):
        field = model._fields[name]
        limits = model._get_limits().get(name)
        if not self._is_accepted(field, value, limits):
            raise UserError(
                self.env._(
                    "%(place)s: “%(key)s” cannot be %(value)s.",
                    place=place,
                    key=name,
                    value=_shown(value, 80),
                )
            )
        if field.required and not all(str(text).strip() for text in _texts(value)):
            raise UserError(
                self.env._("%(place)s: “%(key)s” is empty.", place=place, key=name)
            )

    @api.model
    def _is_accepted(self, field, value, limits=None):
        if field.type == "boolean":
            return isinstance(value, bool)
        if field.type in ("float", "integer"):
            lowest, highest = limits or (-LARGEST_NUMBER, LARGEST_NUMBER)
            whole = int if field.type == "integer" else (int, float)
            return (
                isinstance(value, whole)
                and not isinstance(value, bool)
                and lowest <= value <= highest
            )
        if field.type == "selection":
            return value in field.get_values(self.env)
        if field.type == "binary":
            return isinstance(value, str) and _is_base64(value)
        texts = _texts(value)
        return (
            bool(texts)
            and (field.translate or isinstance(value, str))
            and all(
                isinstance(text, str) and len(text) <= LONGEST_TEXT for text in texts
            )
            and _is_storable("".join(texts))
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


def _english(text):
    if isinstance(text, dict):
        return text.get("en_US") or next(iter(text.values()))
    return text


def _texts(value):
    return list(value.values()) if isinstance(value, dict) else [value]


def _is_storable(text):
    """Tell whether the database takes a text: it has no zeros nor half characters."""
    try:
        return b"\x00" not in text.encode()
    except UnicodeEncodeError:  # a lone surrogate
        return False


def _shown(value, size):
    """Return what somebody wrote, as it can be shown in a message."""
    return str(value)[:size].encode(errors="backslashreplace").decode()


def _shown_keys(keys):
    return "”, “".join(_shown(key, 40) for key in keys[:5])


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
