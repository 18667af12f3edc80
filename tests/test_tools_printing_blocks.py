"""Texts of header and footer whose fields are empty."""

import pytest
from printing_samples import slip, slip_layout
from tools.printing import paginate


def _blocks_of(text, values):
    """The page of a layout that has the text twice: alone, and in a signature box."""
    blocks = [{"text": text}, {"text": text, "kind": "signature"}]
    layout = slip_layout(blocks=blocks)
    (page,) = paginate({**slip(1), "values": values}, layout)
    return page


@pytest.mark.parametrize(
    ("text", "values", "printed"),
    [
        ("Owed: {owed}", {"owed": 0}, "Owed: 0"),
        ("Owed: {owed} {currency}", {"currency": "EUR"}, "Owed: EUR"),
        ("Owed:", {}, "Owed:"),
        ("Page {page}", {}, "Page 1"),
    ],
)
def test_words_are_printed_with_a_field_that_says_something(text, values, printed):
    page = _blocks_of(text, values)
    assert page.texts("block") == [printed, printed]
    assert page.left_out == []


@pytest.mark.parametrize("values", [{}, {"owed": ""}, {"owed": " ", "currency": None}])
def test_words_are_left_out_where_all_their_fields_are_empty(values):
    page = _blocks_of("Owed: {owed} {currency}", values)
    # A box is drawn all the same, and filled in by hand.
    assert [(cell.key, cell.text) for cell in page.cells if cell.kind == "block"] == [
        ("1", "Owed:")
    ]
    assert [block.text for block in page.left_out] == ["Owed: {owed} {currency}"]


def test_fields_without_words_are_not_missed():
    page = _blocks_of("{owed} {currency}", {})
    assert page.texts("block") == []
    assert page.left_out == []
