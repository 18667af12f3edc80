from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain


class IrAttachment(models.Model):
    """Printed documents with prices lie beside other files, in chatters that more
    users read than may see the prices."""

    _inherit = "ir.attachment"

    # Not copied: whether the copy has prices is seen by its content.
    has_printed_prices = fields.Boolean(
        readonly=True,
        copy=False,
        help="A printed document with prices, such as a slip in a mail.",
    )

    # Asked for with each new file; there are few with prices.
    _printed_prices = models.Index("(checksum) WHERE has_printed_prices IS TRUE")

    @api.model
    def _note_prices(self, contents):
        """Keep these files, should they become attachments, from users who must not
        see prices.

        Only their content is known from where they are printed to where Odoo attaches
        them, or a user does who has downloaded them.
        """
        checksums = list(map(self._compute_checksum, contents))
        self.env["funnel.printed.file"]._note(checksums, has_prices=True)

    @api.model
    def _note_rewritten(self, contents, written):
        """Keep a file like those that it was made of: other addons write PDF files
        anew, with other bytes."""
        checksums = list(map(self._compute_checksum, contents))
        if any(self.env["funnel.printed.file"]._find(checksums).mapped("has_prices")):
            self._note_prices([written])

    @api.model_create_multi
    def create(self, vals_list):
        attachments = super().create(vals_list)
        attachments._flag_prices()
        return attachments

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {"raw", "datas", "db_datas"}:
            self._flag_prices()
        return result

    def _flag_prices(self):
        """Flag the files with prices: printed, or attached before."""
        # sudo: users do not choose who is kept from prices.
        files = self.sudo().filtered("checksum")
        if not files:
            return
        domain = [
            ("has_printed_prices", "=", True),
            ("checksum", "in", files.mapped("checksum")),
            ("id", "!=", False),  # or those of fields are left out
        ]
        known = set(files.search(domain).mapped("checksum"))
        printed = self.env["funnel.printed.file"]._find(files.mapped("checksum"))
        known |= set(printed.filtered("has_prices").mapped("checksum"))
        priced = files.filtered(lambda a: a.checksum in known)
        priced.filtered(lambda a: not a.has_printed_prices).has_printed_prices = True

    def _has_field_access(self, field, operation):
        return super()._has_field_access(field, operation) and (
            self.env.su or operation == "read" or field.name != "has_printed_prices"
        )

    # Who is kept from which files

    def _get_withheld_models(self) -> list[str]:
        """Return the models whose files the current user is kept from, since printed
        copies of documents with prices are among them."""
        if self.env.su or self.env.user._funnel_sees_prices():
            return []
        return self._get_priced_models()

    def _get_priced_models(self) -> list[str]:
        """Return the models of documents that go to customers or vendors."""
        thread = self.pool["funnel.price.thread"]
        return [
            name
            for name, model in self.pool.items()
            if issubclass(model, thread) and not model._abstract
        ]

    def _get_priced(self):
        """Return those of these files that some users are kept from. Asks for no query
        where the files were read already."""
        priced_models = self._get_priced_models()
        # sudo: to learn what to withhold.
        priced = self.sudo().filtered(
            lambda a: a.has_printed_prices or a.res_model in priced_models
        )
        return priced.with_env(self.env)

    def _get_withheld_domain(self) -> Domain:
        """Return the domain of the files that the current user is kept from.

        Customers and vendors are kept from none: they are given what they were sent.
        """
        user = self.env.user
        if self.env.su or user.share:
            return Domain.FALSE
        priced = Domain("has_printed_prices", "=", True)
        if not user._funnel_sees_prices():
            return priced | Domain("res_model", "in", self._get_withheld_models())
        if "all" in user._funnel_reaches():
            return Domain.FALSE
        # Who printed a slip of a colleague was told no prices.
        mine = Domain("create_uid", "=", user.id)
        return priced & ~mine & self._get_foreign_slips_domain()

    def _get_foreign_slips_domain(self) -> Domain:
        """Return the domain of the files of transfers with an order that the user may
        not read: Odoo lets all salespeople read all transfers."""
        sales = self._get_unreadable_domain("sale.order")
        purchases = self._get_unreadable_domain("purchase.order")
        return self._get_slips_domain(
            Domain("sale_id", "any", sales)
            | Domain("move_ids.sale_line_id.order_id", "any", sales)
            | Domain("move_ids.purchase_line_id.order_id", "any", purchases)
        )

    def _get_slips_domain(self, pickings) -> Domain:
        """Return the domain of the files of transfers, and of messages about them that
        are still to be sent.

        :param pickings: domain of the transfers
        """
        # sudo: which orders a transfer has.
        pickings = self.env["stock.picking"].sudo()._search(pickings)
        # sudo: which messages wait, whoever wrote them.
        messages = self.env["mail.scheduled.message"].sudo()
        waiting = messages._search(
            Domain("model", "=", "stock.picking") & Domain("res_id", "in", pickings)
        )
        return Domain.OR(
            Domain("res_model", "=", model) & Domain("res_id", "in", found)
            for model, found in (
                ("stock.picking", pickings),
                (messages._name, waiting),
            )
        )

    def _get_unreadable_domain(self, model) -> Domain:
        """Return the domain of the records of a model that the user may not read."""
        records = self.env[model]
        if not records.has_access("read"):
            return Domain.TRUE
        return Domain("id", "not in", records._search([]))

    def _get_withheld(self):
        """Return those of these files that the current user is kept from, also where
        a link or a message gives access to them."""
        domain = self._get_withheld_domain()
        if domain.is_false():
            return self.browse()
        withheld_models = self._get_withheld_models()
        # sudo: to learn what to withhold. Most files ask for no query here.
        suspect = self.sudo().filtered(
            lambda a: a.has_printed_prices or a.res_model in withheld_models
        )
        found = suspect and suspect.search(Domain("id", "in", suspect.ids) & domain)
        return found.with_env(self.env)

    def _get_withheld_from(self, user):
        """Return those of these files that a user is kept from to whom Odoo sends
        them, in the name of somebody else maybe; none where it is sent to many, who
        get no tokens."""
        if not user:
            return self.browse()
        files = self.with_user(user)
        if user != self.env.user:
            # Not those of the sender, which may be none of the user's. sudo: of another.
            companies = user.sudo().company_ids.ids
            files = files.with_context(allowed_company_ids=companies)
        return files._get_withheld().with_env(self.env)

    def _get_withheld_error(self):
        return AccessError(self.env._("You are not allowed to see these prices."))

    def _check_not_withheld(self):
        """:raise AccessError: the user is kept from one of these files"""
        if self._get_withheld_from(self.env.user):
            raise self._get_withheld_error()

    def _inaccessible_comodel_records(self, model_and_ids, operation):
        yield from super()._inaccessible_comodel_records(model_and_ids, operation)
        for name in self._get_withheld_models():
            for res_id in filter(None, model_and_ids.get(name, ())):
                yield name, res_id

    def _check_access(self, operation):
        result = super()._check_access(operation)
        withheld = self._get_withheld()
        if not withheld:
            return result
        forbidden = withheld | result[0] if result else withheld
        return forbidden, self._get_withheld_error

    @api.model
    def _search(self, domain, *args, **kwargs):
        # Also where Odoo asks for no access, as in the files of messages: which
        # messages are found would tell what stands in the files.
        withheld = self._get_withheld_domain()
        if not withheld.is_false():
            domain = Domain(domain) & ~withheld
        return super()._search(domain, *args, **kwargs)

    # Where a token stands for the access

    def _to_store_defaults(self, target):
        """Tell many users at once no token of a file that one of them may be kept
        from: whoever has the token needs no login. The others are given the file
        for being logged in."""
        told = super()._to_store_defaults(target)
        if not (target.get_user(self.env) or target.get_guest(self.env)):
            priced = self._get_priced()
            if priced and priced._is_withheld_from_none(target.channel):
                return told
            for field in told:
                if getattr(field, "field_name", "").endswith("_token"):
                    field.predicate = lambda file: file not in priced
        return told

    def _is_withheld_from_none(self, channel) -> bool:
        """Tell whether all who hear of a conversation may open these files: customers
        among them need the token. An open channel is heard by more than its members."""
        if not channel or channel._name != "discuss.channel":
            return False
        # sudo: it is about what the members may see, not the one who writes.
        channel = channel.sudo()
        users = channel.channel_member_ids.partner_id.user_ids
        return channel.channel_type != "channel" and not any(
            self._get_withheld_from(user) for user in users
        )

    def _has_attachments_ownership(self, attachment_tokens):
        if self._get_withheld_from(self.env.user):
            return False
        return super()._has_attachments_ownership(attachment_tokens)
