"""The files by which podman knows the fleet's images."""

from __future__ import annotations

import json
from pathlib import PurePosixPath

import pytest
import yaml

from registry.signatures.trust import Trust
from ygg.errors import BadInput

ETC = PurePosixPath("/etc/containers")
TRUST = Trust("fenrir:7430", ETC)
RULE = {
    "type": "sigstoreSigned",
    "keyPath": "/etc/containers/ygg-fenrir-7430.pub",
    "signedIdentity": {"type": "matchRepoDigestOrExact"},
}
ANYTHING = {"type": "insecureAcceptAnything"}
SHIPPED = (
    '{"default": [{"type": "insecureAcceptAnything"}], "transports": {"docker-daemon": {"": []}}}'
)
WIDE = json.dumps(
    {
        "default": [ANYTHING],
        "transports": {
            "docker": {
                "images.example": [ANYTHING],
                "": [ANYTHING],
                "fenrir:7430": [ANYTHING],
                "fenrir:7430/ygg-flower": [ANYTHING],
            },
            "atomic": {"": [ANYTHING]},
        },
    }
)


def test_all_files() -> None:
    found = TRUST.files("CA", "KEY", None)
    assert {name: text for name, text in found.items() if name.endswith((".crt", ".pub"))} == {
        "certs.d/fenrir:7430/ca.crt": "CA",
        "ygg-fenrir-7430.pub": "KEY",
    }
    assert yaml.safe_load(found["registries.d/ygg-fenrir-7430.yaml"]) == {
        "docker": {"fenrir:7430": {"use-sigstore-attachments": True}}
    }
    assert json.loads(found["policy.json"]) == {
        "default": [{"type": "insecureAcceptAnything"}],
        "transports": {"docker": {"fenrir:7430": [RULE]}},
    }


def test_what_else_a_policy_says_stays() -> None:
    told = json.loads(TRUST.policy(SHIPPED))
    assert told["transports"] == {"docker-daemon": {"": []}, "docker": {"fenrir:7430": [RULE]}}
    assert json.loads(TRUST.policy(json.dumps(told))) == told


def test_no_narrower_rule_of_our_own_registry_stays() -> None:
    assert TRUST.dropped(WIDE) == ["fenrir:7430/ygg-flower"]
    told = json.loads(TRUST.policy(WIDE))["transports"]["docker"]
    assert told == {"images.example": [ANYTHING], "": [ANYTHING], "fenrir:7430": [RULE]}
    assert TRUST.dropped(json.dumps({"transports": {"docker": told}})) == []


def test_only_the_fleets_images_come_in() -> None:
    trust = Trust("fenrir:7430", ETC, only=True)
    told = json.loads(trust.policy(WIDE))
    assert trust.dropped(WIDE) == ["images.example", "", "fenrir:7430/ygg-flower"]
    assert told["default"] == [{"type": "reject"}]
    assert told["transports"]["docker"] == {"fenrir:7430": [RULE]}
    assert "atomic" not in told["transports"]
    assert told["transports"]["oci-archive"] == {"": [{"type": "insecureAcceptAnything"}]}


@pytest.mark.parametrize(
    "there", ["", "[]", "{", '{"transports": 1}', '{"transports": {"docker": []}}']
)
def test_a_policy_that_is_none_is_not_overwritten(there: str) -> None:
    with pytest.raises(BadInput, match=r"policy\.json"):
        TRUST.policy(there)
