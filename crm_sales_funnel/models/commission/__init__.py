from . import funnel_commission_part
from . import funnel_commission_plan
from . import funnel_commission_plan_check
from . import funnel_commission_plan_sentence
from . import funnel_commission_rule
from . import funnel_commission_level
from . import funnel_commission_factor
from . import funnel_commission_release
from . import funnel_commission_member
from . import funnel_commission_event  # the engine, which others extend
from . import (
    account_move,
    account_move_settlement,
    funnel_allocation,
    funnel_commission_due,
    funnel_commission_entry,
    funnel_commission_rate,
    funnel_commission_run,
    funnel_commission_settlement,
    funnel_commission_settlement_entry,
    funnel_commission_settlement_make,
    funnel_commission_settlement_pay,
    funnel_commission_settlement_print,
    funnel_commission_split,
    funnel_commission_touched,
    funnel_payroll,
    funnel_print_layout,
    funnel_settlement_reminder,
    sale_order,
    stock_move,
)
