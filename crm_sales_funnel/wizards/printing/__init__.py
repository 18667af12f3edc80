from . import funnel_print_layout_import
from . import funnel_print_options
from . import funnel_print_void
from . import mail_compose_message
from . import mail_template_preview
