"""What kind of value has such a method, or is handed to such a function."""

from __future__ import annotations

from collections.abc import Mapping

from code_agent.python.inputs_shapes import (
    ANY,
    BOOL,
    INT,
    NUMBER,
    PATH,
    SEQUENCE,
    SIZED,
    STR,
    Shape,
)

_ONLY_STR = frozenset(
    {
        *("split", "rsplit", "splitlines", "strip", "lstrip", "rstrip", "lower", "upper", "title"),
        *("capitalize", "startswith", "endswith", "isdigit", "isalpha", "isalnum", "isspace"),
        *("isupper", "islower", "isnumeric", "isdecimal", "join", "format", "encode", "partition"),
        *("rpartition", "zfill", "ljust", "rjust", "center", "casefold", "swapcase", "find"),
        *("rfind", "removeprefix", "removesuffix", "translate", "expandtabs", "isidentifier"),
        *("replace",),
    }
)
_ONLY_LIST = frozenset({"append", "extend", "insert", "sort", "reverse"})
_ONLY_DICT = frozenset({"items", "keys", "values", "get", "setdefault", "popitem", "update"})
_ONLY_SET = frozenset({"add", "discard", "union", "intersection", "difference", "issubset"})
_ONLY_PATH = frozenset(
    {
        *("read_text", "write_text", "read_bytes", "exists", "is_file", "is_dir", "iterdir"),
        *("suffix", "stem", "parent", "parts", "with_suffix", "relative_to", "open"),
    }
)
_ONLY_FILE = frozenset({"read", "readline", "readlines", "write", "writelines"})
_ONLY_DATE = frozenset({"year", "month", "day", "weekday", "isoformat", "strftime", "isocalendar"})
METHODS: tuple[tuple[frozenset[str], Shape], ...] = (
    (_ONLY_STR, STR),
    (_ONLY_LIST, Shape("list", (ANY,))),
    (_ONLY_DICT, Shape("dict", (STR, ANY))),
    (_ONLY_SET, Shape("set", (ANY,))),
    (_ONLY_PATH, Shape("path", names=("Path",))),
    (_ONLY_FILE, Shape("literal", names=("StringIO('one\\ntwo\\n\\nthree 3')", "StringIO('')"))),
    (_ONLY_DATE, Shape("date")),
)
SHARED_METHODS = frozenset({"pop", "remove", "index", "count", "copy", "clear"})
CALLED_WITH: Mapping[str, Shape] = {
    **dict.fromkeys(("sum", "fsum", "mean", "median", "prod"), Shape("list", (NUMBER,))),
    **dict.fromkeys(("abs", "round", "sqrt", "floor", "ceil", "log", "isclose"), NUMBER),
    **dict.fromkeys(("range", "chr", "bin", "hex"), INT),
    **dict.fromkeys(("open", "Path", "exists", "basename", "dirname", "splitext", "isfile"), PATH),
    **dict.fromkeys(("any", "all"), Shape("list", (BOOL,))),
    **dict.fromkeys(("sorted", "min", "max", "list", "set", "tuple", "iter", "reversed"), SEQUENCE),
    **dict.fromkeys(("enumerate", "zip", "map", "filter", "Counter", "frozenset"), SEQUENCE),
    "join": Shape("list", (STR,)),
    "int": Shape("union", (Shape("literal", names=("'12'", "'-3'", "'x'", "''")), NUMBER)),
    "float": Shape("union", (Shape("literal", names=("'1.5'", "'x'", "'-3'")), NUMBER)),
    "ord": Shape("literal", names=("'a'", "'Z'", "'0'")),
    "len": SIZED,
    **dict.fromkeys(("loads", "match", "search", "findall", "sub", "compile"), STR),
}
KINDS = {
    "int": INT,
    "float": NUMBER,
    "str": STR,
    "bool": BOOL,
    "list": Shape("list", (ANY,)),
    "tuple": Shape("list", (ANY,), ("tuple",)),
    "dict": Shape("dict", (STR, ANY)),
    "set": Shape("set", (ANY,)),
}
