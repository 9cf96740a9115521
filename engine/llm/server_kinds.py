"""What chat servers and models do not take, and how they say so; which models think aloud, which cannot chat."""

import re
from collections.abc import Collection

LIMITS = (1500, 500, 200)        # tokens of one answer; the smaller ones for a server with a small context
LOADING_POLLS = 100              # of silence (5 s), after which the user is told
PERHAPS = 200                    # letters of the first answer kept back: a thought that nobody has opened may end
LONG_THOUGHT = 20_000            # the same for a model that is known to think
THINKERS = re.compile(r"r1\b|qwq|think|reason|magistral|deephermes", re.IGNORECASE)
NO_CHAT = re.compile(r"embed|rerank|whisper|\btts|clip|\bbge|\bgte|\be5\b|minilm|guard|moderation|dall-?e|transcribe|"
                     r"ocr|\bsd(xl)?\b|flux|diffusion", re.IGNORECASE)  # fmt: skip
TOO_LONG = ("context length", "context size", "context window", "maximum context", "exceed_context", "too many tokens",
            "prompt is too long", "n_ctx", "context_length", "available context")  # fmt: skip
OPTIONS: dict[str, object] = {      # no thinking aloud while somebody waits; what a server refuses is left out
    "chat_template_kwargs": {"enable_thinking": False},          # vLLM, SGLang, llama.cpp, `transformers serve`
    "reasoning_effort": "none",  # Ollama, which thinks unless it is told so, OpenAI and newer llama.cpp
}
REFUSED = {                      # words in a server's error -> what it does not take; the first that fits
    "max_tokens": ("max_tokens", "max_completion_tokens"), "temperature": ("temperature",),
    "tools": ("tool", "function call", "functions are not"),
    "system": ("system role", "system message", "role 'system'", "role \"system\"", "system prompt", "role: system",
               "roles must alternate", "developer instruction"),
}  # fmt: skip
THINK = ("think value", "support thinking")      # how Ollama refuses it for some models, besides by its name


def refused(said: str, options: Collection[str], known: Collection[str]) -> str:
    """said: a server's error. options: of OPTIONS, those that were sent. known: what it has refused before.

    -> what the error is about: one of the options, `context`, or a key of REFUSED; empty for none of it.
    """
    named = next((option for option in options if option in said), "")
    if not named and "reasoning_effort" in options and any(words in said for words in THINK):
        return "reasoning_effort"
    said = said.lower()
    if named or any(words in said for words in TOO_LONG):
        return named or "context"
    found = (what for what, words in REFUSED.items() if what not in known and any(word in said for word in words))
    return next(found, "")
