"""What the guidance for a change asks for in so many words, as facts that can be checked.

Few, and only those that can be told for sure: what is not recognised is not claimed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from code_agent.python.as_wished import (
    Missing,
    by_for_loop,
    comprehended,
    extracted,
    less_nested,
    renamed,
    split,
    typed,
    used,
    with_context,
    with_f_strings,
    without_globals,
    without_recursion,
)
from code_agent.python.scope import in_scope
from code_agent.python.source import parsed
from code_agent.python.symbols import Symbol, all_symbols

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
_GLOBAL = r"\b(?:remove|avoid|drop|without|no|eliminate)\b.{0,20}\bglobals?\b"
_SPOKEN_OF = {
    r"\blog(s|ged|ging|gers?)?\b": ("logged", "errors"),
    r"\bwarn": ("warned", "errors"),
    r"\bstderr\b|\bstandard error\b|\btracebacks?\b": ("errors",),
    r"\bcop(y|ies|ied|ying)\b|\bin place\b|\balias": ("aliases",),
}
_PLACE = (
    r"[`'\"]{name}(?:\(\))?[`'\"]|\b{name}\("
    r"|\b(?:in|inside|within|of|function|method|class) {name}\b(?!\.\w)"
)
"""How guidance speaks of a symbol, which may be called as an English word is."""


@dataclass(frozen=True)
class Wish:
    says: str
    missing: Missing

    def unmet(self, before: str, after: str, names: Collection[str] = ()) -> str | None:
        """What is missing of it in these symbols, or else in all of the source; nothing when it
        is as was wished."""
        return self.missing(*in_scope(parsed(before), parsed(after), names))


def wished_facts(guidance: str) -> list[Wish]:
    found = [
        Wish(says, missing)
        for says, pattern, missing in _wishes(guidance)
        if any(_is_wished(guidance, match) for match in re.finditer(pattern, guidance, re.I))
    ]
    for old, new in renames(guidance).items():
        found.append(Wish(f"{old} is called {new}", partial(renamed, old, new)))
    for match in _USE.finditer(guidance):
        if _is_wished(guidance, match) and not _is_plain_word(guidance, match):
            found.append(Wish(f"{match['name']} is used", partial(used, match["name"])))
    return list({one.says: one for one in found}.values())


def places_of(guidance: str, before: str) -> list[str]:
    """The symbols that it speaks of, but for those that it wants to be called otherwise."""
    asked = renames(guidance)
    return [
        one.name
        for one in all_symbols(before)
        if one.own_name not in asked and _speaks_of(guidance, one)
    ]


def renames(guidance: str) -> Mapping[str, str]:
    """Which names are to be which others."""
    return {
        match["old"]: match["new"]
        for match in _RENAME.finditer(guidance)
        if _is_wished(guidance, match)
    }


def asks_for_more(guidance: str) -> bool:
    """Than simpler code that is easier to read, which is looked at without being asked for."""
    left = _FILLING.sub("", _SIMPLER.sub("", guidance.lower()))
    return re.search(r"\w", left) is not None


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


def left_to(guidance: str) -> set[str]:
    """Parts of what is recorded of calls that it speaks of, and that may thus become others."""
    if re.search(
        r"\b(keep|leave|preserve|unchanged|as (it|they) (is|are|was|were))\b", guidance, re.I
    ):
        return set()
    found = (parts for word, parts in _SPOKEN_OF.items() if re.search(word, guidance, re.I))
    return {part for parts in found for part in parts}


def wants_types(guidance: str) -> bool:
    return bool(re.search(_TYPES, guidance, re.IGNORECASE))


def _wishes(guidance: str) -> Sequence[tuple[str, str, Missing]]:
    words = frozenset(re.findall(r"\w+", guidance))
    return (*_WISHES, ("no global", _GLOBAL, partial(without_globals, words)))


def _speaks_of(guidance: str, symbol: Symbol) -> bool:
    for name in {symbol.name, symbol.own_name}:
        # One with `_` or `.` in it is no word of English.
        pattern = _PLACE if name.isalpha() else r"(?<![\w.]){name}\b"
        if re.search(pattern.format(name=re.escape(name)), guidance):
            return True
    return False


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


_SIMPLER = re.compile(
    r"\b(?:simpl\w+|clear\w*|clean\w*|tid(?:y|ier)|short\w*|readab\w+|legib\w+|concise|eas(?:y|ier)"
    r"|understand|follow|read|refactor|rewrite|improve\w*|better|nicer|complex\w*|complicated|less"
    r"|reduce)\b"
)
_FILLING = re.compile(
    r"\b(?:an?|the|this|that|it|is|and|or|to|make|please|code|functions?|methods?|class|module|file"
    r"|of|for|in|so|more|can|be|up|much|as|possible|conditions?|loops?)\b"
)
_TYPES = r"\b(?:type|typing) (?:hints?|annotations?)|\bannotat\w+ (?:the )?(?:types|function|param)"
_WISHES: Sequence[tuple[str, str, Missing]] = (
    (
        "less nesting",
        r"\bflatten\w*\b(?=.{0,40}\b(?:nest|if|condition|loop|block|code|logic|function|branch))"
        r"|\b(?:un-?nest|de-?nest)\w*|\bless nest\w+|\b(?:reduce|lower|avoid|remove)\w*"
        r" (?:the )?(?:deep )?nesting|\bguard clauses?|\bearly returns?",
        less_nested,
    ),
    ("a comprehension", r"\b(?:list|dict|set|generator)?[ -]?comprehensions?\b", comprehended),
    (
        "smaller functions",
        r"\bsplit\w*\b.{0,40}\b(?:functions|parts|pieces|helpers)|\bsmaller functions",
        split,
    ),
    (
        "a function of its own",
        r"\bextract\w*\b.{0,60}\b(?:function|method|helper)",
        extracted,
    ),
    ("type hints", _TYPES, typed),
    ("f-strings", r"\bf-?strings?\b", with_f_strings),
    (
        "no recursion",
        r"\b(?:without|remove|avoid|replace|no) (?:the )?recursion\b|\binto an? (?:loop|iterat)",
        without_recursion,
    ),
    (
        "files opened with `with`",
        r"\bwith[ -]statement|\bcontext manager|\buse `?with`? |`with`",
        with_context,
    ),
    ("a for loop", r"\b(?:a|into|as|to) `?for`?[ -]loops?\b", by_for_loop),
)
