"""Knows all settings of a run as one frozen value, and reads it from a mapping. Opens nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import Any, cast

from gpo.core.budget import Budget
from gpo.core.chat import EFFORTS
from gpo.core.concealed import concealed, kind, shown
from gpo.core.errors import ConfigError
from gpo.core.meant import did_you_mean
from gpo.core.task import Task
from gpo.core.wanted import in_words
from gpo.engine.limits import BUDGET_KEYS, budget_of
from gpo.models.endpoints import Endpoint, endpoints
from gpo.models.keys import checked_variable
from gpo.models.phrases import DISCLOSURE
from gpo.optimizers.catalog import algorithms, recipe_named
from gpo.optimizers.meaning import embeds
from gpo.optimizers.options import options_of
from gpo.tasks.spec import SETTINGS, TaskSpec, check, split_spec, structured

TASK_KEYS = {"task": "source", **SETTINGS}
"""Settings of the task: how users write them and what `TaskSpec` calls them."""

PLAIN: dict[str, tuple[type, ...]] = {
    "task_model": (str,),
    "optimizer_model": (str, type(None)),
    "judge_model": (str, type(None)),
    "embedding_model": (str, type(None)),
    "base_url": (str, type(None)),
    "optimizer_base_url": (str, type(None)),
    "judge_base_url": (str, type(None)),
    "embedding_base_url": (str, type(None)),
    "api_key_env": (str, type(None)),
    "optimizer_api_key_env": (str, type(None)),
    "judge_api_key_env": (str, type(None)),
    "embedding_api_key_env": (str, type(None)),
    "optimizer_reasoning_effort": (str, type(None)),
    "judge_reasoning_effort": (str, type(None)),
    "algorithm": (str,),
    "seed": (int,),
    "concurrency": (int,),
    "requests_per_minute": (int, float, type(None)),
    "tokens_per_minute": (int, float, type(None)),
    "hedge": (bool, type(None)),
    "max_failures": (int,),
    "max_retries": (int,),
    "timeout_s": (int, float),
    "cache": (bool,),
    "meta_prompts": (str, type(None)),
}
PHRASES, POCKET = "phrases", "pocket"
AT_LEAST = {
    "concurrency": 1,
    "requests_per_minute": 0.001,
    "tokens_per_minute": 1,
    "max_failures": 0,
    "max_retries": 0,
    "timeout_s": 0.001,
}


@dataclass(frozen=True, slots=True)
class RunConfig:
    """Everything a run depends on besides the data themselves.

    optimizer_model: None means the task model, or "phrases" where the task model is the pocket model.
    judge_model: marks answers where the metric is a judge; None means the optimizer model.
    seed: of the search; `split.seed` says how rows are divided, so that runs of different seeds have the same test set.
    options: of the algorithm, as given. concurrency: calls in flight at most. requests_per_minute,
    tokens_per_minute: of each model at most; None for no limit. hedge: whether slow requests are sent a
    second time; None means on this machine, where no budget counts the calls. max_failures: task calls that may fail
    for good before the run stops. timeout_s: seconds for one call. meta_prompts: a folder with the user's own texts.
    base_url, api_key_env: where the models are asked, and the variable that holds the key; the others than the task
    model may have their own. optimizer_reasoning_effort, judge_reasoning_effort: how much those models think, one of
    EFFORTS; None leaves it to the model. prices: model -> dollars per million prompt and completion tokens, and cached
    ones.
    """

    task: TaskSpec
    task_model: str
    optimizer_model: str | None = field(default=None, kw_only=True)
    judge_model: str | None = field(default=None, kw_only=True)
    embedding_model: str | None = field(default=None, kw_only=True)
    base_url: str | None = field(default=None, kw_only=True)
    optimizer_base_url: str | None = field(default=None, kw_only=True)
    judge_base_url: str | None = field(default=None, kw_only=True)
    embedding_base_url: str | None = field(default=None, kw_only=True)
    api_key_env: str | None = field(default=None, kw_only=True)
    optimizer_api_key_env: str | None = field(default=None, kw_only=True)
    judge_api_key_env: str | None = field(default=None, kw_only=True)
    embedding_api_key_env: str | None = field(default=None, kw_only=True)
    optimizer_reasoning_effort: str | None = field(default=None, kw_only=True)
    judge_reasoning_effort: str | None = field(default=None, kw_only=True)
    algorithm: str = field(default="gpo", kw_only=True)
    options: Mapping[str, Any] = field(default_factory=dict[str, Any], kw_only=True)
    budget: Budget = field(default=Budget(), kw_only=True)
    seed: int = field(default=0, kw_only=True)
    concurrency: int = field(default=32, kw_only=True)
    requests_per_minute: float | None = field(default=None, kw_only=True)
    tokens_per_minute: float | None = field(default=None, kw_only=True)
    hedge: bool | None = field(default=None, kw_only=True)
    max_failures: int = field(default=10, kw_only=True)
    max_retries: int = field(default=5, kw_only=True)
    timeout_s: float = field(default=120.0, kw_only=True)
    cache: bool = field(default=True, kw_only=True)
    meta_prompts: str | None = field(default=None, kw_only=True)
    prices: Mapping[str, tuple[float, ...]] = field(default_factory=dict[str, tuple[float, ...]], kw_only=True)
    source: Mapping[str, Any] = field(default_factory=dict[str, Any], kw_only=True)

    @property
    def writer(self) -> str:
        """The optimizer model that is used where none is named."""
        return self.optimizer_model or (PHRASES if self.task_model == POCKET else self.task_model)

    @property
    def own_texts(self) -> Path | None:
        """The folder with the user's own meta-prompts, if there is one."""
        return Path(self.meta_prompts) if self.meta_prompts else None

    @property
    def judge(self) -> str:
        """The judge model that is used where none is named."""
        return self.judge_model or self.writer

    @property
    def judged_at(self) -> Endpoint:
        """Where the judge is asked: the optimizer model, where it judges, is asked where it writes."""
        if self.judge_model or self.judge_base_url:
            return Endpoint(self.judge_base_url, self.judge_api_key_env)
        return Endpoint(self.optimizer_base_url, self.judge_api_key_env or self.optimizer_api_key_env)

    def models(self, task: Task | None) -> dict[str, str]:
        """The models that a run on the task asks, by role; None: on one that no judge grades.

        Raises ConfigError for a judge that cannot judge.
        """
        judge = {"judge": _able_to_judge(self.judge)} if task and task.judge else {}
        embedding = {"embedding": self.embedding_model} if self.embedding_model else {}
        return {"task": self.task_model, "optimizer": self.writer, **judge, **embedding}

    @property
    def efforts(self) -> dict[str, str]:
        """How much the models other than the task model are told to think, by role."""
        return {"optimizer": self.optimizer_reasoning_effort or "", "judge": self.judge_reasoning_effort or ""}

    @property
    def endpoints(self) -> dict[str, Endpoint]:
        """Where the model of each role is asked, and with which variable's key."""
        models = {"task": self.task_model, "optimizer": self.writer, "judge": self.judge}
        models["embedding"] = self.embedding_model or ""
        given = {
            "task": Endpoint(self.base_url, self.api_key_env),
            "optimizer": Endpoint(self.optimizer_base_url, self.optimizer_api_key_env),
            "judge": self.judged_at,
            "embedding": Endpoint(self.embedding_base_url, self.embedding_api_key_env),
        }
        return endpoints(models, given)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What the user should know of the settings: which model writes where that was left open, what stands in for
        one, and which sections say nothing here.
        """
        named = f"optimizer model: {self.writer} (none was named; set --optimizer-model to change it)"
        unused = (key for key in algorithms() if key in self.source and key != self.algorithm)
        return (
            *((named,) if self.optimizer_model is None else ()),
            *((DISCLOSURE,) if self.writer == PHRASES else ()),
            *(f"the section {key} is not used: the algorithm is {self.algorithm}" for key in unused),
            *_embedding_remarks(self),
        )

    def to_dict(self) -> dict[str, Any]:
        """The mapping it was read from: `from_mapping(config.to_dict(), ...)` gives an equal value."""
        return dict(self.source)

    @classmethod
    def from_mapping(cls, given: Mapping[str, Any], origin: str) -> "RunConfig":
        """The settings of a mapping as in gpo.yaml; `origin` names it in errors.

        A section of another algorithm may stand there, so that one file serves several; it says nothing.
        Raises ConfigError for an unknown, missing or ill-typed setting, with the nearest known name.
        """
        algorithm = str(given.get("algorithm", "gpo"))
        known = {*TASK_KEYS, *PLAIN, "split", "budget", "prices", "description", algorithm}
        for key in given:
            if key not in known and key not in algorithms():
                hint = option_hint(key, algorithm) or did_you_mean(key, known)
                raise ConfigError(f'{origin}: unknown setting "{concealed(str(key))}".{hint}')
        for key in ("task", "task_model"):
            if not given.get(key):
                raise ConfigError(f"{origin}: {key} is missing. {_HOW_TO[key]}")
        plain = {key: _plain(key, given[key], origin) for key in PLAIN if key in given}
        return cls(
            task=_task(given, origin),
            **plain,
            options=_mapping(given.get(algorithm), f"{origin}: {algorithm}"),
            budget=budget_of(_mapping(given.get("budget"), f"{origin}: budget"), f"{origin}: budget"),
            prices=_prices(given.get("prices"), f"{origin}: prices"),
            source=dict(given),
        )


def _able_to_judge(model: str) -> str:
    if model in (PHRASES, POCKET):
        raise ConfigError(
            f"The metric is a judge, and {model} cannot judge: name a model that can read and reason with judge_model "
            "(--judge-model), such as openai/<name>, ollama/<name> or local/<path>.gguf."
        )
    return model


def _embedding_remarks(config: RunConfig) -> tuple[str, ...]:
    """What is said of an embedding model that nothing asks."""
    if config.embedding_model is None:
        keys = ("embedding_base_url", "embedding_api_key_env")
        return tuple(f"{key} is not used: there is no embedding_model" for key in keys if getattr(config, key))
    if embeds(config.algorithm, config.options):
        return ()
    unless = " unless it recalls by relevance" if config.algorithm == "gpo" else ""
    return (f"embedding_model is not used: {config.algorithm} compares no texts{unless}",)


def option_hint(key: str, algorithm: str) -> str:
    """Where a limit, or an option of the algorithm, belongs that stands among the settings; "" where it is neither."""
    if key in BUDGET_KEYS:
        return f" {key} is a limit: write it below `budget:`, or --set budget.{key}=…"
    if key in ("rubric", "points", "repeats"):
        return f" {key} is an option of the metric judge: write it below `metric_options:`."
    if algorithm not in algorithms() or key not in options_of(recipe_named(algorithm)):
        return ""
    return f" {key} is an option of {algorithm}: write it below `{algorithm}:`, or --set {algorithm}.{key}=…"


_HOW_TO = {
    "task": "Name a file (.jsonl, .csv, .yaml) or pocket/<task>.",
    "task_model": "Name the model to optimize for: openai/<name> (any OpenAI-compatible server, with base_url), "
    "local/<path>.gguf, or pocket (bundled, needs no key). On the command line: --task-model.",
}


def _plain(key: str, value: Any, origin: str) -> Any:
    kinds = PLAIN[key]
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        raise ConfigError(f"{origin}: {key} is {kind(value)}; expected {in_words(kinds)}.")
    if key in AT_LEAST and value is not None and value < AT_LEAST[key]:
        raise ConfigError(f"{origin}: {key} is {value}; it must be at least {AT_LEAST[key]}.")
    if key.endswith("effort") and value not in (None, *EFFORTS):
        raise ConfigError(f'{origin}: {key} is "{value}"; expected one of {", ".join(EFFORTS)}.')
    if key.endswith("_model") and value is not None and not str(value).strip():
        raise ConfigError(f"{origin}: {key} is empty. Name a model, or leave it out.")
    if key.endswith("api_key_env") and value is not None:
        return checked_variable(str(value), f"{origin}: {key}")
    return value


def _mapping(value: Any, where: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise ConfigError(f"{where} is {shown(value)}; expected settings below it, such as `k: 3`.")
    return {str(key): each for key, each in cast(Mapping[Any, Any], value).items()}


def _task(given: Mapping[str, Any], origin: str) -> TaskSpec:
    values = {ours: given[theirs] for theirs, ours in TASK_KEYS.items() if given.get(theirs) is not None}
    split = split_spec(_mapping(given.get("split"), f"{origin}: split"), f"{origin}: split")
    spec = TaskSpec(**structured(values, origin), split=split)
    check(spec, origin)
    return spec


def _prices(value: Any, where: str) -> dict[str, tuple[float, ...]]:
    prices: dict[str, tuple[float, ...]] = {}
    for model, pair in _mapping(value, where).items():
        numbers = cast(list[Any], pair) if isinstance(pair, list | tuple) else []
        right = all(isinstance(each, int | float) and 0 <= each < inf for each in numbers)
        if len(numbers) not in (2, 3) or not right or (len(numbers) == 3 and numbers[2] > numbers[0]):
            raise ConfigError(
                f"{where}: {model} is {shown(cast(object, pair))}; expected [dollars per million prompt tokens, "
                "completion], and cached prompt tokens third where they are cheaper."
            )
        prices[model] = tuple(float(each) for each in numbers)
    return prices
