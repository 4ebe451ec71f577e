"""The candidates for a command line, over facts that are made up."""

from __future__ import annotations

import pytest

from sweeper.core.completion.candidates import complete
from sweeper.core.completion.command import Command, OptionSpec, Positional
from sweeper.core.completion.facts import Candidate, Columns, TrialFact
from sweeper.core.settings import READERS, ResultsSettings

ROOT = OptionSpec(("--root",), "where sweeps lie", ("ROOT",))
COMMANDS = {
    "": Command(
        (OptionSpec(("-m", "--multirun")), OptionSpec(("-cn", "--config-name"), kinds=("NAME",))),
        (Positional("OVERRIDE", many=True),),
    ),
    "status": Command(
        (ROOT, OptionSpec(("-o",), kinds=("OUTPUT",), choices=("json", "text"))), (Positional("SWEEP"),)
    ),
    "results": Command(
        (
            ROOT,
            OptionSpec(("--metric",), kinds=("METRIC",), repeats=True),
            OptionSpec(("--sort",), kinds=("COLUMN",)),
            OptionSpec(("--columns",), kinds=("A,B",)),
            OptionSpec(("--where",), kinds=("CONDITION",)),
            OptionSpec(("--pivot",), kinds=("DOWN", "ACROSS", "METRIC")),
            OptionSpec(("--top",), kinds=("N",)),
        ),
        (Positional("SWEEP", many=True),),
    ),
    "logs": Command((ROOT,), (Positional("SWEEP"), Positional("TRIAL"))),
    "shell": Command((ROOT,), (Positional("SWEEP"), Positional("TRIAL")), rest=True),
    "cancel": Command((ROOT,), (Positional("[SWEEP] TRIAL", many=True),)),
    "retry": Command((ROOT, OptionSpec(("--completed",))), (Positional("[SWEEP] TRIAL", many=True),)),
    "collect": Command((ROOT,), (Positional("[SWEEP] TRIAL results.KEY=VALUE", many=True),)),
    "set": Command((ROOT,), (Positional("[SWEEP] KEY=VALUE", many=True),)),
    "init": Command((), (Positional("SCRIPT|DIR"),)),
}
VERBS = {verb: f"about {verb}" for verb in COMMANDS if verb}


class Made:
    """Three sweeps; the newest has four trials, each in another state."""

    def sweeps(self, root):
        return [Candidate(name) for name in (["elsewhere"] if root else ["new", "my sweep", "old"])]

    def is_sweep(self, word, root):
        return word in ("new", "my sweep", "old")

    def trials(self, sweep, root):
        if sweep == "old":
            return [TrialFact(0, "0123456789ab", "completed", True)]
        return [
            TrialFact(0, "a000", "completed", True, "lr=0.1"),
            TrialFact(1, "b111", "running", True),
            TrialFact(2, "c222", "failed", True),
            TrialFact(12, "d333", "queued", False),
        ]

    def columns(self, sweeps, root):
        return Columns(("trial", "lr", "seed", "acc", "val/acc"), ("lr", "seed"), ("acc", "val/acc"))

    def settings(self, sweep, root):
        return {"retry.wait_max": (), "results.mode": ("max", "min"), **({"x": ()} if sweep == "old" else {})}

    def configs(self, folder):
        return ["config", "overnight"]

    def overrides(self, place):
        return [Candidate("lr=", open=True), Candidate("model=", open=True)]


def ask(line: str) -> str:
    *words, current = line.split(" ")
    answer = complete(
        [word.replace("_", " ") for word in words], current, VERBS, COMMANDS.__getitem__, Made()
    )
    return " ".join(
        [*(one.text.replace(" ", "_") for one in answer.candidates), *filter(None, [answer.paths])]
    )


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("", " ".join(VERBS)),
        ("s", "status shell set"),
        ("set ", "new my_sweep old retry.wait_max= results.mode="),
        ("set old ", "retry.wait_max= results.mode= x="),
        ("set old results.mode=max ", "retry.wait_max= x="),
        ("set r", "retry.wait_max= results.mode="),
        ("set results.mode=", "results.mode=max results.mode=min"),
        ("set old x=", ""),
        ("set ./s", "dirs"),
        ("l", "logs"),
        ("m", "model="),
        ("x", ""),
        ("-", "-m --multirun -cn --config-name"),
        ("-m ", "lr= model="),
        ("lr=1 m", "model="),
        ("+x=1 -cn o", "overnight"),
        ("nonsense ", ""),
        ("status ", "new my_sweep old"),
        ("status my", "my_sweep"),
        ("status my_sweep ", ""),
        ("status --root x ", "elsewhere"),
        ("status --root ", "dirs"),
        ("status --root=", "dirs"),
        ("status ./s", "dirs"),
        ("status -", "--root -o"),
        ("status --root x -", "-o"),
        ("status -o ", "json text"),
        ("status -oj", "-ojson"),
        ("status -- -", ""),
        ("init ", "files"),
        ("results new ", "my_sweep old"),
        ("results --metric x --m", "--metric"),
        ("results --sort v", "val/acc"),
        ("results --pivot ", "lr seed"),
        ("results --pivot lr s", "seed"),
        ("results --pivot lr seed ", "acc val/acc"),
        ("results --columns lr,s", "lr,seed"),
        ("results --columns lr, ", "new my_sweep old"),
        (
            "results --columns=lr,",
            "--columns=lr,trial --columns=lr,seed --columns=lr,acc --columns=lr,val/acc",
        ),
        ("results --where lr<0.1&&se", "lr<0.1&&seed"),
        ("results --top ", ""),
        ("results --metric a", "acc"),
        ("results --metric acc:", "acc:max acc:min acc:last acc:best@"),
        ("results --metric acc:best@v", "acc:best@val/acc"),
        ("results --metric acc:best@val/acc:", "acc:best@val/acc:max acc:best@val/acc:min"),
        ("logs ", "new my_sweep old 0 1 2"),
        ("logs old ", "0"),
        ("logs old 0 ", ""),
        ("logs 1 ", ""),
        ("logs b", "b111"),
        ("shell 1 -- ", "commands"),
        ("shell 1 -- ls ", "files"),
        ("cancel ", "new my_sweep old 1 12"),
        ("cancel new 1", "1 12"),
        ("cancel 1 ", "12"),
        ("cancel 1-", "1-12"),
        ("retry ", "new my_sweep old 2"),
        ("retry --completed ", "new my_sweep old 0 2"),
        ("retry old ", ""),
        ("collect ", "new my_sweep old 0 2"),
        ("collect r", " ".join(f"results.{key}=" for key in ResultsSettings.__dataclass_fields__)),
        ("collect new results.mo", "results.mode="),
        ("collect results.mode=", "results.mode=max results.mode=min"),
        ("collect results.reader=", " ".join(f"results.reader={reader}" for reader in READERS)),
        ("collect results.metric=", ""),
    ],
)
def test_the_candidates_for_a_line(line: str, found: str) -> None:
    """In the lines a space ends a word, and an underscore is a space in one."""
    assert ask(line) == found


def test_a_candidate_says_what_it_is_and_whether_its_word_goes_on() -> None:
    answer = complete((), "sh", VERBS, COMMANDS.__getitem__, Made())
    assert answer.candidates == (Candidate("shell", "about shell"),)
    answer = complete(("logs",), "0", VERBS, COMMANDS.__getitem__, Made())
    assert answer.candidates == (Candidate("0", "lr=0.1"),)
    answer = complete(("-m",), "l", VERBS, COMMANDS.__getitem__, Made())
    assert answer.candidates == (Candidate("lr=", open=True),)
