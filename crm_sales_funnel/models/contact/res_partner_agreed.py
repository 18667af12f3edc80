"""What contacts and people have agreed on with a customer."""

from odoo import fields, models

from .funnel_contact_mixin import CONTACT_GROUPS

KEPT = frozenset(
    {
        "agreed_contact_date",
        "agreed_contact_log_id",
        "agreed_contact_set_date",
        "agreed_contact_set_uid",
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
    # By whom it was said: by somebody by hand, or else in this contact.
    agreed_contact_log_id = _kept(
        fields.Many2one,
        "funnel.contact.log",
        ondelete="set null",
        index="btree_not_null",
        groups=CONTACT_GROUPS,
    )
    agreed_contact_set_uid = _kept(fields.Many2one, "res.users")
    agreed_contact_set_date = _kept(fields.Datetime)

    def _get_kept_fields(self):
        return super()._get_kept_fields() | KEPT

    def _get_hand_columns(self):
        return super()._get_hand_columns() | {
            f"hand_contact_{name}": f"agreed_contact_{name}"
            for name in ("set_date", "set_uid")
        }

    def _plan_next_contact(self, newest, stated):
        """Note who said it as well."""
        result = super()._plan_next_contact(newest, stated)
        log, setter, moment = stated, False, False
        if self._is_planned_by_hand(stated):
            log = log.browse()
            setter, moment = self.hand_contact_set_uid, self.hand_contact_set_date
        is_agreed = bool(self.agreed_contact_date)
        self.agreed_contact_log_id = is_agreed and log
        self.agreed_contact_set_uid = is_agreed and setter
        self.agreed_contact_set_date = is_agreed and moment
        return result

    def _prepare_new_hand_vals(self, vals, mark):
        vals = super()._prepare_new_hand_vals(vals, mark)
        return vals | {
            agreed: vals[hand] for hand, agreed in self._get_hand_columns().items()
        }

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

    def _give_to_owner(self, date, user):
        """Let the company of this person be contacted then, unless it is before; the
        person is not any more.

        :param date: of the next contact; False where it was fulfilled already
        """
        company = self._get_contact_owner()
        if company != self:
            if date:
                company._take_over_next_contact(date, user, self)
            self._write_hand(
                self._prepare_hand_vals(False, user.browse(), self._get_hand_mark())
            )
