"""One host: an overlay on the base tree, a loop device as its disk, and systemd booted on it."""

import hashlib
import os
import pathlib
import shutil
import signal
import subprocess
import time

from . import network
from .commands import LabError, run

BOOT_SECONDS = 60
# Runs the host and starts it again when it reboots (systemd-nspawn then ends with status 133).
KEEP_RUNNING = 'while :; do "$@"; [ "$?" -eq 133 ] || exit 0; done'

# systemd-nspawn keeps the controllers of cgroup version 1 from being written; a kubelet makes groups for its pods there.
WRITABLE_CGROUPS = (
    "for folder in /sys/fs/cgroup/*/; do"
    ' case $(stat --format=%T --file-system "$folder") in cgroup*) mount -o remount,bind,rw "$folder" ;; esac; done'
)


class Host:
    """A host of a lab. Its `folder` holds everything that is its own."""

    def __init__(self, lab, name, number, hidden):
        self.lab = lab
        self.name = name
        self.number = number
        self.hidden = hidden
        self.folder = lab.folder / "hosts" / name
        self.root = self.folder / "root"
        self.disk_image = self.folder / "disk.img"
        self.namespace = f"{lab.prefix}-{name}"
        self.address = network.hidden_address(number) if hidden else network.host_address(number)

    # Making and booting

    def prepare(self):
        """Mounts the overlay and writes what differs from host to host."""
        for part in ("upper", "work", "root"):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        lower = str(self.lab.base).replace(":", "\\:")
        options = f"lowerdir={lower},upperdir={self.folder}/upper,workdir={self.folder}/work"
        run("mount", "-t", "overlay", "-o", options, "overlay", self.root)
        self.write("etc/hostname", f"{self.name}\n")
        self.write("etc/hosts", self.hosts_file())
        self.write("etc/machine-id", hashlib.md5(f"{self.lab.folder} {self.name}".encode()).hexdigest() + "\n")
        self.write("etc/ssh/lab_authorized_keys", self.lab.public_key())
        for kind in ("ed25519", "ecdsa"):
            shutil.copy(self.host_key(kind), self.root / f"etc/ssh/ssh_host_{kind}_key")
            shutil.copy(f"{self.host_key(kind)}.pub", self.root / f"etc/ssh/ssh_host_{kind}_key.pub")
        if self.disk() is None:
            with open(self.disk_image, "wb") as image:
                image.truncate(self.lab.disk_bytes)
            run("losetup", "--find", self.disk_image)

    def hosts_file(self):
        return f"127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n127.0.1.1\t{self.name}\n"

    def write(self, path, text):
        (self.root / path).write_text(text)

    def host_key(self, kind):
        """The host's own key; kept when the host is made anew, so that known_hosts stays true."""
        path = self.lab.folder / "ssh" / f"host-{self.name}-{kind}"
        if not path.exists():
            run("ssh-keygen", "-q", "-t", kind, "-N", "", "-C", self.name, "-f", path)
        return path

    def disk(self):
        """The loop device that is this host's disk: `/dev/loopN`."""
        return next((device for device, file in loop_devices() if file == self.disk_image), None)

    def start(self):
        """Boots the host; `wait` tells when it is there."""
        modules = f"/lib/modules/{os.uname().release}"
        command = [
            "systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--settings=no",
            f"--directory={self.root}", f"--machine={self.namespace}", f"--hostname={self.name}",
            f"--network-namespace-path={network.NAMESPACES / self.namespace}",
            "--resolv-conf=off", "--timezone=off", "--link-journal=no", f"--bind={self.disk()}",
            "--kill-signal=SIGRTMIN+3", "--capability=CAP_NET_ADMIN,CAP_IPC_LOCK",
            "--system-call-filter=@swap",
        ]  # fmt: skip
        if os.path.isdir(modules):
            command.append(f"--bind-ro={modules}:/usr{modules}")
        if self.lab.runs_pods:
            # A kubelet reads the kernel's messages, to see who was killed for want of memory.
            # Containers have a keyring of their own.
            command += ["--bind=/dev/kmsg", "--capability=CAP_SYSLOG", "--system-call-filter=@keyring"]
        command.append("/usr/lib/lab/init")
        with open(self.folder / "console.log", "ab") as console:
            subprocess.Popen(
                ["/bin/sh", "-c", KEEP_RUNNING, "lab-host", *command],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                start_new_session=True,
                preexec_fn=self.enter_cgroups,
                env=dict(os.environ, SYSTEMD_NSPAWN_API_VFS_WRITABLE="yes"),
            )

    def wait(self):
        """Waits until the boot is finished."""
        deadline = time.monotonic() + BOOT_SECONDS
        state = "not started"
        while time.monotonic() < deadline:
            state = self.try_exec("systemctl is-system-running --wait")
            if state in ("running", "degraded"):
                if self.lab.runs_pods:
                    self.exec(WRITABLE_CGROUPS)
                return
            time.sleep(0.05)
        raise LabError(f"{self.name} did not boot in {BOOT_SECONDS} s ({state}), see {self.folder}/console.log")

    def reboot(self):
        """Reboots the host from within, and waits until it is there again."""
        before = self.leader()
        self.exec("systemctl reboot")
        deadline = time.monotonic() + BOOT_SECONDS
        while self.leader() in (before, None):
            if time.monotonic() > deadline:
                raise LabError(f"{self.name} did not come back, see {self.folder}/console.log")
            time.sleep(0.05)
        self.wait()

    # Using

    def leader(self):
        """The process that is PID 1 on the host, as the machine sees it; None if the host is down."""
        for pid in network.members(self.namespace):
            try:
                status = pathlib.Path(f"/proc/{pid}/status").read_text()
            except OSError:
                continue
            numbers = next(line for line in status.splitlines() if line.startswith("NSpid:")).split()
            if len(numbers) > 2 and numbers[-1] == "1":
                return pid
        return None

    def enter(self, *command):
        """The words that run a command on the host, by namespaces and not by SSH."""
        pid = self.leader()
        if pid is None:
            raise LabError(f"{self.name} is not running")
        path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        return [
            "nsenter", "-t", str(pid), "-m", "-u", "-i", "-n", "-p", "-C", "-r", "-w", "--",
            "/usr/bin/env", "-i", path, "HOME=/root", "LANG=C", *command,
        ]  # fmt: skip

    def exec(self, script, **options):
        """Runs a shell script on the host as root and returns its standard output."""
        return run(*self.enter("/bin/sh", "-c", script), **options)

    def try_exec(self, script):
        """The standard output of a script, without its last newline, whatever its status was."""
        try:
            words = self.enter("/bin/sh", "-c", script)
        except LabError:
            return "down"
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        return done.stdout.strip()

    # Ending

    def stop(self):
        """Kills the host at once: everything in its cgroups and in its network namespace."""
        pids = self.processes()
        while pids:
            for pid in pids:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    continue
            time.sleep(0.02)
            pids = self.processes()
        remove_cgroups(self.cgroups())
        self.forget_nspawn()

    def forget_nspawn(self):
        """Removes what a killed systemd-nspawn leaves behind in /run."""
        state = pathlib.Path("/run/systemd/nspawn")
        shutil.rmtree(state / "propagate" / self.namespace, ignore_errors=True)
        if self.root.is_mount():
            identity = self.root.stat()
            (state / f"locks/inode-{identity.st_dev}:{identity.st_ino}").unlink(missing_ok=True)

    def discard(self):
        """Throws away what was written on the host's files and disk."""
        unmount_below(self.folder)
        detach_disks_below(self.folder)
        shutil.rmtree(self.folder, ignore_errors=True)

    def reset(self):
        """A host as new: same name, address and host keys."""
        self.stop()
        self.discard()
        self.prepare()
        self.start()
        self.wait()

    # Processes

    def cgroups(self):
        roots = cgroup_roots(every=self.lab.runs_pods)
        return [root / f"spile-lab/{self.lab.prefix}/{self.name}" for root in roots]

    def enter_cgroups(self):
        """In the child: a cgroup of its own, or all hosts' systemds would share one tree."""
        for cgroup in self.cgroups():
            make_cgroup(cgroup)
            (cgroup / "cgroup.procs").write_text(str(os.getpid()))

    def processes(self):
        """Every process that belongs to the host, its keeper included."""
        pids = set(network.members(self.namespace))
        for cgroup in self.cgroups():
            for members in cgroup.rglob("cgroup.procs"):
                pids.update(int(pid) for pid in members.read_text().split())
        return pids - {os.getpid()}


def cgroup_roots(every=False):
    """The hierarchies that systemd uses: version 2 alone, or `name=systemd` and `unified`; with `every` those of all
    controllers, so that kubelets of different hosts do not find each other's pods."""
    root = pathlib.Path("/sys/fs/cgroup")
    if (root / "cgroup.controllers").exists():
        return [root]
    if every:
        return sorted(path for path in root.iterdir() if path.is_dir() and not path.is_symlink())
    return [path for path in (root / "systemd", root / "unified") if path.is_dir()]


def make_cgroup(cgroup):
    """Makes a cgroup; of version 1's `cpuset` nothing may enter it before it has processors and memory."""
    for folder in reversed([cgroup, *list(cgroup.parents)[:2]]):
        folder.mkdir(exist_ok=True)
        for name in ("cpuset.cpus", "cpuset.mems"):
            if (folder / name).exists() and not (folder / name).read_text().strip():
                (folder / name).write_text((folder.parent / name).read_text())


def remove_cgroups(cgroups):
    for cgroup in cgroups:
        for folder, _, _ in os.walk(cgroup, topdown=False):
            try:
                os.rmdir(folder)
            except OSError:
                continue


def unmount_below(folder):
    """Unmounts whatever is mounted at or below a folder, innermost first."""
    with open("/proc/self/mountinfo") as table:
        points = [line.split()[4].encode().decode("unicode_escape") for line in table]
    for point in reversed(points):
        if pathlib.Path(point).is_relative_to(folder):
            subprocess.run(["umount", "--lazy", point], stderr=subprocess.DEVNULL)


def loop_devices():
    """Every loop device in use, with the file behind it."""
    for backing in pathlib.Path("/sys/block").glob("loop*/loop/backing_file"):
        try:
            file = backing.read_text().strip().removesuffix(" (deleted)")
        except OSError:
            continue
        yield f"/dev/{backing.parts[3]}", pathlib.Path(file)


def detach_disks_below(folder):
    """Detaches the loop devices whose files lie below a folder; a host may have swapped on them."""
    for device, file in list(loop_devices()):
        if file.is_relative_to(folder):
            subprocess.run(["swapoff", device], stderr=subprocess.DEVNULL)
            run("losetup", "--detach", device)
