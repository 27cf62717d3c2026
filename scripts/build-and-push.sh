#!/usr/bin/env bash
# Builds images of this clone and pushes them, signed, to the fleet's registry:
# scripts/build-and-push.sh VERSION [FAMILY...]
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
if [[ $# -lt 1 || $1 == -* ]]; then
    sed -n '2,3s/^# //p' "$0" >&2
    exit 2
fi
version=$1
shift
[[ $# -gt 0 ]] || set -- all
"$root/scripts/install" "${YGG_INSTALL:-dev}"
export PATH="$root/.venv/bin:$PATH"

# What cannot be pushed need not be built.
ygg registry status
ygg images build "$@" --version "$version"
ygg images push "$@" --version "$version"
