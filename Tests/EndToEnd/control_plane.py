"""An API server on a host of a lab, started by hand: certificates by the role `pki`, etcd beside it, no kubelet.

The programs of Kubernetes are no part of the tests: see kubernetes_programs.py.
"""

import json
import shutil
import time

from checks import check
from conftest import InventoryWriter
from kubernetes_programs import newest
from spile import REPOSITORY, Spile

PROGRAMS = ["kube-apiserver", "kube-controller-manager", "kubectl"]
PKI = "/etc/kubernetes/pki"
SERVICES = {
    "etcd": (
        "etcd --name here --data-dir /var/lib/etcd-here --listen-client-urls http://127.0.0.1:2379"
        " --advertise-client-urls http://127.0.0.1:2379 --listen-peer-urls http://127.0.0.1:2380"
        " --initial-advertise-peer-urls http://127.0.0.1:2380 --initial-cluster here=http://127.0.0.1:2380"
    ),
    "kube-apiserver": (
        "/usr/local/bin/kube-apiserver --etcd-servers=http://127.0.0.1:2379 --authorization-mode=Node,RBAC"
        " --advertise-address={address}"
        f" --client-ca-file={PKI}/ca.crt --tls-cert-file={PKI}/apiserver.crt"
        f" --tls-private-key-file={PKI}/apiserver.key --service-cluster-ip-range=10.96.0.0/12"
        " --service-account-issuer=https://kubernetes.default.svc.cluster.local"
        f" --service-account-key-file={PKI}/sa.pub --service-account-signing-key-file={PKI}/sa.key"
    ),
    "kube-controller-manager": (
        "/usr/local/bin/kube-controller-manager --kubeconfig=/etc/kubernetes/controller-manager.conf"
        f" --use-service-account-credentials --service-account-private-key-file={PKI}/sa.key"
        f" --root-ca-file={PKI}/ca.crt"
    ),
}


class ControlPlane:
    """The first host of a lab with etcd, API server and controller manager, and runs of Spile against it."""

    def __init__(self, lab, folder):
        self.folder = folder
        self.host = lab.host("h1")
        self.spile = Spile(lab, folder / "home")
        (folder / "password").write_text("sesame\n")
        (folder / "password").chmod(0o600)
        self.inventory = InventoryWriter(lab, folder)("h1")
        inventory = json.loads(self.inventory.read_text())
        inventory["all"]["children"] = {"control_plane": {"hosts": {"h1": {}}}}
        self.inventory.write_text(json.dumps(inventory))

    def start(self):
        source = newest()
        for name in PROGRAMS:
            target = self.host.root / "usr/local/bin" / name
            if not target.exists():
                shutil.copy(source / name, target)
        result = self.run("apply", REPOSITORY / "playbooks/pki.yml")
        assert result.status == 0, result
        for name in SERVICES:
            self.start_service(name)
            if name == "kube-apiserver":
                self.wait_for_server()
        # Nobody but the members of system:masters has rights in a new cluster.
        check(
            self.host,
            "kubectl --kubeconfig /etc/kubernetes/super-admin.conf create clusterrolebinding"
            " kubeadm:cluster-admins --clusterrole=cluster-admin --group=kubeadm:cluster-admins",
        )

    def start_service(self, name):
        words = SERVICES[name].format(address=self.host.address)
        check(self.host, f"systemd-run --quiet --unit=by-hand-{name} --property=Restart=on-failure {words}")

    def stop_service(self, name):
        check(self.host, f"systemctl stop by-hand-{name}; systemctl reset-failed by-hand-{name} || :")

    def wait_for_server(self):
        ready = "kubectl --kubeconfig /etc/kubernetes/super-admin.conf get --raw /readyz"
        check(self.host, f"n=0; until {ready}; do n=$((n + 1)); [ $n -lt 120 ]; sleep 0.5; done")

    def kubectl(self, words, **variables):
        return check(self.host, f"kubectl --kubeconfig /etc/kubernetes/admin.conf {words}", **variables)

    def get(self, words):
        return json.loads(self.kubectl(f"get {words} -o json --show-managed-fields"))

    def run(self, command, playbook, *extra):
        return self.spile.json(
            command, "-i", self.inventory, playbook,
            "--vault-password-file", self.folder / "password", *extra,
        )  # fmt: skip

    def task(self, command, module, arguments, *extra, **keywords):
        """Runs one task with a module against the host."""
        return self.tasks(command, [{"name": "it", module: arguments, **keywords}], *extra)

    def tasks(self, command, tasks, *extra):
        path = self.folder / f"tasks-{time.monotonic_ns()}.yml"
        path.write_text(json.dumps([{"hosts": "control_plane", "gather_facts": False, "tasks": tasks}]))
        return self.run(command, path, *extra)
