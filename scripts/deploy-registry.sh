#!/usr/bin/env bash
# Makes this machine the fleet's registry, and keeps it running across restarts:
# scripts/deploy-registry.sh HOST:PORT
set -euo pipefail

self=$(readlink -f "$0")
root=${self%/scripts/*}
usage() {
    sed -n '2,3s/^# //p' "$self"
}
case $#:${1-} in
    1:--help | 1:-h) usage && exit 0 ;;
    1:-* | 1:) usage >&2 && exit 2 ;;
    1:*) ;;
    *) usage >&2 && exit 2 ;;
esac
"$root/scripts/install" "${YGG_INSTALL:-dev}"
export PATH="$root/.venv/bin:$PATH"

manager=(systemctl)
[[ $(id -u) -eq 0 ]] || manager=(systemctl --user)
# systemd runs here, whatever it says of other units: `degraded` is no reason to do without.
if [[ ! -d /run/systemd/system ]] || ! "${manager[@]}" show-environment >/dev/null 2>&1; then
    echo "${0##*/}: without systemd's ${manager[*]} here it runs until this machine restarts" >&2
    ygg registry init --address "$1"
    ygg registry up --detach
    exec ygg registry status
fi
ygg registry init --address "$1" --unit systemd
"${manager[@]}" daemon-reload
"${manager[@]}" enable --now ygg-registry
if [[ ${manager[*]} == *--user && $(loginctl show-user "$(id -un)" --property=Linger --value 2>/dev/null) != yes ]]; then
    echo "${0##*/}: it ends when $(id -un) logs out, and begins when they log in; to have it run" >&2
    echo "always: loginctl enable-linger $(id -un)" >&2
fi
for _ in {1..50}; do
    ygg registry status >/dev/null 2>&1 && break
    sleep 0.2
done
exec ygg registry status
