"""The predictors there are, by name. `rules` runs everywhere; `trained` needs the models that `parley train` makes."""

from pathlib import Path
from typing import TYPE_CHECKING

import assets
from audio_io.errors import NotHere, WrongUse

if TYPE_CHECKING:                # the settings know these names long before anything is to be loaded
    from engine.duplex.predictor import Predictor

NAMES = ("rules", "trained")
DEFAULT = "trained"              # what the product uses
MODELS = Path(assets.__path__[0], "models")
FILES = ("encoder.onnx", "pieces.txt", "predictor.onnx")


def make_predictor(name: str = DEFAULT, models: Path = MODELS) -> "Predictor":
    """models: the folder of the trained networks. Raises WrongUse for a name that is none, NotHere without models."""
    if name == "rules":
        from engine.duplex.rules import RulePredictor

        return RulePredictor()
    if name != "trained":
        raise WrongUse(f"{name!r} is not a predictor: {' or '.join(NAMES)}")
    missing = [file for file in FILES if not (models / file).is_file()]
    if missing:
        raise NotHere(f"{models / missing[0]}: is missing, so there is no trained predictor here; run `parley train` "
                      "or choose the rules")
    from engine.asr.encoder import VoiceEncoder
    from engine.duplex import network
    from engine.duplex.ensemble import EnsemblePredictor

    return EnsemblePredictor(network.load(models, VoiceEncoder(models)))
