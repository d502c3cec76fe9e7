"""The programs of Kubernetes, of which Debian has no packages.

SPILE_K8S_BIN names a folder with one folder for each version (`v1.35.6`), each with kube-apiserver,
kube-controller-manager, kube-scheduler, kube-proxy, kubelet and kubectl. Tests that need them are skipped without it.
"""

import os
import pathlib
import re

import pytest


def releases():
    """The folders by minor version, the oldest first."""
    folder = os.environ.get("SPILE_K8S_BIN")
    if not folder:
        pytest.skip("SPILE_K8S_BIN names no folder with programs of Kubernetes", allow_module_level=True)
    found = {}
    for path in pathlib.Path(folder).iterdir():
        match = re.fullmatch(r"v1\.(\d+)\.\d+", path.name)
        if match and (path / "kubectl").exists() and (path / "kube-apiserver").exists():
            found[int(match[1])] = path
    if not found:
        pytest.skip(f"{folder} has no folder of a version, such as v1.35.6", allow_module_level=True)
    return dict(sorted(found.items()))


def newest():
    """The folder of the newest version."""
    return list(releases().values())[-1]
