"""Git's command lines and environment, whole; its answers and complaints, read."""

from __future__ import annotations

from pathlib import Path

import pytest

from ygg.adapters import git
from ygg.adapters.git_output import parse_remote_refs
from ygg.adapters.git_trouble import Broken, trouble
from ygg.errors import BadInput, Denied, NotFound, Unreachable, YggError

MIRROR = Path("/cache/1.git")
URL = "ssh://git@example.org/me/site.git"
NEUTRAL = git.git()
STRICT = [
    *("ssh", "-F", "/dev/null", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes"),
    *("-o", "UpdateHostKeys=no", "-o", "ClearAllForwardings=yes", "-o", "PermitLocalCommand=no"),
    *("-o", "ConnectTimeout=20", "-o", "ServerAliveInterval=15", "-o", "ServerAliveCountMax=3"),
]


def after_neutral(argv: list[str]) -> list[str]:
    assert argv[: len(NEUTRAL)] == NEUTRAL
    return argv[len(NEUTRAL) :]


def test_nothing_that_a_repository_asks_for_is_in_force() -> None:
    assert NEUTRAL[:2] == ["git", "--no-pager"]
    told = NEUTRAL[2:]
    assert told[::2] == ["-c"] * (len(told) // 2)
    assert {"core.hooksPath=/dev/null", "core.fsmonitor=false", "credential.helper="} < set(told)
    assert "fetch.unpackLimit=1" in told


def test_commands() -> None:
    access = git.Access()
    assert after_neutral(git.make_mirror(MIRROR)) == [
        *("init", "--quiet", "--bare", "--template=", "--shared=0644", "--", "/cache/1.git"),
    ]
    assert after_neutral(git.ask(URL, ["HEAD"], access)) == [
        *("ls-remote", "--symref", "--", URL, "HEAD"),
    ]
    refs = ["+refs/heads/main:refs/heads/main"]
    quiet = ["--quiet", "--no-write-fetch-head", "--no-recurse-submodules", "--force"]
    where = ["--git-dir", "/cache/1.git"]
    found = after_neutral(git.fetch(MIRROR, URL, refs, access))
    assert found == [*where, "fetch", *quiet, "--", URL, *refs]
    found = after_neutral(git.fetch(MIRROR, URL, git.ALL_REFS, access))
    assert found == [*where, "fetch", *quiet, "--prune", "--", URL, *git.ALL_REFS]
    assert after_neutral(git.has(MIRROR, "abc")) == [*where, "cat-file", "-e", "abc^{commit}"]
    assert after_neutral(git.add_worktree(MIRROR, Path("/w"), "abc")) == [
        *(*where, "worktree", "add", "--quiet", "--force", "--detach", "--no-checkout"),
        *("--", "/w", "abc"),
    ]
    assert after_neutral(git.fill_worktree(Path("/w"))) == [
        *("--work-tree=/w", "--git-dir=/w/.git", "reset", "--quiet", "--hard"),
    ]


def test_ssh_with_the_keys_of_its_user() -> None:
    agentless = ["-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none"]
    assert git.ssh(git.Access()) == [*STRICT, *agentless]
    assert git.ssh(git.Access(use_agent=True)) == STRICT


def test_ssh_with_files_of_odd_names() -> None:
    access = git.Access(Path("/my keys/100%"), Path("/known"), use_agent=True)
    known = ["-o", 'UserKnownHostsFile="/known"', "-o", "GlobalKnownHostsFile=/dev/null"]
    key = ["-o", 'IdentityFile="/my keys/100%%"', "-o", "IdentitiesOnly=yes"]
    assert git.ssh(access) == [*STRICT, *known, *key]


def test_the_environment_allows_one_protocol() -> None:
    assert git.environment(git.Access(), "https")["GIT_ALLOW_PROTOCOL"] == "https"
    assert git.environment(git.Access())["GIT_ALLOW_PROTOCOL"] == "none"
    assert git.environment(git.Access())["SSH_AUTH_SOCK"] == ""
    assert "SSH_AUTH_SOCK" not in git.environment(git.Access(use_agent=True))


def test_credentials_are_only_read() -> None:
    access = git.Access(credentials_file=Path("/a b"), redirects=False)
    told = git.git(access=access)
    assert told[-4:] == [
        *("-c", "http.followRedirects=false", "-c"),
        'credential.helper=!f() { test "$1" = get && '
        "git credential-store --file '/a b' get; }; f",
    ]


@pytest.mark.parametrize(
    ("url", "address"),
    [
        (
            "https://example.org/a%20b.git",
            git.RepositoryAddress("https", "example.org", "/a b.git"),
        ),
        ("http://example.org:80/", git.RepositoryAddress("http", "example.org:80", "/")),
        (URL, git.RepositoryAddress("ssh", "example.org", "/me/site.git")),
        ("git@example.org:me/site", git.RepositoryAddress("ssh", "example.org", "me/site")),
        ("git@[::1]:site", git.RepositoryAddress("ssh", "[::1]", "site")),
        ("file:///srv/site", git.RepositoryAddress("file", "", "/srv/site")),
    ],
)
def test_where_a_url_leads(url: str, address: git.RepositoryAddress) -> None:
    assert git.address_of(url) == address


@pytest.mark.parametrize("url", ["ext::sh", "/srv/site", "--upload-pack=x", "ftp://a/b"])
def test_what_leads_nowhere(url: str) -> None:
    with pytest.raises(ValueError, match="no repository's URL"):
        git.address_of(url)


def test_remote_refs() -> None:
    refs = parse_remote_refs(
        "ref: refs/heads/main\tHEAD\n"
        "aaa\tHEAD\n"
        "aaa\trefs/heads/main\n"
        "bbb\trefs/heads/v1\n"
        "ccc\trefs/tags/v1\n"
        "ddd\trefs/tags/v1^{}\n"
        "ddd\trefs/tags/v2\n"
    )
    assert refs.default == "refs/heads/main"
    assert refs.commits["refs/tags/v1"] == "ddd"
    assert refs.find("v1") == "refs/heads/v1", "a branch goes before a tag"
    assert refs.find("v2") == "refs/tags/v2"
    assert refs.find("refs/tags/v1") == "refs/tags/v1"
    assert refs.find("v3") is None
    assert refs.names == ["main", "v1", "v1", "v2"]


@pytest.mark.parametrize(
    ("stderr", "kind", "message"),
    [
        ("Host key verification failed.\nfatal: Could not read", Denied, "does not know"),
        ("@ REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification", Denied, "not the"),
        ("git@a: Permission denied (publickey).", Denied, "access refused"),
        ("fatal: could not read Username for 'https://a': x", Denied, "access refused"),
        ("fatal: unable to access 'x': The requested URL returned error: 403", Denied, "refused"),
        ("fatal: repository 'https://a/b/' not found", NotFound, "no such repository"),
        ("remote: Repository not found.", NotFound, "no such repository"),
        ("fatal: couldn't find remote ref refs/heads/x", NotFound, "no such branch"),
        ("ssh: Could not resolve hostname a: Name", Unreachable, "Could not resolve hostname a"),
        ("fatal: early EOF", Unreachable, "no connection (early EOF)"),
        ("fatal: write error: No space left on device", YggError, "No space left"),
        ("error: index-pack died of signal 25\nfatal: x", YggError, "died of signal 25"),
        ("error: pack-objects died of signal 13\nfatal: hung up", Unreachable, "hung up"),
        ("Hi!\nfatal: fetch-pack: invalid index-pack output", YggError, ": fetch-pack: invalid"),
        ("fatal: bad pack\nfatal: fetch-pack: invalid index-pack output", Broken, "bad pack"),
        ("fatal: Out of memory, malloc failed", YggError, "Out of memory"),
        (" ! [rejected] main -> main (fetch first)", BadInput, "nothing is ever forced"),
        ("error: object file x is empty\nfatal: bad object", Broken, "object file x is empty"),
        ("", Broken, "git said nothing"),
    ],
)
def test_complaints(stderr: str, kind: type[YggError], message: str) -> None:
    found = trouble(URL, stderr)
    assert type(found) is kind
    assert found.message.startswith(URL)
    assert message in found.message
