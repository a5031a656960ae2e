"""A text of the user's own is filled in a sandbox and within bounds; whatever it tries is told in one paragraph."""

from pathlib import Path

import pytest

from gpo.core.errors import MetaPromptError
from gpo.meta_prompts.load import meta_prompt, parse

HEAD = "---\ninputs: [current, memories]\nanswer: prompt\n---\n"
VALUES = {"current": "Count {{ 7*7 }} {% x %}. " * 40, "memories": [{"text": "a", "score": "1"}]}


def _filled(body: str) -> str:
    return parse("own/text", HEAD + body, "text.md").render(VALUES)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("{{ current.__class__ }}", "access to attribute '__class__' of 'str' object is unsafe"),
        ("{{ ''.__class__.__mro__[1].__subclasses__() }}", "unsafe"),
        ("{{ '{0.__class__}'.format(current) }}", "unsafe"),
        ("{{ self.__dict__ }}", "unsafe"),
        ("{{ cycler.__init__.__globals__ }}", "unsafe"),
        ("{{ memories.append(1) }}", "unsafe"),
        ("{{ lipsum(n=10**9) }}", "'lipsum' is undefined"),
        ("{% include '/etc/passwd' %}", "no loader"),
        ("{% import 'os' as os %}", "no loader"),
        ("{% for i in range(10**9) %}x{% endfor %}", "Range too big"),
        ("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", "more than 200,000 turns"),
        ("{% for a in current %}{% for b in current %}{% endfor %}{% endfor %}", "more than 200,000 turns"),
        ("{% macro f(n) %}{{ f(n - 1) }}{{ f(n - 1) }}{% endmacro %}{{ f(30) }}", "recursion"),
        ("{% for a in range(99999) %}{{ current }}{% endfor %}", "grows beyond 20,000,000 characters"),
        ("{{ 10 ** (10 * 10 * 10) }}", "a power of 1000 is too large"),
        ("{{ ((9 ** 64) ** 64) ** 64 }}", "a power of 64 is too large"),
        ("{{ 'ab' | slice(10 ** 9) | list }}", "more than 200,000 parts"),
        ("{{ [1] | batch(10 ** 9, 0) | list }}", "more than 200,000 parts"),
        ("{{ '%1000000000d' | format(1) }}", "repeat something"),
        ("{{ '{:1000000000}'.format(1) }}", "repeat something"),
        ("{{ 'a' * 10 ** 10 }}", "repeat something to more than 20,000,000 characters"),
        ("{{ 10 ** 10 * [1] }}", "repeat something"),
        ("{{ ('a' * 1000000).replace('', 'b' * 1000000) }}", "repeat something"),
        ("{{ ('a' * 1000000) | replace('', 'b' * 1000000) }}", "repeat something"),
        ("{{ 'x' | center(10 ** 9) }}", "repeat something"),
        ("{{ 'x' | center(width=10 ** 9) }}", "repeat something"),
        ("{{ 'x'.center(10 ** 9) }}{{ 'x'.ljust(10 ** 9) }}", "repeat something"),
        ("{{ '7'.zfill(10 ** 9) }}", "repeat something"),
        ("{{ 'x' | indent(10 ** 9, true) }}", "repeat something"),
        ("{{ ('\\t' * 10000).expandtabs(10000) }}", "repeat something"),
        ("{{ '%999999999d' % 1 }}", "a text is not filled with %"),
        ("{{ 1 / 0 }}", "division by zero"),
        ("{{ 'a' + 1 }}", "can only concatenate"),
        ("{{ missing }}", "'missing' is undefined"),
    ],
)
def test_what_cannot_be_filled(body: str, said: str) -> None:
    with pytest.raises(MetaPromptError) as caught:
        _filled(body)
    message = str(caught.value)
    assert message.startswith('The meta-prompt "own/text" cannot be filled: ')
    assert said in message
    assert not message.endswith("..")


def test_a_text_that_takes_more_memory_than_there_is_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("gpo.meta_prompts.sandbox._check_growth", full)
    with pytest.raises(MetaPromptError, match="cannot be filled: it takes more memory than there is"):
        _filled("{{ current.upper() }}")


def test_what_is_no_template() -> None:
    with pytest.raises(MetaPromptError, match="is not a valid template: unexpected end of template"):
        _filled("{{ current")


def test_values_are_not_filled_themselves() -> None:
    assert _filled("{{ current }}") == VALUES["current"].strip()  # type: ignore[attr-defined]


def test_loops_are_as_ever() -> None:
    body = "{% for x in [3, 4, 5] if x > 3 %}{{ loop.index }}/{{ loop.length }}{{ ',' if not loop.last }}{% endfor %}"
    assert _filled(body) == "1/2,2/2"
    assert _filled("{{ 'ab'.replace('a', 'c') ~ ('ab' | replace('b', 'd')) }}") == "cbad"
    assert _filled("{{ '7'.zfill(3) }}{{ 'x' | center(3) }}{{ 'a\\nb' | indent(2) }}") == "007 x a\n  b"
    assert _filled("{% for x in [] %}x{% else %}none{% endfor %}") == "none"
    assert _filled("{% for m in memories %}{{ m.text }}{{ 2 * 3 }}{{ 7 % 4 }}{% endfor %}") == "a63"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"---\ninputs: [\nanswer: x\n---\n", "the header is not YAML"),
        (b"---\ninputs: !!python/name:os.system x\nanswer: x\n---\n", "the header is not YAML"),
        (b"---\n- a\n---\n", "the header needs lines such as"),
        (b"---\ninputs: 5\nanswer: x\n---\n", "the header needs lines such as"),
        (b"no header", "begins with a header"),
        (b"---\ninputs: [caf\xe9]\n---\n", "cannot be read"),
    ],
)
def test_a_file_of_the_users_own_that_is_none(tmp_path: Path, text: bytes, said: str) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "text.md").write_bytes(text)
    with pytest.raises(MetaPromptError, match=said):
        meta_prompt("own/text", tmp_path)


def test_a_byte_order_mark_and_windows_line_ends_change_nothing(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "text.md").write_bytes(
        b"\xef\xbb\xbf" + (HEAD + "Now: {{ current }}").replace("\n", "\r\n").encode()
    )
    assert meta_prompt("own/text", tmp_path).render({**VALUES, "current": "x"}) == "Now: x"
