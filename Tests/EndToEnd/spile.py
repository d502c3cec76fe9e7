"""Running the real `spile` against the lab's hosts, and reading its JSON record."""

import json
import os
import pathlib
import subprocess

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent.parent
BINARY = pathlib.Path(os.environ.get("SPILE", REPOSITORY / ".build/debug/spile"))
# Nothing in this suite takes longer unless it says so; what does hangs.
LIMIT_SECONDS = 180


class Result:
    """What one run of `spile` printed and how it ended."""

    def __init__(self, command, done):
        self.command = " ".join(str(word) for word in command)
        self.status = done.returncode
        self.stdout = done.stdout
        self.stderr = done.stderr
        self.text = done.stdout + done.stderr

    def __repr__(self):
        return f"{self.command}\nstatus {self.status}\n{self.stdout[-6000:]}\n{self.stderr[-6000:]}"

    @property
    def events(self):
        """The events of a run with `--output json`: a line for each."""
        return [json.loads(line) for line in self.stdout.splitlines() if line.startswith("{")]

    @property
    def record(self):
        """The record of the run: the last event."""
        record = self.events[-1]
        assert record["event"] == "finished", self
        return record

    def changes(self, host):
        """The tasks that change something on a host: their names, with the item of a loop."""
        return self.tasks(host, "changed", "opaque")

    def undecided(self, host):
        """The tasks of a plan that may change something or not."""
        return self.tasks(host, "maybe")

    def tasks(self, host, *statuses):
        tasks = [event for event in self.events if event["event"] == "task"]
        return sorted(
            task["task"] if task["item"] is None else f"{task['task']} ({task['item']})"
            for task in tasks
            if task["host"] == host and task["status"] in statuses
        )

    def exchanges(self, host):
        return self.record["hosts"][host]["exchanges"]


class Spile:
    """Runs `spile` from the controller's side of a lab, with a home folder of its own."""

    def __init__(self, lab, home, limit=LIMIT_SECONDS):
        self.lab = lab
        self.home = home
        self.limit = limit
        self.home.mkdir(parents=True, exist_ok=True)

    def __call__(self, *words, environment=None, local=False):
        command = [str(BINARY), *[str(word) for word in words]]
        variables = {
            "HOME": str(self.home),
            "PATH": os.environ["PATH"],
            "NO_COLOR": "1",
            **(environment or {}),
        }
        outer = command if local else self.lab.controller_command(*command)
        done = subprocess.run(
            outer, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=variables,
            cwd=REPOSITORY, timeout=self.limit,
        )  # fmt: skip
        return Result(command, done)

    def json(self, *words, **options):
        return self(words[0], "--output", "json", *words[1:], **options)
