from . import base_partner_merge
from . import funnel_contact_plan_archive
from . import funnel_customer_create
