"""What stands for characters that an output cannot show."""

import pytest

from sweeper.core.stand_ins import stand_in


@pytest.mark.parametrize(
    ("text", "ascii_text"),
    [
        ("plain", "plain"),
        ("cut…", "cut..."),
        ("0.5 ± 0.1", "0.5 +/- 0.1"),
        ("a → b × ✓", "a -> b x +"),
        ("━╸─│┃┏╋", "---||++"),
        ("█▌", "##"),
        ("é日\udcff😀", "\\xe9\\u65e5\\udcff\\U0001f600"),
    ],
)
def test_our_own_signs_are_written_by_hand_and_others_escaped(text, ascii_text):
    """Every text has an ASCII form: our signs have a usual one, all other characters are escaped."""
    assert stand_in(text) == ascii_text
