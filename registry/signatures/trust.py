"""What makes podman itself refuse an image that the fleet did not sign.

Three files and a folder below `/etc/containers`, or a person's own `~/.config/containers`: whom the
registry's certificate is proved by, which key signs its images, and where their signatures lie.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import PurePosixPath

import yaml

from registry.documents import Table
from ygg.errors import BadInput

POLICY, DOCKER = "policy.json", "docker"
_ANYTHING: Table = {"type": "insecureAcceptAnything"}
_LOCAL = (
    "containers-storage",
    "dir",
    "docker-archive",
    "docker-daemon",
    "oci",
    "oci-archive",
    "tarball",
)


@dataclass(frozen=True)
class Trust:
    """Of the machine that pulls."""

    address: str
    """The registry's, `HOST:PORT`."""
    folder: PurePosixPath
    """Where the files will lie on that machine."""
    only: bool = False
    """Whether images of all other registries are refused."""

    @property
    def public_key(self) -> PurePosixPath:
        return self.folder / f"ygg-{_safe(self.address)}.pub"

    def files(self, authority: str | None, public_key: str, policy: str | None) -> dict[str, str]:
        """By their paths below the folder. `policy` is what lies there now."""
        found = {
            POLICY: self.policy(policy),
            f"registries.d/ygg-{_safe(self.address)}.yaml": self.lookaside(),
            self.public_key.name: public_key,
        }
        if authority:
            found[f"certs.d/{self.address}/ca.crt"] = authority
        return found

    def policy(self, there: str | None) -> str:
        """The rules for other registries stay as they are, unless only this one is trusted. podman
        goes by the narrowest rule, so of our own registry this one alone may stand there."""
        found = _read(there)
        dropped = self._dropped(found)
        if self.only:
            found = _only()
        rules = _table(_table(found, "transports"), DOCKER)
        for scope in dropped:
            rules.pop(scope, None)
        rules[self.address] = [
            {
                "type": "sigstoreSigned",
                "keyPath": str(self.public_key),
                "signedIdentity": {"type": "matchRepoDigestOrExact"},
            }
        ]
        return json.dumps(found, indent=2) + "\n"

    def dropped(self, there: str | None) -> list[str]:
        """What the policy says of images from registries, and will not say any more."""
        return self._dropped(_read(there))

    def _dropped(self, policy: Table) -> list[str]:
        scopes = _table(_table(policy, "transports"), DOCKER)
        return [one for one in scopes if one != self.address and (self.only or self._is_ours(one))]

    def _is_ours(self, scope: str) -> bool:
        return scope.startswith(f"{self.address}/")

    def lookaside(self) -> str:
        head = "# Made by ygg: signatures of the fleet's images lie beside them.\n"
        rules = {DOCKER: {self.address: {"use-sigstore-attachments": True}}}
        return head + yaml.safe_dump(rules, sort_keys=False)


def _read(there: str | None) -> Table:
    """Without a file podman pulls nothing at all; with what systems ship it takes anything."""
    if there is None:
        return {"default": [_ANYTHING]}
    try:
        found = json.loads(there)
    except ValueError as error:
        raise BadInput(f"{POLICY} is no JSON: {error}", hint="mend it, or move it away") from None
    if not isinstance(found, dict):
        raise BadInput(f"{POLICY} is no table", hint="mend it, or move it away")
    return found


def _only() -> Table:
    """What lies on this machine is its own; of what comes over the network nothing is taken."""
    local: Table = {name: {"": [_ANYTHING]} for name in _LOCAL}
    return {"default": [{"type": "reject"}], "transports": local}


def _table(of: Table, name: str) -> Table:
    found = of.setdefault(name, {})
    if not isinstance(found, dict):
        raise BadInput(f"{POLICY}: {name} is no table", hint="mend it, or move it away")
    return found


def _safe(address: str) -> str:
    return "".join(one if one.isalnum() or one in ".-" else "-" for one in address)
