"""Answers that leave out what they should hold: `...`, `# rest unchanged`, an empty body.

What the original says the same way is no elision. What no rule knows gets through here; a check of
names, signatures or tests is what finds it.
"""

from __future__ import annotations

import re
import tokenize
from collections.abc import Iterator

from code_agent.python.source import parsed, tokens_of
from code_agent.python.stubs import stub_in

LONGEST = 300
"""Nobody says more to leave something out."""
_COMMENTS = {"python": r"(?:^|\s)#+", "bash": r"(?:^|\s)#+"}
_OTHER_COMMENTS = r"(?:^|\s)(?://+|/\*+|\{/\*)"

_DOTS = r"(?:\.{3,}|…)"
_REST = r"(?:(?:the|your|all)\s)*(?:rest|remain(?:ing|der)|existing|previous)"
_OTHER = r"(?:(?:the|your|all)\s)*(?:other|same|original)"
_CODE = (
    r"(?:code|functions?|methods?|class(?:es)?|implementations?|logic|body|files?|imports?|lines"
    r"|tests?|definitions?|fields?|helpers?|content|script|module)"
)
_AS_IT_WAS = (
    r"(?:un(?:changed|modified|altered|touched)|same|as[\s-](?:is|before|above|it\swas)"
    r"|here|omitted|elided|skipped|not\sshown)"
)
_OF = r"\s(?:of\s)?(?:(?:the|your|this)\s)*(?:\w+\s)??"
_SAYS_SO = re.compile(
    rf"""
      {_DOTS}\W*$
    | {_DOTS}\W*(?:{_REST}|{_OTHER}|{_CODE})\b              # ... rest unchanged
    | {_DOTS}.*\b{_AS_IT_WAS}\W*$                          # ... all else as before
    | {_REST}\b.*\s{_DOTS}\W*$                            # existing code ...
    | [\[<(]\s*{_DOTS}?\s*(?:{_REST}|{_OTHER})\b.*[\])>]$  # [rest of code]
    | {_REST}{_OF}{_CODE}(?:\s.*\b{_AS_IT_WAS})?\W*$       # rest of the code
    | {_OTHER}{_OF}{_CODE}\s.*\b{_AS_IT_WAS}\W*$           # other methods are omitted
    | (?:everything|all)(?:\selse)?\b.*\b{_AS_IT_WAS}\W*$
    | (?:\(?(?:unchanged|omitted|snip(?:ped)?|no\schanges?(?:\s(?:here|needed|below))?)\)?)\W*$
    | (?:the\s)?same\sas\s(?:before|above|(?:the\s)?original)\W*$
    | as\s(?:before|above)\W*$
    | .*\bfor\sbrevity\b
    | .*\b{_CODE}\b.*\b(?:remains?|stays?|left|kept)\s(?:exactly\s)?
      (?:as[\s-]is|the\ssame|unchanged)\W*$
    | (?:todo|fixme)\b\W*(?:\(\w*\)\W*)?
      (?:implement|add|fill|write|complete|finish|your|put|insert|code|rest)\b
    | (?:implement|fill|write|insert|put|add)\s(?:.*\b(?:{_CODE}|rest|this|your)\b.*)?here\W*$
    | (?:your|the|actual|real)?\s*(?:code|implementation|logic|body)\s
      (?:goes\s|comes\s|belongs\s)?(?:here|follows)\W*$
    """,
    re.VERBOSE,
)
_LINE_SAYS_SO = re.compile(
    rf"""
      [\[<]\s*{_DOTS}?\s*(?:{_REST}|{_OTHER})\b[^\]>]*[\]>]$            # [rest of code]
    | .*\{{\s*{_DOTS}\s*\}}                                # {{ ... }}
    | {_DOTS}$
    | .*\b(?:todo|unimplemented)!\(                        # Rust
    | .*\bpanic\("(?:todo|not\simplemented|unimplemented)  # Go
    | .*\bthrow\snew\s\w*error\(["'`](?:todo|(?:\w+\s)?not\s(?:yet\s)?implemented)
    """,
    re.VERBOSE,
)
_SAID_OF = (
    r"rest|remainder|remaining|code|function|functions|method|methods|class|classes|logic|body"
    r"|implementation|implementations|import|imports|definition|definitions|helper|helpers"
    r"|module|script|test|tests"
)
_SAID_BESIDE = (
    r"a|all|and|any|are|as|before|below|above|be|been|changes|continue|continues|continued"
    r"|earlier|elided|exactly|existing|file|follows|for|from|given|goes|here|in|into|is|it|its"
    r"|just|keep|kept|leave|left|my|no|not|of|omitted|on|original|originally|other|our"
    r"|previous|provided|remain|remains|same|should|shown|stay|stays|still|that|the|their"
    r"|there|these|they|this|those|to|unaltered|unchanged|unmodified|untouched|version|was"
    r"|were|with|you|your"
)
_AS_IT_WAS_LEFT = re.compile(
    r"\b(?:un(?:changed|modified|touched|altered)|continue[sd]|omitted|elided|not shown"
    r"|no changes|as (?:is|was|were|before|above|given|provided|originally|it|they|in)"
    r"|(?:is|are|stays?|remains?|keep|kept) (?:exactly )?(?:the )?same|the same as|same as)\b"
)
_NOTHING_ELSE = re.compile(rf"(?:\b(?:{_SAID_OF}|{_SAID_BESIDE})\b[\s.,;:!()-]*)+")
_OF_CODE = re.compile(rf"\b(?:{_SAID_OF})\b")


def elided(source: str, original: str = "", language: str = "python") -> str | None:
    """Why something is missing from it; nothing when all seems to be there."""
    if language == "python":
        return _comment_in(source, original, language) or _stub_in(source, original)
    return _comment_in(source, original, language) or _line_in(source, original)


def _comment_in(source: str, original: str, language: str) -> str | None:
    known = {_plain(text) for _, text in _comments_of(original, language)}
    for line, text in _comments_of(source, language):
        plain = _plain(text)
        if plain not in known and (_SAYS_SO.match(plain) or _says_nothing_else(plain)):
            return f"line {line}: a comment stands for what was left out: {_short(text)}"
    return None


def _says_nothing_else(plain: str) -> bool:
    """Each of its words is of code, or of being as it was: `helpers as in the original`."""
    return all(
        [
            _NOTHING_ELSE.fullmatch(plain),
            _OF_CODE.search(plain),
            _AS_IT_WAS_LEFT.search(re.sub(r"\W+", " ", plain)),
        ]
    )


def _comments_of(source: str, language: str) -> Iterator[tuple[int, str]]:
    if language == "python":
        try:
            tokens = tokens_of(source)
        except SyntaxError:
            pass
        else:
            for token in tokens:
                if token.type == tokenize.COMMENT:
                    yield token.start[0], token.string
            return
    begins = re.compile(_COMMENTS.get(language, _OTHER_COMMENTS))
    for number, line in enumerate(source.splitlines(), 1):
        if found := begins.search(line):
            yield number, line[found.start() :].strip()


def _line_in(source: str, original: str) -> str | None:
    known = {line.strip()[:LONGEST] for line in original.splitlines()}
    for number, line in enumerate(source.splitlines(), 1):
        bare = line.strip()[:LONGEST]
        if bare not in known and _LINE_SAYS_SO.match(bare.lower()):
            return f"line {number} stands for what was left out: {_short(bare)}"
    return None


def _stub_in(source: str, original: str) -> str | None:
    try:
        tree = parsed(source)
    except SyntaxError:
        return _line_in(source, original)
    try:
        before = parsed(original)
    except SyntaxError:
        before = parsed("")
    return stub_in(tree, before)


def _plain(comment: str) -> str:
    """Without what makes it a comment, and rules drawn around it."""
    comment = comment[:LONGEST]
    return re.sub(r"[\s{]*(?:#+|/[/*]+)[\s\-=*:]*|[\s\-=*]*(?:\*/)?\}?\s*$", "", comment).lower()


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:79] + "…"
