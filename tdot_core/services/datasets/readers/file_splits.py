"""Which files, or arrays in them, belong to which split."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from tdot_core.errors import TdotError
from tdot_core.services.datasets.readers.contract import Wish
from tdot_core.services.datasets.split_names import read_split_name

HOW_FILES = "Name them: --split train=FILE --split test=FILE (repeatable, FILE as listed here)."


def role_of(path: str) -> str | None:
    """Return what the parts of a path say, the last one first: "train", "test", "neither", or None."""
    for part in reversed(path.split("/")):
        if name := read_split_name(part.partition(".")[0]):
            return name.role
    return None


def split_files(
    paths: Sequence[str],
    wish: Wish,
    notes: list[str],
    role: Callable[[str], str | None] = role_of,
) -> Mapping[str, str | None]:
    """Return the split of each path that is used; None for all of them when they tell no splits, or are one set. Says what
    is left out.

    Raises TdotError when names look like splits but do not tell which.
    """
    if wish.one_set:
        notes += [f"Together: {_shown(paths)}."] if len(paths) > 1 else []
        return dict.fromkeys(paths)
    wished = wish.splits
    roles = _wished(paths, wished) if wished else {path: role(path) for path in paths}
    kept = {path: found for path, found in roles.items() if found in ("train", "test")}
    left = [path for path in paths if path not in kept]
    if set(kept.values()) == {"train", "test"}:
        if any(roles[path] is None for path in left) and not wished:
            raise TdotError(f"Of {_shown(paths)} it is not certain which are splits. {HOW_FILES}")
        _say(notes, kept, left)
        return kept
    if wished:
        if "train" not in kept.values():
            raise TdotError("--split names no training images. Add --split train=FILE.")
        _say(notes, kept, left)
        return dict.fromkeys(kept)
    if len(paths) > 1 and kept and left:
        raise TdotError(f"Of {_shown(paths)} only {_shown(list(kept))} is named as a split. {HOW_FILES}")
    if len(paths) > 1 and not kept and "neither" in roles.values():
        raise TdotError(f"Of {_shown(paths)} some are named as parts that are not used for training. {HOW_FILES}")
    return dict.fromkeys(paths)


def _wished(paths: Sequence[str], wished: Sequence[tuple[str, str]]) -> dict[str, str | None]:
    found: dict[str, str | None] = dict.fromkeys(paths)
    for split, wish in wished:
        plain = wish.removeprefix("./").strip("/")
        hit = [path for path in paths if plain in (".", path) or path.startswith(f"{plain}/")]
        if not hit:
            raise TdotError(f"--split {split}={wish[:80]} names nothing here. There is: {_shown(paths)}.")
        if twice := [path for path in hit if found[path]]:
            raise TdotError(f"{twice[0][:80]!r} is named twice by --split. Name each part once.")
        found |= dict.fromkeys(hit, split)
    return found


def _say(notes: list[str], kept: Mapping[str, str], left: Sequence[str]) -> None:
    for split in ("train", "test"):
        words = {path for path, found in kept.items() if found == split}
        stems = {(role_word(path)) for path in words}
        if len(stems) > 1:
            notes.append(f"The {split} split joins {_shown(sorted(words))}; --split keeps only those you name.")
    if left:
        notes.append(f"Left out, being of no split: {_shown(left)}.")


def role_word(path: str) -> str:
    """Return the letters of the part that tells the split, without digits: train-00000-of-00002 and train-00001 are one."""
    for part in reversed(path.split("/")):
        if read_split_name(part.partition(".")[0]):
            return "".join(c for c in part.partition(".")[0].lower() if c.isalpha())
    return ""


def _shown(paths: Sequence[str]) -> str:
    return ", ".join(path[:60] for path in list(paths)[:8]) + (", ..." if len(paths) > 8 else "")
