#!/usr/bin/env bash
# The packages of debian/ are built from a copy of the source, lintian finds nothing, and in a fresh root they are
# installed, run a program that was compiled against them and a scenario, and are removed without leaving a file.
# Then the package of cpack does the same.
#
# packages_test.sh BUILD_DIR      CHORUS_PACKAGES=DIR: tests the packages there and builds none
build=$1
# shellcheck source=tests/install/support.sh
source "$(dirname "$0")/support.sh"
[ "$(id -u)" = 0 ] || skip "only root can make a root directory"
[ -e /etc/debian_version ] || skip "this is no Debian"
for tool in debootstrap dpkg-buildpackage dh lintian lowdown unshare; do
    command -v $tool > /dev/null || skip "$tool is not installed"
done
# shellcheck source=/dev/null
suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
mirror=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME)' | awk -v suite="$suite" '$2 == suite { print $1; exit }')
[ -n "$mirror" ] || skip "apt knows no mirror of $suite"
arch=$(dpkg --print-architecture)
multiarch=$(dpkg-architecture -q DEB_HOST_MULTIARCH)
root=$work/root

# In namespaces of its own, so that nothing that runs or is mounted in the root outlives the command.
inside() {
    # shellcheck disable=SC2016 # for the shell inside
    unshare --mount --pid --fork --kill-child sh -c 'mount -t proc proc "$0/proc" && mkdir -p "$0/dev/shm" &&
        mount -t tmpfs tmpfs "$0/dev/shm" && exec chroot "$0" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"' "$root" "$@"
}

# What is in the root, but for what dpkg and the linker keep about all packages.
files() {
    (cd "$root" && find . -xdev \( -path ./var/lib/dpkg -o -path ./var/log -o -path ./var/cache -o -path ./dev \
        -o -path ./etc/ld.so.cache -o -path ./packages \) -prune -o -printf '%p %y %l\n' | sort)
}

packages=${CHORUS_PACKAGES:-$work/packages}
if [ -z "${CHORUS_PACKAGES:-}" ]; then
    # At a path that is always the same, for the compiler cache.
    source_copy=$build/tests/package/chorus
    rm -rf "$source_copy"
    mkdir -p "$source_copy" "$packages"
    trap 'rm -rf "$work" "$build/tests/package"' EXIT
    (cd "$source_dir" && git ls-files -z | tar -c --null -T -) | tar -x -C "$source_copy"
    status=0
    (cd "$source_copy" && DEB_BUILD_OPTIONS='nocheck parallel=1' dpkg-buildpackage -b -uc -us) > "$work/log" 2>&1 || status=$?
    [ $status = 0 ] || fail "dpkg-buildpackage: $(tail -40 "$work/log")"
    mv "$build"/tests/package/*.deb "$packages"
    said=$(lintian --allow-root --fail-on none "$packages"/*.deb 2> /dev/null)
    [ -z "$said" ] || fail "lintian: $said"
    echo "ok - packages"
fi

debootstrap --variant=minbase --include=python3 "$suite" "$root" "$mirror" > "$work/log" 2>&1 || {
    timeout 20 bash -c "exec 3<> /dev/tcp/$(sed 's|.*//||; s|[:/].*||' <<< "$mirror")/80" 2> /dev/null || skip "no network"
    fail "debootstrap: $(tail -20 "$work/log")"
}
files > "$work/before"

write_samples

try() { # WHAT PACKAGE_FILE...
    local names name status=0
    mkdir "$root/packages"
    cp "${@:2}" "$work/both.scn" "$root/packages"
    names=$(for file in "${@:2}"; do dpkg-deb -f "$file" Package; done)
    inside sh -c 'dpkg -i /packages/*.deb' > "$work/log" 2>&1 || fail "$1: dpkg -i: $(tail -20 "$work/log")"
    # Compiled outside, where a compiler is, with what the packages have and nothing else.
    local words
    read -ra words <<< "$(PKG_CONFIG_SYSROOT_DIR=$root PKG_CONFIG_LIBDIR=$root/usr/lib/$multiarch/pkgconfig:$root/usr/lib/pkgconfig \
        pkg-config --cflags --libs chorus)"
    gcc "$work/prog.c" -o "$root/packages/prog" "${words[@]}" -L"$root/usr/lib/$multiarch" -L"$root/usr/lib"
    same "$1: a program" "actor 1" "$(inside /packages/prog)"
    same "$1: chorus run" "actor 1" "$(inside chorus run /packages/prog)"
    inside chorus-sim run --world both /packages/both.scn > "$work/log" 2>&1 || fail "$1: a scenario: $(cat "$work/log")"
    # shellcheck disable=SC2016 # no shell expands it
    same "$1: Python" "actor 1" "$(inside python3 -B -c \
        'import chorus; chorus.Region(100).buf[0] = 1; print("actor", chorus.Site.actors()[0].aid)')"
    same "$1: python3 -m chorus" "$(inside chorus --version)" "$(inside python3 -B -m chorus --version)"
    rm -r "$root/packages"
    # shellcheck disable=SC2086 # words
    inside dpkg --purge $names > "$work/log" 2>&1 || fail "$1: dpkg --purge: $(cat "$work/log")"
    files > "$work/after"
    diff "$work/before" "$work/after" > "$work/log" || fail "$1: left behind or lost: $(cat "$work/log")"
    echo "ok - $1"
}

mapfile -t debs < <(ls "$packages"/*.deb | grep -v -e -dbgsym)
[ "${#debs[@]}" = 5 ] || fail "not five packages: ${debs[*]}"
try "the packages of debian/" "${debs[@]}"

(cd "$build" && flock "$build" cpack -G DEB -B "$work/cpack") > "$work/log" 2>&1 || fail "cpack: $(tail -20 "$work/log")"
try "the package of cpack" "$work/cpack"/chorus_*_"$arch".deb
