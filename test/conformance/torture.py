"""GCC's c-torture programs, from the tar in Debian's package gcc-12-source."""

import glob
import os
import re
import subprocess

from cases import FileCase
from commands import Failure

TAR_PATTERN = "/usr/src/gcc-12/gcc-12*.tar.xz"
MEMBERS = "*/gcc/testsuite/gcc.c-torture/execute/*"
# Options without a condition on the target.
OPTIONS = re.compile(r"\{\s*dg-(?:additional-)?options\s+\"([^\"]*)\"\s*\}")


def unpack(work):
    """Returns the folder with the programs, unpacking them the first time."""
    folder = os.path.join(work, "torture-sources")
    if not os.path.exists(os.path.join(folder, "complete")):
        tars = glob.glob(TAR_PATTERN)
        if not tars:
            raise Failure(f"no {TAR_PATTERN}: apt-get install gcc-12-source")
        os.makedirs(folder, exist_ok=True)
        done = subprocess.run(["tar", "-xJf", tars[0], "-C", folder, "--strip-components=4",
                               "--wildcards", MEMBERS], capture_output=True, text=True, check=False)
        if done.returncode:
            raise Failure(f"cannot unpack {tars[0]}: {done.stderr.strip().splitlines()[-1]}")
        with open(os.path.join(folder, "complete"), "w", encoding="utf-8"):
            pass
    return os.path.join(folder, "execute")


def options_in(path):
    with open(path, encoding="latin-1") as file:
        return " ".join(OPTIONS.findall(file.read())).split()


def programs(folder):
    """Yields (name, sources, flags) of each."""
    for path in sorted(glob.glob(f"{folder}/*.c") + glob.glob(f"{folder}/ieee/*.c")):
        name = os.path.relpath(path, folder)
        flags = ["-fno-trapping-math"] if name.startswith("ieee/") else []
        yield name, [path], flags + options_in(path)
    # Those of the builtins bring the functions themselves along.
    for path in sorted(glob.glob(f"{folder}/builtins/*.c")):
        library = path.replace(".c", "-lib.c")
        if os.path.exists(library):
            yield (os.path.relpath(path, folder),
                   [path, library, f"{folder}/builtins/lib/main.c"], options_in(path))


def cases(options, configurations):
    chosen = list(programs(unpack(options.work)))[options.seed % options.sample::options.sample]
    return [FileCase("torture", name, sources, configuration, flags)
            for configuration in configurations for name, sources, flags in chosen]
