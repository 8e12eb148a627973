"""Ends a run of tools/check: names what failed and what did not run, with the
reason, and prints `N passed, N failed`. Reads the file that lit --output wrote.

Exit status 1 if a test failed, or if none passed."""

import json
import re
import sys

PASSED = {"PASS", "XFAIL", "FLAKYPASS"}
NOT_RUN = {"UNSUPPORTED", "SKIPPED", "EXCLUDED"}


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        tests = json.load(file)["tests"]
    passed = [test for test in tests if test["code"] in PASSED]
    not_run = [test for test in tests if test["code"] in NOT_RUN]
    failed = [test for test in tests if test["code"] not in PASSED | NOT_RUN]
    for test in not_run:
        if test["code"] != "EXCLUDED":
            reason = " ".join(test["output"].split()) or "no reason given"
            print(f"not run: {test['name']}: {reason}")
    for test in passed:
        # A test of many cases says so of those that it could not run.
        for reason in re.findall(r"^(?:# \| )?skipped: (.*)$", test["output"], re.MULTILINE):
            print(f"not run: {test['name']}: {reason}")
    for test in failed:
        print(f"failed: {test['name']} ({test['code']})")
    print(f"{len(passed)} passed, {len(failed)} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
