from odoo import models

# In the context of the composer: what it mails is sent to the customer thereby.
MARK_SENT = "funnel_mark_statements_sent"
# States of mails that reach nobody.
NOT_MAILED = ("cancel", "exception")


class FunnelStatement(models.Model):
    """How statements are mailed: a draft is sent once its mail is."""

    _inherit = "funnel.statement"

    def action_send(self):
        """Return how to open the mails to the customers: one statement is shown as a
        message, of several each customer is mailed his own."""
        self._for_finance()
        only_open = set(self.mapped("kind")) == {"open"}
        name = "open_items" if only_open else "statement"
        template = self.env.ref(
            f"crm_sales_funnel.mail_template_{name}", raise_if_not_found=False
        )
        return {
            "name": self.env._("Send"),
            "type": "ir.actions.act_window",
            "res_model": "mail.compose.message",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_model": self._name,
                "default_res_ids": self.ids,
                "default_composition_mode": "comment"
                if len(self) == 1
                else "mass_mail",
                "default_template_id": template.id if template else False,
                "default_email_layout_xmlid": "crm_sales_funnel.mail_layout_customer",
                "force_email": True,
                MARK_SENT: True,
            },
        }

    def message_post(self, **kwargs):
        message = super().message_post(**kwargs)
        self._note_mailed()
        return message

    def _message_mail_after_hook(self, mails):
        result = super()._message_mail_after_hook(mails)
        mailed = mails.filtered(lambda mail: mail.state not in NOT_MAILED)
        self.browse(mailed.mapped("res_id"))._note_mailed()
        return result

    def _note_mailed(self):
        """Note that the customers have the statements, if they are mailed for that."""
        if self.env.context.get(MARK_SENT):
            self.filtered(lambda each: each.state == "draft").action_mark_sent()
