"""A callback of Ansible that writes what every task did, a JSON line each, to the file $CORPUS_EVENTS."""

import json
import os

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: corpus
type: aggregate
short_description: what tasks did, as JSON lines
description: One line for each task of each host, and the numbers of the recap.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "corpus"

    def __init__(self):
        super().__init__()
        self.file = open(os.environ["CORPUS_EVENTS"], "a")

    def say(self, result, status):
        task = result._task
        row = {"host": result._host.get_name(), "task": task.name, "action": task.action, "status": status}
        if status in ("failed", "unreachable"):
            row["message"] = str(result._result.get("msg", ""))[:500]
        self.file.write(json.dumps(row) + "\n")
        self.file.flush()

    def v2_runner_on_ok(self, result):
        self.say(result, "changed" if result._result.get("changed") else "ok")

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self.say(result, "ignored" if ignore_errors else "failed")

    def v2_runner_on_skipped(self, result):
        self.say(result, "skipped")

    def v2_runner_on_unreachable(self, result):
        self.say(result, "unreachable")
