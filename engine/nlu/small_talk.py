"""From a request to what is said about it: talk, the voice, games, tales, and what is out of reach."""

import re
from dataclasses import replace

from engine.messages import Change, Say, Used
from engine.nlu.answers import Answer, Turn, speak
from engine.nlu.normalise import distance
from engine.nlu.phrases import LONGEST, phrases, said_back
from engine.nlu.request import Request
from engine.nlu.tales import bare, rest_of, tales, untold
from engine.nlu.talk import beyond
from engine.tts.number_words import listed, number_words
from engine.tts.styles import back_to_normal

SAYINGS: dict[str, tuple[str, ...]] = {  # several: the next one each time, so that thanks twice is not an echo
    "greeting": ("Hello. What can I do for you?", "Hi there.", "Hello again."),
    "how_are_you": ("I'm well, thank you. How are you?", "Very well, thanks.", "Fine, and ready when you are."),
    "thanks": ("You're welcome.", "My pleasure.", "Any time."),
    "goodbye": ("Goodbye.", "See you soon.", "Take care."),
    "name": ("I'm Parley, a voice assistant that runs on your own computer.",),
    "bot": ("I'm a program. No human is listening, and nothing leaves your computer.",),
    "maker": ("I'm Parley, an open source project. I run here, on your own machine.",),
    "age": ("I'm as old as my last start. Programs have it easy.",),
    "hear_me": ("Yes, I can hear you.", "I'm here."),
    "yes": ("Okay.", "Good.", "All right."),
    "no": ("Okay.", "All right. Say it another way, and I'll try again.", "Fine."),
    "okay": ("Okay.", "Mm-hm.", "All right."),
    "wait": ("Take your time.", "I'll wait."),
    "cancel": ("Okay, never mind.", "All right."),
    "life": ("Some say forty-two. I say: good company, and enough sleep.",),
    "love": ("I'm only a program, but I like our talks.", "That is kind of you to say."),
    "empty": ("I'm listening.", "Go on, I'm listening.", "Sorry, I didn't catch that."),
    "help": (
        "I can tell you the time anywhere, and what day it is. I set timers, alarms and reminders. "
        "I do sums and convert units. I take notes, spell words, and tell stories, jokes and facts. "
        "You can also ask me to speak slower, louder, or with another voice.",
    ),
}
_VOICES = "Male or female, and British, American or Scottish: which would you like?"
_CHANGED = {
    ("rate", True): "Okay, a bit faster.", ("rate", False): "Okay, more slowly.", ("volume", True): "Okay, louder.",
    ("volume", False): "Okay, quieter.", ("pitch", True): "Okay, higher.", ("pitch", False): "Okay, lower.",
}
_SOUNDS = {
    "happy": "Okay, I'm glad to. How is this?", "sad": "If you like. Everything sounds sad now.",
    "angry": "All right. Now I sound angry.", "fearful": "Oh dear. Now I sound afraid.",
    "surprised": "Oh! Now I sound surprised.", "calm": "Okay. Nice and calm.", "excited": "Okay! This is exciting.",
    "neutral": "Okay, I'm myself again.", "soft": "Okay, gently now.", "loud": "Okay, loud it is.",
    "whisper": "Okay, I'm whispering now.", "robot": "Okay. I am a robot.",
    "storyteller": "Very well. Once upon a time, like this.", "slow-and-clear": "Okay. Slowly, and clearly.",
    "plain": "Okay, I'll speak as always.",
}
COUNT_MOST = 200


def say(request: Request, turn: Turn) -> Answer:
    """One of the sayings; which one is settled by how often the user has been there."""
    sayings = SAYINGS[request.name]
    heard = bare(" ".join(e.heard for e in turn.prompt.past[-6:]))
    fresh = [s for s in sayings if bare(phrases(s)[0]) not in heard]
    text = (fresh or list(sayings))[0]
    yield from speak(text, asks=text.endswith("?"))


def stop(request: Request, turn: Turn) -> Answer:
    """Silence is the answer."""
    yield from ()


def repeat(request: Request, turn: Turn) -> Answer:
    """Perhaps with a feeling, in a manner or at a rate: then only this once."""
    last = next((e.heard for e in reversed(turn.prompt.past) if e.heard.strip()), "")
    how = tuple(request.slots.get("how", ()))
    for piece in speak(last or "I haven't said anything yet."):
        yield replace(piece, how=how) if isinstance(piece, Say) and last else piece


def go_on(request: Request, turn: Turn) -> Answer:
    """The rest of a story that was interrupted."""
    for exchange in reversed(turn.prompt.past[-6:]):
        if (rest := rest_of(exchange.heard)):
            yield Used("story", {"from": len(rest)}, "the rest")
            for line in rest:
                yield from speak(line)
            return
    yield from speak("There is nothing left to say. Ask me something.")


# -- the voice --------------------------------------------------------------------------------------
def style(request: Request, turn: Turn) -> Answer:
    slots = request.slots
    yield Used("style", {slots["field"]: slots["value"]}, "changed")
    yield Change(slots["field"], slots["value"])
    yield Say(_CHANGED[slots["field"], slots["more"]] if isinstance(slots["value"], str) else "Okay. How is this?")


def normal(request: Request, turn: Turn) -> Answer:
    changes = back_to_normal(request.slots["fields"])
    yield Used("style", {change.field: change.value for change in changes}, "changed")
    yield from changes
    yield Say("Okay, back to normal.")


def manner(request: Request, turn: Turn) -> Answer:
    """A feeling or a manner of speaking, until it is changed again; heard from this answer on."""
    field, value = request.slots["field"], request.slots["value"]
    yield Used("style", {field: value}, "changed")
    yield Change(field, value)
    yield Say(_SOUNDS[value])


def voices(request: Request, turn: Turn) -> Answer:
    names = list(turn.voices)
    yield Used("voices", {}, " ".join(names))
    many = f"I have {number_words(len(names))} voices with names: " if len(names) > 1 else "I have one voice: "
    yield from speak(f"{many}{listed(names)}. Say for instance: use the voice {names[0]}." if names else _VOICES)


def voice(request: Request, turn: Turn) -> Answer:
    if request.missing:
        yield from speak(_VOICES, asks=True)
        return
    name = request.slots.get("voice") or _voice_called(request.slots["named"], turn)
    if not name:
        near = list(turn.voices)[:4]
        yield from speak(f"I have no voice called {request.slots['named']}. There is {listed(near)}, for instance."
                         if near else f"I have no voice called {request.slots['named']}.")  # fmt: skip
        return
    yield Used("voice", {"voice": name}, "changed")
    yield Change("voice", name)
    yield Say("Okay. This is my other voice.")


def _voice_called(said: str, turn: Turn) -> str:
    """The preset whose name was said, or very nearly; "" for none."""
    spoken = {re.sub(r"[\W_]+", " ", name.lower()).strip(): name for name in turn.voices}
    close = [name for key, name in spoken.items() if len(key) > 3 and distance(said, key, 1) <= 1]
    return spoken.get(said) or spoken.get(said.split()[0]) or (close[0] if len(close) == 1 else "")


# -- games ------------------------------------------------------------------------------------------
def coin(request: Request, turn: Turn) -> Answer:
    side = turn.assistant.chance.coin()
    yield Used("coin", {}, side)
    yield Say(f"It's {side}.")


def dice(request: Request, turn: Turn) -> Answer:
    sides, count = request.slots["sides"], request.slots["count"]
    if not 2 <= sides <= 1000 or not 1 <= count <= 10:
        yield from speak("I have up to ten dice, with two to a thousand sides.")
        return
    rolled = turn.assistant.chance.dice(sides, count)
    yield Used("dice", {"sides": sides, "count": count}, " ".join(map(str, rolled)))
    total = f", {number_words(sum(rolled))} together" if count > 1 else ""
    yield from speak(f"I rolled {listed([number_words(n) for n in rolled])}{total}.")


def random(request: Request, turn: Turn) -> Answer:
    low, high = request.slots["low"], request.slots["high"]
    said = number_words(turn.assistant.chance.number(low, high))
    yield Used("random", {"low": low, "high": high}, said)
    yield from speak(f"{said.capitalize()}.")


def count(request: Request, turn: Turn) -> Answer:
    a, b = request.slots["a"], request.slots["b"]
    if abs(b - a) >= COUNT_MOST:
        yield from speak("That would take too long. I count up to two hundred numbers.")
        return
    yield Used("count", {"from": a, "to": b}, f"{abs(b - a) + 1} numbers")
    numbers = [number_words(n) for n in range(a, b + (1 if b >= a else -1), 1 if b >= a else -1)]
    for i in range(0, len(numbers), 5):
        last = i + 5 >= len(numbers)
        yield Say(", ".join(numbers[i : i + 5]) + ("." if last else ","))


def spell(request: Request, turn: Turn) -> Answer:
    word = request.slots.get("word") or ""
    if not word:
        yield Say("Which word?", asks=True)
        return
    letters = [c.upper() for c in word if c.isalpha()]
    yield Used("spell", {"word": word}, "-".join(letters))
    yield Say(f"{word.capitalize()}:")
    for i in range(0, len(letters), LONGEST):
        yield Say(", ".join(letters[i : i + LONGEST]) + ("." if i + LONGEST >= len(letters) else ","))


def tale(request: Request, turn: Turn) -> Answer:
    """story, joke and fact"""
    kind, about = request.name, request.slots.get("about") or ""
    heard = [e.heard for e in turn.prompt.past]
    told = untold(kind, heard, turn.assistant.chance.order(len(tales()[kind])), about)
    yield Used(kind, {"about": about} if about else {}, told[0])
    if about and about not in bare(" ".join(told)):
        yield from speak(f"I have no {kind} about {said_back(about)}, but here is another one.")
    for line in told:
        yield from speak(line)


def unknown(request: Request, turn: Turn) -> Answer:
    """In one friendly sentence that it can't, and what would help."""
    what = beyond(request.slots.get("said", ""))
    if what:
        yield from speak(f"I'm sorry, I can't {what}.")
    else:
        yield from speak("I can't answer that yet, but I could with a chat model: the settings have one, under Models.")
