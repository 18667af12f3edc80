from . import funnel_commission_what_if
from . import funnel_target_plan
