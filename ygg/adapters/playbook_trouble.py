"""What Ansible complains about, in few words, and what to do about it: one place that knows."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

MESSAGE_LENGTH = 2000
_NOISE = re.compile(r"(^|\n)(Shared c|C)onnection to \S+ closed\.$")
_NO_WORDS = "non-zero return code"
_CHANGED = re.compile(r"@+\s+@\s+WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!.*", re.DOTALL)
_KEY = re.compile(r"SHA256:[A-Za-z0-9+/]+")
_REMOVE = re.compile(r'ssh-keygen -f "?[^"\n]+"? -R "[^"\n]+"')
_SSH = r"connect to the host via ssh: .*"
_AGAIN = "; then the same again: what is done is left alone"
_KNOWN: tuple[tuple[str, str], ...] = (
    (
        r"no space left on device|disk quota exceeded",
        "make room there: df -h says which disk is full, podman system df what images take of it,"
        " and podman image prune frees what none needs",
    ),
    (
        r"missing sudo password|a password is required|not in the sudoers|may not run sudo",
        "let this login use sudo without a password, or log in as root",
    ),
    (
        r"certificate has expired or is not yet valid",
        "if its clock is off, have it set by the network: timedatectl set-ntp true",
    ),
    (
        r"source image rejected|signature.* (was|is) required",
        "ygg images verify says whether the fleet has signed it",
    ),
    (
        r"exec format error|no image found in .* for architecture",
        "the image is made for another processor: build it, ygg images build, on a machine of that"
        " kind",
    ),
    (
        r"pinging container registry",
        "does the registry answer, and can that machine reach it? ygg registry status",
    ),
    (r"interpreter .* was not found", "install python3 there, or set ansible_python_interpreter"),
    (
        f"{_SSH}host key verification failed",
        "its host key is not known here yet: ygg machines probe says how to add it",
    ),
    (f"{_SSH}permission denied", "is the public key in that login's authorized_keys there?"),
    (f"{_SSH}could not resolve hostname", "check the address, and the name service"),
    (f"{_SSH}connection refused", "does its SSH server run there?"),
    (_SSH, "is it on, and does its firewall let this one in?"),
)


def trouble_of(result: object, *, is_away: bool) -> tuple[str, str]:
    """Why a task failed, by its result, and what a person does about it: nothing where we do not
    know."""
    whole = _words(result)
    step = _remove_key(whole) or _step(whole)
    if step and is_away:
        step += _AGAIN
    return _CHANGED.sub(_changed, whole)[:MESSAGE_LENGTH], step


def _words(result: object) -> str:
    if not isinstance(result, Mapping):
        return str(result or "")
    told = [_plain(result.get(key)) for key in ("msg", "stderr", "module_stderr")]
    said = [text for text in told if text]
    if said in ([], [_NO_WORDS]):  # of `raw`, all that it wrote is here
        said += filter(None, [_plain(result.get("stdout"))])
    return ": ".join(said) or json.dumps(result)


def _plain(text: object) -> str:
    return _NOISE.sub("", str(text or "").replace("\r", "").strip())


def _step(message: str) -> str:
    for pattern, step in _KNOWN:
        if re.search(pattern, message, re.IGNORECASE | re.DOTALL):
            return step
    return ""


def _remove_key(message: str) -> str:
    found = _CHANGED.search(message) and _REMOVE.search(message)
    if not found:
        return ""
    return f"somebody may stand between. If it was set up anew, remove the old key: {found[0]}"


def _changed(found: re.Match[str]) -> str:
    """Instead of a screenful in capital letters."""
    key = _KEY.search(found[0])
    return "its host key has changed" + (f": now it is {key[0]}" if key else "")
