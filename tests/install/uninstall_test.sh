#!/usr/bin/env bash
# The target `uninstall` leaves nothing of an installation, and nothing else is lost: with DESTDIR, in a prefix that is
# new, and in one that others use.
#
# uninstall_test.sh BUILD_DIR
build=$1
# shellcheck source=tests/install/support.sh
source "$(dirname "$0")/support.sh"

# Other tests install from the same build tree, which remembers the last one only.
exec {lock}< "$build"
flock "$lock"
install_here() {
    cmake --install "$build" --prefix "$1" > /dev/null
    cmake --install "$build" --prefix "$1" --component static > /dev/null
}
uninstall() { cmake --build "$build" --target uninstall > "$work/said" 2>&1; }
tree() { (cd "$1" && find . | sort); }

mkdir "$work/old" "$work/shared" "$work/shared/bin" "$work/shared/share"
touch "$work/shared/bin/other" "$work/shared/share/.hidden"
tree "$work" > "$work/before"
for prefix in "$work/new" "$work/deep/new" "$work/old" "$work/shared"; do
    install_here "$prefix"
    install_here "$prefix" # over itself
    [ -x "$prefix/bin/chorus" ] && [ -e "$prefix/lib/libchorus.a" ] || fail "nothing is installed to $prefix"
    PYTHONPATH=$prefix/lib/python3/dist-packages /usr/bin/python3 -c 'import chorus' # stores compiled files there
    uninstall || fail "uninstall from $prefix: $(cat "$work/said")"
    rm -f "$work/said"
    rmdir "$work/deep" 2> /dev/null || true # above the prefix nothing is removed
    diff "$work/before" <(tree "$work") > /dev/null || fail "uninstall from $prefix leaves $(diff "$work/before" <(tree "$work"))"
done
echo "ok - prefixes"

# Directories of the system stay.
mkdir -p "$work/stage/usr/local/bin" "$work/stage/usr/local/share/man"
tree "$work/stage" > "$work/before"
DESTDIR=$work/stage install_here /usr/local
# shellcheck disable=SC2097,SC2098
! DESTDIR=$work/other uninstall || fail "uninstall with another DESTDIR succeeds"
grep -q "not below" "$work/said" || fail "uninstall with another DESTDIR: $(cat "$work/said")"
uninstall || fail "uninstall after DESTDIR: $(cat "$work/said")"
tree "$work/stage" | grep -vxE './usr/local/(lib|include|libexec)' > "$work/after"
diff "$work/before" "$work/after" || fail "uninstall with DESTDIR"
echo "ok - DESTDIR"

! uninstall || fail "uninstall without an installation succeeds"
grep -q "Nothing is installed from this build tree" "$work/said" || fail "uninstall without an installation: $(cat "$work/said")"
echo "ok - nothing to uninstall"
