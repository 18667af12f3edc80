from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    has_printed_prices = fields.Boolean(
        readonly=True, help="A printed document with prices, such as a slip in a mail."
    )

    @api.model
    def _note_prices(self, contents):
        """Keep these files, should they become attachments, from users who must not
        see prices.

        Only their content is known from where they are printed to where Odoo attaches
        them, in the same transaction.
        """
        noted = self.env.cr.cache.setdefault("funnel_printed_prices", set())
        noted.update(map(self._compute_checksum, contents))

    @api.model_create_multi
    def create(self, vals_list):
        attachments = super().create(vals_list)
        noted = self.env.cr.cache.get("funnel_printed_prices", ())
        # sudo: users do not choose who is kept from prices.
        priced = attachments.sudo().filtered(lambda a: noted and a.checksum in noted)
        priced.has_printed_prices = True
        return attachments

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

    def _check_access(self, operation):
        result = super()._check_access(operation)
        if self.env.su or self.env.user._funnel_sees_prices():
            return result
        # sudo: to learn what to withhold.
        withheld = self.sudo().filtered("has_printed_prices").sudo(False)
        if not withheld:
            return result
        forbidden = withheld | result[0] if result else withheld
        return forbidden, lambda: AccessError(
            self.env._("You are not allowed to see prices.")
        )

    @api.model
    def _search(self, domain, *args, bypass_access=False, **kwargs):
        if not bypass_access and (withheld := self._get_withheld_models()):
            domain = Domain(domain) & Domain("res_model", "not in", withheld)
            domain &= Domain("has_printed_prices", "!=", True)
        return super()._search(domain, *args, bypass_access=bypass_access, **kwargs)
