from . import funnel_reminder
