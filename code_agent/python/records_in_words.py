"""What was recorded of a call, as Python would write it, more or less."""

from __future__ import annotations

from typing import Any

LENGTH = 120
_BRACKETS = {"list": ("[", "]"), "tuple": ("(", ")"), "set": ("{", "}"), "dict": ("{", "}")}


def shown(value: Any) -> str:
    return short(_shown(value))


def came(step: Any) -> str:
    """What one step came to."""
    if not step:
        return "nothing"
    if "made" in step:
        return "is made"
    return shown(step.get("value") if "value" in step else step)


def listed(found: Any) -> str:
    """Of what was changed, printed or written, each thing."""
    if found is None:
        return "nothing"
    if isinstance(found, dict) and "object" not in found:
        return short(", ".join(_shown(one) for one in found.values()))
    return shown(found)


def _shown(value: Any) -> str:
    match value:
        case {"object": name, "has": has}:
            attributes = [*has, *value.get("hides", ())]
            told = ", ".join(f"{each}={_shown(one)}" for each, one in attributes)
            if value.get("hides"):
                return f"{name}({told})"
            return str(value.get("is", f"{name}({told})"))
        case {"raised": name, "args": args}:
            told = ", ".join(map(_shown, args["tuple"]))
            return f"raises {name}({told})"
        case {"iterator": items}:
            told = ", ".join(map(_shown, items))
            then = f" and then {_shown(value['then'])}" if "then" in value else ""
            return f"an iterator of [{told}]{then}"
        case {"class": name, **rest} if rest:
            return f"{name}({_shown(rest)})"
        case {"class": name}:
            return str(name)
        case {"text": name}:
            return f"{name}({_shown(value['is'])})" if "is" in value else str(name)
        case {"long": begins, "length": length}:
            return f"{begins!r}… of {length} characters"
        case dict():
            name, parts = next(iter(value.items()))
            return _held(str(name), parts)
    return repr(value)


def _held(name: str, parts: Any) -> str:
    if not isinstance(parts, list):
        return name if parts is None else str(parts)
    if name == "dict":
        told = ", ".join(f"{_shown(key)}: {_shown(one)}" for key, one in parts)
    else:
        told = ", ".join(map(_shown, parts)) + ("," if name == "tuple" and len(parts) == 1 else "")
    if name not in _BRACKETS:
        return f"{name}([{told}])"
    if name == "set" and not parts:
        return "set()"
    begin, end = _BRACKETS[name]
    return f"{begin}{told}{end}"


def short(text: str) -> str:
    return text if len(text) <= LENGTH else text[: LENGTH - 1] + "…"
