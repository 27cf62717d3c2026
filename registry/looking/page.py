"""The registry as a page: what is there, who signed it, and which machines run it."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from registry.looking.shelf import Shelved
from registry.signatures.signing import Signed

_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }
h1 { font-size: 1.4rem; margin-bottom: .2rem; }
h2 { font-size: 1.05rem; margin: 2rem 0 .4rem; }
.told { opacity: .75; margin: 0 0 1rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .3rem .9rem .3rem 0; border-bottom: 1px solid #8884;
    vertical-align: top; white-space: nowrap; }
th { font-weight: 600; }
td.number, th.number { text-align: right; }
td.tags { white-space: normal; }
code { font: 13px ui-monospace, monospace; }
.no { color: #c0392b; font-weight: 600; }
@media (prefers-color-scheme: dark) { .no { color: #ff8a75; } }
"""
_HEAD = ("Tags", "Size", "Made", "Signed", "Runs on", "Digest")
_SHORT = len("sha256:") + 12


@dataclass(frozen=True)
class Entry:
    image: Shelved
    signed: Mapping[str, Signed | None]
    """By each of its tags: by the fleet's key, for that very name."""
    runs: tuple[str, ...]


@dataclass(frozen=True)
class View:
    address: str
    images: Mapping[str, Sequence[Entry]]
    """By repository."""
    is_usage_known: bool
    at: datetime.datetime


def page(of: View) -> str:
    count = sum(map(len, of.images.values()))
    told = f"{count} images in {len(of.images)} repositories, at {of.at:%Y-%m-%d %H:%M:%S} UTC"
    if not of.is_usage_known:
        told += ". No coordinator answers: which machines run them is not known"
    body = "".join(_section(name, entries) for name, entries in of.images.items())
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Images of {escape(of.address)}</title><style>{_STYLE}</style></head><body>"
        f"<h1>Images of {escape(of.address)}</h1><p class=told>{escape(told)}.</p>"
        f"{body or '<p>There are none yet. Next: <code>ygg images build</code>.</p>'}"
        "</body></html>"
    )


def _section(name: str, entries: Sequence[Entry]) -> str:
    head = "".join(
        f"<th{' class=number' if title == 'Size' else ''}>{title}</th>" for title in _HEAD
    )
    rows = "".join(map(_row, entries))
    return (
        f"<h2>{escape(name)}</h2><div class=wide><table><thead><tr>{head}</tr></thead>"
        f"<tbody>{rows}</tbody></table></div>"
    )


def _row(entry: Entry) -> str:
    return f"<tr>{''.join(_cells(entry))}</tr>"


def _cells(entry: Entry) -> Iterator[str]:
    image = entry.image
    yield f"<td class=tags>{escape('  '.join(image.tags))}</td>"
    yield f"<td class=number>{image.size_bytes / 1e6:,.1f} MB</td>"
    yield f"<td>{f'{image.created:%Y-%m-%d}' if image.created else ''}</td>"
    yield f"<td>{_signed(entry.signed)}</td>"
    yield f"<td class=tags>{escape(', '.join(entry.runs))}</td>"
    title = escape(image.digest)
    yield f'<td><code title="{title}">{title[:_SHORT]}</code></td>'


def _signed(signed: Mapping[str, Signed | None]) -> str:
    without = [tag for tag, signature in signed.items() if signature is None]
    signature = next(filter(None, signed.values()), None)
    if signature is None:
        return "<span class=no>not by the fleet</span>"
    at = datetime.datetime.fromtimestamp(signature.at, datetime.UTC) if signature.at else None
    by = escape(f"{signature.creator}, {at:%Y-%m-%d}" if at else signature.creator)
    missing = f"; <span class=no>not as {escape(' '.join(without))}</span>" if without else ""
    return by + missing
