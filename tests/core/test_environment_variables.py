"""What a sweep keeps of the environment in which it was made."""

from sweeper.core.environment_variables import differences, kept, moved, restored

SHELL = {"VIRTUAL_ENV": "/a", "PATH": "/a/bin:/usr/bin", "HOME": "/h", "PYTHONPATH": ""}


def test_what_decides_what_is_loaded_is_kept():
    """The Python, and the variables that are set to something; of the rest nothing."""
    assert kept(SHELL, "/a/bin/python") == {"python": "/a/bin/python", "VIRTUAL_ENV": "/a"}
    assert kept({}, None) == {"python": ""}


def test_another_shell_gets_it_back():
    """The former Python comes first on PATH, what was not set is not set, and all else stays as it is."""
    former = kept(SHELL, "/a/bin/python")
    now = {"VIRTUAL_ENV": "/b", "PYTHONPATH": "/x", "PATH": "/b/bin:/usr/bin", "HOME": "/other"}
    assert restored(now, former, "/b/bin/python") == {
        "VIRTUAL_ENV": "/a",
        "PATH": "/a/bin:/b/bin:/usr/bin",
        "HOME": "/other",
    }


def test_the_same_shell_changes_nothing():
    """PATH stays as it is where `python` means the same."""
    former = kept(SHELL, "/a/bin/python")
    assert restored(SHELL, former, "/a/bin/python") == {k: v for k, v in SHELL.items() if v}
    assert restored({"PATH": "/bin"}, {"python": ""}, "/bin/python") == {"PATH": "/bin"}
    assert restored({}, {"python": "/a/bin/python"}, None) == {"PATH": "/a/bin"}


def test_an_old_sweep_has_kept_nothing():
    """Then the shell counts, and nothing differs."""
    assert restored(SHELL, {}, None) == SHELL
    assert differences({}, kept(SHELL, "/a/bin/python")) == []


def test_a_difference_is_put_into_text():
    """What is set, unset or another is named, with both values."""
    former = kept(SHELL, "/a/bin/python")
    now = kept({"PYTHONPATH": "/x", "VIRTUAL_ENV": ""}, "/usr/bin/python")
    assert differences(former, now) == [
        "python is /usr/bin/python, was /a/bin/python",
        "VIRTUAL_ENV is not set, was /a",
        "PYTHONPATH is /x, was not set",
    ]
    assert differences(former, former) == []


def test_after_a_move_each_path_that_is_there_names_the_new_folder():
    """In lists of paths too; what lies elsewhere, or is not there any more, stays as it was."""
    former = {"python": "/old/p/.venv/bin/python", "PYTHONPATH": "/old/p:/old/p/src:/old/px:/old/p/gone"}
    assert moved(former, "/old/p", "/new", {"/new/.venv/bin/python", "/new", "/new/src"}.__contains__) == {
        "python": "/new/.venv/bin/python",
        "PYTHONPATH": "/new:/new/src:/old/px:/old/p/gone",
    }
