"""The processes that torchrun or Ray started for one training: joined, one leading, the others following it."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from tdot_core.errors import TdotError
from tdot_core.services.runs.store import Run, find_run

GO, STOP, REFUSED = "go", "stop", "refused"
PATIENCE = timedelta(days=1)
"""What others wait for the first, which may stand in line for the device."""


def of_several() -> bool:
    """Tell whether this process was started as one of several: torchrun and Ray Train set WORLD_SIZE and RANK."""
    return os.environ.get("WORLD_SIZE", "1") not in ("", "1") and "RANK" in os.environ


def leads() -> bool:
    """Tell whether this process is the first of those started for one training, which alone writes and can be stopped."""
    return not of_several() or os.environ["RANK"] == "0"


@contextmanager
def joined(device: str) -> Iterator[None]:
    """Join the other processes inside the block, by nccl on CUDA and gloo elsewhere; a process started alone joins nobody.

    Inside another such block it does nothing. Raises TdotError when they cannot be reached.
    """
    if not of_several():
        yield
        return
    import torch
    import torch.distributed as dist

    from tdot_core.services.compute.device import find_device

    if dist.is_initialized():  # by the command, around creating the run, or by Ray
        yield
        return
    cuda = find_device(device).type == "cuda"
    if cuda:
        place, count = int(os.environ.get("LOCAL_RANK", "0")), torch.cuda.device_count()
        if place >= count:
            raise TdotError(f"Every process takes a GPU, and this machine has {count}: start at most {count} on it.")
        torch.cuda.set_device(place)
    try:
        dist.init_process_group("nccl" if cuda else "gloo", timeout=PATIENCE)
    except (ValueError, RuntimeError) as error:
        raise TdotError(
            f"The {os.environ['WORLD_SIZE']} processes of this training could not be joined ({str(error).splitlines()[0][:200]}). "
            "Start them with torchrun, or one alone without WORLD_SIZE."
        ) from error
    try:
        yield
    finally:
        dist.destroy_process_group()


def agreed_run(create: Callable[[], Run]) -> Run:
    """Return the run that the first process creates, in every process; raises TdotError in all of them where it cannot."""
    from tdot_core.models.parallel import word_of_first

    try:
        made = create() if leads() else None
    except TdotError:
        word_of_first(REFUSED)
        raise
    name = word_of_first(made.id if made is not None else "")
    if name == REFUSED:
        raise TdotError("The first process could not create the run; its own sentence says why.")
    return made or find_run(name)


def follow(run: Run) -> None:
    """Train along with the process that leads, writing nothing, until the end or until it stops; its signals are heeded, not ours."""
    from tdot_core.models.parallel import word_of_first
    from tdot_core.services.training.session import TrainingSession

    if threading.current_thread() is threading.main_thread():  # Ray's workers have signals of their own
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
    try:
        if word_of_first("") == GO:
            for _ in TrainingSession(run).follow():
                if word_of_first("") != GO:
                    return
    except RuntimeError as error:
        raise TdotError(
            f"A training of several processes ended for this one: {str(error).splitlines()[0][:200]}"
        ) from error
