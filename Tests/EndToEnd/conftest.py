"""The lab these tests run on: boots once, and is taken down at the end whatever happened."""

import json
import os
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "Lab")]

from spile import BINARY, REPOSITORY, Spile  # noqa: E402
from spilelab.laboratory import Lab  # noqa: E402

# h1 to h3 for runs over several hosts, h4 for what leaves a host in a bad state.
HOSTS = 4


def pytest_configure(config):
    if not BINARY.exists():
        pytest.exit(f"{BINARY} is missing: build it first (swift build)", returncode=3)


@pytest.fixture(scope="session")
def lab():
    lab = Lab(os.environ.get("SPILE_LAB", REPOSITORY / ".demo/end-to-end"))
    suite = os.environ.get("SPILE_LAB_SUITE", "bookworm")
    lab.up(HOSTS, suite=suite, hidden=1)
    yield lab
    lab.down()


@pytest.fixture
def spile(lab, tmp_path):
    return Spile(lab, tmp_path / "home")


class InventoryWriter:
    """Writes inventories for some of the lab's hosts, with variables for all or for one of them."""

    def __init__(self, lab, folder):
        self.lab = lab
        self.folder = folder

    def __call__(self, *names, per_host=None, **variables):
        hosts = {}
        for name in names:
            host = self.lab.host(name)
            hosts[name] = {"ansible_host": host.address, "data_disk": host.disk()}
            hosts[name].update((per_host or {}).get(name, {}))
        shared = {
            "ansible_user": "root",
            "ansible_ssh_private_key_file": f"{self.lab.folder}/ssh/id_ed25519",
            "ansible_ssh_common_args": f"-o UserKnownHostsFile={self.lab.folder}/ssh/known_hosts",
            **variables,
        }
        path = self.folder / "inventory.yml"
        # JSON is YAML.
        path.write_text(json.dumps({"all": {"hosts": hosts, "vars": shared}}, indent=2))
        return path


@pytest.fixture
def inventory(lab, tmp_path):
    return InventoryWriter(lab, tmp_path)


@pytest.fixture
def playbook(tmp_path):
    """Writes a playbook of one play over all hosts."""

    def write(tasks, **play):
        path = tmp_path / "playbook.yml"
        path.write_text(json.dumps([{"hosts": "all", **play, "tasks": tasks}], indent=2))
        return path

    return write
