from odoo import api, fields, models
from odoo.fields import Domain

# Who may read all slips, as their rules say. The warehouse is kept from what they cost.
READERS = ("manager", "order_desk", "warehouse", "finance")


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    # Of a file of a mail that is not sent yet: by which report it was made, and of what.
    mail_report_id = fields.Many2one(
        "ir.actions.report",
        ondelete="set null",
        index="btree_not_null",
        copy=False,
        groups=fields.NO_ACCESS,
    )
    mail_document_id = fields.Integer(copy=False, groups=fields.NO_ACCESS)

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

    def _note_mail_report(self, report, document):
        """Note what these files of a mail were made of; nothing once it is sent."""
        # sudo: what is printed with a mail is not for users to choose.
        self.sudo().write(
            {"mail_report_id": report.id, "mail_document_id": document.id}
        )

    def _get_mail_reports(self):
        """Return file -> (report as superuser, document) of those that were made for a
        mail which is not sent yet, whatever they are called by now, and of their copies.
        """
        # sudo: which report made a file tells nothing to who has it.
        files = self.sudo().filtered("checksum")
        noted = files.search(
            [
                ("mail_report_id", "!=", False),
                ("checksum", "in", files.mapped("checksum")),
                ("id", "!=", False),  # or those of fields are left out
            ]
        )
        made = {
            file.checksum: (
                file.mail_report_id,
                self.env[file.mail_report_id.model].browse(file.mail_document_id),
            )
            for file in noted
        }
        return {
            file.with_env(self.env): made[file.checksum]
            for file in files
            if file.checksum in made
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
