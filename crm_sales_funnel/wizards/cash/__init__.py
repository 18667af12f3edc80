from . import funnel_bill_cash
from . import funnel_settle_line
from . import funnel_settle
from . import funnel_settle_post
from . import funnel_settle_unknown
from . import funnel_claim_refuse
from . import funnel_receipt_paste
