"""What the browser tests share beside the fixtures of ``tests/conftest.py``."""

import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

# As long as Playwright waits for what is to be clicked: a busy machine is no failure.
expect.set_options(timeout=30_000)

# Where days end: the server's and the demo company's.
ZONES = (UTC, ZoneInfo("Asia/Shanghai"))
# As long as what a test reads twice stays as it is.
SECONDS_OF_A_TEST = 90


@pytest.fixture(autouse=True)
def within_a_day():
    """No test begins so late that what is due changes between two of its looks."""
    for zone in ZONES:
        now = datetime.now(zone)
        midnight = (now + timedelta(days=1)).replace(
            hour=0, minute=0, second=0, microsecond=0
        )
        left = (midnight - now).total_seconds()
        if left < SECONDS_OF_A_TEST:
            time.sleep(left + 1)


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
