from odoo import api, models
from odoo.exceptions import AccessError

from .funnel_collision import ANY_ROLE

SIGNS = frozenset(
    {
        "name",
        "phone",
        "email",
        "vat",
        "type",
        "is_company",
        "country_id",
        "company_id",
        "parent_id",
        "active",
    }
)


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "funnel.collision.import"]

    # ------------------------------------------------------------------
    # Asked by the screens
    # ------------------------------------------------------------------

    @api.model
    @api.readonly
    def funnel_find_similar(self, values, limit=5):
        """Return customers and leads, of all salespeople and companies, that may be the
        one that the user is about to enter; the likeliest first.

        Of those that the user may not read nothing is told but their name, salesperson,
        why they are alike, and the day of the last contact.

        :param dict values: what is entered so far, all of it optional: ``model``
            (``res.partner`` or ``crm.lead``), ``id`` if it is saved, ``name`` (of the
            company), ``is_company``, ``contact_name``, ``phone``, ``email``, ``vat``,
            ``country_id``, ``parent_id`` (of a contact person), ``partner_id`` (the
            customer of a lead). Names, phones, mails and tax IDs are a text or a list.
        :param int limit: how many, 1 to 20
        :return: list of dicts: ``key`` (for the methods below), ``model``, ``id`` (None
            if masked), ``name``, ``score`` (0 to 1), ``is_strong``, ``reasons`` (keys),
            ``reason_labels`` (the same in words), ``owner`` and ``last_contact``
            (``YYYY-MM-DD``), False if there is none
        :raise AccessError: the user has no role
        """
        self._check_may_look_up()
        return self.env["funnel.collision.lookup"]._find(values, limit)

    @api.model
    def funnel_keep_apart(self, values, key, note=None):
        """Remember that what the user enters is not the customer or lead of a key: it is
        not told again until a name, or what both have in common, changes.

        Of what is not saved yet it is remembered for the user until it is.

        :param dict values: as for ``funnel_find_similar``
        :param str key: as it was told
        :param str note: why, optional
        :raise AccessError: the user has no role, or may not change the saved record
        :raise UserError: they are not alike any more
        """
        self._check_may_look_up()
        return self.env["funnel.collision.lookup"]._keep_apart(values, key, note)

    @api.model
    def funnel_ask_access(self, values, key):
        """Ask for access to a customer or lead, once a day: its salesperson, or where he
        is gone the leader of his team, or a manager. Who asks is told nothing more.

        :param dict values: as for ``funnel_find_similar``
        :param str key: as it was told
        :return: the name of who is asked; False where it is only noted
        :raise AccessError: the user has no role
        :raise UserError: they are not alike any more
        """
        self._check_may_look_up()
        return self.env["funnel.collision.lookup"]._ask_access(values, key)

    @api.model
    def _check_may_look_up(self):
        user = self.env.user
        if not user._is_internal() or not user.has_group(ANY_ROLE):
            raise AccessError(self.env._("You may not look up customers."))

    # ------------------------------------------------------------------
    # Entered and changed
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        # sudo: the check reads everything, and tells what it may.
        partners.env["funnel.collision"].sudo()._follow(partners, is_new=True)
        return partners

    def write(self, vals):
        if not (SIGNS | {"commercial_partner_id"}) & vals.keys():
            return super().write(vals)
        collisions = self.env["funnel.collision"].sudo()  # sudo: as above
        before = collisions._read_known(self)
        result = super().write(vals)
        if "commercial_partner_id" in vals:
            # It follows from the company that a partner belongs to, whatever a client
            # says, where that is not refused altogether.
            field = self._fields["commercial_partner_id"]
            self.env.add_to_compute(field, self)
            self._recompute_recordset([field.name])
        collisions._follow(self, before)
        if "parent_id" in vals:
            collisions._close_joined(partners=self)
            collisions._forget_family(self)
        return result

    @api.model
    def name_create(self, name):
        """Warn of what is very like a customer that is created from a field."""
        result = super().name_create(name)
        if self.env.user.has_group(ANY_ROLE):
            self.browse(result[0])._warn_of_similar()
        return result

    def _warn_of_similar(self):
        """Show the user what is very like this customer, which he has just entered."""
        values = {
            "id": self.id,
            "name": self.name,
            "email": self.email,
            "is_company": self.is_company,
        }
        similar = [row for row in self.funnel_find_similar(values) if row["is_strong"]]
        if similar:
            row = similar[0]
            self.env.user._bus_send(
                "simple_notification",
                {
                    "type": "warning",
                    "title": self.env._("Possible duplicate"),
                    "message": self.env._(
                        "%(name)s is like %(other)s, salesperson %(owner)s.",
                        name=self.name,
                        other=row["name"],
                        owner=row["owner"] or "-",
                    ),
                },
            )

    def create_company(self):
        # Its company has the tax ID of the person, who brings his phone along.
        collisions = self.env["funnel.collision"].sudo()  # sudo: as above
        person = self.with_context(**collisions._made_from(self))
        return super(ResPartner, person).create_company()
