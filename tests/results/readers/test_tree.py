"""Which folders are looked into."""

from __future__ import annotations

import os
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from sweeper.results.readers.listing import Listing
from sweeper.results.readers.tree import Outputs, newest


def places(folder, **options):
    return [one.place for one in Outputs(Listing.of(str(folder)), **options).folders]


def make(folder, *names):
    for name in names:
        (folder / name).mkdir(parents=True)
    return folder


def test_what_is_nearer_comes_first_and_each_level_by_name(tmp_path):
    """So that what is found first does not depend on the file system."""
    make(tmp_path, "b/x", "a/y", "c")
    assert places(tmp_path) == ["", "a/", "b/", "c/", "a/y/", "b/x/"]


def test_no_deeper_than_tools_nest(tmp_path):
    """Four levels below the attempt's folder."""
    make(tmp_path, "1/2/3/4/5/6")
    assert places(tmp_path)[-1] == "1/2/3/4/"


def test_no_more_than_a_few_hundred_folders(tmp_path):
    """A data set in a thousand folders costs a bounded time."""
    make(tmp_path, *(f"class{number:04d}/deep" for number in range(400)))
    found = places(tmp_path)
    assert len(found) == 256
    assert found[-1] == "class0254/"


def test_no_more_than_so_many_names_of_a_folder_below(tmp_path):
    """Neither does one of a million pictures."""
    make(tmp_path, "pictures")
    for number in range(10_050):
        os.mknod(tmp_path / "pictures" / f"{number}.png")
    assert len(Outputs(Listing.of(str(tmp_path))).folders[1].entries) == 10_000


def test_no_more_than_so_many_names_in_all(tmp_path):
    """Nor do a hundred folders of thousands of pictures each."""
    make(tmp_path, *(f"class{number}" for number in range(5)))
    for folder, number in product(range(5), range(8000)):
        os.mknod(tmp_path / f"class{folder}" / f"{number}.png")
    assert places(tmp_path) == ["", "class0/", "class1/", "class2/"]


def test_only_the_newest_of_numbered_checkpoints(tmp_path):
    """It knows what all earlier ones know; versions and folds are runs of their own."""
    make(
        tmp_path, "version_2", "version_10", "version_9", "checkpoint-5", "checkpoint-40", "fold_1", "fold_2"
    )
    assert places(tmp_path) == ["", *(f"{name}/" for name in ("checkpoint-40", "fold_1", "fold_2"))] + [
        f"version_{number}/" for number in (10, 2, 9)
    ]


def test_links_are_not_followed(tmp_path):
    """Not even in a circle."""
    make(tmp_path, "real")
    (tmp_path / "real" / "loop").symlink_to(tmp_path)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert places(tmp_path) == ["", "real/"]


def test_a_folder_that_is_gone_or_closed_is_empty(tmp_path):
    """Programs remove theirs while we look."""
    make(tmp_path, "a/b")
    root = Listing.of(str(tmp_path))
    (tmp_path / "a" / "b").rmdir()
    (tmp_path / "a").rmdir()
    assert [one.place for one in Outputs(root).folders] == ["", "a/"]


def test_nothing_is_listed_below_unless_it_is_asked_for(tmp_path, monkeypatch):
    """The plain files of most programs cost one listing."""
    make(tmp_path, "a")
    tree = Outputs(Listing.of(str(tmp_path)))
    assert places(tmp_path, nested=False) == [""]
    monkeypatch.setattr(os, "scandir", None)
    assert tree.root.folders() == ["a"]


@given(
    numbers=st.lists(st.integers(0, 10**17), min_size=1, unique=True), others=st.sets(st.sampled_from("abc"))
)
def test_the_newest_is_the_largest_number(numbers, others):
    """Of names that are counted up one is left, and all others are."""
    names = [f"checkpoint-{number}" for number in numbers]
    assert newest([*names, *others]) == sorted([*others, f"checkpoint-{max(numbers)}"])
