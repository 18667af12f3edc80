from . import funnel_bill_cash
