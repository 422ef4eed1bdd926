"""The faults. Each is played by one contestant in a world of its own and returns what was seen: no expectation stands
here, and no sentence is written that was not made of measured values."""

import os
import signal
import time
from dataclasses import dataclass

from world import Reply, World, becomes, wait_ended

VALUE = 7
ROUNDS = 100
WATCH_MS = 4000
LOCK_MS = 2000
AT_ONCE_MS = 10
JOIN_LIMIT_S = 3
SIZES_MIB = (1, 32, 128)


@dataclass
class Seen:
    short: str  # for the table
    sentence: str  # all of it


class NotPlayed(Exception):
    """The fault could not be played; says why."""


def ms(value):
    return f"{value:.1f} ms" if value < 10 else f"{value:.0f} ms"


def milliseconds_since(start):
    return (time.monotonic() - start) * 1000


def size(kib):
    if kib is None:
        return "memory not measured"
    return f"{kib / 1024:.0f} MiB" if kib >= 10240 else f"{kib} KiB"


def listed(names):
    return ", ".join(f"`{name}`" for name in sorted(names)) or "no name"


def more(kib, before_kib):
    return None if kib is None else max(0, kib - before_kib)


def counted(count, one, several):
    return f"{count} {one if count == 1 else several}"


def required(reply, what):
    if not reply.ok:
        raise NotPlayed(f"{what}: {reply.words()}")
    return reply.text


def served(contestant, world):
    """The daemon, where the contestant has one."""
    daemon = contestant.start_daemon(world)
    if contestant.has_daemon and daemon is None:
        raise NotPlayed("its daemon did not come to serve")
    return daemon


def pair(contestant, world):
    """Two processes that share: the one that made the memory, the other, and the handle."""
    maker, other = contestant.start(world), contestant.start(world)
    handle = required(maker.ask(f"create {contestant.shared_name}"), "create")
    required(maker.ask(f"write {VALUE}"), "write")
    required(other.ask(f"open {handle}"), "open")
    required(other.ask("read"), "read")
    return maker, other, handle


def rounds(maker, other, count):
    """How many times a word went there and back."""
    for done in range(count):
        for speaker, hearer in ((maker, other), (other, maker)):
            heard = speaker.ask(f"say {done}", 2).ok and hearer.ask("hear 1000", 2)
            if not heard or heard.text != str(done):
                return done
    return count


def content(reply):
    """In a sentence: whether what was read is what was written."""
    if reply.ok:
        return "right" if reply.text == str(VALUE) else f"another value, {reply.text}"
    return f"nothing ({reply.words()})"


# A process is killed while it shares memory.


def process_killed(contestant, world):
    served(contestant, world)
    before_kib, before_names = world.used_kib(), world.names()
    maker, other, _ = pair(contestant, world)
    sharing_kib = world.used_kib()
    killed_at = maker.kill()
    read = other.ask("read")
    noticed = noticed_after(other, killed_at)
    joined = newcomer_makes(contestant, world)
    other.end()
    left_kib, left_names = what_stays(world, before_kib, before_names)
    return Seen(
        f"read {content(read)}; {noticed[0]}; left: {size(left_kib)}, {counted(len(left_names), 'name', 'names')}",
        f"The other process read what was there: {content(read)}; {noticed[1]}. A new process {joined}. "
        + grown(contestant, before_kib, sharing_kib)
        + f"Left, when all had ended: {size(left_kib)}, {listed(left_names)}.",
    )


def newcomer_makes(contestant, world):
    """Whether a new process can make memory of its own; it ends in order."""
    newcomer = contestant.start(world)
    made = newcomer.ask(f"create {contestant.shared_name}-new", JOIN_LIMIT_S)
    if made.ok:
        newcomer.end()
    return "could make memory of its own" if made.ok else f"could make no memory of its own ({made.words()})"


def grown(contestant, before_kib, sharing_kib):
    if before_kib is None:
        return ""
    daemon = f", beside the {size(before_kib)} that the daemon had before" if contestant.has_daemon else ""
    return f"Shared memory in use grew by {size(sharing_kib - before_kib)} while the two shared{daemon}. "


def noticed_after(process, killed_at):
    """When the process was told of the end of the other: for the table, and in a sentence."""
    told = process.ask(f"watch {WATCH_MS}", WATCH_MS / 1000 + 2)
    if not told.ok:
        return f"not told in {WATCH_MS // 1000} s", f"of the end it was told nothing in {WATCH_MS // 1000} s"
    when_ns, how = told.text.split(" ", 1)
    after = ms(int(when_ns) / 1e6 - killed_at * 1e3)
    return f"told after {after}", f"of the end it was told after {after} ({how})"


def what_stays(world, before_kib, before_names):
    """Memory and names beyond those of before; both have a moment to go."""
    becomes(lambda: not more(world.used_kib(), before_kib) and world.names() <= before_names, 1)
    return more(world.used_kib(), before_kib), world.names() - before_names


# The daemon is killed and started again while two processes exchange words.


@dataclass
class Newcomer:
    """A process that came later: what it could ask of the system, and of the memory of another."""

    own: Reply
    opened: Reply
    read: Reply

    @property
    def shares(self):
        return self.read.ok and self.read.text == str(VALUE)

    def words(self):
        if self.shares:
            return "read right what the first had written"
        if self.opened.ok:
            return f"could open the memory of the first and read {content(self.read)}"
        own = "was served" if self.own.ok else f"was not served ({self.own.words()})"
        return f"{own} and could not open the memory of the first ({self.opened.words()})"


def come(contestant, world, handle, limit_s):
    process = contestant.start(world)
    end = time.monotonic() + limit_s
    opened = process.ask(f"open {handle}", limit_s)
    read = process.ask("read", limit_s) if opened.ok else Reply("error")
    own = process.ask("call", max(0.1, end - time.monotonic())) if opened.kind in ("ok", "error") else opened
    process.close()
    return Newcomer(own, opened, read)


def come_in_time(contestant, world, handle, start):
    """The first process that could share in time, or the last that could not; and the time since `start`."""
    while True:
        newcomer = come(contestant, world, handle, JOIN_LIMIT_S)
        after_ms = milliseconds_since(start)
        if newcomer.shares or newcomer.own.ok or after_ms > JOIN_LIMIT_S * 1000:
            return newcomer, after_ms
        becomes(lambda: False, 0.02)


def daemon_killed(contestant, world, victims_of):
    daemon = served(contestant, world)
    if daemon is None:
        return Seen("no daemon", "It has no daemon.")
    maker, other, handle = pair(contestant, world)
    processes = counted(len(daemon.all()), "process", "processes")
    victims = victims_of(daemon)
    killed_at = kill_all_of(victims)
    went_on = rounds(maker, other, ROUNDS // 10)
    newcomer, after_ms = come_in_time(contestant, world, handle, killed_at)
    went_on += rounds(maker, other, ROUNDS - ROUNDS // 10)
    story = [
        f"the daemon was {processes}; killed: {len(victims)}",
        f"{went_on} of {ROUNDS} rounds went on after the kill",
    ]
    if newcomer.own.ok or newcomer.shares:
        story.append(f"with no help, a new process {newcomer.words()}, {ms(after_ms)} after the kill")
        how = f"serves again by itself after {ms(after_ms)}"
    else:
        newcomer, went_on = start_again(contestant, world, maker, other, handle, story)
        how = "started again by hand"
    asked = maker.ask("call", 6)
    story.append(f"a new request of the first process: {'served' if asked.ok else asked.words()}")
    restart = "no" if asked.ok and newcomer.shares else "yes"
    return Seen(f"{went_on}/{ROUNDS} rounds; {how}; the two must restart: {restart}", sentences(story))


def start_again(contestant, world, maker, other, handle, story):
    story.append(f"no new process was served in {JOIN_LIMIT_S} s, and the daemon was started again")
    daemon = contestant.start_daemon(world)
    story.append(f"it served after {ms(daemon.ready_ms)}" if daemon else "it did not come to serve")
    went_on = rounds(maker, other, ROUNDS)
    story.append(f"then {went_on} of {ROUNDS} rounds went on between the first two")
    newcomer = come(contestant, world, handle, 5)
    story.append(f"a new process {newcomer.words()}")
    return newcomer, went_on


def sentences(story):
    return ". ".join(part[0].upper() + part[1:] for part in story) + "."


def kill_all_of(pids):
    """Stops them first, so that none sees the end of another."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    killed_at = time.monotonic()
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    for pid in pids:
        wait_ended(pid, 5)
    return killed_at


def serving_process_killed(contestant, world):
    return daemon_killed(contestant, world, lambda daemon: [daemon.serving()])


def whole_daemon_killed(contestant, world):
    return daemon_killed(contestant, world, lambda daemon: daemon.all())


# The process that holds a lock is killed.


def holder_killed(contestant, world):
    daemon = served(contestant, world)
    maker, other, _ = pair(contestant, world)
    required(maker.ask("hold"), "hold")
    killed_at = maker.kill()
    read = other.ask("read")
    if contestant.name == "iceoryx":
        return holder_in_publish_killed(contestant, world, daemon, other, read, killed_at)
    locked = other.ask(f"lock {LOCK_MS}", LOCK_MS / 1000 + 2)
    newcomer = contestant.start(world)
    opened = newcomer.ask(f"open {required(other.ask('share'), 'share')}")
    late = newcomer.ask(f"lock {LOCK_MS}", LOCK_MS / 1000 + 2) if opened.ok else opened
    return Seen(
        f"read {content(read)}; lock: {lock_words(locked, killed_at)}",
        f"The other process read {content(read)} and asked for the lock: {lock_words(locked, killed_at)}. "
        f"A new process: {lock_words(late, killed_at) if opened.ok else f'could not open the memory ({opened.words()})'}.",
    )


def lock_words(reply, since):
    """Whoever is told that the holder died has the lock, and has given it back."""
    if reply.ok and reply.text:
        after_ms = int(reply.text.split()[0]) / 1e6 - since * 1e3
        return f"told {'at once' if after_ms < AT_ONCE_MS else 'late'} (after {ms(after_ms)}), and continues"
    if reply.ok:
        return "had it"
    return f"not had in {LOCK_MS // 1000} s" if reply.kind == "timeout" else reply.words()


def holder_in_publish_killed(contestant, world, daemon, other, read, killed_at):
    """iceoryx gives no lock: those that it takes itself lie in memory that RouDi shares."""
    noticed = noticed_after(other, killed_at)
    made = newcomer_makes(contestant, world)
    ended = daemon.process.terminate(5)
    stop = "ended by SIGTERM in 5 s" if ended else "did not end by SIGTERM in 5 s"
    return Seen(
        f"read {content(read)}; {noticed[0]}; a new process {made}; RouDi {stop}",
        f"The publisher was killed in the lock. The subscriber read {content(read)}; {noticed[1]}. "
        f"A new process {made}. RouDi {stop}.",
    )


# Everything is killed at once, and started again.


def everything_killed(contestant, world):
    served(contestant, world)
    maker, other, _ = pair(contestant, world)
    rounds(maker, other, 3)
    required(maker.ask("hold"), "hold")
    world.kill_all()
    names, used = world.names(), world.used_kib()
    world.begin()
    next_short, next_sentence = next_start(contestant, world)
    return Seen(
        f"left: {counted(len(names), 'name', 'names')}, {size(used)}; next start: {next_short}",
        f"Left: {size(used)}, {listed(names)}. {next_sentence}",
    )


def next_start(contestant, world):
    daemon = contestant.start_daemon(world)
    if contestant.has_daemon and daemon is None:
        return "the daemon does not serve", "The daemon did not come to serve."
    sentence = f"The daemon served again after {ms(daemon.ready_ms)}. " if daemon else ""
    maker = contestant.start(world)
    created = maker.ask(f"create {contestant.shared_name}")
    if not created.ok:
        return f"refused ({created.words()})", sentence + refused_start(contestant, world, created)
    maker.ask(f"write {VALUE}")
    other = contestant.start(world)
    read = other.ask("read") if (opened := other.ask(f"open {created.text}")).ok else opened
    works = "works" if content(read) == "right" else f"read {content(read)}"
    return works, f"{sentence}Two processes that were started then as the first had been read {content(read)}."


def refused_start(contestant, world, created):
    """What lies there can still be opened: what is in it?"""
    process = contestant.start(world)
    opened = process.ask(f"open {contestant.shared_name}")
    sentence = f"The first process that was started then was refused ({created.words()})."
    if not opened.ok:
        return f"{sentence} Nor could the memory be opened ({opened.words()})."
    read = process.ask("read")
    asked_at = time.monotonic()
    locked = process.ask(f"lock {LOCK_MS}", LOCK_MS / 1000 + 2)
    return f"{sentence} Opened, the old memory read {content(read)}, and its lock: {lock_words(locked, asked_at)}."


# Shared memory of 64 MiB.


def small_shared_memory(contestant, directories):
    """Each size in a world of its own."""
    outcomes = [(mib, small_case(contestant, directories, mib)) for mib in SIZES_MIB]
    told = "; ".join(f"{mib} MiB: {outcome}" for mib, outcome in outcomes)
    return Seen(told, f"{told}.")


def small_case(contestant, directories, mib):
    if contestant.name == "iceoryx":
        own_pools = small_iceoryx(contestant, directories, mib, 0)
        return f"{own_pools} (with one pool: {small_iceoryx(contestant, directories, mib, mib << 20)})"
    with World(directories, contestant.owns) as world:
        served(contestant, world)
        return filled(contestant, world, mib)


def small_iceoryx(contestant, directories, mib, pool_bytes):
    with World(directories, contestant.owns) as world:
        if contestant.start_daemon(world, pool_bytes=pool_bytes):
            return filled(contestant, world, mib)
        process = contestant.last_daemon
        return f"RouDi {process.how_it_ended() if process.closed else 'did not come to serve'}"


def filled(contestant, world, mib):
    reply = contestant.start(world).ask(f"fill {contestant.shared_name} {mib << 20}", 10)
    if reply.ok:
        return "success"
    return f"error {reply.words()}" if reply.kind == "error" else reply.words()


@dataclass
class Fault:
    title: str
    how: str  # it is provoked
    play: object
    small: bool = False  # needs shared memory of 64 MiB


FAULTS = (
    Fault(
        "a process is killed while it shares",
        "One process makes memory and writes it, the other opens it and reads it. The first is killed. The other reads "
        f"again, and then looks for {WATCH_MS // 1000} s, in the way that its interface has, whether the first is "
        "gone; where it has none, it waits for the next word. A new process makes memory of its own. Then both end in "
        "order.",
        process_killed,
    ),
    Fault(
        "the serving process of the daemon is killed",
        f"Two processes share and pass words. The process that serves is killed. They try {ROUNDS} rounds, and new "
        f"processes try for {JOIN_LIMIT_S} s to open the same memory. If none is served, the daemon is started again "
        "and all is tried once more. At last the first process asks for something new. The two must restart if that "
        "fails, or if a new process cannot share with them.",
        serving_process_killed,
    ),
    Fault(
        "all processes of the daemon are killed",
        "The same, but of the daemon no process is left.",
        whole_daemon_killed,
    ),
    Fault(
        "the holder of a lock is killed",
        "One of two processes that share takes the lock in the memory and is killed. The other reads, and asks for the "
        f"lock for {LOCK_MS // 1000} s; so does a process that comes later. *At once* is within {AT_ONCE_MS} ms of the "
        "kill. iceoryx has locks of its own only: there the process is killed where publishing has just taken the first "
        "that lies in shared memory, and a new process then makes memory of its own.",
        holder_killed,
    ),
    Fault(
        "everything is killed at once",
        "Two processes share, one of them holds the lock. All processes are killed, the daemon among them. What is "
        "left in `/dev/shm`, `/tmp` and `/run` is listed, and everything is started again with the same names.",
        everything_killed,
    ),
    Fault(
        "`/dev/shm` has 64 MiB",
        "In a file system of that size one process asks for new memory and writes every byte of it: "
        f"{', '.join(map(str, SIZES_MIB))} MiB, each with nothing else there. RouDi, which makes all memory when it "
        "starts, is started with the pools that it has by itself, and with one pool of one chunk of the size.",
        small_shared_memory,
        small=True,
    ),
)
