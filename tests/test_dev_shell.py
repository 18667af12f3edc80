"""The Odoo shell that the browser tests keep open."""

from contextlib import closing

import pytest

from dev.console import Stop
from dev.odoo_shell import Shell


@pytest.fixture(scope="module")
def shell(make_database):
    with closing(Shell(make_database())) as one:
        yield one


def test_only_what_is_committed_is_kept(shell):
    name = "env.company.name"
    before = shell.run(f"print({name})")
    assert shell.run(f"{name} = 'Other'; print({name})") == "Other\n"
    assert shell.run(f"print({name})") == before
    shell.run(f"{name} = 'Kept'; env.cr.commit()")
    assert shell.run(f"print({name})") == "Kept\n"


def test_an_error_is_told_and_leaves_nothing(shell):
    shell.run("env.company.name = 'Before'; env.cr.commit()")
    with pytest.raises(Stop, match="ZeroDivisionError"):
        shell.run("env.company.name = 'Half'\n1 / 0")
    assert shell.run("print(env.company.name)") == "Before\n"


def test_a_database_error_does_not_stay(shell):
    with pytest.raises(Stop, match="no_such_table"):
        shell.run("env.cr.execute('SELECT 1 FROM no_such_table')")
    assert shell.run("print(env.company.id)") == "1\n"


def test_what_one_order_names_the_next_does_not_know(shell):
    shell.run("mine = 1")
    with pytest.raises(Stop, match="NameError"):
        shell.run("print(mine)")


def test_a_shell_that_ended_says_so_and_starts_again(make_database):
    with closing(Shell(make_database())) as one:
        with pytest.raises(Stop, match="ended"):
            one.run("import os; os._exit(1)")
        one.close()
        assert one.run("print(env.company.id)") == "1\n"
