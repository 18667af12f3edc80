from contextlib import contextmanager

from odoo.tools import SQL

# For what goes through all there is: a server's own memory is for many at once, and
# compiling takes longer than it saves.
MEMORY = {"work_mem": "256MB", "jit": "off"}
# What a row costs is reckoned far too low, and so what a second processor saves.
PARALLEL = {**MEMORY, "parallel_tuple_cost": "0.01", "parallel_setup_cost": "100"}


@contextmanager
def sql_settings(env, settings: dict[str, str]):
    """Let PostgreSQL work by some settings meanwhile."""
    before = env.execute_query(
        SQL(
            "SELECT name, current_setting(name), set_config(name, value, TRUE)"
            " FROM UNNEST(%s, %s) AS setting(name, value)",
            [*settings],
            [*settings.values()],
        )
    )
    yield
    env.cr.execute(
        SQL(
            "SELECT set_config(name, value, TRUE)"
            " FROM UNNEST(%s, %s) AS setting(name, value)",
            [name for name, _old, _new in before],
            [old for _name, old, _new in before],
        )
    )
