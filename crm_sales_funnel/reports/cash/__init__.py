from . import funnel_cash_report
from . import funnel_cash_rows
from . import funnel_cost_report
