"""The guide's own package, installed and used as the guide says."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.embedded import EmbeddedFleet

pytestmark = pytest.mark.timeout(240)

EXAMPLE = Path(__file__).parents[2] / "examples" / "ygg-photo"
ROUTE = '[[routes.extra]]\nprefix = "photo-"\nqueue = "photo"\nserved_by = "fenrir"\n'


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedFleet]:
    folder = tmp_path_factory.mktemp("photos")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"]
    options = ["--no-build-isolation", "--target", str(folder / "site")]
    subprocess.run([*pip, *options, str(EXAMPLE)], check=True, timeout=60)
    (folder / "ygg.toml").write_text(ROUTE)
    Image.effect_noise((600, 400), 80).save(folder / "photo.jpg")
    fleet = EmbeddedFleet(folder)
    fleet.environment |= {
        "PYTHONPATH": str(folder / "site"),
        "YGG_CONFIG": str(folder / "ygg.toml"),
    }
    done = fleet.run("up", "--detach", "--no-flower")
    assert done.returncode == 0, done.stderr
    yield fleet
    fleet.run("down", "--now")


def test_ten_lines_make_a_label(photos: EmbeddedFleet) -> None:
    shown = photos.run("labels", "show", "photo-sizes").stdout
    command = "ygg submit --label photo-sizes --file photo.jpg --wait"
    assert command in shown
    assert '"photo.jpg"' in photos.run(*command.split()[1:]).stdout
    refused = photos.run("submit", "--label", "photo-sizes", "--param", "depth=1")
    assert refused.returncode == 2
    assert "photo-sizes has no param 'depth'" in refused.stderr


def test_the_full_one_says_what_it_takes_and_makes_a_photo_smaller(photos: EmbeddedFleet) -> None:
    shown = photos.run("labels", "show", "photo-resize").stdout
    assert "Required: a whole number from 1 to 20000" in shown
    assert "85 if not given: a whole number from 1 to 95" in shown
    command = next(line for line in shown.splitlines() if line.startswith("  ygg submit"))
    refused = photos.run(*command.replace("1200", "0").split()[1:])
    assert "params.width cannot be 0" in refused.stderr
    done = photos.run(*command.replace("1200", "150").split()[1:])
    assert done.returncode == 0, done.stderr
    [task] = photos.json("list", "--label", "photo-resize")["tasks"]
    photos.run("artifact", task["id"], "small/photo.jpeg", "-o", str(photos.data_dir / "out.jpeg"))
    with Image.open(photos.data_dir / "out.jpeg") as made:
        assert made.size == (150, 100)
