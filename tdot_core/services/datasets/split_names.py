"""Which folder names say that they are a split."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

HOW = (
    "Name them: --split train=DIR --split test=DIR (repeatable, DIR inside the source); --split train=. takes every "
    "folder as a class."
)
_ROLE_OF = (
    dict.fromkeys(("train", "training", "trn", "trainset"), "train")
    | dict.fromkeys(
        ("test", "testing", "tst", "val", "valid", "validation", "dev", "eval", "evaluation", "holdout", "heldout")
        + ("query", "gallery", "testset", "valset", "devset"),
        "test",
    )
    | dict.fromkeys(
        ("unlabeled", "unlabelled", "unsup", "extra", "pred", "predict", "prediction", "predictions"), "neither"
    )
)
_TWO_WORDS = {("hold", "out"): "holdout", ("held", "out"): "heldout"}
_NEUTRAL = frozenset({"set", "data", "dataset", "images", "image", "imgs", "img", "split", "folder"})


@dataclass(frozen=True)
class SplitName:
    """Say what a folder's name means: role ("train", "test" or "neither") and the words beside it ("seg" of seg_train)."""

    role: str
    rest: str


def read_split_name(name: str) -> SplitName | None:
    """Return what a folder's name says about a split, None when no word or more than one role is in it.

    The name is cut at separators, digits and a capital after a small letter; case, digits and words such as "set" or
    "images" do not matter: train, TRAIN-2, trainA, train_set, seg_train, Validation, held_out.
    """
    plain = unicodedata.normalize("NFKC", name)
    words = [word.lower() for word in re.findall(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+(?![^\W\d_A-Z])", plain)]
    words = [plain.lower()] if plain.lower() in _ROLE_OF else _joined(words)
    roles = {_ROLE_OF[word] for word in words if word in _ROLE_OF}
    if "neither" in roles and len(roles) == 2:
        roles = {"neither"}
    if len(roles) != 1:
        return None
    rest = "_".join(word for word in words if word not in _ROLE_OF and word not in _NEUTRAL)
    return SplitName(roles.pop(), rest)


def _joined(words: list[str]) -> list[str]:
    """Return words with "held", "out" in one."""
    for at, pair in enumerate(zip(words, words[1:], strict=False)):
        if pair in _TWO_WORDS:
            return [*words[:at], _TWO_WORDS[pair], *words[at + 2 :]]
    return words
