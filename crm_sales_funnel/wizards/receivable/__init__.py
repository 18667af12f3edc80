from . import account_move_reversal
from . import funnel_credit_hold_place
from . import funnel_credit_override_wizard
from . import funnel_credit_release
from . import funnel_credit_terms
from . import funnel_statement_difference
from . import funnel_statement_run
from . import sale_order_discount
