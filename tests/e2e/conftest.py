"""What the browser tests share beside the fixtures of ``tests/conftest.py``."""

import pytest
from playwright.sync_api import expect

# As long as Playwright waits for what is to be clicked: a busy machine is no failure.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="session")
def demo_site(make_database, serve):
    """The addon with its demo company, served; shared, so tests add, never remove."""
    with serve(make_database(demo=True)) as site:
        yield site


@pytest.fixture
def bare_site(make_database, serve):
    """Odoo's own apps, without our addon and without demo data."""
    with serve(make_database()) as site:
        yield site


@pytest.fixture
def open_as(log_in, artefacts, request):
    """Like ``log_in``, and the test fails when a page of it shows or logs an error."""
    pages, errors = [], []

    def open_page(site, login, path="/odoo/today"):
        def watch(page):
            pages.append((login, page))
            page.on("pageerror", lambda error: errors.append(f"{login}: {error}"))
            page.on(
                "console",
                lambda message: (
                    message.type == "error"
                    and errors.append(f"{login}: {message.text}")
                ),
            )

        return log_in(site, login, path, watch)

    yield open_page
    for login, page in pages:
        page.screenshot(path=artefacts / f"{request.node.name}-{login}-end.png")
    assert not errors, errors
