import json
from collections import defaultdict
from decimal import Decimal
from hashlib import sha256

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from .funnel_print_document import PREVIEW, SENT_BY_ODOO, Mailing, PrintField
from .funnel_print_sequence import SLIP_KINDS

NUMBERED = frozenset(kind for kind, _name in SLIP_KINDS)
REPRINT_GROUP = "crm_sales_funnel.group_funnel_reprint"
MOST_NAMES = 3  # whom to ask


class StockPicking(models.Model):
    """The numbers of slips: given at the first print, counted at each."""

    _inherit = "stock.picking"

    _print_is_counted = True

    # Kept from users without a role: who may not read slips could read no transfer.
    slip_ids = fields.One2many(
        "funnel.print.slip",
        "picking_id",
        string="Slips",
        groups="crm_sales_funnel.group_funnel_user",
    )
    slip_number = fields.Char(
        compute="_compute_slip_number",
        search="_search_slip_number",
        help="The number under which the slip was printed.",
    )
    print_count = fields.Integer(
        string="Prints",
        compute="_compute_print_count",
        help="How often slips of this transfer were printed, those that are void"
        " included.",
    )

    @api.depends("slip_ids.number", "slip_ids.state")
    def _compute_slip_number(self):
        # sudo: who reads a transfer may know the number of its slip.
        valid = self._get_valid_slips()
        for picking in self:
            picking.slip_number = valid[picking].number if picking in valid else False

    @api.model
    def _search_slip_number(self, operator, value):
        if operator not in ("in", "ilike", "like", "=ilike", "=like"):
            return NotImplemented
        # sudo: as where it is read.
        slips = self.env["funnel.print.slip"].sudo()
        valid = Domain("state", "=", "valid")
        numbers = value if operator == "in" else None
        without = numbers is not None and False in numbers
        domain = Domain(
            "id",
            "in",
            slips._search(valid & Domain("number", operator, value)).subselect(
                "picking_id"
            ),
        )
        if without:
            domain |= Domain(
                "id",
                "not in",
                slips._search(valid & Domain("picking_id", "!=", False)).subselect(
                    "picking_id"
                ),
            )
        return domain

    @api.depends("slip_ids.print_count")
    def _compute_print_count(self):
        # sudo: who reads a transfer may know how often it was printed.
        slips = self.env["funnel.print.slip"].sudo()
        counts = dict(
            slips._read_group(
                [("picking_id", "in", self.ids)], ["picking_id"], ["print_count:sum"]
            )
        )
        for picking in self:
            picking.print_count = counts.get(picking._origin, 0)

    def unlink(self):
        # Before Odoo cancels the moves, by which the slips would become void.
        self._check_not_printed()
        return super().unlink()

    def _check_not_printed(self):
        slip = next(iter(self._get_valid_slips().values()), None)
        if slip:
            raise UserError(
                self.env._(
                    "The slip %(number)s of %(transfer)s was printed. Void its number"
                    " before the transfer is deleted.",
                    number=slip.number,
                    transfer=slip.picking_name,
                )
            )

    def action_void_slip(self):
        """Ask why the number of the slip is given up."""
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "crm_sales_funnel.funnel_print_void_action"
            ),
            "context": {"default_picking_id": self.id},
        }

    def action_view_prints(self):
        """Show when this transfer was printed, and by whom."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_sales_funnel.funnel_print_log_action"
        )
        domain = [("document_model", "=", self._name), ("document_id", "=", self.id)]
        return action | {"domain": domain, "context": {}}

    def _get_valid_slips(self):
        """Return picking -> its valid slip, as superuser."""
        # sudo: what is told of them is asked of the user where it is told.
        slips = self.env["funnel.print.slip"].sudo()
        slips = slips.search([("picking_id", "in", self.ids), ("state", "=", "valid")])
        by_id = {slip.picking_id.id: slip for slip in slips}
        return {p: by_id[p._origin.id] for p in self if p._origin.id in by_id}

    # Printing

    def _print_begin(self, layout, output, pages=None, copies=None):
        """Number the slips and note that they are printed.

        What a customer downloads from the portal is no print: it has no number of its
        own, and its slip is counted no further. Neither is what somebody looks at before
        it is sent; it is shown to those who may print it.
        """
        if self.env.user.share:
            return
        if self.env.context.get("funnel_print_preview") is PREVIEW:
            self._check_print(layout)
            return
        # This comes first, so that nothing is done twice where Odoo repeats a request
        # that may only read.
        self._lock_to_print()
        # sudo: who may print a transfer causes its number, and cannot otherwise make
        # slips or write the log. The prices that are read go into fields that are
        # withheld from those who must not see them.
        pickings = self.browse(dict.fromkeys(self.ids)).sudo()
        pickings._check_not_cancelled()
        slips = pickings._count_slips(layout)
        pickings.env["funnel.print.log"].create(
            [
                picking._prepare_print_log(layout, output, slips.get(picking))
                | {"pages": pages, "copies": ", ".join(copies or ()) or False}
                for picking in pickings
            ]
        )

    def _count_slips(self, layout=None):
        """Number the slips and count one more print of each, as superuser.

        :param layout: by which they are printed; not asked for whether they may be
            printed again without it
        :return: picking -> its slip. What is empty has none: it may be filled later,
            and its number is given then.
        """
        numbered = self.filtered(lambda p: p.slip_kind in NUMBERED and p.move_ids)
        mailing = self.env.context.get("funnel_print_mailing")
        printed = mailing.printed if isinstance(mailing, Mailing) else set()
        first = numbered.filtered(lambda picking: picking.id not in printed)
        printed.update(numbered.ids)
        costs = first._get_slip_costs()
        contents = first._get_slip_contents(costs)
        if layout:
            self._check_reprint(layout, contents)
        amounts = first._get_slip_amounts(costs)
        slips = self.env["funnel.print.slip"]._number(first, amounts)
        for picking, slip in slips.items():
            slip._count_print(contents[picking], amounts[picking])
        return (numbered - first)._get_valid_slips() | slips

    def _check_not_cancelled(self):
        cancelled = self.filtered(lambda picking: picking.state == "cancel")
        if cancelled:
            raise UserError(
                self.env._(
                    "What is cancelled is not printed: %s",
                    ", ".join(cancelled[:MOST_NAMES].mapped("name")),
                )
            )

    # Printing again

    def _get_slips_to_guard(self, layout, contents):
        """Return the valid slips that only those with the right print again: of this
        layout, or printed by another one that asks for it. One that says something else
        than before is no second print.

        :param contents: picking -> what its slip says
        """
        slips = self.env["funnel.print.slip"]
        if (
            self.env.user.share
            or self.env.user.has_group(REPRINT_GROUP)
            or self.env.context.get("funnel_print_sender") is SENT_BY_ODOO
        ):
            return slips
        pickings = self.env["stock.picking"].concat(*contents)
        return slips.concat(
            *(
                slip
                for picking, slip in pickings._get_valid_slips().items()
                if slip.content == contents[picking]
                and any((layout | slip.log_ids.layout_id).mapped("reprint_right"))
            )
        )

    def _lock_to_print(self):
        """Written and not only locked: who waits here for somebody else's print is
        repeated by Odoo and then sees its number."""
        self.env.cr.execute(
            SQL(
                "UPDATE stock_picking SET id = id WHERE id IN ("
                "SELECT id FROM stock_picking WHERE id IN %s ORDER BY id"
                " FOR NO KEY UPDATE)",
                tuple(self.ids),
            )
        )

    def _check_print(self, layout):
        # sudo: as where the print begins.
        pickings = self.sudo()
        pickings._check_not_cancelled()
        contents = pickings._get_slip_contents(pickings._get_slip_costs())
        pickings._check_reprint(layout, contents)

    def _print_may_begin(self, layout):
        pickings = self.sudo()  # as where the print begins
        contents = pickings._get_slip_contents(pickings._get_slip_costs())
        return not self._get_slips_to_guard(layout, contents)

    @api.model
    def _check_reprint(self, layout, contents):
        slips = self._get_slips_to_guard(layout, contents)
        if not slips:
            return
        group = self.env.ref(REPRINT_GROUP).sudo()  # sudo: whom to ask
        users = group.all_user_ids.filtered(
            lambda user: (
                not user.share and user.active and slips.company_id <= user.company_ids
            )
        )
        lines = [
            self.env._(
                "%(slip)s was printed by %(user)s on %(date)s.",
                slip=slip.number,
                user=slip.first_user_id.name,
                date=fields.Datetime.context_timestamp(self, slip.first_date).strftime(
                    "%Y-%m-%d %H:%M"
                ),
            )
            for slip in slips
        ]
        raise UserError(
            self.env._(
                "%(slips)s\nTo print again needs the right “Print Slips Again”. Those"
                " who have it: %(names)s",
                slips="\n".join(lines),
                names=", ".join(users[:MOST_NAMES].mapped("name")),
            )
        )

    def _send_confirmation_email(self):
        # What Odoo sends is no print, and never keeps goods back. It has no prices, as
        # Odoo's own slip has none: it goes to whom the goods go to, whoever pays them,
        # and is the same whoever validates the transfer.
        sender = self.with_context(
            funnel_print_sender=SENT_BY_ODOO, funnel_hide_prices=True
        )
        return super(StockPicking, sender)._send_confirmation_email()

    def action_cancel(self):
        result = super().action_cancel()
        # What is empty has no moves that are cancelled: they were deleted, or went to
        # another transfer.
        self._void_cancelled()
        return result

    def _void_cancelled(self):
        """Void the slips of what is cancelled; their numbers stay with them."""
        cancelled = self.filtered(lambda picking: picking.state == "cancel")
        slips = cancelled._get_valid_slips().values()
        # sudo: who may cancel a transfer causes it, whether or not he may void slips.
        self.env["funnel.print.slip"].sudo().concat(*slips)._void(
            self.env._("The transfer is cancelled.")
        )

    def _prepare_print_log(self, layout, output, slip):
        return {
            "date": self.env.cr.now(),
            "user_id": self.env.uid,
            "company_id": self.company_id.id,
            "layout_id": layout.id,
            "document_model": self._name,
            "document_id": self.id,
            "document_name": self.name,
            "slip_id": slip.id if slip else False,
            "version": slip.version if slip else 0,
            "print_number": slip.print_count if slip else 0,
            "output": output,
        }

    def _get_slip_contents(self, costs):
        """Return picking -> what its slip says, to see whether another print says
        something else: the customer, the goods, and what they cost in each currency.

        :param costs: see :meth:`_get_slip_costs`
        """
        contents = {}
        for picking in self:
            quantities = defaultdict(float)
            for move in picking.move_ids:
                key = move.product_id.id, move.product_uom.id
                quantities[key] += move.slip_quantity
            contents[picking] = {
                "partner": picking._print_partner().commercial_partner_id.id,
                "goods": [
                    [*key, round(quantity, 6)]
                    for key, quantity in sorted(quantities.items())
                    if round(quantity, 6)
                ],
                "amounts": {
                    currency.name: str(amount)
                    for currency, amount in costs[picking].items()
                },
            }
        return contents

    def _get_slip_costs(self):
        """Return picking -> currency -> what its slip costs."""
        moves = self.move_ids.filtered(lambda move: move.slip_quantity)
        totals = {picking: defaultdict(Decimal) for picking in self}
        for move, price in moves._get_slip_prices().items():
            totals[move.picking_id][price.currency] += price.amount
        return totals

    @api.model
    def _get_slip_amounts(self, costs):
        """Return picking -> what its slip costs, in the currency of the company.

        :param costs: see :meth:`_get_slip_costs`
        """
        today = fields.Date.context_today(self)
        amounts = {}
        for picking, by_currency in costs.items():
            company = picking.company_id
            amounts[picking] = sum(
                currency._convert(float(amount), company.currency_id, company, today)
                for currency, amount in by_currency.items()
            )
        return amounts

    def _get_slip_balances(self, amounts):
        """Return picking -> what its customer owes without this slip, in the currency
        of the company; nothing here, where no debts are known.

        :param amounts: see :meth:`_get_slip_amounts`
        """
        return {}

    def _is_on_account(self):
        """Tell whether the slip goes to who owes for it; nobody does here, where no
        debts are known."""
        return False

    def _print_kept_key(self):
        """A kept file holds for the goods and the address that it was printed of, and
        for the slip and its version where there is one."""
        # sudo: as where the print begins.
        picking = self.sudo()
        content = picking._get_slip_contents(picking._get_slip_costs())[picking]
        partner = picking._print_partner()
        said = [content, partner.name, self._print_address(partner)]
        key = sha256(json.dumps(said).encode()).hexdigest()[:16]
        slip = self._get_valid_slips().get(self)
        if slip:
            same = slip.content == content
            return f"{slip.number}/{slip.version} {key}" if same else None
        # The next print of what is to be numbered tells its number.
        is_to_be_numbered = picking.slip_kind in NUMBERED and picking.move_ids
        return None if is_to_be_numbered else key

    # What slips tell of it

    @api.model
    def _print_header_fields(self):
        return [
            *super()._print_header_fields(),
            PrintField("slip_number", self.env._("Slip number")),
            PrintField("version", self.env._("Version, empty for the first")),
            PrintField("reprint", self.env._("Reprint, empty at the first print")),
            PrintField("balance_before", self.env._("Previous balance"), price=True),
            PrintField("slip_amount", self.env._("Amount of this slip"), price=True),
            PrintField(
                "balance_after", self.env._("Balance with this slip"), price=True
            ),
        ]

    def _print_documents(self, wanted, prices):
        documents = super()._print_documents(wanted, prices)
        if self.env.context.get("funnel_print_preview") is PREVIEW:
            self._preview_slips(documents, prices)
        else:
            self._tell_slips(documents, prices)
        return documents

    def _preview_slips(self, documents, prices):
        """Tell what slips will, when they are printed: by printing them for a moment.
        Whatever becomes of the preview, it says that it is one, and has no number."""
        self.env.flush_all()
        savepoint = self.env.cr.savepoint(flush=False)
        try:
            # sudo: as where the print begins, before which this was checked.
            numbered = set(self.sudo()._get_valid_slips())
            self.sudo()._count_slips()  # sudo: likewise
            self._tell_slips(documents, prices)
            self.env.flush_all()
        finally:
            savepoint.close(rollback=True)
            # All else that was read stays: the dialog may not be saved yet.
            for model in ("funnel.print.slip", "funnel.print.sequence"):
                self.env[model].invalidate_model(flush=False)
            names = ["slip_ids", "slip_number", "print_count"]
            self.invalidate_recordset(names, flush=False)
        for picking, document in zip(self, documents, strict=True):
            document["values"]["reprint"] = self.env._("Preview")
            if picking not in numbered:
                document["values"]["slip_number"] = picking.name

    def _tell_slips(self, documents, prices):
        """Write into the documents what their slips tell."""
        slips = self._get_valid_slips()
        # Who may read a slip may know what it tells of debts. What is downloaded from
        # the portal tells of none: a link is passed on.
        known = self.env["funnel.print.slip"]
        if prices and not self.env.user.share:
            known = self._print_readable(known.concat(*slips.values()))
        for picking, document in zip(self, documents, strict=True):
            slip = slips.get(picking)
            document["values"]["slip_number"] = slip.number if slip else picking.name
            if slip:
                document["values"] |= self._print_slip_values(slip)
            # sudo: whether the customer owes for it depends on orders that the user may
            # not read; what is told of it is what he or she may know.
            on_account = slip and slip in known and picking.sudo()._is_on_account()
            if on_account and slip.has_balance:
                currency = document["values"].get("currency")
                document["values"] |= self._print_balances(slip, currency)

    @api.model
    def _print_slip_values(self, slip):
        again, version = slip.print_count - 1, slip.version
        return {
            "reprint": self.env._("Reprint %s", again) if again > 0 else "",
            "version": self.env._("Version %s", version) if version > 1 else "",
        }

    @api.model
    def _print_balances(self, slip, currency):
        """Return what the customer owes, with its currency where the slip has prices
        in another one.

        :param currency: name of the currency of the slip
        """
        unit = slip.currency_id.name
        suffix = f" {unit}" if currency and currency != unit else ""
        amounts = {
            "balance_before": slip.balance_before,
            "slip_amount": slip.amount,
            "balance_after": slip.balance_after,
        }
        return {
            key: self._print_money(self._print_decimal(amount), slip.currency_id)
            + suffix
            for key, amount in amounts.items()
        }
