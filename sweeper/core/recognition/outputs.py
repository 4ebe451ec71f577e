"""Options that name the folder or file a program writes to: each trial passes its own folder to them."""

from __future__ import annotations

from sweeper.core.patterns import lazy
from sweeper.core.recognition.model import Option, OptionKind, Program

_FOLDERS = frozenset((
    "output_dir", "out_dir", "outdir", "outputdir", "output_folder", "save_dir", "savedir", "save_folder",
    "log_dir", "logdir", "logging_dir", "result_dir", "results_dir", "run_dir", "rundir", "exp_dir",
    "experiment_dir", "default_root_dir",
))  # fmt: skip
_CHECKPOINTS = frozenset(("checkpoint_dir", "checkpoints_dir", "ckpt_dir", "ckpts_dir"))
_EITHER = frozenset((
    "out", "output", "out_file", "output_file", "outfile", "out_path", "output_path", "save_path",
    "results_file", "metrics_file", "metrics_path", "log_file", "logfile", "save", "save_to",
))  # fmt: skip
_FILE = lazy(r"[\w.-]*\.\w{1,8}")


def output_word(program: Program, option: Option) -> str:
    """Return the command's word that points an option to the trial's folder; empty for other options."""
    if program.style != "argparse" or option.kind is not OptionKind.VALUE or option.reason:
        return ""
    name = option.name.rpartition(".")[2].replace("-", "_").lower()
    text = option.default if isinstance(option.default, str) else ""
    if name in _FOLDERS:
        return f"--{option.name}={{out}}"
    if name in _CHECKPOINTS and (text or option.required):
        return f"--{option.name}={{checkpoints}}"
    if name in _EITHER and text:
        file = text.rpartition("/")[2]
        return f"--{option.name}={{out}}" + (f"/{file}" if _FILE.fullmatch(file) and file.strip(".") else "")
    return ""
