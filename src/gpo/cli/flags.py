"""Knows the flag of every setting: its names, what it takes, what it is for. Reads nothing."""

import argparse
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gpo.core.chat import EFFORTS


@dataclass(frozen=True, slots=True)
class Flag:
    """A setting as it is typed. kind: what its text becomes; None for what is on or off. shown: its value in --help."""

    names: tuple[str, ...]
    said: str
    kind: Callable[[str], Any] | None = field(default=str, kw_only=True)
    shown: str = field(default="X", kw_only=True)
    action: str = field(default="store", kw_only=True)

    def add_to(self, parser: Any, key: str) -> None:
        """Adds it to a command or to a group of its flags; its value is None where it is not typed."""
        if self.kind is None:
            parser.add_argument(*self.names, dest=key, action=argparse.BooleanOptionalAction, help=self.said)
        else:
            more: dict[str, Any] = {"type": self.kind, "metavar": self.shown, "action": self.action}
            parser.add_argument(*self.names, dest=key, help=self.said, **more)


_EFFORT = ", ".join(EFFORTS)

TASK: Mapping[str, Flag] = {
    "metric": Flag(
        ("--metric",),
        "how an answer is graded: exact_match, choice, number, boolean, contains, icontains, f1, rouge_l, is_json, "
        "regex:…, python:…, or judge:RUBRIC, in words, by a model",
    ),
    "input": Flag(("--input",), "the column with the input", shown="COLUMN"),
    "target": Flag(("--target",), "the column with the right answer", shown="COLUMN"),
    "images": Flag(("--images",), "the column that names pictures, if rows have some", shown="COLUMN"),
    "data_dir": Flag(
        ("--data-dir",),
        "a folder with the data of bbh, mmlu, gsm8k, wsc, webnlg; default: GPO_DATA_DIR, then the cache",
        shown="FOLDER",
    ),
    "position": Flag(
        ("--position",),
        "where the prompt stands to the input: before, after; marked: before_Q, Q_begin, Q_end, A_begin",
    ),
    "qa_marks": Flag(("--qa-marks",), '"Q:" and "A:" around the input', kind=None),
    "demonstrations": Flag(
        ("--demonstrations",), "solved examples that the task model is shown before every input", kind=int, shown="N"
    ),
    "extract": Flag(("--extract",), "ask the task model once more, for its answer alone", kind=None),
    "program": Flag(("--program",), "python:FILE.py:FUNCTION that answers a row in its own way"),
}
ANSWERS: Mapping[str, Flag] = {
    "max_tokens": Flag(
        ("--answer-tokens",), "tokens of one answer of the task model at most; default: 256", kind=int, shown="N"
    ),
    "temperature": Flag(("--temperature",), "of the task model; default: 0", kind=float, shown="N"),
    "stop": Flag(
        ("--stop",), "a text before which an answer ends; may be given several times", shown="TEXT", action="append"
    ),
    "reasoning_effort": Flag(
        ("--reasoning-effort",), f"how much the task model thinks first: {_EFFORT}; default: as it likes"
    ),
}
MODELS: Mapping[str, Flag] = {
    "task_model": Flag(
        ("--task-model", "--model"),
        "the model to optimize for: openai/<name>, anthropic/<name>, ollama/<name>, local/<path>.gguf, pocket; "
        "`gpo models` lists them all",
    ),
    "optimizer_model": Flag(("--optimizer-model",), "the model that writes prompts; default: the task model"),
    "optimizer_reasoning_effort": Flag(("--optimizer-reasoning-effort",), "how much that one thinks first"),
    "judge_model": Flag(
        ("--judge-model",),
        "the model that marks answers by the rubric of --metric judge:…; default: the optimizer model",
    ),
    "judge_reasoning_effort": Flag(("--judge-reasoning-effort",), "how much that one thinks first"),
    "embedding_model": Flag(
        ("--embedding-model",),
        "finds relevant earlier prompts: openai/<name>, local/<path>.gguf; default: by their letters",
    ),
    "base_url": Flag(
        ("--base-url",),
        "any OpenAI-compatible server, such as http://localhost:11434/v1; also for the other models, if they are of "
        "the same provider",
        shown="URL",
    ),
    "optimizer_base_url": Flag(
        ("--optimizer-base-url",), "the server of the optimizer model, if it is another", shown="URL"
    ),
    "judge_base_url": Flag(("--judge-base-url",), "the server of the judge model, if it is another", shown="URL"),
    "embedding_base_url": Flag(
        ("--embedding-base-url",), "the server of the embedding model, if it is another", shown="URL"
    ),
    "api_key_env": Flag(
        ("--api-key-env",),
        "the environment variable that holds the key; default: the provider's, such as OPENAI_API_KEY",
        shown="VARIABLE",
    ),
    "optimizer_api_key_env": Flag(
        ("--optimizer-api-key-env",), "the variable with the optimizer model's key, if it is another", shown="VARIABLE"
    ),
    "judge_api_key_env": Flag(
        ("--judge-api-key-env",), "the variable with the judge model's key, if it is another", shown="VARIABLE"
    ),
    "embedding_api_key_env": Flag(
        ("--embedding-api-key-env",), "the variable with the embedding model's key, if it is another", shown="VARIABLE"
    ),
    "meta_prompts": Flag(
        ("--meta-prompts",), "a folder with texts of your own for the optimizer model", shown="FOLDER"
    ),
}
PACE: Mapping[str, Flag] = {
    "concurrency": Flag(("-j", "--max-concurrency"), "calls in flight at most; default: 32", kind=int, shown="N"),
    "requests_per_minute": Flag(
        ("--requests-per-minute",), "requests to each model at most; default: as many as it takes", kind=int, shown="N"
    ),
    "tokens_per_minute": Flag(
        ("--tokens-per-minute",),
        "tokens to and from each model at most; default: as many as it takes",
        kind=int,
        shown="N",
    ),
    "hedge": Flag(
        ("--hedge",),
        "send what takes far longer than others again, at most 2 of 100; default: on this machine, without a budget",
        kind=None,
    ),
    "max_failures": Flag(
        ("--max-failures",),
        "task calls that may fail for good before the run stops; they are no scores; default: 10",
        kind=int,
        shown="N",
    ),
    "max_retries": Flag(
        ("--max-retries",),
        "how often a call is repeated that got no answer for now (429, 5xx, timeout); default: 5",
        kind=int,
        shown="N",
    ),
    "timeout_s": Flag(("--timeout-s",), "seconds that one call may take; default: 120", kind=float, shown="S"),
    "cache": Flag(("--cache",), "take the answers to what other runs asked before; default: yes", kind=None),
}
SEARCH: Mapping[str, Flag] = {
    "algorithm": Flag(("--algorithm",), "what searches; default: gpo", shown="NAME"),
    "seed": Flag(
        ("--seed",), "of the search: the same seed, data and models make the same run; default: 0", kind=int, shown="N"
    ),
}
FLAGS: Mapping[str, Flag] = {**TASK, **ANSWERS, **MODELS, **PACE, **SEARCH}
"""Every setting that is one value. What has parts (budget, split) has a flag for each; the rest is said with --set."""

_NOT_EXCEEDED = "budget of the whole run (never exceeded; no limit where none is set)"


def of_a_role(kind: Callable[[str], float]) -> Callable[[str], float | dict[str, float]]:
    """What reads N, a limit on all models together, and ROLE=N, a limit on one."""

    def limit(text: str) -> float | dict[str, float]:
        role, equals, number = text.rpartition("=")
        try:
            return {role: kind(number)} if equals else kind(number)
        except ValueError as error:
            wanted = "a whole number, such as 1000" if kind is int else "a number, such as 2.5"
            raise argparse.ArgumentTypeError(
                f"{text!r}: expected {wanted}, or ROLE=N for one model, such as optimizer=100"
            ) from error

    return limit


_OF_ROLES: dict[str, Any] = {"shown": "[ROLE=]N", "action": "append"}
LIMITS: Mapping[str, Flag] = {
    "max_calls": Flag(
        ("--max-calls",),
        "requests sent, of all models together, or of one: ROLE=N, such as optimizer=200 (task, optimizer, judge, "
        "embedding); this and the next two may be given several times",
        kind=of_a_role(int),
        **_OF_ROLES,
    ),
    "max_tokens": Flag(
        ("--max-tokens",),
        "tokens of all calls together, prompts and answers (--answer-tokens limits one answer)",
        kind=of_a_role(int),
        **_OF_ROLES,
    ),
    "max_usd": Flag(
        ("--max-usd",), "dollars; the prices of the models must be known", kind=of_a_role(float), **_OF_ROLES
    ),
    "max_seconds": Flag(
        ("--max-seconds",), "seconds of work; those between a stop and a resume do not count", kind=float, shown="N"
    ),
}
BUDGET = "budget_"
"""What the limits of the budget are called among what was typed: a setting is called max_tokens as well."""


def add_flags(parser: argparse.ArgumentParser, title: str, flags: Mapping[str, Flag], prefix: str = "") -> None:
    """A group of flags with its title in --help."""
    group = parser.add_argument_group(title)
    for key, flag in flags.items():
        flag.add_to(group, prefix + key)


def add_budget(parser: argparse.ArgumentParser) -> None:
    """The limits of a run."""
    add_flags(parser, _NOT_EXCEEDED, LIMITS, BUDGET)


def typed(given: argparse.Namespace, keys: Iterable[str], prefix: str = "") -> dict[str, Any]:
    """What was typed of these settings."""
    values = {key: getattr(given, prefix + key, None) for key in keys}
    return {key: value for key, value in values.items() if value is not None}
