from . import funnel_demo
