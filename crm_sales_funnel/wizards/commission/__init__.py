from . import funnel_target_plan
