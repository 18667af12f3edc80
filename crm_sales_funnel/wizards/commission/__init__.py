from . import account_move_reversal
from . import funnel_commission_dispute
from . import funnel_commission_pay
from . import funnel_commission_settle
from . import funnel_commission_what_if
from . import funnel_target_plan
