from pathlib import Path
from typing import Literal

from PIL import Image, ImageOps
from pydantic import Field

from executors.handler import Context, Failed, HandlerSettings, Params, handler
from ygg.task import Limits


class Nothing(Params):
    pass


@handler("photo-sizes", commands=["ygg submit --label photo-sizes --file photo.jpg --wait"])
def sizes(params: Nothing, context: Context) -> dict[str, list[int]]:
    """Say how many pixels wide and high photos are."""
    return {path.name: list(Image.open(path).size) for path in context.workspace.iterdir()}


class Resize(Params):
    width: int = Field(ge=1, le=20_000, examples=[1200])
    """At most so many pixels wide."""
    height: int | None = Field(default=None, ge=1, le=20_000)
    """At most so many pixels high; by default what the width makes of it."""
    format: Literal["jpeg", "png", "webp"] = "jpeg"
    """What they are saved as."""
    quality: int = Field(default=85, ge=1, le=95)
    """How much detail is kept; png keeps all of it."""


class PhotoSettings(HandlerSettings):
    section = "photo"

    most_megapixels: float = Field(default=100, gt=0)
    """Larger photos are not opened here: a million pixels take four megabytes of memory."""


@handler(
    "photo-resize",
    limits=Limits(soft_seconds=600, hard_seconds=630),
    commands=["ygg submit --label photo-resize --file photo.jpg --param width=1200 --wait"],
)
def resize(params: Resize, context: Context, settings: PhotoSettings) -> dict[str, list[int]]:
    """Make photos smaller, and turn them upright."""
    photos = [path for path in sorted(context.workspace.rglob("*")) if path.is_file()]
    if not photos:
        raise Failed("there is no photo", hint="hand some in: --file PATH")
    small = context.workspace / "small"
    small.mkdir()
    made = {}
    for number, photo in enumerate(photos):
        context.progress(number / len(photos), photo.name)
        target = small / f"{photo.stem}.{params.format}"
        if target.exists():
            raise Failed(f"two photos are called {photo.stem}", hint="name one: --file PATH=NAME")
        image = upright(photo, settings.most_megapixels)
        if image.width < params.width:
            context.warn(f"{photo.name} is only {image.width} pixels wide, and stays so")
        image.thumbnail((params.width, params.height or image.height))
        image.save(target, params.format, quality=params.quality)
        context.log(f"{target.name}: {image.width} by {image.height}")
        made[photo.name] = list(image.size)
    context.artifact("small")
    return made


def upright(photo: Path, most_megapixels: float) -> Image.Image:
    try:
        with Image.open(photo) as image:
            megapixels = image.width * image.height / 1e6
            if megapixels > most_megapixels:
                raise Failed(
                    f"{photo.name} has {megapixels:.1f} million pixels",
                    hint=f"[handlers.photo] most_megapixels = {most_megapixels:g} on this machine",
                )
            return ImageOps.exif_transpose(image).convert("RGB")
    except (OSError, Image.DecompressionBombError) as error:
        raise Failed(f"{photo.name} is no photo that can be read", hint=str(error)) from error
