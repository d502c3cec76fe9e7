"""What a host is like: two states are equal where the same playbook had the same effect.

A lab host is an overlay on a base tree, so everything that was written since it was made lies in the
overlay's upper folder. The rest (units, packages, mounts, parameters of the kernel) is asked for.
"""

import fnmatch
import hashlib
import json
import os
import pathlib
import re
import stat

# Written by logins, by systemd itself, by package managers' bookkeeping, or by a tool for itself.
VOLATILE_PATHS = """
var/log* var/tmp/* var/cache/* run/* tmp/* var/lib/systemd/* var/lib/private/* var/lib/chrony/* var/lib/sudo/*
var/lib/dpkg* var/lib/apt* var/lib/logrotate* etc/machine-id etc/ld.so.cache root/.ansible* home/*/.ansible* root/.cache*
*__pycache__* etc/passwd- etc/shadow- etc/group- etc/gshadow- etc/subuid- etc/subgid- etc/.pwd.lock etc/ssh/lab_authorized_keys
etc/ssh/ssh_host_* etc/.updated var/.updated dev/* proc/* sys/* var/spool/cron etc/adjtime *.dpkg-* var/lib/ucf*
srv/packages*
""".split()
# Playbooks keep what they registered here.
RESULTS = "srv/corpus/"
TEXT_BYTES = 6000

# Keys of registered results that differ between two runs of one tool, or that name the tool.
VOLATILE_KEYS = {
    "start", "end", "delta", "invocation", "warnings", "deprecations", "atime", "mtime", "ctime", "inode", "dev",
    "elapsed", "discovered_interpreter_python", "ansible_job_id", "results_file", "diff", "_ansible_no_log",
    "_ansible_ignore_errors", "_ansible_delegated_vars", "_ansible_item_label", "_ansible_parsed",
    "_ansible_item_result", "block_size", "blocks", "nlink", "version", "exception", "_ansible_verbose_always",
}  # fmt: skip

PROBE = r"""
export LC_ALL=C
echo '[packages]'; dpkg-query -W -f '${binary:Package} ${db:Status-Want} ${db:Status-Status}\n'
echo '[unit files]'; systemctl list-unit-files --no-legend --no-pager | while read -r unit state rest; do echo "$unit $state"; done
echo '[units]'
systemctl list-units --all --plain --no-legend --no-pager --type=service,timer,swap,mount,socket | while read -r unit load active sub rest
do echo "$unit $load $active $sub"; done
echo '[mounts]'; findmnt --kernel --raw --noheadings --output TARGET,SOURCE,FSTYPE,OPTIONS | sort
echo '[swaps]'; sed 1d /proc/swaps
echo '[kernel]'; find /proc/sys/net/ipv4/conf /proc/sys/net/ipv4 /proc/sys/net/core /proc/sys/net/ipv6/conf -maxdepth 2 -type f -perm -u+w \
  ! -name '*flush*' ! -path '*/neigh/*' -exec grep -sH '' {} +
echo '[host name]'; hostname
"""
# Units that come and go by themselves, and what logins and probes bring.
PASSING = re.compile(
    r"^(user@|user-runtime-dir@|session-|systemd-(tmpfiles|hostnamed|timedated|localed|userdb|logind|journal|update-utmp|udev)"
    r"|init\.scope|run-|dev-|proc-|sys-|-\.mount|tmp|var-tmp|modprobe@|ldconfig|/run|/tmp|apt-|dpkg-|man-db|polkit|dbus|emergency|e2scrub"
    r"|/dev/(hugepages|mqueue)|python3|phpsessionclean|getty|console|initrd|systemd-)"
)


class Snapshot:
    """A host's state: `files` by path, and lists of lines by heading."""

    def __init__(self, host, unwatched=()):
        self.host = host
        self.unwatched = [*VOLATILE_PATHS, *unwatched]
        self.disk = str(host.disk())
        self.files = self.read_files()
        self.lines = self.probe()

    def read_files(self):
        upper = self.host.folder / "upper"
        users = names(self.host.root / "etc/passwd")
        groups = names(self.host.root / "etc/group")
        found = {}
        for folder, folders, files in os.walk(upper):
            inside = pathlib.Path(folder).relative_to(upper)
            folders[:] = sorted(name for name in folders if not self.is_volatile(str(inside / name)))
            for name in [*folders, *files]:
                path = str(inside / name)
                if not self.is_volatile(path) and not self.is_as_in_base(path):
                    found[path] = self.entry(upper / path, users, groups)
        return found

    def is_as_in_base(self, path):
        """A folder that is here only because something in it changed."""
        now, base = (self.host.folder / "upper" / path).lstat(), self.host.lab.base / path
        if not stat.S_ISDIR(now.st_mode) or not base.is_dir():
            return False
        old = base.lstat()
        return (now.st_mode, now.st_uid, now.st_gid) == (old.st_mode, old.st_uid, old.st_gid)

    def is_volatile(self, path):
        return any(fnmatch.fnmatchcase(path, pattern) for pattern in self.unwatched)

    def probe(self):
        lines, heading = {}, None
        for line in self.host.exec(PROBE).splitlines():
            if line.startswith("[") and line.endswith("]"):
                heading = lines.setdefault(line[1:-1], set())
            elif not PASSING.match(line):
                heading.add(self.neutral(line))
        return lines

    def entry(self, path, users, groups):
        """One file of the upper folder: what it is, whose, and what is in it."""
        status = path.lstat()
        mode = status.st_mode
        if stat.S_ISCHR(mode) and status.st_rdev == 0:
            return {"type": "removed"}
        found = {
            "owner": users.get(status.st_uid, str(status.st_uid)),
            "group": groups.get(status.st_gid, str(status.st_gid)),
        }
        if stat.S_ISLNK(mode):
            return {"type": "link", "target": self.neutral(os.readlink(path)), **found}
        found["mode"] = f"{stat.S_IMODE(mode):04o}"
        if stat.S_ISDIR(mode):
            return {"type": "directory", **found}
        if not stat.S_ISREG(mode):
            return {"type": "special", "device": status.st_rdev, **found}
        return {"type": "file", **found, **self.content(path)}

    def content(self, path):
        data = path.read_bytes()
        inside = str(path.relative_to(self.host.folder / "upper"))
        try:
            text = self.neutral(data.decode())
        except UnicodeDecodeError:
            return {"sha256": hashlib.sha256(data).hexdigest()}
        if inside == "etc/shadow":
            return {"text": shadow(text)}
        if len(data) <= TEXT_BYTES or inside.startswith(RESULTS):
            return {"text": text}
        return {"sha256": hashlib.sha256(text.encode()).hexdigest()}

    def neutral(self, text):
        """A text without what differs from lab to lab: the number of the host's disk."""
        return text.replace(self.disk, "/dev/DISK")

    def since(self, before):
        """What is different from an earlier snapshot, as a JSON value."""
        files = {path: entry for path, entry in self.files.items() if before.files.get(path) != entry}
        files |= {path: "as it was before" for path in before.files if path not in self.files}
        changes = {"files": files} if files else {}
        for heading, lines in self.lines.items():
            old = before.lines.get(heading, set())
            lines = [f"- {line}" for line in sorted(old - lines)] + [f"+ {line}" for line in sorted(lines - old)]
            if lines:
                changes[heading] = lines
        return changes


def names(path):
    """Names by number, from a file in the format of passwd(5) or group(5)."""
    rows = (line.split(":") for line in path.read_text().splitlines() if line.count(":") > 1)
    return {int(row[2]): row[0] for row in rows}


def shadow(text):
    """shadow(5) without salts and days: locked, empty, or the kind of hash."""
    lines = []
    for line in text.splitlines():
        name, password, _, *rest = line.split(":")
        kind = re.sub(r"^(!*)(\$[^$]+\$).*$", r"\1\2", password)
        lines.append(":".join([name, kind, "day", *rest]))
    return "\n".join(lines) + "\n"


def without_volatile(changes, volatile):
    """The same changes; results (JSON files below /srv/corpus) as values without volatile keys."""
    files = {}
    for path, entry in changes.get("files", {}).items():
        if isinstance(entry, dict) and path.startswith(RESULTS) and path.endswith(".json") and "text" in entry:
            entry = dict(entry)
            try:
                entry["value"] = strip(json.loads(entry.pop("text")), VOLATILE_KEYS | set(volatile))
            except json.JSONDecodeError:
                entry["text"] = changes["files"][path]["text"]
        files[path] = entry
    return {**changes, "files": files} if files else changes


def strip(value, keys):
    if isinstance(value, dict):
        return {key: strip(inner, keys) for key, inner in value.items() if key not in keys}
    if isinstance(value, list):
        return [strip(inner, keys) for inner in value]
    return value
