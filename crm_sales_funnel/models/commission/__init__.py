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
