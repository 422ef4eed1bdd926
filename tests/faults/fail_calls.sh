#!/usr/bin/env bash
# Makes each system call of the daemon, then of the library, fail once with each errno that it may have, the first time it
# is made, the second, and so on: actors go on or are told an error, and the site is as it should be when they have ended.
#
# fail_calls.sh BIN_DIR SHIM TIMES    at most so many times of each call
set -euo pipefail
bin=$1 shim=$2 times=$3
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
kernel=
trap '[ -z "$kernel" ] || kill -TERM "$kernel" 2> /dev/null; rm -rf "$scratch"' EXIT
unset CHORUSD
export CHORUS_SITE=fail-$$ CHORUS_TIMEOUT_MS=3000 CHORUS_FAULT_SHIM=$shim CHORUS_FAULT_CHORUSD=$bin/chorusd
export CHORUS_FAULT_STATE=$scratch/state
runs=0

# Each call with what it may fail with, as numbers: EINTR 4, EAGAIN 11, ENOMEM 12, EACCES 13, ENFILE 23, EMFILE 24,
# ENOSPC 28, ESRCH 3, ECONNRESET 104, ENOBUFS 105, ECONNABORTED 103, EIO 5.
calls_of_daemon=(
    "recvmsg 4" "recvmsg 11" "recvmsg 12" "sendmsg 4" "sendmsg 12" "sendmsg 105" "accept4 4" "accept4 103" "accept4 24"
    "accept4 12" "open 24" "open 23" "open 12" "open 28" "ftruncate 28" "ftruncate 12" "memfd_create 24" "memfd_create 12"
    "socketpair 24" "socketpair 12" "getsockopt 12" "setsockopt 12" "fstatvfs 12" "fstat 12" "fallocate 28"
    "posix_fallocate 28" "posix_fallocate 4" "pread 5" "pwrite 28" "pidfd_open 24" "pidfd_open 3" "epoll_wait 4"
    "timerfd_settime 12" "getrandom 4" "fcntl 24" "opendir 24" "epoll_ctl 12" "epoll_ctl 28"
)
calls_of_library=(
    "recvmsg 4" "recvmsg 104" "recvmsg 12" "sendmsg 4" "sendmsg 105" "sendmsg 32" "socketpair 24" "socketpair 12"
    "connect 11" "socket 24" "mmap 12" "munmap 12" "open 24" "memfd_create 24" "getsockopt 12" "setsockopt 12" "fcntl 24"
    "read 4" "fstat 12" "close 4"
)

fail() {
    echo "with CHORUS_FAULT='$CHORUS_FAULT' in the $1: $2"
    cat "$scratch/log" "$scratch/errors" 2> /dev/null
    exit 1
}

start() { # PROGRAM
    mkfifo "$scratch/ready"
    "$1" --site "$CHORUS_SITE" > "$scratch/ready" 2> "$scratch/log" &
    kernel=$!
    local line=
    read -r line < "$scratch/ready" || true
    rm "$scratch/ready"
    [ -n "$line" ]
}

# The actors have ended, so the kernel knows nobody; then it ends in order.
end() { # WHOSE
    local what left
    for what in ps regions; do
        # The one failure may be a console's own: it is told so, and asks again.
        left=$(timeout 60 "$bin/chorus" $what --json 2>&1) || left=$(timeout 60 "$bin/chorus" $what --json 2>&1) ||
            fail "$1" "no answer to a console: $left"
        [ "$left" = "[]" ] || fail "$1" "$what: still there: $left"
    done
    ! grep -q 'invariant\|critical' "$scratch/log" || fail "$1" "the log says so"
    kill -TERM "$kernel"
    local status=0
    wait "$kernel" || status=$?
    kernel=
    [ $status = 0 ] || fail "$1" "chorusd ended with status $status"
}

# Actors do their work, or say which call was refused: nothing else.
work() { # WHOSE, then a command before it
    local status=0 whose=$1
    shift
    timeout 60 "$@" "$bin/fault-worker" 3 > /dev/null 2> "$scratch/errors" < /dev/zero || status=$?
    [ $status -le 1 ] || fail "$whose" "an actor ended with status $status"
    [ $status = 0 ] || [ -s "$scratch/errors" ] || fail "$whose" "an actor ended with 1 and says nothing"
    runs=$((runs + 1))
}

failed_once() { [ "$(od -An -i -j28 -N4 "$CHORUS_FAULT_STATE" 2> /dev/null)" -gt 0 ]; }

for call in "${calls_of_daemon[@]}"; do
    for ((n = 1; n <= times; ++n)); do
        rm -f "$CHORUS_FAULT_STATE"
        export CHORUS_FAULT="fail $call $n"
        if start "$here/faulty_chorusd.sh"; then
            work daemon env
            end daemon
        else # it could not start, and says why
            wait "$kernel" && fail daemon "did not start, status 0"
            kernel=
            [ -s "$scratch/log" ] || fail daemon "did not start and says nothing"
        fi
        failed_once || break
    done
done
for call in "${calls_of_library[@]}"; do
    for ((n = 1; n <= times; ++n)); do
        rm -f "$CHORUS_FAULT_STATE"
        export CHORUS_FAULT="fail $call $n"
        start "$bin/chorusd" || fail library "chorusd did not start"
        work library env LD_PRELOAD="$shim"
        end library
        failed_once || break
    done
done
echo "$runs runs"
