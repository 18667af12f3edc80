from odoo import Command, fields
from odoo.tests import tagged

from .test_printing_attachment import FLAG, AttachmentCommon


@tagged("post_install", "-at_install")
class TestPrintingAttachmentSlip(AttachmentCommon):
    """Who is kept from the files of slips, which tell debts."""

    def test_slips_that_are_still_to_be_sent(self):
        """They wait as files of the message, which all who read the transfer read."""
        desk = self.users["order_desk"]
        slip = self.files(desk).create(
            {"name": "a", "raw": self.excel.raw, "res_model": "mail.compose.message"}
        )
        self.message, _files = self.mail(
            self.picking,
            scheduled_date=str(fields.Datetime.add(fields.Datetime.now(), days=1)),
            attachment_ids=[Command.link(slip.id)],
            attach_xlsx=False,
        )
        self.assertEqual(slip.res_model, "mail.scheduled.message")
        other = self.new_role_user("funnel_other", "salesperson")
        for user, sees in (
            (other, False),
            (self.users["purchasing"], False),
            (self.users["salesperson"], True),
            (desk, True),
        ):
            with self.subTest(user=user.login):
                self.env.invalidate_all()
                self.assert_sees(user, slip, sees)

    def test_slips_with_debts(self):
        """Who may not read them may read their prices, where no debts are told."""
        buyer = self.users["purchasing"]
        self.assertTrue(self.picking.slip_ids.has_balance)
        self.assert_sees(buyer, self.excel, False)
        _message, own = self.mail(self.picking, "purchasing")
        self.assertTrue(own[FLAG])
        self.assertTrue(own.with_user(buyer).has_access("read"))
        self.picking.slip_ids.sudo().has_balance = False
        self.assert_sees(buyer, self.excel, True)
