from . import portal
from . import printing
