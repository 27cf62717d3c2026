"""Whether the words of a docstring are about the code that they stand in."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from code_agent.python.functions import Function, dotted
from code_agent.python.holders import Holding
from code_agent.python.offer import node_of
from code_agent.python.parameters import made_with, parameters_of
from code_agent.python.source import parsed
from code_agent.python.symbols import MODULE

_OF_ANY_CODE_WORDS = """
about above according after all also an and another any are as at available based be because been
before being below between both but by can certain corresponding could current currently defined
different do does doing done each either else etc every following for from get gets getting had has
have having here how if in internal into is it its itself just like made main make makes may might
more must my necessary new no none not of off on one only onto optional optionally or other others
our out over own particular per please possible provided required same several should simple simply
single so some specific specified specify such than that the their them then there these they this
those through thus to two under until up upon us usually various via was we well were what when
where whether which while who will with within without would you your

arg args argument arguments attribute attributes called caller class classes code data default
description details docstring example execute executed executes function functionality functions
give given gives handle handles helper help helps implement implementation implements info
information input inputs instance instances kwargs logic method methods module named object objects
operation operations output outputs param parameter parameters params passed perform performed
performing performs processing program provide provides python purpose represent representation
represents responsible result results return returned returning returns self set sets something
specifies stuff thing things use used uses using utility value values variable variables work works
false true
"""
_OF_ANY_CODE = frozenset(_OF_ANY_CODE_WORDS.split())
"""They say nothing of this code, but where its own name is made of them alone."""
_COMMON_WORDS = """
bool boolean bytes call calls dict dictionary element elements exception float int integer item
items list name names number numbers process processes run runs script str string strings task
tasks tuple type types user
"""
_COMMON = frozenset(_COMMON_WORDS.split())
"""So common that it is telling only where a name or parameter of the code has it."""
_OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "add sum plus total",
    ast.Sub: "subtract deduct remove reduce difference minus",
    ast.Mult: "multiply product times",
    ast.Div: "divide quotient ratio",
    ast.FloorDiv: "divide quotient",
    ast.Mod: "modulo remainder divisible divide divisor",
    ast.Pow: "power square",
}
_COMES_BACK = re.compile(
    r"^[ ]*(?::(?:returns?|yields?):|(?:Returns|Yields)(?::[ ]*|[ ]*\n[ ]*-{3,}[ ]*)$)", re.M
)
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\dA-Z_]+")
_LETTER = re.compile(r"(?<![\w'])[b-hj-zB-HJ-Z](?![\w'])")
"""A name of one letter that is no word."""
_ENDING = re.compile(
    r"(?<=.{4})[ai]tions?$|(?<=.{3})(?:ions?|ments?|it(?:y|ies)|ings?|ie[sd]|[eo]rs?|e[ds]|ly|[sey])$"
)
_SHORTEST = 3
_LONGEST_ENDING = 3


def summary_of(docstring: str) -> str:
    return docstring.strip().partition("\n\n")[0]


def words_of(text: str) -> set[str]:
    """Of names each part: `parse` and `duration` of `parseDuration`."""
    return {word.lower() for word in _PART.findall(text) if len(word) > 1}


def says_nothing(source: str, name: str, docstring: str) -> bool:
    """Whether its summary could stand in any code."""
    summary = summary_of(docstring)
    telling = words_of(summary) - _OF_ANY_CODE - _COMMON
    own = _own_words(_node(source, name), name)
    return not (telling or _LETTER.search(summary) or _share(words_of(summary), own))


def is_about(source: str, name: str, docstring: str) -> bool:
    """Whether its summary has a word in common with the code; or what is said to come back has one
    with the name, for a function is often named by that."""
    node, summary = _node(source, name), summary_of(docstring)
    names, said = set(names_in(node)), words_of(summary)
    if not names.isdisjoint(_LETTER.findall(summary)):
        return True
    known = {word for each in names for word in words_of(each)} - _OF_ANY_CODE - _COMMON
    if isinstance(node, ast.ClassDef) and any(map(_is_error, node.bases)):
        known |= {"raise"}
    known |= {word for one in ast.walk(node) for word in _OPERATORS.get(type(one), "").split()}
    return (
        _share(said - _COMMON, known)
        or _share(said, _own_words(node, name))
        or _share(words_of(_back(docstring)) - _COMMON, _of_name(name))
    )


def names_in(node: ast.AST) -> Iterator[str]:
    """What the code itself says: its names and its texts, but for docstrings."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant):
            continue
        yield from _names(one)
        waiting.extend(ast.iter_child_nodes(one))


def _names(one: ast.AST) -> tuple[str, ...]:
    match one:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.MatchAs(name=str(name)):
            return (name,)
        case ast.arg(arg=name) | ast.keyword(arg=str(name)) | ast.ExceptHandler(name=str(name)):
            return (name,)
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return (name,)
        case ast.alias():
            return (one.name, one.asname or "")
        case ast.ImportFrom(module=str(name)) | ast.Constant(value=str(name)):
            return (name,)
        case ast.Constant(value=bytes(content)):
            return (content.decode("latin-1"),)
    return ()


def _back(docstring: str) -> str:
    """What is said to come back."""
    found = _COMES_BACK.search(docstring)
    return summary_of(docstring[found.end() :]) if found else ""


def _is_error(base: ast.expr) -> bool:
    return dotted(base).endswith(("Error", "Exception", "Warning"))


def _own_words(node: Holding, name: str) -> set[str]:
    """Of its name, of what it is called with, and of what it has: common ones, too."""
    if isinstance(node, ast.ClassDef):
        given = made_with(node) or []
    else:
        given = parameters_of(node) if isinstance(node, Function) else []
    names = [one.name for one in given]
    names += [
        one.attr
        for one in ast.walk(node)
        if isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name | ast.Attribute)
    ]
    return _of_name(name) | {word for each in names for word in words_of(each)} - _OF_ANY_CODE


def _of_name(name: str) -> set[str]:
    """Its telling words and those of its class; where it has none but those for any code, these."""
    within, _, own = name.rpartition(".")
    if name == MODULE:
        return set()
    return (words_of(own) - _OF_ANY_CODE or words_of(own)) | (words_of(within) - _OF_ANY_CODE)


def _share(said: set[str], known: set[str]) -> bool:
    return any(_is_said(word, other) for word in said for other in known)


def _is_said(word: str, known: str) -> bool:
    """By another form of it (`sorting` of `sort`), for short (`num`, `msg`), or as a part
    (`askstring`)."""
    if word == known:
        return True
    if len(word) > _SHORTEST and word in known:
        return True
    return word not in _OF_ANY_CODE and (_is_form_of(word, known) or _is_short_for(known, word))


def _is_form_of(word: str, known: str) -> bool:
    one, other = _stem(word), _stem(known)
    short, long = sorted((one, other), key=len)
    if len(short) <= _SHORTEST:
        return short == long
    return one in known or (long.startswith(short) and len(long) - len(short) <= _LONGEST_ENDING)


def _is_short_for(known: str, word: str) -> bool:
    """Its beginning, or consonants that stand in it in their order."""
    if len(known) < _SHORTEST or word[0] != known[0]:
        return False
    left = iter(word)
    is_bare = not re.search("[aeiou]", known)
    return word.startswith(known) or (is_bare and all(letter in left for letter in known))


def _stem(word: str) -> str:
    word = _ENDING.sub("", word)
    is_doubled = len(word) > _SHORTEST and word[-1] == word[-2]
    return word[:-1] if is_doubled else word


def _node(source: str, name: str) -> Holding:
    tree = parsed(source)
    return tree if name == MODULE else node_of(tree, name)
