"""The wheel, the texts to translate, and cleaning up."""

import fcntl
import shutil
import subprocess
import sys
import zipfile

import pytest

from dev import addon, packaging, paths, venv


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return packaging.wheel(tmp_path_factory.mktemp("dist"))


def test_wheel_holds_the_whole_addon(wheel):
    version = addon.manifest()["version"]
    assert wheel.name == f"odoo_addon_{paths.ADDON}-{version}-py3-none-any.whl"
    names = set(zipfile.ZipFile(wheel).namelist())
    listed = addon.manifest()["data"] + addon.manifest().get("demo", [])
    missing = [n for n in listed if f"odoo/addons/{paths.ADDON}/{n}" not in names]
    assert not missing
    assert not [name for name in names if name.endswith(".pyc")]


def test_wheel_installs_where_odoo_looks_for_addons(wheel, tmp_path):
    pip = [str(venv.program("pip")), "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, "--target", str(tmp_path), str(wheel)], check=True)
    installed = tmp_path / "odoo/addons" / paths.ADDON
    assert (installed / "__manifest__.py").read_text() == (
        addon.FOLDER / "__manifest__.py"
    ).read_text()


def test_wheel_leaves_nothing_behind(wheel):
    left = {"build", "dist", "odoo"} & {file.name for file in addon.FOLDER.iterdir()}
    assert not left
    assert not list(addon.FOLDER.glob("*.egg-info"))


class TestTranslations:
    """On a small addon of texts: what is new, gone, or without a translation."""

    @pytest.fixture
    def texts(self, tmp_path):
        def write(*msgids, name="x.pot"):
            entries = [
                f'#: code:addons/x/models/x.py:0\nmsgid "{msgid}"\nmsgstr ""\n'
                for msgid in msgids
            ]
            head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n'
            target = tmp_path / name
            target.write_text("\n".join([head, *entries]))
            return target

        return write

    def run(self, *arguments):
        command = [
            venv.program("python"),
            packaging.__file__.replace("packaging", "merge_translations"),
        ]
        return subprocess.run(
            [*map(str, command), *map(str, arguments)], capture_output=True, text=True
        )

    def translate(self, folder, msgid, msgstr):
        for language in ("zh_CN", "zh_TW"):
            file = folder / f"{language}.po"
            text = file.read_text()
            file.write_text(
                text.replace(
                    f'msgid "{msgid}"\nmsgstr ""', f'msgid "{msgid}"\nmsgstr "{msgstr}"'
                )
            )

    def test_merge_keeps_what_is_translated(self, texts, tmp_path):
        texts("Customer")
        assert "zh_TW.po lacks: 'Customer'" in self.run("merge", tmp_path).stdout
        self.translate(tmp_path, "Customer", "客户")
        texts("Customer", "Order")
        assert self.run("merge", tmp_path).stdout.splitlines() == [
            "zh_CN.po lacks: 'Order'",
            "zh_TW.po lacks: 'Order'",
        ]
        assert 'msgstr "客户"' in (tmp_path / "zh_CN.po").read_text()

    def test_check(self, texts, tmp_path):
        texts("Customer")
        fresh = tmp_path / "fresh"
        fresh.mkdir()
        shutil.copy(tmp_path / "x.pot", fresh)
        self.run("merge", tmp_path)
        untranslated = self.run("check", tmp_path, fresh / "x.pot")
        assert untranslated.returncode and "lacks: 'Customer'" in untranslated.stdout
        self.translate(tmp_path, "Customer", "客户")
        assert self.run("check", tmp_path, fresh / "x.pot").returncode == 0
        texts("Order", name="fresh/x.pot")
        stale = self.run("check", tmp_path, fresh / "x.pot")
        assert stale.returncode
        assert "not in the .pot: 'Order'" in stale.stdout
        assert "gone, but in the .pot: 'Customer'" in stale.stdout

    def test_nothing_there_yet(self, texts, tmp_path):
        fresh = tmp_path / "fresh"
        fresh.mkdir()
        texts("Customer", name="fresh/x.pot")
        empty = self.run("check", tmp_path, fresh / "x.pot")
        assert empty.returncode and "There is no .pot" in empty.stderr
        shutil.copy(fresh / "x.pot", tmp_path)
        lacking = self.run("check", tmp_path, fresh / "x.pot")
        assert lacking.returncode and "zh_TW.po is missing" in lacking.stdout


class TestClean:
    """In another clone, with a cache of its own."""

    @pytest.fixture
    def clone(self, folder):
        """Return the clone, its cache, and what the clone is called in there."""
        home, cache = folder / "clone", folder / "cache"
        shutil.copytree(paths.REPOSITORY / "dev", home / "dev")
        (cache / "locks").mkdir(parents=True)
        return home, cache, paths.key(home)[:6]

    @pytest.fixture
    def clean(self, clone, clean_environment):
        home, cache, _key = clone

        def run():
            return subprocess.run(
                [sys.executable, "-m", "dev", "clean"],
                cwd=home,
                env={**clean_environment, "FUNNEL_CACHE": str(cache)},
                capture_output=True,
                text=True,
            )

        return run

    def test_what_a_killed_run_left(self, clone, clean):
        _home, cache, key = clone
        left = [cache / f"running-{key}", cache / f"odoo-{key}.conf"]
        for file in left:
            file.touch()
        done = clean()
        assert done.returncode == 0, done.stderr
        assert not [file for file in left if file.exists()]

    @pytest.mark.parametrize("verb", ["run", "test"])
    def test_what_is_running_is_left_alone(self, clone, clean, verb):
        home, cache, key = clone
        (home / "dist").mkdir()
        with (cache / "locks" / f"{verb}-{key}").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            refused = clean()
        assert refused.returncode == 1
        assert f"`make {verb}` of this clone is running" in refused.stderr
        assert (home / "dist").exists()
