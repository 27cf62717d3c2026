"""Words that could be said of any code, or are of other code, are told apart from right ones."""

from __future__ import annotations

import pytest

from code_agent.documenting import doubted_words, wrong_words

CODE = """
import json
import re
from pathlib import Path

from requests import get

LIMITS = {"monthly": 12}


class Broken(ValueError):
    pass


def area(width, height):
    return width * height


def mean(values):
    return sum(values) / len(values)


def parse_duration(text):
    found = re.fullmatch(r"(\\d+)([smh])", text)
    if found is None:
        raise Broken(text)
    return int(found[1]) * {"s": 1, "m": 60, "h": 3600}[found[2]]


def read_all(path):
    return [parse_duration(line) for line in Path(path).read_text().splitlines()]


def is_weekend(day):
    return day in ("Sat", "Sun")


def sort_by_age(people):
    return sorted(people, key=lambda one: one.age)


def add(a, b):
    return a + b


def hypotenuse(x, y):
    return (x**2 + y**2) ** 0.5


def get_value(cell):
    return cell.value


def save(settings, path):
    with open(path, "w") as file:
        json.dump(settings, file)


def fetch(url, *, tries=3):
    for _ in range(tries):
        answer = get(url)
        if answer.ok:
            return answer.json()
    raise ConnectionError(url)


def countdown(start):
    while start:
        yield start
        start -= 1


def send_msg(msg, cfg):
    cfg.server.send(msg)


async def close_all(connections):
    for one in connections:
        await one.close()


def clamp(number, low, high):
    return max(low, min(number, high))


def askstring(question):
    return input(question)


class Stack:
    def __init__(self, items=()):
        self._items = list(items)

    def push(self, item):
        self._items.append(item)

    def pop(self):
        return self._items.pop()

    def __len__(self):
        return len(self._items)


class Shape:
    def outline(self):
        raise NotImplementedError
"""

RIGHT = {
    "<module>": "Durations, people and shapes, and a stack to keep things on.",
    "area": "Calculate the area of a rectangle.",
    "mean": "Compute the average.\n\nReturns:\n    The arithmetic mean.",
    "parse_duration": "Convert a text like `5m` to seconds. Raises Broken if it is none.",
    "read_all": "Read durations, one a line of a file. It raises `ValueError` for a bad one.",
    "is_weekend": "Tell whether a day is on the weekend.",
    "sort_by_age": "Return the people in the order of their ages, the youngest first.",
    "add": "Compute the sum of two numbers.",
    "hypotenuse": "Return how far (x, y) is from the origin.",
    "get_value": "Return the value of what is given.",
    "save": "Write settings to a file as JSON, by `json.dump`.",
    "fetch": "Download a document, with several tries.\n\nRaises ConnectionError when all fail.",
    "countdown": "Yield the numbers from `start` down to one.",
    "send_msg": "Deliver a message by the server of a configuration.",
    "close_all": "Close all connections, and then return to the caller.",
    "clamp": "Limit a number to the range between `low` and `high`.",
    "askstring": "Get a string from the user.",
    "Stack": "Holds items, last in, first out. `Stack.push` and `pop` never raise TypeError.",
    "Stack.push": "Put one more item on top of the stack.",
    "Stack.pop": "Take the topmost item away. Raises IndexError if there is none.",
    "Shape.outline": "Return the outline as points.",
    "Broken": "What is broken in a text.",
}


@pytest.mark.parametrize("name", RIGHT)
def test_right_words_are_neither_wrong_nor_doubted(name: str) -> None:
    assert wrong_words(CODE, name, RIGHT[name]) == []
    assert doubted_words(CODE, name, RIGHT[name]) == []


MORE = """
import asyncio
import json
import subprocess

class OutOfStock(Exception):
    pass

def take(stock, sku, n):
    stock[sku] -= n

def gcd(a, b):
    while b:
        a, b = b, a % b
    return a

async def load(stream):
    return json.loads(await asyncio.wait_for(stream.read(), 3))

def build(folder):
    subprocess.run(["make"], cwd=folder, check=True)
"""


def test_an_address_that_stands_in_the_code_may_be_told() -> None:
    code = "HOME = 'https://shapes.example/api'\n\ndef area(width):\n    return HOME, width\n"
    words = "Look up an area of that width at https://shapes.example/api."
    assert doubted_words(code, "area", words) == []
    assert doubted_words(code, "area", words.replace("api", "app"))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("OutOfStock", "Raised when there are fewer units than were asked for."),
        ("take", "Deduct a quantity of an article from what is available."),
        ("gcd", "Find the largest integer dividing both."),
        ("load", "Load a document. Raises TimeoutError when it is late, JSONDecodeError if bad."),
        ("build", "Make a folder. Raises CalledProcessError when that fails."),
    ],
)
def test_more_right_words_are_neither_wrong_nor_doubted(name: str, words: str) -> None:
    assert wrong_words(MORE, name, words) == []
    assert doubted_words(MORE, name, words) == []
    assert doubted_words(MORE, name, words.replace(".", ". Raises EOFError.", 1))


@pytest.mark.parametrize(
    "words",
    [
        "This function is used to perform the operation.",
        "A helper method that processes the given input and returns the result.",
        "Executes the main functionality with the provided arguments.",
        "Returns a new object of some type based on the values passed.",
    ],
)
def test_what_could_be_said_of_any_code_is_wrong(words: str) -> None:
    for name in ("area", "Stack.push", "fetch", "<module>"):
        assert wrong_words(CODE, name, words)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("area", "Delete temporary folders."),
        ("mean", "Send an email to the customer."),
        ("is_weekend", "Sort people by their age."),
        ("Stack.push", "Convert a text to seconds."),
        ("clamp", "Encrypt the password of an account."),
        (
            "area",
            "Delete temporary folders.\n\nArgs:\n    width: The width.\n    height: The height.",
        ),
    ],
)
def test_the_words_for_another_function_are_doubted(name: str, words: str) -> None:
    assert doubted_words(CODE, name, words) == [
        f"the summary has no word in common with {name} and what is in it"
    ]


@pytest.mark.parametrize("words", ["Returns the new stack.", "Push an item and return its index."])
def test_nothing_is_returned_where_it_is_said(words: str) -> None:
    assert any("nothing is" in one for one in wrong_words(CODE, "Stack.push", words))


@pytest.mark.parametrize(
    ("name", "words", "doubted"),
    [
        ("area", "Compute the area. Raises KeyError if it is missing.", "KeyError"),
        ("read_all", "Read all. Throws a `NoSuchPathError`, sometimes.", "NoSuchPathError"),
        ("area", "Compute the area, as `surface_of` does.", "surface_of"),
        ("area", "Compute the area with `Rectangle2D(width)`.", "Rectangle2D"),
        ("area", "Compute the area; see https://area.example/install.sh first.", "install.sh"),
        ("area", "Compute the area. Questions to area@shapes.example, please.", "area@shapes"),
        ("Stack.pop", "Pop the last item, unlike ``Stack.pop_first``.", "Stack.pop_first"),
    ],
)
def test_errors_and_names_that_are_nowhere_are_doubted(name: str, words: str, doubted: str) -> None:
    assert [doubted in one for one in doubted_words(CODE, name, words)].count(True) >= 1
    assert wrong_words(CODE, name, words) == []


def test_a_documented_function_is_not_measured_by_its_own_words() -> None:
    words = "Encrypt the password of an account."
    code = f'def area(width, height):\n    """{words}"""\n    return width * height\n'
    assert doubted_words(code, "area", words)
