from . import funnel_commission_part
from . import funnel_commission_plan
from . import funnel_commission_plan_check
from . import funnel_commission_plan_sentence
from . import funnel_commission_rule
from . import funnel_commission_level
from . import funnel_commission_factor
from . import funnel_commission_release
from . import funnel_commission_member
from . import (
    account_move,
    funnel_allocation,
    funnel_commission_due,
    funnel_commission_entry,
    funnel_commission_event,
    funnel_commission_rate,
    funnel_commission_run,
    funnel_commission_split,
    funnel_commission_touched,
    sale_order,
    stock_move,
)
