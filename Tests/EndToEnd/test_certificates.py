"""The certificates of a cluster on real hosts: made, used, drifted, renewed; no key where it does not belong."""

import json
import pathlib
import socket
import ssl
import subprocess
import threading

import pytest
from checks import check
from conftest import InventoryWriter
from spile import BINARY, REPOSITORY, Spile

PKI = REPOSITORY / "playbooks/pki.yml"
RENEW = REPOSITORY / "playbooks/renew-certificates.yml"
HOSTS = ["h1", "h2", "h3"]
PATH = "/etc/kubernetes/pki"


class Cluster:
    """Three hosts that are everything, and their authorities in a folder beside the inventory."""

    def __init__(self, lab, folder):
        self.lab = lab
        self.folder = folder
        self.spile = Spile(lab, folder / "home")
        (folder / "password").write_text("sesame\n")
        for name in HOSTS:
            lab.host(name).reset()
        self.write_inventory()

    def write_inventory(self, **variables):
        path = InventoryWriter(self.lab, self.folder)(*HOSTS, **variables)
        inventory = json.loads(path.read_text())
        members = {"hosts": {name: {} for name in HOSTS}}
        inventory["all"]["children"] = {"etcd": members, "control_plane": members}
        path.write_text(json.dumps(inventory))
        self.inventory = path

    def __call__(self, command, *words, playbook=PKI):
        result = self.spile.json(
            command, "-i", self.inventory, playbook,
            "--vault-password-file", self.folder / "password", *words,
        )  # fmt: skip
        assert result.status == 0, result
        return result

    def read(self, name, path):
        return self.lab.host(name).exec(f"cat {path}")

    def fetch(self, name, path):
        """A file of a host, on the controller: its path there."""
        target = self.folder / f"{name}{path.replace('/', '_')}"
        target.write_text(self.read(name, path))
        return target


def reasons(result, host):
    """What differs on a host: the last part of the path, and the attribute."""
    return sorted(
        (pathlib.PurePath(change["subject"]).name, change["attribute"])
        for event in result.events
        if event["event"] == "task" and event["host"] == host
        for change in event["changes"]
    )


@pytest.fixture(scope="module")
def cluster(lab, tmp_path_factory):
    cluster = Cluster(lab, tmp_path_factory.mktemp("cluster"))
    cluster.plan = cluster("plan")
    assert not (cluster.folder / "pki").exists()
    cluster.first = cluster("apply")
    cluster.second = cluster("apply")
    return cluster


def test_a_second_run_is_empty(cluster):
    for name in HOSTS:
        assert cluster.second.changes(name) == []
        assert cluster.second.exchanges(name) == 1
        handlers = [task for task in cluster.first.changes(name) if task.startswith("Restart")]
        assert handlers == []


def test_authorities_are_encrypted(cluster):
    keys = [*cluster.folder.glob("pki/*/ca/ca.key"), *cluster.folder.glob("pki/*/private.pem")]
    assert len(keys) == 4
    for key in keys:
        assert key.stat().st_mode & 0o777 == 0o600
        assert key.read_text().startswith("$ANSIBLE_VAULT;1.1;AES256\n")
    text = "".join(path.read_text() for path in cluster.folder.glob("pki/**/*") if path.is_file())
    assert "PRIVATE KEY" not in text


@pytest.mark.parametrize("name", HOSTS)
def test_openssl_verifies_every_certificate(cluster, name):
    paths = cluster.lab.host(name).exec(f"find {PATH} /var/lib/kubelet -name '*.crt'").split()
    assert len(paths) == 11
    for path in paths:
        file = cluster.fetch(name, path)
        authority = (
            "etcd" if "etcd" in path else "front-proxy" if "front-proxy" in path else "kubernetes"
        )
        subprocess.run(
            ["openssl", "verify", "-x509_strict", "-CAfile",
             cluster.folder / "pki" / authority / "ca/ca.crt", file], check=True,
        )  # fmt: skip
        key = path.replace(".crt", ".key")
        if not path.endswith("ca.crt"):
            owner = "etcd" if key.endswith(("etcd/server.key", "etcd/peer.key")) else "root"
            check(cluster.lab.host(name), f"[ \"$(stat -c %a:%U {key})\" = 600:{owner} ]")


def test_nobody_shares_a_key_but_that_of_service_accounts(cluster):
    def digests(path):
        return {cluster.lab.host(name).exec(f"sha256sum < {path}") for name in HOSTS}

    for path in ["etcd/server", "etcd/peer", "apiserver", "front-proxy-client", "apiserver-etcd-client"]:
        assert len(digests(f"{PATH}/{path}.key")) == 3
    assert len(digests(f"{PATH}/sa.key")) == 1


def test_clients_and_servers_accept_each_other(cluster):
    assert talk(cluster, "h1", "etcd/server", "h2", "apiserver-etcd-client", name="h1")
    assert talk(cluster, "h1", "etcd/server", "h2", "etcd/peer", name="127.0.0.1")
    assert talk(cluster, "h3", "apiserver", "h1", "front-proxy-client", name="kubernetes.default.svc",
                trusted=("kubernetes", "front-proxy"))  # fmt: skip
    with pytest.raises(ssl.SSLError):
        talk(cluster, "h1", "etcd/server", "h2", "etcd/peer", name="elsewhere")
    with pytest.raises(ssl.SSLError):
        talk(cluster, "h1", "etcd/server", "h2", "front-proxy-client", name="h1")


def talk(cluster, server, server_path, client, client_path, name, trusted=("etcd", "etcd")):
    """Whether a client's word reaches a server over TLS, both showing their certificates.

    `trusted`: whom the client trusts, and whom the server does: authorities of the controller, or files.
    """
    trusted = [
        cluster.folder / "pki" / who / "ca/ca.crt" if isinstance(who, str) else who for who in trusted
    ]

    def context(purpose, host, path, authority):
        context = ssl.SSLContext(purpose)
        context.verify_mode = ssl.CERT_REQUIRED
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        context.load_verify_locations(authority)
        files = [cluster.fetch(host, f"{PATH}/{path}.{kind}") for kind in ("crt", "key")]
        context.load_cert_chain(*files)
        return context

    near, far = socket.socketpair()
    outcome = []

    def serve():
        try:
            side = context(ssl.PROTOCOL_TLS_SERVER, server, server_path, trusted[1])
            with side.wrap_socket(far, server_side=True) as stream:
                outcome.append(stream.recv(100))
        except OSError as error:
            outcome.append(error)
            far.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        side = context(ssl.PROTOCOL_TLS_CLIENT, client, client_path, trusted[0])
        with side.wrap_socket(near, server_hostname=name) as stream:
            stream.sendall(b"word")
    finally:
        near.close()
        thread.join()
    if isinstance(outcome[0], Exception):
        raise outcome[0]
    return outcome[0] == b"word"


def test_drift_is_told_and_mended(cluster):
    other = subprocess.run(
        ["openssl", "ecparam", "-genkey", "-name", "prime256v1", "-noout"],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    check(cluster.lab.host("h1"), f'printf %s "$KEY" > {PATH}/etcd/peer.key', KEY=other)
    check(cluster.lab.host("h2"), f"chmod 644 {PATH}/apiserver.key; rm {PATH}/apiserver.crt")
    check(cluster.lab.host("h2"), "sed -i s,https://,https://other-, /etc/kubernetes/scheduler.conf")
    cluster.write_inventory(pki_etcd_sans=["etcd.example.com"])
    plan = cluster("plan")
    names = [("peer.crt", "names"), ("peer.key", "key"), ("server.crt", "names"), ("server.key", "key")]
    assert reasons(plan, "h3") == sorted(names)
    assert reasons(plan, "h1") == sorted([*names, ("peer.crt", "private key")])
    assert reasons(plan, "h2") == sorted(
        [*names, ("apiserver.crt", "certificate"), ("apiserver.key", "key"), ("apiserver.key", "mode"),
         ("scheduler.conf", "server")]
    )  # fmt: skip
    assert "etcd.example.com" in plan.text
    applied = cluster("apply")
    assert [reasons(applied, name) for name in HOSTS] == [reasons(plan, name) for name in HOSTS]
    again = cluster("apply")
    assert [again.changes(name) for name in HOSTS] == [[], [], []]
    assert talk(cluster, "h1", "etcd/server", "h2", "etcd/peer", name="etcd.example.com")


def test_what_is_about_to_expire_is_renewed(cluster):
    before = cluster.read("h1", f"{PATH}/apiserver.crt")
    cluster("apply", "-e", "pki_renew_before_days=364", "-e", "pki_valid_days=400", playbook=RENEW)
    assert cluster.read("h1", f"{PATH}/apiserver.crt") == before
    # A certificate of five days, as it would look shortly before its end.
    check(cluster.lab.host("h1"), f"rm {PATH}/apiserver.crt")
    cluster("apply", "-e", "pki_valid_days=5", "--limit", "h1")
    plan = cluster("plan", playbook=RENEW)
    assert reasons(plan, "h1") == [("apiserver.crt", "expiry"), ("apiserver.key", "key")]
    assert reasons(plan, "h2") == []
    cluster("apply", playbook=RENEW)
    again = cluster("apply", playbook=RENEW)
    assert [again.changes(name) for name in HOSTS] == [[], [], []]


def test_a_private_key_is_nowhere_else(cluster):
    """Everything is made anew, with all that a run can say; then every line of every key is looked for."""
    for name in HOSTS:
        check(cluster.lab.host(name), f"rm -r {PATH} /etc/kubernetes/*.conf")
    said = ""
    for output in ["text", "json"]:
        result = cluster.spile(
            "apply", "--output", output, "-vvv", "--diff", "-i", cluster.inventory, PKI,
            "--vault-password-file", cluster.folder / "password",
        )  # fmt: skip
        assert result.status == 0, result
        said += result.text
    keys = ""
    for name in HOSTS:
        keys += cluster.lab.host(name).exec(
            f"cat {PATH}/*.key {PATH}/etcd/*.key /var/lib/kubelet/pki/*.key"
        )
        left = cluster.lab.host(name).exec(
            f"find {PATH} /etc/kubernetes /var/lib/kubelet /tmp /run -name '.spile*' 2>/dev/null; true"
        )
        assert left.strip() == ""
        keys += "\n".join(
            line.split()[1]
            for line in cluster.lab.host(name).exec("cat /etc/kubernetes/*.conf").splitlines()
            if "client-key-data" in line
        )
    for path in cluster.folder.glob("pki/*/ca/ca.key"):
        opened = subprocess.run(
            [BINARY, "vault", "view", "--vault-password-file",
             cluster.folder / "password", path], check=True, capture_output=True, text=True,
        )  # fmt: skip
        keys += opened.stdout
    lines = {line for line in keys.splitlines() if len(line) > 20 and not line.startswith("-----")}
    assert len(lines) > 60
    home = "".join(
        path.read_text(errors="replace") for path in cluster.spile.home.rglob("*") if path.is_file()
    )
    assert [line for line in lines if line in said or line in home] == []


def test_an_authority_is_rotated_in_phases(cluster):
    """At every moment, in the middle of a phase too, hosts believe each other."""
    rotate = REPOSITORY / "playbooks/rotate-ca.yml"

    def everybody_is_believed():
        for server, client in [("h1", "h2"), ("h2", "h1"), ("h2", "h3")]:
            assert talk_by_own_trust(cluster, server, client)

    before = cluster.read("h1", f"{PATH}/etcd/server.crt")
    for phase in ["trust", "reissue", "drop"]:
        words = ["-e", "rotate=etcd", "-e", f"phase={phase}"]
        cluster("apply", *words, "--limit", "h1", playbook=rotate)
        if phase != "drop":
            everybody_is_believed()
        cluster("apply", *words, playbook=rotate)
        everybody_is_believed()
        again = cluster("apply", *words, playbook=rotate)
        assert [again.changes(name) for name in HOSTS] == [[], [], []]
        if phase == "trust":
            assert cluster.read("h1", f"{PATH}/etcd/server.crt") == before
    new = (cluster.folder / "pki/etcd/ca2/ca.crt").read_text()
    assert cluster.read("h3", f"{PATH}/etcd/ca.crt") == new
    assert cluster.read("h1", f"{PATH}/ca.crt") == (cluster.folder / "pki/kubernetes/ca/ca.crt").read_text()
    cluster.write_inventory(pki_issuing={"etcd": "ca2"}, pki_etcd_sans=["etcd.example.com"])
    again = cluster("apply")
    assert [again.changes(name) for name in HOSTS] == [[], [], []]


def talk_by_own_trust(cluster, server, client):
    files = [cluster.fetch(name, f"{PATH}/etcd/ca.crt") for name in (client, server)]
    return talk(cluster, server, "etcd/server", client, "etcd/peer", name=server, trusted=files)
