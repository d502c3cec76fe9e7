"""containerd on a real host: its configuration is in effect, restarts have a reason, images are there and stay."""

import hashlib
import io
import json
import platform
import tarfile

import pytest
from checks import check
from conftest import InventoryWriter
from spile import REPOSITORY, Spile

PLAYBOOK = REPOSITORY / "playbooks/containerd.yml"
ARCHIVE = "/opt/pause.tar"
PAUSE = "registry.example.com/pause:3.10"
VARIABLES = {
    "containerd_root": "/var/lib/runtime",
    "containerd_sandbox_image": PAUSE,
    # A host of the lab may not lower the score of a process.
    "containerd_restrict_oom_score_adj": True,
    "containerd_registries": [
        {"registry": "docker.io", "server": "https://registry-1.docker.io",
         "mirrors": [{"url": "https://mirror.example.com/v2/docker.io", "override_path": True}]},
    ],
    "containerd_images": [{"src": ARCHIVE}],
}  # fmt: skip


def image_archive(name, text):
    """A whole image in an OCI layout, with one file in one layer: the archive, and the digest of its manifest."""
    blobs = {}

    def blob(content, kind):
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        digest = hashlib.sha256(data).hexdigest()
        blobs[digest] = data
        return {"mediaType": f"application/vnd.oci.image.{kind}", "digest": f"sha256:{digest}", "size": len(data)}

    layer = blob(archive({"word": text.encode()}), "layer.v1.tar")
    machine = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]
    config = blob(
        {"architecture": machine, "os": "linux", "config": {"Cmd": ["/word"]},
         "rootfs": {"type": "layers", "diff_ids": [layer["digest"]]}}, "config.v1+json")  # fmt: skip
    manifest = blob(
        {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
         "config": config, "layers": [layer]}, "manifest.v1+json")  # fmt: skip
    index = {"schemaVersion": 2, "manifests": [{**manifest, "annotations": {"io.containerd.image.name": name}}]}
    files = {f"blobs/sha256/{digest}": data for digest, data in blobs.items()}
    files["oci-layout"] = b'{"imageLayoutVersion": "1.0.0"}'
    files["index.json"] = json.dumps(index).encode()
    return archive(files), manifest["digest"]


def archive(files):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


class Node:
    def __init__(self, lab, folder):
        self.host = lab.host("h1")
        self.spile = Spile(lab, folder / "home")
        self.host.reset()
        self.inventory = InventoryWriter(lab, folder)("h1", **VARIABLES)
        inventory = json.loads(self.inventory.read_text())
        inventory["all"]["children"] = {"node": {"hosts": {"h1": {}}}}
        self.inventory.write_text(json.dumps(inventory))
        self.digest = self.put_image("one")

    def put_image(self, text):
        data, digest = image_archive(PAUSE, text)
        (self.host.root / ARCHIVE.removeprefix("/")).write_bytes(data)
        return digest

    def run(self, command, *words):
        return self.spile.json(command, "-i", self.inventory, PLAYBOOK, *words)

    def apply(self, *words):
        result = self.run("apply", *words)
        assert result.status == 0, result
        return result

    def in_sync(self):
        again = self.apply()
        assert again.changes("h1") == [], again
        assert again.exchanges("h1") == 1, again

    def process(self):
        return self.host.exec("systemctl show --property=MainPID containerd.service")

    def images(self):
        """Lines by full names; containerd's CRI adds one by digest."""
        lines = self.host.exec("ctr -n k8s.io images list").splitlines()[1:]
        return [line for line in lines if not line.startswith("sha256:")]


@pytest.fixture(scope="module")
def node(lab, tmp_path_factory):
    node = Node(lab, tmp_path_factory.mktemp("node"))
    node.plan = node.run("plan")
    node.first = node.apply()
    return node


def test_the_plan_says_what_comes(node):
    assert node.plan.status == 0, node.plan
    foreseen = {*node.plan.changes("h1"), *node.plan.undecided("h1")}
    assert set(node.first.changes("h1")) == foreseen
    assert "containerd runs with its configuration" in node.plan.changes("h1")
    assert node.first.record["hosts"]["h1"]["mispredicted"] == 0, node.first


def test_a_second_run_is_empty(node):
    node.in_sync()


def test_the_configuration_is_in_effect(node):
    check(
        node.host,
        r"""
        systemctl -q is-active containerd;  systemctl -q is-enabled containerd
        [ -d /var/lib/runtime/io.containerd.content.v1.content ]
        containerd config dump > /tmp/dump
        grep -q 'SystemdCgroup = true' /tmp/dump
        grep -q 'sandbox_image = "registry.example.com/pause:3.10"' /tmp/dump
        grep -q 'config_path = "/etc/containerd/certs.d"' /tmp/dump
        grep -q 'restrict_oom_score_adj = true' /tmp/dump
        ctr plugins list | grep -q 'io.containerd.grpc.v1 *cri *linux/[a-z0-9]* *ok'
        """,
    )


def test_a_key_that_was_moved_is_found_and_set_back(node):
    file = "/etc/containerd/config.toml"
    before = node.process()
    check(node.host, f"sed -i 's/SystemdCgroup = true/SystemdCgroup = false/' {file}; systemctl restart containerd")
    drift = node.run("drift")
    assert drift.status == 16, drift
    assert drift.changes("h1") == ["containerd runs with its configuration"]
    node.apply()
    check(node.host, f"grep -q 'SystemdCgroup = true' {file}; containerd config dump | grep -q 'SystemdCgroup = true'")
    assert node.process() != before
    node.in_sync()


def test_what_runs_is_not_older_than_its_file(node):
    before = node.process()
    check(node.host, "touch /etc/containerd/config.toml")
    late = node.apply()
    assert late.changes("h1") == ["containerd runs with its configuration"]
    assert node.process() != before
    node.in_sync()


def test_registries_change_without_a_restart(node):
    before = node.process()
    check(node.host, "sed -i s/mirror/other/ /etc/containerd/certs.d/docker.io/hosts.toml")
    changed = node.apply()
    assert changed.changes("h1") == ["Where images of registries are (docker.io)"]
    assert node.process() == before
    check(
        node.host,
        """
        file=/etc/containerd/certs.d/docker.io/hosts.toml
        grep -qxF 'server = "https://registry-1.docker.io"' $file
        grep -qxF '[host."https://mirror.example.com/v2/docker.io"]' $file
        grep -qxF 'capabilities = ["pull", "resolve"]' $file
        """,
    )


def test_images_are_there_and_pinned(node):
    [line] = node.images()
    assert line.startswith(PAUSE) and node.digest in line
    assert "io.cri-containerd.pinned=pinned" in line


def test_an_image_that_was_removed_or_is_another_comes_back(node):
    check(node.host, f"ctr -n k8s.io images remove {PAUSE}")
    node.apply()
    [line] = node.images()
    assert node.digest in line and "pinned=pinned" in line
    other = node.put_image("two")
    assert other != node.digest
    changed = node.apply()
    assert changed.changes("h1") == [f"Images of archives ({ARCHIVE})"]
    [line] = node.images()
    assert other in line and "pinned=pinned" in line
    check(node.host, f"ctr -n k8s.io images label {PAUSE} io.cri-containerd.pinned=")
    node.apply()
    assert "pinned=pinned" in node.images()[0]
    node.in_sync()


def test_settings_that_an_imported_file_undoes_are_told(node):
    """containerd 1.x: a file that names a plugin replaces all that was said of it, without a word."""
    file = "/etc/containerd/conf.d/gpu.toml"
    content = 'version = 2\n[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.gpu]\nruntime_type = "io.containerd.runc.v2"\n'
    check(node.host, f'mkdir {file.rpartition("/")[0]}; printf %s "$CONTENT" > {file}', CONTENT=content)
    for command in ["plan", "apply"]:
        refused = node.run(command)
        assert refused.status == 2, refused
        assert "containerd-without-effect" in refused.text
        assert "runtimes" in refused.text
    check(node.host, f"rm {file}")
    # The folder is newer than what runs: it may have been started with the file.
    node.apply()
    node.in_sync()
