from . import funnel_performance_report
from . import funnel_performance_query
from . import funnel_performance_money
from . import funnel_target_report
