"""Downloading Odoo: from a small archive of our own, whole, cut short, or gone."""

import gzip
import hashlib
import http.server
import os
import platform
import shutil
import signal
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path

import pytest

from dev import odoo_source, paths

RELEASE = "version_info = (19, 0, 0, 'final', 0, '')\n"


class Archive:
    """An apt archive of tiny packages with the names of those that we need."""

    def __init__(self, root: Path):
        self.root = root
        suite = platform.freedesktop_os_release()["VERSION_CODENAME"]
        self.publish("sid", odoo_source.FROM_UNSTABLE)
        self.publish(suite, odoo_source.FROM_OWN_SUITE)
        self.cut = False  # end each connection in the middle of Odoo's package
        self.stalled = threading.Event()  # set while one hangs in the middle of it
        self.stall = False
        handler = partial(Handler, self, directory=str(root))
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_port}/"

    def publish(self, suite: str, packages):
        entries = [self._built(package) for package in packages]
        index = "\n".join(entries).encode()
        folder = self.root / "dists" / suite / "main/binary-amd64"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "Packages").write_bytes(index)
        (folder / "Packages.gz").write_bytes(gzip.compress(index))
        sums = "".join(
            f" {hashlib.sha256(file.read_bytes()).hexdigest()} {file.stat().st_size} "
            f"main/binary-amd64/{file.name}\n"
            for file in sorted(folder.iterdir())
        )
        (folder.parent.parent / "Release").write_text(
            f"Suite: {suite}\nCodename: {suite}\nArchitectures: amd64\n"
            f"Components: main\nDate: Mon, 01 Jan 2024 00:00:00 UTC\nSHA256:\n{sums}"
        )

    def _built(self, package: str) -> str:
        tree = self.root / "build" / package
        odoo = tree / odoo_source.PACKAGED / "odoo"
        odoo.mkdir(parents=True)
        if package == "odoo-19":
            (odoo / "release.py").write_text(RELEASE)
            # Long, and nothing that compresses: so that it can be cut in the middle.
            (odoo / "filling").write_bytes(
                b"".join(
                    hashlib.sha256(bytes([n % 256, n // 256])).digest()
                    for n in range(9999)
                )
            )
        (tree / "DEBIAN").mkdir()
        control = (
            f"Package: {package}\nVersion: 1\nArchitecture: all\n"
            "Maintainer: nobody <nobody@example.com>\nDescription: for a test\n"
        )
        (tree / "DEBIAN/control").write_text(control)
        file = self.root / f"{package}_1_all.deb"
        command = ["dpkg-deb", "--root-owner-group", "--build", str(tree), str(file)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        return (
            f"{control}Filename: {file.name}\nSize: {file.stat().st_size}\n"
            f"SHA256: {digest}\n"
        )


class Handler(http.server.SimpleHTTPRequestHandler):
    def __init__(self, archive: Archive, *arguments, **options):
        self.archive = archive
        super().__init__(*arguments, **options)

    def copyfile(self, source, outputfile):
        if self.archive.cut and "odoo-19_" in self.path:
            outputfile.write(source.read(50_000))
            self.close_connection = True
        elif self.archive.stall and "odoo-19_" in self.path:
            outputfile.write(source.read(50_000))
            self.archive.stalled.set()
            time.sleep(30)
        else:
            super().copyfile(source, outputfile)

    def log_message(self, *_):
        pass


@pytest.fixture
def archive(folder):
    made = Archive(folder / "archive")
    yield made
    made.server.shutdown()


@pytest.fixture
def download(folder, run_dev):
    """Runs the download with apt sources that name the given archive alone."""

    def run(address: str, run=run_dev, **variables):
        suite = platform.freedesktop_os_release()["VERSION_CODENAME"]
        etc = folder / "etc"
        for name in ("sources.list.d", "apt.conf.d", "preferences.d", "trusted.gpg.d"):
            (etc / name).mkdir(parents=True, exist_ok=True)
        (etc / "sources.list").write_text(f"deb {address} {suite} main\n")
        settings = folder / "apt.conf"
        settings.write_text(
            f'Dir::Etc "{etc}/";\nDir::State::lists "{folder}/lists/";\n'
            'Acquire::AllowInsecureRepositories "true";\n'
            'APT::Get::AllowUnauthenticated "true";\n'
            'Acquire::http::Timeout "5";\nAcquire::http::Proxy "DIRECT";\n'
        )
        (folder / "lists/partial").mkdir(parents=True, exist_ok=True)
        return run(
            "source",
            FUNNEL_CACHE=str(folder / "cache"),
            APT_CONFIG=str(settings),
            **{"ODOO_HOME": "", **variables},
        )

    return run


def test_downloads_and_unpacks_once(archive, download):
    first = download(archive.address)
    assert first.returncode == 0, first.stdout
    found = Path(first.stdout.splitlines()[-1])
    assert (found / "odoo/release.py").read_text() == RELEASE
    assert (found / "odoo" / odoo_source.LEFT_OUT).exists()
    archive.server.shutdown()
    archive.server.server_close()
    again = download(archive.address)
    assert again.stdout.strip() == str(found), "the second time nothing is downloaded"


def test_download_cut_short_goes_on(archive, download):
    archive.cut = True
    cut = download(archive.address)
    assert cut.returncode == 1
    assert "Downloading from Debian's archive failed" in cut.stdout
    assert "Traceback" not in cut.stdout
    archive.cut = False
    again = download(archive.address)
    assert again.returncode == 0, again.stdout


def test_killed_while_downloading_goes_on(archive, download, clean_environment):
    archive.stall = True

    def start(*arguments, **variables):
        return subprocess.Popen(
            [sys.executable, "-m", "dev", *arguments],
            cwd=paths.REPOSITORY,
            env={**clean_environment, **variables},
            start_new_session=True,
        )

    killed = download(archive.address, run=start)
    assert archive.stalled.wait(60)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()
    archive.stall = False
    again = download(archive.address)
    assert again.returncode == 0, again.stdout


def test_half_unpacked_is_unpacked_anew(archive, download, folder):
    found = Path(download(archive.address).stdout.splitlines()[-1])
    home = folder / "cache" / found.relative_to(folder / "cache").parts[0]
    (home / odoo_source.STAMP).unlink()
    shutil.rmtree(found / "odoo/addons")
    again = download(archive.address)
    assert again.returncode == 0, again.stdout
    assert (found / "odoo" / odoo_source.LEFT_OUT).exists()


def test_archive_unreachable(download):
    failed = download("http://127.0.0.1:9/")
    assert failed.returncode == 1
    assert "Is Debian's archive reachable from here?" in failed.stdout
    assert "ODOO_HOME" in failed.stdout
    assert "Traceback" not in failed.stdout


def test_package_gone(archive, download):
    archive.publish("sid", [])
    failed = download(archive.address)
    assert failed.returncode == 1
    assert "has no " in failed.stdout and "odoo-19" in failed.stdout
    assert "ODOO_HOME" in failed.stdout
    assert "Traceback" not in failed.stdout


def test_machine_without_apt(download, folder):
    failed = download("http://127.0.0.1:9/", PATH=str(folder))
    assert failed.returncode == 1
    assert "This machine has no apt" in failed.stdout
