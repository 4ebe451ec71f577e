"""Parameter values reach a program byte for byte, through the shells of the lab's own image."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cluster.lab import Lab

NASTY = {
    "double": 'say "hi" ""',
    "single": "it's 'quoted' ''",
    "both": "'\"'\"'",
    "backslash": "a\\b \\n \\\\ \\' ends in \\",
    "substitution": "$(id)",
    "variable": "$HOME ${HOME} $$ $1",
    "backticks": "`id` ``",
    "newline": "one\ntwo\n\nlast\n",
    "carriage": "one\r\ntwo\r",
    "tab": "a\tb\t",
    "semicolon": "; exit 9; #",
    "chain": "a && false || exit 9 & | cat > /tmp/x < /dev/null",
    "unicode": "naïve 日本 😀 e\u0301 \u2028",
    "dash": "-n",
    "dashes": "--help",
    "spaces": "  both ends  ",
    "empty": "",
    "args": "{args}",
    "placeholders": "{out} {code} {command} {user} $(CVSWEEP_UID)",
    "percent": "%s %d %%",
    "glob": "* ? [a-z] ~ !! {a,b}",
    "equals": "a=b",
    "hash": "# no comment",
    "control": "\x01\x02\x1b[31m\x08",
    "null": "null",
    "number": "007",
    "long": "x'\"$ " * 20_000,
}
PROGRAM = """\
import json, os, sys
seen = {"argv": sys.argv[1:], "environ": dict(os.environ), "uid": os.getuid()}
with open(os.environ["CVSWEEP_PARAMS"], encoding="utf-8") as file:
    seen["params"] = json.load(file)
with open(os.path.join(os.environ["CVSWEEP_OUT"], "seen.json"), "w") as file:
    json.dump(seen, file)
"""
CONFIG = """\
defaults: [cluster: local, retry: default, _self_]
task: {command: [python3, show.py, "{args}"]}
"""
THE_LAB = ["cluster=cvlab", "cluster.namespace=null", "cluster.probe=false"]


def sweep(lab: Lab, *words: str) -> dict[str, Any]:
    """What the program saw in the one trial of a sweep."""
    done = lab.cvsweep(*words)
    assert done.returncode == 0, done.stderr[-2000:]
    (found,) = lab.sweep().glob("trials/*/attempts/1/seen.json")
    return dict(json.loads(found.read_text()))


def values_in(style: str, seen: dict[str, Any]) -> dict[str, str]:
    """The values that the program got, by name."""
    match style:
        case "argparse":
            pairs = (word.removeprefix("--v.").partition("=") for word in seen["argv"])
            return {name: value for name, _, value in pairs}
        case "env":
            return {name: seen["environ"][f"v_{name}"] for name in NASTY}
    (word,) = seen["argv"]
    return dict(json.loads(word)["v"])


@pytest.mark.parametrize("style", ["argparse", "env", "json"])
def test_a_value_arrives_as_it_was_written(lab: Lab, style: str) -> None:
    """Whatever a value holds, the program, the table and a run on this machine all show the same text."""
    lab.write("configs/config.yaml", CONFIG)
    lab.write("show.py", PROGRAM)
    lab.write("configs/experiment/nasty.yaml", f"# @package _global_\n{as_yaml({'v': NASTY})}")
    chosen = ["+experiment=nasty", f"task.args_style={style}"]
    on_cluster = sweep(lab, *chosen, *THE_LAB)
    assert on_cluster["uid"] == 12345
    assert values_in(style, on_cluster) == NASTY
    assert on_cluster["params"] == {"v": NASTY}
    (row,) = lab.table()
    assert {name: row[f"v.{name}"] for name in NASTY} == NASTY
    assert lab.pods() == []
    here = sweep(lab, *chosen, "sweep.name=here")
    assert lab.sweep().name == "here"
    assert (here["argv"], here["params"]) == (on_cluster["argv"], on_cluster["params"])
    assert values_in(style, here) == NASTY


def as_yaml(config: dict[str, Any]) -> str:
    """As JSON, which is YAML but for one end of a line; a dollar with a brace would be an interpolation."""
    text = json.dumps(config, ensure_ascii=False).replace("\u2028", "\\u2028")
    return text.replace("${", "\\\\${")


def test_a_value_of_the_command_line_arrives_as_it_was_typed(lab: Lab) -> None:
    """Quoted in the grammar of overrides, a value that a shell would read goes through three of them."""
    lab.write("configs/config.yaml", CONFIG)
    lab.write("show.py", PROGRAM)
    value = "$(id) \"q\" 'p' `x` ; é\\n"
    quoted = value.replace("'", "\\'")
    seen = sweep(lab, *THE_LAB, f"+v='{quoted}'", "+w=' '", "+e=''")
    assert seen["argv"] == [f"--v={value}", "--w= ", "--e="]
