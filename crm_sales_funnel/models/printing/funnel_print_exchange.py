import json
from pathlib import Path

from odoo import api, fields, models
from odoo.tools.misc import file_open, file_path

from .funnel_print_import import EXCHANGED, PARTS

PRESETS = "crm_sales_funnel/data/print_layouts"
MODULE = "crm_sales_funnel"
# A restored layout keeps what was set up for the printer and the place in lists.
KEPT = {"name", "sequence", "offset_x", "offset_y", "lang", "background"}


class FunnelPrintLayout(models.Model):
    """Layouts as JSON files: exported, shipped with the addon and restored."""

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
