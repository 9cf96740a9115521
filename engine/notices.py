"""What can be told to the user besides what happens in the conversation: codes with arguments, as `audio_io.notices`.

`NoticeCode` says what is the matter, `Advice` what to do about it; a code's value is its English.
"""

# ruff: noqa: E501  a table of texts is better read in one line each

from enum import unique

from audio_io.notices import QT_TRANSLATE_NOOP, Code


@unique
class NoticeCode(Code):
    # the conversation
    NO_ANSWER_IN_TIME = QT_TRANSLATE_NOOP("Notices", "No answer came in time.")
    RECOGNISER_TOO_SLOW = QT_TRANSLATE_NOOP("Notices", "The recogniser cannot keep up, words may be missed.")
    STAGE_FAILED = QT_TRANSLATE_NOOP("Notices", "{stage}: {error}")
    NOT_SPOKEN = QT_TRANSLATE_NOOP("Notices", "This could not be said: {text}")
    STILL_BUSY = QT_TRANSLATE_NOOP("Notices", "it is still busy with what nobody wants any more")
    THREAD_STOPPED = QT_TRANSLATE_NOOP("Notices", "{thread} stopped: {error}")
    TROUBLE = QT_TRANSLATE_NOOP("Notices", "{trouble}")
    # how it is started, and started again
    DEVICES_IN_USE = QT_TRANSLATE_NOOP("Notices", "{input} → {output}")
    NAMES_IN_USE = QT_TRANSLATE_NOOP("Notices", "microphone: {input}; loudspeaker: {output}")
    HOW_TO_PUSH = QT_TRANSLATE_NOOP("Notices", "push to talk: press Enter, speak, press Enter again")
    NEW_SETTINGS = QT_TRANSLATE_NOOP("Notices", "The conversation starts again with the new settings.")
    CANNOT_BE_ENDED = QT_TRANSLATE_NOOP("Notices", "The conversation cannot be ended ({error}). Start Parley again.")
    STUCK = QT_TRANSLATE_NOOP("Notices", "The conversation stands still; it is started again.")
    STUCK_AGAIN = QT_TRANSLATE_NOOP("Notices", "The conversation stands still again and again. Run `parley doctor`, then start Parley again.")
    GOES_ON = QT_TRANSLATE_NOOP("Notices", "The conversation goes on.")
    CANNOT_START = QT_TRANSLATE_NOOP("Notices", "The conversation could not be started.")
    FAULT = QT_TRANSLATE_NOOP("Notices", "An error that Parley does not know: {error}")
    # what is loaded, and what has to do without
    READS_EARS = QT_TRANSLATE_NOOP("Notices", "{name}: reads what listens")
    READS_MIND = QT_TRANSLATE_NOOP("Notices", "{name}: reads what thinks")
    READS_MIND_AT = QT_TRANSLATE_NOOP("Notices", "{name}: reads what thinks ({precision})")
    READS_PERSONA = QT_TRANSLATE_NOOP("Notices", "reads the persona")
    READS_VOICE_LM = QT_TRANSLATE_NOOP("Notices", "{name}: reads the voice's language model")
    READS_FLOW = QT_TRANSLATE_NOOP("Notices", "{name}: reads the flow and the vocoder")
    PREPARES_VOICE = QT_TRANSLATE_NOOP("Notices", "{name}: prepares the voice")
    ASKS_SERVER = QT_TRANSLATE_NOOP("Notices", "asks the server at {address}")
    PROFILE_READY = QT_TRANSLATE_NOOP("Notices", "{name}: ready")
    OTHER_LISTENS = QT_TRANSLATE_NOOP("Notices", "{lack}; until then {name} listens")
    SMALL_LISTENS = QT_TRANSLATE_NOOP("Notices", "{lack}; until then Parley's own small recogniser listens, which understands much less")
    OTHER_SPEAKS = QT_TRANSLATE_NOOP("Notices", "{lack}; until then {name} speaks")
    NATURAL_VOICE_MISSING = QT_TRANSLATE_NOOP("Notices", "the natural voice is missing: {lack}; until then eSpeak NG speaks")
    NEXT_SOURCE = QT_TRANSLATE_NOOP("Notices", "{lack}; the next source is used")
    NO_SOURCE = QT_TRANSLATE_NOOP("Notices", "none of its sources could be used; what has come is kept, try again later ({why})")
    NO_CHAT_MODEL = QT_TRANSLATE_NOOP("Notices", "no chat model: {trouble}")
    CHAT_WANTED = QT_TRANSLATE_NOOP("Notices", "a chat model could answer this")
    CHAT_JOINED = QT_TRANSLATE_NOOP("Notices", "the chat model has joined the conversation")
    CHAT_SLOW = QT_TRANSLATE_NOOP("Notices", "{name}: {speed} words or parts of words a second is too slow to talk to; a smaller chat model answers sooner (brain.model)")
    NO_TOOLS = QT_TRANSLATE_NOOP("Notices", "{name}: the server takes no tools with this model, so it can only talk; another model can set timers, too")
    SERVER_LOADS = QT_TRANSLATE_NOOP("Notices", "{address}: the server is still loading its model; it is waited for")
    SERVER_SILENT = QT_TRANSLATE_NOOP("Notices", "{address}: no answer yet; the server may be loading its model")
    CHAT_STEPWISE = QT_TRANSLATE_NOOP("Notices", "{name}: tokens are computed operation by operation: {why}")
    VOICE_LM_STEPWISE = QT_TRANSLATE_NOOP("Notices", "{name}: the voice's language model is computed operation by operation: {why}")
    FLOW_SLOWER = QT_TRANSLATE_NOOP("Notices", "{name}: the flow is computed {how}: recorded it would answer sooner, but {why}")
    VOICE_LATER = QT_TRANSLATE_NOOP("Notices", "the voice: it answers later than others would: {why}")
    AVERAGE_VOICE = QT_TRANSLATE_NOOP("Notices", "the voice: no recording and no speaker is chosen, so CosyVoice speaks in its average voice; a voice file with a prompt gives it another")
    # settings and voices
    SETTINGS_NOT_SAVED = QT_TRANSLATE_NOOP("Notices", "The settings hold, but were not saved: {trouble}")
    NOT_SAVED = QT_TRANSLATE_NOOP("Notices", "not saved: {trouble}")
    VOICE_LEFT_OUT = QT_TRANSLATE_NOOP("Notices", "a voice of your own is left out: {trouble}")
    VOICES_LEFT_OUT = QT_TRANSLATE_NOOP("Notices", "voices of your own are left out: {trouble}")
    # what is kept
    NO_LONGER_KEPT = QT_TRANSLATE_NOOP("Notices", "notes and timers are no longer kept: {error}; start Parley again")
    TIMERS_DAMAGED = QT_TRANSLATE_NOOP("Notices", "{path}: is damaged; it is kept as {aside}, and {n} of its timers can be read and run on")
    TIMERS_LOST = QT_TRANSLATE_NOOP("Notices", "{path}: is damaged; it is kept as {aside}, and what timers it held is not known")
    RECORDING = QT_TRANSLATE_NOOP("Notices", "recording to {path}")
    RECORDING_STOPPED = QT_TRANSLATE_NOOP("Notices", "recording stopped: {error}")
    TRACE_SAVED = QT_TRANSLATE_NOOP("Notices", "the last minute is in {folder}")
    TRACE_NOT_SAVED = QT_TRANSLATE_NOOP("Notices", "the trace was not saved: {error}")
    SAVED = QT_TRANSLATE_NOOP("Notices", "Saved: {path}")
    FILE_NOT_SAVED = QT_TRANSLATE_NOOP("Notices", "{path} was not saved: {error}.")


@unique
class Advice(Code):
    SAY_IT_AGAIN = QT_TRANSLATE_NOOP("Notices", "Say it again.")
    FREE_THE_COMPUTER = QT_TRANSLATE_NOOP("Notices", "Close other programs or choose a smaller profile.")
    NEXT_SENTENCE = QT_TRANSLATE_NOOP("Notices", "It is tried again with the next sentence.")
    START_AGAIN = QT_TRANSLATE_NOOP("Notices", "Start Parley again.")
    MEND_OR_CHOOSE = QT_TRANSLATE_NOOP("Notices", "Mend it, or choose otherwise in the settings.")
    REPORT_AND_CHOOSE = QT_TRANSLATE_NOOP("Notices", "Choose otherwise in the settings, and please report this line: it is a fault in Parley.")
    REPORT = QT_TRANSLATE_NOOP("Notices", "Please report this line: it is a fault in Parley.")
    READ_AT_NEXT_START = QT_TRANSLATE_NOOP("Notices", "It is read again at the next start.")
    TOLD_AT_NEXT_START = QT_TRANSLATE_NOOP("Notices", "It is told at the next start.")
    OTHER_FOLDER = QT_TRANSLATE_NOOP("Notices", "Choose another folder.")
