"""The way into a machine: address and ssh_config, jump hosts, host keys, the key to log in with."""

from __future__ import annotations

import getpass
import logging
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import paramiko
from paramiko.hostkeys import InvalidHostKey

from ygg.adapters import ssh_errors
from ygg.errors import BadInput

PORT = 22
USER_CONFIG = Path("~/.ssh/config")
KNOWN_HOSTS = (Path("~/.ssh/known_hosts"), Path("/etc/ssh/ssh_known_hosts"))
KEEPALIVE_SECONDS = 10
GONE_SECONDS = 40
"""So long may what we send stay unacknowledged, before the other side counts as gone."""
_LOG = "ygg.paramiko"


@dataclass(frozen=True)
class Address:
    """Where to log in. What is not given comes from `config_file`, then from SSH's defaults."""

    host: str
    port: int | None = None
    user: str | None = None
    key_file: Path | None = None
    """The only key to log in with. Without: those of the agent and of ~/.ssh."""
    known_hosts_file: Path | None = None
    """The only file of host keys to trust."""
    config_file: Path | None = None
    """An ssh_config; ~/.ssh/config if there is one."""
    jump: str | None = None
    """[USER@]HOST[:PORT], several with commas: through which to go."""
    timeout_seconds: float = 10

    @property
    def where(self) -> str:
        return self.host if self.port in (None, PORT) else f"{self.host}:{self.port}"


@contextmanager
def logged_in(address: Address) -> Iterator[paramiko.SSHClient]:
    # It logs whole tracebacks of what it also raises.
    logging.getLogger(_LOG).setLevel(logging.CRITICAL + 1)
    with ExitStack() as opened:
        yield _log_in(address, opened)


def _log_in(address: Address, opened: ExitStack) -> paramiko.SSHClient:
    target = resolved(address)
    client = paramiko.SSHClient()
    client.set_log_channel(_LOG)
    client.set_missing_host_key_policy(_Refuse(target))
    _load_host_keys(client, target)
    key = _load_key(target.key_file) if target.key_file else None
    sock = _through(target, opened) if target.jump else _connect(target)
    opened.callback(sock.close)
    opened.callback(client.close)
    _authenticate(client, target, key, sock)
    transport = client.get_transport()
    assert transport is not None  # noqa: S101  it has just logged in
    transport.set_keepalive(KEEPALIVE_SECONDS)
    return client


def resolved(address: Address) -> Address:
    """With what ssh_config says about it."""
    file = address.config_file or USER_CONFIG.expanduser()
    if not file.is_file():
        if address.config_file:
            raise ssh_errors.no_such_file("ssh_config", file, "name another, or none")
        return address
    try:
        found = paramiko.SSHConfig.from_path(str(file)).lookup(address.host)
        port = int(found.get("port", PORT))
    except (paramiko.SSHException, ImportError, OSError, ValueError) as error:
        raise BadInput(f"{file} cannot be used: {error}") from error
    if "proxycommand" in found and found["proxycommand"] != "none":
        raise BadInput(
            f"{file} asks for a ProxyCommand to {address.host}", hint="use ProxyJump instead"
        )
    jump = found.get("proxyjump", "none")
    keys = [Path(path).expanduser() for path in found.get("identityfile", [])]
    known = [Path(path).expanduser() for path in found.get("userknownhostsfile", "").split()]
    return Address(
        host=found["hostname"],
        port=address.port or port,
        user=address.user or found.get("user"),
        key_file=address.key_file or next((key for key in keys if key.is_file()), None),
        known_hosts_file=address.known_hosts_file or next(iter(known), None),
        config_file=address.config_file,
        jump=address.jump if address.jump is not None else ("" if jump == "none" else jump),
        timeout_seconds=address.timeout_seconds,
    )


def _connect(target: Address) -> socket.socket:
    seconds = target.timeout_seconds
    try:
        sock = socket.create_connection((target.host, target.port or PORT), seconds)
    except (socket.gaierror, UnicodeError) as error:
        raise ssh_errors.name_unknown(target.host) from error
    except ConnectionRefusedError as error:
        raise ssh_errors.refused(target.where) from error
    except TimeoutError as error:
        raise ssh_errors.timed_out(target.where, seconds) from error
    except OSError as error:
        raise ssh_errors.not_reached(target.where, error.strerror or error) from error
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, GONE_SECONDS * 1000)
    # To open a channel and to run a command are two small packets: the second would wait for an
    # acknowledgement, which the other side takes 40 ms to send.
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def _through(target: Address, opened: ExitStack) -> paramiko.Channel:
    before, _, last = (target.jump or "").rpartition(",")
    user, _, place = last.strip().rpartition("@")
    host, _, port = place.partition(":")
    hop = replace(target, host=host, user=user or None, jump=before, key_file=None)
    hop = replace(hop, port=int(port) if port.isdecimal() else None)
    # The same key opens both, unless ssh_config has another for the hop.
    hop = replace(hop, key_file=resolved(hop).key_file or target.key_file)
    transport = _log_in(hop, opened).get_transport()
    assert transport is not None  # noqa: S101  it has just logged in
    try:
        destination = (target.host, target.port or PORT)
        return transport.open_channel("direct-tcpip", destination, ("127.0.0.1", 0))
    except (paramiko.SSHException, EOFError, OSError) as error:
        raise ssh_errors.not_reached(target.where, f"{hop.where} says {error}") from error


def _load_host_keys(client: paramiko.SSHClient, target: Address) -> None:
    for file in _known_hosts(target):
        try:
            client.load_system_host_keys(str(file))
        except InvalidHostKey as error:
            raise BadInput(
                f"{file} has a line that is no host key: {error.line.strip()}"
            ) from error
        except (paramiko.SSHException, OSError, ValueError) as error:
            raise BadInput(f"{file} cannot be used: {error}") from error


def _known_hosts(target: Address) -> list[Path]:
    if target.known_hosts_file is None:
        return [file for name in KNOWN_HOSTS if (file := name.expanduser()).is_file()]
    if not target.known_hosts_file.is_file():
        hint = f"make it: {_scan(target)} > {target.known_hosts_file}, and compare the keys"
        raise ssh_errors.no_such_file("known_hosts file", target.known_hosts_file, hint)
    return [target.known_hosts_file]


def _load_key(file: Path) -> paramiko.PKey:
    if not file.is_file():
        hint = f"make one: ssh-keygen -t ed25519 -f {file}"
        raise ssh_errors.no_such_file("key file", file, hint)
    try:
        return paramiko.PKey.from_path(file)
    except PermissionError as error:
        raise ssh_errors.key_unusable(file, "this user may not read it") from error
    except Exception as error:
        # Each kind of key has its own way to say it.
        said = str(error).lower()
        if isinstance(error, paramiko.PasswordRequiredException) or "password" in said:
            raise ssh_errors.key_needs_passphrase(file) from error
        raise ssh_errors.key_unusable(file, str(error) or type(error).__name__) from error


def _authenticate(
    client: paramiko.SSHClient,
    target: Address,
    key: paramiko.PKey | None,
    sock: socket.socket | paramiko.Channel,
) -> None:
    seconds = target.timeout_seconds
    user = target.user or getpass.getuser()
    try:
        client.connect(
            target.host,
            target.port or PORT,
            username=user,
            pkey=key,
            sock=sock,
            allow_agent=key is None,
            look_for_keys=key is None,
            timeout=seconds,
            banner_timeout=seconds,
            auth_timeout=seconds,
            channel_timeout=seconds,
        )
    except paramiko.BadHostKeyException as error:
        raise ssh_errors.host_key_changed(
            target.where,
            _fingerprint(error.key),
            _fingerprint(error.expected_key),
            str(_files(target)),
            _known_as(target),
        ) from error
    except paramiko.PasswordRequiredException as error:
        raise ssh_errors.no_key(target.where, user) from error
    except paramiko.AuthenticationException as error:
        if "timeout" in str(error).lower() or "EOF" in str(error):
            raise ssh_errors.no_ssh(target.where, error) from error
        tried = (
            f"the key {target.key_file}" if target.key_file else "any key of the agent or ~/.ssh"
        )
        raise ssh_errors.login_refused(target.where, user, tried) from error
    except paramiko.SSHException as error:
        if "No authentication methods" in str(error):
            raise ssh_errors.no_key(target.where, user) from error
        raise ssh_errors.no_ssh(target.where, error) from error
    except (EOFError, OSError) as error:
        raise ssh_errors.no_ssh(target.where, str(error) or "it hung up") from error


class _Refuse(paramiko.MissingHostKeyPolicy):
    def __init__(self, target: Address) -> None:
        self._target = target

    def missing_host_key(
        self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey
    ) -> None:
        target = self._target
        line = f"{_known_as(target)} {key.get_name()} {key.get_base64()}"
        raise ssh_errors.host_key_unknown(
            target.where, _fingerprint(key), line, _files(target), _scan(target)
        )


def pin(unknown: ssh_errors.HostKeyUnknown) -> None:
    """Trust the key from now on: somebody has compared it."""
    file = unknown.file.expanduser()
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    had = file.read_text(encoding="utf-8") if file.exists() else ""
    begin = "\n" if had and not had.endswith("\n") else ""
    with file.open("a", encoding="utf-8") as known:
        known.write(f"{begin}{unknown.known_line}\n")
    file.chmod(0o600)


def _fingerprint(key: paramiko.PKey) -> str:
    return f"{key.get_name()} {key.fingerprint}"


def _files(target: Address) -> Path:
    return target.known_hosts_file or KNOWN_HOSTS[0]


def _known_as(target: Address) -> str:
    port = target.port or PORT
    return target.host if port == PORT else f"[{target.host}]:{port}"


def _scan(target: Address) -> str:
    port = target.port or PORT
    return f"ssh-keyscan {'' if port == PORT else f'-p {port} '}{target.host}"
