from odoo import api, models


class FunnelPrintLayout(models.Model):
    _inherit = "funnel.print.layout"

    @api.model
    def _get_document_models(self):
        return [*super()._get_document_models(), "funnel.commission.settlement"]
