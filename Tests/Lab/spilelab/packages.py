"""A tiny Debian repository that travels in the base tree: the only packages hosts can install."""

import hashlib

from .commands import run

# Name, version, further control fields.
TOOLS = [
    ("lab-tool", "1.0", {}),
    ("lab-tool", "2.0", {}),
    ("lab-extra", "1.0", {"Depends": "lab-tool"}),
    ("lab-removed", "1.0", {}),
]

# Satisfy what xfsprogs depends on without bringing a Python. They have no files.
PLACEHOLDERS = [
    ("python3", "999", {"Multi-Arch": "allowed"}),
    ("python3-dbus", "999", {}),
]


def write_repository(folder, python_placeholder):
    """Builds the packages and their index in `folder`."""
    folder.mkdir()
    packages = TOOLS + (PLACEHOLDERS if python_placeholder else [])
    index = "\n".join(build_package(folder, *package) for package in packages)
    (folder / "Packages").write_text(index)


def build_package(folder, name, version, fields):
    """Builds one package and returns its paragraph of the index."""
    tree = folder / f"{name}-{version}"
    (tree / "DEBIAN").mkdir(parents=True)
    control = {
        "Package": name,
        "Version": version,
        "Architecture": "all",
        "Maintainer": "Spile lab <lab@example.invalid>",
        **fields,
        "Description": f"a package for tests ({name} {version})",
    }
    paragraph = "".join(f"{key}: {value}\n" for key, value in control.items())
    (tree / "DEBIAN/control").write_text(paragraph)
    if (name, version, fields) not in PLACEHOLDERS:
        program = tree / "usr/bin" / name
        program.parent.mkdir(parents=True)
        program.write_text(f"#!/bin/sh\necho {name} {version}\n")
        program.chmod(0o755)
    archive = folder / f"{name}_{version}_all.deb"
    run("dpkg-deb", "--root-owner-group", "--build", tree, archive)
    run("rm", "-r", tree)
    body = archive.read_bytes()
    return (
        paragraph
        + f"Filename: ./{archive.name}\nSize: {len(body)}\n"
        + f"SHA256: {hashlib.sha256(body).hexdigest()}\n"
    )
