"""The commands of the test parts."""

from . import odoo, paths, venv


def addon_tests(database: str, *arguments) -> list[str]:
    """pytest-odoo, with the web server that browser tests need (else it skips them)."""
    return [
        str(venv.program("pytest")),
        f"--odoo-database={database}",
        f"--odoo-config={odoo.configuration()}",
        "--odoo-http",
        *map(str, arguments),
    ]


def plain(*arguments) -> list[str]:
    """pytest without Odoo in it: these tests start Odoo as a program of its own."""
    return [
        str(venv.program("pytest")),
        "-p",
        "no:odoo",
        f"--rootdir={paths.REPOSITORY}",
        *map(str, arguments),
    ]
