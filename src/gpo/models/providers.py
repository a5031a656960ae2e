"""Knows which providers there are: what each speaks, where it answers, which variables hold its key. Asks nobody."""

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from gpo.core.concealed import concealed
from gpo.core.errors import ConfigError

Speech = Literal["chat", "responses", "anthropic", "gemini", "azure"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One place where models answer.

    url: where it is; "" where every user has an address of their own. urls: variables that name another one. keys: the
    variables that may hold the key, the first that is set counts. own: a server on one's own machine, which wants no
    key and takes no money. how: where a key is made, or how the server is started. lacks: how a model is had that it
    does not know.
    """

    name: str
    speaks: Speech = "chat"
    url: str = ""
    urls: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    own: bool = False
    how: str = ""
    lacks: str = ""


TABLE = (
    Provider(
        name="openai",
        url="https://api.openai.com/v1",
        urls=("OPENAI_BASE_URL",),
        keys=("OPENAI_API_KEY",),
        how="https://platform.openai.com/api-keys",
    ),
    Provider(
        name="openai-responses",
        speaks="responses",
        url="https://api.openai.com/v1",
        urls=("OPENAI_BASE_URL",),
        keys=("OPENAI_API_KEY",),
        how="https://platform.openai.com/api-keys",
    ),
    Provider(
        name="anthropic",
        speaks="anthropic",
        url="https://api.anthropic.com/v1",
        urls=("ANTHROPIC_BASE_URL",),
        keys=("ANTHROPIC_API_KEY",),
        how="https://platform.claude.com/settings/keys",
    ),
    Provider(
        name="gemini",
        speaks="gemini",
        url="https://generativelanguage.googleapis.com/v1beta",
        urls=("GOOGLE_GEMINI_BASE_URL",),
        keys=("GEMINI_API_KEY", "GOOGLE_API_KEY"),
        how="https://aistudio.google.com/apikey",
    ),
    Provider(
        name="azure",
        speaks="azure",
        urls=("AZURE_OPENAI_ENDPOINT",),
        keys=("AZURE_OPENAI_API_KEY",),
        how="the resource's page, under Keys and Endpoint",
        lacks="The name is that of your deployment, not of the model",
    ),
    Provider(
        name="openrouter",
        url="https://openrouter.ai/api/v1",
        keys=("OPENROUTER_API_KEY",),
        how="https://openrouter.ai/settings/keys",
        lacks="A name there has two parts, such as openrouter/meta-llama/llama-3.3-70b-instruct",
    ),
    Provider(
        name="deepseek",
        url="https://api.deepseek.com/v1",
        keys=("DEEPSEEK_API_KEY",),
        how="https://platform.deepseek.com/api_keys",
    ),
    Provider(
        name="fireworks",
        url="https://api.fireworks.ai/inference/v1",
        keys=("FIREWORKS_API_KEY",),
        how="https://app.fireworks.ai/settings/users/api-keys",
    ),
    Provider(
        name="groq",
        url="https://api.groq.com/openai/v1",
        keys=("GROQ_API_KEY",),
        how="https://console.groq.com/keys",
    ),
    Provider(
        name="huggingface",
        url="https://router.huggingface.co/v1",
        keys=("HF_TOKEN",),
        how="https://huggingface.co/settings/tokens",
    ),
    Provider(
        name="mistral",
        url="https://api.mistral.ai/v1",
        keys=("MISTRAL_API_KEY",),
        how="https://console.mistral.ai/api-keys",
    ),
    Provider(
        name="together",
        url="https://api.together.xyz/v1",
        keys=("TOGETHER_API_KEY",),
        how="https://api.together.ai/settings/api-keys",
    ),
    Provider(
        name="xai",
        url="https://api.x.ai/v1",
        keys=("XAI_API_KEY",),
        how="https://console.x.ai",
    ),
    Provider(
        name="ollama",
        url="http://localhost:11434/v1",
        keys=("OLLAMA_API_KEY",),
        own=True,
        how="ollama serve",
        lacks="`ollama pull NAME` fetches it",
    ),
    Provider(
        name="lmstudio",
        url="http://localhost:1234/v1",
        own=True,
        how="lms server start",
        lacks="`lms get NAME` fetches it",
    ),
    Provider(
        name="llamacpp",
        url="http://localhost:8080/v1",
        own=True,
        how="llama-server -m FILE.gguf",
    ),
    Provider(
        name="vllm",
        url="http://localhost:8000/v1",
        keys=("VLLM_API_KEY",),
        own=True,
        how="vllm serve NAME",
        lacks="It serves the one model that it was started with",
    ),
)
BY_NAME = {provider.name: provider for provider in TABLE}

IN_PROCESS = ("hf:<org>/<repo>/<file>.gguf", "local/<path>.gguf", "pocket", "phrases")
"""Models that run in this process."""


def known(embedding: bool = False) -> tuple[str, ...]:
    """What a model may be called."""
    served = tuple(f"{each.name}/<name>" for each in TABLE if not embedding or embeds(each))
    return (*served, *(IN_PROCESS[:2] if embedding else IN_PROCESS))


def embeds(provider: Provider) -> bool:
    """Whether it is asked for embeddings: those that speak OpenAI's protocol are."""
    return provider.speaks in ("chat", "azure")


def same_house(one: str, other: str) -> bool:
    """Whether two providers, by name, are asked at one address with one key."""
    a, b = BY_NAME.get(one), BY_NAME.get(other)
    if a is None or b is None:
        return False
    return a is b or (a.url != "" and (a.url, a.keys) == (b.url, b.keys))


def parted(spec: str) -> tuple[str, str]:
    """Provider and name: what stands before and after the first slash or colon."""
    provider, *name = re.split("[/:]", spec, maxsplit=1)
    return provider, "".join(name)


def unknown(spec: str, *, embedding: bool = False) -> ConfigError:
    """There is no such model; what may be meant is the same name at the nearest provider."""
    names = known(embedding)
    meant, kind = concealed(_meant(spec, names)), "embedding model" if embedding else "model"
    spec = concealed(spec)
    if meant:
        return ConfigError(f'There is no {kind} "{spec}". Did you mean "{meant}"? `gpo models` lists all there are.')
    return ConfigError(
        f'There is no {kind} "{spec}". Known: {", ".join(map(_told, names))}. Any server that speaks OpenAI\'s '
        "protocol is openai/<name> with base_url."
    )


def _told(name: str) -> str:
    return f"{name} (stand-in, not a language model)" if name == "phrases" else name


def _meant(spec: str, names: tuple[str, ...]) -> str:
    """The known name that the spec may stand for, or ""."""
    provider, name = parted(spec)
    by_provider = {parted(each)[0]: each for each in names}
    maker = next((maker for start, maker in _MAKERS.items() if not name and provider.startswith(f"{start}-")), "")
    if maker in by_provider:
        return f"{maker}/{spec}"
    called = _ALSO_CALLED.get(provider.lower(), provider.lower())
    near = get_close_matches(called, by_provider, 1, cutoff=0.75 if not name else 0.6)
    if spec.endswith(".gguf") and near not in (["local"], ["hf"]):
        return f"local/{spec}"
    if near:
        return re.sub("<.*>", name, by_provider[near[0]]) if name else by_provider[near[0]]
    return "" if name or not spec else f"openai/{spec}"


_ALSO_CALLED = {
    "claude": "anthropic",
    "google": "gemini",
    "googleai": "gemini",
    "grok": "xai",
    "hugging_face": "huggingface",
    "llama.cpp": "llamacpp",
    "llama-cpp": "llamacpp",
    "lm-studio": "lmstudio",
    "lm_studio": "lmstudio",
    "vertex_ai": "gemini",
}
_MAKERS = {"claude": "anthropic", "gemini": "gemini", "grok": "xai", "mistral": "mistral", "deepseek": "deepseek"}
"""How names of models begin, and who serves those."""
