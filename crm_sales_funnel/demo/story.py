"""What the chapters of the demo company share."""

import csv
from datetime import date, datetime, time, timedelta
from random import Random

import pytz

from odoo import fields
from odoo.tools.misc import file_open

MODULE = "crm_sales_funnel"
ZONE = pytz.timezone("Asia/Shanghai")

# Nobody is written to, nothing is noted in a chatter, no other company is given a
# price list, and "today" is the company's.
QUIET = {
    "lang": "en_US",
    "tz": ZONE.zone,
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_auto_subscribe_no_notify": True,
    "mail_activity_quick_update": True,
    "no_reset_password": True,
    "disable_company_pricelist_creation": True,
}


class Story:
    """The environment, the calendar and the dice, and what was made so far.

    Days are counted back from the day on which the demo company is made: 0 is
    today, 7 a week ago, -1 tomorrow. The dice always fall alike.
    """

    def __init__(self, env):
        self.env = env(su=True, context={**env.context, **QUIET})
        self.today = datetime.now(ZONE).date()
        self._last_message = (
            self.env["mail.message"].search([], limit=1, order="id desc").id
        )
        self.dice = Random(20)
        self._refs = {}
        self.company = self.warehouse = None
        self.users = {}  # login as planned -> res.users
        self.teams = {}  # key -> crm.team
        self.terms = {}  # key -> account.payment.term
        self.pricelists = {}  # currency code -> product.pricelist
        self.export = None  # fiscal position of sales abroad
        self.products = []
        self.customers = {}  # key -> Customer
        self.vendors = []  # customers.Vendor
        self.plans = []  # plans.Plan of each sales order
        self.prospects = []  # (login, crm.lead) of those who are no customers yet
        self.purchases = []  # purchases.Purchase of each purchase order

    def enter(self, company):
        """Go on as somebody who works in ``company`` and in no other."""
        self.env = self.env(
            context={**self.env.context, "allowed_company_ids": company.ids}
        )
        self.company = company.with_env(self.env)

    def day(self, ago: int) -> date:
        """Return the date ``ago`` days before today."""
        return self.today - timedelta(days=ago)

    def moment(self, ago: int, hour: int | None = None) -> datetime:
        """Return a time ``ago`` days before today, in UTC.

        :param hour: of the office's day; without it, what happened then happened in
            office hours, and never later than now
        """
        minute = self.dice.randrange(0, 60, 5)
        clock = time(self.dice.randint(9, 17) if hour is None else hour, minute)
        local = ZONE.localize(datetime.combine(self.day(ago), clock))
        moment = local.astimezone(pytz.utc).replace(tzinfo=None)
        return min(moment, fields.Datetime.now()) if hour is None else moment

    def local_day(self, moment: datetime) -> date:
        """Return the company's day of a time in UTC."""
        return pytz.utc.localize(moment).astimezone(ZONE).date()

    def translate(self, record, zh: str, field: str = "name"):
        """Set the Chinese text of a translated field."""
        record.with_context(lang="zh_CN")[field] = zh

    def ref(self, xmlid: str) -> int:
        """Return the id of a record of this module, looked up once."""
        if xmlid not in self._refs:
            self._refs[xmlid] = self.env.ref(f"{MODULE}.{xmlid}").id
        return self._refs[xmlid]

    def name(self, record, xmlid: str):
        """Give ``record`` an XML id of this module, which others may refer to."""
        self.env["ir.model.data"]._update_xmlids(
            [{"xml_id": f"{MODULE}.{xmlid}", "record": record, "noupdate": True}]
        )

    def clear_chatter(self):
        """Delete the notes that the documents left in their chatters: all of them
        are of today, whatever the document's date."""
        self.env["mail.message"].search([("id", ">", self._last_message)]).unlink()


def read_rows(name: str) -> list[dict[str, str]]:
    """Return the rows of ``data/<name>.csv``, each as column -> text."""
    with file_open(f"{MODULE}/demo/data/{name}.csv") as file:
        return list(csv.DictReader(file))
