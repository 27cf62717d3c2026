"""Values of a shape, as Python text: the usual one first, then the odd ones, then any."""

from __future__ import annotations

import ast
import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from code_agent.python.inputs_shapes import ANY, FLOAT, INT, STR, Kind, Shape

DEEPEST = 4
MOST, MOST_CROSSED = 40, 80
"""Of one shape; of one that is made of several."""
BIG = 10**6
"""A number that nothing is compared with is only tried below it: so much may be made of it."""
MOST_NUMBERS = 10
WORDS = (
    *("hello", "a", "b", "World", "Level", "42", "x1", "Anna", "foo_bar", "the", "c", "abc"),
    *("ÄÖß", "3.5", "z", "-7", "true"),
)
_USUAL: Mapping[Kind, tuple[str, ...]] = {
    "none": ("None",),
    "bool": ("True", "False"),
    "int": ("3", "0", "1", "-1", "2", "10", "-5", "7", "100", "4", "1000"),
    "float": ("2.5", "0.0", "1.0", "-1.5", "0.1", "100.0", "3.14159", "1e9"),
    "number": ("3", "0", "2.5", "-1", "1", "10", "0.1", "-4.5", "100", "7", "1000.0"),
    "str": (
        *("'hello world'", "''", "'a'", "'Hello, World'", "'a,b,c'", "'  padded  '", "'123'"),
        *("'-4'", "'line one\\nline two\\n'", "'ÄÖß ☃'", "'aabbb'", "'level'", "'k=v;x=1'", "' '"),
        *("'user@example.com'", "'UPPER lower'", "'2024-02-29'", "'3.75'"),
    ),
    "bytes": ("b'hello'", "b''", "b'\\x00\\xff'", "b'a,b'"),
    "path": (
        *("'notes.txt'", "'empty.txt'", "'missing.txt'", "'data.csv'", "'data.json'"),
        *("'new.txt'", "'no/such/folder.txt'"),
    ),
    "date": ("date(2024, 2, 29)", "date(2023, 1, 1)", "date(2024, 12, 31)", "date(1999, 6, 15)"),
    "datetime": (
        *("datetime(2024, 2, 29, 12, 30)", "datetime(2023, 1, 1)"),
        "datetime(1999, 12, 31, 23, 59, 59)",
    ),
    "decimal": ("Decimal('2.50')", "Decimal('0')", "Decimal('-1.05')", "Decimal('100')"),
    "callable": (
        *("lambda *given: given[0] if given else None", "lambda *given: len(given)"),
        *("lambda *given: True", "lambda *given: not (given and given[0])", "lambda *given: {}[0]"),
    ),
}
_MIXED = ("[1, 1.0, True, 0, False, 1]", "[[1], [2], [1]]")
"""What is equal and not the same, and what no set can hold."""
_TIES = ("'bb'", "'aa'", "'c'", "'dd'", "'AA'", "'bb'")
_BETWEEN = (" ", "", ",", "\n", ", ", "  ", "-", "=")
_TURNED: tuple[Callable[[str], str], ...] = (
    str,
    str.upper,
    str.title,
    str.swapcase,
    lambda text: text + text[::-1].swapcase(),
    lambda text: f" {text} ",
)
_OF_ANY = (INT, STR, Shape("list", (INT,)), FLOAT, Shape("bool"), Shape("dict", (STR, INT)))


@dataclass
class Values:
    """`literals` are those of the code: what it tells apart, it must be given."""

    random: Random
    literals: Sequence[str] = ()
    made: Callable[[str, int], Sequence[str]] = lambda name, depth: ()
    """Texts that make an object of a class of the module."""
    numbers: Sequence[float] = ()
    """Those that the code compares something with, whatever their size."""
    _known: dict[tuple[Shape, int], list[str]] = field(default_factory=dict)

    def of(self, shape: Shape, depth: int = 0) -> list[str]:
        key = (shape, depth)
        if key not in self._known:
            most = MOST_CROSSED if shape.kind in ("record", "object", "str") else MOST
            self._known[key] = list(dict.fromkeys(self._of(shape, depth)))[:most]
        return self._known[key]

    def _of(self, shape: Shape, depth: int) -> list[str]:
        if depth > DEEPEST:
            return ["0"]
        kind = shape.kind
        if kind in _USUAL:
            return self._plain(shape)
        if kind == "union":
            return _in_turn([self.of(one, depth) for one in shape.of])
        if kind == "literal":
            return list(shape.names)
        if kind in ("any", "sequence", "sized"):
            return self._vague(kind, depth)
        if kind == "class":
            return list(self.made(shape.names[0], depth + 1)) or ["None"]
        if kind == "dict":
            return self._dicts(shape, depth)
        if kind in ("record", "object"):
            return self._records(shape, depth)
        if kind == "tuple":
            return self._tuples(shape, depth)
        return self._several(shape, depth)

    def _one_of(self, pool: Sequence[str]) -> str:
        """One of the first more often: among them is what the code tells apart."""
        return self.random.choice(pool[:8] if self.random.random() < 0.7 else pool)

    def _plain(self, shape: Shape) -> list[str]:
        usual = list(_USUAL[shape.kind])
        if shape.kind in ("int", "number", "float"):
            near = [each for one in self._numbers() for each in (one, one - 1, one + 1)]
            texts = [repr(one) for one in near if shape.kind != "int" or one == int(one)]
            return usual[:4] + texts + usual[4:]
        if shape.kind == "str":
            known = [one for one in self.literals if one[0] in "'\""]
            mixed = [repr(f"ab{text}12{text}c") for text in map(ast.literal_eval, known) if text]
            return usual[:2] + known[:10] + mixed[:6] + usual[2:] + self._texts(known)
        if shape.kind == "path":
            known = [one for one in self.literals if one[0] in "'\"" and "." in one]
            found = usual[:3] + known[:4] + usual[3:]
            return [f"Path({one})" for one in found] if shape.names else found
        return usual

    def _texts(self, known: Sequence[str]) -> list[str]:
        """Put together of words and of what the code speaks of."""
        parts = [*WORDS, *map(ast.literal_eval, known)]
        found = []
        for _ in range(MOST):
            chosen = [self.random.choice(parts) for _ in range(self.random.choice((1, 2, 3, 5)))]
            text = self.random.choice(_BETWEEN).join(chosen)
            found.append(repr(self.random.choice(_TURNED)(text)))
        return found

    def _numbers(self) -> list[float]:
        found = list(self.numbers)
        for one in self.literals:
            value = ast.literal_eval(one)
            if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < BIG:
                found.append(value)
        return list(dict.fromkeys(found))[:MOST_NUMBERS]

    def _vague(self, kind: Kind, depth: int) -> list[str]:
        if kind == "any":
            shapes = _OF_ANY
            known = [*map(repr, self.numbers[:4]), *self.literals[:4]]
            return [*known, *_in_turn([self.of(one, depth + 1)[:5] for one in shapes])]
        lists = self.of(Shape("list", (INT,)), depth + 1)
        texts = self.of(Shape("list", (STR,)), depth + 1)
        mixed = self.of(Shape("list", (ANY,)), depth + 1)
        return _in_turn([lists[:9], texts[:6], self.of(STR)[:6], [*_MIXED, *mixed[:3]]])

    def _several(self, shape: Shape, depth: int) -> list[str]:
        """Lists, and what is made of one."""
        of = shape.of[0] if shape.of else ANY
        pools = [self.of(one, depth + 1) for one in (_OF_ANY[:2] if of == ANY else (of,))]
        found = []
        for number in range(MOST):
            pool = pools[number % len(pools)]
            length = (3, 0, 1, 2, 4, 5, 7, 12)[number % 8]
            if number == 0:
                items = pool[:3]
            elif number == 4:
                items = [pool[0]] * 2 + pool[1:2] + pool[:1]
            elif number == 5 and STR in (of, *of.of):
                items = list(_TIES)
            else:
                items = [self.random.choice(pool[: 6 + number]) for _ in range(length)]
            found.append(items)
        if of == ANY and shape.kind == "list":
            found.insert(6, ["[1]", "[2]", "[1]"])  # which no set can hold
        return [_written(items, shape) for items in found]

    def _tuples(self, shape: Shape, depth: int) -> list[str]:
        pools = [self.of(one, depth + 1) for one in shape.of]
        first = [pool[0] for pool in pools]
        rest = [[self._one_of(pool) for pool in pools] for _ in range(MOST)]
        return [f"({', '.join(items)}{',' * (len(items) == 1)})" for items in [first, *rest]]

    def _dicts(self, shape: Shape, depth: int) -> list[str]:
        keys = self.of(shape.of[0] if shape.of else STR, depth + 1)
        values = self.of(shape.of[1] if len(shape.of) > 1 else ANY, depth + 1)
        found = [list(zip(keys[:3], values[:3], strict=False)), []]
        for number in range(MOST):
            chosen = self.random.sample(keys, min(1 + number % 5, len(keys)))
            found.append([(key, self.random.choice(values)) for key in chosen])
        return ["{" + ", ".join(f"{key}: {one}" for key, one in pairs) + "}" for pairs in found]

    def _records(self, shape: Shape, depth: int) -> list[str]:
        """With all of it, and some with one thing missing."""
        pools = [self.of(one, depth + 1) for one in shape.of]
        found = [[(name, pool[0]) for name, pool in zip(shape.names, pools, strict=True)]]
        found += [
            list(zip(shape.names, chosen, strict=True))
            for chosen in crossed(self.random, shape.of, pools)
        ]
        for number in range(MOST):
            chosen = [self._one_of(pool) for pool in pools]
            pairs = list(zip(shape.names, chosen, strict=True))
            if number % 4 == 3 and shape.kind == "record":
                pairs.pop(self.random.randrange(len(pairs)))
            found.append(pairs)
        if shape.kind == "object":
            return [
                f"Namespace({', '.join(f'{name}={one}' for name, one in pairs)})" for pairs in found
            ]
        written = [
            "{" + ", ".join(f"{name!r}: {one}" for name, one in pairs) + "}" for pairs in found
        ]
        return [*written[:5], "{}", *written[5:]]


def crossed(
    random: Random, shapes: Sequence[Shape], pools: Sequence[Sequence[str]]
) -> list[tuple[str, ...]]:
    """What the code tells apart of each, all with all, as far as that goes."""
    apart = [[*pool[:2], *told_apart(shape)] for shape, pool in zip(shapes, pools, strict=True)]
    if not any(map(told_apart, shapes)):
        return []
    short = [list(dict.fromkeys(one))[:6] for one in apart]
    count = math.prod(map(len, short))
    if count <= MOST_CROSSED:
        found = list(itertools.product(*short))
    else:
        found = [tuple(map(random.choice, short)) for _ in range(MOST_CROSSED)]
    random.shuffle(found)
    return found


def told_apart(shape: Shape) -> tuple[str, ...]:
    parts = shape.of if shape.kind == "union" else (shape,)
    return tuple(name for one in parts if one.kind == "literal" for name in one.names)


def _written(items: Sequence[str], shape: Shape) -> str:
    inner = ", ".join(items)
    if shape.kind == "set":
        hashable = [one for one in dict.fromkeys(items) if one[0] not in "[{"]
        return "{" + ", ".join(hashable) + "}" if hashable else "set()"
    if shape.kind == "iterator":
        return f"iter([{inner}])"
    if "tuple" in shape.names:
        return f"({inner}{',' * (len(items) == 1)})"
    return f"[{inner}]"


def _in_turn(pools: Sequence[Sequence[str]]) -> list[str]:
    longest = max(map(len, pools), default=0)
    return [pool[place] for place in range(longest) for pool in pools if place < len(pool)]
