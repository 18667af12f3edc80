"""Layouts and documents to paginate, and what a printed PDF says of itself."""

import io
import os
import subprocess
import sys
import unicodedata
from decimal import Decimal
from pathlib import Path

import pdfplumber
from hypothesis import strategies as st

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY / "crm_sales_funnel"))

from tools.amount_words import amount_in_words_zh  # noqa: E402
from tools.printing import Column, render, totals  # noqa: E402
from tools.printing.engine import page_args, px_per_mm  # noqa: E402

MM = 25.4 / 72  # of one PDF point
FORMS = {
    "241 full": {"width": 241, "height": 279.4, "strip": 18.9},
    "241 half": {"width": 241, "height": 139.7, "strip": 18.9},
    "241 third": {"width": 241, "height": 11 / 3 * 25.4, "strip": 18.9},
    "A4": {"width": 210, "height": 297, "strip": 5},
}
NAMES = (
    "内六角螺栓 M8x30",
    "Hex nut DIN 934 M8",
    "平垫圈 φ8",
    "Sechskantschraube ISO 4017",
    "弹簧垫圈，不锈钢",
)

TEXTS = st.text(
    st.one_of(
        st.sampled_from("螺栓垫圈，。（）《》M8x30 -/.\n"),
        st.characters(codec="utf-8"),
    ),
    max_size=80,
)


def builds():
    """Return name -> path of the two builds of wkhtmltopdf; both must be there."""
    from dev import odoo

    environment = odoo.environment()
    return {
        "unpatched": environment["WKHTMLTOPDF_UNPATCHED"],
        "patched": environment["WKHTMLTOPDF_PATCHED"],
    }


def slip_layout(form="241 half", **values):
    """Return the layout of a delivery slip as a plain dict."""
    bands = [
        (0, "{company}", "left"),
        (70, "送货单", "center"),
        (130, "{number}", "right"),
    ]
    blocks = [
        {"x": x, "width": 60, "height": 8, "text": text, "align": align, "size": 12}
        for x, text, align in bands
    ]
    blocks += [
        {"y": 9, "width": 100, "text": "客户: {customer}"},
        {"y": 9, "x": 120, "width": 60, "text": "{page}/{pages}", "align": "right"},
        {
            "band": "footer",
            "kind": "signature",
            "width": 45,
            "height": 9,
            "text": "客户签收",
        },
    ]
    return {
        "paper": FORMS[form],
        "blocks": blocks,
        "columns": [
            {"key": "seq", "title": "序", "width": 9, "format": "integer"},
            {"key": "code", "title": "编码", "width": 26},
            {"key": "name", "title": "品名规格", "width": 50},
            {"key": "unit", "title": "单位", "width": 12, "align": "center"},
            {
                "key": "quantity",
                "title": "数量",
                "width": 19,
                "align": "right",
                "format": "quantity",
                "sum": True,
                "per": "unit",
            },
            {
                "key": "price",
                "title": "单价",
                "width": 20,
                "align": "right",
                "format": "price",
                "price": True,
            },
            {
                "key": "amount",
                "title": "金额",
                "width": 25,
                "align": "right",
                "format": "money",
                "per": "currency",
                "sum": True,
                "price": True,
            },
        ],
        "copies": [{"label": "①存根(白)"}, {"label": "②客户(红)"}],
        "margin_top": 5,
        "margin_bottom": 5,
        "header_height": 16,
        "footer_height": 10,
        "line_pitch": 5.08,
        "labels": {
            "subtotal": "本页小计",
            "carried": "转下页",
            "total": "合计",
            "words": "合计(大写)",
        },
        **values,
    }


def slip(count=3, names=NAMES, **values):
    """Return the document of a delivery slip with so many lines."""
    rows = [
        {
            "seq": n + 1,
            "code": f"A-{1001 + n}",
            "name": names[n % len(names)],
            "unit": "盒",
            "quantity": Decimal(12 + n),
            "price": Decimal("36.50") + n,
            "amount": (Decimal("36.50") + n) * (12 + n),
            "currency": "CNY",
        }
        for n in range(count)
    ]
    document = {
        "values": {
            "company": "新航贸易有限公司",
            "number": "WH/OUT/00012",
            "customer": "深圳市立白商贸有限公司",
        },
        "lines": rows,
        **values,
    }
    amount = Column("amount", format="money", per="currency")
    document.setdefault(
        "words",
        {
            currency: amount_in_words_zh(total)
            for currency, total in totals(document, amount).items()
        },
    )
    return document


def print_pdf(pages, binary):
    """Return the PDF that a build of wkhtmltopdf makes of the pages."""
    run = subprocess.run(
        [binary, *page_args(pages[0].width, pages[0].height), "-", "-"],
        input=render(pages, px_per_mm(binary, pages[0].width)).encode(),
        capture_output=True,
        check=False,
        env={**os.environ, "XDG_RUNTIME_DIR": "/tmp"},
    )
    assert run.returncode == 0, run.stderr.decode()
    return run.stdout


def open_pdf(content):
    return pdfplumber.open(io.BytesIO(content))


def position_errors(page, printed):
    """Yield (cell, error in mm) for each text of a page, as found in the PDF.

    The error is the larger one of: how far the text starts, ends or is centred from
    where the cell says, and how far its baseline is off.
    """
    chars = [char for char in printed.chars if char["text"].strip()]
    for cell in page.cells:
        if cell.vertical:
            continue
        for line, y in cell.baselines():
            found = [
                char
                for char in chars
                if abs(_baseline(printed, char) - y) < 1
                and cell.x - 1 < char["x0"] * MM < cell.x + cell.width + 1
            ]
            assert found, f"{line!r} is not printed at {cell.x:.1f}, {y:.1f}"
            assert max(char["size"] for char in found) <= cell.size + 0.01
            left = min(char["x0"] for char in found) * MM
            right = max(char["x1"] for char in found) * MM
            place = {"left": left, "right": right, "center": (left + right) / 2}
            off = abs(place[cell.align] - cell.anchor)
            yield cell, max(off, *(abs(_baseline(printed, c) - y) for c in found))


def _baseline(printed, char):
    return (float(printed.height) - char["matrix"][5]) * MM


def rule_errors(page, printed):
    """Yield for each rule of a page how far the nearest drawn line is from it, mm."""
    drawn = [
        (line["x0"] * MM, line["top"] * MM, line["x1"] * MM, line["bottom"] * MM)
        for line in printed.lines
    ]
    for rule in page.rules:
        want = (rule.x1, rule.y1, rule.x2, rule.y2)
        yield min(
            max(abs(a - b) for a, b in zip(want, line, strict=True)) for line in drawn
        )


def printed_text(printed):
    """Return the text of a printed page, as ``plain`` makes it."""
    return plain("".join(char["text"] for char in printed.chars))


def plain(text):
    """Return a text without blanks, and with the characters themselves where a font
    has put the signs of their radicals."""
    text = unicodedata.normalize("NFKC", text.translate(_RADICALS))
    return "".join(text.split())


# Signs of radicals that have no decomposition, or another one.
_RADICALS = str.maketrans(
    "⻚⻆⻓⻋⻉⻅⻢⻛⻔⻙⻰⻜⻥⻦⻬⻩⻮⻤⻝⻘⼾",
    "页角长车贝见马风门韦龙飞鱼鸟齐黄齿鬼食青户",
)
