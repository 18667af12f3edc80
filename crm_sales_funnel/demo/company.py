"""The company itself: chart of accounts, taxes, terms, currencies, warehouse."""

from dateutil.relativedelta import relativedelta

from odoo import Command

from .story import ZONE

VAT = 13.0
TERMS = {
    # key: (name, Chinese name, [(percent, days after the invoice)])
    "now": ("Payment on Invoice", "款到发货", [(100, 0)]),
    "d30": ("30 Days", "开票后30天", [(100, 30)]),
    "d60": ("60 Days", "开票后60天", [(100, 60)]),
    "split": (
        "30% on Invoice, 50% in 30 Days, 20% in 90 Days",
        "开票付30%，30天付50%，90天付20%",
        [(30, 0), (50, 30), (20, 90)],
    ),
}
RATES = {"USD": (7.05, 7.25), "EUR": (7.70, 8.25)}  # yuan for one, from - to


def create_company(story):
    """Make the company and let the administrator switch to it."""
    env = story.env
    _activate_chinese(env)
    # A company in China would have Odoo install China's localisation: the demo takes
    # what is there.
    company = (
        env["res.company"]
        .with_context(install_mode=True)
        .create(
            {
                "name": "榕舟贸易有限公司 (Rongzhou Trading)",
                "currency_id": env.ref("base.CNY").id,
                "country_id": env.ref("base.cn").id,
                "email": "info@rongzhou.example.com",
                "phone": "+86 755 9550 0100",
                "website": "https://rongzhou.example.com",
            }
        )
    )
    story.name(company, "demo_company")
    # Odoo gives a logo to the company from which another one is made.
    env["ir.attachment"].search(
        [
            ("res_model", "=", "res.partner"),
            ("res_id", "=", company.partner_id.id),
            ("res_field", "!=", False),
        ]
    ).company_id = company
    story.enter(company)
    story.company.write(
        {
            # The year is told first: see credit.py.
            "credit_gate_orders": False,
            "credit_gate_deliveries": False,
            "street": "福田区榕舟路1号",
            "city": "深圳",
            "zip": "518000",
            "state_id": env.ref("base.state_cn_GD").id,
        }
    )
    company.partner_id.write({"lang": "zh_CN", "tz": ZONE.zone})
    if "stock_text_confirmation" in company._fields:
        company.stock_text_confirmation = False  # no text messages from a demo
    admin = env.ref("base.user_admin", raise_if_not_found=False)
    if admin:
        admin.company_ids = [Command.link(company.id)]
    _create_warehouse(story)
    _create_sequences(story)
    _load_chart(story)
    _create_terms(story)
    _create_currencies(story)


def _activate_chinese(env):
    """Make Chinese available, with the texts of the modules installed so far."""
    if "zh_CN" not in dict(env["res.lang"].get_installed()):
        env["res.lang"]._activate_lang("zh_CN")
        modules = env["ir.module.module"].search([("state", "=", "installed")])
        modules._update_translations(["zh_CN"])


def _create_warehouse(story):
    Warehouse = story.env["stock.warehouse"]
    story.warehouse = Warehouse.search(
        [("company_id", "=", story.company.id)], limit=1
    ) or Warehouse.create({"company_id": story.company.id})
    story.warehouse.write({"name": "深圳仓 Shenzhen", "code": "SZ"})


def _create_sequences(story):
    """Number orders apart, so that those of the other companies keep their row."""
    story.env["ir.sequence"].create(
        [
            {
                "name": f"{name} {story.company.name}",
                "code": code,
                "prefix": prefix,
                "padding": 5,
                "company_id": story.company.id,
            }
            for name, code, prefix in (
                ("Sales Order", "sale.order", "S"),
                ("Purchase Order", "purchase.order", "P"),
                ("Statements", "funnel.statement", "ST"),
                ("Commission Settlements", "funnel.commission.settlement", "COM"),
            )
        ]
    )


def _load_chart(story):
    """Load the Chinese chart of accounts where its module is installed, else the
    generic one with the currency and the taxes of China."""
    company = story.company
    template = _choose_chart(story.env)
    # Not try_loading, which warns while modules are being installed: the modules
    # that this one needs are loaded by now.
    story.env["account.chart.template"]._load(template, company, install_demo=False)
    if template == "generic_coa":
        company.account_fiscal_country_id = company.country_id
        company.currency_id = story.env.ref("base.CNY")
        _create_taxes(story)
    _create_export(story)
    _create_cash_box(story)


def _choose_chart(env) -> str:
    loaded = env["account.chart.template"]._template_register
    return "cn" if "cn" in loaded else "generic_coa"


def _create_taxes(story):
    """Put China's 13 % in the place of the generic chart's taxes, which are made for
    another country."""
    env, company = story.env, story.company
    own = [("company_id", "=", company.id)]
    former_taxes = env["account.tax"].search(own)
    former_positions = env["account.fiscal.position"].search(own)
    group = env["account.tax.group"].create(
        {
            "name": "VAT 13%",
            "company_id": company.id,
            "country_id": company.country_id.id,
        }
    )
    for field in ("account_sale_tax_id", "account_purchase_tax_id"):
        company[field] = company[field].copy(
            {
                "name": "13%",
                "amount": VAT,
                "invoice_label": "13%",
                "country_id": company.country_id.id,
                "tax_group_id": group.id,
                "fiscal_position_ids": [Command.clear()],
            }
        )
    former_taxes.active = former_positions.active = False


def _create_export(story):
    """Sell abroad without tax."""
    story.export = story.env["account.fiscal.position"].create(
        {"name": "Export", "company_id": story.company.id}
    )
    story.translate(story.export, "出口")
    vat = story.company.account_sale_tax_id
    vat.copy(
        {
            "name": "0% Export",
            "amount": 0,
            "invoice_label": "0%",
            "fiscal_position_ids": [Command.set(story.export.ids)],
            "original_tax_ids": [Command.set(vat.ids)],
        }
    )


def _create_cash_box(story):
    """Take small sums in cash; not every chart brings a journal for them."""
    Journal = story.env["account.journal"]
    cash = {"type": "cash", "company_id": story.company.id}
    if not Journal.search_count([(name, "=", cash[name]) for name in cash], limit=1):
        story.translate(Journal.create({**cash, "name": "Cash"}), "现金")


def _create_terms(story):
    terms = story.env["account.payment.term"].create(
        [
            {
                "name": name,
                "note": name,
                "company_id": story.company.id,
                "line_ids": [
                    Command.create(
                        {
                            "value": "percent",
                            "value_amount": percent,
                            "nb_days": days,
                            "delay_type": "days_after",
                        }
                    )
                    for percent, days in lines
                ],
            }
            for name, _zh, lines in TERMS.values()
        ]
    )
    story.terms = dict(zip(TERMS, terms, strict=True))
    for key, (_name, zh, _lines) in TERMS.items():
        story.translate(story.terms[key], zh)
        story.translate(story.terms[key], zh, "note")


def _create_currencies(story):
    """Give the company its own monthly rates, and a price list a currency."""
    env, company = story.env, story.company
    currencies = env["res.currency"].with_context(active_test=False)
    currencies = currencies.search([("name", "in", list(RATES))])
    currencies.filtered(lambda currency: not currency.active).active = True
    first = story.today.replace(day=1) - relativedelta(months=13)
    env["res.currency.rate"].create(
        {
            "name": first,
            "rate": 1.0,
            "currency_id": company.currency_id.id,
            "company_id": company.id,
        }
    )
    env["res.currency.rate"].create(
        [
            {
                "name": first + relativedelta(months=month),
                "inverse_company_rate": round(
                    story.dice.uniform(*RATES[currency.name]), 4
                ),
                "currency_id": currency.id,
                "company_id": company.id,
            }
            for currency in currencies
            for month in range(14)
        ]
    )
    # Odoo takes the first one for customers who have none of their own.
    pricelists = env["product.pricelist"].create(
        [
            {
                "name": currency.name,
                "currency_id": currency.id,
                "company_id": company.id,
                "sequence": sequence,
            }
            for sequence, currency in enumerate(company.currency_id | currencies)
        ]
    )
    story.pricelists = {plist.currency_id.name: plist for plist in pricelists}
