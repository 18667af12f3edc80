from odoo.exceptions import AccessError
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal


class PricePortal(CustomerPortal):
    def _document_check_access(self, model_name, document_id, access_token=None):
        """Keep the web pages of documents, which Odoo renders as superuser for all
        who may read the document, from users who must not see prices."""
        document = super()._document_check_access(
            model_name, document_id, access_token=access_token
        )
        guarded = isinstance(document, request.env.registry["funnel.price.document"])
        if guarded and not request.env.user._funnel_sees_prices():
            raise AccessError(request.env._("You are not allowed to see prices."))
        return document
