"""What contacts and people have agreed on with a customer."""

from odoo import api, fields, models
from odoo.tools import SQL

from .funnel_contact_mixin import TOGETHER

KEPT = frozenset(
    {
        "agreed_contact_date",
        "agreed_contact_user_id",
        "contact_plan_since",
        "dormant_since",
        "last_order_date",
        "next_contact_origin",
    }
)
# What decides which customer somebody belongs to.
BELONGING = frozenset({"is_company", "parent_id"})


def _kept(kind, *args, **attributes):
    """Return a field of what contacts and people have agreed on."""
    common = {
        "compute": "_compute_contact_dates",
        "store": True,
        "prefetch": TOGETHER,
        "readonly": False,
        "copy": False,
        "groups": "base.group_user",
    }
    return kind(*args, **{**common, **attributes})


class ResPartner(models.Model):
    """An activity or a plan may come before what was agreed: it is kept in fields of its
    own. The people of a customer have no next contact: theirs is the customer's."""

    _inherit = "res.partner"

    _agreed_fields = ("agreed_contact_date", "agreed_contact_user_id")

    # A new record has nothing agreed: a default spares it the computation of them all.
    agreed_contact_date = _kept(fields.Date, default=lambda self: False)
    agreed_contact_user_id = _kept(fields.Many2one, "res.users")

    def _get_kept_fields(self):
        return super()._get_kept_fields() | KEPT

    def _get_hand_columns(self):
        return super()._get_hand_columns() | {
            f"hand_contact_{name}": f"agreed_contact_{name}"
            for name in ("set_date", "set_uid")
        }

    def _is_stated_by(self, log):
        """What was agreed on with a lead is the lead's: see the mixin."""
        return super()._is_stated_by(log) and not log.lead_id

    @api.model
    def _stated_query(self):
        return SQL("%s AND lead_id IS NULL", super()._stated_query())

    def write(self, vals):
        """Who becomes a person of a company brings along what was planned by hand."""
        planned = []
        if BELONGING & vals.keys():
            planned = [
                (
                    partner,
                    partner._has_hand_plan() and partner.agreed_contact_date,
                    partner.agreed_contact_user_id,
                )
                # sudo: whoever moves the person, and whatever may be read.
                for partner in self.sudo()
                if partner.hand_contact_date
            ]
        result = super().write(vals)
        for partner, date, user in planned:
            partner._give_to_owner(date, user)
        return result

    def _pass_on_next_contact(self):
        """A next contact that was planned with a person is the company's."""
        result = super()._pass_on_next_contact()
        # sudo: whoever plans it with the person plans it with the company.
        for partner in self.sudo():
            date, user = partner.agreed_contact_date, partner.agreed_contact_user_id
            if date:
                partner._give_to_owner(date, user)
        return result

    def _take_over_next_contact(self, date, user, said):
        """Plan a contact by hand that was planned with a person, unless an earlier one
        is.

        :param said: the person
        """
        if self.agreed_contact_date and self.agreed_contact_date <= date:
            return
        if not user._has_contact_reminders():
            user = self._get_next_contact_user()
        vals = self._prepare_hand_vals(date, user, self._get_hand_mark())
        names = ("hand_contact_set_uid", "hand_contact_set_date")
        saying = {name: said[name] for name in names if said[name]}
        saying = self._convert_to_write(saying)
        self._write_hand(vals | saying)

    def _give_to_owner(self, date, user):
        """Let the company of this person be contacted then, unless it is before; the
        person is not any more.

        :param date: of the next contact; False where it was fulfilled already
        """
        company = self._get_contact_owner()
        if company == self:
            return
        if date:
            lines = (company | self)._get_planned_lines()
            company._take_over_next_contact(date, user, self)
            company._tell_other_plans(lines)
        self._write_hand(
            self._prepare_hand_vals(False, user.browse(), self._get_hand_mark())
        )
