from dataclasses import FrozenInstanceError, dataclass, field

import pytest

from sweeper.core.frozen import maker


@dataclass(frozen=True, slots=True)
class Point:
    x: int
    y: list[int] = field(default_factory=list)


def test_an_instance_is_equal_to_one_that_its_class_makes() -> None:
    made = maker(Point)(1, [2])
    assert type(made) is Point
    assert made == Point(1, [2])
    assert repr(made) == repr(Point(1, [2]))


def test_an_instance_is_frozen() -> None:
    made = maker(Point)(1, [2])
    with pytest.raises(FrozenInstanceError):
        made.x = 3  # type: ignore[misc]
    assert not hasattr(made, "__dict__")


def test_a_field_that_is_left_out_is_an_error() -> None:
    with pytest.raises(TypeError, match="y"):
        maker(Point)(1)
