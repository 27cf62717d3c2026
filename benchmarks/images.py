"""What does it take to bring an image to a machine, and from one version to the next?

Builds an executor of this clone, and again after a change of one line; pushes both to a registry
of its own; then pulls into empty storages, beside skopeo and beside an image of one single layer.
`python -m benchmarks.images --help`
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import click
from pydantic import SecretStr

from registry.client.login import Credentials
from registry.client.registry import Registry
from registry.names import ImageName
from ygg.embedded.ports import any_free
from ygg.errors import NotFound

ROOT = Path(__file__).parents[1]
OLD, NEW = "0.2.0", "0.2.1"
CHANGED = "executors/__init__.py"
LOG_SECONDS = 10.0
AIM_BYTES, AIM_PERCENT, AIM_RATIO = 1_000_000, 2.0, 1.3
MEANING = f"""\
What the numbers mean
  bytes      what the registry sent, by its own log, with manifests and signatures.
  first      into an empty storage; update: into one that has {OLD}, after one line was changed.
  skopeo     copies the same image into an empty storage; the ratio is of medians, in turns.
  one layer  the same files as one layer, pulled by podman alone.
Aims: an update moves under {AIM_BYTES / 1e6:.0f} MB and under {AIM_PERCENT:.0f} % of the image;
a first pull takes at most {AIM_RATIO} times as long as skopeo."""


@dataclass(frozen=True)
class Took:
    seconds: float
    moved_bytes: int


@dataclass(frozen=True)
class Figures:
    image_bytes: int
    first: list[Took]
    update: list[Took]
    skopeo: list[Took]
    one_layer_first: list[Took]
    one_layer_update: list[Took]

    @property
    def ratio(self) -> float:
        return middle(self.first) / middle(self.skopeo)

    @property
    def update_bytes(self) -> int:
        return max(one.moved_bytes for one in self.update)

    @property
    def update_percent(self) -> float:
        return 100 * self.update_bytes / self.image_bytes

    @property
    def are_met(self) -> bool:
        return (
            self.update_bytes < AIM_BYTES
            and self.update_percent < AIM_PERCENT
            and self.ratio <= AIM_RATIO
        )


class Bench:
    """A registry of its own, and clones of this project at two commits."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.address = f"localhost:{any_free('127.0.0.1')}"
        self.environment = {
            **{name: one for name, one in os.environ.items() if not name.startswith("YGG_")},
            "YGG_DATA_DIR": str(folder / "data"),
            "XDG_CONFIG_HOME": str(folder / "config"),
        }
        self.home = folder / "data" / "registry"

    def ygg(self, *words: str) -> str:
        return run(self.argv(*words), self.environment)

    def argv(self, *words: str) -> list[str]:
        return [sys.executable, "-P", "-m", "ygg.cli", *words]

    @contextmanager
    def registry(self) -> Iterator[None]:
        self.ygg("registry", "init", "--address", self.address)
        self.ygg("registry", "up", "--detach")
        try:
            yield
        finally:
            self.ygg("registry", "down")

    @property
    def access(self) -> list[str]:
        login, certificates = self.folder / "auth.json", self.folder / "certificates"
        if not login.exists():
            certificates.mkdir()
            shutil.copy(self.home / "ca.pem", certificates / "ca.crt")
            words = ["podman", "login", "--authfile", str(login), "--cert-dir", str(certificates)]
            password = (self.home / "password").read_text().strip()
            words += ["--username", "ygg", "--password-stdin", self.address]
            subprocess.run(words, input=password, text=True, check=True, capture_output=True)
        return ["--authfile", str(login), "--cert-dir", str(certificates)]

    def name(self, repository: str, tag: str) -> str:
        return str(ImageName(self.address, repository, tag))

    def timed(self, argv: Sequence[str], storage: Mapping[str, str]) -> Took:
        log = self.home / "registry.log"
        before, began = log.stat().st_size, time.perf_counter()
        run(argv, {**self.environment, **storage})
        seconds = time.perf_counter() - began
        self._await_lines(log)
        return Took(seconds, sent_bytes(log, before))

    def _await_lines(self, log: Path) -> None:
        """Of all answers before this one, which is known by its name."""
        mark = f"mark-{secrets.token_hex(8)}"
        password = SecretStr((self.home / "password").read_text().strip())
        with (
            Registry(self.address, Credentials("ygg", password), self.home / "ca.pem") as registry,
            suppress(NotFound),
        ):
            registry.tags(mark)
        deadline = time.monotonic() + LOG_SECONDS
        while mark.encode() not in log.read_bytes():
            if time.monotonic() > deadline:
                raise click.ClickException(f"{log} does not tell of what was asked")
            time.sleep(0.01)

    def pull(self, version: str) -> list[str]:
        return self.argv("images", "pull", f"executor:{version}")

    def pull_one_layer(self, version: str) -> list[str]:
        return ["podman", "pull", "--quiet", *self.access, self.name("ygg-flat", version)]

    def copy(self, version: str) -> list[str]:
        _, login, _, certificates = self.access
        name = self.name("ygg-executor", version)
        words = ["skopeo", "copy", "--quiet", "--insecure-policy", "--src-authfile", login]
        words += ["--src-cert-dir", certificates]
        return [*words, f"docker://{name}", f"containers-storage:{name}"]


def run(argv: Sequence[str], environment: Mapping[str, str] | None = None) -> str:
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise click.ClickException(f"{' '.join(argv[:6])}: {done.stderr.strip()[-800:]}")
    return done.stdout


def sent_bytes(log: Path, offset: int) -> int:
    """What the registry says that it wrote since then."""
    with log.open("rb") as lines:
        lines.seek(offset)
        told = [json.loads(line) for line in lines if line.startswith(b"{")]
    answers = [one for one in told if one.get("msg") == "response completed"]
    return sum(int(one.get("http.response.written", 0)) for one in answers)


@contextmanager
def storage(folder: Path, driver: str) -> Iterator[dict[str, str]]:
    """An empty one for podman and skopeo."""
    with tempfile.TemporaryDirectory(prefix="s-", dir=folder) as name:
        config = Path(name) / "storage.conf"
        config.write_text(
            f'[storage]\ndriver = "{driver}"\nrunroot = "{name}/run"\ngraphroot = "{name}/graph"\n'
        )
        variables = {"CONTAINERS_STORAGE_CONF": str(config)}
        try:
            yield variables
        finally:
            subprocess.run(
                ["podman", "system", "reset", "--force"],
                env=os.environ | variables,
                capture_output=True,
                check=False,
            )


def built(bench: Bench, say: Callable[[str], None]) -> None:
    """The clone at HEAD, and with one line more, as two versions."""
    clone = bench.folder / "clone"
    run(["git", "clone", "--quiet", str(ROOT), str(clone)])
    for version in (OLD, NEW):
        if version == NEW:
            with (clone / CHANGED).open("a") as file:
                file.write("# One line more.\n")
            author = ["-c", "user.name=benchmark", "-c", "user.email=benchmark@localhost"]
            run(["git", "-C", str(clone), *author, "commit", "--quiet", "-am", "One line more"])
        say(f"building executor {version}")
        bench.ygg("images", "build", "executor", "--version", version, "--source", str(clone))
        say(f"pushing executor {version}")
        bench.ygg("images", "push", "executor", "--version", version)
        flattened(bench, version)


def flattened(bench: Bench, version: str) -> None:
    """The same files in one layer, pushed beside it."""
    made = run(["podman", "create", f"localhost/ygg-executor:{version}"]).strip()
    flat, file = f"localhost/ygg-flat:{version}", bench.folder / "flat.tar"
    try:
        run(["podman", "export", "--output", str(file), made])
        run(["podman", "import", "--quiet", str(file), flat])
    finally:
        run(["podman", "rm", made])
        file.unlink(missing_ok=True)
    run(["podman", "push", "--quiet", *bench.access, flat, bench.name("ygg-flat", version)])
    run(["podman", "rmi", flat])


def measured(bench: Bench, rounds: int, say: Callable[[str], None]) -> Figures:
    driver = run(["podman", "info", "--format", "{{.Store.GraphDriverName}}"]).strip()
    told = json.loads(bench.ygg("images", "inspect", f"executor:{OLD}", "--json"))
    figures = Figures(told["size_bytes"], [], [], [], [], [])
    for number in range(rounds):
        say(f"round {number + 1} of {rounds}")
        with storage(bench.folder, driver) as own:
            figures.first.append(bench.timed(bench.pull(OLD), own))
            figures.update.append(bench.timed(bench.pull(NEW), own))
        with storage(bench.folder, driver) as own:
            figures.skopeo.append(bench.timed(bench.copy(OLD), own))
        with storage(bench.folder, driver) as own:
            figures.one_layer_first.append(bench.timed(bench.pull_one_layer(OLD), own))
            figures.one_layer_update.append(bench.timed(bench.pull_one_layer(NEW), own))
    return figures


def middle(taken: Sequence[Took]) -> float:
    return statistics.median(one.seconds for one in taken)


def report(figures: Figures) -> str:
    def line(title: str, taken: Sequence[Took]) -> str:
        moved = max(one.moved_bytes for one in taken)
        return f"  {title:20} {moved / 1e6:9.2f} MB {middle(taken):8.2f} s"

    return "\n".join(
        [
            f"executor {OLD}: {figures.image_bytes / 1e6:.1f} MB compressed",
            line("first", figures.first),
            line("update", figures.update),
            line("skopeo, first", figures.skopeo),
            line("one layer, first", figures.one_layer_first),
            line("one layer, update", figures.one_layer_update),
            f"  update: {figures.update_percent:.2f} % of the image",
            f"  first to skopeo: {figures.ratio:.2f}",
            f"  aims: {'met' if figures.are_met else 'missed'}",
        ]
    )


@click.command()
@click.option("--rounds", type=click.IntRange(1), default=5, show_default=True)
@click.option("--json", "file", type=click.Path(dir_okay=False), help="Write all figures here.")
def main(rounds: int, file: str | None) -> None:
    """Exits with 0 when the aims are met, 1 when not or when it could not be measured."""

    def say(text: str) -> None:
        click.echo(text, err=True)

    with tempfile.TemporaryDirectory(prefix="ygg-images-") as name:
        bench = Bench(Path(name))
        with bench.registry():
            built(bench, say)
            figures = measured(bench, rounds, say)
    click.echo(report(figures))
    click.echo(MEANING)
    if file:
        told = asdict(figures) | {"ratio": figures.ratio, "update_percent": figures.update_percent}
        Path(file).write_text(json.dumps(told, indent=2) + "\n")
    sys.exit(0 if figures.are_met else 1)


if __name__ == "__main__":
    main()
