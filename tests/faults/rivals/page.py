"""The table for a terminal, and the page docs/reliability.md."""

import os
import textwrap

WIDTH = 120

OPENING = """\
The same faults for chorus and for its rivals. Every line below was written by a program that
provoked the fault with real processes and saw what happened; nothing was added by hand. Kills are SIGKILL. What waits
is given up after a time, which is named.
"""


def wrapped(text, first="", rest=""):
    return textwrap.fill(
        text, WIDTH, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )


def table(faults, contestants, seen):
    heads = ["fault", *(contestant.title for contestant in contestants)]
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for fault in faults:
        cells = [fault.title, *(seen[fault.title, contestant.name].short for contestant in contestants)]
        lines.append("| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |")
    return "\n".join(lines)


def plain_table(faults, contestants, seen):
    lines = []
    for fault in faults:
        lines.append(fault.title.replace("`", ""))
        for contestant in contestants:
            lines.append(wrapped(seen[fault.title, contestant.name].short, f"  {contestant.title:<22}", " " * 24))
    return "\n".join(lines)


def section(fault, contestants, seen):
    title = fault.title.replace("`", "")
    lines = [f"## {title[0].upper()}{title[1:]}", "", wrapped(fault.how), ""]
    for contestant in contestants:
        lines.append(wrapped(f"**{contestant.title}**: {seen[fault.title, contestant.name].sentence}", "- ", "  "))
    return "\n".join(lines)


def user():
    """Who started the script: to itself it may seem to be root."""
    with open("/proc/self/uid_map", encoding="ascii") as ids:
        outside_of_root = ids.readline().split()[1]
    return "root" if os.geteuid() == 0 and outside_of_root == "0" else "an ordinary user"


def ran(contestants, skipped, private):
    kernel = ".".join(os.uname().release.split(".")[:2])
    lines = [f"- {contestant.title}: {contestant.versions()}" for contestant in contestants]
    lines += [f"- {title}: skipped, {reason}" for title, reason in skipped]
    lines.append(f"- Linux {kernel}, {os.cpu_count()} processors, as {user()}")
    lines.append(
        "- `/dev/shm`, `/tmp` and `/run` were empty and nobody else's"
        if private
        else "- `/dev/shm`, `/tmp` and `/run` were those of the machine: how much memory was used is not known"
    )
    return "\n".join(wrapped(line, rest="  ") for line in lines)


def page(faults, contestants, seen, skipped, private):
    locks = "; ".join(f"{contestant.title}: {contestant.lock_name}" for contestant in contestants)
    parts = [
        "# Reliability",
        wrapped(" ".join(OPENING.split())),
        "```\n$ tests/faults/rivals/run\n```",
        "What ran:",
        ran(contestants, skipped, private),
        table(faults, contestants, seen),
        wrapped(f"The lock is, for {locks}."),
        wrapped(
            "What kills leave of objects in managed memory, here and in Boost.Interprocess, is [another test]"
            "(interprocess.md#when-an-actor-is-killed)."
        ),
        *(section(fault, contestants, seen) for fault in faults),
    ]
    return "\n\n".join(parts) + "\n"
