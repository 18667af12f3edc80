from . import receivable
from . import cash
