from . import funnel_customer_product
from . import funnel_print_document
from . import product_product
from . import product_template
from . import res_partner
from . import sale_order
from . import stock_picking
from . import funnel_reminder
