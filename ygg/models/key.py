"""The bearer token that a server of models wants."""

from __future__ import annotations

from ygg.errors import BadInput, ModelUnreachable
from ygg.machine_settings import ModelSettings


def api_key(settings: ModelSettings) -> str | None:
    """Read for each connection: a file may be given a new one at any time."""
    if settings.api_key is not None:
        found, field = settings.api_key.get_secret_value().strip(), "models.api_key"
    elif settings.api_key_file is not None:
        found, field = _read(settings), "models.api_key_file"
    else:
        return None
    if not found.isascii() or not found.isprintable():
        raise BadInput(f"what {field} says cannot be a key", field=field)
    return found or None


def _read(settings: ModelSettings) -> str:
    file = settings.api_key_file
    assert file is not None  # noqa: S101  whoever calls has looked
    try:
        return file.read_text(encoding="utf-8").strip()
    except FileNotFoundError as error:
        if settings.adapter == "embedded":
            raise ModelUnreachable(
                f"the embedded model was never started here: there is no {file}",
                hint="`ygg up` starts it, or python -m ygg.models.serve",
            ) from error
        raise _unreadable(settings, error) from error
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(settings, error) from error


def _unreadable(settings: ModelSettings, error: Exception) -> BadInput:
    return BadInput(
        f"cannot read {settings.api_key_file}: {error}",
        field="models.api_key_file",
        hint="it holds the key that the model's server wants, and the executor must read it",
    )
