"""The result of a run: a table to read, and JSON."""

import json
import platform
import subprocess

from cases import DIFFERS, LEFT, SAME


def rows(results):
    """Yields (suite, configuration, verdicts), in the order of the cases."""
    groups = {}
    for case, verdict in results:
        groups.setdefault((case.suite, str(case.configuration)), []).append(verdict)
    for (suite, configuration), verdicts in groups.items():
        yield suite, configuration, verdicts


def count(verdicts, kind):
    return sum(verdict.kind == kind for verdict in verdicts)


def skipped(results):
    """(program, test, why) of what programs' own tests are not run, each once."""
    return sorted({(case.name, test, why) for case, _ in results for test, why in case.skipped})


def print_table(results):
    print(f"{'suite':10} {'level and scope':22} {'cases':>6} {'same':>6} {'async':>6} "
          f"{'left':>6} {'differ':>6}")
    for suite, configuration, verdicts in rows(results):
        asynchronous = sum(verdict.asynchronous for verdict in verdicts)
        print(f"{suite:10} {configuration:22} {len(verdicts):6} {count(verdicts, SAME):6} "
              f"{asynchronous:6} {count(verdicts, LEFT):6} {count(verdicts, DIFFERS):6}")
    reasons = {}
    for _, verdict in results:
        if verdict.kind == LEFT:
            reasons[verdict.detail] = reasons.get(verdict.detail, 0) + 1
    for reason, number in sorted(reasons.items(), key=lambda item: -item[1]):
        print(f"left, {number} times: {reason}")
    for name, test, why in skipped(results):
        print(f"not run: {name}'s test \"{test}\": {why}")
    for case, verdict in results:
        if verdict.kind == DIFFERS:
            print(f"differs: {case.key}: {verdict.detail}")


def write_json(path, results, reduced, toolchain, options):
    clang = subprocess.run([toolchain.tool("clang"), "--version"], capture_output=True, text=True,
                           check=True).stdout.splitlines()[0]
    document = {
        "toolchain": {"digest": toolchain.digest(), "clang": clang, "system": platform.platform()},
        "policies": options.policies,
        "seed": options.seed,
        "summary": [{"suite": suite, "configuration": configuration, "cases": len(verdicts),
                     "asynchronous": sum(verdict.asynchronous for verdict in verdicts)}
                    | {kind: count(verdicts, kind) for kind in (SAME, LEFT, DIFFERS)}
                    for suite, configuration, verdicts in rows(results)],
        "not run": [{"program": name, "test": test, "why": why}
                    for name, test, why in skipped(results)],
        "cases": [{"case": case.key, "result": verdict.kind, "detail": verdict.detail,
                   "asynchronous": verdict.asynchronous}
                  | ({"reduced": reduced[case.key]} if reduced.get(case.key) else {})
                  for case, verdict in results],
    }
    with open(path, "w", encoding="utf-8") as file:
        json.dump(document, file, indent=1)
        file.write("\n")
