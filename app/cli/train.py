"""`parley train ...`: which recipe, and what is missing where it cannot run. The recipes read their own arguments."""

import argparse
from importlib import import_module
from typing import Any

from audio_io.errors import NotHere

RECIPES = {                      # name: module of engine.training, and what it does
    "simulate": ("dialogues.simulate", "labelled two-channel conversations, from a seed"),
    "encoder": ("encoder.train", "the voice encoder: assets/models/encoder.onnx"),
    "predictor": ("predictor.train", "the full-duplex predictor: assets/models/predictor.onnx"),
    "thresholds": ("predictor.thresholds", "the core's thresholds, chosen on a development set"),
    "aligned": ("aligned.train", "the joints of the profile aligned: models_dir/aligned"),
}
EXTRA = ("torch", "onnx", "sentencepiece", "tqdm")      # of the extra `train`
LOCAL = ("transformers", "safetensors", "tokenizers")   # of the extra `local`


def add_parser(commands: Any) -> None:
    """Adds `train` to the command line. What follows the recipe's name is for the recipe, `--help` too."""
    lines = "\n".join(f"  {name:12}{what}" for name, (_, what) in RECIPES.items())
    train = commands.add_parser(
        "train", help="make the weights and choose the thresholds",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description=f"Recipes:\n{lines}\n\n`parley train RECIPE --help` tells the options of each.",
    )  # fmt: skip
    train.add_argument("recipe", metavar="RECIPE", choices=tuple(RECIPES), help=", ".join(RECIPES))
    train.add_argument("arguments", nargs=argparse.REMAINDER, metavar="...", help="the recipe's own")


def run(args: argparse.Namespace) -> int:
    """-> exit code. Raises NotHere without PyTorch and its companions.

    A recipe has `main(list of arguments)`; one with `arguments(parser)` leaves the parsing to us.
    """
    try:
        recipe = import_module(f"engine.training.{RECIPES[args.recipe][0]}")
        given = args.arguments
        if hasattr(recipe, "arguments"):
            parser = argparse.ArgumentParser(prog=f"parley train {args.recipe}",
                                             description=(recipe.__doc__ or "").partition("\n")[0])  # fmt: skip
            recipe.arguments(parser)
            given = parser.parse_args(given)
        code = recipe.main(given)
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing in LOCAL:
            raise NotHere(f"train {args.recipe}: {error.name} is not installed; pip install 'parley[local]'") from error
        if missing not in EXTRA:
            raise
        raise NotHere(f"train {args.recipe}: {error.name} is not installed; pip install 'parley[train]'") from error
    return int(code)
