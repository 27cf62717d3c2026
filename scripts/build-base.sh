#!/usr/bin/env bash
# Makes the offline base: an image of Debian with what containerfiles/ needs of a base, from packages
# alone, and the packages that single images add to it. No registry of images is asked.
# What is made is kept in the user's cache folder under a name that changes with what is asked for
# here, so a second run needs no network, and does nothing where the image is there.
# Usage: scripts/build-base.sh [--print | --again]
# --print names the image and the folder, and makes nothing. --again makes both of the packages that
# Debian has today. BASE_MIRROR=URL names another mirror of Debian.
set -euo pipefail

self=$(readlink -f "$0")
image=localhost/ygg-offline-base:trixie
mirror=(${BASE_MIRROR:+"$BASE_MIRROR"}) # mmdebstrap knows one by itself

# What is asked for begins here.
suite=trixie
base=python3,ca-certificates
declare -A added=(
    [executor]="git openssh-client bubblewrap"
    [valkey]="valkey-server"
    [registry]="docker-registry"
    [inference]="libgomp1"
)
# The day Debian released the suite: what is made of the same packages is the same, whenever.
export SOURCE_DATE_EPOCH=1754697600

download() {
    local family=$1 packages=$2
    echo "mkdir -p \"\$1/packages/$family\" && chroot \"\$1\" apt-get --quiet --yes --download-only" \
        "-o Dir::Cache::archives=/packages/$family -o APT::Install-Recommends=false install $packages"
}

# What dpkg, apt and debconf wrote down of this one time, and what differs with the hour.
# shellcheck disable=SC2016  # mmdebstrap's shell expands it
tidy='rm -rf "$1"/var/log/* "$1"/var/cache/ldconfig/aux-cache "$1"/var/cache/debconf/*-old
    "$1"/var/lib/dpkg/*-old "$1"/etc/hostname "$1"/etc/resolv.conf && : >"$1/etc/machine-id"'

bootstrap() {
    local hooks=() family
    for family in "${!added[@]}"; do
        hooks+=(--customize-hook="$(download "$family" "${added[$family]}")")
    done
    mmdebstrap --quiet --format=tar --variant=minbase --include="$base" \
        --dpkgopt=path-exclude='/usr/share/man/*' --dpkgopt=path-exclude='/usr/share/locale/*' \
        --dpkgopt=path-exclude='/usr/share/doc/*' \
        --dpkgopt=path-include='/usr/share/doc/*/copyright' \
        --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Retries "5"' \
        "${hooks[@]}" \
        --customize-hook="mv \"\$1\"/packages/* $(printf %q "$part")/packages/ && rmdir \"\$1/packages\"" \
        --customize-hook="${tidy//$'\n'/ }" \
        "$suite" "$part/base.tar" "${mirror[@]}" >&2
}
# What is asked for ends here.

usage() {
    sed -n '2,/^set /{/^set /d;s/^# //p}' "$self"
}

fail() {
    echo "scripts/build-base.sh: $1" >&2
    exit 1
}

case $#:${1-} in
    0: | 1:--print | 1:--again) ;;
    1:--help | 1:-h) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
esac
[[ -n ${HOME-} ]] || unset HOME
home=~ # without HOME, as the machine knows the user
digest=$(sed -n '/^# What is asked for begins/,/^# What is asked for ends/p' "$self" | sha256sum | cut -c1-12)
folder=${XDG_CACHE_HOME:-$home/.cache}/yggdrasil/base/$digest
part=$folder.part
if [[ ${1-} == --print ]]; then
    echo "$image"
    echo "$folder"
    exit 0
fi

need() {
    command -v "$1" >/dev/null || fail "$1 is not installed. On Debian: apt-get install $1"
}

make() {
    need mmdebstrap
    trap 'rm -rf "$part"' EXIT
    rm -rf "$part"
    mkdir -p "$part/packages"
    bootstrap || fail "Debian's packages could not be had or unpacked, see above. Is there a network?
BASE_MIRROR=URL names another mirror; a base that is in $folder on another machine can be copied here."
    find "$part/packages" \( -name lock -o -name partial \) -exec rm -rf {} +
    rm -rf "$folder"
    mv "$part" "$folder"
}

is_there() {
    [[ $(podman image inspect --format '{{index .Labels "org.yggdrasil.packages"}}' "$image" 2>/dev/null) == "$digest" ]]
}

need podman
mkdir -p "${folder%/*}"
exec 9>"${folder%/*}/lock"
flock 9
[[ -e $folder/base.tar && ${1-} != --again ]] || make
if [[ ${1-} == --again ]] || ! is_there; then
    # Built, not imported, and in OCI's format: the others say when, or which container it was made
    # in, and with that nothing that is built on it would be the same again.
    printf 'FROM scratch\nADD base.tar /\nCMD ["bash"]\n' |
        podman build --quiet --format oci --no-cache --timestamp "$SOURCE_DATE_EPOCH" --omit-history \
            --identity-label=false --label "org.yggdrasil.packages=$digest" \
            --tag "$image" --file - "$folder" >&2
fi
echo "$image"
