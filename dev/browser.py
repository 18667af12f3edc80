"""Debian's Chromium, driven by Playwright; imported only where the venv's Python runs."""

import re
from contextlib import contextmanager

from . import system

OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SIZE = {"width": 1366, "height": 900}
# Counts the requests of a page that are not answered yet, so that `settle` need not
# guess how long an answer takes. Notifications come by a socket of their own.
COUNT_REQUESTS = """(() => {
    window.pendingRequests = 0;
    const done = () => window.pendingRequests--;
    const {send} = XMLHttpRequest.prototype;
    XMLHttpRequest.prototype.send = function () {
        window.pendingRequests++;
        this.addEventListener("loadend", done);
        return send.apply(this, arguments);
    };
    const {fetch} = window;
    window.fetch = function () {
        window.pendingRequests++;
        const answer = fetch.apply(this, arguments);
        answer.then(done, done);
        return answer;
    };
})();"""
# Nothing is asked for during four frames in a row: a click becomes a request within one,
# and an answer is drawn, or asks for more, within the next.
SETTLED = """async () => {
    for (let still = 0; still < 4; ) {
        await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
        still = window.pendingRequests ? 0 : still + 1;
    }
    return true;
}"""


@contextmanager
def started():
    """A running browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=system.browser_program(), args=OPTIONS
        )
        yield chromium
        chromium.close()


def open_context(chromium, url: str):
    """A browser window with cookies of its own, whose pages can be waited for."""
    context = chromium.new_context(base_url=url, viewport=SIZE)
    context.add_init_script(COUNT_REQUESTS)
    return context


def settle(page) -> None:
    """Wait until the page has asked for all it needs and shows the answers."""
    page.wait_for_function(SETTLED)


def log_in(context, login: str, path: str = "/odoo/today", watch=None):
    """A page of the web client, opened by this user; the password is the login's.

    `watch` is given the page before anything is opened in it.

    The form is sent without being drawn: that page and the one that Odoo goes on to
    take longer than most of what is done after them.
    """
    form = context.request.get("/web/login").text()
    token = re.search(r'name="csrf_token" value="([^"]+)"', form).group(1)
    answer = context.request.post(
        "/web/login",
        form={"csrf_token": token, "login": login, "password": login},
        max_redirects=0,
    )
    if answer.status != 303:  # the form again, with what is wrong
        raise ValueError(f"{login} is not let in.")
    page = context.new_page()
    if watch:
        watch(page)
    page.goto(path)
    page.wait_for_selector(".o_web_client .o_main_navbar", timeout=60_000)
    return page
