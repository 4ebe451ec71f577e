"""The interface to Hydra: turns a command line and a project's configuration into trials."""

from sweeper.arguments import Arguments, parse_arguments
from sweeper.compose.composition import Composed, compose
from sweeper.compose.handover import hand_to_hydra
from sweeper.compose.results import read_results
from sweeper.compose.trials import of_format_1

__all__ = [
    "Arguments",
    "Composed",
    "compose",
    "hand_to_hydra",
    "of_format_1",
    "parse_arguments",
    "read_results",
]
