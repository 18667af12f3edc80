from odoo import Command

from .printing_common import PrintingCommon


class PrintingMailCommon(PrintingCommon):
    """A delivery, an order, a quotation, a purchase and a receipt to mail."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.email = "buyer@nordwind.example"
        cls.picking = cls.new_delivery([(cls.bolt, 7, {})])
        cls.order = cls.picking.sale_id
        cls.quotation = cls.order.copy()
        cls.quotation.user_id = cls.users["salesperson"]
        cls.purchase = cls.env["purchase.order"].create(
            {
                "partner_id": cls.customer.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": cls.bolt.id,
                            "product_qty": 3,
                            "price_unit": 12.34,
                            "tax_ids": False,
                        }
                    )
                ],
            }
        )
        cls.payment = cls.env["account.payment"].create(
            {"amount": 50, "partner_id": cls.customer.id}
        )

    def compose(self, records, user, **values):
        composers = records.env["mail.compose.message"].with_user(self.users[user])
        return composers.create(
            {
                "model": records._name,
                "res_ids": str(records.ids),
                "composition_mode": "comment",
                "partner_ids": self.customer.ids,
                "subject": "Yours",
                "body": "Dear Sirs",
                **values,
            }
        )

    def send(self, record, user, **values):
        composer = self.compose(record, user, attach_xlsx=True, **values)
        self.assertTrue(composer.can_attach_xlsx)
        _mails, message = composer._action_send_mail()
        return message.sudo().attachment_ids
