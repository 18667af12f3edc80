from . import funnel_cash_report
