#!/usr/bin/env bash
# Builds images of this clone and pushes them, signed, to the fleet's registry:
# scripts/build-and-push.sh VERSION [FAMILY...]
set -euo pipefail

self=$(readlink -f "$0")
root=${self%/scripts/*}
usage() {
    sed -n '2,3s/^# //p' "$self"
}
case ${1-} in
    --help | -h) usage && exit 0 ;;
    "" | -*) usage >&2 && exit 2 ;;
esac
version=$1
shift
[[ $# -gt 0 ]] || set -- all
# What cannot be pushed need not be built.
if [[ -n $(git -C "$root" status --porcelain) ]]; then
    echo "${0##*/}: $root has changes that are in no commit: commit them first. For a trial:" >&2
    echo "ygg images build, and ygg images push --dirty" >&2
    exit 1
fi
"$root/scripts/install" "${YGG_INSTALL:-dev}"
export PATH="$root/.venv/bin:$PATH"

ygg registry status
ygg images build "$@" --version "$version"
ygg images push "$@" --version "$version"
