"""One playbook of the corpus, what it is made of, and what Ansible was recorded to do with it."""

import functools
import hashlib
import json
import pathlib

CORPUS = pathlib.Path(__file__).resolve().parent.parent
PLAYBOOKS = CORPUS / "playbooks"
RECORDED = CORPUS / "recorded"
INVENTORY = CORPUS / "inventory"
# Playbooks that Spile does not carry out as Ansible does, yet: what is missing, by name.
AWAITED = json.loads((CORPUS / "awaited.json").read_text())
HEADER = "# corpus: "
# What counts beside a playbook's own files: a record is made anew when one of them changes.
SHARED = (INVENTORY, CORPUS / "harness/state.py", CORPUS / "harness/web.py", CORPUS / "callback")


class Case:
    """A playbook, `subject/name`. Its first line may be a comment with options, as JSON:

    `hosts` (how many are booted: alpha, beta, gamma), `arguments` (more words for both commands),
    `environment` (variables for both commands), `prepare` (a script run on every host before),
    `volatile` (keys of results that are left out, beside those of state.py), `unwatched` (paths that
    are left out), `inventory` (one of its own instead of the shared one, in the subject's folder),
    `once` (no second run), `fails` (Ansible ends with a failure, as it should), `statuses` (false: tasks' statuses are not compared).
    """

    KEYS = {
        "hosts", "arguments", "environment", "prepare", "volatile", "unwatched", "inventory", "once", "fails", "statuses",
    }  # fmt: skip

    def __init__(self, path):
        self.path = path
        self.subject = path.parent.name
        self.name = f"{self.subject}/{path.stem}"
        self.options = self.read_options()

    def read_options(self):
        first = self.path.read_text().split("\n", 1)[0]
        options = json.loads(first.removeprefix(HEADER)) if first.startswith(HEADER) else {}
        if unknown := set(options) - self.KEYS:
            raise ValueError(f"{self.path}: unknown options {', '.join(sorted(unknown))}")
        return options

    def option(self, name, default):
        return self.options.get(name, default)

    @property
    def inventory(self):
        own = self.option("inventory", None)
        return self.path.parent / own if own else INVENTORY

    @functools.cached_property
    def files(self):
        """The playbook and every file of its subject that it names, or that one of those names."""
        found = [self.path]
        waiting = {path for path in self.path.parent.rglob("*") if path.is_file() and path.parent != self.path.parent}
        waiting |= {path for path in self.path.parent.glob("*.yml") if path != self.path}
        grown = True
        while grown:
            text = "\n".join(path.read_text(errors="replace") for path in found)
            new = {path for path in waiting if is_named(path, self.path.parent, text)}
            found += sorted(new)
            waiting -= new
            grown = bool(new)
        return found

    @property
    def awaited(self):
        """What Spile cannot do yet of this playbook, or None."""
        return AWAITED.get(self.name)

    def digest(self):
        """Of everything that decides what Ansible does with this playbook."""
        digest = hashlib.sha256()
        shared = [file for path in SHARED for file in ([path] if path.is_file() else sorted(path.rglob("*")))]
        for path in [*self.files, *(file for file in shared if file.is_file() and "__pycache__" not in file.parts)]:
            digest.update(f"{path.relative_to(CORPUS)}\0{path.stat().st_mode & 0o111}\0".encode())
            digest.update(path.read_bytes())
        return digest.hexdigest()

    @property
    def record_path(self):
        return RECORDED / f"{self.name}.json"

    def recorded(self):
        """What Ansible did, or None if that is not known for what the playbook is now."""
        if not self.record_path.exists():
            return None
        record = json.loads(self.record_path.read_text())
        return record if record["digest"] == self.digest() else None

    def write_record(self, record):
        self.record_path.parent.mkdir(parents=True, exist_ok=True)
        record = {"digest": self.digest(), **record}
        self.record_path.write_text(json.dumps(record, indent=1, sort_keys=True) + "\n")


def is_named(path, folder, text):
    """Whether a text names a file: by itself, or by its role, or by the folder of variables that it is in."""
    parts = path.relative_to(folder).parts
    if parts[0] == "roles":
        return parts[1] in text
    if parts[0] in ("group_vars", "host_vars"):
        return True
    if len(parts) == 1:
        return path.name in text
    return path.name in text or path.stem in text or any(part in text for part in parts[1:-1])


def cases(patterns=()):
    """All cases, or those whose names hold one of the patterns."""
    found = sorted((Case(path) for path in PLAYBOOKS.glob("*/*.yml")), key=lambda case: case.name)
    found = [case for case in found if not is_part(case)]
    return [case for case in found if not patterns or any(pattern in case.name for pattern in patterns)]


def is_part(case):
    """Playbooks that others import begin with an underscore; inventories have folders of their own."""
    return case.path.name.startswith("_")
