"""How an existing program reads its options, found in its source without running it.

`recognise` asks the readers below in turn; `shell.py` does the same for shell scripts. `config.py` writes
the configuration for what was found, and `choice.py` chooses one script of a project.
"""

from sweeper.core.recognition.choice import Candidate, choose
from sweeper.core.recognition.config import Written, command_word, project_config
from sweeper.core.recognition.metrics import Metrics, metrics_of, printed_by_shell
from sweeper.core.recognition.model import Kind, Option, Program
from sweeper.core.recognition.programs import recognise, recognise_plain
from sweeper.core.recognition.reaching import reached
from sweeper.core.recognition.shell import recognise_shell
from sweeper.core.recognition.syntax import Source, parse_source

__all__ = [
    "Candidate",
    "Kind",
    "Metrics",
    "Option",
    "Program",
    "Source",
    "Written",
    "choose",
    "command_word",
    "metrics_of",
    "parse_source",
    "printed_by_shell",
    "project_config",
    "reached",
    "recognise",
    "recognise_plain",
    "recognise_shell",
]
