# SPDX-License-Identifier: Apache-2.0
"""Container images made by hand: OCI layouts, the archives of docker save, and the stores of engines."""
import base64
import gzip
import hashlib
import io
import json
import os
import pathlib
import stat
import subprocess
import tarfile

STEPS = ["ADD base", "RUN install", "RUN rm", "COPY late", "RUN more"]


def layer_tar(files):
    """A layer: names to bytes or text; what ends with "/" is a folder."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name.rstrip("/"))
            if name.endswith("/"):
                info.type = tarfile.DIRTYPE
                info.mode = 0o755
                tar.addfile(info)
                continue
            data = data.encode() if isinstance(data, str) else data
            info.size, info.mode = len(data), 0o755
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def packed(data, how):
    if how == "gzip":
        return gzip.compress(data, mtime=0)
    if how == "zstd":
        return subprocess.run(["zstd", "-q", "-c"], input=data, stdout=subprocess.PIPE, check=True).stdout
    return data


def config_of(tars, **more):
    """The configuration of an image with these layers; a step without one stands between the first two."""
    history = []
    for i in range(len(tars)):
        history.append({"created": "2024-01-01T00:00:00Z", "created_by": STEPS[i]})
        if i == 0:
            history.append({"created": "2024-01-01T00:00:00Z", "created_by": "ENV x=y", "empty_layer": True})
    return json.dumps({"architecture": more.pop("architecture", "amd64"), "os": "linux", "config": more, "history": history,
                       "rootfs": {"type": "layers", "diff_ids": ["sha256:" + sha256(t) for t in tars]}}).encode()


class Layout:
    """An OCI image layout as names to bytes."""

    def __init__(self):
        self.files = {"oci-layout": b'{"imageLayoutVersion": "1.0.0"}'}
        self.manifests = []

    def blob(self, data, kind):
        digest = sha256(data)
        self.files["blobs/sha256/" + digest] = data
        return {"mediaType": kind, "digest": "sha256:" + digest, "size": len(data)}

    def manifest(self, layers, how="gzip", **config):
        tars = [layer_tar(one) for one in layers]
        suffix = {"gzip": "+gzip", "zstd": "+zstd"}.get(how, "")
        body = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "config": self.blob(config_of(tars, **config), "application/vnd.oci.image.config.v1+json"),
                "layers": [self.blob(packed(t, how), "application/vnd.oci.image.layer.v1.tar" + suffix) for t in tars]}
        return self.blob(json.dumps(body).encode(), body["mediaType"])

    def index(self, manifests):
        body = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": manifests}
        return self.blob(json.dumps(body).encode(), body["mediaType"])

    def name(self, descriptor, name):
        self.manifests.append({**descriptor, "annotations": {"org.opencontainers.image.ref.name": name}})
        return self

    def written(self):
        return {**self.files, "index.json": json.dumps({"schemaVersion": 2, "manifests": self.manifests}).encode()}


def layout(layers, name, how="gzip", **config):
    made = Layout()
    return made.name(made.manifest(layers, how, **config), name).written()


def docker_save(layers, name, oci=False, **config):
    """An archive of docker save: as it was written before Docker 25, or with blobs as since."""
    tars = [layer_tar(one) for one in layers]
    settings = config_of(tars, **config)
    at = (lambda data, old: "blobs/sha256/" + sha256(data)) if oci else (lambda data, old: old)
    names = [at(t, sha256(t + b"id") + "/layer.tar") for t in tars]
    place = at(settings, sha256(settings) + ".json")
    files = {**dict(zip(names, tars)), place: settings,
             "manifest.json": json.dumps([{"Config": place, "RepoTags": [name], "Layers": names}]).encode()}
    if oci:
        made = layout(layers, name, "", **config)
        files = {**made, **files}
    return files


def write_files(folder, files):
    for name, data in files.items():
        path = pathlib.Path(folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
    return pathlib.Path(folder)


def write_tar(path, files):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(layer_tar(files))
    return path


def chain_ids(tars):
    """What Docker and containerd call a layer by all that lies below it."""
    chain = []
    for t in tars:
        diff = "sha256:" + sha256(t)
        chain.append(diff if not chain else "sha256:" + sha256(f"{chain[-1]} {diff}".encode()))
    return chain


def unpack_overlay(folder, files):
    """A layer as overlayfs keeps it: devices 0/0 and an attribute for what it deletes."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.name == ".wh..wh..opq":
            try:
                os.setxattr(path.parent, "user.overlay.opaque", b"y")
            except OSError:
                os.setxattr(path.parent, "trusted.overlay.opaque", b"y")
        elif path.name.startswith(".wh."):
            os.mknod(path.with_name(path.name[4:]), 0o600 | stat.S_IFCHR, 0)
        elif name.endswith("/"):
            path.mkdir(exist_ok=True)
        else:
            path.write_bytes(data.encode() if isinstance(data, str) else data)


def docker_store(docker, layers, name, **config):
    """/var/lib/docker as Docker lays it out with its driver overlay2."""
    tars = [layer_tar(one) for one in layers]
    settings = config_of(tars, **config)
    image, driver = sha256(settings), docker / "image/overlay2"
    write_files(driver, {
        f"imagedb/content/sha256/{image}": settings,
        "repositories.json": json.dumps({"Repositories": {name.rsplit(":", 1)[0]: {name: "sha256:" + image}}})})
    chain = chain_ids(tars)
    for i, one in enumerate(layers):
        cache = sha256(b"cache" + tars[i])
        at = f"layerdb/sha256/{chain[i][7:]}/"
        write_files(driver, {at + "cache-id": cache, at + "diff": "sha256:" + sha256(tars[i]), at + "size": "1",
                             **({at + "parent": chain[i - 1]} if i else {})})
        write_files(docker / "overlay2" / cache, {"link": cache[:26], "committed": ""})
        (docker / "overlay2" / cache / "diff").mkdir()
        unpack_overlay(docker / "overlay2" / cache / "diff", one)
    return docker


def podman_store(storage, layers, name, **config):
    """/var/lib/containers/storage as Podman, Buildah and CRI-O lay it out, with a container of the image."""
    tars = [layer_tar(one) for one in layers]
    settings = config_of(tars, **config)
    image, ids, rows = sha256(settings), [], []
    for i, t in enumerate(tars):
        ids.append(sha256(b"layer" + t))
        rows.append({"id": ids[i], **({"parent": ids[i - 1]} if i else {}), "diff-digest": "sha256:" + sha256(t)})
        (storage / "overlay" / ids[i] / "diff").mkdir(parents=True)
        unpack_overlay(storage / "overlay" / ids[i] / "diff", layers[i])
    key = "=" + base64.b64encode(("sha256:" + image).encode()).decode()
    write_files(storage, {
        "overlay-layers/layers.json": json.dumps(rows), f"overlay-images/{image}/{key}": settings,
        "overlay-images/images.json": json.dumps([{"id": image, "names": [name], "layer": ids[-1]}])})
    return storage
