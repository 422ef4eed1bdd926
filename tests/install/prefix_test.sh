#!/usr/bin/env bash
# An installed prefix serves as the build tree does, without environment variables: programs are compiled with what
# pkg-config says, run, and find their kernel; chorus-sim finds its actors; the units for systemd serve a site.
#
# prefix_test.sh BUILD_DIR [FLAG...]
build=$1
flags=("${@:2}")
# shellcheck source=tests/install/support.sh
source "$(dirname "$0")/support.sh"
prefix=$work/prefix

write_samples
cat > "$work/prog.cpp" << 'END'
#include <chorus/chorus.hpp>
#include <cstdio>

int main() {
    const chorus::Region region = chorus::Region::allocate(100);
    region.bytes()[0] = std::byte{1};
    std::printf("actor %d\n", static_cast<int>(chorus::Actor::own_aid()));
}
END

# Compiles a program with the flags of chorus.pc and of this build.
compile() { # PKG_CONFIG_PATH OUTPUT COMPILER ARGUMENT...
    local words
    read -ra words <<< "$(PKG_CONFIG_PATH=$1 pkg-config --cflags --libs chorus)"
    "${@:3}" "${flags[@]}" -o "$2" "${words[@]}"
}

try() { # WHAT PKG_CONFIG_PATH BIN
    compile "$2" "$work/prog" gcc "$work/prog.c"
    compile "$2" "$work/prog_cxx" g++ -std=c++20 "$work/prog.cpp"
    for program in prog prog_cxx; do
        same "$1: $program" "actor 1" "$(plainly "$work/$program")"
        same "$1: chorus run $program" "actor 1" "$(plainly "$3/chorus" run "$work/$program")"
    done
    echo "ok - $1"
}

# The program of a page, which promises to print something.
try_page() { # PAGE OUTPUT LANGUAGE SUFFIX COMPILER...
    awk -v begin="\`\`\`$3" '$0 == begin { p = 1; next } p && /^```$/ { exit } p' "$source_dir/$1" > "$work/page.$4"
    compile "$build/lib/pkgconfig" "$work/page" "${@:5}" -Wall -Wextra -Werror "$work/page.$4"
    same "the program of $1" "$2" "$("$work/page")"
    echo "ok - the program of $1"
}

try "the build tree" "$build/lib/pkgconfig" "$build/bin"
try_page README.md "the child wrote: hello from actor 2" c c gcc
try_page docs/cpp.md "the child wrote: hello from actor 2" cpp cpp g++ -std=c++20
try_page docs/interprocess.md "the answer is 42" cpp cpp g++ -std=c++20

install_to "$prefix"
pc=$(find "$prefix" -name chorus.pc)
try "an installed prefix" "$(dirname "$pc")" "$prefix/bin"
same "bindir of chorus.pc" "$prefix/bin" "$(PKG_CONFIG_PATH=$(dirname "$pc") pkg-config --variable=bindir chorus)"
! grep -F '..' "$pc" || fail "a path of chorus.pc has a '..'"
cmp -s "$source_dir/LICENSE" "$prefix/share/doc/chorus/LICENSE" || fail "the license is not installed"
for program in chorus chorusd chorus-scheme chorus-sim; do
    [[ $(plainly "$prefix/bin/$program" --version) == "$program "* ]] || fail "$program --version"
done
for file in doc/chorus/cpp.md doc/chorus/examples/actors/alice.c doc/chorus/examples/scenarios/sharing/two_actors.scn \
    doc/chorus/examples/cmake/CMakeLists.txt vim/vimfiles/syntax/scn.vim chorus/vscode/package.json; do
    [ -s "$prefix/share/$file" ] || fail "share/$file is not installed"
done
echo "ok - chorus.pc, license, commands, pages and examples"

# The Python package finds the library and the command of its prefix, also after the prefix was moved.
try_python() { # PREFIX
    local python=(plainly env PYTHONPATH="$1/lib/python3/dist-packages" /usr/bin/python3 -B)
    same "the Python package in $1" "actor 1" "$("${python[@]}" -c \
        'import chorus; chorus.Region(100).buf[0] = 1; print("actor", chorus.Site.actors()[0].aid)')"
    [[ $("${python[@]}" -m chorus --version) == "chorus "* ]] || fail "python3 -m chorus --version in $1"
}
try_python "$prefix"
[ -e "$prefix/lib/python3/dist-packages/chorus/py.typed" ] || fail "py.typed is not installed"
echo "ok - the Python package"

# The real world needs chorusd, chorus, the actor and its library.
plainly "$prefix/bin/chorus-sim" run --world both "$work/both.scn" > "$work/said" || fail "chorus-sim: $(cat "$work/said")"
mv "$prefix" "$work/moved"
plainly "$work/moved/bin/chorus-sim" run --world real "$work/both.scn" > "$work/said" ||
    fail "chorus-sim in a prefix that was moved: $(cat "$work/said")"
try_python "$work/moved"
actor=$(find "$work/moved" -name chorus-sim-actor)
rm "$actor"
status=0
plainly "$work/moved/bin/chorus-sim" run --world real "$work/both.scn" > "$work/said" 2>&1 || status=$?
[[ $status != 0 && $(cat "$work/said") == *"the program of the actors is missing"*"$(basename "$(dirname "$actor")")"* ]] ||
    fail "chorus-sim without its actor: status $status, $(cat "$work/said")"
rm -rf "$work/moved"
echo "ok - chorus-sim"

# The unit for systemd: what it is told to run serves a site, and is reloaded.
install_to "$prefix"
unit=$prefix/lib/systemd/system/chorusd@.service
cmp -s "$unit" "$prefix/lib/systemd/user/chorusd@.service" || fail "the units of system and user differ"
site=unit-$$
words_of() { # KEY
    sed -n "s/^$1=//; t found; d; :found s/%i/$site/; p" "$unit"
}
[[ $(words_of ExecStart) == "$prefix/bin/chorusd "* ]] || fail "ExecStart is $(words_of ExecStart)"
mkfifo "$work/ready"
read -ra words <<< "$(words_of ExecStart)"
env -i "${words[@]}" > "$work/ready" 2> /dev/null &
served=$!
read -r output < "$work/ready"
same ExecStart "chorusd: site $site is ready, pid $served" "$output"
read -ra words <<< "$(words_of ExecReload)"
same ExecReload "chorusd: site $site goes on with this program" "$(env -i "${words[@]}")"
kill -TERM $served
wait $served
if command -v systemd-analyze > /dev/null; then
    systemd-analyze verify --man=no "$unit" || fail "the unit for systemd"
fi
echo "ok - the unit for systemd"

# As package builders install: what is written names the prefix, not where it lies for now.
DESTDIR=$work/stage install_to /usr
unit=$work/stage/usr/lib/systemd/system/chorusd@.service
grep -q '^ExecStart=/usr/bin/chorusd ' "$unit" || fail "ExecStart of DESTDIR: $(grep ExecStart "$unit")"
pc=$(find "$work/stage/usr" -name chorus.pc)
grep -qx 'prefix=/usr' "$pc" || fail "the prefix of chorus.pc of DESTDIR: $(grep prefix= "$pc")"
! grep -e -rpath "$pc" || fail "chorus.pc asks for the system's own directory as a run path"
left=$(grep -rlF "$work" "$work/stage" || true)
same "files that name DESTDIR" "" "$left"
echo "ok - DESTDIR"
