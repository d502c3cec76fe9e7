"""Every module on a real host, run twice: the second run has nothing to do.

`modules/NAME.yml` is the playbook; `NAME.prepare.sh` makes the host worth changing before, and
`NAME.verify.sh` looks at the result with commands of its own. Both run on the host as root, with
HOST (its name) and DISK (its data disk) set.
"""

import hashlib
import pathlib
import random
import shutil
import tarfile

import pytest
from checks import check

MODULES = pathlib.Path(__file__).resolve().parent / "modules"
NAMES = sorted(path.stem for path in MODULES.glob("*.yml"))
HOST = "h4"


@pytest.fixture(scope="module")
def corpus(lab, tmp_path_factory):
    """The playbooks, beside files for `copy` that are not worth keeping in a repository."""
    lab.host(HOST).reset()
    folder = tmp_path_factory.mktemp("corpus") / "modules"
    shutil.copytree(MODULES, folder, symlinks=True)
    source = random.Random(20)
    (folder / "files/bytes.bin").write_bytes(bytes(range(256)) * 9 + b"\r\n\0")
    (folder / "files/large.bin").write_bytes(source.randbytes(3 << 20))
    with tarfile.open(folder / "files/release.tar.xz", "w:xz") as archive:
        archive.add(folder / "files/site", "release-1.0")
        archive.add(folder / "files/large.bin", "release-1.0/bin/large.bin")
    return folder


# Changes that a plan leaves undecided, as `maybe`: they follow from what earlier tasks of the playbook only make.
UNDECIDED = {
    "find": ["What was found"],
    "ini_file": ["One file of them"],
    "iptables": ["First of all", "Not any more", "The API server"],
}


@pytest.mark.parametrize("name", NAMES)
def test_second_run_is_empty(name, corpus, lab, spile, inventory):
    host = lab.host(HOST)
    run_script(corpus / f"{name}.prepare.sh", host, corpus)
    hosts = inventory(HOST, fetch_folder=str(corpus / "fetched"))
    playbook = corpus / f"{name}.yml"

    plan = spile.json("plan", "-i", hosts, playbook)
    assert plan.status == 0, plan
    first = spile.json("apply", "-i", hosts, playbook)
    assert first.status == 0, first
    second = spile.json("apply", "-i", hosts, playbook)
    assert second.status == 0, second
    assert second.changes(HOST) == []
    undecided = UNDECIDED.get(name, [])
    assert set(undecided) <= set(plan.undecided(HOST))
    assert plan.changes(HOST) == [task for task in first.changes(HOST) if task not in undecided]
    run_script(corpus / f"{name}.verify.sh", host, corpus)


def run_script(path, host, corpus):
    def digest(name):
        return hashlib.sha256((corpus / "files" / name).read_bytes()).hexdigest()

    if path.exists():
        check(
            host,
            path.read_text(),
            HOST=host.name,
            DISK=host.disk(),
            BYTES_SHA256=digest("bytes.bin"),
            LARGE_SHA256=digest("large.bin"),
        )
