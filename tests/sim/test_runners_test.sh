#!/usr/bin/env bash
# The examples for test runners, copied as their first lines say: they pass, and they name the line of a wrong outcome.
#
# test_runners_test.sh ctest|pytest|workflow BUILD_DIR
set -euo pipefail
runner=$1 build=$2
source_dir=$(cd "$(dirname "$0")/../.." && pwd)
unset CHORUS_SITE CHORUS_WORLD GITHUB_ACTIONS
export PATH=$build/bin:$PATH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$source_dir/sim/examples/$runner" "$work/project"
cd "$work/project"

fail() {
    echo "not ok - $*: $(cat "$work/said")"
    exit 1
}
said() { grep -qE -- "$1" "$work/said" || fail "it does not say '$1'"; }
passes() { "$@" > "$work/said" 2>&1 || fail "'$*' fails"; }
fails() { ! "$@" > "$work/said" 2>&1 || fail "'$*' passes"; }
wrong_scenario() {
    printf '# Wrong.\nactor alice\nalice agetId -> 2\n' > scenarios/wrong.scn
}

case $runner in
ctest)
    passes cmake -B build
    passes ctest --test-dir build --output-on-failure --no-tests=error
    said 'scenarios/handover .*Passed'
    said 'scenarios/orders/two_counters .*Passed'
    wrong_scenario
    passes cmake -B build
    fails ctest --test-dir build --output-on-failure
    said 'wrong.scn:3: expected 2, found 1'
    printf '# Another user.\nactor alice user 1\nalice agetId -> 1\n' > scenarios/wrong.scn
    passes ctest --test-dir build
    said 'wrong .*(Skipped|Passed)' # where the folder and the programs can be reached by that user
    ;;
pytest)
    if [[ $(dpkg-query -W -f '${db:Status-Status}' python3-pytest 2> /dev/null) != installed ]]; then
        echo "skipped: python3-pytest is not installed"
        exit 77
    fi
    passes /usr/bin/python3 -B -m pytest -p no:cacheprovider
    said '2 passed'
    passes /usr/bin/python3 -B -m pytest -p no:cacheprovider -k handover
    said '1 passed, 1 deselected'
    wrong_scenario
    CHORUS_WORLD=model fails /usr/bin/python3 -B -m pytest -p no:cacheprovider
    said 'wrong.scn:3: expected 2, found 1'
    said '1 failed, 2 passed'
    printf '# Wrong.\nactor alice\nalice agetid -> 2\n' > scenarios/wrong.scn
    CHORUS_WORLD=model fails /usr/bin/python3 -B -m pytest -p no:cacheprovider
    said "wrong.scn:3:7: there is no call 'agetid'; did you mean 'agetId'"
    ;;
workflow)
    # What the steps run, but for the installation.
    steps() { sed -n 's/^ *run: //p' scenarios.yml | grep -v 'sim/prepare'; }
    [[ $(steps | wc -l) == 3 ]] || fail "it has other steps"
    all_steps() {
        local step status=0
        while read -r step; do
            bash -euo pipefail -c "$step" < /dev/null || status=1
        done < <(steps)
        return "$status"
    }
    passes all_steps
    said 'handover.scn: passed \(both'
    said 'two_counters.scn: 4 of [0-9]+ orders run'
    grep -q 'tests="2" failures="0"' report.xml || fail "report.xml"
    wrong_scenario
    fails all_steps
    said '^::error file=scenarios/wrong.scn,line=3,title=chorus-sim \(both\)::expected 2, found 1$'
    grep -q 'tests="3" failures="1"' report.xml || fail "report.xml"
    ;;
esac
echo "ok - $runner"
