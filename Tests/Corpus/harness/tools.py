"""Running a playbook by Ansible and by Spile, and what each says that it did, in the same words."""

import json
import os
import pathlib

from .hosts import REPOSITORY

LIMIT_SECONDS = 600
ORDER = ("failed", "unreachable", "ignored", "changed", "ok", "skipped")


class Run:
    """How one run ended: its exit status, and the statuses of tasks by host and task."""

    def __init__(self, done, rows):
        self.status = done.returncode
        self.output = done.stdout[-20000:] + done.stderr[-20000:]
        self.tasks = {}
        for host, task, status in rows:
            self.tasks.setdefault(host, {}).setdefault(task, []).append(status)

    def changed(self):
        return sorted(
            f"{host}: {task}"
            for host, tasks in self.tasks.items()
            for task, statuses in tasks.items()
            if "changed" in statuses
        )


class Ansible:
    """ansible-playbook of the environment that this Python belongs to, or $ANSIBLE_PLAYBOOK."""

    def __init__(self, program):
        self.program = program

    def run(self, stage):
        events = stage.folder / "events.jsonl"
        events.write_text("")
        environment = {
            "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "ANSIBLE_NOCOLOR": "1", "ANSIBLE_PYTHON_INTERPRETER": "/usr/bin/python3", "ANSIBLE_PIPELINING": "1",
            "ANSIBLE_CALLBACK_PLUGINS": str(REPOSITORY / "Tests/Corpus/callback"),
            "ANSIBLE_CALLBACKS_ENABLED": "corpus", "CORPUS_EVENTS": str(events),
            "ANSIBLE_SSH_ARGS": "-o ControlMaster=auto -o ControlPersist=15s",
            "ANSIBLE_SSH_CONTROL_PATH_DIR": str(stage.folder / "home/cp"), "ANSIBLE_RETRY_FILES_ENABLED": "0",
            "ANSIBLE_LOCALHOST_WARNING": "0", "ANSIBLE_INVENTORY_UNPARSED_WARNING": "0",
        }  # fmt: skip
        done = stage.run([self.program, *stage.words], environment, LIMIT_SECONDS)
        rows = [json.loads(line) for line in events.read_text().splitlines()]
        return Run(done, [(row["host"], row["task"] or row["action"], row["status"]) for row in rows])


class Spile:
    """A `spile` executable."""

    def __init__(self, program):
        self.program = pathlib.Path(program).resolve()

    def run(self, stage, mode):
        environment = {"PATH": os.environ["PATH"], "NO_COLOR": "1"}
        command = [str(self.program), mode, "--output", "json", *stage.words]
        done = stage.run(command, environment, LIMIT_SECONDS)
        events = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        return SpileRun(done, events)


class SpileRun(Run):
    """A run of Spile: also what it had predicted wrongly, and what a plan could not know."""

    def __init__(self, done, events):
        tasks = [event for event in events if event["event"] == "task"]
        super().__init__(done, rows(tasks))
        self.troubles = [event for event in events if event["event"] == "diagnostic"]
        self.troubles += [task for task in tasks if task["status"] in ("failed", "blocked")]
        self.mispredicted = [
            f"{task['host']}: {task['task']}: {line}" for task in tasks for line in task.get("mispredicted", [])
        ]
        self.uncertain = any(task["status"] in ("maybe", "opaque", "blocked") for task in tasks)
        self.predicted = [
            (task["host"], task["task"], task.get("item"), task["status"] == "changed") for task in tasks
        ]

    def trouble(self):
        """What was wrong, for people."""
        lines = [f"    {line}" for line in self.output.split("\n") if line and not line.startswith("{")][-10:]
        for event in self.troubles[:8]:
            detail = event.get("detail") or {}
            told = event.get("message") or (detail.get("message") if isinstance(detail, dict) else detail)
            lines.append(f"    {event.get('at')}: {event.get('task') or event.get('id')}: {told}")
        return "\n".join(lines)


def rows(events):
    """One row for each task of each host: the items of a loop count as one, the gravest first."""
    found, last = [], {}
    for event in events:
        status = event["status"]
        if status == "opaque":
            status = "changed"
        key = event["path"] if event.get("item") is not None else None
        former, place = last.get(event["host"], (None, 0))
        if key and key == former:
            host, task, known = found[place]
            found[place] = (host, task, min(known, status, key=grade))
        else:
            place = len(found)
            found.append((event["host"], event["task"], status))
        last[event["host"]] = (key, place)
    return found


def grade(status):
    return ORDER.index(status) if status in ORDER else len(ORDER)
