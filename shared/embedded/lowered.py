"""Becomes another program, as another user if told so, and on Linux ends with the process that started it.

Run as a script, without the package: `lowered.py SIGNAL [UID GID] -- PROGRAM ARGUMENT...`. Postgres refuses to run as
root; the user that root lends it may keep its data in root's folders, which takes one capability.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG, PR_SET_KEEPCAPS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 1, 8, 47, 2
CAPABILITY_VERSION_3 = 0x20080522
CAP_DAC_OVERRIDE = 1


def become(uid: int, gid: int, libc: ctypes.CDLL | None) -> None:
    if libc:
        libc.prctl(PR_SET_KEEPCAPS, 1)
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    if libc:
        keep_way_into_folders(libc)


def keep_way_into_folders(libc: ctypes.CDLL) -> None:
    bit = 1 << CAP_DAC_OVERRIDE
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    effective_permitted_inheritable = (ctypes.c_uint32 * 6)(bit, bit, bit)
    libc.capset(header, effective_permitted_inheritable)
    libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0)


def main(arguments: list[str]) -> None:
    split = arguments.index("--")
    death_signal, *account = (int(number) for number in arguments[:split])
    program = arguments[split + 1 :]
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None
    if account:
        become(account[0], account[1], libc)
    if libc:
        libc.prctl(PR_SET_PDEATHSIG, death_signal)  # last: a change of user takes it back
    os.execv(program[0], program)  # noqa: S606 - the program that our caller names


if __name__ == "__main__":
    main(sys.argv[1:])
