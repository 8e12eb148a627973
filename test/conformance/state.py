"""What has been found out already, so that a run goes on where it was ended.

One line of JSON a case, appended when the case is done; the file belongs to one
toolchain, which is in its name.
"""

import dataclasses
import json
import os

from cases import Verdict


class State:
    """The verdicts of one toolchain by key of the case and policies."""

    def __init__(self, folder, digest, fresh):
        self.path = os.path.join(folder, f"state-{digest}.jsonl")
        if fresh and os.path.exists(self.path):
            os.remove(self.path)
        self.verdicts = {}
        for record in self.records():
            self.verdicts[record["key"]] = (record["policies"], Verdict(**record["verdict"]))

    def records(self):
        if not os.path.exists(self.path):
            return
        with open(self.path, encoding="utf-8") as file:
            for line in file:
                try:
                    yield json.loads(line)
                except json.JSONDecodeError:
                    pass  # The line that was being written when a run was ended.

    def verdict(self, case, policies):
        """What is known of the case; None if not all of the policies were tried."""
        known, verdict = self.verdicts.get(case.key, ([], None))
        return verdict if set(policies) <= set(known) else None

    def add(self, case, policies, verdict):
        self.verdicts[case.key] = (policies, verdict)
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(json.dumps({"key": case.key, "policies": policies,
                                   "verdict": dataclasses.asdict(verdict)}) + "\n")
