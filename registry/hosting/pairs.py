"""Keys whose public half every machine was given: the fleet's authority, and its signing key.

The private half may lie in a safe meanwhile. A new pair would cost the trust of all machines, so
one is made where there is neither half, or where a person asks for it by name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from registry.home import Home
from registry.hosting.authority import is_authority_of_key, make_authority, read_authority_key
from registry.signatures.signing import make_key, read_key, read_public_key, write_public_key
from ygg.errors import BadInput

Came = Literal["made", "kept", "renewed", "mended"]


@dataclass(frozen=True)
class Step:
    what: str
    came: Came
    file: Path
    note: str = ""
    """What follows from it for a person."""


@dataclass(frozen=True)
class Pair:
    what: str
    private: Path
    public: Path
    make: Callable[[], object]
    derive: Callable[[], object]
    """The public half of the private one."""
    fit: Callable[[], bool]
    without: str
    """What cannot be done while the private half is away."""
    option: str
    """Asks for a new pair."""
    costs: str

    def settled(self, *, anew: bool) -> Step:
        has_private, has_public = self.private.exists(), self.public.exists()
        if anew or not (has_private or has_public):
            self.make()
            is_new = not (has_private or has_public)
            return Step(self.what, "made", self.private, "" if is_new else self.costs)
        if not has_private:
            note = f"{self.private.name} is not here: {self.without} until it is put back"
            return Step(self.what, "kept", self.public, note)
        if not has_public:
            self.derive()
            return Step(self.what, "mended", self.public, f"made again of {self.private.name}")
        self._check()
        return Step(self.what, "kept", self.private)

    def _check(self) -> None:
        if not self.fit():
            raise BadInput(
                f"{self.public} is not the public half of {self.private}",
                hint="put back the ones that belong together; a new pair, which every machine must"
                f" then be told of: ygg registry init {self.option}",
            )


def authority(home: Home) -> Pair:
    return Pair(
        "authority",
        home.authority_key,
        home.authority,
        make=lambda: make_authority(home),
        derive=lambda: make_authority(home, read_authority_key(home)),
        fit=lambda: is_authority_of_key(home),
        without="no certificate can be made or renewed",
        option="--new-authority",
        costs="every machine must be given the new ca.pem",
    )


def signing(home: Home) -> Pair:
    private, public = home.signing_key, home.public_key
    return Pair(
        "signing key",
        private,
        public,
        make=lambda: make_key(private, public),
        derive=lambda: write_public_key(read_key(private), public),
        fit=lambda: read_key(private).public.pem == read_public_key(public).pem,
        without="no image can be signed, and so none pushed, from here",
        option="--new-signing-key",
        costs="every machine must be given the new signing.pub, and images be pushed anew",
    )
