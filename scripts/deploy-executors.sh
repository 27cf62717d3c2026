#!/usr/bin/env bash
# Has machines of the inventory run executors of a version, all of the group executors or those named:
# scripts/deploy-executors.sh VERSION [MACHINE...]
#
# Where none runs yet, and where there are no containers: ygg machines provision. Where one serves
# already, ygg rollout start: one machine after the other, without losing a task.
set -euo pipefail

self=$(readlink -f "$0")
root=${self%/scripts/*}
usage() {
    sed -n '2,6s/^# \{0,1\}//p' "$self"
}
case ${1-} in
    --help | -h) usage && exit 0 ;;
    "" | -*) usage >&2 && exit 2 ;;
esac
version=$1
shift
"$root/scripts/install" "${YGG_INSTALL:-dev}"
export PATH="$root/.venv/bin:$PATH"

inventory=$(ygg machines list --json)
executors=$(ygg executors --json)
# Two lines: those to provision, and those to roll out to.
plan=$(python -I - "$inventory" "$executors" "$@" <<'PYTHON'
import json
import sys

inventory, executors, named = json.loads(sys.argv[1]), json.loads(sys.argv[2]), sys.argv[3:]
there = [one for one in inventory if "executors" in one["groups"]]
wheels = {one["machine"] for one in there if one["variables"].get("ygg_runtime") == "venv"}
serving = {
    one["executor"]
    for one in executors
    if one["image_digest"] and one["state"] not in ("silent", "departed")
}
wanted = named or [one["machine"] for one in there]
rolled = [name for name in wanted if name in serving - wheels]
print(*(name for name in wanted if name not in rolled))
print(*rolled, sep=",")
PYTHON
)
{ read -ra bare && read -r rolled; } <<<"$plan" || true
if [[ ${#bare[@]} -eq 0 && -z $rolled ]]; then
    echo "${0##*/}: no machine is in the group executors; next: ygg machines add NAME --address HOST" >&2
    exit 1
fi
# A machine that is away is no reason to leave out the others.
status=0
if [[ ${#bare[@]} -gt 0 ]]; then
    ygg machines provision "${bare[@]}" --version "$version" || status=$?
fi
if [[ -n $rolled ]]; then
    ygg rollout start executor "$version" --machines "$rolled" || status=$?
fi
exit "$status"
