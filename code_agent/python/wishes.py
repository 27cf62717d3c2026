"""What the guidance for a change asks for in so many words, as facts that can be checked.

Few, and only those that can be told for sure: what is not recognised is not claimed.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from code_agent.python.complexity import facts
from code_agent.python.functions import Function, dotted
from code_agent.python.source import parsed

_NOT = re.compile(
    r"\b(?:not|don't|do not|never|without|no|avoid|instead of|rather than|replac\w+|remov\w+|drop"
    r"|from|keep)\W+(?:\w+\W+){0,3}$",
    re.IGNORECASE,
)
"""What stands before a word that is not wished for."""
_RENAME = re.compile(
    r"\brenam\w+\s+(?:the\s+)?(?:\w+\s+)?[`'\"]?(?P<old>[A-Za-z_]\w*)[`'\"]?(?:\(\))?"
    r"\s+(?:to|into|as)\s+[`'\"]?(?P<new>[A-Za-z_]\w*)",
    re.IGNORECASE,
)
_USE = re.compile(
    r"\b(?:use|using|with|via|by|to|into|and|an?)\s+(?:an?\s+|the\s+)?(?:\w+\.)?[`'\"]?"
    r"(?P<name>enumerate|zip|any|all|sum|max|min|sorted|join|dataclass|defaultdict|Counter"
    r"|namedtuple|pathlib|isinstance|lru_cache|contextmanager|itertools)\b",
    re.IGNORECASE,
)
_LOOPS = ast.For | ast.AsyncFor | ast.While
_COMPREHENSIONS = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


@dataclass(frozen=True)
class Wish:
    says: str
    unmet: Callable[[str, str], str | None]
    """What is missing, of the source before and after; nothing when it is as was wished."""


def wished_facts(guidance: str) -> list[Wish]:
    found = [
        Wish(says, unmet)
        for says, pattern, unmet in _WISHES
        if any(_is_wished(guidance, match) for match in re.finditer(pattern, guidance, re.I))
    ]
    found += [_renamed(old, new) for old, new in renames(guidance).items()]
    for match in _USE.finditer(guidance):
        if _is_wished(guidance, match) and not _is_plain_word(guidance, match):
            found.append(_used(match["name"]))
    return list({one.says: one for one in found}.values())


def renames(guidance: str) -> Mapping[str, str]:
    """Which names are to be which others."""
    return {
        match["old"]: match["new"]
        for match in _RENAME.finditer(guidance)
        if _is_wished(guidance, match)
    }


def wants_new_names(guidance: str) -> bool:
    """Whether it asks for functions, classes or constants that are not there yet."""
    return bool(
        re.search(
            r"\b(extract|split|helper|break\w* (it |this )?(up|down|into)|smaller functions"
            r"|new (function|class|constant)|(into|to|a|named?|module|own|separate|as) (\w+ )?"
            r"(functions?|class(es)?|constants?|dataclass|table|enum|methods?))\b",
            guidance,
            re.IGNORECASE,
        )
    )


def wants_types(guidance: str) -> bool:
    return bool(re.search(_TYPES, guidance, re.IGNORECASE))


def _is_wished(guidance: str, match: re.Match[str]) -> bool:
    begins = re.split(r"[.;:!?\n]", guidance[: match.start()])[-1]
    return _NOT.search(f"{begins.rstrip()} ") is None


def _is_plain_word(guidance: str, match: re.Match[str]) -> bool:
    """`with all of it` asks for no `all()`."""
    name = match["name"]
    if name.lower() not in ("any", "all", "sum", "max", "min", "join", "sorted"):
        return False
    after = guidance[match.end() : match.end() + 2]
    before = guidance[match.start("name") - 1]
    return not (after.startswith("(") or before in "`'\"")


def _nesting(before: str, after: str) -> str | None:
    was = max((one.depth for one in facts(before).values()), default=0)
    now = max((one.depth for one in facts(after).values()), default=0)
    if was < 2 or now < was:
        return None
    return f"blocks are nested as deep as before: {now}"


def _comprehension(before: str, after: str) -> str | None:
    left = list(_append_loops(parsed(after)))
    if left:
        return f"line {left[0]}: a loop that only appends is still there"
    was, now = (_count(one, _COMPREHENSIONS) for one in (before, after))
    return None if now > was or not list(_append_loops(parsed(before))) else "there is none"


def _append_loops(tree: ast.Module) -> Iterator[int]:
    """Loops that do nothing but add to something, if under a condition."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.For) or len(node.body) != 1:
            continue
        inner = node.body[0]
        while isinstance(inner, ast.If) and len(inner.body) == 1 and not inner.orelse:
            inner = inner.body[0]
        match inner:
            case ast.Expr(value=ast.Call(func=ast.Attribute(attr="append" | "add"))):
                yield node.lineno


def _split(before: str, after: str) -> str | None:
    was, now = facts(before), facts(after)
    if len(now) <= len(was):
        return f"there are {len(now)} functions, as before"
    largest = max((one.statements for one in was.values()), default=0)
    left = [name for name, one in now.items() if one.statements >= largest > 1]
    return f"{left[0]} is as long as the longest was before" if left else None


def _extracted(before: str, after: str) -> str | None:
    was, now = facts(before), facts(after)
    return None if len(now) > len(was) else f"there are {len(now)} functions, as before"


def _typed(before: str, after: str) -> str | None:
    bare = [name for name, one in facts(after).items() if not _has_types(name, one.annotated)]
    return f"{bare[0]} has parameters or a result without a type" if bare else None


def _has_types(name: str, annotated: bool) -> bool:
    return annotated or name.endswith(".__init__")


def _f_strings(before: str, after: str) -> str | None:
    for node in ast.walk(parsed(after)):
        match node:
            case ast.BinOp(left=ast.Constant(value=str()), op=ast.Mod()):
                return f"line {node.lineno}: text is put together by % still"
            case ast.Call(func=ast.Attribute(value=ast.Constant(value=str()), attr="format")):
                return f"line {node.lineno}: text is put together by format() still"
    was, now = (_count(one, ast.JoinedStr) for one in (before, after))
    return None if now > was else "there is no new f-string"


def _without_globals(before: str, after: str) -> str | None:
    left = [node for node in ast.walk(parsed(after)) if isinstance(node, ast.Global)]
    return f"line {left[0].lineno}: `global` is still there" if left else None


def _without_recursion(before: str, after: str) -> str | None:
    for name, node in _functions(parsed(after)):
        if name in (dotted(one.func) for one in ast.walk(node) if isinstance(one, ast.Call)):
            return f"{name} calls itself still"
    return None


def _with_context(before: str, after: str) -> str | None:
    tree = parsed(after)
    held = {
        id(item.context_expr)
        for node in ast.walk(tree)
        if isinstance(node, ast.With | ast.AsyncWith)
        for item in node.items
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and dotted(node.func) == "open" and id(node) not in held:
            return f"line {node.lineno}: a file is opened without `with`"
    return None


def _for_loop(before: str, after: str) -> str | None:
    left = [node for node in ast.walk(parsed(after)) if isinstance(node, ast.While)]
    return f"line {left[0].lineno}: a `while` is still there" if left else None


def _renamed(old: str, new: str) -> Wish:
    def unmet(before: str, after: str) -> str | None:
        names = _names(parsed(after))
        if old in names and old in _names(parsed(before)):
            return f"{old} is still there"
        return None if new in names else f"there is no {new}"

    return Wish(f"{old} is called {new}", unmet)


def _used(name: str) -> Wish:
    def unmet(before: str, after: str) -> str | None:
        return None if name.lower() in map(str.lower, _names(parsed(after))) else "it is not used"

    return Wish(f"{name} is used", unmet)


def _names(tree: ast.Module) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
                found.add(name)
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
            case ast.AsyncFunctionDef(name=name) | ast.alias(name=name):
                found.add(name)
            case ast.ImportFrom(module=str() as name):
                found.add(name)
    return found


def _functions(tree: ast.Module) -> Iterator[tuple[str, Function]]:
    for node in ast.walk(tree):
        if isinstance(node, Function):
            yield node.name, node


def _count(source: str, kind: type[ast.AST] | object) -> int:
    return sum(isinstance(node, kind) for node in ast.walk(parsed(source)))  # type: ignore[arg-type]


_TYPES = r"\b(?:type|typing) (?:hints?|annotations?)|\bannotat\w+ (?:the )?(?:types|function|param)"
_WISHES: Sequence[tuple[str, str, Callable[[str, str], str | None]]] = (
    (
        "less nesting",
        r"\bflatten\w*\b(?=.{0,40}\b(?:nest|if|condition|loop|block|code|logic|function|branch))"
        r"|\b(?:un-?nest|de-?nest)\w*|\bless nest\w+|\b(?:reduce|lower|avoid|remove)\w*"
        r" (?:the )?(?:deep )?nesting|\bguard clauses?|\bearly returns?",
        _nesting,
    ),
    ("a comprehension", r"\b(?:list|dict|set|generator)?[ -]?comprehensions?\b", _comprehension),
    (
        "smaller functions",
        r"\bsplit\w*\b.{0,40}\b(?:functions|parts|pieces|helpers)|\bsmaller functions",
        _split,
    ),
    (
        "a function of its own",
        r"\bextract\w*\b.{0,60}\b(?:function|method|helper)",
        _extracted,
    ),
    ("type hints", _TYPES, _typed),
    ("f-strings", r"\bf-?strings?\b", _f_strings),
    (
        "no global",
        r"\b(?:remove|avoid|drop|without|no|eliminate)\b.{0,20}\bglobals?\b",
        _without_globals,
    ),
    (
        "no recursion",
        r"\b(?:without|remove|avoid|replace|no) (?:the )?recursion\b|\binto an? (?:loop|iterat)",
        _without_recursion,
    ),
    (
        "files opened with `with`",
        r"\bwith[ -]statement|\bcontext manager|\buse `?with`? |`with`",
        _with_context,
    ),
    ("a for loop", r"\b(?:a|into|as|to) `?for`?[ -]loops?\b", _for_loop),
)
