"""The base tree all hosts are laid over: one Debian, built once and cached."""

import fcntl
import gzip
import hashlib
import os
import pathlib
import shutil
import tempfile

from .commands import LabError, run, say
from .packages import write_repository

HERE = pathlib.Path(__file__).resolve().parent.parent

# No Python: xfsprogs wants one only for `xfs_scrub_all`, and gets an empty package (packages.py).
INCLUDE = (
    "systemd systemd-sysv dbus libpam-systemd openssh-server sudo iproute2 kmod xfsprogs procps "
    "util-linux chrony udev tzdata nftables iptables attr e2fsprogs etcd-server etcd-client "
    "haproxy keepalived nginx libnginx-mod-stream containerd"
).split()

# What hosts need besides to run pods.
NODES = "containernetworking-plugins conntrack busybox-static".split()

# What the running kernel may have built in: its configuration symbol and the module's path, as
# `modules.builtin` of a distribution's kernel package lists it.
BUILT_IN = {
    "CONFIG_BRIDGE_NETFILTER": "kernel/net/bridge/br_netfilter.ko",
    "CONFIG_NF_CONNTRACK": "kernel/net/netfilter/nf_conntrack.ko",
    "CONFIG_OVERLAY_FS": "kernel/fs/overlayfs/overlay.ko",
    "CONFIG_IP_VS": "kernel/net/netfilter/ipvs/ip_vs.ko",
    "CONFIG_VETH": "kernel/drivers/net/veth.ko",
    "CONFIG_VXLAN": "kernel/drivers/net/vxlan/vxlan.ko",
    "CONFIG_XFS_FS": "kernel/fs/xfs/xfs.ko",
}


def cache_folder():
    root = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return pathlib.Path(root) / "spile-lab"


def base_tree(suite, python=False, nodes=False):
    """The path of the base tree, which is built if no tree of the same content is cached."""
    include = INCLUDE + (["python3", "python3-apt"] if python else []) + (NODES if nodes else [])
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    kind = ("-python" if python else "") + ("-nodes" if nodes else "")
    tree = folder / f"{suite}{kind}-{content_key(suite, include)}"
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not tree.exists():
            build(tree, suite, include, python)
    return tree


def content_key(suite, include):
    """A digest of everything that goes into the tree."""
    digest = hashlib.sha256(f"{suite} {include} {os.uname().release}".encode())
    inputs = [HERE / "base-setup.sh", *sorted((HERE / "spilelab").glob("*ba[sc]*.py"))]
    inputs += sorted(path for path in (HERE / "rootfs").rglob("*") if path.is_file())
    inputs.append(HERE / "spilelab/packages.py")
    for path in inputs:
        digest.update(str(path.relative_to(HERE)).encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def build(tree, suite, include, python):
    say(f"building the base tree for {suite} in {tree} (once, about half a minute)")
    with tempfile.TemporaryDirectory(dir=tree.parent, prefix="building-") as scratch:
        half = pathlib.Path(scratch) / "tree"
        repository = pathlib.Path(scratch) / "packages"
        write_repository(repository, python_placeholder=not python)
        components = "main"
        run(
            "mmdebstrap", "--quiet", "--variant=minbase", f"--include={','.join(include)}",
            suite, half,
            f"deb http://deb.debian.org/debian {suite} {components}",
            f"deb http://security.debian.org/debian-security {suite}-security {components}",
            f"deb [trusted=yes] copy:{repository} ./",
        )  # fmt: skip
        shutil.copytree(repository, half / "srv/packages")
        shutil.copytree(HERE / "rootfs", half, dirs_exist_ok=True)
        write_built_in_modules(half)
        run("chroot", half, "/bin/sh", input=(HERE / "base-setup.sh").read_text())
        if not python and list(half.glob("usr/bin/python3*")):
            raise LabError("the base tree has a Python, but hosts of the lab must not")
        # mmdebstrap makes the root folder 0700 by way of the temporary directory.
        half.chmod(0o755)
        half.rename(tree)


def write_built_in_modules(tree):
    """Writes `modules.builtin` for a kernel that came without a package (and without modules)."""
    release = os.uname().release
    configuration = pathlib.Path("/proc/config.gz")
    if os.path.isdir(f"/lib/modules/{release}") or not configuration.exists():
        return
    enabled = gzip.decompress(configuration.read_bytes()).decode().splitlines()
    folder = tree / "usr/lib/modules" / release
    folder.mkdir(parents=True)
    lines = [path for symbol, path in BUILT_IN.items() if f"{symbol}=y" in enabled]
    (folder / "modules.builtin").write_text("".join(f"{line}\n" for line in lines))
    (folder / "modules.order").write_text("")
