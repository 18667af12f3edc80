from odoo import api, fields, models

# Those who read the aging.
AGING_GROUPS = ",".join(
    f"crm_sales_funnel.group_funnel_{role}"
    for role in ("salesperson", "order_desk", "finance", "purchasing")
)


class ResPartner(models.Model):
    _inherit = "res.partner"

    last_receipt_date = fields.Date(
        "Last Receipt",
        compute="_compute_last_receipt_date",
        groups=AGING_GROUPS,
        help="Date of the last payment received from this customer.",
    )

    @api.depends_context("as_of", "allowed_company_ids")
    def _compute_last_receipt_date(self):
        # sudo: a salesperson may know when the customer last paid, but has no
        # access to payments.
        payments = self.env["account.payment"].sudo()
        customers = self.commercial_partner_id
        rows = payments._read_group(
            [
                ("partner_id.commercial_partner_id", "in", customers.ids),
                ("company_id", "in", self.env.companies.ids),
                ("payment_type", "=", "inbound"),
                ("state", "in", ("in_process", "paid")),
                ("date", "<=", self.env["funnel.aging.report"]._as_of()),
            ],
            ["partner_id"],
            ["date:max"],
        )
        latest = {}
        for payer, date in rows:
            customer = payer.commercial_partner_id.id
            latest[customer] = max(date, latest.get(customer, date))
        for partner in self:
            partner.last_receipt_date = latest.get(partner.commercial_partner_id.id)
