"""Who may log in to the registry: one name, with a password that nobody chose."""

from __future__ import annotations

from pathlib import Path

import bcrypt

from registry.home import Home
from ygg.embedded.secret_files import password, write_private
from ygg.errors import BadInput

ROUNDS = 4
"""The least there is. Each round doubles what every single request costs, and a password of 192
random bits needs no slow hash to keep it from being guessed."""

MOST_BYTES = 72
"""What bcrypt takes."""


def make_account(home: Home, user: str, *, anew: bool = False) -> None:
    """With the password that is kept, or with a new one."""
    if anew:
        home.password.unlink(missing_ok=True)
    secret = password(home.password)
    write_private(home.accounts, line_of(user, secret))


def line_of(user: str, secret: str) -> str:
    """The only kind of hash that the registry reads is bcrypt."""
    check_user(user)
    check_secret(secret)
    hashed = bcrypt.hashpw(secret.encode(), bcrypt.gensalt(ROUNDS)).decode()
    return f"{user}:{hashed}\n"


def check_user(user: str) -> None:
    if not user or not user.isprintable() or set(user) & set(": \t"):
        raise BadInput(
            f"{user!r} is no name to log in with",
            field="registry.user",
            hint="letters and digits, as in ygg",
        )


def check_secret(secret: str) -> None:
    if len(secret.encode()) > MOST_BYTES or "\0" in secret:
        raise BadInput(
            f"a password has {MOST_BYTES} bytes at most, none of them zero",
            field="registry.password_file",
            hint="ygg registry init --new-password makes another",
        )


def holds(accounts: Path, user: str, secret: str) -> bool:
    """Whether the password opens the door."""
    try:
        lines = accounts.read_text().splitlines()
    except (OSError, UnicodeDecodeError):
        return False
    hashes = [hashed for name, _, hashed in (line.partition(":") for line in lines) if name == user]
    return any(_fits(secret, hashed) for hashed in hashes)


def _fits(secret: str, hashed: str) -> bool:
    try:
        return bcrypt.checkpw(secret.encode(), hashed.encode())
    except ValueError:  # what somebody wrote there by hand
        return False
