"""Where everything lies in a sweep folder."""

from sweeper.core.model import Attempt
from sweeper.core.paths import SweepPaths, TrialPaths

SWEEP = SweepPaths("/data/sweeps/digits")


def test_names_in_a_sweep():
    """The names in a sweep folder are those that docs/concepts.md shows."""
    assert {
        name: getattr(SWEEP, name) for name, value in vars(SweepPaths).items() if isinstance(value, property)
    } == {
        "name": "digits",
        "manifest": "/data/sweeps/digits/sweep.json",
        "journal": "/data/sweeps/digits/journal",
        "lock": "/data/sweeps/digits/lock",
        "heartbeat": "/data/sweeps/digits/heartbeat",
        "requests": "/data/sweeps/digits/requests",
        "status": "/data/sweeps/digits/status.json",
        "shim": "/data/sweeps/digits/shim.sh",
        "code": "/data/sweeps/digits/code",
        "code_facts": "/data/sweeps/digits/code.json",
        "code_diff": "/data/sweeps/digits/code.diff",
        "code_sums": "/data/sweeps/digits/code.sha256",
        "environment": "/data/sweeps/digits/environment.txt",
        "imports": "/data/sweeps/digits/imports",
        "controller_log": "/data/sweeps/digits/controller.log",
        "cluster_log": "/data/sweeps/digits/cluster.log",
        "table": "/data/sweeps/digits/results.csv",
        "summary": "/data/sweeps/digits/summary.md",
        "report": "/data/sweeps/digits/report.html",
        "trials": "/data/sweeps/digits/trials",
    }


def test_terms_sort_by_name():
    """Terms listed by name are in the order of their numbers."""
    assert SWEEP.term(7) == "/data/sweeps/digits/journal/000007.jsonl"
    numbers = [1, 2, 9, 10, 99, 100, 12_345]
    assert sorted(map(SWEEP.term, numbers)) == list(map(SWEEP.term, numbers))


def test_names_in_a_trial(make):
    """A trial's folder is named by its index and its key, and everything of it lies inside."""
    place = SWEEP.trial(make.trial(42, key="0123456789ab"))
    assert place == TrialPaths("/data/sweeps/digits/trials/00042-0123456789ab")
    assert place.params == f"{place.folder}/params.json"
    assert place.params_yaml == f"{place.folder}/params.yaml"
    assert place.command == f"{place.folder}/command.sh"
    assert place.checkpoints == f"{place.folder}/checkpoints"
    assert place.attempts == f"{place.folder}/attempts"


def test_attempts_have_folders_of_their_own(make):
    """No two attempts share a folder."""
    place, other = SWEEP.trial(make.trial(1)), SWEEP.trial(make.trial(2))
    assert place.attempt(Attempt(1, 3)) == f"{place.folder}/attempts/3"
    assert (
        len({place.attempt(Attempt(1, 1)), place.attempt(Attempt(1, 2)), other.attempt(Attempt(2, 1))}) == 3
    )


def test_a_fence_lies_beside_the_term_that_it_announces():
    """A term and its fence differ in their ending alone."""
    paths = SweepPaths("/s/x")
    assert paths.term(2) == "/s/x/journal/000002.jsonl"
    assert paths.fence(2) == "/s/x/journal/000002.fence"


def test_an_attempts_folder_tells_its_trials():
    """If it lies where attempts do."""
    assert TrialPaths.of_attempt("/s/trials/0-k/attempts/3") == TrialPaths("/s/trials/0-k")
    assert TrialPaths.of_attempt("/s/trials/0-k/other/3") is None
    assert TrialPaths.of_attempt("out") is None
