"""Network namespaces: one for the controller with a bridge in it, one for each host.

    controller namespace                       host namespaces
    +--------------------------+
    | bridge lab0  10.77.0.1   |----- veth ----- host0 10.77.0.11   h1 --- lan0 10.78.0.1
    |                          |----- veth ----- host0 10.77.0.12   h2        |
    +--------------------------+                                              veth
                                                 host0 10.78.0.11   hidden1 --+

Nothing is added to the machine's own namespace, so labs cannot meet each other or the network.
"""

import pathlib
import subprocess

from .commands import LabError, run

CONTROLLER_ADDRESS = "10.77.0.1"
NAMESPACES = pathlib.Path("/run/netns")


def host_address(number):
    return f"10.77.{number // 200}.{number % 200 + 10}"


def hidden_address(number):
    return f"10.78.0.{number + 10}"


def add_controller(namespace):
    """The controller's namespace with the bridge that the hosts hang on."""
    add_namespace(namespace)
    ip(namespace, "link", "add", "lab0", "type", "bridge")
    ip(namespace, "address", "add", f"{CONTROLLER_ADDRESS}/16", "dev", "lab0")
    ip(namespace, "link", "set", "lab0", "up")


def add_host(namespace, controller, number):
    """A host's namespace, reachable from the controller's."""
    add_namespace(namespace)
    port = f"port{number}"
    link(controller, port, namespace, "host0")
    ip(controller, "link", "set", port, "master", "lab0", "up")
    ip(namespace, "address", "add", f"{host_address(number)}/16", "dev", "host0")
    ip(namespace, "link", "set", "host0", "up")


def add_hidden_host(namespace, bastion, number):
    """A host's namespace that only `bastion` (another host's namespace) can reach."""
    add_namespace(namespace)
    link(bastion, f"lan{number}", namespace, "host0")
    ip(bastion, "address", "add", f"10.78.0.{number}/32", "peer", hidden_address(number), "dev", f"lan{number}")
    ip(bastion, "link", "set", f"lan{number}", "up")
    ip(namespace, "address", "add", hidden_address(number), "peer", f"10.78.0.{number}/32", "dev", "host0")
    ip(namespace, "link", "set", "host0", "up")


def add_namespace(namespace):
    run("ip", "netns", "add", namespace)
    ip(namespace, "link", "set", "lo", "up")


def link(one, name, other, peer):
    ip(one, "link", "add", name, "type", "veth", "peer", "name", peer, "netns", other)


def ip(namespace, *words):
    run("ip", "-n", namespace, *words)


def names(prefix):
    """The namespaces whose names begin with `prefix`."""
    return sorted(path.name for path in NAMESPACES.glob(f"{prefix}-*"))


def members(namespace):
    """The ids of the processes in a namespace."""
    done = subprocess.run(["ip", "netns", "pids", namespace], stdout=subprocess.PIPE, text=True)
    return [int(word) for word in done.stdout.split()]


def inside(namespace, *command):
    """The words that run `command` in a network namespace, everything else as it is outside."""
    path = NAMESPACES / namespace
    if not path.exists():
        raise LabError("no lab is up here (lab up)")
    return ["nsenter", f"--net={path}", "--", *command]


def allow_hosts(instances, connections):
    """Raises bounds of this machine that its hosts share and cannot all set: instances of inotify
    (systemd and udev take some on every host) and connections that conntrack holds."""
    raise_bound("fs/inotify/max_user_instances", instances)
    raise_bound("net/netfilter/nf_conntrack_max", connections)


def raise_bound(key, count):
    bound = pathlib.Path("/proc/sys", key)
    if bound.exists() and int(bound.read_text()) < count:
        bound.write_text(str(count))
