#!/usr/bin/env bash
# Makes the offline base: an image of Debian with what containerfiles/ needs of a base, from packages
# alone, and the packages that single images add to it. No registry of images is asked.
# What is made is kept in the user's cache folder under a name that changes with what is in it, so a
# second run needs no network. --print names the image and the folder, and makes nothing.
set -euo pipefail

suite=trixie
image=localhost/ygg-offline-base:$suite
mirror=(${BASE_MIRROR:+"$BASE_MIRROR"}) # mmdebstrap knows one by itself
base=python3,ca-certificates
declare -A added=(
    [executor]="git openssh-client bubblewrap"
    [valkey]="valkey-server"
    [registry]="docker-registry"
    [inference]="libgomp1"
)
# The day Debian released the suite: what is made of the same packages is the same, whenever.
export SOURCE_DATE_EPOCH=1754697600

fail() {
    echo "scripts/build-base.sh: $1" >&2
    exit 1
}

digest=$(sha256sum <"$0" | cut -c1-12)
folder=${XDG_CACHE_HOME:-$HOME/.cache}/yggdrasil/base/$digest
if [[ ${1-} == --print ]]; then
    echo "$image"
    echo "$folder"
    exit 0
fi
for tool in podman mmdebstrap; do
    command -v "$tool" >/dev/null || fail "$tool is not installed. On Debian: apt-get install $tool"
done
mkdir -p "${folder%/*}"
exec 9>"${folder%/*}/lock"
flock 9

download() {
    local family=$1 packages=$2
    echo "mkdir -p \"\$1/packages/$family\" && chroot \"\$1\" apt-get --quiet --yes --download-only" \
        "-o Dir::Cache::archives=/packages/$family -o APT::Install-Recommends=false install $packages"
}

# What dpkg, apt and debconf wrote down of this one time, and what differs with the hour.
# shellcheck disable=SC2016  # mmdebstrap's shell expands it
tidy='rm -rf "$1"/var/log/* "$1"/var/cache/ldconfig/aux-cache "$1"/var/cache/debconf/*-old
    "$1"/var/lib/dpkg/*-old "$1"/etc/hostname "$1"/etc/resolv.conf && : >"$1/etc/machine-id"'

make() {
    local hooks=() family part=$folder.part
    rm -rf "$part"
    mkdir -p "$part/packages"
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
    find "$part/packages" \( -name lock -o -name partial \) -exec rm -rf {} +
    mv "$part" "$folder"
}

[[ -e $folder/base.tar ]] || make
# Built, not imported: an imported image says when, so that all that is built on it would, too.
printf 'FROM scratch\nADD base.tar /\nCMD ["bash"]\n' |
    podman build --quiet --format docker --timestamp "$SOURCE_DATE_EPOCH" --omit-history \
        --identity-label=false --label "org.yggdrasil.packages=$digest" \
        --tag "$image" --file - "$folder" >&2
echo "$image"
