"""Printed documents: one paginator, many outputs. Imports nothing of Odoo.

>>> from tools.printing import paginate, render
"""

from .calibration import calibration_page
from .figures import format_number, rounded
from .html import render, render_files, render_svg
from .layout import Block, Column, Copy, Layout, LayoutError, Paper, inches, to_mm
from .pages import Cell, Page, Rule, stamp
from .paginate import paginate, totals
from .symbols import Symbol

__all__ = [
    "Block",
    "Cell",
    "Column",
    "Copy",
    "Layout",
    "LayoutError",
    "Page",
    "Paper",
    "Rule",
    "Symbol",
    "calibration_page",
    "format_number",
    "inches",
    "paginate",
    "render",
    "render_files",
    "render_svg",
    "rounded",
    "stamp",
    "to_mm",
    "totals",
]
