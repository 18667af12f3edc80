from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from .funnel_print_sequence import SLIP_KINDS


class FunnelPrintSlip(models.Model):
    """A slip that was printed: its number, what it said, and what became of it.

    A number is used once. Who voids a slip keeps the number, and the next print of
    the transfer is another slip. What a slip says of the customer's debts is what
    they were at the first print, however often it is printed again.
    """

    _name = "funnel.print.slip"
    _inherit = "funnel.price.guard"
    _description = "Printed Slip"
    _order = "id DESC"
    _rec_name = "number"

    _price_fields = frozenset({"content"})

    number = fields.Char(readonly=True, required=True, index="trigram")
    kind = fields.Selection(SLIP_KINDS, readonly=True, required=True)
    picking_id = fields.Many2one(
        "stock.picking",
        string="Transfer",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    picking_name = fields.Char(
        string="Name of the Transfer", readonly=True, required=True
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer or Vendor", readonly=True, ondelete="restrict"
    )
    warehouse_id = fields.Many2one("stock.warehouse", readonly=True)
    company_id = fields.Many2one(
        "res.company", readonly=True, required=True, index=True
    )
    state = fields.Selection(
        [("valid", "Valid"), ("void", "Void")],
        string="Status",
        readonly=True,
        required=True,
        default="valid",
    )
    void_reason = fields.Char(readonly=True)
    void_user_id = fields.Many2one("res.users", string="Voided by", readonly=True)
    void_date = fields.Datetime(string="Voided on", readonly=True)
    version = fields.Integer(
        readonly=True,
        default=1,
        help="One more each time that another customer, other quantities or other prices"
        " are printed than before.",
    )
    content = fields.Json(
        readonly=True,
        help="Customer, products, units, quantities and amounts of the last print.",
    )
    first_date = fields.Datetime(string="First Printed on", readonly=True)
    first_user_id = fields.Many2one(
        "res.users", string="First Printed by", readonly=True
    )
    print_count = fields.Integer(string="Prints", readonly=True)
    log_ids = fields.One2many("funnel.print.log", "slip_id", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    has_balance = fields.Boolean(readonly=True)
    balance_before = fields.Monetary(
        string="Previous Balance",
        readonly=True,
        help="What the customer owed at the first print, without this slip.",
    )
    amount = fields.Monetary(string="This Slip", readonly=True)
    balance_after = fields.Monetary(string="Balance", readonly=True)

    _number_uniq = models.UniqueIndex(
        "(company_id, number)", "This slip number was given already."
    )
    _picking_uniq = models.UniqueIndex(
        "(picking_id) WHERE state = 'valid'", "This transfer has a valid slip already."
    )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._("Slips are not deleted, or their numbers would be missing.")
        )

    @api.model
    def _number(self, pickings, amounts):
        """Return picking -> its valid slip; those without one are given a number.

        The pickings are locked by who calls this.

        :param amounts: picking -> what its slip costs
        """
        slips = self.search(
            [("picking_id", "in", pickings.ids), ("state", "=", "valid")]
        )
        found = {slip.picking_id: slip for slip in slips}
        told = self._get_balance_vals(
            pickings.filtered(lambda p: p not in found or found[p]._is_to_tell_anew()),
            amounts,
        )
        for picking in filter(told.get, found):
            before, amount = told[picking]["balance_before"], amounts[picking]
            found[picking].write(
                {**told[picking], "amount": amount, "balance_after": before + amount}
            )
        missing = pickings.filtered(lambda picking: picking not in found)
        created = self.create(self._prepare_vals_list(missing, told)) if missing else ()
        return found | {slip.picking_id: slip for slip in created}

    def _is_to_tell_anew(self):
        """Tell whether the balance of the first print holds no more: the debts of the
        customer before are none of the business of whom the goods go to now. One that
        was not known then is told once it is."""
        return self._is_of_another_customer() or (
            not self.has_balance and self.picking_id._is_on_account()
        )

    def _is_of_another_customer(self):
        """Tell whether the goods go to somebody else than when this was printed."""
        self.ensure_one()
        return self.partner_id != self.picking_id._print_partner().commercial_partner_id

    @api.model
    def _get_balance_vals(self, pickings, amounts):
        """Return picking -> values of its slip: the customer, and what he owes. The
        slips of a customer follow one another in the order of the pickings.

        :param amounts: picking -> what its slip costs
        """
        customers = pickings.partner_id.commercial_partner_id
        if customers:
            # Written and not only locked, as the pickings are: who waits here for
            # another slip of the customer is repeated by Odoo, and begins with what
            # that one ended with.
            self.env.cr.execute(
                SQL(
                    "UPDATE res_partner SET id = id WHERE id IN ("
                    "SELECT id FROM res_partner WHERE id IN %s ORDER BY id"
                    " FOR NO KEY UPDATE)",
                    tuple(customers.ids),
                )
            )
        balances = pickings._get_slip_balances(amounts)
        return {
            picking: {
                "partner_id": picking._print_partner().commercial_partner_id.id,
                "has_balance": picking in balances,
                "balance_before": balances.get(picking, 0.0),
            }
            for picking in pickings
        }

    def _prepare_vals_list(self, pickings, told):
        """Return the values of new slips.

        :param told: see :meth:`_get_balance_vals`
        """
        numbers = self._get_numbers(pickings)
        return [
            {
                "number": numbers[picking],
                "kind": picking.slip_kind,
                "picking_id": picking.id,
                "picking_name": picking.name,
                "warehouse_id": picking.picking_type_id.warehouse_id.id,
                "company_id": picking.company_id.id,
                "first_date": self.env.cr.now(),
                "first_user_id": self.env.uid,
                **told[picking],
            }
            for picking in pickings
        ]

    def _get_numbers(self, pickings):
        """Return picking -> number, of the sequence or else of the picking."""
        sequences = self.env["funnel.print.sequence"].search(
            [("warehouse_id", "in", pickings.picking_type_id.warehouse_id.ids)],
            order="id",  # all lock them in this order
        )
        groups = defaultdict(list)
        for picking in pickings:
            warehouse = picking.picking_type_id.warehouse_id
            groups[warehouse, picking.slip_kind].append(picking)
        numbers = {}
        for sequence in sequences:
            group = groups.pop((sequence.warehouse_id, sequence.kind), ())
            if group:
                numbers.update(zip(group, sequence._take(len(group)), strict=True))
        others = pickings.filtered(lambda picking: picking not in numbers)
        return numbers | self._get_picking_numbers(others)

    def _get_picking_numbers(self, pickings):
        """Return picking -> its name, with a number behind it where that was given."""
        companies = Domain("company_id", "in", pickings.company_id.ids)
        names = pickings.mapped("name")
        used = self.search(companies & Domain("number", "in", names))
        taken = set()
        if used:
            likes = [Domain("number", "=like", f"{slip.number}%") for slip in used]
            similar = self.search(companies & Domain.OR(likes))
            taken = {(slip.company_id, slip.number) for slip in similar}
        numbers = {}
        for picking in pickings:
            number, count = picking.name, 1
            while (picking.company_id, number) in taken:
                count += 1
                number = f"{picking.name}-{count}"
            taken.add((picking.company_id, number))
            numbers[picking] = number
        return numbers

    def _count_print(self, content, amount):
        """Note that the slip is printed, as another version when it says something
        else than before."""
        self.ensure_one()
        vals = {"print_count": self.print_count + 1}
        if not self.print_count or content != self.content:
            vals |= {
                "version": self.version + bool(self.print_count),
                "content": content,
                "amount": amount,
                "balance_after": self.balance_before + amount,
            }
        self.write(vals)

    def _void(self, reason):
        """Give up the numbers; they stay with the slips."""
        for slip in self:
            if slip.state == "void":
                raise UserError(
                    self.env._("The slip %(number)s is void.", number=slip.number)
                )
        self.write(
            {
                "state": "void",
                "void_reason": reason,
                "void_user_id": self.env.uid,
                "void_date": fields.Datetime.now(),
            }
        )
