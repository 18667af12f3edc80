"""Random documents: paper and Excel show the same cells on the same pages."""

import io
import subprocess
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps
from printing_samples import (
    FORMS,
    MM,
    builds,
    open_pdf,
    plain,
    position_errors,
    print_pdf,
    printed_text,
    slip,
    slip_layout,
)
from test_tools_printing_xlsx import page_texts, sheet_pages, sums
from tools.printing import paginate
from tools.printing.xlsx import render

# Letters whose glyphs are read back from a PDF as what they are.
WORDS = st.text(
    st.sampled_from("螺栓垫圈不锈钢弹簧，。（）AMx0123456789 -/.\nHexnut=+@<&'\""),
    max_size=90,
)
# As wide as fits into the columns: a number that is cut on paper is whole in Excel.
MONEY = st.decimals(-(10**6), 10**6, places=2)
LINES = st.lists(
    st.fixed_dictionaries(
        {
            "seq": st.integers(1, 999),
            "code": WORDS.map(lambda text: text[:12]),
            "name": WORDS,
            "unit": st.sampled_from(["盒", "个", "kg", ""]),
            "quantity": st.decimals(-9999, 9999, places=3),
            "price": MONEY,
            "amount": MONEY,
            "currency": st.sampled_from(["CNY", "CNY", "CNY", "JPY", "USD"]),
        }
    ),
    max_size=25,
)
VALUES = st.fixed_dictionaries({"company": WORDS, "customer": WORDS, "number": WORDS})


@pytest.fixture(params=["unpatched", "patched"], scope="module")
def binary(request):
    return builds()[request.param]


def ink(content, resolution=60):
    """Yield left, top, right, bottom of the ink on each page, in mm."""
    images = subprocess.run(
        ["pdftoppm", "-gray", "-r", str(resolution), "-"],
        input=content,
        capture_output=True,
        check=True,
    ).stdout
    while images:
        # One after the other in the format PGM: "P5", width and height, depth, pixels.
        kind, sides, depth, rest = images.split(b"\n", 3)
        assert (kind, depth) == (b"P5", b"255")
        width, height = map(int, sides.split())
        pixels, images = rest[: width * height], rest[width * height :]
        image = Image.frombytes("L", (width, height), pixels)
        box = ImageOps.invert(image).getbbox()
        yield tuple(edge * 25.4 / resolution for edge in box or (0, 0, 0, 0))


@settings(
    max_examples=25,
    deadline=None,
    # Printing costs half a second: a failing document is shown as it was found.
    phases=set(Phase) - {Phase.shrink, Phase.explain},
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    LINES,
    VALUES,
    st.sampled_from([*FORMS]),
    st.integers(3, 12),
    st.booleans(),
)
def test_paper_and_excel_say_the_same(binary, lines, values, form, per_page, grid):
    document = slip(0, values=values, lines=lines, words={})
    document["digits"] = {"quantity": 3, "price": 2, "money": {"JPY": 0}}
    layout = slip_layout(form, lines_per_page=per_page, grid=grid, copies=[])
    if form == "241 third":
        layout["header_height"], layout["lines_per_page"] = 16, min(per_page, 6)
    pages = paginate(document, layout)

    content = print_pdf(pages, binary)
    with open_pdf(content) as pdf:
        assert len(pdf.pages) == len(pages)
        for page, printed in zip(pages, pdf.pages, strict=True):
            text = printed_text(printed)
            for cell in page.cells:
                assert plain(cell.text) in text
            errors = [error for _cell, error in position_errors(page, printed)]
            assert max(errors, default=0) < 0.3
            assert abs(float(printed.height) * MM - page.height) < 0.18
    strip, width = FORMS[form]["strip"], FORMS[form]["width"]
    boxes = list(ink(content))
    assert len(boxes) == len(pages)
    for left, top, right, bottom in boxes:
        assert bottom > top  # no page is blank
        assert strip - 0.5 <= left and right <= width - strip + 0.5

    stream = io.BytesIO()
    render(pages, stream)
    (sheet,) = openpyxl.load_workbook(stream, data_only=True)
    assert sheet_pages(sheet) == [page_texts(page) for page in pages]
    assert all(total == value for total, value in sums(stream.getvalue()))


@settings(max_examples=200, deadline=None)
@given(LINES, st.integers(1, 9))
def test_page_subtotals_add_up_to_the_total(lines, per_page):
    document = slip(0, lines=[{**line, "currency": "CNY"} for line in lines], words={})
    pages = paginate(document, slip_layout(lines_per_page=per_page, copies=[]))

    def value(page, kind):
        found = [c.value for c in page.cells if (c.kind, c.key) == (kind, "amount")]
        return found[0] if found else Decimal(0)

    assert sum(value(page, "subtotal") for page in pages) == value(pages[-1], "total")
    running = Decimal(0)
    for page in pages[:-1]:
        running += value(page, "subtotal")
        assert value(page, "carried") == running
