"""Describes the interpreter that runs it, as JSON: its version, its packages, its imports from a project.

It is passed to the interpreter of the trials as text (`python -c`), so it uses only Python 3.6 and the
standard library, and imports nothing of cvsweep. It does not import modules of the project either:
`find_spec` only searches. Arguments: the folder of the project, folders in it that may be import roots, and
modules to locate.
"""
# mypy: ignore-errors

import sys

sys.path[:] = [entry for entry in sys.path if entry]  # '' is the current folder

import importlib.machinery
import importlib.util
import json
import os
import platform
import site
import sysconfig
from itertools import takewhile

_MOST_NAMES = 2000
_MOST_FOLDERS = 100
_USUAL_FINDERS = {"BuiltinImporter", "FrozenImporter", "DistutilsMetaFinder", "_SixMetaPathImporter"}


def locate(name):
    """Return the file or the folders of a top-level module or package; None if it is not found."""
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, AttributeError, ValueError):
        return None
    if spec is None or spec.origin in ("built-in", "frozen"):
        return None
    places = [spec.origin] if spec.origin and spec.has_location else []  # else it may not be a path
    return [os.path.realpath(place) for place in places + list(spec.submodule_search_locations or ())] or None


def inside(place, folder):
    return place == folder or place.startswith(folder.rstrip("/") + "/")


def installed():
    """Return the folders of the standard library and of installed packages."""
    places = list(sysconfig.get_paths().values())
    for ask in ("getsitepackages", "getusersitepackages"):
        found = getattr(site, ask, list)()
        places += [found] if isinstance(found, str) else found
    return [os.path.realpath(sysconfig.get_paths()[name]) for name in ("stdlib", "platstdlib")] + [
        os.path.realpath(place) for place in places if place.endswith("-packages")
    ]


def mapped():
    """Yield the modules that setuptools' finders of editable installs map, each with its file or folder."""
    for name, module in list(sys.modules.items()):
        mapping = getattr(module, "MAPPING", None)
        if name.startswith("__editable__") and isinstance(mapping, dict):
            for target, place in mapping.items():
                yield target, os.path.realpath(place)


def hooked(project):
    """Yield the project and its subfolders in which a finder that precedes sys.path finds modules.

    meson-python and scikit-build-core have such finders. They do not list what they map, so names are tried.
    """
    early = takewhile(is_not_path_finder, sys.meta_path)
    if {getattr(one, "__name__", type(one).__name__) for one in early} <= _USUAL_FINDERS:
        return
    tops = sorted(os.path.join(project, entry) for entry in os.listdir(project) if not entry.startswith("."))
    for folder in [project, *filter(os.path.isdir, tops)][:_MOST_FOLDERS]:
        for name, _ in names_in(folder):
            if any(inside(place, folder) for place in locate(name) or ()):
                yield folder
                break


def is_not_path_finder(finder):
    return finder is not importlib.machinery.PathFinder


def path_folders():
    """Yield the folders of sys.path that are neither the standard library nor installed packages."""
    known = installed()
    for entry in sys.path:
        place = os.path.realpath(entry)
        if not os.path.isdir(place) or any(inside(place, one) for one in known):
            continue
        if not {"site-packages", "dist-packages"} & set(place.split("/")):
            yield place


def names_in(folder):
    """Yield every top-level name that can be imported from a folder, with its file or folder."""
    suffixes = tuple(importlib.machinery.all_suffixes())
    for entry in sorted(os.listdir(folder))[:_MOST_NAMES]:
        suffix = max((one for one in suffixes if entry.endswith(one)), key=len, default="")
        name = entry[: len(entry) - len(suffix)]
        if name.isidentifier() and (suffix or os.path.isdir(os.path.join(folder, entry))):
            yield name, entry


def root(folder, project):
    """Return how to put a folder of the project on the path: whole, or as links to names that hide none."""
    found, hides = {}, False
    for name, entry in names_in(folder):
        places = None if name in sys.builtin_module_names else locate(name)
        if places is None or any(inside(place, folder) for place in places):
            found.setdefault(name, []).append(entry)
        elif not is_namespace(os.path.join(folder, entry)):
            hides = True
    relative = os.path.relpath(folder, project)
    kept = {entry: os.path.normpath(os.path.join(relative, entry)) for one in found.values() for entry in one}
    return {
        "folder": relative,
        "links": kept if hides else None,
        "names": [name for name in found if locate(name)],
    }


def is_namespace(place):
    return os.path.isdir(place) and not os.path.exists(os.path.join(place, "__init__.py"))


def roots(project, candidates):
    """Return the import roots in the project."""
    mapping, renamed, folders = dict(mapped()), {}, []
    for name, place in mapping.items():
        if not inside(place, project):
            continue
        last = name.rsplit(".", 1)[-1]
        if os.path.exists(place + ".py"):
            place += ".py"
        base = os.path.basename(place)
        if "." not in name and base in (last, last + ".py"):
            folders.append(os.path.dirname(place))
        else:
            renamed[name.replace(".", "/") + (".py" if base.endswith(".py") else "")] = place
    on_path = [place for place in path_folders() if inside(place, project)]
    candidates = [os.path.join(project, one) for one in candidates]
    chosen = []
    for place in on_path + folders + list(hooked(project)) + candidates:
        if place not in chosen and os.path.isdir(place):
            chosen.append(place)
    found = [root(place, project) for place in chosen]
    if renamed:
        links = {name: os.path.relpath(place, project) for name, place in renamed.items()}
        names = sorted({name.split("/")[0].split(".")[0] for name in links})
        found.insert(0, {"folder": ".", "links": links, "names": names})
    return found


def packages():
    """Return name, version and, for an editable install, the folder of every installed distribution.

    Only the names of the metadata folders are read: parsing the metadata of hundreds of packages takes a
    second.
    """
    found = {}
    for place in sys.path:
        for entry in os.listdir(place) if os.path.isdir(place) else ():
            stem, kind = os.path.splitext(entry)
            name, _, version = stem.partition("-")
            if kind in (".dist-info", ".egg-info") and version and name not in found:
                version = version.partition("-py")[0] if kind == ".egg-info" else version
                found[name] = [version, source(os.path.join(place, entry, "direct_url.json"))]
    return [[name] + found[name] for name in sorted(found, key=str.lower)]


def source(path):
    """Return the folder of an editable install; None for other installs."""
    try:
        with open(path, encoding="utf-8") as file:
            data = json.load(file)
        editable, url = data.get("dir_info", {}).get("editable"), data.get("url", "")
    except (OSError, ValueError, AttributeError):
        return None
    if not editable or not url.startswith("file://"):
        return None
    place = url[len("file://") :]
    if "%" in place:
        from urllib.parse import unquote  # imported late, since it imports many modules

        place = unquote(place)
    return place


def machine():
    """Return the same as platform.platform(), but without starting a process."""
    system = os.uname()
    try:
        libc = "-with-" + os.confstr("CS_GNU_LIBC_VERSION").replace(" ", "")
    except (ValueError, OSError, AttributeError):
        libc = ""
    return f"{system.sysname}-{system.release}-{system.machine}{libc}"


def main(project, candidates, names):
    outside = [place for place in path_folders() if not inside(place, project)]
    outside += [os.path.dirname(place) for _, place in mapped() if not inside(place, project)]
    return {
        "executable": sys.executable,
        "implementation": platform.python_implementation(),
        "version": platform.python_version(),
        "platform": machine(),
        "prefix": sys.prefix,
        "packages": packages(),
        "roots": roots(project, candidates),
        "outside": sorted(set(outside)),
        "located": {name: locate(name) for name in names},
    }


if __name__ == "__main__":
    sys.stdout.write("\ncvsweep " + json.dumps(main(*json.loads(sys.argv[1]))) + "\n")
