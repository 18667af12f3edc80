from . import printing
from . import contact
