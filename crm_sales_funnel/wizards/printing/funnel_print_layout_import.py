import base64

from odoo import fields, models


class FunnelPrintLayoutImport(models.TransientModel):
    """Makes layouts of a file that another database has exported."""

    _name = "funnel.print.layout.import"
    _description = "Import Print Layouts"

    content = fields.Binary(string="File", required=True, attachment=False)
    filename = fields.Char()

    def action_import(self):
        """Create the layouts and open them."""
        self.ensure_one()
        layouts = self.env["funnel.print.layout"]._import_file(
            base64.b64decode(self.content)
        )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_sales_funnel.funnel_print_layout_action"
        )
        if len(layouts) == 1:
            return {
                **action,
                "views": [(False, "form")],
                "view_mode": "form",
                "res_id": layouts.id,
            }
        return {**action, "domain": [("id", "in", layouts.ids)]}
