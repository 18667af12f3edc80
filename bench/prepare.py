"""What the company has before business begins, made through Odoo itself.

Companies, currencies, users, products, payment terms, and one document of each kind:
the generator copies these in SQL, so that the many columns that it does not know are
as Odoo writes them. Delivery slips to print are made here as well.
"""

import re
import sys
from datetime import date, timedelta

from odoo.fields import Command

from . import session
from .world import DAYS, RATES, TAX_PERCENT, TERMS, Company, World, rate

SALESPEOPLE = 40
TEAMS = 5
PRODUCTS = 150
SLIPS = 200
SLIP_LINES = 12
EUR = "EUR"  # the foreign currency of the documents that are copied


def prepare(env, end: date) -> World:
    companies = make_companies(env)
    env = env(context={**env.context, "allowed_company_ids": companies.ids})
    make_rates(env, companies, end)
    salespeople = make_salespeople(env, companies)
    products = make_products(env)
    terms = make_terms(env)
    customer = env["res.partner"].create(
        {"name": "Pattern", "is_company": True, "lang": "en_US"}
    )
    patterns = [
        Patterns(env, company, customer, products[0], terms[0], end)
        for company in companies
    ]
    make_slips(env, companies[0], products, salespeople, patterns[0].tax)
    make_activity(env, customer, salespeople[0][0])
    return World(
        companies=[pattern.company_plan() for pattern in patterns],
        currencies={c.name: c.id for c in env["res.currency"].search([])},
        salespeople=salespeople,
        terms={term.name: term.id for term in terms},
        products=products.ids,
        partner_pattern=customer.id,
    )


def make_companies(env):
    currencies = env["res.currency"].with_context(active_test=False)
    for code in RATES:
        currencies.search([("name", "=", code)]).active = True
    currency = {c.name: c.id for c in env["res.currency"].search([])}
    env["product.pricelist"].search([]).currency_id = currency["CNY"]
    main = env["res.company"].browse(1)
    main.write({"name": "Bench Trading", "currency_id": currency["CNY"]})
    # The context keeps Odoo from installing the country's own chart as a module.
    others = (
        env["res.company"]
        .with_context(chart_template_load=True)
        .create(
            [
                {
                    "name": name,
                    "currency_id": currency[code],
                    "country_id": main.country_id.id,
                }
                for name, code in (("Bench Export", "CNY"), ("Bench America", "USD"))
            ]
        )
    )
    for company in others:
        env["account.chart.template"].try_loading(
            "generic_coa", company, install_demo=False
        )
    # The chart may have its own idea of the currency.
    for company, code in zip(main + others, ("CNY", "CNY", "USD"), strict=True):
        company.currency_id = currency[code]
    env.user.company_ids = main + others
    return main + others


def make_rates(env, companies, end: date) -> None:
    first = (end - timedelta(DAYS + 60)).replace(day=1)
    months = [
        date(
            first.year + (first.month - 1 + n) // 12, (first.month - 1 + n) % 12 + 1, 1
        )
        for n in range(40)
    ]
    env["res.currency.rate"].create(
        [
            {
                "name": month,
                "currency_id": currency.id,
                "company_id": company.id,
                "rate": rate(currency.name, company.currency_id.name, month, end),
            }
            for company in companies
            for currency in env["res.currency"].search([])
            if currency != company.currency_id
            for month in months
        ]
    )


def make_salespeople(env, companies) -> list[tuple[int, int]]:
    teams = env["crm.team"].create(
        [{"name": f"Team {n}", "company_id": False} for n in range(TEAMS)]
    )
    users = (
        env["res.users"]
        .with_context(no_reset_password=True)
        .create(
            [
                {
                    "name": f"Salesperson {n:02d}",
                    "login": f"salesperson{n:02d}",
                    "company_id": companies[0].id,
                    "company_ids": [Command.set(companies.ids)],
                    "group_ids": [
                        Command.link(env.ref("sales_team.group_sale_salesman").id)
                    ],
                }
                for n in range(SALESPEOPLE)
            ]
        )
    )
    pairs = [(user, teams[n % TEAMS]) for n, user in enumerate(users)]
    env["crm.team.member"].create(
        [{"user_id": user.id, "crm_team_id": team.id} for user, team in pairs]
    )
    return [(user.id, team.id) for user, team in pairs]


def make_products(env):
    return env["product.product"].create(
        [
            {
                "name": f"内六角螺栓 Socket Screw M{n % 12 + 3}x{n}",
                "default_code": f"A-{n:04d}",
                "type": "consu",
                "is_storable": True,
                "list_price": 5 + n,
                "taxes_id": False,
                "supplier_taxes_id": False,
            }
            for n in range(PRODUCTS)
        ]
    )


def make_terms(env):
    return env["account.payment.term"].create(
        [
            {
                "name": name,
                "company_id": False,
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": percent, "nb_days": days}
                    )
                    for days, percent in parts.items()
                ],
            }
            for name, parts in TERMS.items()
        ]
    )


class Patterns:
    """One posted document of each kind of one company."""

    def __init__(self, env, company, customer, product, term, end):
        self.env = env(context={"allowed_company_ids": company.ids, "lang": "en_US"})
        self.company = company.with_env(self.env)
        self.customer, self.product, self.term = customer, product, term
        self.tax = self._tax()
        self.bank = self._bank()
        self.today = end
        # Two months with different rates, so that paying leaves a difference.
        earlier = end - timedelta(70)
        self.invoice = self._document("out_invoice", earlier)
        self.refund = self._document("out_refund", earlier)
        self.entry = self._entry(earlier)
        self.payment = self._payment(self.invoice)
        foreign = self._document("out_invoice", earlier, EUR)
        self._payment(foreign)
        self.exchange = foreign.line_ids.matched_credit_ids.exchange_move_id

    def _tax(self):
        return self.env["account.tax"].create(
            {
                "name": f"VAT {TAX_PERCENT} %",
                "amount": TAX_PERCENT,
                "type_tax_use": "sale",
                "company_id": self.company.id,
            }
        )

    def _bank(self):
        """Without an account for money on its way, payments have no entry."""
        on_its_way = self.env["account.account"].create(
            {
                "name": "Outstanding Receipts",
                "code": "101990",
                "account_type": "asset_current",
                "reconcile": True,
            }
        )
        journal = self.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", self.company.id)], limit=1
        )
        methods = journal.inbound_payment_method_line_ids
        methods.payment_account_id = on_its_way
        return journal

    def _document(self, move_type, day, currency=None):
        currency = currency and self.env["res.currency"].search(
            [("name", "=", currency)]
        )
        move = self.env["account.move"].create(
            {
                "move_type": move_type,
                "partner_id": self.customer.id,
                "invoice_date": day,
                "date": day,
                "currency_id": (currency or self.company.currency_id).id,
                "invoice_payment_term_id": self.term.id,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": self.product.id,
                            "quantity": 1,
                            "price_unit": 100,
                            "tax_ids": [Command.set(self.tax.ids)],
                        }
                    )
                ],
            }
        )
        move.action_post()
        return move

    def _entry(self, day):
        receivable = self.customer.with_company(
            self.company
        ).property_account_receivable_id
        equity = self.env["account.account"].search(
            [("account_type", "=", "equity"), ("company_ids", "in", self.company.ids)],
            limit=1,
        )
        values = {"partner_id": self.customer.id, "name": "Opening balance"}
        move = self.env["account.move"].create(
            {
                "move_type": "entry",
                "date": day,
                "line_ids": [
                    Command.create(
                        {**values, "account_id": receivable.id, "debit": 100}
                    ),
                    Command.create({**values, "account_id": equity.id, "credit": 100}),
                ],
            }
        )
        move.action_post()
        return move

    def _payment(self, move):
        wizard = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=move.ids
        )
        return wizard.create(
            {"journal_id": self.bank.id, "payment_date": self.today}
        )._create_payments()

    def company_plan(self) -> Company:
        """Return what the plan needs to know of the company."""
        moves = {
            "invoice": self.invoice,
            "refund": self.refund,
            "entry": self.entry,
            "payment": self.payment.move_id,
            "exchange": self.exchange,
        }
        patterns, prefixes = {}, {}
        for kind, move in moves.items():
            patterns[kind] = move.id
            prefixes[kind] = prefix_format(move)
            for line in move.line_ids:
                patterns[f"{kind}.{self._part(kind, line)}"] = line.id
        return Company(
            id=self.company.id,
            currency=self.company.currency_id.name,
            patterns=patterns,
            prefixes=prefixes,
            payment=self.payment.id,
        )

    def _part(self, kind, line) -> str:
        if kind in ("invoice", "refund"):
            return {"payment_term": "term"}.get(line.display_type, line.display_type)
        receivable = line.account_id.account_type == "asset_receivable"
        if kind == "payment":
            return "counterpart" if receivable else "liquidity"
        return "receivable" if receivable else "counterpart"


def prefix_format(move) -> str:
    """Return the beginning of a move's number with strftime codes for its date."""
    return re.sub(
        r"(\d{4}|\d{2})(?=[/-])",
        lambda found: {4: "%Y", 2: "%m"}[len(found.group())],
        move.sequence_prefix,
    )


def make_slips(env, company, products, salespeople, tax) -> None:
    """Make confirmed orders, each with one delivery of many lines; and a short one that
    is delivered, to be copied."""
    env = env(context={"allowed_company_ids": company.ids})
    customers = env["res.partner"].create(
        [
            {
                "name": f"深圳市立白商贸有限公司 {n:02d}",
                "is_company": True,
                "street": "南山区科技园 1 号",
                "city": "深圳市",
            }
            for n in range(20)
        ]
    )

    def order(number, lines):
        user, team = salespeople[number % len(salespeople)]
        return {
            "partner_id": customers[number % len(customers)].id,
            "user_id": user,
            "team_id": team,
            "order_line": [
                Command.create(
                    {
                        "product_id": products[(number + line) % len(products)].id,
                        "product_uom_qty": line + 1,
                        "tax_ids": [Command.set(tax.ids)],
                    }
                )
                for line in range(lines)
            ],
        }

    orders = env["sale.order"].create([order(n, SLIP_LINES) for n in range(SLIPS)])
    delivered = env["sale.order"].create(order(0, 1))
    (orders + delivered).action_confirm()
    session.remember(env, "slips", orders.picking_ids.sorted("id").ids)
    picking = delivered.picking_ids
    picking.move_ids.write({"quantity": 1, "picked": True})
    picking._action_done()
    session.remember(
        env,
        "delivered",
        {
            "sale_order": delivered.id,
            "sale_order_line": delivered.order_line.id,
            "stock_picking": picking.id,
            "stock_move": picking.move_ids.id,
            "stock_move_line": picking.move_line_ids.id,
        },
    )


def make_activity(env, customer, user_id) -> None:
    activity = customer.activity_schedule(
        "mail.mail_activity_data_call", user_id=user_id
    )
    session.remember(env, "activity", activity.id)


if __name__ == "__main__":
    database, end = sys.argv[1], date.fromisoformat(sys.argv[2])
    with session.environment(database) as env:
        world = prepare(env, end)
        session.remember(env, "world", world.values())
        session.remember(env, "end", end.isoformat())
