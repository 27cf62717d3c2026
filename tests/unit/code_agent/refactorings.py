"""Code, the same made simpler, and edits by which that would do something else."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Refactoring:
    name: str
    before: str
    after: str
    wrong: tuple[tuple[str, str], ...]
    """Each a text of `after` and another one in its place."""


REFACTORINGS = (
    Refactoring(
        "grade",
        """\
def grade(score):
    if score >= 90:
        return "A"
    else:
        if score >= 80:
            return "B"
        else:
            if score >= 70:
                return "C"
            else:
                return "F"
""",
        """\
def grade(score):
    if score >= 90:
        return "A"
    if score >= 80:
        return "B"
    if score >= 70:
        return "C"
    return "F"
""",
        ((">= 80", ">= 85"), (">= 80", "> 80")),
    ),
    Refactoring(
        "word counts",
        """\
def count_words(text):
    counts = {}
    for word in text.split():
        word = word.lower()
        if word in counts:
            counts[word] = counts[word] + 1
        else:
            counts[word] = 1
    return counts
""",
        """\
def count_words(text):
    counts = {}
    for word in text.lower().split():
        counts[word] = counts.get(word, 0) + 1
    return counts
""",
        (
            ("counts.get(word, 0) + 1", "1"),
            ("text.lower().split()", "sorted(text.lower().split())"),
        ),
    ),
    Refactoring(
        "invoice",
        """\
class Invoice:
    def __init__(self, customer, lines=None):
        self.customer = customer
        self.lines = lines if lines is not None else []

    def add(self, name, price, quantity=1):
        if quantity <= 0:
            raise ValueError("quantity must be positive")
        self.lines.append({"name": name, "price": price, "quantity": quantity})

    def total(self):
        result = 0
        for line in self.lines:
            result += line["price"] * line["quantity"]
        return result
""",
        """\
class Invoice:
    def __init__(self, customer, lines=None):
        self.customer = customer
        self.lines = [] if lines is None else lines

    def add(self, name, price, quantity=1):
        if quantity <= 0:
            raise ValueError("quantity must be positive")
        self.lines.append({"name": name, "price": price, "quantity": quantity})

    def total(self):
        return sum(line["price"] * line["quantity"] for line in self.lines)
""",
        (
            ("[] if lines is None else lines", "lines or []"),
            ("must be positive", "has to be positive"),
            ("quantity <= 0", "quantity < 0"),
        ),
    ),
    Refactoring(
        "read file",
        """\
def count_lines(path):
    f = open(path)
    n = 0
    for line in f:
        if line.strip():
            n += 1
    f.close()
    return n
""",
        """\
def count_lines(path):
    with open(path) as f:
        return sum(1 for line in f if line.strip())
""",
        ((" if line.strip()", ""),),
    ),
    Refactoring(
        "csv config",
        """\
def parse_config(text):
    result = {}
    for line in text.splitlines():
        line = line.strip()
        if line and not line.startswith("#"):
            if "=" in line:
                key, value = line.split("=", 1)
                result[key.strip()] = value.strip()
            else:
                raise ValueError("no = in " + line)
    return result
""",
        """\
def parse_config(text):
    result = {}
    for line in text.splitlines():
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if "=" not in line:
            raise ValueError("no = in " + line)
        key, value = line.split("=", 1)
        result[key.strip()] = value.strip()
    return result
""",
        (
            ('split("=", 1)', 'split("=")'),
            (' or line.startswith("#")', ""),
            ("value.strip()", "value"),
        ),
    ),
    Refactoring(
        "fact",
        """\
def factorial(n):
    if n < 0:
        raise ValueError("negative")
    if n == 0:
        return 1
    return n * factorial(n - 1)
""",
        """\
def factorial(n):
    if n < 0:
        raise ValueError("negative")
    result = 1
    for i in range(2, n + 1):
        result *= i
    return result
""",
        (("n + 1", "n"), ("n < 0", "n < -1")),
    ),
    Refactoring(
        "dispatch",
        """\
def calc(op, a, b):
    if op == "add":
        return a + b
    elif op == "sub":
        return a - b
    elif op == "mul":
        return a * b
    else:
        raise ValueError("unknown operation: " + op)
""",
        """\
_OPS = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
}


def calc(op, a, b):
    if op not in _OPS:
        raise ValueError("unknown operation: " + op)
    return _OPS[op](a, b)
""",
        (("a - b", "b - a"), ('"unknown operation: " + op', '"unknown: " + op')),
    ),
    Refactoring(
        "max",
        """\
def longest(words):
    best = ""
    for word in words:
        if len(word) > len(best):
            best = word
    return best
""",
        """\
def longest(words):
    return max(words, key=len, default="")
""",
        ((', default=""', ""), ("key=len", "key=str")),
    ),
    Refactoring(
        "shipping",
        """\
def shipping(order):
    if order["country"] == "DE":
        if order["total"] > 50:
            return 0
        else:
            if order["express"]:
                return 9.9
            else:
                return 4.9
    else:
        if order["express"]:
            return 29.9
        else:
            return 14.9
""",
        """\
def shipping(order):
    if order["country"] != "DE":
        return 29.9 if order["express"] else 14.9
    if order["total"] > 50:
        return 0
    return 9.9 if order["express"] else 4.9
""",
        (("> 50", ">= 50"), ("29.9", "19.9")),
    ),
    Refactoring(
        "is_prime",
        """\
def is_prime(n):
    if n < 2:
        return False
    i = 2
    while i * i <= n:
        if n % i == 0:
            return False
        i += 1
    return True
""",
        """\
def is_prime(n):
    return n >= 2 and all(n % i for i in range(2, int(n ** 0.5) + 1))
""",
        ((" + 1", ""), ("n >= 2", "n >= 1")),
    ),
    Refactoring(
        "employee",
        """\
class Employee:
    def __init__(self, name, salary):
        self.name = name
        self.salary = salary

    def get_bonus(self):
        if self.salary > 1000:
            bonus = self.salary * 0.1
        else:
            bonus = self.salary * 0.2
        return bonus

    def __repr__(self):
        return "Employee(%s)" % self.name


def payroll(employees: list[Employee]):
    total = 0
    for e in employees:
        total = total + e.salary + e.get_bonus()
    return total
""",
        """\
class Employee:
    def __init__(self, name, salary):
        self.name = name
        self.salary = salary

    def get_bonus(self):
        rate = 0.1 if self.salary > 1000 else 0.2
        return self.salary * rate

    def __repr__(self):
        return f"Employee({self.name})"


def payroll(employees: list[Employee]):
    return sum(e.salary + e.get_bonus() for e in employees)
""",
        (("> 1000", ">= 1000"), ('f"Employee({self.name})"', 'f"Employee({self.name!r})"')),
    ),
    Refactoring(
        "temperature",
        """\
def convert(temps, unit="C"):
    out = []
    for t in temps:
        if unit == "C":
            out.append(t * 9 / 5 + 32)
        elif unit == "F":
            out.append((t - 32) * 5 / 9)
        else:
            raise ValueError("unit " + unit)
    return out
""",
        """\
def convert(temps, unit="C"):
    return [_one(t, unit) for t in temps]


def _one(t, unit):
    if unit == "C":
        return t * 9 / 5 + 32
    if unit == "F":
        return (t - 32) * 5 / 9
    raise ValueError("unit " + unit)
""",
        (('"unit " + unit', '"unit"'), ("- 32", "+ 32")),
    ),
    Refactoring(
        "date",
        """\
from datetime import date


def age(born, today):
    years = today.year - born.year
    if (today.month, today.day) < (born.month, born.day):
        years = years - 1
    return years
""",
        """\
from datetime import date


def age(born, today):
    before_birthday = (today.month, today.day) < (born.month, born.day)
    return today.year - born.year - before_birthday
""",
        (
            (
                "(today.month, today.day) < (born.month, born.day)",
                "(today.month, today.day) <= (born.month, born.day)",
            ),
        ),
    ),
    Refactoring(
        "discount",
        """\
def price(amount, member, coupon=None):
    result = amount
    if member:
        if amount >= 100:
            result = amount * 0.9
        else:
            result = amount * 0.95
    if coupon == "TEN":
        result = result - 10
        if result < 0:
            result = 0
    return round(result, 2)
""",
        """\
def price(amount, member, coupon=None):
    result = amount
    if member:
        result *= 0.9 if amount >= 100 else 0.95
    if coupon == "TEN":
        result = max(result - 10, 0)
    return round(result, 2)
""",
        ((">= 100", "> 100"), ("max(result - 10, 0)", "result - 10")),
    ),
    Refactoring(
        "sort",
        """\
def by_length(words):
    result = list(words)
    result.sort(key=lambda w: len(w))
    return result
""",
        """\
def by_length(words):
    return sorted(words, key=len)
""",
        (("key=len", "key=lambda word: (len(word), word)"), ("key=len", "key=len, reverse=True")),
    ),
    Refactoring(
        "bank",
        """\
class Account:
    def __init__(self, owner, balance=0):
        self.owner = owner
        self._balance = balance

    @property
    def balance(self):
        return self._balance

    def deposit(self, amount):
        if amount <= 0:
            raise ValueError("not positive")
        self._balance = self._balance + amount
        return self._balance

    def withdraw(self, amount):
        if amount <= 0:
            raise ValueError("not positive")
        if amount > self._balance:
            raise ValueError("not enough")
        self._balance = self._balance - amount
        return self._balance
""",
        """\
class Account:
    def __init__(self, owner, balance=0):
        self.owner = owner
        self._balance = balance

    @property
    def balance(self):
        return self._balance

    def deposit(self, amount):
        self._check(amount)
        self._balance += amount
        return self._balance

    def withdraw(self, amount):
        self._check(amount)
        if amount > self._balance:
            raise ValueError("not enough")
        self._balance -= amount
        return self._balance

    @staticmethod
    def _check(amount):
        if amount <= 0:
            raise ValueError("not positive")
""",
        (("amount > self._balance", "amount >= self._balance"), ("amount <= 0", "amount < 0")),
    ),
    Refactoring(
        "async",
        """\
async def double(values):
    out = []
    for v in values:
        out.append(v * 2)
    return out
""",
        """\
async def double(values):
    return [v * 2 for v in values]
""",
        (("v * 2", "v + v + 0.0"),),
    ),
    Refactoring(
        "palindrome",
        """\
def is_palindrome(text):
    cleaned = ""
    for ch in text:
        if ch.isalnum():
            cleaned = cleaned + ch.lower()
    return cleaned == cleaned[::-1]
""",
        """\
def is_palindrome(text):
    cleaned = [ch.lower() for ch in text if ch.isalnum()]
    return cleaned == cleaned[::-1]
""",
        ((" if ch.isalnum()", ""), (".lower()", "")),
    ),
    Refactoring(
        "merge",
        """\
def merge(a, b):
    result = {}
    for key in a:
        result[key] = a[key]
    for key in b:
        result[key] = b[key]
    return result
""",
        """\
def merge(a, b):
    return {**a, **b}
""",
        (("{**a, **b}", "{**b, **a}"), ("return {**a, **b}", "a.update(b)\n    return a")),
    ),
    Refactoring(
        "chunks",
        """\
def chunks(items, size):
    result = []
    i = 0
    while i < len(items):
        result.append(items[i:i + size])
        i += size
    return result
""",
        """\
def chunks(items, size):
    return [items[i:i + size] for i in range(0, len(items), size)]
""",
        (("len(items), size", "len(items) - 1, size"),),
    ),
    Refactoring(
        "global",
        """\
_count = 0


def tick():
    global _count
    _count = _count + 1
    return _count
""",
        """\
import itertools

_counter = itertools.count(1)


def tick():
    return next(_counter)
""",
        (("count(1)", "count()"),),
    ),
    Refactoring(
        "fizz",
        """\
def fizzbuzz(n):
    result = []
    for i in range(1, n + 1):
        if i % 15 == 0:
            result.append("FizzBuzz")
        elif i % 3 == 0:
            result.append("Fizz")
        elif i % 5 == 0:
            result.append("Buzz")
        else:
            result.append(str(i))
    return result
""",
        """\
def fizzbuzz(n):
    return [_word(i) for i in range(1, n + 1)]


def _word(i):
    return ("Fizz" * (i % 3 == 0) + "Buzz" * (i % 5 == 0)) or str(i)
""",
        (("i % 5", "i % 7"),),
    ),
)
