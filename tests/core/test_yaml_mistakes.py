"""The line of a YAML file that cannot be read is answered with what is wrong with it."""

from __future__ import annotations

import pytest
import yaml

from sweeper.core.yaml_mistakes import not_utf8, yaml_mistake


@pytest.mark.parametrize(
    ("text", "line", "answer"),
    [
        ("a: 1\n\tb: 2", 1, "it is indented with a tab, and YAML takes only blanks"),
        ("lr = 0.1\n\nb: 2", 0, "it takes ':', not '=': write lr: 0.1"),
        ("a: 1\nlr:0.1\nb: 2", 1, "a blank is missing after ':': write lr: 0.1"),
        ("a: 1\nb", 1, "it has no ':' after b"),
        ("b\na: 1", 0, "it has no ':' after b"),
        ("a: %b", 0, "a text that begins with '%' must be quoted: a: '%b'"),
        ("a: @it's", 0, "a text that begins with '@' must be quoted: a: '@it''s'"),
        ("- *x", 0, "a text that begins with '*' must be quoted: '*x'"),
        ("a: b: c", 0, "a text with ': ' must be quoted: a: 'b: c'"),
        ("a: 1\n  b: 2", 1, "it is indented further than the line before, which has a value already"),
        (
            "a:\n  b: 1\n c: 2",
            2,
            "it does not fit the lines before: look at its indentation, its quotes and its brackets",
        ),
        ("a: [1, 2\nb: 3", 0, "[ is not closed"),
        ("a: {x: 1\nb: [1]", 0, "{ is not closed"),
        ("a: 'x\nb: 3", 0, "' is not closed"),
        ("a: [1, 2", 0, "[ is not closed, or a comma is missing"),
        (
            "a: 'it's'",
            0,
            "it does not fit the lines before: look at its indentation, its quotes and its brackets",
        ),
        ("a: !!python/name:os 1", 0, "a text that begins with '!' must be quoted: a: '!!python/name:os 1'"),
        ("a: &x 1\nb c", 1, "could not find expected ':'"),
        ("---\na: 1\n---\nb: 2", 2, "a second document begins here; leave it out"),
        (
            "apiVersion: v1\nkind: Pod\n---\nkind: Service",
            2,
            "a second document begins here: objects of Kubernetes belong into cluster.pod_template",
        ),
        ("{[a]: 1}", 0, "found unhashable key"),
    ],
)
def test_a_line_that_cannot_be_read_says_what_to_write(text, line, answer):
    """Whatever PyYAML calls it, and even if it notices only at a later line."""
    with pytest.raises(yaml.MarkedYAMLError) as caught:
        yaml.safe_load(text)
    error = caught.value
    began = error.context_mark.line if error.context_mark else None
    assert yaml_mistake(text.split("\n"), error.problem_mark.line, error.problem, began) == (line, answer)


def test_a_line_that_is_not_there_leaves_what_the_parser_says():
    """A file may have changed since it was read."""
    assert yaml_mistake([], 3, "found something", 2) == (3, "found something")


def test_a_key_that_is_there_twice_is_named():
    """PyYAML lets it pass, OmegaConf does not."""
    lines = ["a: [1]", "b: 2", "b: 3"]
    assert yaml_mistake(lines, 2, "found duplicate key b", 0) == (
        2,
        "the key b is there twice; leave one out",
    )


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        ("lr: 1\nname: é\n".encode("latin-1"), "line 2 is not UTF-8 (byte 0xe9); save the file as UTF-8"),
        ("lr: 1\n".encode("utf-16"), "it is UTF-16, as some Windows programs write; save it as UTF-8"),
    ],
)
def test_a_file_of_another_encoding_says_which_line(data, answer):
    """The bytes tell."""
    with pytest.raises(UnicodeDecodeError) as caught:
        data.decode()
    assert not_utf8(data, caught.value.start) == answer
