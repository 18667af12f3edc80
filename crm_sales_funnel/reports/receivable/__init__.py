from . import funnel_aging_report
from . import funnel_aging_columns
from . import funnel_aging_display
from . import funnel_aging_ledger
from . import funnel_payable_aging
from . import funnel_uninvoiced_report
from . import funnel_uninvoiced_query
from . import funnel_receivable_report
