"""Knows every error that GPO raises on purpose; a message says what happened, where, and what to do.

GPOError
├── ConfigError            a setting: file, key, value, allowed values
├── TaskError              a dataset or field is missing or broken, with file and line
├── MetaPromptError        a text lacks a value or cannot be read
├── MissingExtra           names the extra to install
├── FetchError             a file could not be fetched, or is not what was published
├── ModelError
│   ├── ModelUnavailable   timeout, 429, 5xx, no connection: retried, bounded
│   ├── ModelRefused       key, permission, unknown model, bad request: not retried
│   │   ├── ModelNotFound     there is no model of that name, or nothing at that address
│   │   └── ParameterRefused  one parameter: left out from now on, so the request is repeated at once
│   ├── UnreadableReply    the endpoint or the model answered in a form nobody can read
│   └── TooManyFailures    more task calls failed than `max_failures` allows
├── BudgetExhausted        not a failure: the run ends with its best prompt and says how to continue
└── StoreError
    ├── RunNotFound        no run of that id
    ├── StoreUnusable      the folder that was named for it cannot be made or written
    ├── StoreBusy          another process holds the run
    └── StoreTooNew        written by a newer version
"""

from gpo.core.visible import visible


class GPOError(Exception):
    """The root of all errors below; `exit_code` is what the command line returns for it.

    Messages quote rows, files and endpoints: what does not print is spelled out, wherever they are shown.
    """

    exit_code = 1

    def __str__(self) -> str:
        return visible(super().__str__())


class ConfigError(GPOError):
    """A setting is unknown, missing, contradictory or out of range; or code of the user's own failed (`own_code`)."""

    exit_code = 2
    own_code = False


class TaskError(GPOError):
    """A dataset cannot be used: missing file, broken line, wrong column, too few rows."""

    exit_code = 2


class MetaPromptError(GPOError):
    """A text for the optimizer model lacks a value or its header is wrong."""

    exit_code = 2


class MissingExtra(GPOError):
    """An optional dependency is needed; the message holds the command that installs it."""

    exit_code = 2


class FetchError(GPOError):
    """A file could not be had, is not what was published, or cannot be written; none is ever half there."""


class ModelError(GPOError):
    """No usable answer. fatal: every further call would fail as well. maybe_paid: it may have cost something."""

    fatal = maybe_paid = False


class ModelUnavailable(ModelError):
    """No answer for now (timeout, 429, 5xx, no connection). retry_after_s: the endpoint's own wish, if any.

    busy: whether it is asked too much (429, 529). gone_s: for how long nobody was there, inf where nobody ever was.
    """

    def __init__(self, said: str, *, retry_after_s: float | None = None, busy: bool = False, gone_s: float = 0) -> None:
        super().__init__(said)
        self.retry_after_s = retry_after_s
        self.busy, self.gone_s = busy, gone_s


class ModelRefused(ModelError):
    """The endpoint said no and will say no again: to this request, or where it is `fatal`, to every one."""

    def __init__(self, message: str, *, fatal: bool = True) -> None:
        super().__init__(message)
        self.fatal = fatal


class ModelNotFound(ModelRefused):
    """There is no model of that name there, or nothing at that address."""


class ParameterRefused(ModelRefused):
    """The endpoint does not take one of the parameters. The model leaves it out from now on: ask again."""

    def __init__(self, message: str) -> None:
        super().__init__(message, fatal=False)


class UnreadableReply(ModelError):
    """What came back has not the expected form; the message holds its first 200 characters."""


class TooManyFailures(ModelError):
    """More task calls failed than `max_failures` allows, or all of a prompt: they are no scores, so the run stops."""


class BudgetExhausted(GPOError):
    """The next call would exceed the budget. `limit` names which one: calls, tokens, usd or seconds."""

    def __init__(self, message: str, *, limit: str) -> None:
        super().__init__(message)
        self.limit = limit


class StoreError(GPOError):
    """What is remembered cannot be read or written."""


class RunNotFound(StoreError):
    """The store holds no run of that id."""

    exit_code = 2


class StoreUnusable(StoreError):
    """The folder that was named for the store cannot be made or written: another has to be named."""

    exit_code = 2


class StoreBusy(StoreError):
    """Another process is working on this run."""


class StoreTooNew(StoreError):
    """The store was written by a newer version of GPO."""
