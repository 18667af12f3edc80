"""Which leads somebody is still to be spoken to about."""

from odoo.fields import Domain

UNDECIDED = Domain("won_status", "=", "pending")
# What was agreed on with who was won is to be done as well.
OPEN = UNDECIDED | (
    Domain("won_status", "=", "won") & Domain("next_contact_date", "!=", False)
)
