from . import base_partner_merge
from . import funnel_collision_override_wizard
from . import funnel_customer_create
