"""Files that a source joins to a folder and writes."""

from __future__ import annotations

import pytest

from sweeper.core.recognition import parse_source
from sweeper.core.recognition.files import preferred, written_into_folders


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("open(os.path.join(a.out, 'r.json'), 'w')", ["r.json"]),
        ("with open(f'{a.out}/r.json', mode='wt') as f: pass", ["r.json"]),
        ("open(a.out + '/r.json', 'ab')", ["r.json"]),
        ("(Path(a.out) / 'r.json').write_text(x)", ["r.json"]),
        ("Path(a.out, 'r.json').open('w')", ["r.json"]),
        ("Path(a.out).joinpath('r.json').write_text(x)", ["r.json"]),
        ("frame.to_csv(out / 'sub' / 'r.csv')", ["r.csv"]),
        ("NAME = 'r.json'\nsave_json(x, os.path.join(a.out, NAME))", ["r.json"]),
        ("p = out / 'r.json'\nprint(p)\nopen(p, 'w')", ["r.json"]),
        ("self.p = f'{out}/logs/r.json'\nself.p = x\nself.p.open('x')", ["r.json"]),
        ("open(os.path.join(a.out, 'r.json'))", []),
        ("open(os.path.join(a.data, 'r.json'), 'rb')", []),
        ("open('r.json', 'w')", []),
        ("open(f'{a.name}_r.json', 'w')", []),
        ("open(f'r.json', 'w')", []),
        ("save(', '.join(names), 'r.json')", []),
        ("save(a.out - 'r.json', a.out + x)", []),
        ("p = out / 'r.json'\nq = 3\nprint(p)\nsave(q)", []),
    ],
)
def test_a_file_that_is_joined_to_a_folder_and_written_is_found(text, names):
    """By whatever way its path is made; not one that is read, or that is written where the program runs."""
    source = parse_source(text)
    assert source is not None
    assert list(written_into_folders(source)) == names


def test_files_of_the_usual_names_come_first():
    """They need no setting."""
    assert preferred(["results.json", "runs/metrics.json"]) == "runs/metrics.json"
    assert preferred(["results.json", "history.csv"]) == "results.json"
    assert preferred([]) == ""
