"""Opens Odoo on a database, in a process of its own."""

import json
import os
from contextlib import contextmanager

import odoo
from odoo import api
from odoo.modules.registry import Registry
from odoo.tools import SQL, config

PARAMETER = "bench.%s"  # what the generator leaves in the database for later steps


@contextmanager
def environment(database: str, **context):
    """Yield the superuser's environment; commits at the end."""
    config.parse_config(["-c", os.environ["ODOO_RC"], "--log-level=error"])
    odoo.tools.config["db_name"] = [database]
    registry = Registry(database)
    with registry.cursor() as cr:
        yield api.Environment(cr, api.SUPERUSER_ID, context)


def debtors(env) -> list[int]:
    """Return every customer who ever had anything on a receivable account."""
    rows = env.execute_query(
        SQL(
            """
            SELECT DISTINCT l.partner_id FROM account_move_line l
              JOIN account_account a ON a.id = l.account_id
             WHERE a.account_type = 'asset_receivable' AND l.partner_id IS NOT NULL
             ORDER BY 1
            """
        )
    )
    return [key for (key,) in rows]


def remember(env, name: str, value) -> None:
    env["ir.config_parameter"].set_param(PARAMETER % name, json.dumps(value))


def recall(env, name: str):
    return json.loads(env["ir.config_parameter"].get_param(PARAMETER % name, "null"))
