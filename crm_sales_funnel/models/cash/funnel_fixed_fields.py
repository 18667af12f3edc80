from odoo import api, models
from odoo.exceptions import AccessError


class FunnelFixedFields(models.AbstractModel):
    """Mixin for models some of whose fields follow from entries: nobody writes them but
    the methods of the model, as superuser."""

    _name = "funnel.fixed.fields"
    _description = "Has Fields That Are Not Written by Hand"

    # What nobody writes but the methods of the model.
    _fixed = frozenset()

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_fixed(vals)
        defaults = {f"default_{name}" for name in self._fixed}
        context = self.env.context
        # Without the defaults of what is not written by hand; all others stay.
        # pylint: disable-next=context-overridden
        plain = self.with_context(
            {name: context[name] for name in context if name not in defaults}
        )
        return super(FunnelFixedFields, plain).create(vals_list).with_env(self.env)

    def write(self, vals):
        self._check_fixed(vals)
        return super().write(vals)

    def _check_fixed(self, vals):
        if not self.env.su and not self._fixed.isdisjoint(vals):
            raise AccessError(
                self.env._("What follows from the entries is not written by hand.")
            )
