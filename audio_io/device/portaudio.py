"""PortAudio's device table, and which two of its devices a choice means. Pure, except `read_table` and `load`."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from audio_io.errors import NotHere, Trouble, WrongUse
from audio_io.notices import DeviceCode, state
from audio_io.worker_messages import Listed, Side, Table

BUSY, NO_RATE, NO_CHANNELS, NO_PAIR = -9985, -9997, -9998, -9993      # PaErrorCode
ALSA_BUSY = -16                                  # EBUSY, what ALSA says beneath "unanticipated host error"
WINDOWS_FIRST = "Windows WASAPI"                 # PortAudio's own default there is MME, 100 ms later


@dataclass(frozen=True, slots=True)
class DeviceChoice:
    """Part of a device's name, or its number in the list, or None for the system's default; each side for itself."""

    input: str | int | None = None
    output: str | int | None = None

    @property
    def is_default(self) -> bool:
        return not named(self.input) and not named(self.output)


def named(wish: str | int | None) -> bool:
    """Whether a wish names a device at all; `default` and an empty name do not."""
    return isinstance(wish, int) or (wish is not None and wish.strip().lower() not in ("", "default"))


def load() -> Any:
    """-> the `sounddevice` module. Raises NotHere where PortAudio or the module is missing."""
    try:
        import sounddevice
    except ModuleNotFoundError as error:
        raise NotHere(f"the Python package {error.name} is missing: pip install sounddevice") from error
    except OSError as error:
        raise NotHere(f"sound needs the PortAudio library ({error}): "
                      "sudo apt install libportaudio2 (Debian, Ubuntu) or sudo dnf install portaudio (Fedora)"
                      ) from error
    return sounddevice


def read_table(sd: Any) -> Table:
    """What PortAudio saw when it was started in this process."""
    apis = sd.query_hostapis()
    devices = tuple(
        Listed(i, d["name"], apis[d["hostapi"]]["name"], d["max_input_channels"], d["max_output_channels"],
               int(d["default_samplerate"]), d["default_low_input_latency"], d["default_low_output_latency"])
        for i, d in enumerate(sd.query_devices())
    )
    hosts = [(a["name"], a["default_input_device"], a["default_output_device"]) for a in apis]
    first = {i for i in tuple(sd.default.device) if i >= 0}
    hosts.sort(key=lambda h: h[0] != WINDOWS_FIRST and not first & {h[1], h[2]})     # stable: the rest as they are
    return Table(devices, tuple(hosts))


def find(wish: str | int, side: Side, table: Table) -> tuple[Listed, ...]:
    """All devices that a wish may mean, the likeliest first. Raises WrongUse, with the list, if there is none."""
    able = [d for d in table.devices if d.has(side)]
    text = str(wish).strip().lower()
    exact = [d for d in able if text in (d.name.lower(), d.full_name.lower())]
    found = exact or [d for d in able if text in d.full_name.lower()]
    if text.isdecimal() and not exact:
        found = [d for d in able if d.index == int(text)]
    if not found:
        raise WrongUse(f"no {side} device is called {wish!r} (unplugged, or in use by another program?); "
                       f"there is: {str(table) or 'none'}")
    order = [name for name, _, _ in table.hosts]
    return tuple(sorted(found, key=lambda d: order.index(d.host)))


def pairs(choice: DeviceChoice, table: Table) -> Iterator[tuple[Listed, Listed]]:
    """-> (input, output) to try, in order. Both belong to one host: only then they share a clock and a callback.

    Raises NotHere without a microphone or loudspeaker, WrongUse for a name that means nothing.
    """
    for lacking, able in ((DeviceCode.NO_MICROPHONE, table.inputs), (DeviceCode.NO_LOUDSPEAKER, table.outputs)):
        if not able:
            raise NotHere(state(lacking))
    ins, outs = _wanted(choice.input, "input", table), _wanted(choice.output, "output", table)
    both = [(i, o) for i in ins for o in outs if i.host == o.host]
    if not both:
        raise WrongUse(f"{ins[0].full_name} and {outs[0].full_name} belong to different sound systems and cannot "
                       f"run as one stream: choose both from one of them; there is: {table}")
    yield from sorted(both, key=lambda p: "jack" in (p[0].name, p[1].name))   # ALSA's detour to JACK comes last


def _wanted(wish: str | int | None, side: Side, table: Table) -> tuple[Listed, ...]:
    if wish is not None and named(wish):
        return find(wish, side, table)
    defaults = (table.default(host, side) for host, _, _ in table.hosts)
    return tuple(d for d in defaults if d is not None and d.has(side))


def in_words(error: Exception, devices: tuple[Listed, Listed]) -> Trouble:
    """What a PortAudioError means for the user."""
    code = error.args[1] if len(error.args) > 1 else 0
    host = error.args[2][1] if len(error.args) > 2 else 0
    names = " and ".join(dict.fromkeys(d.full_name for d in devices))
    if code == BUSY or host == ALSA_BUSY:
        return NotHere(state(DeviceCode.IN_USE, names=names))
    if code == NO_PAIR:
        return WrongUse(f"{names}: cannot run as one stream; choose both from one sound system")
    return NotHere(state(DeviceCode.CANNOT_BE_OPENED, names=names, error=str(error.args[0])))
