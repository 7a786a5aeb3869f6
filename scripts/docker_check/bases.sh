# Sourced by docker_check.sh: base images for where no registry is reached. regraft-check/debian is in the place of
# debian:bookworm-slim, regraft-check/swift in that of swift:6.3-bookworm; both are as bare as these, or barer.

suite=bookworm
# What Swift asks for, less what scripts/setup.sh installs.
swift_packages=(binutils ca-certificates gcc git libc6-dev libncurses6 libsqlite3-0 libstdc++-12-dev libxml2 tzdata)

make_bases() {
    if engine_has regraft-check/debian && engine_has regraft-check/swift; then return; fi
    command -v swift >/dev/null || fail "swift is missing: its toolchain goes into the image to build with"
    install_missing debootstrap
    make_debian "$work/debian"
    engine_import regraft-check/debian "$work/debian"
    make_swift "$work/swift"
    engine_import regraft-check/swift "$work/swift"
    rm -rf --one-file-system -- "$work/debian" "$work/swift"
}

# Like the official slim image: a minimal Debian with its updates, and without manuals and translations.
make_debian() {
    local root=$1
    rm -rf --one-file-system -- "$root"
    say "making a minimal Debian $suite"
    debootstrap --variant=minbase "$suite" "$root" >"$work/debootstrap.log" 2>&1 || {
        tail -n 20 "$work/debootstrap.log" >&2
        fail "debootstrap failed"
    }
    printf 'deb http://deb.debian.org/debian %s main\n' "$suite" "$suite-updates" >"$root/etc/apt/sources.list"
    printf 'deb http://deb.debian.org/debian-security %s-security main\n' "$suite" >>"$root/etc/apt/sources.list"
    printf 'path-exclude /usr/share/%s\n' 'doc/*' 'man/*' 'info/*' 'locale/*' 'groff/*' 'lintian/*' \
        >"$root/etc/dpkg/dpkg.cfg.d/slim"
    printf 'path-include /usr/share/doc/*/copyright\n' >>"$root/etc/dpkg/dpkg.cfg.d/slim"
    find "$root/usr/share/doc" ! -type d ! -name copyright -delete
    find "$root"/usr/share/{man,info,locale} -mindepth 1 -delete
    find "$root"/var/lib/apt/lists "$root"/var/cache/apt "$root"/var/log -type f -delete
    rm -f -- "$root/etc/resolv.conf" "$root/etc/hostname"
}

# The toolchain in /usr, where the official image has it, and what this machine needs to reach packages.
make_swift() {
    local root=$1 toolchain url base certificates
    toolchain=$(dirname -- "$(dirname -- "$(readlink -f -- "$(command -v swift)")")")
    rm -rf --one-file-system -- "$root"
    say "adding the toolchain of $toolchain"
    cp -a -- "$work/debian" "$root"
    cp -a -- "$toolchain/." "$root/usr/"
    cp -- /etc/resolv.conf "$root/etc/"
    # No service may start in there.
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
    chmod 755 -- "$root/usr/sbin/policy-rc.d"
    {
        chroot "$root" apt-get update -qq &&
            DEBIAN_FRONTEND=noninteractive chroot "$root" apt-get install -y -qq --no-install-recommends \
                "${swift_packages[@]}"
    } >"$work/apt.log" 2>&1 || {
        tail -n 20 "$work/apt.log" >&2
        fail "apt-get failed inside the new system"
    }
    rm -rf -- "$root"/var/lib/apt/lists/* "$root/etc/resolv.conf"

    # Where git takes packages from a folder instead of the network, they come along.
    while IFS=' ' read -r name url; do
        base=${name#url.}
        base=${base%.insteadof}
        if [[ $base != /*/ ]]; then continue; fi
        if [[ ! -e $root$base ]]; then
            mkdir -p -- "$root$base"
            cp -a -- "$base." "$root$base"
        fi
        git config --file "$root/etc/gitconfig" --add "url.$base.insteadOf" "$url"
        if [[ -z $(git config --file "$root/etc/gitconfig" --get-all safe.directory || true) ]]; then
            git config --file "$root/etc/gitconfig" --add safe.directory '*'
        fi
    done < <(git config --get-regexp '^url\..*\.insteadof$')
    # Where a proxy signs what pip downloads, its certificate too.
    certificates=${PIP_CERT:-${SSL_CERT_FILE:-}}
    if [[ -n $certificates ]]; then
        install -D -m 644 -- "$certificates" "$root/etc/pip-certificates.pem"
        printf '[global]\ncert = /etc/pip-certificates.pem\n' >"$root/etc/pip.conf"
    fi
}
