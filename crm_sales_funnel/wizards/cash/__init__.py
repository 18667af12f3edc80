from . import funnel_bill_cash
from . import funnel_settle_line
from . import funnel_settle
from . import funnel_settle_post
