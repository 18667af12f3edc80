from . import res_users
from . import price_guard
from . import price_document
from . import stock_forecasted
from . import ir_attachment
from . import ir_ui_view
from . import funnel_reminder
