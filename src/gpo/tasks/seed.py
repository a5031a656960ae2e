"""Knows the prompt that a search starts from: where it comes from, and whether the rows can fill its variables."""

import re
from collections.abc import Sequence
from pathlib import Path

from gpo.core.errors import ConfigError, TaskError
from gpo.core.meant import did_you_mean
from gpo.core.prompt import SYSTEM, VARIABLE, Prompt, unreadable
from gpo.core.task import Example, fill
from gpo.tasks.columns import Columns
from gpo.tasks.jsontext import plain_json
from gpo.tasks.rows import read_text
from gpo.tasks.spec import TaskSpec, named_texts
from gpo.tasks.split import Seen

SEED_PROMPT = "Let's think step by step."
"""What a search starts from where nobody names a prompt."""
_BRACES = re.compile(r"\{\{([^{}\n]{0,80})\}\}")
_SINGLE = re.compile(r"(?<!\{)\{\s*([A-Za-z_]\w*)\s*\}(?!\})")


def seed_prompt(spec: TaskSpec, default: Prompt) -> Prompt:
    """The prompt that the spec names. An empty one is allowed: what does the model do unasked?

    Raises TaskError where the file cannot be read, ConfigError where it is JSON and holds no named texts, or where no
    model could read the prompt.
    """
    if spec.seed_prompt_file is not None:
        return prompt_in(Path(spec.seed_prompt_file).expanduser())
    named = spec.seed_prompts or (default.texts if spec.seed_prompt is None else Prompt.of(spec.seed_prompt).texts)
    return readable(Prompt(named), "The prompt")


def names_seed(spec: TaskSpec) -> bool:
    """Whether the spec says which prompt a search starts from, be it an empty one."""
    return spec.seed_prompt is not None or spec.seed_prompt_file is not None or bool(spec.seed_prompts)


def readable(prompt: Prompt, what: str) -> Prompt:
    """The prompt itself. Raises ConfigError, beginning with `what`, where it holds what no model can read."""
    if problem := unreadable(prompt.text):
        raise ConfigError(f"{what} {problem}.")
    return prompt


def prompt_in(path: Path) -> Prompt:
    """The prompt in a file: a .json file holds the texts by name, as best_prompt.json does; any other is one text.

    Raises TaskError where the file cannot be read, ConfigError where it is JSON and holds no named texts.
    """
    text = read_text(
        path, "Name the file that holds the prompt (--prompt-file, prompt_file), or give its text (--prompt)."
    )
    if path.suffix.lower() != ".json":
        return readable(Prompt.of(text.strip()), f"{path}: the prompt")
    try:
        return readable(Prompt(named_texts(plain_json(text), str(path))), f"{path}: the prompt")
    except ValueError as error:
        raise ConfigError(f"{path} is not JSON: {error}. A prompt that is itself JSON needs another ending.") from error


def seen_with(prompt: Prompt, images: str | None = None) -> Seen:
    """What a model sees of an example: the input, the columns that the prompt inserts, and the pictures that a column
    names; blanks count once.
    """
    inserted = " ".join(f"{{{{{name}}}}}" for name in sorted(prompt.variables))

    def seen(example: Example) -> str:
        shown = dict(example.fields).get(images, "") if images else ""
        return " ".join(f"{example.input} {fill(inserted, example)} {shown}".split())

    return seen


def check_variables(prompt: Prompt, examples: Sequence[Example], columns: Columns) -> tuple[str, ...]:
    """Warnings about what stands in braces but is no variable, and about an input that the prompt leaves out.

    Raises TaskError for a variable that is no column, or is missing in a row.
    """
    known = dict.fromkeys(["input", *(name for example in examples for name, _ in example.fields)])
    for variable in sorted(prompt.variables):
        if variable not in known:
            raise TaskError(
                f"The prompt names {{{{{variable}}}}}, but no column is called so.{did_you_mean(variable, known)}"
            )
        lacking = [each.id for each in examples if variable not in dict(each.fields)] if variable != "input" else []
        if lacking:
            raise TaskError(
                f"The prompt names {{{{{variable}}}}}, but {len(lacking)} of {len(examples)} rows have no value there "
                f'(the first is "{lacking[0]}"). Fill them, or take them out.'
            )
    return (*_odd_braces(prompt, known), *_input_left_out(prompt, examples, columns))


def _odd_braces(prompt: Prompt, known: dict[str, None]) -> tuple[str, ...]:
    odd = [found[0] for found in _BRACES.finditer(prompt.text) if not VARIABLE.fullmatch(found[0])]
    single = [found[0] for found in _SINGLE.finditer(prompt.text) if found[1] in known]
    return (
        *(f"the prompt's {each} is plain text: a variable is one name of letters, digits and _" for each in odd),
        *(f"the prompt's {each} is plain text: write {{{each}}} to insert the column" for each in single),
    )


def _input_left_out(prompt: Prompt, examples: Sequence[Example], columns: Columns) -> tuple[str, ...]:
    """A prompt with variables is not joined with the input: where none of them is the input, nobody shows it."""
    inserted = Prompt(tuple((name, text) for name, text in prompt.texts if name != SYSTEM)).variables
    if not inserted or {"input", columns.input} & prompt.variables:
        return ()
    if any(_is_part(name, examples[0]) for name in inserted):
        return ()
    names = ", ".join(f"{{{{{name}}}}}" for name in sorted(inserted))
    return (f'the prompt inserts {names} but not {{{{input}}}}: the model will not see the column "{columns.input}"',)


def _is_part(name: str, example: Example) -> bool:
    """Whether a column is an entry of an input that is a map."""
    return dict(example.fields)[name] == example.input or f'"{name}": ' in example.input
