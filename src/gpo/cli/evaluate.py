"""gpo eval: scores one or several prompts with intervals, and compares each with the first."""

import argparse
import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from gpo.cli.interrupts import to_end
from gpo.cli.options import add_settings, add_store, chosen
from gpo.cli.outcome import GATE, add_reporting
from gpo.cli.output import audience, check_place, check_store, show_json, show_page, write_file
from gpo.core.errors import ConfigError, TooManyFailures
from gpo.core.prompt import Prompt
from gpo.engine.config import RunConfig
from gpo.engine.measure import Measurement, measure
from gpo.report.measurement import measurement_page
from gpo.tasks.seed import prompt_in, readable


class _Given(NamedTuple):
    """A prompt as it was typed, and what reads it."""

    read: Callable[[str], Prompt]
    said: str


def _text(said: str) -> Prompt:
    return readable(Prompt.of(said), "--prompt")


def _file(said: str) -> Prompt:
    return prompt_in(Path(said).expanduser())


_PROMPTS = (
    ("--prompt", "PROMPT", "a prompt", _text),
    ("--prompt-file", "FILE", "a prompt in a file (.json: texts by name)", _file),
)

EXAMPLES = """examples:
  %(prog)s rows.jsonl --task-model openai/gpt-5-mini --prompt "Answer." --prompt "Think, then answer."
  %(prog)s -c gpo.yaml --prompt-file best_prompt.txt --fail-under 0.8"""


def add_to(parser: argparse.ArgumentParser) -> None:
    """The command with its flags."""
    parser.epilog = EXAMPLES
    add_settings(parser)
    group = parser.add_argument_group("prompts (any number; each is compared with the first; default: the task's own)")
    for flag, shown, said, read in _PROMPTS:
        group.add_argument(
            flag, dest="prompts", action="append", default=[], type=partial(_Given, read), metavar=shown, help=said
        )
    parser.add_argument("--split", choices=("train", "selection", "test", "all"), default="test", help="default: test")
    parser.add_argument("--limit", type=int, metavar="N", help="the first N rows of the split only, for a quick look")
    parser.add_argument(
        "--fail-under", type=float, metavar="SCORE", help=f"exit code {GATE} where a prompt's mean is below, 0 to 1"
    )
    add_reporting(parser)
    parser.add_argument(
        "--answers",
        metavar="FILE",
        help="write each answer with its row, score and feedback there, one JSON object a line",
    )
    add_store(parser)
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Measures and reports."""
    check_place(given.output)
    check_place(given.answers)
    if given.answers and (given.answers == given.output or Path(given.answers).expanduser().is_file()):
        raise ConfigError(f"--answers {given.answers}: there is, or will be, such a file already. Name a new one.")
    check_store(given.store)
    merged, origin = chosen(given)
    config = RunConfig.from_mapping(merged, origin)
    prompts = [each.read(each.said) for each in given.prompts]
    _check_numbers(given)
    different = list({prompt.id: prompt for prompt in prompts}.values())
    if len(different) < len(prompts) and not given.quiet:
        print(
            f"{len(prompts)} prompts were given, {len(different)} of them different: each is scored once.",
            file=sys.stderr,
        )
    watching = audience(given.quiet)
    found = to_end(measure(config, different, given.split, Path(given.store), watching, limit=given.limit))
    if given.output:
        write_file(given.output, json.dumps(found.to_dict(), indent=2) + "\n")
    if given.answers:
        write_file(given.answers, "".join(f"{json.dumps(each)}\n" for each in found.answers()))
    if given.json:
        show_json(found.to_dict())
    else:
        show_page(measurement_page(found.to_dict()))
    if found.failure:
        nothing = TooManyFailures(f"{found.failure[:1].upper()}{found.failure[1:]}")
        nothing.add_note("Once that is mended, the same command goes on.")
        raise nothing
    return _gate(found, given.fail_under)


def _check_numbers(given: argparse.Namespace) -> None:
    if given.limit is not None and given.limit < 1:
        raise ConfigError(f"--limit is {given.limit}; it must be at least 1.")
    if given.fail_under is not None and not 0 <= given.fail_under <= 1:
        raise ConfigError(f"--fail-under is {given.fail_under:g}; expected a score from 0 to 1, such as 0.8.")


def _gate(found: Measurement, least: float | None) -> int:
    """The exit code: GATE where a prompt scores less than it must."""
    scores = [(number, each.score.mean) for number, each in enumerate(found.prompts, 1)]
    if least is None or not (below := [each for each in scores if each[1] < least]):
        return 0
    said = ", ".join(f"prompt {number} scores {mean:.3f}" for number, mean in below)
    print(f"--fail-under {least:g}: {said if scores[1:] else said.replace('prompt 1', 'the prompt')}.", file=sys.stderr)
    return GATE
