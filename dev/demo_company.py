"""`make run`: the database with the addon's demo company, and who can log in."""

from . import addon, cluster, databases, odoo_source, paths
from .console import step

# One row per user that the addon's demo data makes: login, name, language, roles.
USERS = """
SELECT users.login, partner.name, partner.lang,
       coalesce(string_agg(groups.name->>'en_US', ' + ' ORDER BY groups.id), '')
  FROM res_users users
  JOIN res_partner partner ON partner.id = users.partner_id
  JOIN ir_model_data demo ON demo.model = 'res.users' AND demo.res_id = users.id
                         AND demo.module = 'crm_sales_funnel'
  LEFT JOIN (res_groups_users_rel member
             JOIN res_groups groups ON groups.id = member.gid
              AND groups.privilege_id IN (
                  SELECT res_id FROM ir_model_data
                   WHERE model = 'res.groups.privilege'
                     AND module = 'crm_sales_funnel')) ON member.uid = users.id
 WHERE users.active
 GROUP BY users.id, partner.id
 ORDER BY users.id
"""


def database() -> str:
    """The database of `make run`, one per clone and Odoo."""
    return f"run_{paths.clone_key()}_{odoo_source.identity()[:4]}"


def ensure() -> str:
    """Makes the database, or brings it to the addon's present state."""
    name = database()
    if not databases.exists(name):
        source = addon.template(demo=True)
        databases.made(name, lambda unfinished: databases.copy(unfinished, source))
    elif databases.note(name) != addon.state():
        with step("The addon has changed: updating the database"):
            addon.update(name)
    databases.set_note(name, addon.state())
    addon.check_demo(name)
    return name


def logins(name: str) -> str:
    """A table of who can log in; the demo data is the only list of them."""
    rows = [("Login", "Password", "Name", "Language", "Role")]
    for line in cluster.query(USERS, name).splitlines():
        login, person, language, roles = line.split("|")
        rows.append((login, login, person, language, roles))
    rows.append(("admin", "admin", "Administrator", "en_US", "Settings"))
    return _table(rows)


def _table(rows) -> str:
    """Columns as wide as their longest cell, counted as a terminal shows it."""
    widths = [max(map(_width, column)) for column in zip(*rows)]
    return "\n".join(
        "  "
        + "  ".join(
            cell + " " * (width - _width(cell)) for cell, width in zip(row, widths)
        ).rstrip()
        for row in rows
    )


def _width(text: str) -> int:
    """Chinese characters take two cells of a terminal.

    >>> _width("Anna"), _width("张伟")
    (4, 4)
    """
    return sum(2 if ord(letter) > 0x2E80 else 1 for letter in text)
