# What a machine is, as NAME=VALUE lines. Any POSIX shell; nothing is changed, nothing asks.
say() { printf '%s=%s\n' "$1" "$(printf '%s' "$2" | tr '\n' ' ')"; }
have() { command -v "$1" >/dev/null 2>&1; }
PATH=$PATH:/usr/sbin:/sbin

say clock "$(date +%s)"
say name "$(uname -n)"
say kernel "$(uname -s) $(uname -r)"
say architecture "$(uname -m)"
if [ -r /etc/os-release ]; then
    say os "$(. /etc/os-release && echo "${PRETTY_NAME:-$NAME}")"
    say os_id "$(. /etc/os-release && echo "$ID")"
fi
[ ! -e /run/ostree-booted ] || say image_based yes
say cores "$(getconf _NPROCESSORS_ONLN)"
say memory_kib "$(awk '/^MemTotal/ { print $2 }' /proc/meminfo)"
say disk_free_kib "$(df -Pk /var | awk 'END { print $4 }')"
say disk_kib "$(df -Pk /var | awk 'END { print $2 }')"
if [ -d /run/systemd/system ]; then
    say systemd "$(systemctl --version | awk 'NR == 1 { print $2 }')"
    say failed_units "$(systemctl --failed --plain --no-legend | awk '{ print $1 }')"
fi
! have podman || say podman "$(podman --version | awk '{ print $NF }')"
! have python3 || say python "$(python3 -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])')"
! have getenforce || say selinux "$(getenforce)"
if have nvidia-smi; then
    say gpu "$(nvidia-smi --query-gpu=name,memory.total --format=csv,noheader 2>&1 | head -n 4)"
    for file in /etc/cdi/nvidia.yaml /var/run/cdi/nvidia.yaml; do
        [ ! -e "$file" ] || say cdi "$file"
    done
elif [ -e /proc/bus/pci/devices ] && grep -qi nvidia /proc/bus/pci/devices; then
    say gpu_without_driver yes
fi
if [ "$(id -u)" -eq 0 ]; then
    say root yes
elif have sudo && sudo -n true 2>/dev/null; then
    say root sudo
else
    say root no
fi
