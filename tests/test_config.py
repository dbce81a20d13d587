"""Settings of runs made before a field was added: what they meant, and what their hashes were."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tdot_core.config import build_config, identity, joined, recorded_config, setting
from tdot_core.errors import TdotError


@dataclass(frozen=True)
class Config:
    """As a run was made with it."""

    width: int = setting(8, "Channels", low=1)
    name: str = setting("a", "Name")


Earlier = Config


@dataclass(frozen=True)
class Later(Config):
    """With a field added since, under the name that it had."""

    target: str = setting("new", "What is learned", choices=("old", "new"), before="old")


Later.__name__ = Later.__qualname__ = "Config"


def test_an_earlier_run_means_what_it_did_without_the_field() -> None:
    assert recorded_config(Later, {"width": 4, "name": "b"}).target == "old"
    assert recorded_config(Later, {"target": "new"}).target == "new"
    assert build_config(Later, {"width": 4}).target == "new"


def test_what_was_recorded_is_checked_as_well() -> None:
    with pytest.raises(TdotError, match="width"):
        recorded_config(Later, {"width": 0})
    with pytest.raises(TdotError, match="Unknown setting 'depth'"):
        recorded_config(Later, {"depth": 1})


def test_the_hashed_text_is_the_representation_of_before() -> None:
    earlier = Earlier(width=4)
    assert identity(earlier) == repr(earlier)
    assert identity(recorded_config(Later, {"width": 4})) == repr(earlier)
    assert identity(Later(width=4)) == "Config(width=4, name='a', target='new')"


@dataclass(frozen=True)
class Part:
    """What a plug-in adds."""

    part_steps: int = setting(3, "Steps", low=1)


def test_settings_of_plug_ins_join_and_leave_earlier_hashes_alone() -> None:
    Joined = joined("Config", Config, Part)
    assert identity(recorded_config(Joined, {"width": 4})) == repr(Earlier(width=4))
    assert identity(build_config(Joined, {"part_steps": 5})) == "Config(width=8, name='a', part_steps=5)"
    with pytest.raises(TdotError, match="part_steps"):
        build_config(Joined, {"part_steps": 0})
    with pytest.raises(TypeError, match="part_steps is a setting already"):
        joined("Config", Config, Part, Part)
