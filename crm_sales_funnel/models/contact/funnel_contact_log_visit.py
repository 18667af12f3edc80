from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import human_size
from odoo.tools.mimetypes import guess_mimetype

IMAGES = ("image/jpeg", "image/png", "image/gif", "image/webp")
MOST_PHOTOS = 10
LARGEST_PHOTO = 10 * 1024**2  # bytes


class FunnelContactLog(models.Model):
    """What a visit has beside other contacts: where it was, who took part, photos."""

    _inherit = "funnel.contact.log"

    channel_kind = fields.Selection(related="channel_id.kind")
    place = fields.Char()
    # Degrees, as the browser tells them; both are 0 where nobody asked it.
    place_latitude = fields.Float("Latitude", digits=(10, 6), aggregator=None)
    place_longitude = fields.Float("Longitude", digits=(10, 6), aggregator=None)
    participant_ids = fields.Many2many(
        "res.partner",
        "funnel_contact_log_participant_rel",
        string="Also Present",
        domain="['|', ('commercial_partner_id', '=', commercial_partner_id),"
        " ('partner_share', '=', False)]",
    )
    photo_ids = fields.Many2many(
        "ir.attachment",
        "funnel_contact_log_photo_rel",
        string="Photos",
        copy=False,
        # They belong to the contact: who reads it reads them.
        bypass_search_access=True,
    )

    _place_on_earth = models.Constraint(
        "CHECK (place_latitude BETWEEN -90 AND 90"
        " AND place_longitude BETWEEN -180 AND 180)",
        "There is no such place on earth.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        logs = super().create(vals_list)
        for log in logs.filtered("photo_ids"):
            log._keep_photos(log.photo_ids)
        return logs

    def write(self, vals):
        if "photo_ids" not in vals:
            return super().write(vals)
        before = {log: log.photo_ids for log in self}
        result = super().write(vals)
        for log, photos in before.items():
            log._keep_photos(log.photo_ids - photos)
            (photos - log.photo_ids).unlink()
        return result

    def _keep_photos(self, new):
        """Take the photos that were uploaded for this contact: from now on, who reads
        it may see them, and nobody else.

        :param new: attachments that it had not so far
        :raise AccessError: for files of somebody or something else
        :raise ValidationError: for what is no photo, or too large, or too much
        """
        self.ensure_one()
        new = new.sudo()  # sudo: whose files they are is what is asked here.
        if new.filtered(self._is_not_uploaded_here):
            raise AccessError(
                self.env._("Only photos that you have just uploaded can be added.")
            )
        if len(self.photo_ids) > MOST_PHOTOS:
            raise ValidationError(
                self.env._("A contact has %(count)s photos at most.", count=MOST_PHOTOS)
            )
        for photo in new:
            self._check_photo(photo)
        new.write({"res_id": self.id, "public": False})

    def _is_not_uploaded_here(self, attachment) -> bool:
        return (
            attachment.res_model != self._name
            or attachment.res_id not in (0, self.id)
            or attachment.type != "binary"
            or bool(attachment.res_field)
            or attachment.create_uid != self.env.user
        )

    def _check_photo(self, attachment):
        # By its content: the name may say anything.
        if guess_mimetype(attachment.raw or b"") not in IMAGES:
            raise ValidationError(
                self.env._(
                    "%(name)s is no photo. JPEG, PNG, GIF and WebP files can be added.",
                    name=attachment.name,
                )
            )
        if attachment.file_size > LARGEST_PHOTO:
            raise ValidationError(
                self.env._(
                    "%(name)s is too large. A photo may have %(size)s at most.",
                    name=attachment.name,
                    size=human_size(LARGEST_PHOTO),
                )
            )

    @api.autovacuum
    def _gc_photos(self):
        """Delete photos of contacts that were never saved."""
        attachments = self.env["ir.attachment"].search(
            [
                ("res_model", "=", self._name),
                ("res_id", "=", 0),
                ("create_date", "<", fields.Datetime.now() - timedelta(days=1)),
            ]
        )
        attachments.unlink()
