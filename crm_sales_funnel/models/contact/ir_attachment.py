from odoo import models
from odoo.exceptions import AccessError

# What a photo shows, who sees it, and where it belongs.
FIXED = frozenset(
    {
        "datas",
        "db_datas",
        "mimetype",
        "public",
        "raw",
        "res_field",
        "res_id",
        "res_model",
        "store_fname",
        "type",
        "url",
    }
)


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    def write(self, vals):
        """The photos of a contact stay what they were when it was saved."""
        # sudo: whose they are is what is asked here.
        photos = () if self.env.su or not FIXED & vals.keys() else self.sudo()
        if any(
            photo.res_model == "funnel.contact.log" and photo.res_id for photo in photos
        ):
            raise AccessError(
                self.env._(
                    "Photos of contacts cannot be changed: remove it and add another."
                )
            )
        return super().write(vals)
