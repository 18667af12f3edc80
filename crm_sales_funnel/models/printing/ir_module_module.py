from odoo import api, models


class IrModuleModule(models.Model):
    _inherit = "ir.module.module"

    @api.model
    def _load_module_terms(self, modules, langs, overwrite=False):
        """Translate the shipped print layouts, whose texts are not in the .po files,
        when a language is added."""
        result = super()._load_module_terms(modules, langs, overwrite)
        if "crm_sales_funnel" in modules:
            self.env["funnel.print.layout"]._translate_presets(langs)
        return result
