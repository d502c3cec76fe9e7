"""A whole cluster from bare hosts and a bundle, with the real programs of Kubernetes: made, broken, repaired, upgraded.

Debian has no packages of them: see kubernetes_programs.py.
"""

import json
import os
import pathlib
import random
import re
import subprocess
import time

import images
import pytest
from kubernetes_programs import releases
from spile import BINARY, REPOSITORY, Spile
from spilelab.laboratory import Lab

PLAYBOOKS = REPOSITORY / "playbooks"
CONTROL_PLANES = ["h1", "h2", "h3"]
WORKERS = ["h4", "h5"]
HOSTS = CONTROL_PLANES + WORKERS
ADDRESS = "10.77.0.100"
PAUSE = "registry.example.com/pause:3.10"
WEB = "registry.example.com/web:1"
UNITS = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy", "etcd", "containerd"]

DISK_SIGNALS = ["nodefs.available", "nodefs.inodesFree", "imagefs.available", "imagefs.inodesFree"]

WEB_PODS = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web"},
    "spec": {
        "replicas": 2,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {
                "containers": [{"name": "web", "image": WEB, "imagePullPolicy": "Never"}],
                "topologySpreadConstraints": [
                    {
                        "maxSkew": 1,
                        "topologyKey": "kubernetes.io/hostname",
                        "whenUnsatisfiable": "DoNotSchedule",
                        "labelSelector": {"matchLabels": {"app": "web"}},
                    }
                ],
            },
        },
    },
}
WEB_SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "web"},
    "spec": {"clusterIP": "10.96.0.80", "selector": {"app": "web"}, "ports": [{"port": 80}]},
}


class Cluster:
    """Three control planes with etcd beside them, two workers, a virtual address."""

    def __init__(self, lab, folder, releases):
        self.lab = lab
        self.folder = folder
        self.releases = releases
        # Debian's containerd 1.7 goes with Kubernetes up to 1.35.
        minors = [minor for minor in releases if minor <= 35] or list(releases)
        self.minor = minors[-2] if len(minors) > 1 and minors[-1] - minors[-2] == 1 else minors[-1]
        self.spile = Spile(lab, folder / "home", limit=900)
        self.variables = {}
        password = folder / "vault-password"
        password.write_text("a password of the tests\n")
        password.chmod(0o600)
        self.bundle = self.make_bundle()

    def make_bundle(self):
        """Everything that the site gets: programs of the versions that are used, and images made here."""
        program = self.lab.base / "bin/busybox"
        page = "hostname >/www/index.html; exec httpd -f -h /www -p 80"
        images.archive(self.folder / "pause.tar", PAUSE, program, ["/bin/busybox", "sleep", "2147483647"])
        images.archive(self.folder / "web.tar", WEB, program, ["/bin/sh", "-c", page])
        items = [{"kind": "image", "path": str(self.folder / name)} for name in ("pause.tar", "web.tar")]
        for minor in (self.minor, self.minor + 1):
            folder = self.releases.get(minor)
            for path in sorted(folder.iterdir()) if folder else []:
                item = {"kind": "binary", "name": path.name, "version": folder.name[1:], "path": str(path)}
                items.append({**item, "arch": "amd64", "required_by": ["kubernetes"]})
        (self.folder / "bundle.yml").write_text(json.dumps({"name": "site", "items": items}))
        bundle, key = self.folder / "site", self.folder / "site.key"
        password = ["--vault-password-file", self.folder / "vault-password"]
        made = self.spile("bundle", "key", key, *password, local=True)
        assert made.status == 0, made
        self.environment = {"SPILE_BUNDLE_KEY": f"{key}.pub"}
        words = ["bundle", "create", self.folder / "bundle.yml", "-o", bundle, "--key", key, *password]
        made = self.spile(*words, local=True)
        assert made.status == 0, made
        return bundle

    def inventory(self):
        hosts = {
            name: {"ansible_host": self.lab.host(name).address, "data_disk": self.lab.host(name).disk()}
            for name in HOSTS
        }
        no_score = {"OOMScoreAdjust": 0}
        content = {
            "all": {
                "vars": {
                    "ansible_user": "root",
                    "ansible_ssh_private_key_file": f"{self.lab.folder}/ssh/id_ed25519",
                    "ansible_ssh_common_args": f"-o UserKnownHostsFile={self.lab.folder}/ssh/known_hosts",
                    # What the hosts of the lab are not: machines of their own.
                    "os_cgroup2_required": False,
                    "os_ntp_servers": ["10.77.0.1"],
                    # Layers of images cannot lie on the hosts' own layers.
                    "os_data_mounts": [{"device": "{{ data_disk }}", "path": "/var/lib/containerd", "fstype": "xfs"}],
                    "os_mount_options": "noatime,nofail",
                    "containerd_restrict_oom_score_adj": True,
                    "etcd_oom_score_adjust": 0,
                    "kubernetes_apiserver_unit": no_score,
                    "kubernetes_controller_manager_unit": no_score,
                    "kubernetes_scheduler_unit": no_score,
                    "kubernetes_proxy_unit": no_score,
                    "kubernetes_kubelet_config": {
                        "failCgroupV1": False,
                        "protectKernelDefaults": False,
                        "maxPods": 60,
                        # All of them share the machine's disk, and how full that is is nobody's business here.
                        "evictionHard": dict.fromkeys(DISK_SIGNALS, "1%"),
                        **self.variables.get("kubelet", {}),
                    },
                    # What the image of the host has brought.
                    "etcd_packages": [],
                    "containerd_install": False,
                    "load_balancer_install": False,
                    "kubernetes_cni_packages": [],
                    # The site.
                    "kubernetes_version": f"1.{self.minor}",
                    "kubernetes_bundle": str(self.bundle),
                    "kubernetes_bundle_version": self.releases[self.minor].name[1:],
                    "kubernetes_network": "bridge",
                    "kubernetes_shutdown_delay": 2,
                    "kubernetes_apiserver_flags": self.variables.get("apiserver", {}),
                    "containerd_sandbox_image": PAUSE,
                    "containerd_images": [{"name": name, "bundle": str(self.bundle)} for name in (PAUSE, WEB)],
                    "load_balancer_virtual_ip": ADDRESS,
                    "load_balancer_interface": "host0",
                    "pki_api_sans": [ADDRESS],
                    "pki_api_server": "https://127.0.0.1:8443",
                }
            },
            "control_plane": {"hosts": {name: hosts[name] for name in CONTROL_PLANES}},
            "etcd": {"children": {"control_plane": {}}},
            "load_balancer": {"hosts": {"h1": {}, "h2": {}}},
            "workers": {"hosts": {name: hosts[name] for name in WORKERS}},
        }
        path = self.folder / "hosts.yml"
        path.write_text(json.dumps(content, indent=2))
        return path

    def words(self, command, playbook, *extra):
        password = self.folder / "vault-password"
        return [command, "-i", self.inventory(), PLAYBOOKS / playbook, "--vault-password-file", password, *extra]

    def run(self, command, playbook, *extra):
        return self.spile.json(*self.words(command, playbook, *extra), environment=self.environment)

    def apply(self, playbook="site.yml", *extra):
        result = self.run("apply", playbook, *extra)
        failed = [event for event in result.events if event.get("status") == "failed"]
        assert result.status == 0, failed or result
        return result

    def start_and_kill(self, playbook, seconds):
        """Starts a run and kills it (SIGKILL) after some time; whether it was still there."""
        words = [BINARY, *self.words("apply", playbook)]
        run = subprocess.Popen(
            self.lab.controller_command("timeout", "-s", "KILL", f"{seconds:.2f}", *map(str, words)),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={"HOME": str(self.folder / "home"), "PATH": os.environ["PATH"], **self.environment}, cwd=REPOSITORY,
        )  # fmt: skip
        return run.wait(timeout=900) != 0

    def kubectl(self, words, host="h1", **options):
        return self.lab.host(host).exec(f"kubectl --kubeconfig=/etc/kubernetes/admin.conf {words}", **options)

    def objects(self, words):
        return json.loads(self.kubectl(f"get {words} --output=json"))["items"]

    def started(self):
        """Since when each unit runs on each host: what changes when it is started again."""
        names = " ".join(f"{unit}.service" for unit in UNITS)
        show = f"systemctl show --property=Id,MainPID,NRestarts {names}"
        return {name: self.lab.host(name).exec(show) for name in HOSTS}

    def restarted(self, before):
        """Host and unit of what was started again since."""
        pairs = set()
        for name, text in self.started().items():
            for old, new in zip(before[name].split("\n\n"), text.split("\n\n")):
                if old != new:
                    pairs.add((name, re.search(r"Id=(.*)\.service", new)[1]))
        return pairs

    def in_sync(self):
        again = self.apply()
        assert {name: again.changes(name) for name in HOSTS} == {name: [] for name in HOSTS}, again
        # One for what a host knows by itself; what waits for the control planes, and for what the first of them says of
        # all nodes, is looked at again after them.
        assert all(again.exchanges(name) <= 4 for name in HOSTS), again

    def wait(self, what, condition, seconds=90):
        deadline = time.monotonic() + seconds
        while True:
            try:
                if condition():
                    return
            except Exception:  # The API may be away for a moment.
                if time.monotonic() > deadline:
                    raise
            assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
            time.sleep(0.5)

    def ready(self):
        conditions = {
            node["metadata"]["name"]: next(c["status"] for c in node["status"]["conditions"] if c["type"] == "Ready")
            for node in self.objects("nodes")
        }
        return conditions == {name: "True" for name in HOSTS}

    def web_answers(self, host="h1"):
        """Whether the service answers on a host: pods, routes between nodes, kube-proxy."""
        script = "exec 3<>/dev/tcp/10.96.0.80/80; printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3"
        return "web-" in self.lab.host(host).exec(f"timeout 3 bash -c \"{script}\"")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    found = releases()
    lab = Lab(os.environ.get("SPILE_CLUSTER_LAB", REPOSITORY / ".demo/cluster"))
    lab.up(len(HOSTS), suite="trixie", pods=True)
    for host in lab.hosts:
        # Addresses of services need a way to be sent on; and what is sent anywhere but to the site itself is counted.
        host.exec(
            "ip route add default via 10.77.0.1;"
            " nft add table inet site; nft add chain inet site out '{ type filter hook output priority 0; }';"
            " nft add rule inet site out ip daddr != '{10.0.0.0/8, 127.0.0.0/8, 224.0.0.0/4}' counter"
        )
    yield Cluster(lab, tmp_path_factory.mktemp("cluster"), found)
    lab.down()


def test_the_bundle_has_what_the_playbooks_take(cluster):
    words = ["-i", cluster.inventory(), PLAYBOOKS / "site.yml", "--bundle", cluster.bundle, "--site-packages"]
    covered = cluster.spile("bundle", "coverage", *words, environment=cluster.environment, local=True)
    assert covered.status == 0, covered


def test_the_bundle_is_sent_ahead(cluster):
    sent = cluster.spile("bundle", "push", "-i", cluster.inventory(), cluster.bundle, environment=cluster.environment)
    assert sent.status == 0, sent


def test_a_cluster_comes_of_runs_that_are_killed_at_random(cluster):
    seed = random.randrange(1 << 30)
    print("seed", seed)
    chance = random.Random(seed)
    killed = sum(cluster.start_and_kill("site.yml", chance.uniform(3, 40)) for _ in range(10))
    assert killed >= 5
    cluster.apply()
    members = cluster.lab.host("h1").exec(
        "ETCDCTL_API=3 etcdctl --cacert=/etc/kubernetes/pki/etcd/ca.crt --endpoints=https://127.0.0.1:2379"
        " --cert=/etc/kubernetes/pki/etcd/healthcheck-client.crt"
        " --key=/etc/kubernetes/pki/etcd/healthcheck-client.key member list"
    )
    assert members.count("started") == 3, members
    assert cluster.ready()


def test_a_second_run_is_empty_and_starts_nothing_again(cluster):
    before = cluster.started()
    cluster.in_sync()
    assert cluster.restarted(before) == set()


def test_pods_run_and_are_reached_from_every_node(cluster):
    host = cluster.lab.host("h1")
    host.write("root/web.json", json.dumps({"apiVersion": "v1", "kind": "List", "items": [WEB_PODS, WEB_SERVICE]}))
    cluster.kubectl("apply --filename=/root/web.json")
    cluster.kubectl("rollout status deployment/web --timeout=90s")
    places = {pod["spec"]["nodeName"] for pod in cluster.objects("pods --selector=app=web")}
    assert places == set(WORKERS)
    for name in HOSTS:
        cluster.wait(f"the service on {name}", lambda: cluster.web_answers(name), 20)


def test_nodes_have_their_labels_and_taints(cluster):
    for node in cluster.objects("nodes"):
        name, labels = node["metadata"]["name"], node["metadata"]["labels"]
        role = "control-plane" if name in CONTROL_PLANES else "worker"
        assert labels[f"node-role.kubernetes.io/{role}"] == ""
        taints = [taint["key"] for taint in node["spec"].get("taints", [])]
        assert taints == (["node-role.kubernetes.io/control-plane"] if role == "control-plane" else [])


@pytest.mark.parametrize("victim", CONTROL_PLANES)
def test_the_api_stays_when_a_control_plane_goes(cluster, victim):
    other = next(name for name in CONTROL_PLANES if name != victim)
    units = "kube-apiserver kube-controller-manager kube-scheduler etcd haproxy"
    cluster.lab.host(victim).exec(f"systemctl stop keepalived {units}")
    try:
        ask = "get --raw /readyz --request-timeout=3s"
        cluster.wait("the API by the node's own load balancer", lambda: cluster.kubectl(ask, other) == "ok", 90)
        address = f"--server=https://{ADDRESS}:8443 {ask}"
        cluster.wait("the API at the virtual address", lambda: cluster.kubectl(address, other) == "ok", 90)
        cluster.kubectl("create configmap written --from-literal=a=b", other)
    finally:
        cluster.lab.host(victim).exec(f"systemctl start --no-block etcd haproxy {units} keepalived")
        cluster.kubectl("delete configmap written --ignore-not-found", other)
    cluster.wait("the control plane to be back", lambda: cluster.kubectl("get --raw /readyz", victim) == "ok", 180)


def test_drift_is_found_and_repaired_with_the_least_that_does(cluster):
    lab = cluster.lab
    lab.host("h4").exec("sed -i s/maxPods:.*/maxPods:\\ 61/ /var/lib/kubelet/config.yaml && systemctl restart kubelet")
    unit = "/etc/systemd/system/kube-apiserver.service"
    lab.host("h2").exec(
        f"sed -i 's/--goaway-chance=[0-9.]*/--goaway-chance=0.01/' {unit}"
        " && systemctl daemon-reload && systemctl restart kube-apiserver"
    )
    lab.host("h3").exec("rm /etc/kubernetes/pki/front-proxy-client.crt")
    cluster.kubectl("label node h5 node-role.kubernetes.io/worker-")
    cluster.wait("the API", lambda: cluster.kubectl("get --raw /readyz", "h2") == "ok", 180)
    found = cluster.run("drift", "drift.yml")
    assert found.status == 16, found
    assert "API server" in found.changes("h2") and "Kubelet" in found.changes("h4")
    assert [task for task in found.changes("h3") if task.startswith("Certificates")]
    assert [task for task in found.changes("h1") if "(h5)" in task]
    before = cluster.started()
    cluster.apply()
    assert cluster.restarted(before) == {("h2", "kube-apiserver"), ("h4", "kubelet")}
    cluster.in_sync()


def test_a_flag_goes_from_one_control_plane_to_the_next_while_the_api_stays(cluster):
    cluster.variables["apiserver"] = {"event-ttl": "30m"}
    before = cluster.started()
    script = (
        "while [ ! -e /run/enough ]; do kubectl --kubeconfig=/etc/kubernetes/admin.conf get --raw /api/v1/nodes"
        " --request-timeout=5s >/dev/null 2>&1 && echo ok || echo lost; sleep 0.2; done"
    )
    watcher = subprocess.Popen(
        cluster.lab.host("h1").enter("/bin/sh", "-c", script), stdout=subprocess.PIPE, text=True
    )
    cluster.apply()
    cluster.lab.host("h1").exec("touch /run/enough")
    said = watcher.communicate()[0].split()
    cluster.lab.host("h1").exec("rm /run/enough")
    # Controller managers and schedulers that lose their lease with the API server beside them end, and are started again.
    ended = {pair for pair in cluster.restarted(before) if pair[1] not in ("kube-controller-manager", "kube-scheduler")}
    assert ended == {(name, "kube-apiserver") for name in CONTROL_PLANES}
    # A connection that a load balancer had open to a server that ends is the client's to repeat.
    assert said.count("ok") > 20 and said.count("lost") <= 3, said
    cluster.in_sync()


def test_what_takes_something_from_pods_drains_the_node_first(cluster):
    cluster.variables["kubelet"] = {"maxPods": 40}
    uids = {pod["metadata"]["uid"] for pod in cluster.objects("pods --selector=app=web")}
    cluster.apply("site.yml", "--limit", "h4:control_plane")
    pods = cluster.objects("pods --selector=app=web")
    # Its pod had nowhere else to go (one for each worker), and was made anew.
    assert len({pod["metadata"]["uid"] for pod in pods} - uids) >= 1
    assert not [node for node in cluster.objects("nodes") if node["spec"].get("unschedulable")]
    cluster.apply()
    cluster.in_sync()


def test_an_upgrade_by_one_minor_version(cluster):
    if cluster.minor + 1 not in cluster.releases:
        pytest.skip("SPILE_K8S_BIN has no two minor versions in a row")
    cluster.minor += 1
    planned = cluster.run("plan", "upgrade.yml")
    assert planned.status == 0, planned
    cluster.apply("upgrade.yml")
    versions = {node["status"]["nodeInfo"]["kubeletVersion"] for node in cluster.objects("nodes")}
    assert versions == {cluster.releases[cluster.minor].name}
    server = json.loads(cluster.kubectl("get --raw /version"))
    assert server["gitVersion"] == cluster.releases[cluster.minor].name
    assert not [node for node in cluster.objects("nodes") if node["spec"].get("unschedulable")]
    cluster.wait("the service", lambda: cluster.web_answers("h1"), 60)
    cluster.in_sync()


def test_a_node_leaves_and_comes_back(cluster):
    cluster.apply("remove-node.yml", "-e", "node=h5")
    assert [node["metadata"]["name"] for node in cluster.objects("nodes")] == HOSTS[:-1]
    assert "inactive" in cluster.lab.host("h5").try_exec("systemctl is-active kubelet")
    cluster.apply("add-node.yml", "--limit", "h5:control_plane")
    cluster.wait("h5", cluster.ready)
    cluster.apply()
    cluster.in_sync()


def test_nothing_was_asked_of_anybody_outside(cluster):
    for host in cluster.lab.hosts:
        assert "packets 0 bytes 0" in host.exec("nft list chain inet site out"), host.name
