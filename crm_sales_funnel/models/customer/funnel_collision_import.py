from odoo import api, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

# In the context, see below.
IMPORT = "funnel_collision_import"


class Import:
    """An import that runs.

    An object, since none can come in the context of a request.
    """

    def __init__(self, is_test: bool = False):
        self.is_test = is_test
        # What another transaction has won; Odoo repeats the request for it.
        self.lost: Exception | None = None

    @classmethod
    def of(cls, env) -> "Import | None":
        """Return what the context of an environment says."""
        said = env.context.get(IMPORT)
        return said if isinstance(said, cls) else None


class FunnelCollisionImport(models.AbstractModel):
    """What is imported: customers and leads."""

    _name = "funnel.collision.import"
    _description = "Import of What Is Checked for Collisions"

    @api.model
    def load(self, fields, data):
        """Import rows; they are all repeated by Odoo if somebody else enters the same
        meanwhile, which it takes for an error of each row."""
        running = Import.of(self.env) or Import()
        loading = self.with_context(**{IMPORT: running})
        result = super(FunnelCollisionImport, loading).load(fields, data)
        if running.lost:
            raise running.lost
        return result

    def _load_records(self, data_list, update=False):
        running = Import.of(self.env)
        if not running:
            return super()._load_records(data_list, update)
        if running.lost:
            raise running.lost
        try:
            return super()._load_records(data_list, update)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY as error:
            running.lost = error
            raise


class BaseImport(models.TransientModel):
    _inherit = "base_import.import"

    def execute_import(self, fields, columns, options, dryrun=False):
        # Odoo takes out of the options what it would need if it repeats the request.
        importing = self.with_context(**{IMPORT: Import(is_test=bool(dryrun))})
        return super(BaseImport, importing).execute_import(
            fields, columns, dict(options), dryrun=dryrun
        )
