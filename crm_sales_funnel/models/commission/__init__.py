from . import funnel_target
from . import funnel_target_reminder
