"""Knows how a name becomes a model in this process: the bundled one, a GGUF file, one of the hub, the phrase editor.

Imported where such a model is asked for: who asks an endpoint need not wait for llama.cpp's side of the house.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gpo.core.chat import Model
from gpo.models import hub, local
from gpo.models.phrases.editor import PhraseEditor

Opened = Callable[[str, Callable[[], local.Engine]], local.Engine]
"""(key, opening) -> what is open under that key; opened now if it is not."""


@dataclass(frozen=True, slots=True)
class Here:
    """The models of this process. opened: shares what is open. concurrency: calls in flight of each model at most."""

    opened: Opened
    concurrency: int

    def chat(self, provider: str, name: str) -> Model | None:
        """The chat model of that name; None where there is none here."""
        match provider, name:
            case "pocket", "":
                return local.LocalModel("pocket", self._engine(local.POCKET, 32, 512))
            case "phrases", "":
                return PhraseEditor()
            case "local", path if path:
                return local.LocalModel(f"local/{path}", self._engine(Path(path), 8, 4096))
            case "hf", file if file:
                return local.LocalModel(f"hf/{file}", self._engine(hub.fetched(file), 8, 4096))
            case _:
                return None

    def embeddings(self, provider: str, name: str) -> Model | None:
        """The embedding model of that name; None where there is none here."""
        match provider, name:
            case "local", path if path:
                return self._embeddings(f"local/{path}", Path(path).expanduser())
            case "hf", file if file:
                return self._embeddings(f"hf/{file}", hub.fetched(file))
            case _:
                return None

    def _embeddings(self, name: str, file: Path) -> Model:
        engine = self.opened(f"embed {file}", lambda: local.load(file, 4, 2048, embedding=True))
        return local.LocalEmbeddings(name, engine)

    def _engine(self, path: Path, slots: int, context: int) -> local.Engine:
        """The engine of a file, loaded once for all roles."""
        file = path.expanduser()
        return self.opened(f"chat {file}", lambda: local.load(file, min(slots, self.concurrency), context))
