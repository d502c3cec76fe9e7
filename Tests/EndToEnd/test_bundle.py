"""Bundles on real hosts that have no way to anywhere: made, sent, cut off, resumed, installed from, refused."""

import json
import platform
import shutil
import subprocess
import tarfile
import time

import pytest
from checks import check
from conftest import InventoryWriter
from spile import BINARY, REPOSITORY, Spile
from test_containerd import image_archive

MEBIBYTE = 1 << 20
CHUNK = 8 * MEBIBYTE
BIG = 64 * MEBIBYTE + 12345
STAGED = "/var/lib/spile/blobs/sha256"
IMAGE = "registry.example.com/tool:1.0"
MACHINE = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]
OTHER = {"amd64": "arm64", "arm64": "amd64"}[MACHINE]
HOSTS = ("h1", "h2")


class Site:
    """A folder with what goes into a bundle, its key, and the bundle."""

    def __init__(self, lab, folder):
        self.lab = lab
        self.folder = folder
        self.run = Spile(lab, folder / "home")
        self.inventory = InventoryWriter(lab, folder)(*HOSTS)
        self.password = self.write("password", b"secret")
        self.password.chmod(0o600)
        self.write("files/tool", b"#!/bin/sh\necho tool 1.0\n")
        self.write("files/other-tool", b"for another machine")
        self.write("files/big", bytes(range(251)) * (BIG // 251) + b"x" * (BIG % 251))
        image, self.image_digest = image_archive(IMAGE, "one")
        self.write("files/image.tar", image)
        self.key = folder / "site.key"
        self.trust = {"SPILE_BUNDLE_KEY": f"{self.key}.pub"}
        self.bundle("key", self.key, "--vault-password-file", self.password)
        self.write(
            "bundle.yml",
            f"""
name: test
items:
  - {{kind: binary, name: tool, version: "1.0", path: files/tool, arch: {MACHINE}}}
  - {{kind: binary, name: tool, version: "1.0", path: files/other-tool, arch: {OTHER}}}
  - {{kind: file, path: files/big}}
  - {{kind: image, path: files/image.tar}}
""".encode(),
        )
        self.archive = self.create("site.tar")

    def write(self, name, data):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def bundle(self, *words, status=0):
        result = self.run("bundle", *words, environment=self.trust)
        assert result.status == status, result
        return result

    def create(self, name, *words):
        path = self.folder / name
        self.bundle(
            "create", self.folder / "bundle.yml", "-o", path, "--key", self.key,
            "--vault-password-file", self.password, "--created", "2026-11-21T08:00:00Z", *words,
        )  # fmt: skip
        return path

    def push(self, *words, status=0):
        result = self.bundle("push", "-i", self.inventory, "--json", *words, status=status)
        return {row["host"]: row for row in json.loads(result.stdout)["hosts"]}

    def unstage(self):
        for name in HOSTS:
            self.lab.host(name).exec("rm -rf /var/lib/spile /opt/site")

    def staged(self, host):
        return set(self.lab.host(host).exec(f"ls {STAGED}").split())

    def playbook(self, name, tasks, bundle=None):
        path = self.folder / name
        play = {
            "hosts": "all", "gather_facts": False,
            "vars": {"spile_bundle": str(bundle or self.archive)}, "tasks": tasks,
        }  # fmt: skip
        path.write_text(json.dumps([play], indent=2))
        return path

    def play(self, command, playbook, *words):
        return self.run.json(
            command, "-i", self.inventory, playbook, *words, environment=self.trust)  # fmt: skip


@pytest.fixture(scope="module")
def site(lab, tmp_path_factory):
    site = Site(lab, tmp_path_factory.mktemp("site"))
    site.unstage()
    return site


def manifest(bundle):
    with tarfile.open(bundle) as archive:
        return json.load(archive.extractfile("bundle.json"))


INSTALL = [
    {"name": "a folder", "file": {"path": "/opt/site", "state": "directory", "mode": "0755"}},
    {"name": "the tool", "bundle_file": {"name": "tool", "dest": "/opt/site/tool"}},
    {"name": "the big file", "bundle_file": {"name": "big", "dest": "/opt/site/", "mode": "0640"}},
]


def test_a_bundle_that_was_made_is_right(site):
    assert "nothing wrong" in site.bundle("verify", site.archive).stdout
    again = site.create("again.tar")
    assert again.read_bytes() == site.archive.read_bytes()
    items = {(item["kind"], item["name"]): item for item in manifest(site.archive)["items"]}
    assert items["image", "tool"]["images"][0]["digest"] == site.image_digest
    assert items["image", "tool"]["arch"] == [MACHINE]
    assert len(items["file", "big"]["chunks"]) == 9


def test_a_signature_that_openssl_made_its_key_for(site):
    """The public key is what everybody knows as one."""
    shown = subprocess.run(
        ["openssl", "pkey", "-pubin", "-in", f"{site.key}.pub", "-noout", "-text"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert "ED25519" in shown


def test_what_is_sent_is_what_a_host_lacks(site):
    site.unstage()
    first = site.push(site.archive)
    for name in HOSTS:
        assert first[name]["state"] == "complete"
        assert first[name]["sent_blobs"] == 3
        assert first[name]["left_out_items"] == 1, "for another machine"
        check(
            site.lab.host(name),
            f"""
            [ "$(stat -c '%a %U' {STAGED})" = '700 root' ]
            cd {STAGED};  for blob in *; do echo "$blob  $blob"; done | sha256sum -c
            [ "$(stat -c %a ./* | sort -u)" = 600 ]
            """,
        )
    second = site.push(site.archive)
    assert [second[name]["sent_bytes"] for name in HOSTS] == [0, 0]
    assert [second[name]["present_blobs"] for name in HOSTS] == [3, 3]


def test_a_push_that_is_killed_is_gone_on_with(site):
    site.unstage()
    big = next(item for item in manifest(site.archive)["items"] if item["name"] == "big")
    partial = site.lab.host("h1").root / STAGED[1:] / f"{big['sha256']}.partial"
    command = site.lab.controller_command(
        str(BINARY), "bundle", "push", "-i", str(site.inventory), str(site.archive)
    )
    environment = {**site.trust, "HOME": str(site.run.home), "PATH": "/usr/bin:/bin:/usr/sbin"}
    process = subprocess.Popen(
        command, env=environment, cwd=REPOSITORY, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not (partial.exists() and partial.stat().st_size > 2 * CHUNK):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.01)
    process.kill()
    process.wait()
    time.sleep(1)
    there = partial.stat().st_size
    assert 2 * CHUNK < there < BIG, "it was not killed in the middle"
    whole = there // CHUNK * CHUNK
    total = sum(row["sent_bytes"] + row["present_bytes"] for row in site.push(site.archive).values())
    row = site.push(site.archive)["h1"]
    assert row["sent_bytes"] == 0 and row["present_bytes"] * 2 == total
    # Once more, with what was there counted: a piece at most is sent twice.
    site.lab.host("h1").exec(
        f"cd {STAGED} && head -c {there} {big['sha256']} > {big['sha256']}.partial && rm {big['sha256']}"
    )
    row = site.push("--limit", "h1", site.archive)["h1"]
    assert row["sent_bytes"] == BIG - whole
    assert not partial.exists()


def test_what_is_broken_on_a_host_is_sent_again(site):
    site.push(site.archive)
    big = next(item for item in manifest(site.archive)["items"] if item["name"] == "big")
    path = f"{STAGED}/{big['sha256']}"
    host = site.lab.host("h1")
    # One changed byte in the third piece of a part, and one in a whole blob on the other host.
    host.exec(f"mv {path} {path}.partial; printf X | dd of={path}.partial bs=1 seek={2 * CHUNK + 5} conv=notrunc")
    site.lab.host("h2").exec(f"printf X | dd of={path} bs=1 seek=7 conv=notrunc")
    rows = site.push(site.archive)
    assert rows["h1"]["sent_bytes"] == BIG - 2 * CHUNK
    assert rows["h2"]["sent_bytes"] == BIG
    for name in HOSTS:
        check(site.lab.host(name), f"echo '{big['sha256']}  {path}' | sha256sum -c")


def test_a_host_without_room_gets_nothing(site):
    host = site.lab.host("h2")
    host.exec("rm -rf /var/lib/spile; mkdir -p /var/lib/spile; mount -t tmpfs -o size=40m room /var/lib/spile")
    try:
        rows = site.push(site.archive, status=2)
        assert rows["h1"]["state"] == "complete"
        assert rows["h2"]["state"] == "incomplete" and "no room" in rows["h2"]["error"]
        assert rows["h2"]["sent_bytes"] == 0 and site.staged("h2") == set()
    finally:
        host.exec("umount /var/lib/spile")


def test_what_no_bundle_names_is_removed_when_asked(site):
    site.push(site.archive)
    before = site.staged("h1")
    site.lab.host("h1").exec(f"echo old > {STAGED}/old; echo old > {STAGED}/older.partial")
    assert site.push("--limit", "h1", site.archive)["h1"]["removed_blobs"] == 0
    assert site.push("--limit", "h1", "--prune", site.archive)["h1"]["removed_blobs"] == 2
    assert site.staged("h1") == before


def test_a_delta_is_sent_with_its_base(site):
    site.write("files/tool", b"#!/bin/sh\necho tool 1.1\n")
    try:
        delta = site.create("delta.tar", "--base", site.archive)
    finally:
        site.write("files/tool", b"#!/bin/sh\necho tool 1.0\n")
    assert delta.stat().st_size < MEBIBYTE
    assert "bundle-base" in site.bundle("verify", delta, status=1).stderr
    site.bundle("verify", delta, "--base", site.archive)
    shown = site.bundle("diff", site.archive, delta).stdout
    assert "1 changed" in shown and "tool" in shown
    site.push(site.archive)
    rows = site.push(delta, "--base", site.archive)
    assert [rows[name]["sent_blobs"] for name in HOSTS] == [1, 1]


def test_files_are_installed_from_what_is_staged_or_sent(site):
    site.unstage()
    site.push("--limit", "h1", site.archive)
    playbook = site.playbook("install.yml", INSTALL)
    plan = site.play("plan", playbook)
    assert plan.status == 0, plan
    names = ["a folder", "the big file", "the tool"]
    assert [plan.changes(name) for name in HOSTS] == [names, names], plan
    for name in HOSTS:
        site.lab.host(name).exec("[ ! -e /opt/site ]")
    applied = site.play("apply", playbook)
    assert applied.status == 0, applied
    for name in HOSTS:
        assert applied.changes(name) == plan.changes(name)
        assert applied.record["hosts"][name]["mispredicted"] == 0, applied
        check(
            site.lab.host(name),
            f"""
            [ "$(/opt/site/tool)" = 'tool 1.0' ]
            [ "$(stat -c '%a %U %s' /opt/site/tool)" = '755 root 24' ]
            [ "$(stat -c '%a %U %s' /opt/site/big)" = '640 root {BIG}' ]
            [ "$(ls -A /opt/site | wc -l)" = 2 ]
            """,
        )
    again = site.play("apply", playbook)
    assert again.status == 0, again
    for name in HOSTS:
        assert again.changes(name) == []
        assert again.exchanges(name) == 1, again


def flipped(site, name, find):
    """A copy of the bundle with one bit changed where something is found."""
    data = bytearray(site.archive.read_bytes())
    data[find(data)] ^= 1
    return site.write(name, bytes(data))


def test_a_bundle_with_another_manifest_is_refused_before_anything(site):
    bundle = flipped(site, "forged.tar", lambda data: data.index(b'"binary"') + 2)
    site.unstage()
    for command in ("plan", "apply"):
        result = site.play(command, site.playbook("forged.yml", INSTALL, bundle))
        assert result.status == 1, result
        assert "bundle-" in result.stderr and "nothing was done" in result.stderr
    for name in HOSTS:
        site.lab.host(name).exec("[ ! -e /opt/site ]")
    assert site.bundle("push", "-i", site.inventory, bundle, status=1).stdout == ""


def test_a_bundle_of_another_key_is_refused(site):
    other = site.folder / "other.key"
    site.bundle("key", other, "--vault-password-file", site.password)
    result = site.run(
        "bundle", "verify", site.archive, "--trust", f"{other}.pub", environment={})  # fmt: skip
    assert result.status == 1 and "bundle-key" in result.stderr
    result = site.run("bundle", "verify", site.archive, environment={})
    assert result.status == 1 and "bundle-trust" in result.stderr


def test_a_blob_that_was_changed_reaches_no_host(site):
    bundle = flipped(site, "broken.tar", lambda data: data.index(b"echo tool") + 3)
    faults = site.bundle("verify", bundle, status=1).stderr
    assert faults.count("error[") == 1 and "blob-broken" in faults
    site.unstage()
    result = site.play("apply", site.playbook("broken.yml", [INSTALL[0], INSTALL[1]], bundle))
    assert result.status == 2, result
    assert "was changed" in result.text
    rows = site.push(bundle, status=2)
    for name in HOSTS:
        site.lab.host(name).exec("[ ! -e /opt/site/tool ]")
        assert rows[name]["state"] == "incomplete" and "was changed" in rows[name]["error"]


def test_an_image_is_imported_from_a_bundle(site):
    host = site.lab.host("h1")
    host.exec("systemctl start containerd; ctr -n k8s.io images rm $(ctr -n k8s.io images ls -q) || true")
    task = {"name": IMAGE, "containerd_image": {"name": IMAGE, "snapshotter": "native"}}
    playbook = site.playbook("image.yml", [task])
    for isStaged in (False, True):
        site.unstage()
        if isStaged:
            site.push("--limit", "h1", site.archive)
        applied = site.play("apply", playbook, "--limit", "h1")
        assert applied.status == 0 and applied.changes("h1") == [IMAGE], applied
        assert site.image_digest in host.exec("ctr -n k8s.io images list")
        again = site.play("apply", playbook, "--limit", "h1")
        assert again.changes("h1") == [] and again.exchanges("h1") == 1, again
        host.exec(f"ctr -n k8s.io images rm {IMAGE}")


def test_coverage_finds_what_a_site_will_lack(site):
    pod = {
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"},
        "spec": {"containers": [{"name": "web", "image": "nginx:1.27"}]},
    }  # fmt: skip
    tasks = [
        INSTALL[1],
        {"name": "newer", "bundle_file": {"name": "tool", "version": "2.0", "dest": "/opt/new"}},
        {"name": "image", "containerd_image": {"name": IMAGE}},
        {"name": "sandbox", "containerd": {"sandbox_image": "registry.example.com/pause:3.10"}},
        {"name": "pod", "copy": {"content": pod, "dest": "/etc/kubernetes/manifests/web.yaml"}},
        {"name": "time", "package": {"name": "chrony"}},
        {"name": "by facts", "package": {"name": "{{ ansible_facts['os_family'] }}-tools"}},
        {"name": "anything", "command": "docker pull something"},
    ]  # fmt: skip
    playbook = site.playbook("site.yml", tasks)
    machines = {"h1": {"ansible_architecture": platform.machine()}, "h2": {"ansible_architecture": "riscv64"}}
    inventory = InventoryWriter(site.lab, site.folder / "home")(*HOSTS, per_host=machines)
    result = site.bundle(
        "coverage", inventory, playbook, "--bundle", site.archive, "--json", status=2)  # fmt: skip
    found = json.loads(result.stdout)
    states = {(row["need"], tuple(row["hosts"])): row["state"] for row in found["needs"]}
    assert states["image registry.example.com/pause:3.10", HOSTS] == "missing"
    assert states["image nginx:1.27", HOSTS] == "missing"
    assert states["package chrony", HOSTS] == "missing"
    assert states["file tool", ("h1",)] == "present"
    assert states["file tool", ("h2",)] == "missing", "there is none for its machine"
    assert states[f"image {IMAGE}", ("h1",)] == "present"
    assert states[f"image {IMAGE}", ("h2",)] == "missing"
    assert any("in version `2.0`" in row["need"] + row["note"] for row in found["needs"]), found
    assert [gap["reason"] for gap in found["not_known"]] != []
    assert found["commands_not_looked_into"] == 1
    assert all(":" in place for row in found["needs"] for place in row["where"])
    text = site.bundle("coverage", inventory, playbook, "--bundle", site.archive, status=2).stdout
    assert "missing" in text and "not known before:" in text


def test_coverage_of_what_is_all_there(site):
    inventory = InventoryWriter(site.lab, site.folder / "home")(
        *HOSTS, ansible_architecture=platform.machine())  # fmt: skip
    result = site.bundle(
        "coverage", "-i", inventory, site.playbook("there.yml", INSTALL), "--bundle", site.archive)  # fmt: skip
    assert "nothing known is missing" in result.stdout


def test_an_unreachable_host_is_never_fine(site):
    hosts = json.loads(site.inventory.read_text())
    hosts["all"]["hosts"]["h2"]["ansible_host"] = "10.77.0.250"
    inventory = site.write("gone.yml", json.dumps(hosts).encode())
    result = site.bundle(
        "push", "-i", inventory, "--timeout", "2", "--json", site.archive, status=4)  # fmt: skip
    rows = {row["host"]: row["state"] for row in json.loads(result.stdout)["hosts"]}
    assert rows == {"h1": "complete", "h2": "unreachable"}


def test_a_folder_is_as_good_as_an_archive(site):
    folder = site.folder / "unpacked"
    with tarfile.open(site.archive) as archive:
        archive.extractall(folder, filter="data")
    site.bundle("verify", folder)
    assert site.push(folder)["h1"]["state"] == "complete"
    shutil.rmtree(folder)
