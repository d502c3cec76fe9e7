"""Running commands of the machine, and installing the ones that are missing."""

import os
import shutil
import subprocess
import sys

# A command the lab uses, and the Debian package that brings it.
PACKAGES = {
    "mmdebstrap": "mmdebstrap",
    "dpkg-deb": "dpkg",
    "systemd-nspawn": "systemd-container",
    "ip": "iproute2",
    "ssh": "openssh-client",
    "ssh-keygen": "openssh-client",
    "nsenter": "util-linux",
    "losetup": "mount",
    "chroot": "coreutils",
}


class LabError(Exception):
    """Something the user can read and act on."""


def say(text):
    print(f"lab: {text}", file=sys.stderr, flush=True)


def run(*command, **options):
    """Runs a command to its end and returns its standard output; raises LabError with its stderr."""
    words = [str(word) for word in command]
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip())[-2000:]
        shown = " ".join(words)
        shown = shown if len(shown) < 300 else f"{shown[:300]} ..."
        raise LabError(f"`{shown}` ended with status {done.returncode}\n{said}")
    return done.stdout


def install_missing():
    """Installs with apt what the lab needs and the machine does not have."""
    if os.geteuid() != 0:
        raise LabError("the lab boots hosts and makes namespaces: run it as root")
    packages = sorted({package for command, package in PACKAGES.items() if not shutil.which(command)})
    if not packages:
        return
    if not shutil.which("apt-get"):
        raise LabError(f"missing: {' '.join(packages)} (install them; this machine has no apt)")
    say(f"installing {' '.join(packages)}")
    quiet = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    run("apt-get", "-qq", "update", env=quiet)
    run("apt-get", "-qq", "install", "-y", "--no-install-recommends", *packages, env=quiet)
