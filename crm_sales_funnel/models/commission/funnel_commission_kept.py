"""What the ledger of commission tells of is archived or cancelled, not deleted: it refers
to documents, customers, products, teams and users by no foreign keys."""

from odoo import api, models


class ResUsers(models.Model):
    _inherit = "res.users"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_commission(self):
        self.env["funnel.commission.entry"]._refuse_deletion(self, "user_id")


class ResPartner(models.Model):
    _inherit = "res.partner"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_commission(self):
        for column in ("partner_id", "payee_id"):
            self.env["funnel.commission.entry"]._refuse_deletion(self, column)


class ProductProduct(models.Model):
    _inherit = "product.product"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_commission(self):
        self.env["funnel.commission.entry"]._refuse_deletion(self, "product_id")


class ProductTemplate(models.Model):
    _inherit = "product.template"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_commission(self):
        # The database deletes the variants with it.
        variants = self.with_context(active_test=False).product_variant_ids
        self.env["funnel.commission.entry"]._refuse_deletion(variants, "product_id")


class CrmTeam(models.Model):
    _inherit = "crm.team"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_commission(self):
        self.env["funnel.commission.entry"]._refuse_deletion(self, "team_id")


class SaleOrder(models.Model):
    _inherit = "sale.order"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_commission(self):
        self.env["funnel.commission.entry"]._refuse_deletion(self, "order_id")


class AccountMove(models.Model):
    _inherit = "account.move"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_commission(self):
        posted = self.filtered("posted_before")  # nothing else has earned
        self.env["funnel.commission.entry"]._refuse_deletion(posted, "move_id")
