# SPDX-License-Identifier: BSD-2-Clause
# What demo and test share: install what is missing, configure, compile. Quiet when nothing is to do.

packages=(
    build-essential meson ninja-build pkg-config python3 python3-yaml
    gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-system-arm e2fsprogs
    libyaml-dev libxml2-dev libelf-dev libfdt-dev libjansson-dev nettle-dev zlib1g-dev libcmocka-dev
)

# Runs a command with its output kept back; shown only when it fails.
quietly()
{
    local log
    log=$(mktemp)
    if ! "$@" >"$log" 2>&1; then
        cat "$log" >&2
        rm -f "$log"
        echo "failed: $*" >&2
        return 1
    fi
    rm -f "$log"
}

install_packages()
{
    local missing=() p root=()
    for p in "${packages[@]}"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null)" = installed ] || missing+=("$p")
    done
    [ ${#missing[@]} -eq 0 ] && return
    if [ "$(id -u)" -ne 0 ]; then
        root=(sudo)
        command -v sudo >/dev/null || {
            echo "please install, as root: apt-get install ${missing[*]}" >&2
            return 1
        }
    fi
    echo "installing: ${missing[*]}"
    quietly "${root[@]}" apt-get update -qq
    quietly "${root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "${missing[@]}"
}

# build DIR [MESON OPTIONS]: configures DIR once and compiles it.
build()
{
    local dir=$1
    shift
    [ -f "$dir/build.ninja" ] || quietly meson setup "$dir" "$@"
    quietly meson compile -C "$dir"
}
