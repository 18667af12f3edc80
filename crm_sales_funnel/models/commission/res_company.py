import pytz

from odoo import models


class ResCompany(models.Model):
    _inherit = "res.company"

    def _get_zone(self) -> str:
        """Return the time zone by which the days of its sales are told: its own, else
        the first one of its country; whoever asks from where."""
        self.ensure_one()
        # sudo: whoever is kept from its address.
        address = self.sudo().partner_id
        zones = pytz.country_timezones.get(address.country_id.code or "", ())
        return address.tz or next(iter(zones), "UTC")
