"""Variables with which toolchains work in a sandbox: no network, an empty home, nobody to ask."""

from __future__ import annotations

_ALWAYS = {
    "CI": "true",
    "NO_COLOR": "1",
    # The files have another owner than whoever runs the command, so git answers nothing.
    "GOFLAGS": "-buildvcs=false",
    "GOTELEMETRY": "off",
    "CARGO_TERM_COLOR": "never",
    "CARGO_TERM_PROGRESS_WHEN": "never",
    "npm_config_audit": "false",
    "npm_config_fund": "false",
    "npm_config_update_notifier": "false",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_NO_INPUT": "1",
}
_OFFLINE = {
    # Each says at once what is missing, instead of trying for minutes to reach somebody.
    "CARGO_NET_OFFLINE": "true",
    "GOPROXY": "off",
    "GOTOOLCHAIN": "local",
    "PIP_NO_INDEX": "1",
    "UV_OFFLINE": "1",
    "npm_config_offline": "true",
}


def tool_variables(*, network: bool) -> dict[str, str]:
    return dict(_ALWAYS) if network else _ALWAYS | _OFFLINE
