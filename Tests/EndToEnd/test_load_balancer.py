"""A virtual address in front of API servers: it moves, connections survive changes, what is wrong never gets in place."""

import json
import subprocess
import sys
import time

import pytest
from checks import check
from conftest import InventoryWriter
from spile import REPOSITORY, Spile

PLAYBOOK = REPOSITORY / "playbooks/load-balancer.yml"
HOSTS = ["h1", "h2", "h3"]
PAIR = HOSTS[:2]
ADDRESS = "10.77.0.100"
CONFIGURATION = "/etc/haproxy/haproxy.cfg"

# What stands for an API server: says over TLS who it is, and on /readyz whether it wants work.
SERVER = """
defaults
    mode http
    timeout client 1h
    timeout server 1h
    timeout connect 1s
frontend api
    bind *:6443 ssl crt /etc/api-server/server.crt
    http-request return status 200 if { path /readyz }
    http-request return status 200 content-type text/plain string {{ inventory_hostname }}
"""
UNIT = """
[Service]
Type=notify
ExecStart=/usr/sbin/haproxy -Ws -f /etc/api-server/server.cfg
"""
SERVERS = [
    {"certificate_authority": {"path": "{{ inventory_dir }}/ca", "common_name": "test", "encrypt": False},
     "run_once": True},
    {"file": {"path": "/etc/api-server", "state": "directory"}},
    {"certificate": {
        "path": "/etc/api-server/server.crt", "key_path": "/etc/api-server/server.crt.key",
        "ca": "{{ inventory_dir }}/ca", "common_name": "kube-apiserver", "usages": ["server"],
        "ip_addresses": [ADDRESS, "127.0.0.1"]}},
    {"copy": {"dest": "/etc/api-server/server.cfg", "content": SERVER}},
    {"copy": {"dest": "/etc/systemd/system/api-server.service", "content": UNIT}},
    {"systemd_service": {"name": "api-server", "state": "started"}},
]  # fmt: skip

# Asks the address by so many connections and prints who answers; by the last one again for every line that it is sent.
CLIENT = """
import http.client, ssl, sys
context = ssl.create_default_context(cafile=sys.argv[2])
for attempt in range(int(sys.argv[3])):
    connection = http.client.HTTPSConnection(sys.argv[1], 8443, timeout=2, context=context)
    connection.request("GET", "/")
    print(connection.getresponse().read().decode(), flush=True)
while sys.stdin.readline():
    connection.request("GET", "/")
    print(connection.getresponse().read().decode(), flush=True)
"""


class Cluster:
    """Three API servers; two of their hosts carry the address, all three have a load balancer."""

    def __init__(self, lab, folder):
        self.lab = lab
        self.folder = folder
        self.spile = Spile(lab, folder / "home")
        for name in HOSTS:
            lab.host(name).reset()
        self.write_inventory()
        servers = folder / "servers.yml"
        servers.write_text(json.dumps([{"hosts": "control_plane", "tasks": SERVERS}]))
        made = self.spile.json("apply", "-i", self.inventory, servers)
        assert made.status == 0, made

    def write_inventory(self, **variables):
        path = InventoryWriter(self.lab, self.folder)(
            *HOSTS, load_balancer_virtual_ip=ADDRESS, load_balancer_interface="host0", **variables
        )
        inventory = json.loads(path.read_text())
        inventory["all"]["children"] = {
            "load_balancer": {"hosts": dict.fromkeys(PAIR, {})},
            "control_plane": {"hosts": dict.fromkeys(HOSTS, {})},
        }
        path.write_text(json.dumps(inventory))
        self.inventory = path

    def run(self, command, *words):
        return self.spile.json(command, "-i", self.inventory, PLAYBOOK, *words)

    def apply(self, *words):
        result = self.run("apply", *words)
        assert result.status == 0, result
        return result

    def in_sync(self, *words):
        again = self.apply(*words)
        assert [again.changes(name) for name in HOSTS] == [[], [], []], again
        assert [again.exchanges(name) for name in HOSTS] == [1, 1, 1], again

    def client(self, connections=1):
        command = [sys.executable, "-c", CLIENT, ADDRESS, self.folder / "ca/ca.crt", connections]
        words = self.lab.controller_command(*map(str, command))
        return subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def answering(self, connections=9):
        """The hosts that answer at the address; none of them when one connection fails."""
        client = self.client(connections)
        said, _ = client.communicate()
        return set(said.split()) if client.returncode == 0 else set()

    def holders(self):
        """The hosts that have the address."""
        question = f"ip -o address show to {ADDRESS}"
        return [name for name in PAIR if ADDRESS in self.lab.host(name).try_exec(question)]

    def program(self, name, unit="haproxy.service"):
        """What changes when the unit is started again."""
        properties = "--property=MainPID,ActiveEnterTimestampMonotonic,NRestarts"
        return self.lab.host(name).exec(f"systemctl show {properties} {unit}")


def wait(condition, what, seconds=20):
    """Waits, and returns after how many seconds it was so."""
    begun = time.monotonic()
    while not condition():
        assert time.monotonic() - begun < seconds, f"waited {seconds} s for {what}"
        time.sleep(0.1)
    return time.monotonic() - begun


@pytest.fixture(scope="module")
def cluster(lab, tmp_path_factory):
    cluster = Cluster(lab, tmp_path_factory.mktemp("cluster"))
    cluster.plan = cluster.run("plan")
    cluster.first = cluster.apply()
    wait(lambda: len(cluster.holders()) == 1, "a first holder of the address")
    return cluster


def test_plan_foresees_what_apply_does(cluster):
    assert cluster.plan.status == 0, cluster.plan
    for name in HOSTS:
        foreseen = cluster.plan.changes(name) + cluster.plan.undecided(name)
        assert sorted(foreseen) == cluster.first.changes(name)
    # Newer ones of keepalived refuse a configuration while the script is missing that it names.
    assert {name for host in HOSTS for name in cluster.plan.undecided(host)} <= {
        "Configuration of keepalived", "Reload keepalived",
    }  # fmt: skip


def test_a_second_run_is_empty(cluster):
    cluster.in_sync()


def test_all_api_servers_answer_at_the_address(cluster):
    wait(lambda: cluster.answering(), "an answer")
    assert cluster.answering() == set(HOSTS)


def test_an_api_server_that_wants_no_work_gets_none(cluster):
    """It still takes connections, as one that shuts down does: only its /readyz tells."""
    file = "/etc/api-server/server.cfg"
    host = cluster.lab.host("h3")
    check(host, f"sed -i 's/status 200 if/status 500 if/' {file}; systemctl restart api-server")
    wait(lambda: cluster.answering() == {"h1", "h2"}, "h3 to be left out", seconds=40)
    check(host, f"sed -i 's/status 500 if/status 200 if/' {file}; systemctl restart api-server")
    wait(lambda: cluster.answering() == set(HOSTS), "h3 to be back", seconds=40)


def test_the_address_leaves_a_host_without_load_balancer_and_does_not_come_back(cluster):
    [holder] = cluster.holders()
    [other] = [name for name in PAIR if name != holder]
    check(cluster.lab.host(holder), "systemctl kill --signal=KILL haproxy.service; systemctl stop haproxy.service")
    seconds = wait(lambda: cluster.holders() == [other] and cluster.answering(), "the address to move")
    assert seconds < 10
    drift = cluster.run("drift")
    assert drift.status == 16, drift
    assert drift.changes(holder) == ["The load balancer runs"]
    repaired = cluster.apply()
    assert repaired.changes(holder) == ["The load balancer runs"]
    time.sleep(5)
    assert cluster.holders() == [other]


def test_the_address_leaves_a_host_that_dies(cluster):
    [holder] = cluster.holders()
    [other] = [name for name in PAIR if name != holder]
    host = cluster.lab.host(holder)
    host.stop()
    seconds = wait(lambda: cluster.holders() == [other] and cluster.answering(), "the address to move")
    assert seconds < 10
    assert cluster.answering() == {*HOSTS} - {holder}
    host.start()
    host.wait()
    check(host, "systemctl start api-server")
    time.sleep(5)
    assert cluster.holders() == [other]
    cluster.in_sync()


def test_a_change_reloads_and_connections_stay(cluster):
    before = [cluster.program(name) for name in HOSTS]
    client = cluster.client()
    server = client.stdout.readline()
    assert server.strip() in HOSTS
    gone = [name for name in HOSTS if name != server.strip()][0]
    left = [name for name in HOSTS if name != gone]
    # Hosts by their addresses, as those that are not in the inventory.
    addresses = [cluster.lab.host(name).address for name in left]
    cluster.write_inventory(load_balancer_backends=addresses, load_balancer_even_backends=True)
    changed = cluster.apply()
    for name in HOSTS:
        assert changed.changes(name) == ["Configuration of the load balancer", "Reload the load balancer"]
    assert [cluster.program(name) for name in HOSTS] == before
    client.stdin.write("again\n")
    client.stdin.flush()
    assert client.stdout.readline() == server
    client.communicate()
    assert cluster.answering() == set(left)
    cluster.in_sync()
    cluster.write_inventory()
    cluster.apply()


def test_a_reload_that_an_earlier_run_missed_is_made_up_for(cluster):
    check(cluster.lab.host("h3"), f"touch {CONFIGURATION}")
    before = cluster.program("h3")
    late = cluster.apply()
    assert late.changes("h3") == ["A reload of the load balancer that is due"]
    assert cluster.program("h3") == before
    cluster.in_sync()


def test_what_the_program_refuses_never_gets_in_place(cluster):
    before = [(cluster.lab.host(name).exec(f"cat {CONFIGURATION}"), cluster.program(name)) for name in HOSTS]
    for command in ["plan", "apply"]:
        refused = cluster.run(command, "-e", "load_balancer_ca=/etc/nobody/put/it/there.crt")
        assert refused.status == 2, refused
        assert "/etc/nobody/put/it/there.crt" in refused.text
    after = [(cluster.lab.host(name).exec(f"cat {CONFIGURATION}"), cluster.program(name)) for name in HOSTS]
    assert after == before
    assert cluster.answering() == set(HOSTS)


# (what is said, what is answered)
WRONG = [
    ({"load_balancer_program": "lvs"}, "haproxy or nginx"),
    ({"load_balancer_port": 6443}, "the API server's own"),
    ({"load_balancer_backends": []}, "is empty"),
    ({"load_balancer_backends": ["h1", "h2"]}, "lacks h3"),
    ({"load_balancer_backends": ["h1", "h2", "h3", "h2"]}, "twice"),
    ({"load_balancer_backends": ["192.0.2.1", "192.0.2.2"]}, "no more failures than 1"),
    ({"load_balancer_router_id": 256}, "1 to 255"),
    ({"load_balancer_router_id": 0}, "1 to 255"),
    ({"load_balancer_idle_seconds": 35}, "watches"),
    ({"load_balancer_max_connections": 50}, "less than twice ten"),
    ({"load_balancer_virtual_ip": "10.77.0.12"}, "no host of the inventory has"),
    ({"load_balancer_virtual_ip": "10.77.0.100/24"}, "no /24"),
    ({"load_balancer_health_port": 8443}, "is taken"),
]  # fmt: skip


@pytest.mark.parametrize("wrong, answer", WRONG, ids=[answer for _, answer in WRONG])
def test_wrong_values_are_refused_before_anything_is_touched(cluster, wrong, answer):
    refused = cluster.run("apply", "-e", json.dumps(wrong))
    assert refused.status == 2, refused
    assert answer in refused.text.replace("\\n", " "), refused
    assert [refused.changes(name) for name in HOSTS] == [[], [], []]


def test_nginx_does_it_too(cluster):
    words = ["-e", "load_balancer_program=nginx"]
    cluster.apply(*words)
    cluster.in_sync(*words)
    wait(lambda: len(cluster.holders()) == 1 and cluster.answering(), "an answer")
    assert cluster.answering() == set(HOSTS)
    for name in HOSTS:
        check(cluster.lab.host(name), "systemctl -q is-active nginx; fails systemctl -q is-active haproxy")
    before = [cluster.program(name, "nginx.service") for name in HOSTS]
    changed = cluster.apply(*words, "-e", "load_balancer_idle_seconds=7200")
    assert changed.changes("h3") == ["Configuration of the load balancer", "Reload the load balancer"]
    assert [cluster.program(name, "nginx.service") for name in HOSTS] == before
    [holder] = cluster.holders()
    [other] = [name for name in PAIR if name != holder]
    check(cluster.lab.host(holder), "systemctl stop nginx")
    wait(lambda: cluster.holders() == [other] and cluster.answering(), "the address to move", seconds=10)
