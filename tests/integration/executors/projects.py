"""Small projects that a test writes and a worker tests, builds, formats and lints for real."""

from __future__ import annotations

import io
import json
import shutil
import tarfile
from collections.abc import Mapping

from tests.conftest import unavailable
from tests.services import ServiceMissing
from ygg.blobs import ref_of
from ygg.ids import new_id
from ygg.task import Envelope, Limits, NamedBlob, Outcome


def work(label: str, files: Mapping[str, str | bytes], **params: object) -> Envelope:
    return Envelope(
        task_id=new_id(),
        attempt=1,
        label=label,
        params=json.loads(json.dumps(params)),
        inputs=tuple(_input(path, content) for path, content in files.items()),
        limits=Limits(soft_seconds=100, hard_seconds=110),
    )


def archive(files: Mapping[str, str]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as tar:
        for path, content in files.items():
            info = tarfile.TarInfo(path)
            info.size = len(content.encode())
            tar.addfile(info, io.BytesIO(content.encode()))
    return made.getvalue()


def data(outcome: Outcome) -> dict[str, object]:
    assert isinstance(outcome.result, dict), outcome
    return dict(outcome.result)


def kept(outcome: Outcome) -> dict[str, int]:
    """The artifacts, and how large they are."""
    return {one.path: one.blob.size_bytes for one in outcome.artifacts}


def require(program: str, install: str) -> None:
    if shutil.which(program) is None:
        unavailable(ServiceMissing(f"{program} is not installed: {install}"))


def _input(path: str, content: str | bytes) -> NamedBlob:
    raw = content.encode() if isinstance(content, str) else content
    return NamedBlob(path=path, blob=ref_of(raw, inline_bytes=len(raw)))
