"""Fields of plain data, each checked to be of its kind."""

import pytest

from sweeper.core import fields


def test_values_of_their_kind_come_back():
    """Each function returns what is there."""
    data = {"t": "x", "n": 3, "s": 2.5, "b": True, "o": {"a": "b"}, "l": ["a"], "i": [1, 2]}
    assert fields.text(data, "t") == "x"
    assert (fields.whole(data, "n"), fields.whole_or_none(data, "n")) == (3, 3)
    assert (fields.seconds(data, "s"), fields.seconds_or_none(data, "s")) == (2.5, 2.5)
    assert fields.flag(data, "b")
    assert (fields.table(data, "o"), fields.named_texts(data, "o")) == ({"a": "b"}, {"a": "b"})
    assert (fields.texts(data, "l"), fields.wholes(data, "i")) == (("a",), (1, 2))


def test_what_is_missing_has_its_default():
    """If there is one."""
    assert (fields.text({}, "t", ""), fields.seconds({}, "s", 0.0), fields.flag({}, "b")) == ("", 0.0, False)
    assert (fields.seconds_or_none({}, "s"), fields.whole_or_none({}, "n"), fields.wholes({}, "i")) == (
        None,
    ) * 3
    assert (fields.table({}, "o", {}), fields.named_texts({}, "o"), fields.texts({}, "l", ())) == ({}, {}, ())


@pytest.mark.parametrize("read", [fields.text, fields.seconds, fields.whole, fields.table, fields.texts])
def test_what_must_be_there_is_missed(read):
    """KeyError, with the name."""
    with pytest.raises(KeyError, match="x"):
        read({}, "x")


@pytest.mark.parametrize(
    ("read", "values"),
    [
        (fields.text, [None, 1, ["a"], {}]),
        (fields.seconds, ["1", None, float("nan"), float("inf"), 1e300, 10**400, [], {}]),
        (fields.seconds_or_none, ["1", float("nan"), -1e12]),
        (fields.whole, [1.0, True, "1", None, 2**60, 10**400]),
        (fields.whole_or_none, [1.0, True, "1", 2**60]),
        (fields.flag, [1, "true", None]),
        (fields.table, [[], "a", None]),
        (fields.named_texts, [[], {"a": 1}]),
        (fields.texts, ["abc", [1], None, {"a": "b"}]),
        (fields.wholes, ["12", [1.0], [True], {}, 3]),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_another_kind_is_refused(read, values):
    """TypeError or ValueError for each."""
    for value in values:
        with pytest.raises((TypeError, ValueError)):
            read({"x": value}, "x")


def test_only_known_fields_are_let_in():
    """The first that is not known is named."""
    fields.only({"a": 1}, {"a", "b"})
    with pytest.raises(TypeError, match="c is not known"):
        fields.only({"a": 1, "c": 2}, {"a", "b"})
