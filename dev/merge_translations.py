"""Merges a .pot into the translations, or checks them; runs in the Python environment.

``merge_translations.py merge FOLDER`` or ``merge_translations.py check FOLDER FRESH.pot``
"""

import sys
from pathlib import Path

import polib

LANGUAGES = ("zh_CN", "zh_TW")
WIDTH = 78  # as Odoo writes them


def merge(folder: Path) -> list[str]:
    """Takes texts over into each translation; returns what is left to translate."""
    template = _template(folder)
    missing = []
    for language in LANGUAGES:
        file = folder / f"{language}.po"
        translation = _open(file) if file.exists() else _new(template, language)
        translation.merge(template)
        for entry in translation.obsolete_entries():
            translation.remove(entry)
        for name in ("Project-Id-Version", "Report-Msgid-Bugs-To"):
            translation.metadata[name] = template.metadata.get(name, "")
        translation.sort(key=lambda entry: entry.msgid)
        translation.save(str(file))
        missing += _untranslated(file.name, translation)
    return missing


def check(folder: Path, fresh: Path) -> list[str]:
    """What is wrong with the translations beside a freshly exported template."""
    template, now = _template(folder), _open(fresh)
    wrong = [f"not in the .pot: {text}" for text in _places(now) - _places(template)]
    wrong += [
        f"gone, but in the .pot: {text}" for text in _places(template) - _places(now)
    ]
    for language in LANGUAGES:
        file = folder / f"{language}.po"
        if not file.exists():
            wrong.append(f"{file.name} is missing. Make it with: make i18n")
            continue
        translation = _open(file)
        if _places(translation) != _places(template):
            wrong.append(f"{language}.po is not merged with the .pot")
        wrong += _untranslated(file.name, translation)
    return sorted(wrong)


def _template(folder: Path) -> polib.POFile:
    found = list(folder.glob("*.pot"))
    if not found:
        sys.exit(f"There is no .pot in {folder.name}/. Make it with: make i18n")
    return _open(found[0])


def _open(file: Path) -> polib.POFile:
    return polib.pofile(str(file), wrapwidth=WIDTH)


def _new(template: polib.POFile, language: str) -> polib.POFile:
    translation = polib.POFile(wrapwidth=WIDTH)
    translation.metadata = {**template.metadata, "Language": language}
    translation.metadata["Plural-Forms"] = "nplurals=1; plural=0;"
    return translation


def _places(file: polib.POFile) -> set[str]:
    """Each text with where it is used: Odoo finds a translation by both."""
    return {
        f"{entry.msgid!r} in {place}"
        for entry in file
        if not entry.obsolete
        for place, _line in entry.occurrences
    }


def _untranslated(name: str, translation: polib.POFile) -> list[str]:
    open_entries = [*translation.untranslated_entries(), *translation.fuzzy_entries()]
    return [f"{name} lacks: {entry.msgid!r}" for entry in open_entries]


if __name__ == "__main__":
    action, *arguments = sys.argv[1:]
    problems = {"merge": merge, "check": check}[action](*map(Path, arguments))
    print("\n".join(problems))
    # After a merge, texts to translate are the next step's work, not a failure.
    sys.exit(bool(problems) and action == "check")
