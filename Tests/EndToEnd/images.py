"""Container images made here, of one static program: nothing is fetched."""

import hashlib
import io
import json
import tarfile

MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def archive(path, name, program, command):
    """Writes an archive of one image (OCI image layout): `program` as busybox, started with `command`."""
    blobs = []

    def blob(content, media):
        digest = hashlib.sha256(content).hexdigest()
        blobs.append((f"blobs/sha256/{digest}", content))
        return {"mediaType": f"application/vnd.oci.image.{media}", "digest": f"sha256:{digest}", "size": len(content)}

    layer = blob(layer_of(program), "layer.v1.tar")
    config = blob(
        encoded(
            architecture="amd64",
            os="linux",
            config={"Entrypoint": command, "Env": ["PATH=/bin"]},
            rootfs={"type": "layers", "diff_ids": [layer["digest"]]},
        ),
        "config.v1+json",
    )
    manifest = blob(
        encoded(schemaVersion=2, mediaType=MANIFEST, config=config, layers=[layer]), "manifest.v1+json"
    )
    manifest["annotations"] = {"io.containerd.image.name": name}
    with tarfile.open(path, "w") as tar:
        add(tar, "oci-layout", encoded(imageLayoutVersion="1.0.0"))
        add(tar, "index.json", encoded(schemaVersion=2, manifests=[manifest]))
        for file, content in blobs:
            add(tar, file, content)


def encoded(**fields):
    return json.dumps(fields).encode()


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
