"""Describes the interpreter that runs it, as JSON: its version, its packages, its imports from a project.

It is passed to the interpreter of the trials as text (`python -c`), so it needs Python 3.6 and the standard
library alone, and imports nothing of cvsweep. Nothing of the project is imported either: `find_spec` only
searches. Arguments: the project's folder, folders in it that may be import roots, and module names to locate.
"""
# mypy: ignore-errors

import sys

sys.path[:] = [entry for entry in sys.path if entry]  # '' is the folder that we were started in

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
    """Where a top-level module or package is found: its file or its folders; None if it is not found."""
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, AttributeError, ValueError):
        return None
    if spec is None or spec.origin in ("built-in", "frozen"):
        return None
    places = [spec.origin] if spec.origin and spec.has_location else []  # a finder may invent the others
    return [os.path.realpath(place) for place in places + list(spec.submodule_search_locations or ())] or None


def inside(place, folder):
    return place == folder or place.startswith(folder.rstrip("/") + "/")


def installed():
    """The folders of the standard library and of installed packages."""
    places = list(sysconfig.get_paths().values())
    for ask in ("getsitepackages", "getusersitepackages"):
        found = getattr(site, ask, list)()
        places += [found] if isinstance(found, str) else found
    return [os.path.realpath(sysconfig.get_paths()[name]) for name in ("stdlib", "platstdlib")] + [
        os.path.realpath(place) for place in places if place.endswith("-packages")
    ]


def mapped():
    """What the finders of editable installs map: setuptools' by module name to a file or a folder."""
    for name, module in list(sys.modules.items()):
        mapping = getattr(module, "MAPPING", None)
        if name.startswith("__editable__") and isinstance(mapping, dict):
            for target, place in mapping.items():
                yield target, os.path.realpath(place)


def hooked(project):
    """The folders at the top of the project in which a finder that comes before sys.path finds modules.

    meson-python and scikit-build-core have such finders; what they map they do not tell, so names are tried.
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
    """The folders of sys.path that are neither the standard library nor installed packages."""
    known = installed()
    for entry in sys.path:
        place = os.path.realpath(entry)
        if not os.path.isdir(place) or any(inside(place, one) for one in known):
            continue
        if not {"site-packages", "dist-packages"} & set(place.split("/")):
            yield place


def names_in(folder):
    """Every top-level name that could be imported from a folder, and its file or folder."""
    suffixes = tuple(importlib.machinery.all_suffixes())
    for entry in sorted(os.listdir(folder))[:_MOST_NAMES]:
        suffix = max((one for one in suffixes if entry.endswith(one)), key=len, default="")
        name = entry[: len(entry) - len(suffix)]
        if name.isidentifier() and (suffix or os.path.isdir(os.path.join(folder, entry))):
            yield name, entry


def root(folder, project):
    """How a folder of the project goes on the path: whole, or as links to the names that hide no others."""
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
    """The import roots in the project."""
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
    """Name, version and, for an editable install, the folder of every installed distribution.

    By the names of their folders alone: to parse the metadata of hundreds takes a second.
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
    """Where an editable install points to; None for any other."""
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
        from urllib.parse import unquote  # only now: it imports much

        place = unquote(place)
    return place


def machine():
    """As platform.platform(), which starts a process to say no more."""
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
