"""`make test`: everything that must pass, side by side, and what took how long.

A skipped test counts as a failure in every part: a green run with skips is no run.
"""

import os
import re
import signal
import subprocess
import threading
import time
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from . import (
    addon,
    databases,
    i18n,
    lint,
    odoo,
    paths,
    ports,
    surroundings,
    test_company,
    testing,
)
from .console import Stop, elapsed, say
from .locks import only_one

# A machine may be three times as slow as another one.
MINUTES_PER_PART = 60
# On two cores: each part waits for its database, its browser or a program a third of
# its time.
AT_ONCE = 3
# pytest-odoo runs all tests. In Odoo's own runner, which is there to show that they run
# under it as well, these do: of each area what is about access, its screens and its jobs.
IN_ODOO = (
    "TestContactAccess",
    "TestContactLog",
    "TestDemoCompany",
    "TestOrderReminder",
    "TestPriceGuard",
    "TestPriceVendor",
    "TestPrintingAccess",
    "TestPrintingAttachmentDownload",
    "TestPrintingLog",
    "TestReceivableAccess",
    "TestReceivablePaymentTerm",
    "TestReceivableStatementRun",
    "TestReminder",
    "TestRoles",
)
# Parts of the addon's tests by what the names of their files have in them.
ADDON_PARTS = {
    "statements": (
        "_receivable_allowance",
        "_receivable_exchanged",
        "_receivable_statement",
    ),
    "receivables": ("_receivable_",),
    "money": ("_cash_", "_commission_"),
    "printing": ("_printing_",),
    "the rest": ("",),
}
# A test that hangs ends by itself and says where; the log tells what took long.
PYTEST_OPTIONS = ("--timeout=300", "--verbose", "--durations=25")

# What Odoo warns of goes to a file, as Odoo's own log has it.
LOG_OPTIONS = (
    "--odoo-log-level=warn",
    "--log-file-level=WARNING",
    "--log-file-format=%(asctime)s 0 %(levelname)s test %(name)s: %(message)s",
    "--log-file-date-format=%Y-%m-%d %H:%M:%S",
)


@dataclass
class Part:
    """What one part of the run came to."""

    name: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0
    complaints: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        return bool(self.passed) and not (
            self.failed or self.skipped or self.complaints
        )


def run() -> int:
    """Brings up the environment, runs all parts, prints the figures; 0 when all is good."""
    with only_one(f"test-{paths.clone_key()}") as first:
        if not first:
            raise Stop("`make test` of this clone is under way already.")
        surroundings.ensure()
        # Not by the test that first asks for one: it would be limited in time.
        for demo in (False, True):
            addon.template(demo)
        environment = elapsed()
        say("environment: ok")
        try:
            return _report(_run_parts(), environment)
        finally:
            databases.drop(_prepared_name())


def _run_parts() -> list[Part]:
    with ThreadPoolExecutor(AT_ONCE) as pool, ThreadPoolExecutor(1) as beside:
        results = (pool.map(_timed, PARTS), beside.map(_timed, WAITING))
        try:
            parts = [part for some in results for part in some]
            return [*parts, *map(_timed, ALONE)]
        except BaseException:
            for each in (pool, beside):
                each.shutdown(wait=False, cancel_futures=True)
            _end_all()
            raise


def _timed(part) -> Part:
    say(f"{part.__doc__} ...")
    began = time.monotonic()
    try:
        result = part()
    except Stop as stop:
        result = Part(part.__doc__, failed=1, complaints=[str(stop)])
    result.seconds = time.monotonic() - began
    say(f"{result.name}: {'ok' if result.good else 'FAILED'} ({result.seconds:.0f} s)")
    return result


def _lint() -> Part:
    """lint"""
    verdicts = lint.lint().values()
    return Part("lint", passed=sum(verdicts), failed=len(verdicts) - sum(verdicts))


def _end_to_end_customers() -> Part:
    """tests/e2e, customers and what they owe"""
    return _end_to_end("end to end, customers", _is_of_customers)


def _end_to_end_rest() -> Part:
    """tests/e2e, all else"""
    return _end_to_end("end to end, the rest", lambda name: not _is_of_customers(name))


def _is_of_customers(name: str) -> bool:
    areas = ("collision", "contact", "customer", "followup", "promise", "receivable")
    return any(area in name for area in areas)


def _end_to_end(title: str, chosen) -> Part:
    files = sorted((paths.REPOSITORY / "tests" / "e2e").glob("test_*.py"))
    files = [file for file in files if chosen(file.name)]
    options = ("-m", "not alone", *files)
    return _pytest(title, lambda *more: testing.plain(*options, *more))


def _tools() -> Part:
    """tests/, tools and demo"""
    apart = ("--ignore-glob=*/test_dev_*", "--ignore=tests/e2e")
    chosen = (*apart, "-m", "not alone", "tests")
    return _pytest("tools, demo", lambda *more: testing.plain(*chosen, *more))


def _alone() -> Part:
    """tests/, what is timed"""
    chosen = ("-m", "alone", "tests")
    return _pytest("timed, alone", lambda *more: testing.plain(*chosen, *more))


def _surroundings() -> Part:
    """tests/test_dev_*, what dev/ does"""
    files = sorted((paths.REPOSITORY / "tests").glob("test_dev_*.py"))
    return _pytest("surroundings", lambda *more: testing.plain(*files, *more))


def _translations() -> Part:
    """translations"""
    i18n.check()
    return Part("translations", passed=1)


def _addon_printing() -> Part:
    """addon, pytest-odoo, printing"""
    return _addon("printing")


def _addon_statements() -> Part:
    """addon, pytest-odoo, statements and credit notes"""
    return _addon("statements")


def _addon_receivables() -> Part:
    """addon, pytest-odoo, receivables"""
    return _addon("receivables")


def _addon_money() -> Part:
    """addon, pytest-odoo, cash and commission"""
    return _addon("money")


def _addon_rest() -> Part:
    """addon, pytest-odoo, all else"""
    return _addon("the rest")


def part_of(file: str) -> str:
    """Return which part of the addon's tests a file is in: the first that has it."""
    return next(
        part for part, keys in ADDON_PARTS.items() if any(key in file for key in keys)
    )


def _addon(name: str) -> Part:
    """Some of the tests, so that no part is as long as all others together."""
    title = f"pytest-odoo, {name}"
    files = sorted((paths.REPOSITORY / paths.ADDON / "tests").glob("test_*.py"))
    files = [file for file in files if part_of(file.name) == name]
    warnings = _log(title).with_suffix(".warnings.log")
    warnings.unlink(missing_ok=True)
    options = [f"--log-file={warnings}", *LOG_OPTIONS]
    with _database(title) as database:
        part = _pytest(
            title, lambda *more: testing.addon_tests(database, *files, *options, *more)
        )
    if warnings.exists():
        part.complaints += loud_entries(warnings.read_text(errors="replace"))
    return part


def _odoo() -> Part:
    """addon, Odoo's runner"""
    part, log = Part("addon, Odoo's runner"), _log("odoo-runner")
    tags = [f"/{paths.ADDON}:{name}" for name in IN_ODOO]
    with _database("odoo") as name:
        code = _run(
            odoo.command(
                f"--database={name}",
                f"--test-tags={','.join(tags)}",
                f"--http-port={ports.free()}",
                "--stop-after-init",
            ),
            log,
        )
    read_odoo_log(part, log.read_text(errors="replace"), code)
    if not part.good:
        part.complaints.append(f"The whole log: {log}")
    return part


def _pytest(name: str, command) -> Part:
    part, log = Part(name), _log(name)
    figures = log.with_suffix(".xml")
    figures.unlink(missing_ok=True)
    code = _run(command(f"--junitxml={figures}", *PYTEST_OPTIONS), log)
    if figures.exists():
        read_figures(part, figures)
    if code or not part.good:
        text = log.read_text(errors="replace")
        _, failures, rest = text.partition("= FAILURES =")
        part.complaints.append((failures + rest or text)[-20_000:])
        part.complaints.append(f"pytest ended with {code}. The whole log: {log}")
    return part


def read_figures(part: Part, figures: Path) -> None:
    """Takes the counts from pytest's report."""
    for suite in ElementTree.parse(figures).getroot().iter("testsuite"):
        count = {name: int(suite.get(name, 0)) for name in ("tests", "skipped")}
        part.failed += int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        part.skipped += count["skipped"]
        part.passed += count["tests"]
    part.passed -= part.failed + part.skipped
    for case in ElementTree.parse(figures).getroot().iter("testcase"):
        for skip in case.iter("skipped"):
            reason = (
                f"{case.get('classname')}.{case.get('name')}: {skip.get('message')}"
            )
            part.complaints.append(f"skipped {reason}")


def read_odoo_log(part: Part, log: str, code: int) -> None:
    """Takes the counts from the log of Odoo's runner; nothing else tells of skips."""
    totals = re.findall(r": (\d+) failed, (\d+) error\(s\) of (\d+) tests", log)
    if not totals:
        part.complaints.append(f"Odoo ran no tests. Its log ends:\n{log[-5_000:]}")
        return
    part.failed = sum(int(failed) + int(errors) for failed, errors, _ in totals)
    skipped = re.findall(r" odoo\.(?:tests|addons)\.\S+: (skipped .* : .*)", log)
    part.skipped = len(skipped)
    # A class that is skipped as a whole is not among the tests that were run.
    single = [line for line in skipped if not line.startswith("skipped setUp")]
    part.passed = sum(int(tests) for *_, tests in totals) - part.failed - len(single)
    part.complaints += skipped + loud_entries(log)
    if code and not part.complaints:
        part.complaints.append(f"Odoo ended with {code}")


def loud_entries(log: str) -> list[str]:
    """Return entries above INFO that have to do with our addon, with their tracebacks."""
    entries = re.split(r"\n(?=\d{4}-\d\d-\d\d )", log)
    loud = re.compile(r"\S+ \S+ \d+ (WARNING|ERROR|CRITICAL) ")
    return [entry for entry in entries if loud.match(entry) and paths.ADDON in entry]


# The longest begin first.
PARTS = (
    _end_to_end_customers,
    _end_to_end_rest,
    _addon_receivables,
    _addon_statements,
    _addon_money,
    _addon_printing,
    _addon_rest,
    _odoo,
    _tools,
    _lint,
)
# These mostly wait for servers to start or for what does not answer.
WAITING = (_surroundings, _translations)
# How long something takes is measured when nothing else is run.
ALONE = (_alone,)


class _database:
    """A database for one part of the run, with what its tests make before they begin."""

    made_lock = threading.Lock()

    def __init__(self, title: str):
        self.name = f"test_{paths.clone_key()}_{re.sub(r'[^a-z]+', '_', title)}"

    def __enter__(self) -> str:
        databases.drop(self.name)
        with self.made_lock:
            databases.copy(self.name, _prepared())
        return self.name

    def __exit__(self, *_):
        databases.drop(self.name)


def _prepared_name() -> str:
    return f"test_{paths.clone_key()}_prepared"


@cache
def _prepared() -> str:
    """The name of the database that is copied for all parts of this run."""
    name = _prepared_name()
    databases.drop(name)
    databases.copy(name, addon.template(demo=False))
    test_company.prepare(name)
    databases.analyze(name)
    return name


_running: set[subprocess.Popen] = set()
_running_lock = threading.Lock()


def _run(command: list[str], log: Path) -> int:
    """Runs a part's program, in a group of its own, for a limited time."""
    with log.open("w") as output, _running_lock:
        program = subprocess.Popen(
            command,
            cwd=paths.REPOSITORY,
            env=odoo.environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        _running.add(program)
    try:
        return program.wait(timeout=MINUTES_PER_PART * 60)
    except subprocess.TimeoutExpired:
        os.killpg(program.pid, signal.SIGKILL)
        raise Stop(
            f"Not done after {MINUTES_PER_PART} minutes. Log: {log}\n{_tail(log)}"
        ) from None
    finally:
        _running.discard(program)


def _tail(log: Path) -> str:
    return log.read_text(errors="replace")[-5_000:]


def _end_all() -> None:
    for program in list(_running):
        os.killpg(program.pid, signal.SIGTERM)


def _log(name: str) -> Path:
    folder = paths.cache() / "logs" / f"test-{paths.clone_key()}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / (re.sub(r"\W+", "-", name).strip("-") + ".log")


def _report(parts: list[Part], environment: str) -> int:
    for part in parts:
        for complaint in part.complaints:
            print(f"\n----- {part.name} -----\n{complaint}")
    print(f"\n  {'part':<24}{'passed':>8}{'failed':>8}{'skipped':>9}{'seconds':>9}")
    for part in parts:
        mark = "" if part.good else "  FAILED"
        print(
            f"  {part.name:<24}{part.passed:>8}{part.failed:>8}{part.skipped:>9}"
            f"{part.seconds:>9.0f}{mark}"
        )
    print(
        f"\n  together {elapsed()} minutes ({environment} for the environment), "
        f"{AT_ONCE} parts and a waiting one at a time\n"
    )
    good = all(part.good for part in parts)
    passed, failed = (
        sum(getattr(p, kind) for p in parts) for kind in ("passed", "failed")
    )
    # What failed without a failing test (a skip, a warning in the log) counts as well.
    failed += sum(
        part.skipped or 1 for part in parts if not part.good and not part.failed
    )
    print(f"{passed} passed, {failed} failed", flush=True)
    return 0 if good else 1
