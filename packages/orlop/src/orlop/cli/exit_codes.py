"""The exit codes: one for each kind of error, so that a script can tell them apart. The documentation renders this."""

from __future__ import annotations

from enum import IntEnum

from orlop import errors


class ExitCode(IntEnum):
    """With which code the command line ends."""

    OK = 0
    FAILED = 1
    USAGE = 2
    NOT_FOUND = 3
    ALREADY_EXISTS = 4
    MISMATCH = 5
    PERMISSION_DENIED = 6
    STORE_FULL = 7
    UNAVAILABLE = 8
    UNSUPPORTED = 9
    INVALID_SETTINGS = 10
    INVALID_LOCATION = 11
    IN_USE = 12
    BACKEND_ERROR = 13
    HUNG_UP = 129
    INTERRUPTED = 130
    OUTPUT_CLOSED = 141
    TERMINATED = 143


MEANINGS = {
    ExitCode.OK: "done",
    ExitCode.FAILED: "`check` found an error, the gate failed, `lifecycle --check` found a status that is not as the "
    "rules demand, `rm` was answered no, or something outside the stores failed: a local file",
    ExitCode.USAGE: "the command line is wrong; nothing was done",
    ExitCode.NOT_FOUND: "there is no such image",
    ExitCode.ALREADY_EXISTS: "there is an image of this id already",
    ExitCode.MISMATCH: "the bytes are not the ones announced: another size or another digest",
    ExitCode.PERMISSION_DENIED: "the backend refuses this to these credentials",
    ExitCode.STORE_FULL: "no space or quota is left in the store",
    ExitCode.UNAVAILABLE: "the backend did not answer, or not in time; trying later may help",
    ExitCode.UNSUPPORTED: "the store cannot do this",
    ExitCode.INVALID_SETTINGS: "the configuration is wrong",
    ExitCode.INVALID_LOCATION: "the location or id is malformed, or belongs to no configured store",
    ExitCode.IN_USE: "the image cannot be deleted: something still uses it",
    ExitCode.BACKEND_ERROR: "the backend failed in another way",
    ExitCode.HUNG_UP: "ended by SIGHUP: the terminal is gone",
    ExitCode.INTERRUPTED: "ended by Ctrl-C (SIGINT)",
    ExitCode.OUTPUT_CLOSED: "whoever read the output has gone (SIGPIPE)",
    ExitCode.TERMINATED: "ended by SIGTERM",
}

_OF_KIND = {
    errors.NotFound: ExitCode.NOT_FOUND,
    errors.AlreadyExists: ExitCode.ALREADY_EXISTS,
    errors.Mismatch: ExitCode.MISMATCH,
    errors.PermissionDenied: ExitCode.PERMISSION_DENIED,
    errors.StoreFull: ExitCode.STORE_FULL,
    errors.Unavailable: ExitCode.UNAVAILABLE,
    errors.Unsupported: ExitCode.UNSUPPORTED,
    errors.InvalidSettings: ExitCode.INVALID_SETTINGS,
    errors.InvalidLocation: ExitCode.INVALID_LOCATION,
    errors.InUse: ExitCode.IN_USE,
    errors.BackendError: ExitCode.BACKEND_ERROR,
}


def exit_code_of(error: BaseException) -> ExitCode:
    """The exit code of an error; 1 for what has no code of its own."""
    return next((code for kind, code in _OF_KIND.items() if isinstance(error, kind)), ExitCode.FAILED)
