# The order of these imports is the direction of dependency: an area neither
# imports nor names one that stands below it.
from . import base
from . import printing
from . import contact
from . import receivable
from . import cash
from . import order
from . import customer
from . import commission
from . import today
