"""Builds what goes into a guest: the static program of test/kernel/guest and, for
each kernel, copier.ko. Each once below build/kernels, and again when a source
changes; two tests may ask at once."""

import contextlib
import fcntl
import glob
import os
import subprocess

COMPILER = "gcc-12"  # With which Debian has built the kernels.
FLAGS = ["-static", "-O2", "-std=gnu17", "-Wall", "-Wextra", "-Werror", "-D_GNU_SOURCE"]


class BuildError(Exception):
    """A compiler's message."""


@contextlib.contextmanager
def locked(path):
    """Holds a lock file of the host while something is built."""
    with open(path, "w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def run(arguments, what):
    """Runs a command, whose output matters only if it fails."""
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildError(f"{what}: {done.stdout}{done.stderr}")


def newer(target, sources):
    """Whether `target` is there and newer than all sources."""
    if not os.path.exists(target):
        return False
    built = os.path.getmtime(target)
    return all(os.path.getmtime(source) <= built for source in sources)


def program(root):
    """The path of the guest's program."""
    kernels = os.path.join(root, "build", "kernels")
    target = os.path.join(kernels, "guest-init")
    here = os.path.join(root, "test", "kernel", "guest")
    sources = sorted(glob.glob(f"{here}/*.c"))
    uapi = os.path.join(root, "kernel-backend", "uapi")
    headers = glob.glob(f"{here}/*.h") + glob.glob(f"{uapi}/*.h")
    os.makedirs(kernels, exist_ok=True)
    with locked(f"{target}.lock"):
        if not newer(target, sources + headers):
            run([COMPILER, *FLAGS, "-I", uapi, *sources, "-pthread", "-o", f"{target}.new"],
                "test/kernel/guest does not compile")
            os.replace(f"{target}.new", target)
    return target


def module(root, kernel):
    """The path of copier.ko for the kernel in a folder of build/kernels."""
    backend = os.path.join(root, "kernel-backend")
    kernels = os.path.join(root, "build", "kernels")
    sources = [os.path.join(folder, name)
               for top in (backend, os.path.join(root, "runtime", "core"))
               for folder, _, names in os.walk(top) for name in names]
    place = os.path.join(kernels, f"module-{kernel}")
    target = os.path.join(place, "copier.ko")
    with locked(f"{place}.lock"):
        if not newer(target, sources):
            run([f"{backend}/build-module", os.path.join(kernels, kernel, "headers"), place,
                 f"-j{os.cpu_count()}", "W=1"], f"copier.ko for {kernel} does not build")
    return target
