"""Handlers of other packages, each installed as people do it, in a worker of its own."""

from __future__ import annotations

import base64
import io
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from PIL import Image

from executors.offers import installed_handlers
from tests.integration.executors.harness import ROOT, MakeExecutor, dev_echo
from ygg.blobs import ref_of
from ygg.ids import new_id
from ygg.task import Ending, Envelope, NamedBlob

EXAMPLE = ROOT / "examples" / "ygg-photo"
EXIF_ORIENTATION = 0x0112

FAN = """
import os
from pydantic import SecretStr
from executors.handler import Context, HandlerSettings, Params, handler

class Nothing(Params):
    pass

class FanSettings(HandlerSettings):
    section = "fan"
    speed: int = 3
    token: SecretStr = SecretStr("none")

@handler("dev-fan")
def fan(params: Nothing, context: Context, settings: FanSettings) -> list[object]:
    print(settings)
    ran = context.run(["env"])
    return [settings.speed, settings.token.get_secret_value(), "s3cret" in ran.stdout]

@handler("dev-breeze", bundle=True)
def breeze(params: Nothing, context: Context, settings: FanSettings) -> int:
    return settings.speed
"""


def install(folder: Path, name: str, module: str, *requires: str) -> None:
    """What an installer leaves of a package `ygg-NAME` with one module and one entry point."""
    (folder / f"ygg_{name}.py").write_text(module)
    info = folder / f"ygg_{name}-1.dist-info"
    info.mkdir()
    lines = ["Metadata-Version: 2.4", f"Name: ygg-{name}", "Version: 1"]
    lines += [f"Requires-Dist: {one}" for one in requires]
    (info / "METADATA").write_text("\n".join(lines) + "\n")
    (info / "entry_points.txt").write_text(f"[ygg.handlers]\n{name} = ygg_{name}\n")


def task(label: str) -> Envelope:
    return Envelope(task_id=new_id(), attempt=1, label=label)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the example is installed, as it is and with nothing else."""
    folder = tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"]
    options = ["--no-build-isolation", "--target", str(folder)]
    subprocess.run([*pip, *options, str(EXAMPLE)], check=True, timeout=60)
    return folder


def photo(width: int, height: int, *, turned: bool = False) -> bytes:
    """What a camera writes: noise, so that it has a size, and which side is up."""
    image = Image.effect_noise((width, height), 80).convert("RGB")
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = 6 if turned else 1
    file = io.BytesIO()
    image.save(file, "jpeg", exif=exif)
    return file.getvalue()


def resize(files: Mapping[str, bytes], **params: object) -> Envelope:
    inputs = tuple(
        NamedBlob(path=name, blob=ref_of(content, inline_bytes=len(content)))
        for name, content in files.items()
    )
    told = json.loads(json.dumps(params))
    return Envelope(task_id=new_id(), attempt=1, label="photo-resize", params=told, inputs=inputs)


def test_the_example_package_makes_photos_smaller(make_executor: MakeExecutor, site: Path) -> None:
    executor = make_executor(PYTHONPATH=str(site), YGG_HANDLERS__PHOTO__MOST_MEGAPIXELS="0.1")
    executor.start_and_wait()
    offered = {offer.label for offer in executor.announcements()[0].announcement.offers}
    assert {"photo-sizes", "photo-resize"} <= offered
    good = resize({"cat.jpg": photo(300, 200, turned=True), "dot.png": photo(9, 9)}, width=100)
    large = resize({"sea.jpg": photo(400, 300)}, width=100)
    broken = resize({"sea.jpg": photo(300, 200)[:900]}, width=100)
    none = resize({}, width=100)
    executor.send(good, large, broken, none)

    outcome = executor.outcome(good)
    assert outcome.ending is Ending.OK, outcome
    assert outcome.result == {"cat.jpg": [100, 150], "dot.png": [9, 9]}
    assert outcome.warnings == ("dot.png is only 9 pixels wide, and stays so",)
    assert [one.path for one in outcome.artifacts] == ["small/cat.jpeg", "small/dot.jpeg"]
    kept = base64.b64decode(outcome.artifacts[0].blob.inline_base64 or "")
    assert Image.open(io.BytesIO(kept)).size == (100, 150)
    assert "cat.jpeg: 100 by 150" in executor.text(good, "ygg")
    assert "cat.jpg" in executor.text(good, "progress")

    assert executor.outcome(large).reason == "sea.jpg has 0.1 million pixels"
    assert executor.outcome(large).hint.endswith("most_megapixels = 0.1 on this machine")
    assert executor.outcome(broken).reason == "sea.jpg is no photo that can be read"
    assert executor.outcome(none).hint == "hand some in: --file PATH"


def test_settings_come_from_the_file_and_stay_secret(
    make_executor: MakeExecutor, tmp_path: Path
) -> None:
    install(tmp_path, "fan", FAN)
    (tmp_path / "ygg.toml").write_text('[handlers.fan]\nspeed = 7\ntoken = "s3cret"\n')
    executor = make_executor(PYTHONPATH=str(tmp_path), YGG_CONFIG=str(tmp_path / "ygg.toml"))
    executor.start_and_wait()
    fan, breeze = task("dev-fan"), task("dev-breeze")
    executor.send(fan, breeze)
    assert executor.outcome(fan).result == [7, "s3cret", False]
    assert executor.outcome(breeze).result == 7
    assert "s3cret" not in executor.text(fan) + executor.log.read_text()
    assert "s3cret" not in executor.announcements()[0].model_dump_json()


def test_a_wrong_setting_is_refused_at_the_start(
    make_executor: MakeExecutor, tmp_path: Path
) -> None:
    install(tmp_path, "fan", FAN)
    executor = make_executor(PYTHONPATH=str(tmp_path), YGG_HANDLERS__FAN__SPED="7")
    executor.start()
    assert executor.wait() == 2
    said = executor.log.read_text()
    assert "setting handlers.fan.sped: Extra inputs are not permitted" in said
    assert "did you mean speed?" in said


def test_what_cannot_be_imported_is_not_offered_and_the_rest_is(
    make_executor: MakeExecutor, tmp_path: Path
) -> None:
    install(
        tmp_path,
        "lamp",
        "import bright_light.bulbs\n",
        "redis>=6",
        'bright-light>=3; python_version > "3" and extra == "shine"',
    )
    install(tmp_path, "shed", "import wood\n", 'Timber>=3; extra == "shed"', 'tin; extra == "all"')
    install(tmp_path, "hole", "import hole_of_ours\n")
    install(
        tmp_path,
        "door",
        "from ygg.errors import MissingExtra\n"
        'raise MissingExtra("doors need a key", hint="install ygg-door[key]")\n',
    )
    install(tmp_path, "crack", "1 / 0\n")
    executor = make_executor(PYTHONPATH=str(tmp_path))
    executor.start_and_wait()
    echo = dev_echo()
    executor.send(echo)
    assert executor.outcome(echo).ending is Ending.OK
    said = executor.log.read_text()
    for line in (
        "ygg_lamp: there is no module bright_light; install ygg-lamp[shine]",
        "ygg_shed: there is no module wood; install ygg-shed[shed]",
        "ygg_hole: there is no module hole_of_ours",
        "ygg_door: doors need a key; install ygg-door[key]",
    ):
        assert said.count(line) == 1, said
    assert said.count("Traceback") == 1
    assert "Cannot load handlers ygg_crack" in said


UNWANTED = ("ansible_runner", "fastapi", "flower", "paramiko", "sqlalchemy")

START = f"""
import json, logging, sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {UNWANTED!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())
import executors.worker
before = [name for name in sys.modules if name.startswith(("executors.handlers", "ygg.adapters"))]
from executors.offers import installed_handlers
print(json.dumps([before, list(installed_handlers())]))
"""


def test_a_worker_starts_without_the_libraries_of_others() -> None:
    done = subprocess.run(
        [sys.executable, "-c", START], cwd=ROOT, capture_output=True, text=True, check=True
    )
    before, offered = json.loads(done.stdout)
    assert before == []
    assert {"dev-run", "dev-echo"} <= set(offered)


@pytest.mark.parametrize("name", ["ygg_photo.py", "pyproject.toml"])
def test_the_guide_shows_the_example_as_it_is(name: str) -> None:
    language = {".py": "python", ".toml": "toml"}[Path(name).suffix]
    guide = (ROOT / "docs" / "handlers.md").read_text()
    blocks = [part.partition("```")[0] for part in guide.split(f"```{language}\n")[1:]]
    shown = "\n".join(blocks)
    lines = (EXAMPLE / name).read_text().splitlines()
    assert [line for line in lines if line not in shown] == []


def test_what_the_guide_shows_works_when_it_is_pasted(tmp_path: Path) -> None:
    guide = (ROOT / "docs" / "handlers.md").read_text()
    blocks = [part.partition("```")[0] for part in guide.split("```python\n")[1:]]
    (tmp_path / "pasted.py").write_text("\n\n".join(blocks))
    code = "import sys; sys.path.insert(0, sys.argv[1]); import pasted; print(*vars(pasted))"
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert {"sizes", "PhotoSettings", "resize", "upright"} <= set(done.stdout.split()), done.stderr


def test_every_handler_of_ours_comes_by_entry_point() -> None:
    files = (ROOT / "executors" / "handlers").glob("[a-z]*.py")
    found = {one.function.__module__ for one in installed_handlers().values()}
    assert {f"executors.handlers.{file.stem}" for file in files} <= found, "or is it no handler?"
