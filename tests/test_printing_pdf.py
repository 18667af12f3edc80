"""Pages on paper: what both builds of wkhtmltopdf make of them, in millimetres."""

import io
import subprocess
import tempfile
import time

import pytest
import zxingcpp
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
    rule_errors,
    slip,
    slip_layout,
)
from tools.printing import Layout, Paper, calibration_page, paginate, render
from tools.printing.engine import EngineError, print_pdfs, px_per_mm
from tools.printing.text import split_rtl

LINES = 8


@pytest.fixture(params=["unpatched", "patched"])
def binary(request):
    return builds()[request.param]


def ink(content, page_number, resolution=144):
    """Return left, top, right and bottom of the ink on a page, in mm."""
    page = str(page_number)
    image = subprocess.run(
        ["pdftoppm", "-gray", "-r", str(resolution), "-f", page, "-l", page, "-"],
        input=content,
        capture_output=True,
        check=True,
    ).stdout
    box = ImageOps.invert(Image.open(io.BytesIO(image)).convert("L")).getbbox()
    assert box, f"page {page_number} is blank"
    return tuple(edge * 25.4 / resolution for edge in box)


@pytest.mark.parametrize("form", FORMS)
def test_every_cell_and_rule_is_where_the_page_model_says(binary, form):
    layout = Layout.from_dict(slip_layout(form))
    pages = paginate(slip(layout.lines * 2 + 3), layout)
    with open_pdf(print_pdf(pages, binary)) as pdf:
        assert len(pdf.pages) == len(pages) == 3
        for page, printed in zip(pages, pdf.pages, strict=True):
            assert abs(float(printed.width) * MM - page.width) < 0.18  # whole points
            assert abs(float(printed.height) * MM - page.height) < 0.18
            errors = dict(position_errors(page, printed))
            assert len(errors) > 20
            assert max(errors.values()) < 0.3
            assert max(rule_errors(page, printed)) < 0.1


@pytest.mark.parametrize("form", ["241 full", "241 half", "241 third"])
def test_continuous_forms_have_their_exact_size(binary, form):
    content = print_pdf(paginate(slip(2), slip_layout(form)), binary)
    with open_pdf(content) as pdf:
        width, height = pdf.pages[0].width, pdf.pages[0].height
    assert abs(float(width) * MM - FORMS[form]["width"]) < 0.1
    assert abs(float(height) * MM - FORMS[form]["height"]) < 0.1


def test_positions_do_not_drift_over_many_forms(binary):
    layout = Layout.from_dict(slip_layout("241 third"))
    pages = paginate(slip(layout.lines * 60, names=("垫圈",)), layout)
    with open_pdf(print_pdf(pages, binary)) as pdf:
        assert len(pdf.pages) == 60
        for number in (0, 29, 59):
            errors = [e for _, e in position_errors(pages[number], pdf.pages[number])]
            assert max(errors) < 0.3


@pytest.mark.parametrize(
    ("lines", "count"),
    [(0, 1), (1, 1), (LINES - 1, 1), (LINES, 1), (LINES + 1, 2), (10 * LINES, 10)],
)
def test_number_of_pages(binary, lines, count):
    pages = paginate(slip(lines, names=("垫圈",)), slip_layout(lines_per_page=LINES))
    content = print_pdf(pages, binary)
    with open_pdf(content) as pdf:
        assert len(pdf.pages) == len(pages) == count
        for page, printed in zip(pages, pdf.pages, strict=True):
            text = printed_text(printed)
            assert f"{page.number}/{count}" in text
            for cell in page.cells:
                if not cell.vertical:
                    assert plain(cell.text) in text


@pytest.mark.parametrize("form", FORMS)
def test_ink_stays_between_the_strips(binary, form):
    pages = paginate(slip(30), slip_layout(form))
    content = print_pdf(pages, binary)
    strip, width = FORMS[form]["strip"], FORMS[form]["width"]
    for page in pages:
        left, top, right, bottom = ink(content, page.number)
        assert strip - 0.3 <= left
        assert right <= width - strip + 0.3
        assert top >= 4
        assert bottom <= FORMS[form]["height"] - 4


HOSTILE = (
    "<script>alert(1)</script><b>x</b> & \"q\" 's' {number} {{x}}",
    "x" * 10_000,
    "螺" * 3_000,
    "مرحبا بالعالم هذا نص طويل جدا " * 5,
    "😀👨‍👩‍👧 ﷽﷽﷽﷽﷽﷽﷽﷽﷽﷽ ⸻⸻⸻",
    "a\x00b\ud800\uffffc\u202egnp.exe",
    "Z̸̡̛͔a̷l̶g̵o̷̢" * 20,
    "=cmd|'/c calc'!A1",
)


def test_hostile_names_are_printed_as_text_inside_the_printed_area(binary):
    document = slip(len(HOSTILE), names=HOSTILE)
    document["values"] |= {"customer": HOSTILE[1], "company": HOSTILE[3] * 9}
    pages = paginate(document, slip_layout())
    content = print_pdf(pages, binary)
    with open_pdf(content) as pdf:
        assert len(pdf.pages) == len(pages)
        text = "".join(map(printed_text, pdf.pages))
    assert "<script>alert(1)</script><b>x</b>&" in text
    assert text.count("x") >= 10_000 and text.count("螺") == 3_000
    for page in (pages[0], pages[1], *pages[-4:]):
        left, _top, right, bottom = ink(content, page.number, 72)
        assert left >= 18.5 and right <= 241 - 18.5 and bottom <= 139.7 - 4


MIXED = (
    "A-7, الصين, 300450 天津",
    "الصين, 518000 广东省",
    "ثلاثة Yuan و خمسة Fen",
    "שלום 42 (A-7) עולם",
    "Verona 37121 إيطاليا",
)


def test_scripts_of_two_directions_never_lie_on_each_other(binary):
    """A line of several scripts is as wide as its parts together."""
    parts = [[part.strip(" ,") for part in split_rtl(text)] for text in MIXED]
    parts = [[part for part in some if part] for some in parts]
    names = [
        name for pair in zip(MIXED, parts, strict=True) for name in (pair[0], *pair[1])
    ]
    layout = slip_layout("A4", grid=False, fill_lines=False)
    (page,) = paginate(slip(len(names), names=names), layout)
    image = ImageOps.invert(seen(print_pdf([page], binary), 288))
    cells = [c for c in page.cells if (c.kind, c.key) == ("line", "name")]
    widths = []
    for cell in cells:
        corners = (cell.x, cell.y, cell.x + cell.width, cell.y + cell.height)
        box = image.crop([edge / 25.4 * 288 for edge in corners]).getbbox()
        widths.append((box[2] - box[0]) / 288 * 25.4 if box else 0)
    for text, some in zip(MIXED, parts, strict=True):
        whole, *single = (widths.pop(0) for _ in range(len(some) + 1))
        assert whole > sum(single) * 0.97, text


def test_print_can_be_moved_to_calibrate_a_printer(binary):
    pages = paginate(slip(2), slip_layout(offset_x=1.5, offset_y=-0.7))
    plain_pages = paginate(slip(2), slip_layout())
    assert pages[0].cells[0].x == pytest.approx(plain_pages[0].cells[0].x + 1.5)
    with open_pdf(print_pdf(pages, binary)) as pdf:
        assert max(e for _, e in position_errors(pages[0], pdf.pages[0])) < 0.3


def test_a_program_that_is_no_wkhtmltopdf_is_told_apart(tmp_path):
    with pytest.raises(EngineError, match="not there"):
        px_per_mm(str(tmp_path / "missing"), 210)
    with pytest.raises(EngineError, match="prints no page"):
        px_per_mm("/bin/true", 210)


def test_files_are_printed_side_by_side_in_their_order(binary):
    page = paginate(slip(1), slip_layout())[0]
    scale = px_per_mm(binary, page.width)
    html = render([page], scale)
    files = (html.replace(page.cells[0].text, f"File {n}") for n in range(5))
    pdfs = print_pdfs(binary, files, page.width, page.height)
    for n, content in enumerate(pdfs):
        with open_pdf(content) as pdf:
            assert f"File {n}" in pdf.pages[0].extract_text()


def test_a_print_that_fails_is_told():
    with pytest.raises(EngineError, match="does not run"):
        print_pdfs("/nowhere/wkhtmltopdf", [""], 210, 297)
    with pytest.raises(EngineError, match="failed .error code 1"):
        print_pdfs("/bin/false", [""], 210, 297)


@pytest.fixture
def program(tmp_path):
    """Makes a shell script that takes the place of wkhtmltopdf."""

    def write(body, name="wkhtmltopdf"):
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
        return str(path)

    return write


def ends(command):
    """Tell whether no such program runs, at the latest when 5 seconds are over."""
    for _ in range(50):
        if subprocess.run(["pgrep", "-f", f"^{command}$"], check=False).returncode:
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize("count", [1, 5])
def test_a_print_that_hangs_is_ended_with_all_it_started(program, count):
    hanging = program("sleep 61.25; echo")
    began = time.monotonic()
    with pytest.raises(EngineError, match="takes too long"):
        print_pdfs(hanging, [""] * count, 210, 297, seconds=0.5)
    assert time.monotonic() - began < 5
    assert ends("sleep 61.25")


def test_what_is_printed_ends_when_a_page_cannot_be_made(program):
    def files():
        yield from ("", "", "")
        raise KeyError("a page")

    hanging = program("sleep 62.25; echo")
    began = time.monotonic()
    with pytest.raises(KeyError, match="a page"):
        print_pdfs(hanging, files(), 210, 297)
    assert time.monotonic() - began < 5
    assert ends("sleep 62.25")


def test_nothing_more_is_drawn_when_one_fails(program):
    drawn = []

    def files():
        for number in range(20):
            drawn.append(number)
            yield ""
            time.sleep(0.1)

    with pytest.raises(EngineError, match="error code 3"):
        print_pdfs(program("exit 3"), files(), 210, 297)
    assert len(drawn) < 10


def test_a_failure_is_told_while_others_are_printed(program):
    first = program("sleep 64.25")
    second = program("exit 4", "other")
    began = time.monotonic()
    runs = (first, second)
    script = program(
        f'mkdir "{first}.lock" 2>/dev/null && exec {runs[0]}; exec {runs[1]}', "both"
    )
    with pytest.raises(EngineError, match="error code 4"):
        print_pdfs(script, ["", ""], 210, 297)
    assert time.monotonic() - began < 10
    assert ends("sleep 64.25")


def test_what_it_started_does_not_outlive_it(program):
    leaving = program("sleep 63.25 > /dev/null 2>&1 & printf PDF")
    assert print_pdfs(leaving, [""], 210, 297) == [b"PDF"]
    assert ends("sleep 63.25")


def test_no_room_for_the_file_is_told(binary, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", "/proc/nowhere")
    with pytest.raises(EngineError, match="No such file"):
        print_pdfs(binary, [""], 210, 297)


def seen(content, resolution=200):
    """Return the first page as a picture."""
    command = ["pdftoppm", "-gray", "-r", str(resolution), "-l", "1", "-"]
    done = subprocess.run(command, input=content, capture_output=True, check=True)
    return Image.open(io.BytesIO(done.stdout))


def test_codes_can_be_read_from_paper(binary):
    code = {"y": 2, "text": "{number}"}
    blocks = [
        {**code, "kind": "qr", "x": 150, "width": 16, "height": 16},
        {**code, "kind": "code128", "x": 10, "width": 60, "height": 12},
    ]
    document = slip(3)
    document["values"]["number"] = "WH/OUT/00012"
    pages = paginate(document, slip_layout(blocks=blocks, header_height=20))
    found = zxingcpp.read_barcodes(seen(print_pdf(pages, binary)))
    assert sorted((str(code.format), code.text) for code in found) == [
        ("Code 128", "WH/OUT/00012"),
        ("QR Code", "WH/OUT/00012"),
    ]


def test_a_logo_keeps_its_proportions(binary):
    picture = io.BytesIO()
    Image.new("RGB", (300, 120), "teal").save(picture, "JPEG", dpi=(300, 300))
    logo = {"kind": "logo", "x": 10, "y": 1, "width": 40, "height": 8, "align": "right"}
    document = slip(1, pictures={"logo": picture.getvalue()})
    (page,) = paginate(document, slip_layout(blocks=[logo]))
    with open_pdf(print_pdf([page], binary)) as pdf:
        (image,) = pdf.pages[0].images
        sides = [float(image[side]) * MM for side in ("x0", "top", "x1", "bottom")]
    # 8 mm high and 20 mm wide, at the right of a box of 40 mm.
    expected = (18.9 + 10 + 20, 5 + 1, 18.9 + 10 + 40, 5 + 1 + 8)
    assert sides == pytest.approx(expected, abs=0.3)


@pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n" * 9])
def test_what_is_no_picture_is_left_out(content):
    logo = {"kind": "logo", "width": 40, "height": 8}
    document = slip(1, pictures={"logo": content})
    (page,) = paginate(document, slip_layout(blocks=[logo]))
    assert not page.symbols


@pytest.mark.parametrize("form", FORMS)
def test_calibration_page_is_exact(binary, form):
    paper = Paper(**FORMS[form])
    texts = ("Print in actual size", "校准页")
    page = calibration_page(paper, 1.5, -0.8, texts)
    with open_pdf(print_pdf([page], binary)) as pdf:
        (printed,) = pdf.pages
        assert max(rule_errors(page, printed)) < 0.1
        errors = [error for _cell, error in position_errors(page, printed)]
        assert max(errors) < 0.3
        assert "校准页" in printed_text(printed)
    corner = page.rules[0]
    assert (corner.x1, corner.y1) == pytest.approx((paper.strip + 5 + 1.5, 5 - 0.8))
    left, top, right, bottom = ink(print_pdf([page], binary), 1)
    assert abs(left - (paper.strip + 5 + 1.5)) < 0.4
    assert abs(right - (paper.width - paper.strip - 5 + 1.5)) < 0.4
    assert abs(bottom - (paper.height - 5 - 0.8)) < 0.4
