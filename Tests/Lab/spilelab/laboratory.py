"""A lab: some hosts, the network between them, and the keys that open them."""

import concurrent.futures
import hashlib
import json
import pathlib
import shutil
import time

from . import network
from .base import base_tree
from .commands import LabError, install_missing, run, say
from .host import Host, cgroup_roots, detach_disks_below, remove_cgroups, unmount_below

DISK_MEBIBYTES = 512


class Lab:
    """The lab of one folder. What it is made of can be found from the folder's name alone, so that
    `down` cleans up after a lab that was killed."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder).resolve()
        self.prefix = "lab" + hashlib.sha256(str(self.folder).encode()).hexdigest()[:7]
        self.controller = f"{self.prefix}-controller"
        self.disk_bytes = DISK_MEBIBYTES << 20
        self.base = None
        self.runs_pods = False
        self.hosts = []
        self.record = self.folder / "lab.json"
        if self.record.exists():
            self.load()

    def load(self):
        record = json.loads(self.record.read_text())
        self.base = pathlib.Path(record["base"])
        self.runs_pods = record.get("pods", False)
        self.hosts = [Host(self, **host) for host in record["hosts"]]

    def save(self):
        hosts = [{"name": h.name, "number": h.number, "hidden": h.hidden} for h in self.hosts]
        self.record.write_text(json.dumps({"base": str(self.base), "pods": self.runs_pods, "hosts": hosts}, indent=2) + "\n")

    def host(self, name):
        for host in self.hosts:
            if host.name == name:
                return host
        known = ", ".join(host.name for host in self.hosts) or "none: lab up"
        raise LabError(f"no host {name} in {self.folder} (hosts: {known})")

    # Up and down

    def up(self, count, suite="bookworm", hidden=0, python=False, pods=False):
        """Boots new hosts; what was up in this folder before is thrown away. With `pods` a kubelet runs on them."""
        begun = time.monotonic()
        install_missing()
        self.base = base_tree(suite, python, pods)
        self.runs_pods = pods
        self.down()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.make_keys()
        self.hosts = [Host(self, f"h{n}", n, False) for n in range(1, count + 1)]
        self.hosts += [Host(self, f"hidden{n}", n, True) for n in range(1, hidden + 1)]
        self.save()
        network.allow_hosts(instances=8192, connections=1048576)
        self.connect()
        self.each(Host.prepare)
        self.write_client_files()
        for host in self.hosts:
            host.start()
        self.each(Host.wait)
        say(f"{len(self.hosts)} hosts are up in {time.monotonic() - begun:.1f} s ({self.folder})")

    def connect(self):
        """The namespaces and the links between them; hidden hosts hang on the first host."""
        network.add_controller(self.controller)
        for host in self.hosts:
            if host.hidden:
                network.add_hidden_host(host.namespace, self.hosts[0].namespace, host.number)
            else:
                network.add_host(host.namespace, self.controller, host.number)

    def each(self, work):
        with concurrent.futures.ThreadPoolExecutor(max_workers=8) as pool:
            list(pool.map(work, self.hosts))

    def down(self):
        """Ends everything that belongs to this folder's lab, as far as there is something."""
        for name in network.names(self.prefix):
            Host(self, name.removeprefix(f"{self.prefix}-"), 0, False).stop()
        for root in cgroup_roots(every=self.runs_pods):
            for cgroup in (root / "spile-lab" / self.prefix).glob("*/"):
                Host(self, cgroup.name, 0, False).stop()
            remove_cgroups([root / "spile-lab" / self.prefix])
        unmount_below(self.folder)
        detach_disks_below(self.folder)
        for name in network.names(self.prefix):
            run("ip", "netns", "delete", name)
        for part in ("hosts", "ssh"):
            shutil.rmtree(self.folder / part, ignore_errors=True)
        for name in ("lab.json", "inventory.yml"):
            (self.folder / name).unlink(missing_ok=True)
        self.hosts = []

    # Reaching the hosts

    def make_keys(self):
        """The key that opens the hosts, and one that does not."""
        (self.folder / "ssh").mkdir(mode=0o700)
        for name in ("id_ed25519", "stranger"):
            run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", self.folder / "ssh" / name)

    def public_key(self):
        return (self.folder / "ssh/id_ed25519.pub").read_text()

    def write_client_files(self):
        """`ssh/known_hosts`, `ssh/config` and `inventory.yml`."""
        known = ""
        for host in self.hosts:
            for kind in ("ed25519", "ecdsa"):
                words = pathlib.Path(f"{host.host_key(kind)}.pub").read_text().split()
                known += f"{host.address} {words[0]} {words[1]}\n"
        (self.folder / "ssh/known_hosts").write_text(known)
        (self.folder / "ssh/config").write_text(self.client_configuration())
        (self.folder / "inventory.yml").write_text(self.inventory())

    def client_configuration(self):
        """An OpenSSH client configuration in which the hosts go by their names."""
        text = (
            "Host *\n  User root\n"
            f"  IdentityFile {self.folder}/ssh/id_ed25519\n  IdentitiesOnly yes\n"
            f"  UserKnownHostsFile {self.folder}/ssh/known_hosts\n  StrictHostKeyChecking yes\n"
        )
        for host in self.hosts:
            text += f"Host {host.name}\n  HostName {host.address}\n"
            if host.hidden:
                text += f"  ProxyJump {self.hosts[0].name}\n"
        return text

    def inventory(self):
        """A YAML inventory; every host knows the device that is its data disk."""
        lines = ["all:", "  hosts:"]
        for host in self.hosts:
            if host.hidden:
                continue
            lines += [
                f"    {host.name}:",
                f"      ansible_host: {host.address}",
                f"      data_disk: {host.disk()}",
            ]
        lines += [
            "  vars:",
            "    ansible_user: root",
            f"    ansible_ssh_private_key_file: {self.folder}/ssh/id_ed25519",
            f"    ansible_ssh_common_args: -o UserKnownHostsFile={self.folder}/ssh/known_hosts",
        ]
        return "\n".join(lines) + "\n"

    def controller_command(self, *command):
        """The words that run a command from where the hosts can be reached."""
        return network.inside(self.controller, *command)
