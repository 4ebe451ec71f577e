"""How Kubernetes writes amounts."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweeper.clusters.kubernetes.quotas.quota import format_amount, quantity

Gi = 2**30


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("0", 0),
        ("2", 2),
        (2, 2),
        ("+3", 3),
        ("-3", -3),
        ("500m", Fraction(1, 2)),
        ("100u", Fraction(1, 10**4)),
        ("1n", Fraction(1, 10**9)),
        ("1.5k", 1500),
        ("1.", 1),
        (".5", Fraction(1, 2)),
        ("4Ki", 4096),
        ("4Gi", 4 * Gi),
        ("0.5Gi", Gi // 2),
        ("2M", 2 * 10**6),
        ("3T", 3 * 10**12),
        ("1P", 10**15),
        ("1E", 10**18),
        ("1Ei", 2**60),
        ("1e3", 1000),
        ("1E3", 1000),
        ("12E+2", 1200),
        ("5e-1", Fraction(1, 2)),
        ("0.1n", Fraction(1, 10**9)),
        ("-1e-12", Fraction(-1, 10**9)),
    ],
)
def test_quantities(text: str | int, want: Fraction) -> None:
    """Every way in which Kubernetes writes a number is read, exactly, down to a nano."""
    assert quantity(text) == want


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Gi",
        "1 Gi",
        "1gi",
        "1K",
        "1i",
        "1mi",
        "0x1",
        "1e",
        "1e1.5",
        "--1",
        "1.2.3",
        "١",
        "1e9999",
        "4GiB",
        None,
    ],
)
def test_other_text_is_not_a_quantity(text: Any) -> None:
    """What Kubernetes would refuse is refused by its name."""
    with pytest.raises(ValueError, match=r"not a quantity") as raised:
        quantity(text)
    assert repr(text) in str(raised.value)


@pytest.mark.parametrize(
    ("amount", "want"),
    [
        (Fraction(0), "0"),
        (Fraction(8), "8"),
        (Fraction(30), "30"),
        (Fraction(1, 2), "500m"),
        (Fraction(64 * Gi), "64Gi"),
        (Fraction(64 * 10**9), "64G"),
        (Fraction(1500), "1500"),
        (Fraction(-2), "-2"),
        (Fraction(1, 10**9), "1n"),
    ],
)
def test_amounts_are_spelled_for_people(amount: Fraction, want: str) -> None:
    """An amount is spelled as somebody would have written it."""
    assert format_amount(amount) == want


@given(st.integers(-(10**30), 10**30))
def test_what_is_spelled_reads_the_same(nanos: int) -> None:
    """No amount changes by being spelled and read again."""
    amount = Fraction(nanos, 10**9)
    assert quantity(format_amount(amount)) == amount


@given(
    st.integers(0, 10**6),
    st.integers(0, 999),
    st.sampled_from(["n", "u", "m", "", "k", "M", "G", "Ki", "Mi", "Gi", "Ei"]),
)
def test_no_quantity_is_read_too_low(whole: int, thousandths: int, suffix: str) -> None:
    """A quantity grows with its digits, and rounding never makes it smaller than it says."""
    one = quantity(f"1{suffix}")
    read = quantity(f"{whole}.{thousandths:03}{suffix}")
    assert 0 <= read - (whole + Fraction(thousandths, 1000)) * one < Fraction(1, 10**9)
