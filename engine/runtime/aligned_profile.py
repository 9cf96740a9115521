"""The profile `aligned`: the parts of `workstation`, joined by a checkpoint in `models_dir/aligned`."""

from dataclasses import replace
from typing import Any

from audio_io.errors import Trouble
from audio_io.notices import state
from engine.asr.recognisers import Recogniser
from engine.assistant.assistant import Assistant
from engine.llm import chat
from engine.llm import local_model as llm
from engine.nets import voice_lm
from engine.notices import NoticeCode
from engine.runtime import make_stages
from engine.runtime.aligned import FACTS, MAKE, Aligned, AlignedChat, AlignedRecogniser, Board, load
from engine.runtime.embedded import Parts
from engine.runtime.make_stages import Order, Speaking
from engine.tts.cosyvoice_model import CosyVoiceModel
from engine.tts.cosyvoice_tokens import VoiceTokens


def aligned(order: Order) -> Parts:
    """Raises NotHere without a checkpoint or one of the models it joins, Trouble where they do not fit together."""
    device = make_stages.device_of(order)
    folder = order.models / "aligned"
    joint = load(folder, device)
    order = replace(order, mind=replace(order.mind, model=order.mind.model or joint.facts.llm))
    make_stages.check_models(order)
    board = Board()

    def hear(order: Order) -> Recogniser:
        name = make_stages.found(order, "hears").name
        model = make_stages.sensevoice_model(order, make_stages.folder_of(order, name))
        fits(order, joint.facts.ears, model.net.cfg.width, name)
        return AlignedRecogniser(model, joint, board, order.language, order.lockstep)

    def speak(order: Order) -> Speaking:
        return make_stages.cosyvoice(order, board.meaning, lambda model: own_voice(order, joint, model))

    def think(order: Order, assistant: Assistant, voices: tuple[str, ...]) -> make_stages.Thinking:
        model = make_stages.chat_model(order)
        fits(order, joint.facts.input.llm, model.net.get_input_embeddings().weight.shape[1], order.mind.model)
        talk = AlignedChat(model.chat(llm.Sampling(temperature=order.mind.temperature)), joint, board)
        order.told(state(NoticeCode.READS_PERSONA))
        work, lasting, stop = chat.make_chat(talk, assistant, order.mind.persona, voices)
        talk.chat.tell(order.told)
        return make_stages.on_card(order, work, high=True), lasting, stop

    return make_stages.put_together(order, hear, speak, think)


def own_voice(order: Order, joint: Aligned, model: CosyVoiceModel) -> CosyVoiceModel:
    """The voice with the checkpoint's own language model, where it has one. Raises Trouble for another voice's."""
    cfg = model.tokens.lm.cfg
    fits(order, joint.facts.voice, cfg.hidden, model.folder.name)
    fits(order, joint.facts.voice_version, cfg.version, f"{model.folder.name}, a version")
    if not joint.voice:
        return model
    try:
        lm: Any = voice_lm.load(cfg, joint.voice, str(model.tokens.lm.device), model.tokens.lm.dtype)
    except RuntimeError as error:
        raise Trouble(f"{order.models / 'aligned'}: its voice does not fit {model.folder.name} "
                      f"({' '.join(str(error).split())[:90]}); {MAKE}") from error  # fmt: skip
    return replace(model, tokens=VoiceTokens(lm))


def fits(order: Order, made_for: int, has: int, name: str) -> None:
    if made_for != has:
        raise Trouble(f"{order.models / 'aligned' / FACTS}: was made for a model of {made_for}, {name} has {has}; "
                      f"{MAKE}, or choose the model that it was made for")  # fmt: skip
