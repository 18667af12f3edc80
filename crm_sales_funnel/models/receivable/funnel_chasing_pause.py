import datetime

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, clean_context, format_amount

from ..base.finite_amounts import check_amounts
from .funnel_statement import FINANCE

# Those who may hand a customer's promises and disputes to somebody else.
ASSIGNERS = (FINANCE, "crm_sales_funnel.group_funnel_manager")
ASSIGNED = frozenset({"user_id", "team_id"})
# What decides which items are meant.
ASKED = frozenset({"partner_id", "company_id", "currency_id", "date_due", "move_id"})
# What follows from the items, and from who writes when. Nobody else says it.
FIXED = frozenset(
    {
        "amount_company",
        "company_id",
        "currency_id",
        "date",
        "item_ids",
        "line_ids",
        "partner_id",
        "taken_by_id",
    }
)


class FunnelChasingPause(models.AbstractModel):
    """Why some open items of a customer, or parts of them, are not chased for a while:
    what promises and disputes have in common.

    It stands on items of the aging: who may see these there may pause them, and nobody
    else. The items stay in the aging.
    """

    _name = "funnel.chasing.pause"
    _description = "Pause of Chasing"
    _inherit = ["funnel.finite.amounts", "mail.thread"]
    _mail_post_access = "read"

    # What may be changed later, as long as it is open.
    _changeable = frozenset({"amount", "note"})
    # What nobody writes but the methods of the model.
    _fixed = FIXED

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
    )
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Currency of the Company"
    )
    user_id = fields.Many2one(
        "res.users",
        string="Salesperson",
        index="btree_not_null",
        help="Salesperson of the invoices, else of the customer.",
    )
    team_id = fields.Many2one("crm.team", string="Sales Team", index="btree_not_null")
    date = fields.Date(required=True, default=fields.Date.context_today)
    taken_by_id = fields.Many2one(
        "res.users", required=True, default=lambda self: self.env.user
    )
    amount = fields.Monetary(required=True, tracking=True)
    amount_company = fields.Monetary(
        "Amount in Company Currency",
        currency_field="company_currency_id",
        compute="_compute_amount_company",
        store=True,
        help="At the rate of the day when it was noted.",
    )
    note = fields.Text()
    item_ids = fields.Many2many(
        "funnel.aging.report",
        string="Items",
        compute="_compute_item_ids",
        readonly=False,
        help="The open items that it is about.",
    )

    @api.depends("amount", "currency_id", "company_id", "date")
    def _compute_amount_company(self):
        for pause in self:
            company = pause.company_id
            pause.amount_company = pause.currency_id._convert(
                pause.amount, company.currency_id, company, pause.date
            )

    @api.depends("partner_id", "company_id", "currency_id")
    @api.depends_context("uid", "allowed_company_ids", "default_item_ids")
    def _compute_item_ids(self):
        chosen = self.env.context.get("default_item_ids")
        for pause in self:
            if pause._origin:
                domain = [("id", "in", pause._origin.line_ids.move_line_id.ids)]
                pause.item_ids = pause._get_items_report().search(domain)
            elif chosen:
                pause.item_ids = pause._get_items_report().browse(chosen)
            else:
                pause.item_ids = pause._get_default_items()

    @api.onchange("item_ids")
    def _onchange_item_ids(self):
        # The client shows it, the server asks the ledger once more: see create().
        self.amount = sum(self.item_ids.mapped("residual_currency"))

    # ------------------------------------------------------------------
    # The items
    # ------------------------------------------------------------------

    def _get_items_report(self, company=None):
        """Return the aging of today in one company, as the user may see it."""
        company = company or self.company_id
        return self.env["funnel.aging.report"].with_context(
            as_of=False,
            account_type="asset_receivable",
            allowed_company_ids=company.ids,
        )

    def _get_default_items(self):
        """Return the items that are meant when nobody chooses any."""
        self.ensure_one()
        if not self.partner_id:
            return self.item_ids.browse()
        items = self._get_items_report().search(self._get_default_domain())
        residuals = self._get_residuals(items)
        return items.filtered(lambda item: residuals[item.id] > 0)

    def _get_usual_currency(self):
        """Return the currency in which the customer owes; where there are several, that
        of the company."""
        domain = Domain("partner_id", "=", self.partner_id.commercial_partner_id.id)
        owed = self._get_items_report()._read_group(
            domain & Domain("residual_currency", ">", 0), ["currency_id"]
        )
        currencies = self.env["res.currency"].union(*(row[0] for row in owed))
        usual = self.company_id.currency_id
        return usual if usual in currencies else currencies[:1] or usual

    def _get_default_domain(self):
        self.ensure_one()
        return [
            ("partner_id", "=", self.partner_id.commercial_partner_id.id),
            ("currency_id", "=", self.currency_id.id),
            ("residual_currency", ">", 0),
            ("is_disputed", "=", False),
        ]

    def _find_items(self, vals):
        """Return the items of what is to be created.

        :param vals: its values, without those that were left out
        :raise AccessError: some are closed, or not to be seen by the user
        """
        if "item_ids" not in vals:
            pause = self.new({name: vals[name] for name in ASKED & vals.keys()})
            if "currency_id" not in vals:
                pause.currency_id = pause._get_usual_currency()
            return pause._get_default_items()
        ids = _get_ids(vals["item_ids"])
        company = self.env["res.company"].browse(vals.get("company_id"))
        items = self._get_items_report(company).search([("id", "in", ids)])
        if len(items) != len(ids):
            raise AccessError(
                self.env._(
                    "Some of these items are not open any more, or belong to customers"
                    " of others."
                )
            )
        return items

    def _check_items(self, items, vals):
        """Refuse what is no debt of one customer in one currency."""
        partner = self.env["res.partner"].browse(vals.get("partner_id"))
        if not items:
            raise UserError(self._get_nothing(partner))
        if len(items.partner_id) > 1 or len(items.currency_id) > 1:
            raise ValidationError(
                self.env._("Choose items of one customer, in one currency.")
            )
        customer = partner.commercial_partner_id
        if not items.partner_id or customer and customer != items.partner_id:
            raise ValidationError(
                self.env._("These items are not owed by %(name)s.", name=partner.name)
            )
        if min(self._get_residuals(items).values()) <= 0:
            raise ValidationError(self.env._("Credits are not to be paid by anybody."))

    def _get_nothing(self, partner) -> str:
        """Return why there is nothing to pause."""
        return self.env._(
            "%(name)s has no open items that are due by then, that you may see and that"
            " are not promised or disputed already.",
            name=partner.name or self.env._("The customer"),
        )

    def _get_salesperson(self, items):
        """Return who looks after the items: their one salesperson, as the aging has it,
        else that of the customer."""
        # sudo: whether the salesperson of an invoice has left, and who has the customer;
        # nothing else of them is told.
        owners = items.sudo().user_id
        if len(owners) == 1 and owners.active:
            return owners
        # sudo: as above.
        return items.sudo().partner_id.user_id or owners[:1]

    # ------------------------------------------------------------------
    # Creating and changing
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        found = []
        for given in vals_list:
            vals = self._get_entered(given)
            check_amounts(self, vals)  # what is empty is filled in
            items = self._find_items(vals)
            self._check_items(items, vals)
            found.append((self._prepare_vals(vals, items), items))
        # What the context says was heard above, as far as it may say anything.
        plain = self.with_context(clean_context(self.env.context))
        pauses = super(FunnelChasingPause, plain).create(
            [vals for vals, _items in found]
        )
        for pause, (_vals, items) in zip(pauses, found, strict=True):
            pause._create_lines(items)
        self._forget_aging()
        pauses._tell_taken()
        return pauses.with_env(self.env)

    def _get_entered(self, given):
        """Return values and defaults, without those that the server alone says."""
        vals = self._add_missing_default_values(given)
        if "currency_id" not in given and "default_currency_id" not in self.env.context:
            del vals["currency_id"]  # that of the items
        fixed = self._fixed | ASSIGNED if not self.env.su else {"line_ids"}
        fixed -= ASKED | {"item_ids", "date"}
        return {name: value for name, value in vals.items() if name not in fixed}

    def _prepare_vals(self, vals, items):
        """Return the values of what is created on items."""
        user = self._get_salesperson(items)
        team = items.team_id
        if len(team) != 1 or user != items.user_id:
            # sudo: the team of a salesperson.
            team = user.sudo().sale_team_id
        prepared = {
            "user_id": user.id,
            "team_id": team.id,
            **{name: value for name, value in vals.items() if name != "item_ids"},
            "partner_id": items.partner_id.id,
            "company_id": items.company_id.id,
            "currency_id": items.currency_id.id,
        }
        if not prepared.get("amount"):
            prepared["amount"] = sum(self._get_residuals(items).values())
        return prepared

    def _get_residuals(self, items) -> dict[int, float]:
        """Return journal item -> what the ledger has open of it, in its currency."""
        # sudo: the user sees the items in the aging, with what is open.
        lines = self.env["account.move.line"].sudo().browse(items.ids)
        return {line.id: line._get_open_amount() for line in lines}

    def _create_lines(self, items):
        self.ensure_one()
        field = self._fields["line_ids"]
        # sudo: lines are made here alone, of items that were checked.
        lines = self.env[field.comodel_name].sudo()
        lines.flush_model(["is_current"])  # for the index: which ones are over
        lines.create(
            [
                {
                    field.inverse_name: self.id,
                    "move_line_id": item,
                    "amount_open": residual,
                }
                for item, residual in self._get_residuals(items).items()
            ]
        )
        self.invalidate_recordset(["line_ids"])
        self._check_amount()

    def write(self, vals):
        if not self.env.su:
            self._check_changes(vals)
        result = super().write(vals)
        if "amount" in vals:
            self._check_amount()
        self._forget_aging()
        return result

    def _forget_aging(self):
        """Let the aging, which is read by SQL, be read anew."""
        fnames = ["is_disputed", "promise_id", "promised_date"]
        self.env["funnel.aging.report"].invalidate_model(fnames, flush=False)

    def _check_amount(self):
        """Refuse more than the items are: such a promise could never be kept."""
        for pause in self:
            most = sum(pause.line_ids.mapped("amount_open"))
            if pause.currency_id.compare_amounts(pause.amount, most) > 0:
                raise ValidationError(
                    self.env._(
                        "The items are %(amount)s together. Choose more of them, or a"
                        " smaller amount.",
                        amount=format_amount(self.env, most, pause.currency_id),
                    )
                )

    def _check_changes(self, vals):
        """Refuse to write what follows from the items, or what is over."""
        fixed = self._fixed & vals.keys()
        if vals.keys() & ASSIGNED and not any(map(self.env.user.has_group, ASSIGNERS)):
            fixed |= ASSIGNED & vals.keys()
        if fixed:
            labels = self.fields_get(fixed, ["string"]).values()
            raise AccessError(
                self.env._(
                    "This cannot be changed any more: %(fields)s",
                    fields=", ".join(sorted(label["string"] for label in labels)),
                )
            )
        if vals.keys() & self._changeable and self.filtered(lambda p: not p._is_open()):
            raise UserError(self._get_over())

    def _is_open(self) -> bool:
        raise NotImplementedError

    def _get_over(self) -> str:
        """Return why what is over is not changed."""
        raise NotImplementedError

    # ------------------------------------------------------------------
    # What others are told
    # ------------------------------------------------------------------

    def _tell_taken(self):
        """Note on the customer and the invoices that it was made."""
        raise NotImplementedError

    def _tell(self, of_customer, of_invoice):
        """Note something on the customer and on the invoices.

        :param of_customer: text for all who read the customer, the warehouse among
            them: without amounts
        :param of_invoice: text for those who read the invoices
        """
        self.ensure_one()
        # sudo: a note of what the user did, by his name, and nothing else.
        customer, moves = self.sudo().partner_id, self.sudo().line_ids.move_line_id
        customer._message_log_batch(bodies={customer.id: of_customer})
        moves = moves.move_id
        if moves:
            moves._message_log_batch(bodies=dict.fromkeys(moves.ids, of_invoice))

    @api.model
    def _follow_merge(self, partner):
        """Give what came to a merged contact to the company that it belongs to."""
        company = partner.commercial_partner_id
        if company != partner:
            self.search([("partner_id", "=", partner.id)]).partner_id = company

    # ------------------------------------------------------------------
    # For those who chase
    # ------------------------------------------------------------------

    @api.model
    def _get_paused(self, as_of: datetime.date) -> SQL:
        """Return a query of ``move_line_id`` and ``amount``: how much of which items is
        not chased at a date, in their currency. It is taken from what is due first; what
        is open beyond it is chased.

        :param as_of: the date
        """
        field = self._fields["line_ids"]
        lines = self.env[field.comodel_name]
        return SQL(
            """
            SELECT move_line_id, SUM(LEAST(residual, %(left)s - before)) AS amount
              FROM (
                  SELECT line.move_line_id,
                         pause.amount,
                         item.residual,
                         SUM(line.amount_open - item.residual)
                         OVER (PARTITION BY pause.id) AS received,
                         SUM(item.residual) OVER (
                             PARTITION BY pause.id ORDER BY item.due_date, line.id
                             ROWS UNBOUNDED PRECEDING
                         ) - item.residual AS before
                    FROM %(table)s AS pause
                    JOIN %(lines)s AS line ON line.%(inverse)s = pause.id
               LEFT JOIN account_move_line AS entry ON entry.id = line.move_line_id
      CROSS JOIN LATERAL (
                      SELECT %(residual)s AS residual,
                             COALESCE(entry.date_maturity, entry.date) AS due_date
                      OFFSET 0  -- worked out once for each
                  ) AS item
                   WHERE %(is_open)s
              ) AS paused
             WHERE move_line_id IS NOT NULL AND residual > 0 AND before < %(left)s
          GROUP BY move_line_id
            """,
            table=SQL.identifier(self._table),
            lines=SQL.identifier(lines._table),
            inverse=SQL.identifier(field.inverse_name),
            residual=SQL("line.amount_open")
            if self._is_past(as_of)
            else lines._residual_sql("entry"),
            left=self._left_sql(),
            is_open=self._open_sql("pause", as_of),
            to_flush=[
                self._fields["amount"],
                *map(lines._fields.get, ("amount_open", "move_line_id")),
            ],
        )

    @api.model
    def _is_past(self, as_of: datetime.date) -> bool:
        """Return whether what was paid since does not count at a date."""
        # A day earlier somewhere in the world.
        return as_of < fields.Date.today() - datetime.timedelta(days=1)

    def _left_sql(self) -> SQL:
        """Return how much of ``amount`` is paused still, when so much is ``received``."""
        return SQL("amount")

    def _open_sql(self, alias: str, as_of: datetime.date) -> SQL:
        """Return the condition of those that pause something at a date."""
        raise NotImplementedError

    # ------------------------------------------------------------------
    # Dialog
    # ------------------------------------------------------------------

    @api.model
    def _open_dialog(self, **defaults):
        """Return the action that asks for the little that has to be said.

        :param defaults: values to begin with
        """
        action = self.env["ir.actions.act_window"]._for_xml_id(self._get_dialog())
        context = {f"default_{name}": value for name, value in defaults.items()}
        return {**action, "context": context}

    @api.model
    def _get_dialog(self) -> str:
        raise NotImplementedError


def _get_ids(commands) -> set[int]:
    """Return the ids that commands of a many2many leave in it.

    :raise ValueError: for other commands
    """
    ids = set()
    for command in commands or ():
        match command:
            case int():
                ids.add(command)
            case (Command.LINK, int(id_), *_rest):
                ids.add(id_)
            case (Command.UNLINK, int(id_), *_rest):
                ids.discard(id_)
            case (Command.SET, _zero, some):
                ids = set(some)
            case (Command.CLEAR, *_rest):
                ids = set()
            case _:
                raise ValueError(f"Not a choice of items: {command}")
    return ids
