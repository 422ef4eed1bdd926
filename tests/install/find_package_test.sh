#!/usr/bin/env bash
# find_package(chorus) in a project that knows nothing but the prefix: the examples for CMake and for make are copied
# from there, built, and pass their tests; what is wrong with chorus_add_scenarios is said.
#
# find_package_test.sh BUILD_DIR [FLAG...]
build=$1
flags=${*:2}
# shellcheck source=tests/install/support.sh
source "$(dirname "$0")/support.sh"
prefix=$work/prefix
install_to "$prefix"
examples=$prefix/share/doc/chorus/examples

# Configures a project, and leaves what CMake says in $work/said.
configure() { # PROJECT [ARGUMENT...]
    plainly cmake -S "$1" -B "$work/build" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_BUILD_TYPE=Release \
        -DCMAKE_C_FLAGS="$flags" -DCMAKE_CXX_FLAGS="$flags" "${@:2}" > "$work/said" 2>&1
}

cp -r "$examples/cmake" "$work/cmake"
configure "$work/cmake" || fail "the CMake example is not configured: $(cat "$work/said")"
plainly cmake --build "$work/build" > "$work/said" 2>&1 || fail "the CMake example is not built: $(cat "$work/said")"
plainly ctest --test-dir "$work/build" --no-tests=error > "$work/said" 2>&1 || fail "the CMake example: $(cat "$work/said")"
for test in scenarios/counter scenarios/protected; do
    grep -q "$test .*Passed" "$work/said" || fail "$test did not pass: $(cat "$work/said")"
done
echo "ok - the CMake example"

cp -r "$examples/makefile" "$work/makefile"
plainly env PKG_CONFIG_PATH="$(dirname "$(find "$prefix" -name chorus.pc)")" CFLAGS="$flags" \
    make -C "$work/makefile" check > "$work/said" 2>&1 || fail "the make example: $(cat "$work/said")"
grep -q 'greeting.scn: passed' "$work/said" || fail "the make example: $(cat "$work/said")"
echo "ok - the make example"

# Every target, for C, in a project of one file, and a scenario that fails.
mkdir -p "$work/small/tests/deep"
cat > "$work/small/CMakeLists.txt" << 'END'
cmake_minimum_required(VERSION 3.22)
project(small LANGUAGES C)
find_package(chorus 0.1 REQUIRED)
find_package(chorus 0.1 REQUIRED) # twice, as by two parts of a project
add_executable(small small.c)
target_link_libraries(small PRIVATE chorus::chorus)
foreach(command chorusd chorus-cli chorus-sim)
  add_custom_target(${command}-help ALL COMMAND chorus::${command} --help)
endforeach()
enable_testing()
chorus_add_scenarios(tests ${ARGUMENTS})
END
printf '#include <chorus.h>\nint main(void) { int page = vmPageSize(); char *p = page; return p != (char *)4096; }\n' > "$work/small/small.c"
printf '# Wrong.\nactor a\na x = rgnAllocate 1 page -> K_ENOMEM\n' > "$work/small/tests/deep/wrong.scn"
rm -rf "$work/build"
configure "$work/small" || fail "a small project is not configured: $(cat "$work/said")"
plainly cmake --build "$work/build" > "$work/said" 2>&1 || fail "a small project is not built: $(cat "$work/said")"
plainly "$work/build/small" || fail "the program of a small project"
! plainly ctest --test-dir "$work/build" > "$work/said" 2>&1 || fail "a wrong scenario passes"
grep -q 'tests/deep/wrong .*Failed' "$work/said" || fail "a wrong scenario: $(cat "$work/said")"
echo "ok - targets"

# A scenario that cannot be played here: this user, or another one, may not start its actor from this directory.
printf '# Another user.\nactor a user 1\na agetId -> 1\n' > "$work/small/tests/deep/wrong.scn"
configure "$work/small" "-DARGUMENTS=WORLD;real" || fail "WORLD real is refused: $(cat "$work/said")"
plainly ctest --test-dir "$work/build" > "$work/said" 2>&1 || fail "a scenario that is skipped: $(cat "$work/said")"
grep -q 'tests/deep/wrong .*Skipped' "$work/said" || fail "a scenario that is skipped: $(cat "$work/said")"
echo "ok - a scenario that is skipped"

refused() { # MESSAGE ARGUMENTS
    ! configure "$work/small" "-DARGUMENTS=$2" || fail "chorus_add_scenarios(tests $2) is accepted"
    tr -s ' \n' ' ' < "$work/said" | grep -qF "$1" || fail "chorus_add_scenarios(tests $2) says: $(cat "$work/said")"
}
refused "WORLD is 'moon', not model, real or both" "WORLD;moon"
refused "unknown arguments: WORDL;real" "WORDL;real"
rm "$work/small/tests/deep/wrong.scn"
refused "there is no scenario (*.scn) in $work/small/tests" ""
echo "ok - errors"
