from . import printing
from . import contact
from . import receivable
from . import cash
from . import customer
from . import commission
