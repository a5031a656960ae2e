"""What of a user's value may stand in an error."""

import pytest

from gpo.core.concealed import MOST, concealed, kind, shown


@pytest.mark.parametrize(
    "key",
    [
        "sk-SECRET4815162342",
        "sk-canary/4815+16+2342=vault",
        "sk-ant-api03-SECRET_SECRET",
        "hf_SECRETsecret",
        "AIzaSECRETSECRET",
        "0123456789abcdefSECRET0123456789",
        "token=SECRET",
        "Authorization: Bearer SECRET",
        "'api_key': 'SECRET'",
        "Api-Key: SECRET",
        "password='SECRET'",
    ],
)
def test_what_may_be_a_key_is_left_out(key: str) -> None:
    for text in (key, f"before {key} after", f"[{key}]", f"http://here/v1/{key}/x"):
        assert "SECRET" not in concealed(text)
        assert "4815" not in concealed(text)
        assert "…" in concealed(text)


@pytest.mark.parametrize(
    "text",
    [
        "opnai/gpt-4o-audio-preview-2024-12-17",
        "loca/models/llama-3-8b-instruct-q4_k_m.gguf",
        "http://localhost:8000/v1",
        "max_tokens: 5",
        "tokens_per_minute=1000",
        "api_key_env",
        "task-model secret_sauce.jsonl",
        "",
    ],
)
def test_anything_else_is_shown(text: str) -> None:
    assert concealed(text) == text


def test_a_value_is_shown_as_python_writes_it_and_not_too_much_of_it() -> None:
    assert shown([1, "a"]) == "[1, 'a']"
    assert shown({"name": "openai/x", "api_key": "SECRET"}) == "{'name': 'openai/x', 'api_key': '…'}"
    assert shown("word " * 1000).startswith("'word word")
    assert len(shown("word " * 1000)) == MOST + 1


def test_of_what_should_be_plain_and_has_parts_only_that_is_told() -> None:
    assert [kind(each) for each in ({"a": "b"}, ["b"], "b", 3, None)] == ["a mapping", "a list", "'b'", "3", "None"]
