from odoo import api, models
from odoo.fields import Domain


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    def _get_withheld_models(self) -> list[str]:
        """Return the models whose files the current user is kept from, since printed
        copies of documents with prices are among them."""
        if self.env.su or self.env.user._funnel_sees_prices():
            return []
        document = self.pool["funnel.price.document"]
        return [
            name
            for name, model in self.pool.items()
            if issubclass(model, document) and not model._abstract
        ]

    def _inaccessible_comodel_records(self, model_and_ids, operation):
        yield from super()._inaccessible_comodel_records(model_and_ids, operation)
        for name in self._get_withheld_models():
            for res_id in filter(None, model_and_ids.get(name, ())):
                yield name, res_id

    @api.model
    def _search(self, domain, *args, bypass_access=False, **kwargs):
        if not bypass_access and (withheld := self._get_withheld_models()):
            domain = Domain(domain) & Domain("res_model", "not in", withheld)
        return super()._search(domain, *args, bypass_access=bypass_access, **kwargs)
