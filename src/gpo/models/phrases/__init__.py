"""The offline stand-in for an optimizer model: a phrase editor, not a language model."""

DISCLOSURE = (
    "phrases is not a language model: it is a phrase editor that stands in for one, so that GPO runs without a key "
    "or a network. For real work use a real optimizer model."
)
