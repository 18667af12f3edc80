from . import account_move_reversal
from . import funnel_statement_difference
from . import funnel_statement_run
