from odoo import models

from .funnel_contact_log import NAMED


class FunnelContactLog(models.Model):
    """A dialog that is open tells of nothing that is hidden."""

    _inherit = "funnel.contact.log"

    def onchange(self, values, field_names, fields_spec):
        """What is not saved yet tells names without asking for rights."""
        named = {
            key.removeprefix("default_"): value
            for key, value in self.env.context.items()
            if key.startswith("default_")
        }
        kept = self.sudo()  # sudo: what the contact has been about so far
        for fname, value in (named | values).items():
            if fname in NAMED and (id_ := _get_id(value)):
                record = self.env[self._fields[fname].comodel_name].browse(id_)
                if not kept or record != kept[fname]:
                    record.exists().check_access("read")
        return super().onchange(values, field_names, fields_spec)


def _get_id(value) -> int | None:
    """Return which record a client names, in whichever of Odoo's ways."""
    if isinstance(value, dict):
        value = value.get("id")
    if isinstance(value, (list, tuple)):
        value = value and value[0]
    return value if isinstance(value, int) and value else None
