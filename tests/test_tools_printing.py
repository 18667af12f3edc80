"""The paginator: layouts, numbers, pages."""

import doctest
import importlib
import subprocess
import sys
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from printing_samples import REPOSITORY, TEXTS, slip, slip_layout
from tools.printing import Layout, LayoutError, inches, paginate
from tools.printing.compose import CELL_PAD
from tools.printing.layout import MM_PER_POINT
from tools.printing.text import clean, text_width


@pytest.mark.parametrize(
    "name",
    ["compose", "engine", "figures", "html", "layout", "pages", "paginate", "text"],
)
def test_doctests(name):
    module = importlib.import_module(f"tools.printing.{name}")
    assert doctest.testmod(module).failed == 0


def test_tools_import_without_odoo():
    code = (
        "import tools.printing, tools.amount_words, sys; print('odoo' in sys.modules)"
    )
    run = subprocess.run(
        [
            sys.executable,
            "-I",
            "-c",
            f"import sys; sys.path.insert(0, {str(REPOSITORY / 'crm_sales_funnel')!r}); {code}",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == "False"


# Lengths and layouts


@pytest.mark.parametrize("text", ["", "5", "1/0 in", "abc", "-3 mm", "5 km", "1e3 mm"])
def test_what_is_no_length_is_refused(text):
    with pytest.raises(LayoutError):
        inches(text)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"columns": []}, "column"),
        (
            {"columns": [{"key": key, "width": 100} for key in "abc"]},
            "columns",
        ),
        ({"columns": [{"key": "a"}, {"key": "b", "width": 3}]}, "columns"),
        ({"header_height": 120}, "room"),
        ({"line_pitch": 0}, "pitch"),
        ({"font_size": 15}, "pitch"),
        ({"margin_top": float("inf")}, "size"),
        ({"font_size": float("nan")}, "size"),
        ({"blocks": [{"x": -1e300}]}, "size"),
        ({"colour": "red"}, "keys"),
        ({"blocks": [{"onclick": "x"}]}, "keys"),
        ({"paper": {"width": 10}}, "keys"),
    ],
)
def test_layouts_that_cannot_be_printed_are_refused(values, code):
    with pytest.raises(LayoutError) as error:
        paginate(slip(1), slip_layout(**values))
    assert error.value.code == code


@pytest.mark.parametrize(
    ("values", "lines"),
    [
        ({}, 17),  # 103.7 mm by 5.08, without title, subtotal and total
        ({"page_subtotal": False}, 18),
        ({"columns": [{"key": "name"}]}, 19),  # nothing to add up
        ({"header_height": 28.26}, 15),  # 18 lines to the last micrometre
        ({"lines_per_page": 8}, 8),
        ({"lines_per_page": 500}, 17),
    ],
)
def test_lines_that_fit_on_a_page(values, lines):
    assert Layout.from_dict(slip_layout(**values)).lines == lines


# Pages


@pytest.mark.parametrize(
    ("lines", "pages"), [(0, 1), (1, 1), (7, 1), (8, 1), (9, 2), (80, 10), (1000, 125)]
)
def test_number_of_pages(lines, pages):
    made = paginate(slip(lines, names=("垫圈",)), slip_layout(lines_per_page=8))
    assert [(page.number, page.count) for page in made] == [
        (number, pages) for number in range(1, pages + 1)
    ]


def test_header_is_on_every_page_and_blocks_where_they_belong():
    layout = slip_layout(lines_per_page=8)
    layout["blocks"] += [
        {"text": "first only", "pages": "first", "y": 5},
        {"text": "last only", "pages": "last", "y": 5},
    ]
    pages = paginate(slip(20, names=("垫圈",)), layout)
    for page in pages:
        assert "新航贸易有限公司" in page.texts("block")
        assert f"{page.number}/3" in page.texts("block")
        assert page.texts("head") == [
            "序",
            "编码",
            "品名规格",
            "单位",
            "数量",
            "单价",
            "金额",
        ]
    shown = [
        ["first only" in p.texts("block"), "last only" in p.texts("block")]
        for p in pages
    ]
    assert shown == [[True, False], [False, False], [False, True]]


def test_a_single_page_is_first_and_last():
    blocks = [{"text": pages, "pages": pages} for pages in ("first", "last")]
    (page,) = paginate(slip(1), slip_layout(blocks=blocks))
    assert page.texts("block") == ["first", "last"]


def test_text_too_long_for_its_block_is_marked():
    blocks = [{"text": "螺栓" * 40, "width": 20, "height": 4}]
    (cell,) = (
        c
        for c in paginate(slip(1), slip_layout(blocks=blocks))[0].cells
        if c.kind == "block"
    )
    assert cell.overflow and cell.text.endswith("…")


def test_signature_leaves_room_below_its_text():
    (cell,) = (
        c for c in paginate(slip(1), slip_layout())[0].cells if c.text == "客户签收"
    )
    ((_line, baseline),) = cell.baselines()
    assert baseline < cell.y + 9 / 2  # of the box


def test_total_and_words_on_the_last_page_only():
    pages = paginate(slip(20, names=("垫圈",)), slip_layout(lines_per_page=8))
    assert [bool(page.texts("total")) for page in pages] == [False, False, True]
    assert [bool(page.texts("carried")) for page in pages] == [True, True, False]
    label = pages[-1].texts("total", "label")[0]
    assert label.startswith("合计(大写) ") and label.endswith("整")
    assert all("大写" not in cell.text for page in pages[:-1] for cell in page.cells)


WORDS = (
    "One Hundred And Twelve Thousand, Nine Hundred And Thirteen Dollars and"
    " Fifteen Cents"
)


@pytest.mark.parametrize(
    ("lines", "footer", "height"),
    [
        (8, 11.2, 1.49),  # what is left above the footer is enough
        (8, 13.7, 1.02),  # a full page has no more to give
        (7, 13.7, 2),  # an empty line of the page
    ],
)
def test_long_words_are_not_squeezed_into_one_line(lines, footer, height):
    layout = slip_layout(header_height=60, footer_height=footer)
    document = slip(lines, names=("Washer",), words={"USD": WORDS})
    usual = paginate(slip(lines, names=("Washer",)), layout)
    pages = paginate(document, layout)
    assert Layout.from_dict(layout).lines == 8
    assert len(pages) == len(usual) == 1
    total = [cell for cell in pages[0].cells if cell.kind == "total"]
    assert {round(cell.height / 5.08, 2) for cell in total} == {height}
    label = next(cell for cell in total if cell.key == "label")
    assert (label.size == 9.6) == (height > 1.4)
    table_ends = max(rule.y2 for rule in pages[0].rules if rule.width == 0.3)
    assert table_ends <= Layout.from_dict(layout).footer_top + 1e-6
    assert [c.size for c in usual[0].cells if c.kind == "total"] == [9.6] * 3


def test_wrapped_text_takes_lines_of_the_page():
    long_name = "不锈钢外六角螺栓带平垫弹垫 M10x45 A2-70 全牙，每盒一百支"
    layout = slip_layout(lines_per_page=8)
    pages = paginate(slip(8, names=(long_name,)), layout)
    heights = [
        cell.rows
        for cell in pages[0].cells
        if cell.key == "name" and cell.kind == "line"
    ]
    assert len(pages) > 1 and set(heights) == {2}
    assert sum(heights) == 8


def test_a_name_longer_than_a_page_goes_on_and_is_counted_once():
    document = slip(2, names=("螺" * 1000,))
    pages = paginate(document, slip_layout(lines_per_page=8))
    text = "".join(t for page in pages for t in page.texts("line", "name"))
    assert text.replace("\n", "") == "螺" * 2000
    assert sum(len(page.texts("line", "amount")) for page in pages) == 2
    assert pages[-1].texts("total", "amount") == ["925.50"]


def test_blank_lines_fill_the_page_or_not():
    full = paginate(slip(8, names=("垫圈",)), slip_layout(lines_per_page=8))[0]
    filled = paginate(slip(1), slip_layout(lines_per_page=8))[0]
    short = paginate(slip(1), slip_layout(lines_per_page=8, fill_lines=False))[0]
    assert len(filled.rules) == len(full.rules)
    assert len(filled.rules) - len(short.rules) == 7
    assert filled.texts("total", "amount") == short.texts("total", "amount")


def test_pre_printed_forms_have_no_grid():
    page = paginate(slip(1), slip_layout(grid=False, blocks=[]))[0]
    assert not page.rules and page.texts("line", "name")


def test_sums_add_what_is_printed():
    document = slip(
        0,
        lines=[
            {
                "name": "a",
                "quantity": 1,
                "unit": "盒",
                "amount": "0.005",
                "currency": "CNY",
            },
            {
                "name": "b",
                "quantity": 1,
                "unit": "盒",
                "amount": "0.005",
                "currency": "CNY",
            },
            {
                "name": "c",
                "quantity": -3,
                "unit": "盒",
                "amount": "-7.004",
                "currency": "CNY",
            },
        ],
    )
    page = paginate(document, slip_layout())[0]
    assert page.texts("line", "amount") == ["0.01", "0.01", "-7.00"]
    assert page.texts("total", "amount") == ["-6.98"]
    assert page.texts("total", "quantity") == ["-1.00"]


def test_zero_is_a_number():
    lines = [{"name": "sample", "quantity": 1, "amount": 0, "currency": "CNY"}]
    page = paginate(slip(0, lines=lines), slip_layout())[0]
    assert page.texts("line", "amount") == page.texts("total", "amount") == ["0.00"]


def test_what_cannot_be_added_up_is_not():
    document = slip(2)
    document["lines"][1] |= {"unit": "支", "currency": "USD", "amount": 100}
    document["words"] = {"CNY": "甲", "USD": "乙"}
    page = paginate(document, slip_layout())[0]
    assert page.texts("total", "quantity") == []
    assert page.texts("total", "amount") == ["438.00 CNY +\n100.00 USD"]
    assert page.texts("total", "label")[0].endswith("甲; 乙")


def test_currencies_have_their_decimals():
    document = slip(1, digits={"money": {"JPY": 0}})
    document["lines"][0] |= {"currency": "JPY", "amount": "1234.5"}
    page = paginate(document, slip_layout())[0]
    assert page.texts("line", "amount") == ["1,235"]


def test_copies_on_carbon_paper_are_listed_and_repeated_ones_printed():
    document, layout = slip(9, names=("垫圈",)), slip_layout(lines_per_page=8)
    carbon = paginate(document, layout)
    assert [page.texts("copy") for page in carbon] == [["①存根(白)", "②客户(红)"]] * 2
    repeated = paginate(document, slip_layout(lines_per_page=8, copy_mode="repeat"))
    assert [(p.copy, p.number, p.count, p.texts("copy")) for p in repeated] == [
        (1, 1, 2, ["①存根(白)"]),
        (1, 2, 2, ["①存根(白)"]),
        (2, 1, 2, ["②客户(红)"]),
        (2, 2, 2, ["②客户(红)"]),
    ]


def test_copies_without_prices_have_none():
    copies = [{"label": "客户"}, {"label": "仓库", "hide_prices": True}]
    layout = slip_layout(copies=copies, copy_mode="repeat")
    layout["blocks"].append({"text": "应收 {number}", "price": True, "y": 5})
    document = slip(3)
    with_prices, without = paginate(document, layout)
    assert "438.00" in with_prices.texts("line")
    shown = " ".join(cell.text for cell in without.cells)
    for price in ("438.00", "36.50", "1,462.00", "单价", "金额", "大写", "应收"):
        assert price not in shown
    assert without.texts("total", "quantity") == ["39.00"]
    # The table still fills the page.
    edges = [max(rule.x2 for rule in page.rules) for page in (with_prices, without)]
    assert edges[0] == pytest.approx(edges[1])


def test_nothing_but_prices_cannot_be_hidden():
    layout = Layout.from_dict(slip_layout(columns=[{"key": "amount", "price": True}]))
    with pytest.raises(LayoutError) as error:
        layout.without_prices()
    assert error.value.code == "column"


@pytest.mark.parametrize("first", [0, 1])
def test_total_in_words_stands_where_most_room_is(first):
    """Also where the first column is added up."""
    columns = slip_layout()["columns"]
    columns = [*columns[4:5], *columns[first:4], *columns[5:]]
    document = slip(1)
    page = paginate(document, slip_layout(columns=columns))[0]
    words = page.texts("total", "label")[0].replace("\n", "")
    assert document["words"]["CNY"] in words
    cell = next(c for c in page.cells if (c.kind, c.key) == ("total", "label"))
    quantity = next(c for c in page.cells if (c.kind, c.key) == ("total", "quantity"))
    assert cell.x == pytest.approx(quantity.x + quantity.width)
    assert not [
        rule
        for rule in page.rules
        if cell.x + 1 < rule.x1 == rule.x2 < cell.x + cell.width - 1
        and rule.y1 < cell.y + 1 < rule.y2
    ]


@pytest.mark.parametrize("size", [5, 9.6, 14.4])
@pytest.mark.parametrize("width", [4, 6, 12])
def test_text_stays_in_its_cell_in_any_size(size, width):
    """Also where a letter of that size is wider than the column, or a block is
    lower than its letters."""
    columns = slip_layout()["columns"]
    columns[1] |= {"width": width, "title": "编码 @W"}
    columns[4] |= {"width": width}
    blocks = [
        {"text": "新航贸易有限公司", "width": w, "height": 2, "size": size}
        for w in (3, 60)
    ]
    layout = slip_layout(columns=columns, blocks=blocks, font_size=size)
    lines = [{"seq": 1, "code": "螺@W 1", "name": "x", "quantity": 98765, "unit": "盒"}]
    for cell in paginate(slip(0, lines=lines), layout)[0].cells:
        em = cell.size * MM_PER_POINT
        if cell.kind != "copy":
            widest = max(map(text_width, cell.lines)) * em
            assert widest <= cell.width - 2 * cell.pad + 1e-6, cell
            assert (
                max(len(cell.lines) - 1, 0) * cell.pitch + em <= cell.height + 1e-6
            ), cell


def test_fields_that_the_document_lacks_leave_nothing_behind():
    layout = slip_layout(blocks=[{"text": "a {__class__} {missing} b {0} {number}"}])
    texts = paginate(slip(1), layout)[0].texts("block")
    assert texts == ["a b WH/OUT/00012"]


def test_braces_in_values_are_not_read_again():
    document = slip(1)
    document["values"]["customer"] = "{number}"
    assert "客户: {number}" in paginate(document, slip_layout())[0].texts("block")


LINES = st.lists(
    st.fixed_dictionaries(
        {
            "name": TEXTS,
            "code": st.text(max_size=20),
            "unit": st.sampled_from(["盒", "支"]),
            "quantity": st.decimals(-9999, 9999, places=3),
            "amount": st.decimals(-(10**9), 10**9, places=4),
            "currency": st.sampled_from(["CNY"]),
        }
    ),
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(LINES, st.integers(0, 15), st.booleans(), st.sampled_from(["241 half", "A4"]))
def test_any_document_keeps_the_rules_of_its_pages(lines, per_page, fill, form):
    layout = Layout.from_dict(
        slip_layout(form, lines_per_page=per_page, fill_lines=fill)
    )
    document = slip(0, lines=[{"seq": n, **line} for n, line in enumerate(lines, 1)])
    pages = paginate(document, layout)
    assert_pages(pages, layout)
    assert_sums(pages, lines)
    names = "".join(text for page in pages for text in page.texts("line", "name"))
    wanted = "".join(clean(line["name"]) for line in lines)
    assert "".join(names.split()) == "".join(wanted.split())


def assert_pages(pages, layout):
    """Every cell is on the page, in the grid, and as wide as its text at least."""
    right = layout.left + layout.width + layout.strip_width
    for number, page in enumerate(pages, 1):
        assert (page.number, page.count) == (number, len(pages))
        taken = set()
        edges = {round(rule.x1, 6) for rule in page.rules if rule.x1 == rule.x2}
        for cell in page.cells:
            assert layout.left - 1e-6 <= cell.x
            assert cell.x + cell.width <= right + 1e-6
            assert layout.top - 1e-6 <= cell.y
            assert cell.y + cell.height <= layout.top + layout.height + 1e-6
            if cell.kind != "copy":
                room = cell.width - 2 * cell.pad
                em = cell.size * MM_PER_POINT
                assert all(text_width(line) * em <= room + 1e-6 for line in cell.lines)
            if cell.kind in ("line", "subtotal", "total", "carried"):
                places = {(cell.row + n, cell.col) for n in range(cell.rows)}
                assert not places & taken
                taken |= places
            if cell.kind == "line":
                assert round(cell.x, 6) in edges
                assert round(cell.x + cell.width, 6) in edges
        table = ("head", "line", "subtotal", "total", "carried")
        ends = [c.y + c.height for c in page.cells if c.kind in table]
        assert max(ends) <= layout.footer_top + 1e-6
        ends = [cell.y + cell.height for cell in page.cells if cell.kind == "line"]
        head = layout.top + layout.header_height + layout.line_pitch
        assert max(ends, default=0) <= head + layout.lines * layout.line_pitch + 1e-6


def assert_sums(pages, lines):
    cents = Decimal("0.01")
    values = [line["amount"].quantize(cents, "ROUND_HALF_UP") for line in lines]
    running = Decimal(0)
    for page in pages:
        own = [
            c.value
            for c in page.cells
            if (c.kind, c.key) == ("line", "amount") and c.value is not None
        ]
        sums = {c.kind: c.value for c in page.cells if c.key == "amount"}
        running += sum(own)
        if own:
            assert sums["subtotal"] == sum(own)
        if lines and running:
            assert sums["total" if page is pages[-1] else "carried"] == running
    assert running == sum(values)


def test_cells_pad_their_text():
    page = paginate(slip(1), slip_layout())[0]
    cell = next(c for c in page.cells if (c.kind, c.key) == ("line", "amount"))
    assert cell.anchor == pytest.approx(cell.x + cell.width - CELL_PAD)
