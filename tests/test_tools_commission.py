"""Ranges and numbers of commission plans: properties over all of them."""

from itertools import combinations

import printing_samples  # noqa: F401 (puts the tools on the path)
from hypothesis import given
from hypothesis import strategies as st
from tools.commission import days_between, decimals_of, find_overlap, has_end

BOUNDS = st.integers(-5, 12)
RANGES = st.lists(st.tuples(BOUNDS, BOUNDS), max_size=5)
DAYS = range(-6, 14)  # beyond all bounds


def days_in(start, end):
    return {
        day for day in DAYS if day >= start and (not has_end(start, end) or day < end)
    }


@given(RANGES)
def test_overlap_is_a_day_in_two_ranges(ranges):
    shared = [days_in(*one) & days_in(*other) for one, other in combinations(ranges, 2)]
    found = find_overlap(ranges)
    assert (found is not None) == any(shared)
    assert found is None or any(found in days for days in shared)


@given(BOUNDS, BOUNDS)
def test_days_of_a_range(start, end):
    first, last = days_between(start, end)
    days = days_in(start, end)
    assert first == min(days)
    assert last == (max(days) if has_end(start, end) else None)


@given(st.integers(-(10**9), 10**9), st.integers(0, 4))
def test_decimals_say_the_number(number, decimals):
    value = number / 10**decimals
    said = decimals_of(value)
    assert said <= decimals
    assert round(value, said) == value
    assert said == 0 or round(value, said - 1) != value
