"""Container images made here, of one static program: nothing is fetched."""

import hashlib
import io
import json
import tarfile


def archive(path, name, program, command):
    """Writes an image as `docker save` does: `/bin/busybox` and a shell's links to it, started with `command`."""
    layer = layer_of(program)
    digest = hashlib.sha256(layer).hexdigest()
    config = json.dumps(
        {
            "architecture": "amd64",
            "os": "linux",
            "config": {"Entrypoint": command, "Env": ["PATH=/bin"]},
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]},
        }
    ).encode()
    config_name = hashlib.sha256(config).hexdigest() + ".json"
    manifest = [{"Config": config_name, "RepoTags": [name], "Layers": [f"{digest}/layer.tar"]}]
    with tarfile.open(path, "w") as tar:
        add(tar, f"{digest}/layer.tar", layer)
        add(tar, config_name, config)
        add(tar, "manifest.json", json.dumps(manifest).encode())


def layer_of(program):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for folder in ("bin", "tmp", "www"):
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o1777 if folder == "tmp" else 0o755
            tar.addfile(entry)
        add(tar, "bin/busybox", program.read_bytes(), mode=0o755)
        for name in ("sh", "sleep", "httpd", "wget", "cat", "hostname", "nslookup"):
            entry = tarfile.TarInfo(f"bin/{name}")
            entry.type, entry.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(entry)
    return buffer.getvalue()


def add(tar, name, content, mode=0o644):
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), mode
    tar.addfile(entry, io.BytesIO(content))
