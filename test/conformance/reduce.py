"""Makes a failing program small enough to be attached to a bug report.

cvise takes away what it can as long as the program, checked by a script that stands
beside it, still is valid C that differs with -fcopier and not without.
"""

import os
import shlex
import shutil
import subprocess

from cases import SLOWER, RUN_LIMIT_S, FileCase
from commands import run
from toolchain import QUIET, environment

CHECK_LIMIT_S = 600
# Without undefined behaviour, which would be another reason to differ.
SANITIZE = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]

SCRIPT = """#!/bin/sh
# Does {name} differ with -fcopier ({configuration}, {policy}), and is it valid?
export ASAN_OPTIONS=detect_leaks=0:detect_stack_use_after_return=1
rm -f stock checked copier
{stock} {file} -lm -o stock >/dev/null 2>&1 || exit 1
timeout {limit} ./stock >stock.out 2>&1
expected=$?
[ $expected -lt 124 ] || exit 1
{checked} {file} -lm -o checked >/dev/null 2>&1 || exit 1
timeout {limit} ./checked >checked.out 2>&1
[ $? = $expected ] || exit 1
{copier} {file} -lm -o copier >/dev/null 2>&1 || exit {compiler_fails}
[ -x copier ] || exit 1
{environment} timeout {slow} ./copier >copier.out 2>&1
[ $? != $expected ] || ! cmp -s stock.out copier.out
"""


def script(case, verdict, toolchain, name):
    configuration = case.configuration
    stock = toolchain.stock(configuration.flags) + QUIET + case.flags
    copier = toolchain.copier(configuration.flags, configuration.scope) + QUIET + case.flags
    backend = environment(verdict.policy)["COPIER_BACKEND"] if verdict.policy else "inline"
    return SCRIPT.format(
        name=case.name, configuration=configuration, policy=verdict.policy or "compiling",
        stock=shlex.join(stock), checked=shlex.join(stock + SANITIZE), copier=shlex.join(copier),
        file=name, limit=RUN_LIMIT_S, slow=RUN_LIMIT_S * SLOWER,
        compiler_fails=1 if verdict.policy else 0, environment=f"env COPIER_BACKEND={backend}")


def reduce_case(case, verdict, toolchain, options):
    """Returns the path of the reduced program; None, with a word, if there is none."""
    if not isinstance(case, FileCase) or len(case.sources) != 1:
        return None  # Whose tests fail is a program of many files.
    if not shutil.which("cvise"):
        print("not reduced: no cvise (apt-get install cvise)")
        return None
    folder = os.path.join(options.work, "reduced", case.key.replace("/", "_").replace(" ", "_"))
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    name = os.path.basename(case.sources[0])
    preprocess(case, toolchain, os.path.join(folder, name))
    test = os.path.join(folder, "differs.sh")
    with open(test, "w", encoding="utf-8") as file:
        file.write(script(case, verdict, toolchain, name))
    os.chmod(test, 0o755)
    if run(["sh", test], folder, CHECK_LIMIT_S).status != 0:
        print(f"not reduced: {case.key} is not valid under clang's sanitizers, or differs no more")
        return None
    # What cvise has found so far stays when its time is over.
    run(["cvise", "--n", str(options.jobs), "--timeout", str(RUN_LIMIT_S * 3), test, name], folder,
        options.reduce_seconds, stem="cvise")
    print(f"reduced: {os.path.join(folder, name)}")
    return os.path.join(folder, name)


def preprocess(case, toolchain, path):
    """With its headers inside the program can be reduced as a whole."""
    done = subprocess.run([toolchain.tool("clang"), "-E", "-P"] + QUIET + case.flags +
                          [case.sources[0], "-o", path], capture_output=True, check=False)
    if done.returncode:
        shutil.copy(case.sources[0], path)
