"""What of a file in another language than Python ends the program, or the script that runs it.

Then a check that is a script ends well however wrong the rest is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from code_agent.languages.parsing import Parsed, Unparsed, parse
from code_agent.languages.which import Language

if TYPE_CHECKING:
    import tree_sitter

_SCRIPTS: tuple[Language, ...] = ("javascript", "typescript", "tsx")
_OF_PROCESS = frozenset(
    {
        *("argv", "arch", "cwd", "env", "emitWarning", "hrtime", "memoryUsage", "nextTick"),
        *("on", "once", "off", "pid", "platform", "release", "stderr", "stdin", "stdout"),
        *("uptime", "version", "versions"),
    }
)
"""What of Node's `process` ends nothing. Any other use of it may: `process["exit"]`."""
_OTHER_GLOBALS = frozenset({"global", "globalThis", "eval", "Function"})
_CALLED = re.compile(r"process\s*\??\.\s*exit|.*(?:\.\s*|\[\s*[\"'`])constructor\b\W*", re.DOTALL)
_IMPORTED = re.compile(r"(?:require|import)\b[^;\n]*[\"'`](?:node:)?process[\"'`]")
_EXIT = re.compile(r"this\s*\[.*\bexit\b\W*|.*\breallyExit\b\W*", re.DOTALL)
_COMPILED = re.compile(
    r"\.\s*Exit$|\bGoexit$|\bsyscall\.(?:Exec|Kill)$|(?:::\s*|\buse\b.*\b)_?(?:exit|abort)\b"
)
_COMPILED_NODES = frozenset(
    {"call_expression", "use_declaration", "selector_expression", "scoped_identifier"}
)
_ENDING_COMMANDS = frozenset({"exit", "exec", "kill", "logout", "suspend", "trap", "eval"})
_PASSED_ON = frozenset({"builtin", "command", "\\command"})
_JUDGES = frozenset(
    {"[", "cat", "cmp", "diff", "echo", "exit", "false", "grep", "printf", "return", "set", "test"}
)
"""Commands by which scripts check: a function of that name would stand in their place."""
_FAILS = re.compile(r"\b_?[Ee]xit\W*[1-9]\d*\W*")
_IN_TESTS = re.compile(
    r"\b(?:spyOn|mock\w*|stub|method)\s*\(\s*process\b|\bexit_?code\b|\bexit (?:code|status)\b"
    r"|\bexits? with\b|\bassert_(?:failure|success)\b|\$\{?status\b|\brun +-?\w|\bExitStatus\b",
    re.IGNORECASE,
)


def new_ends(language: Language, before: str, after: str, tests: str) -> list[str]:
    """Those beyond as many as there were. None where the tests speak of it; and where the program
    could fail so before, it may do so in another place, too."""
    if _IN_TESTS.search(tests):
        return []
    known = Counter(_ends(language, before))
    new = Counter(_ends(language, after)) - known
    return [one for one in new if not (known and _FAILS.fullmatch(one.rpartition(".")[2]))]


def _ends(language: Language, source: str) -> Iterator[str]:
    try:
        tree = parse(language, source)
    except Unparsed:  # of the little that is too much for a parser, nothing is let through
        yield from (line.strip() for line in source.splitlines() if re.search(r"(?i)exit", line))
        return
    waiting: list[tuple[tree_sitter.Node, bool]] = [(tree.tree.root_node, False)]
    while waiting:
        node, is_owner = waiting.pop()
        if "comment" in node.type:
            continue
        if found := _of_node(tree, node, is_owner=is_owner):
            yield found
            continue
        owner = node.child_by_field_name("object")
        waiting.extend((one, one == owner) for one in reversed(node.children))


def _of_node(tree: Parsed, node: tree_sitter.Node, *, is_owner: bool) -> str:
    if tree.language in _SCRIPTS:
        return _of_script(tree, node, is_owner=is_owner)
    if tree.language == "bash":
        return _of_bash(tree, node)
    if node.type not in _COMPILED_NODES:
        return ""
    return tree.text(node) if _COMPILED.search(tree.text(_called(node))) else ""


def _called(node: tree_sitter.Node) -> tree_sitter.Node:
    return node.child_by_field_name("function") or node


def _of_script(tree: Parsed, node: tree_sitter.Node, *, is_owner: bool) -> str:
    text = tree.text(node)
    is_end: object = False
    match node.type:
        case "call_expression":
            is_end = _CALLED.fullmatch(tree.text(_called(node))) or _IMPORTED.match(text)
        case "import_statement":
            is_end = _IMPORTED.match(text)
        case "member_expression" | "subscript_expression":
            of_process = _is_process(tree, node.child_by_field_name("object"))
            name = node.child_by_field_name("property")
            is_harmless = name is not None and tree.text(name) in _OF_PROCESS
            is_end = _EXIT.fullmatch(text) or (of_process and not is_harmless)
        case "identifier" | "shorthand_property_identifier":
            is_end = text in _OTHER_GLOBALS or (text == "process" and not is_owner)
    return text if is_end else ""


def _is_process(tree: Parsed, node: tree_sitter.Node | None) -> bool:
    return node is not None and node.type == "identifier" and tree.text(node) == "process"


def _of_bash(tree: Parsed, node: tree_sitter.Node) -> str:
    if node.type == "function_definition":
        name = node.child_by_field_name("name")
        text = tree.text(name) if name else ""
        return f"{text}()" if text in _JUDGES else ""
    if node.type == "variable_assignment":
        value = node.child_by_field_name("value")
        plain = _plain(tree.text(value)) if value else ""
        return tree.text(node) if plain.partition(" ")[0] in _ENDING_COMMANDS else ""
    if node.type != "command":
        return ""
    words = [_plain(tree.text(one)) for one in node.children if "redirect" not in one.type]
    while words and words[0] in _PASSED_ON:
        words.pop(0)
    is_end = bool(words) and words[0] in _ENDING_COMMANDS and words != ["exec"]
    unsets = words[:1] == ["set"] and bool({"+e", "errexit"} & set(words) and "-o" not in words)
    return " ".join(words) if is_end or unsets else ""


def _plain(text: str) -> str:
    return re.sub(r"[\"'\\]", "", text)
