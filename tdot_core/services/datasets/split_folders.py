"""Which folders are splits: the uppermost ones, or those inside each class."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tdot_core.errors import TdotError
from tdot_core.services.datasets.split_names import HOW, SplitName, read_split_name
from tdot_core.services.datasets.wrapping import Parts, Sides, folders_of, unwrap_alike

_BOTH = {"train", "test"}


@dataclass(frozen=True)
class Found:
    """Hold the splits that folders' names tell, and sentences about what was joined or left out."""

    sides: Sides
    notes: tuple[str, ...] = ()


def find_splits(parts_of: Parts) -> Found:
    """Return the splits of images whose common wrapping folders are gone; one side None when names tell none.

    Raises TdotError when names look like splits but do not tell which.
    """
    if found := _above(parts_of) or _below(parts_of):
        return found
    notes = _judge_classes(parts_of)
    _refuse_strays({None: parts_of})
    return Found({None: parts_of}, notes)


def _above(parts_of: Parts) -> Found | None:
    """Read splits from the uppermost folders, None when they are none."""
    tops = sorted(folders_of(parts_of))
    used = {top: name for top, name in _split_like(tops).items() if name.role in _BOTH}
    others = [top for top in tops if not read_split_name(top)]
    if {name.role for name in used.values()} != _BOTH:
        return None
    rests = {role: {name.rest for name in used.values() if name.role == role} for role in _BOTH}
    # my_train beside holdout: of two folders, one has a split's name and nothing else.
    if rests["train"] != rests["test"] and (len(tops) > 2 or "" not in rests["train"] | rests["test"]):
        if not others or rests["train"] & rests["test"]:
            raise _uncertain(tops)
        return None
    inner: dict[str | None, Parts] = {role: _inside(parts_of, used, role) for role in ("train", "test")}
    if others and not any(len(parts) > 1 for side in inner.values() for parts in side.values()):
        raise _uncertain(tops)
    _refuse_strays(inner)
    if len(rests["train"]) > 1:
        # horse_train beside horse_test and zebra_train beside zebra_test: the words beside the split are the classes.
        inner = {
            role: {path: [used[parts_of[path][0]].rest or "other", *rest] for path, rest in side.items()}
            for role, side in inner.items()
        }
    return Found(unwrap_alike(inner), (*_merged(used, parts_of), *_left_out(parts_of, set(used))))


def _split_like(tops: list[str]) -> dict[str, SplitName]:
    return {top: name for top in tops if (name := read_split_name(top))}


def _inside(parts_of: Parts, used: Mapping[str, SplitName], role: str) -> Parts:
    return {
        path: parts[1:]
        for path, parts in parts_of.items()
        if len(parts) > 1 and parts[0] in used and used[parts[0]].role == role
    }


def _uncertain(tops: list[str]) -> TdotError:
    return TdotError(f"Of the folders {_shown(tops)} it is not certain which are splits and which are classes. {HOW}")


def _shown(tops: list[str]) -> str:
    return ", ".join(top[:60] for top in tops[:8]) + (", ..." if len(tops) > 8 else "")


def _merged(used: Mapping[str, SplitName], parts_of: Parts) -> list[str]:
    counts = Counter(parts[0] for parts in parts_of.values() if len(parts) > 1)
    notes = []
    for role in ("train", "test"):
        joined = [top for top in sorted(used) if used[top].role == role]
        if len(joined) > 1:
            which = ", ".join(f"{top} ({counts[top]:,})" for top in joined)
            notes.append(f"The {role} split joins the folders {which}; --split keeps only those you name.")
    return notes


def _left_out(parts_of: Parts, used: set[str]) -> list[str]:
    counts = Counter(
        parts[0] if len(parts) > 1 else "." for parts in parts_of.values() if len(parts) == 1 or parts[0] not in used
    )
    if not counts:
        return []
    which = ", ".join(f"{top} ({n:,})" for top, n in sorted(counts.items())[:8])
    return [
        f"{sum(counts.values()):,} images beside the splits are left out: {which}. --split train=DIR takes them in."
    ]


def _below(parts_of: Parts) -> Found | None:
    """Read `<class>/train/x.png` beside `<class>/test/x.png`, None when it is not that."""
    second = {path: read_split_name(parts[1]) if len(parts) > 2 else None for path, parts in parts_of.items()}
    roles = {name.role for name in second.values() if name}
    if not roles >= _BOTH:
        return None
    if roles != _BOTH or not all(second.values()):
        raise TdotError(f"Folders named as splits lie inside other folders, but not in all of them. {HOW}")
    sides: dict[str | None, Parts] = {
        role: {p: [parts[0], *parts[2:]] for p, parts in parts_of.items() if (name := second[p]) and name.role == role}
        for role in ("train", "test")
    }
    _refuse_strays(sides)
    return Found(sides)


def _judge_classes(parts_of: Parts) -> tuple[str, ...]:
    """Say which class is named as a split; raises TdotError unless plainly more classes are not."""
    tops = sorted(folders_of(parts_of))
    like = _split_like(tops)
    loose = sum(len(parts) == 1 for parts in parts_of.values())
    if not like:
        return ()
    if len(tops) == len(like) > 1:
        raise TdotError(
            f"The folders {_shown(tops)} are named as splits, but not one for training and one for test. {HOW}"
        )
    several = len([name for name in like.values() if not name.rest]) > 1
    if several or len(tops) - len(like) <= len(like) or (len(tops) == 1 and loose):
        beside = [top for top in tops if top not in like] + (["images in no folder"] if loose else [])
        raise TdotError(
            f"{_shown(list(like))} is named as a split, but {_shown(beside)} beside it is not known as one. {_how(parts_of, tops, like)}"
        )
    return (
        f"{_shown(list(like))}, named as a split, is read as a class like the folders beside it; --split says otherwise.",
    )


def _how(parts_of: Parts, tops: list[str], like: Mapping[str, SplitName]) -> str:
    """Return HOW with the names of two folders filled in."""
    if len(tops) != 2 or len(like) != 1:
        return HOW
    path, parts = next(iter(parts_of.items()))
    above = path.removesuffix("/".join(parts))
    (named,), (other,) = like, [top for top in tops if top not in like]
    train, test = (named, other) if like[named].role == "train" else (other, named)
    first, second = (shlex.quote(f"{split}={above}{top}") for split, top in (("train", train), ("test", test)))
    return (
        f"Name them: --split {first} --split {second} (the first alone leaves the other out; --split train=. takes every "
        "folder as a class)."
    )


def _refuse_strays(sides: Sides) -> None:
    """Refuse folders named as splits below the class folders, unless they agree with where they lie."""
    below = {path: (split, _roles(parts[1:-1])) for split, side in sides.items() for path, parts in side.items()}
    alike = len({roles for _, roles in below.values()}) == 1
    for path, (split, roles) in below.items():
        if (roles - {split}) if split else (not alike or len(roles) > 1):
            raise TdotError(f"Folders named as splits lie deeper than they are looked for: {path[:120]!r}. {HOW}")
    for split, side in sides.items():
        if split and _roles(folders_of(side)) == _BOTH:
            raise TdotError(f"The {split} folder holds folders named as splits for training and for test. {HOW}")


def _roles(folders: Iterable[str]) -> frozenset[str]:
    return frozenset(name.role for name in map(read_split_name, folders) if name and name.role in _BOTH)
