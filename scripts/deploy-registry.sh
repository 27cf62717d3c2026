#!/usr/bin/env bash
# Makes this machine the fleet's registry, and keeps it running across restarts:
# scripts/deploy-registry.sh HOST:PORT
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
if [[ $# -ne 1 || $1 == -* ]]; then
    sed -n '2,3s/^# //p' "$0" >&2
    exit 2
fi
"$root/scripts/install" "${YGG_INSTALL:-dev}"
export PATH="$root/.venv/bin:$PATH"

if ! command -v systemctl >/dev/null || ! systemctl is-system-running >/dev/null 2>&1; then
    # Without systemd it runs until the machine does not.
    ygg registry init --address "$1"
    ygg registry up --detach
    exec ygg registry status
fi
manager=(systemctl)
[[ $(id -u) -eq 0 ]] || manager=(systemctl --user)
ygg registry init --address "$1" --unit systemd
"${manager[@]}" daemon-reload
"${manager[@]}" enable --now ygg-registry
for _ in {1..50}; do
    ygg registry status >/dev/null 2>&1 && break
    sleep 0.2
done
exec ygg registry status
