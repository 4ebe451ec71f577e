"""Files that a source joins to a folder and writes."""

from __future__ import annotations

import pytest

from sweeper.core.recognition.files import preferred, written_in_place, written_into_folders
from sweeper.core.recognition.syntax import parse_source


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


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("open('metrics.json', 'w')", ["metrics.json"]),
        ("json.dump(x, open('./results/toy.json', 'w'))", ["./results/toy.json"]),
        ("Path('toy.json').write_text(x)", ["toy.json"]),
        ("frame.to_csv('toy.csv')", ["toy.csv"]),
        ("OUT = Path('results')\n(OUT / 'toy.json').write_text(x)", ["results/toy.json"]),
        ("p = os.path.join('results', 'toy.jsonl')\nopen(p, 'a')", ["results/toy.jsonl"]),
        ("open('toy.json')", []),
        ("write(a.out, 'toy.json')", []),
        ("out = 'results'\np = f'{a}'\np = os.path.join(out, 'toy.json')\nopen(p, 'w')", []),
        ("p = 'toy.json'\nif a.out:\n    p = a.out\nopen(p, 'w')", []),
        ("out = 'results'\np = os.path.join(out, 'toy.json')\nopen(p, 'w')", ["results/toy.json"]),
        ("open('/data/toy.json', 'w')", []),
        ("open('config.json', 'w')", []),
        ("open(os.path.join(a.out, 'toy.json'), 'w')", []),
        ("(out / 'toy.json').write_text(x)", []),
        ("open(a.file, 'w')", []),
        ("import os\nos.chdir(a.out)\nopen('toy.json', 'w')", []),
    ],
)
def test_a_file_that_is_written_by_the_same_path_in_every_run_is_found(text, paths):
    """All trials would write it; not one whose folder the program is told, or may go to."""
    source = parse_source(text)
    assert source is not None
    assert list(written_in_place(source)) == paths
