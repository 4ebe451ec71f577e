"""Door to Hydra: a command line and a project's configuration become frozen trials."""

from sweeper.compose.arguments import Arguments, parse_arguments
from sweeper.compose.composition import Composed, compose
from sweeper.compose.handover import hand_to_hydra
from sweeper.compose.results import read_results

__all__ = ["Arguments", "Composed", "compose", "hand_to_hydra", "parse_arguments", "read_results"]
