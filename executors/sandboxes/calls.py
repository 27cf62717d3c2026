"""The system calls that no confined command needs and that would let it take what nobody counts.

A filter for the kernel, as bubblewrap takes it. Memory without a name (memfd) and file systems in
memory are counted by no limit; keys outlive a task.
"""

from __future__ import annotations

import errno
import platform
import struct

_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_REFUSED = {
    "x86_64": {
        errno.ENOSYS: (319, 447, 425),  # memfd_create, memfd_secret, io_uring_setup
        errno.EPERM: (
            *(165, 166, 155, 428, 429, 430, 431, 432, 442),  # mount, umount2, pivot_root, …
            *(248, 249, 250),  # add_key, request_key, keyctl
            *(298, 321, 323),  # perf_event_open, bpf, userfaultfd
        ),
    },
    "aarch64": {
        errno.ENOSYS: (279, 447, 425),
        errno.EPERM: (
            *(40, 39, 41, 428, 429, 430, 431, 432, 442),
            *(217, 218, 219),
            *(241, 280, 282),
        ),
    },
}

_LOAD, _JUMP_IF_EQUAL, _JUMP_IF_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_NUMBER, _ARCHITECTURE = 0, 4
"""Where the kernel tells which call it is, and of what kind of machine."""
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000
_X32 = 0x40000000
"""From here on are the same calls once more, for programs of another kind."""


def call_filter() -> bytes | None:
    """Nothing for machines whose calls are not known here."""
    machine = platform.machine()
    if machine not in _ARCHITECTURES:
        return None
    program = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_JUMP_IF_EQUAL, 1, 0, _ARCHITECTURES[machine]),
        (_RETURN, 0, 0, _REFUSE | errno.ENOSYS),
        (_LOAD, 0, 0, _NUMBER),
        (_JUMP_IF_AT_LEAST, 0, 1, _X32),
        (_RETURN, 0, 0, _REFUSE | errno.ENOSYS),
    ]
    for number, calls in _REFUSED[machine].items():
        for call in calls:
            program += [(_JUMP_IF_EQUAL, 0, 1, call), (_RETURN, 0, 0, _REFUSE | number)]
    program.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("=HBBI", *one) for one in program)
