"""Where Spile's runs differ from what Ansible was recorded to do, as lines; and which of them are meant."""

import copy
import difflib
import fnmatch
import json
import re

from .case import CORPUS

# `lines`: an array of {case, difference, reason}: patterns for a case's name and for a line of a difference;
# `keys`: keys of results that Ansible's modules give and Spile's do not, each with the reason.
MEANT = json.loads((CORPUS / "meant.json").read_text())

# What a lab mounts below `/proc` anew at each boot of a host has a name of its own.
UNIQUE = re.compile(r"\[/\.#[^\]]*\]")


def differences(case, record, replay):
    """Lines `what: detail`; none if Spile did what Ansible does, as its plan said."""
    lines = []
    if replay.written_by_plan:
        lines.append(f"plan changes hosts: {short(replay.written_by_plan)}")
    if record["status"] != replay.apply.status:
        lines.append(f"status: {record['status']} by Ansible, {replay.apply.status} by Spile\n{replay.apply.trouble()}")
    if replay.again is not None and record.get("status_again") not in (None, replay.again.status):
        status = f"{record['status_again']} by Ansible, {replay.again.status} by Spile"
        lines.append(f"status of the second run: {status}\n{replay.again.trouble()}")
    if replay.apply.status == 1:
        return lines
    lines += state_lines("state", record["changes"], replay.changes)
    if case.option("statuses", True):
        lines += task_lines(record["tasks"], replay.apply.tasks)
    lines += [f"mispredicted: {line}" for line in replay.apply.mispredicted]
    if replay.plan.status == 0 and not replay.plan.uncertain and not replay.apply.status:
        lines += prediction_lines(replay.plan, replay.apply)
    if replay.again is not None:
        more = sorted(set(replay.again.changed()) - set(record["changed_again"]))
        lines += [f"second run changes: {line}" for line in more]
        lines += state_lines("state again", record.get("changes_again", record["changes"]), replay.changes_again)
    return lines


def state_lines(what, wanted, found):
    lines = []
    for host in sorted(set(wanted) | set(found)):
        one, other = comparable(wanted.get(host, {}), found.get(host, {}))
        for heading in sorted(set(one) | set(other)):
            if one.get(heading) != other.get(heading):
                lines += heading_lines(f"{what}: {host}: {heading}", one.get(heading), other.get(heading))
    return lines


def comparable(wanted, found):
    """Both with results made alike: no playbook is hurt by a key that only Spile gives."""
    wanted, found = copy.deepcopy(wanted), copy.deepcopy(found)
    for state in (wanted, found):
        if "mounts" in state:
            state["mounts"] = sorted(UNIQUE.sub("[one of its own]", line) for line in state["mounts"])
    files, others = wanted.get("files"), found.get("files")
    if isinstance(files, dict) and isinstance(others, dict):
        for path, entry in files.items():
            other = others.get(path)
            if isinstance(other, dict) and "value" in other and "value" in entry:
                other["value"] = common(entry["value"], other["value"])
                entry["value"] = common(other["value"], entry["value"], MEANT["keys"])
    return wanted, found


def common(wanted, found, only=None):
    """What was found without the keys that are not wanted: all of them, or only some."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        return {
            key: common(wanted[key], value, only) if key in wanted else value
            for key, value in found.items()
            if key in wanted or (only is not None and key not in only)
        }
    if isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        return [common(one, other, only) for one, other in zip(wanted, found)]
    return found


def heading_lines(place, one, other):
    """The differences of one part of a host's state."""
    if isinstance(one or {}, dict) and isinstance(other or {}, dict):
        one, other = one or {}, other or {}
        return [
            f"{place}: {path}\n{unified(one.get(path), other.get(path))}"
            for path in sorted(set(one) | set(other))
            if one.get(path) != other.get(path)
        ]
    return [f"{place}\n{unified(one, other)}"]


def unified(one, other):
    lines = difflib.unified_diff(pretty(one), pretty(other), "Ansible", "Spile", lineterm="", n=1)
    return "\n".join(f"    {line}" for line in list(lines)[2:40])


def pretty(value):
    if value is None:
        return ["absent"]
    if isinstance(value, str):
        return value.split("\n")
    if isinstance(value, dict) and "text" in value:
        value = {**value, "text": value["text"].split("\n")}
    return json.dumps(value, indent=1, sort_keys=True).split("\n")


def task_lines(wanted, found):
    """Tasks whose statuses differ. Gathering facts is no task of Spile, and a skipped loop or an
    inclusion may be told differently: only what both tell is compared, and what changes or fails."""
    lines = []
    for host in sorted(set(wanted) | set(found)):
        one, other = wanted.get(host, {}), found.get(host, {})
        for task in sorted(set(one) | set(other)):
            before, after = telling(one.get(task, [])), telling(other.get(task, []))
            if before != after:
                lines.append(f"task: {host}: {task}: {' '.join(before) or '-'} by Ansible, {' '.join(after) or '-'} by Spile")
    return lines


def telling(statuses):
    return sorted(
        "ignored" if status == "unreachable" else status
        for status in statuses
        if status in ("changed", "failed", "ignored", "unreachable")
    )


def prediction_lines(plan, apply):
    one = {row for row in plan.predicted if row[3]}
    other = {row for row in apply.predicted if row[3]}
    return [f"plan did not predict: {row[0]}: {row[1]} {row[2] or ''}" for row in sorted(other - one, key=str)] + [
        f"plan predicted in vain: {row[0]}: {row[1]} {row[2] or ''}" for row in sorted(one - other, key=str)
    ]


def short(value):
    text = json.dumps(value, sort_keys=True)
    return text if len(text) < 600 else text[:600] + " ..."


def known(case, lines):
    """The lines that nobody means, and those that are meant, each with its reason."""
    unknown, explained = [], []
    for line in lines:
        reason = next((rule["reason"] for rule in MEANT["lines"] if matches(rule, case, line)), None)
        if reason:
            explained.append((line.split("\n")[0], reason))
        else:
            unknown.append(line)
    return unknown, explained


def matches(rule, case, line):
    """A pattern of several lines looks at the difference itself too, others only at what differs."""
    text = line if "\n" in rule["difference"] else line.split("\n")[0]
    return fnmatch.fnmatchcase(case.name, rule["case"]) and fnmatch.fnmatchcase(text, rule["difference"])


def show(unknown, explained):
    lines = [f"  {line}" for line in unknown]
    return lines + [f"  {line}: {reason}" for line, reason in explained]
