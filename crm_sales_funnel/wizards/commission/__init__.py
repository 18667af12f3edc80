from . import funnel_commission_what_if
