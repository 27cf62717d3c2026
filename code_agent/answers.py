"""What a model's text holds: the one piece of code that is its answer, or why there is none."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence

from code_agent.fences import Block, blocks
from code_agent.languages.parsing import parse
from code_agent.languages.syntax import parses
from code_agent.languages.which import Language
from code_agent.python.source import parsed
from code_agent.python.symbols import all_symbols
from code_agent.unusable import Unusable

_CALLED: Mapping[Language, tuple[str, ...]] = {
    "python": ("python", "py", "python3", "py3", "pyi"),
    "javascript": ("javascript", "js", "jsx", "mjs", "node"),
    "typescript": ("typescript", "ts", "tsx"),
    "tsx": ("tsx", "typescript", "ts", "jsx"),
    "go": ("go", "golang"),
    "rust": ("rust", "rs"),
    "bash": ("bash", "sh", "shell", "zsh"),
}
_AROUND = ("markdown", "md")
"""A model may put all that it says into such a block."""
_LIKE_WORDS = ("expression_statement", "command", "comment", "line_comment", "block_comment")
"""Nodes of a syntax tree that prose can make, too."""
_THOUGHT = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)
_DECLARES = (
    r"\b(?:func|fn|function|class|struct|type|interface|enum|trait|impl|mod|const|let|var|static)\b"
    r"[^\n;=]{{0,80}}\b{name}\b|\b{name} ?\([^\n;]{{0,300}}\)[^\n;]{{0,80}}\{{"
)


def code_of(
    text: str, language: Language, *, defines: Sequence[str] = (), ended: bool = True
) -> str:
    """The one block that is the answer, or the text itself when it is code and nothing else.

    `defines` are the names that were asked for. `ended` says that the model came to its end by
    itself, so that a fence it left open is but a slip; of an answer that was cut off a whole block
    will do.
    """
    text = _without_thought(text)
    if not text.strip():
        raise Unusable("the answer is empty")
    found = _candidates(text, language, defines)
    if not found and not ended:
        raise Unusable("the answer was cut off")
    if not found:
        return _bare(text, language)
    if len(found) > 1:
        raise Unusable(_ambiguous(found, language, defines))
    if not found[0].closed and not ended:
        raise Unusable("the answer was cut off within its code")
    return found[0].code


def _without_thought(text: str) -> str:
    found = _THOUGHT.match(text.lstrip())
    return text.lstrip()[found.end() :] if found else text


def _candidates(text: str, language: Language, defines: Sequence[str]) -> list[Block]:
    held = [one for one in blocks(text) if one.code.strip()]
    if not held:
        return []
    around = [one for one in held if one.language in _AROUND]
    if around and len(around) == len(held):
        return [each for one in around for each in _candidates(one.code, language, defines)]
    found = [one for one in held if one.language in _CALLED[language]]
    if not found:
        found = [one for one in held if not one.language or _is_after_all(one, language)]
    if not found:
        marked = ", ".join(dict.fromkeys(one.language for one in held))
        raise Unusable(f"the answer holds no {language}: its code is marked as {marked}")
    return _asked_for(_without_repeats(found), language, defines)


def _is_after_all(block: Block, language: Language) -> bool:
    """Small models mark Python as `text` or by a language of their own."""
    return language == "python" and _says_something(block.code, language)


def _without_repeats(found: list[Block]) -> list[Block]:
    """The later of two that are alike: the earlier one may stand within thoughts."""
    return list({one.code.strip(): one for one in found}.values())


def _asked_for(found: list[Block], language: Language, defines: Sequence[str]) -> list[Block]:
    if len(found) < 2 or not defines:
        return found
    return [one for one in found if _defines(one.code, language, defines)] or found


def _defines(code: str, language: Language, names: Sequence[str]) -> bool:
    if language == "python":
        try:
            known = {one.name for one in all_symbols(code)} | _assigned(code)
        except SyntaxError:
            return False
        return known.issuperset(names)
    return all(
        re.search(_DECLARES.format(name=re.escape(name.rpartition(".")[2])), code) for name in names
    )


def _assigned(code: str) -> set[str]:
    return {
        target.id
        for one in parsed(code).body
        if isinstance(one, ast.Assign | ast.AnnAssign)
        for target in (one.targets if isinstance(one, ast.Assign) else [one.target])
        if isinstance(target, ast.Name)
    }


def _ambiguous(found: list[Block], language: Language, defines: Sequence[str]) -> str:
    count = sum(_defines(one.code, language, defines) for one in found) if defines else 0
    if not defines:
        what = f"{len(found)} different blocks of {language}"
    elif not count:
        what = f"{len(found)} blocks, none of which defines {', '.join(defines)}"
    else:
        what = f"{count} different blocks that define {', '.join(defines)}"
    return f"ambiguous: the answer holds {what}; exactly one is wanted"


def _bare(text: str, language: Language) -> str:
    if not _says_something(text, language):
        raise Unusable("the answer is prose: it holds no block of code")
    return text


def _says_something(code: str, language: Language) -> bool:
    """A word or two can be an expression, and to a shell any sentence is a command."""
    if not parses(language, code):
        return False
    if language == "python":
        return any(not isinstance(one, ast.Expr) for one in parsed(code).body)
    held = parse(language, code).tree.root_node.named_children
    return code.startswith("#!") or any(one.type not in _LIKE_WORDS for one in held)
