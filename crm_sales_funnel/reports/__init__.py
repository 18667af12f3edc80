from . import receivable
from . import cash
from . import commission
