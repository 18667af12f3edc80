"""The Excel file says what the pages say, and adds up by itself."""

import io
import re
import zipfile
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils import range_boundaries
from printing_samples import TEXTS, slip, slip_layout
from tools.printing import paginate
from tools.printing.figures import format_number
from tools.printing.xlsx import render


def book_of(pages):
    stream = io.BytesIO()
    render(pages, stream)
    return stream.getvalue()


def opened(content, values=True):
    return openpyxl.load_workbook(io.BytesIO(content), data_only=values)


def shown(cell):
    """Return the text that Excel shows of a cell."""
    if not isinstance(cell.value, (int, float)):
        return str(cell.value)
    digits = len(cell.number_format.partition(".")[2])
    style = None if "," in cell.number_format else {"grouping": [-1]}
    return format_number(Decimal(repr(cell.value)), digits, style)


def sheet_pages(sheet):
    """Return for each page of a sheet the sorted texts of its cells."""
    breaks = [mark.id for mark in sheet.row_breaks.brk]
    pages = [[] for _ in range(len(breaks) + 1)]
    for row in sheet.iter_rows():
        page = pages[sum(row[0].row > mark for mark in breaks)]
        page += [shown(cell) for cell in row if cell.value not in (None, "")]
    return [sorted(texts) for texts in pages]


def page_texts(page):
    texts = [cell.text for cell in page.cells if cell.text]
    return sorted(texts)


def sums(content):
    """Yield (what a formula adds up to, what the file says it does)."""
    formulas, values = opened(content, values=False), opened(content)
    for sheet in formulas:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    yield (
                        added_up(values[sheet.title], cell.value),
                        Decimal(repr(values[sheet.title][cell.coordinate].value)),
                    )


def added_up(sheet, formula):
    total = Decimal(0)
    ranges = re.fullmatch(r"=SUM\((.*)\)|=0", formula)[1]
    for name in filter(None, (ranges or "").split(",")):
        left, top, right, bottom = range_boundaries(name)
        for row in sheet.iter_rows(top, bottom, left, right):
            total += sum(Decimal(repr(cell.value)) for cell in row)
    return total


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 80])
def test_each_page_has_the_texts_of_the_printed_one(count):
    pages = paginate(slip(count), slip_layout(lines_per_page=8))
    (sheet,) = opened(book_of(pages))
    # The copies stand beside the table, in one cell where it is too short for more.
    expected = [page_texts(page) for page in pages]
    found = sheet_pages(sheet)
    assert len(found) == len(pages) == max(1, -(-count // 8))
    for page, texts in zip(expected, found, strict=True):
        assert page == sorted("\n".join(texts).split("\n")) or page == texts


def test_numbers_are_numbers_and_sums_are_formulas():
    content = book_of(paginate(slip(9), slip_layout(lines_per_page=8)))
    (sheet,) = opened(content, values=False)
    formulas = [c.value for row in sheet.iter_rows() for c in row if c.data_type == "f"]
    assert len(formulas) == 8  # quantity and amount; page, carried, page, total
    assert any("," in formula for formula in formulas)  # the total, of two pages
    found = list(sums(content))
    assert len(found) == 8 and all(total == value for total, value in found)
    (values,) = opened(content)
    amounts = [c.value for row in values.iter_rows() for c in row if c.value == 438]
    assert amounts == [438]  # 12 x 36.50, no text


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            TEXTS,
            st.decimals(-10_000, 10_000, places=3),
            st.decimals(-(10**9), 10**9, places=4),
        ),
        max_size=30,
    ),
    TEXTS,
    st.integers(1, 9),
)
def test_any_document_is_the_same_in_excel(lines, customer, per_page):
    document = slip(0)
    document["values"] |= {"customer": customer, "number": customer}
    document["lines"] = [
        {"name": name, "quantity": quantity, "amount": amount, "currency": "CNY"}
        for name, quantity, amount in lines
    ]
    pages = paginate(document, slip_layout(lines_per_page=per_page, copies=[]))
    content = book_of(pages)
    (sheet,) = opened(content)
    assert sheet_pages(sheet) == [page_texts(page) for page in pages]
    assert all(total == value for total, value in sums(content))


INJECTIONS = ("=1+1", "+cmd|'/c calc'!A1", "-2+3", "@SUM(A1)", "\t=1", "{=1}")


@pytest.mark.parametrize("text", INJECTIONS)
def test_no_text_becomes_a_formula_or_a_link(text):
    document = slip(1, names=(text,))
    document["values"] |= {"customer": text, "number": text, "company": "http://a.b"}
    content = book_of(paginate(document, slip_layout(page_subtotal=False)))
    (sheet,) = opened(content, values=False)
    cells = [c for row in sheet.iter_rows() for c in row if c.data_type == "f"]
    assert all(cell.value.startswith("=SUM(") for cell in cells) and len(cells) == 2
    assert not sheet._hyperlinks
    names = [c for row in sheet.iter_rows() for c in row if c.value == text.strip()]
    assert names and all(cell.data_type == "s" for cell in names)
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        assert not any("external" in name.lower() for name in parts.namelist())


def test_each_document_is_a_sheet_of_its_own():
    numbers = ["WH/OUT/1", "wh_out_1", "History", "", "'", "x" * 40, "x" * 50]
    pages = []
    for number in numbers:
        document = slip(2)
        document["values"]["number"] = number
        pages += paginate(document, slip_layout())
    book = opened(book_of(pages))
    assert len(book.sheetnames) == len(numbers)
    assert all(0 < len(name) <= 31 for name in book.sheetnames)
    assert len({name.casefold() for name in book.sheetnames}) == len(numbers)


def test_codes_and_logos_are_pictures():
    blocks = [
        {"kind": "qr", "width": 20, "height": 20, "text": "{number}"},
        {"kind": "code128", "x": 40, "width": 60, "height": 10, "text": "{number}"},
        {"kind": "code128", "x": 40, "width": 60, "height": 10, "text": "螺栓"},
    ]
    pages = paginate(slip(1), slip_layout(blocks=blocks))
    assert [symbol.overflow for symbol in pages[0].symbols] == [False, False, True]
    (sheet,) = opened(book_of(pages))
    assert len(sheet._images) == 2


def test_of_some_pages_only_what_is_there_is_added_up():
    pages = paginate(slip(20), slip_layout(lines_per_page=8))
    content = book_of([pages[0], pages[2]] + [pages[1]])
    book = opened(content)
    assert len(book.sheetnames) == 2  # pages that go back begin anew
    assert all(total == value for total, value in sums(content))
    totals = [c.value for row in book.worksheets[0].iter_rows() for c in row]
    assert float(sum((36.5 + n) * (12 + n) for n in range(20))) in totals
