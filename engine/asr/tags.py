"""How something was said, in plain words for whoever answers: "the user sounds sad". Pure."""

from engine.messages import HeardTags

LANGUAGES = {"zh": "Chinese", "yue": "Cantonese", "ja": "Japanese", "ko": "Korean"}
FEELINGS = frozenset(("happy", "sad", "angry", "fearful", "disgusted", "surprised"))
EVENTS = {"laughter": "laughs", "cry": "cries", "cough": "coughs", "sneeze": "sneezes", "sing": "sings",
          "applause": "claps", "bgm": "has music playing"}  # fmt: skip


def noticed(tags: HeardTags) -> tuple[str, ...]:
    """What is worth telling, a few words each. English, a neutral voice and plain speech are not."""
    told = []
    if tags.language in LANGUAGES:
        told.append(f"the user speaks {LANGUAGES[tags.language]}")
    if tags.emotion in FEELINGS:
        told.append(f"the user sounds {tags.emotion}")
    if tags.event in EVENTS:
        told.append(f"the user {EVENTS[tags.event]}")
    return tuple(told)
