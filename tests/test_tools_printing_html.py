"""What the pages look like as HTML, which wkhtmltopdf prints."""

from html.parser import HTMLParser

from hypothesis import given, settings
from hypothesis import strategies as st
from printing_samples import slip, slip_layout
from tools.printing import paginate, render, render_files


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.texts = set(), []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)

    def handle_data(self, data):
        self.texts.append(data)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(), max_size=5))
def test_html_holds_texts_and_no_markup_of_theirs(names):
    names = [*names, "<script>x</script>", '"><img src=x onerror=y>', "&lt;b&gt;"]
    pages = paginate(slip(len(names), names=names), slip_layout(font="x';}<script>"))
    tags = Tags()
    tags.feed(render(pages))
    assert tags.tags <= {
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "div",
        "svg",
        "g",
        "path",
        "text",
        "p",
        "i",
        "span",
    }
    assert "<script>x</script>" in "".join(tags.texts)


def test_brackets_stand_upright_in_a_column_of_characters():
    assert "①存根︵白︶" in render(paginate(slip(1), slip_layout()))


def test_nothing_is_laid_out_before_the_file_is_read():
    """Else the patched build of wkhtmltopdf ends in a crash, about one time in three
    with 200 pages."""
    html = render(paginate(slip(1), slip_layout()))
    assert html.index(".p{display:none") < html.index("<svg")
    assert html.rindex(".p{display:block}") > html.rindex("</svg>")


def test_long_prints_are_cut_into_files_at_pages():
    pages = paginate(slip(400), slip_layout())
    limit = 60_000
    files = list(render_files(pages, 4.92, limit))
    assert len(files) > 2 and all(len(file) <= limit for file in files)
    assert sum(file.count("<svg") for file in files) == len(pages)
    # No blank sheet at the end of a file.
    assert all(file.count('class="p b"') == file.count("<div") - 1 for file in files)
    assert render(pages).count("<text") == sum(file.count("<text") for file in files)
