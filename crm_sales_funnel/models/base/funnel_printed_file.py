from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.constants import GC_UNLINK_LIMIT

# Who keeps a printed file longer before attaching it has printed it anew.
DAYS_KEPT = 400


class FunnelPrintedFile(models.Model):
    """What is known of a file that was printed, by its content alone: whatever it is
    called, and whoever attaches it where, now or after it was downloaded.

    Nobody reads these records but the system.
    """

    _name = "funnel.printed.file"
    _description = "Printed File"
    _rec_name = "checksum"

    checksum = fields.Char(required=True, readonly=True)
    has_prices = fields.Boolean(readonly=True)

    _checksum_unique = models.UniqueIndex("(checksum)")

    @api.model
    def _note(self, checksums, **values):
        """Note of printed files what they are; what was known of them before stays.

        :param checksums: as attachments have them
        """
        known = self._find(checksums)
        new = set(checksums) - set(known.mapped("checksum"))
        if new:
            # Who prints the same at the same time waits here, and Odoo begins anew then.
            rows = self.env.execute_query(
                SQL(
                    "INSERT INTO funnel_printed_file (checksum, create_date)"
                    " SELECT UNNEST(%s), %s ON CONFLICT DO NOTHING RETURNING id",
                    sorted(new),
                    self.env.cr.now(),
                )
            )
            known |= known.browse(row[0] for row in rows)
        known.write(values)
        return known

    @api.model
    def _find(self, checksums):
        """Return what is known of files, as superuser."""
        # sudo: what a file is tells nothing to who has it.
        return self.sudo().search([("checksum", "in", list(set(checksums)))])

    @api.autovacuum
    def _gc_printed_files(self):
        last = fields.Datetime.subtract(fields.Datetime.now(), days=DAYS_KEPT)
        old = self.search([("create_date", "<", last)], limit=GC_UNLINK_LIMIT)
        old.unlink()
        return len(old), len(old) == GC_UNLINK_LIMIT
