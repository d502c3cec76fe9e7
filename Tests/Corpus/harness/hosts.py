"""Fresh hosts for one playbook after the other, and the inventory that names them."""

import json
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent.parent
sys.path.insert(0, str(REPOSITORY / "Tests/Lab"))

from spilelab.laboratory import Lab  # noqa: E402

from .case import PLAYBOOKS  # noqa: E402
from .state import Snapshot  # noqa: E402

# The names that inventories give the hosts of a lab.
NAMES = {"h1": "alpha", "h2": "beta", "h3": "gamma"}


class Bench:
    """A lab of three hosts on which one tool runs playbooks, each from hosts as new."""

    def __init__(self, folder, python):
        self.folder = pathlib.Path(folder).resolve()
        self.lab = Lab(self.folder / "lab")
        self.python = python
        self.used = set()
        self.web = None

    def up(self):
        self.lab.up(len(NAMES), python=self.python)
        server = [sys.executable, str(HERE / "web.py")]
        self.web = subprocess.Popen(self.lab.controller_command(*server), stdin=subprocess.DEVNULL)

    def down(self):
        if self.web:
            self.web.terminate()
            self.web.wait()
        self.lab.down()

    def begin(self, case):
        """Hosts as new for a case, in a folder of its own with a copy of the playbooks."""
        hosts = [self.lab.host(name) for name in list(NAMES)[: case.option("hosts", 1)]]
        for host in hosts:
            if host.name in self.used:
                host.reset()
            self.used.add(host.name)
            host.exec("mkdir -p /srv/corpus")
            if script := case.option("prepare", None):
                host.exec(script)
        return Stage(self, case, hosts)


class Stage:
    """A case on its hosts: where it runs, and what its hosts were like at first."""

    def __init__(self, bench, case, hosts):
        self.case, self.hosts, self.lab = case, hosts, bench.lab
        self.folder = bench.folder / "stage"
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / "home").mkdir(parents=True)
        (self.folder / "kept").mkdir()
        shutil.copytree(PLAYBOOKS / case.subject, self.folder / "playbooks")
        self.playbook = self.folder / "playbooks" / case.path.name
        self.write_inventory()
        self.before = self.snapshots()

    def write_inventory(self):
        """The shared inventory, and a second one that says how the hosts are reached."""
        source = self.case.inventory
        target = self.folder / "inventory"
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            target.mkdir()
            shutil.copy(source, target)
        hosts = {
            NAMES[host.name]: {"ansible_host": host.address, "data_disk": host.disk()} for host in self.hosts
        }
        reach = {
            "ansible_user": "root",
            "ansible_ssh_private_key_file": f"{self.lab.folder}/ssh/id_ed25519",
            "ansible_ssh_common_args": f"-o UserKnownHostsFile={self.lab.folder}/ssh/known_hosts",
            "kept": f"{self.folder}/kept",
        }
        inventory = {"all": {"hosts": hosts, "vars": reach}}
        # JSON is YAML.
        (self.folder / "lab.yml").write_text(json.dumps(inventory, indent=2))

    @property
    def words(self):
        """The words that name playbook and inventories, for both commands."""
        inventory = self.folder / "inventory"
        if self.case.option("inventory", None):
            inventory = inventory / self.case.inventory.name if self.case.inventory.is_file() else inventory
        limit = ",".join(NAMES[host.name] for host in self.hosts) + ",localhost"
        words = ["-i", str(inventory), "-i", str(self.folder / "lab.yml"), "--limit", limit]
        return [*words, *self.case.option("arguments", []), str(self.playbook)]

    def run(self, command, environment, limit):
        """Runs a command where the hosts can be reached; its output goes to the stage's folder too."""
        return subprocess.run(
            self.lab.controller_command(*command), stdin=subprocess.DEVNULL, capture_output=True, text=True,
            env={**environment, "HOME": str(self.folder / "home"), **self.case.option("environment", {})},
            cwd=self.folder / "playbooks", timeout=limit,
        )  # fmt: skip

    def snapshots(self):
        unwatched = self.case.option("unwatched", [])
        return {host.name: Snapshot(host, unwatched) for host in self.hosts}

    def changes(self):
        """What is different from the beginning: by the hosts' names in the inventory, and of the controller."""
        now = self.snapshots()
        changes = {NAMES[name]: now[name].since(self.before[name]) for name in now}
        kept = self.folder / "kept"
        files = {
            str(path.relative_to(kept)): path.read_text(errors="replace") for path in kept.rglob("*") if path.is_file()
        }
        if files:
            changes["controller"] = files
        return {name: change for name, change in changes.items() if change}
