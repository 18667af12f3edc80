from odoo import api, fields, models
from odoo.fields import Domain

# Who may read all slips, as their rules say. The warehouse is kept from what they cost.
READERS = ("manager", "order_desk", "warehouse", "finance")


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    # Of a print that is kept: what it was printed of, and by what.
    print_key = fields.Char(copy=False, groups=fields.NO_ACCESS)

    @api.model
    def _note_print_key(self, content, key):
        """Note of what a file was printed that becomes an attachment next."""
        keys = self.env.cr.cache.setdefault("funnel_print_keys", {})
        keys[self._compute_checksum(content)] = key

    @api.model_create_multi
    def create(self, vals_list):
        attachments = super().create(vals_list)
        keys = self.env.cr.cache.get("funnel_print_keys")
        # sudo: users do not choose what files were printed of.
        for attachment in attachments.sudo() if keys else ():
            if attachment.checksum in keys:
                attachment.print_key = keys.pop(attachment.checksum)
        return attachments

    def _note_printed(self, report, document, is_preview=False):
        """Note what these files were printed of, and by what."""
        self.env["funnel.printed.file"]._note(
            self.mapped("checksum"),
            report_id=report.id,
            document_model=document._name,
            document_id=document.id,
            is_preview=is_preview,
        )

    def _get_printed(self):
        """Return file -> what it was printed of, as superuser; of those that go with
        mails, whatever they are called by now, and of their copies."""
        # sudo: what a file was printed of tells nothing to who has it.
        files = self.sudo().filtered("checksum")
        found = self.env["funnel.printed.file"]._find(files.mapped("checksum"))
        by_checksum = found.filtered("document_model").grouped("checksum")
        return {
            file.with_env(self.env): by_checksum[file.checksum]
            for file in files
            if file.checksum in by_checksum
        }

    def _get_withheld_domain(self):
        """Slips tell debts as well: who may not read a slip is kept from its files,
        but for those that he or she made, which tell none."""
        withheld = super()._get_withheld_domain()
        user = self.env.user
        if (
            self.env.su
            or user.share
            or not user._funnel_sees_prices()  # kept from all of them
            or any(
                user.has_group(f"crm_sales_funnel.group_funnel_{r}") for r in READERS
            )
        ):
            return withheld
        return withheld | (
            Domain("has_printed_prices", "=", True)
            & Domain("create_uid", "!=", user.id)
            & self._get_slips_domain(self._get_unknown_debts_domain())
        )

    def _get_unknown_debts_domain(self):
        """Return the domain of the transfers with a slip that tells debts and that the
        user may not read."""
        slips = self.env["funnel.print.slip"]
        unknown = Domain("has_balance", "=", True)
        if slips.has_access("read"):
            unknown &= Domain("id", "not in", slips._search([]))
        # sudo: which transfers they are of.
        found = slips.sudo()._search(unknown & Domain("picking_id", "!=", False))
        return Domain("id", "in", found.subselect("picking_id"))
