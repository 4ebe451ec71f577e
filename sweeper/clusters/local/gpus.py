"""Which GPUs are visible here, and which physical device each of them is."""

from __future__ import annotations

import itertools
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sweeper.core.digits import whole_number
from sweeper.core.errors import BackendError
from sweeper.core.patterns import lazy

VISIBLE = "CUDA_VISIBLE_DEVICES"
_ENTRY = lazy(r"\d+|(GPU|MIG)-\S+")
_LISTED = lazy(r"^GPU (\d+):(?:.*\(UUID: (GPU-[^)]+)\))?|^\s+MIG .*\(UUID: (MIG-[^)]+)\)", re.MULTILINE)
_TIMEOUT = 60.0
_SHORT_TIMEOUT = 10.0


@dataclass(frozen=True, slots=True)
class GpuListing:
    """The GPUs that nvidia-smi lists, index to UUID, and the UUIDs of their MIG instances.

    `first` maps a GPU in MIG mode to the instance that CUDA uses of it.
    """

    gpus: Mapping[str, str] = field(default_factory=dict)
    migs: Sequence[str] = ()
    first: Mapping[str, str] = field(default_factory=dict)

    def identity(self, entry: str) -> str:
        """Return the physical device of a CUDA_VISIBLE_DEVICES entry: its UUID, or its index if unknown.

        CUDA accepts an unambiguous prefix of a UUID. Of a GPU in MIG mode it uses the first instance.
        """
        if (index := whole_number(entry)) is not None:
            number = str(index)
            found = self.gpus.get(number, f"index-{number}")
        else:
            meant = [uuid for uuid in (*self.gpus.values(), *self.migs) if uuid.startswith(entry)]
            found = meant[0] if len(meant) == 1 else entry
        return self.first.get(found, found)


def parse_listing(text: str) -> GpuListing:
    """Parse the output of `nvidia-smi -L`."""
    gpus: dict[str, str] = {}
    first: dict[str, str] = {}
    migs: list[str] = []
    gpu = ""
    for index, uuid, mig in _LISTED.findall(text):
        if index:
            gpus[index] = gpu = uuid or f"index-{index}"
        else:
            migs.append(mig)
            first.setdefault(gpu, mig)
    return GpuListing(gpus, migs, first)


def entries(visible: str) -> list[str]:
    """Return the GPUs in a CUDA_VISIBLE_DEVICES value; CUDA ignores all from an invalid entry on."""
    return list(itertools.takewhile(_ENTRY.fullmatch, (entry.strip() for entry in visible.split(","))))


def visible_gpus(environ: Mapping[str, str]) -> tuple[list[str], GpuListing]:
    """Return the GPUs that CUDA sees, each once, as CUDA_VISIBLE_DEVICES spells them; and the listing.

    They are those of CUDA_VISIBLE_DEVICES if it is set, else all that nvidia-smi lists.

    Raises:
        BackendError: nvidia-smi does not answer, and nothing else says which GPUs there are.
    """
    chosen = environ.get(VISIBLE)
    if chosen is None:
        listing = _listing(environ)
        return list(listing.gpus), listing
    named = entries(chosen)
    try:
        listing = _listing(environ, _SHORT_TIMEOUT) if named else GpuListing()
    except BackendError:
        listing = GpuListing()  # it only tells two spellings of one GPU apart
    devices: dict[str, str] = {}
    for gpu in named:
        devices.setdefault(listing.identity(gpu), gpu)
    return list(devices.values()), listing


def _listing(environ: Mapping[str, str], timeout: float | None = None) -> GpuListing:
    timeout = _TIMEOUT if timeout is None else timeout
    tool = shutil.which("nvidia-smi", path=environ.get("PATH"))
    if tool is None:
        return GpuListing()
    try:
        listed = subprocess.run([tool, "-L"], capture_output=True, timeout=timeout, check=False)
    except subprocess.TimeoutExpired:
        raise BackendError(
            f"{tool} has not answered for {timeout:.0f} s: see to the GPU driver, or name the GPUs to use"
            f" in {VISIBLE}"
        ) from None
    return parse_listing(listed.stdout.decode(errors="replace")) if listed.returncode == 0 else GpuListing()
