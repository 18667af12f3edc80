import logging
import time

from odoo import api, models

from . import (
    bills,
    collisions,
    commissions,
    company,
    contacts,
    costs,
    credit,
    customers,
    followups,
    invoices,
    item_codes,
    leads,
    levels,
    payrolls,
    people,
    products,
    promises,
    purchases,
    sales,
    settlements,
    slips,
    snapshots,
    statements,
    targets,
    unknown,
    visits,
)
from .story import MODULE, Story

_logger = logging.getLogger(__name__)

# In this order: each chapter uses what those before it have made.
CHAPTERS = (
    company.create_company,
    people.create_people,
    products.create_products,
    customers.create_customers,
    item_codes.create_item_codes,
    purchases.create_purchases,
    sales.create_orders,
    invoices.create_invoices,
    invoices.create_vendor_bills,
    bills.create_bills,
    slips.create_slips,
    statements.create_statements,
    followups.create_followups,
    promises.create_promises,
    followups.propose_followups,
    leads.create_leads,
    contacts.create_contacts,
    levels.create_levels,
    snapshots.create_snapshots,
    credit.create_holds,
    costs.create_costs,
    unknown.create_unknown_receipts,
    payrolls.create_payrolls,
    commissions.create_commission_plans,
    settlements.create_settlements,
    visits.create_visits,
    collisions.create_collisions,
    targets.create_targets,
)


class FunnelDemo(models.AbstractModel):
    """Makes the demo company: a year of business of a trading company in China.

    Everything belongs to a company of its own, so the companies that are there
    already, their users and their figures stay as they are.
    """

    _name = "funnel.demo"
    _description = "Demo Company"

    @api.model
    def _load(self) -> bool:
        """Make the demo company, once.

        :return: whether it was made; False when it is there already
        """
        if self.env.ref(f"{MODULE}.demo_company", raise_if_not_found=False):
            _logger.info("The demo company exists already, nothing was made.")
            return False
        story = Story(self.env)
        for chapter in CHAPTERS:
            begun = time.monotonic()
            chapter(story)
            story.env.flush_all()
            _logger.info(
                "Demo company: %s, %.1f s",
                chapter.__name__.removeprefix("create_"),
                time.monotonic() - begun,
            )
        story.clear_chatter()
        return True
