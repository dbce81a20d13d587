"""Draw images."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tdot_core.commands.bar import show
from tdot_core.commands.classes import add_class, net_name
from tdot_core.commands.report import Report, add_json
from tdot_core.errors import TdotError
from tdot_core.maths.grid import UNIFORM
from tdot_core.progress import Progress
from tdot_core.services.catalogue.chains import grid_labels, sampler_labels

if TYPE_CHECKING:
    from tdot_core.services.sampling.generate import SampleSettings
    from tdot_core.services.sampling.loading import LoadedNet, LoadedPrior

NAME = "sample"
HELP = "Draw images from one or more priors through the truncated chain"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--prior", action="append", required=True, help="key (its best run), run id, or oracle:DATASET; repeatable"
    )
    parser.add_argument("--net", default="denoiser", help="denoiser run id, diffusers folder or hub id")
    add_class(parser)
    parser.add_argument("--dataset", default="cifar10", help="what oracle and imported draw from")
    add_chain_arguments(parser)
    parser.add_argument("--n", type=int, default=16, help="images per prior")
    parser.add_argument("--seed", type=int, default=0, help="image seeds are seed .. seed + n - 1")
    parser.add_argument("--out", type=Path, help="x.npz (images, seeds, spec) or x.png (a sheet)")
    parser.add_argument("--batch-size", type=int, default=None, help="images in work at once; changes speed only")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    parser.add_argument("--dry-run", action="store_true", help="say what would be drawn, in which chunks, and stop")
    add_json(parser)


def add_chain_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments that say how the chain is walked; `evaluate` has them too."""
    parser.add_argument("--sampler", default="ddim", help=f"{', '.join(sampler_labels())} (default ddim)")
    parser.add_argument(
        "--grid", default=UNIFORM, help=f"where in time the calls lie: {', '.join(grid_labels())} (default uniform)"
    )
    parser.add_argument("--steps", type=int, default=10, help="reverse steps, at most t_star")
    parser.add_argument("--t-star", type=int, required=True, help="truncation step, 1..1000: where the chain starts")
    parser.add_argument("--eta", type=float, default=None, help="ddim only: 0 deterministic .. 1 ancestral")
    parser.add_argument("--no-clip", action="store_true", help="do not clamp x0_hat to [-1, 1]")


def run(args: argparse.Namespace) -> Report:
    """Draw, write the file, and report seconds per image and NFE for each prior."""
    from tdot_core.services.compute.device import find_device
    from tdot_core.services.sampling.archive import check_output, sample_spec, write_samples
    from tdot_core.services.sampling.generate import SampleSettings, generate
    from tdot_core.services.sampling.loading import load_net, load_prior

    if not args.dry_run:
        check_output(_named(args.out))
    # What a machine without the device would be asked to do can be read everywhere.
    device = find_device("cpu" if args.dry_run else args.device)
    settings = SampleSettings(
        args.t_star, args.steps, args.sampler, args.eta, args.seed, args.n, not args.no_clip, args.grid
    )
    net = load_net(net_name(args), device)
    settings.check(net.schedule)
    priors = [load_prior(name, device, args.dataset) for name in args.prior]
    if args.dry_run:
        return _dry_run(args, priors, net, settings)
    chunks, total = [], args.n * len(priors)
    try:
        for chunk in generate(priors, net, settings, device=device, batch_size=args.batch_size):
            chunks.append(chunk)
            show(Progress(sum(len(c.seeds) for c in chunks), total, {}, "sampling"))
    finally:
        show.close()
    spec = sample_spec(priors, net, settings)
    write_samples(args.out, chunks, spec)
    rows = []
    for prior in priors:
        own = [c for c in chunks if c.prior == prior.id]
        rows.append(
            {
                "prior": prior.id,
                "nfe": own[0].nfe,
                "nfe_prior": own[0].nfe_prior,
                "seconds_prior": sum(c.seconds_prior for c in own) / args.n,
                "seconds_chain": sum(c.seconds_chain for c in own) / args.n,
                "limit": prior.prior.limit(),
            }
        )
    lines = [
        f"{r['prior']}: {args.n} images, NFE {r['nfe']} + {r['nfe_prior']}, "
        f"{r['seconds_prior'] + r['seconds_chain']:.4f} s per image and worker{_repeats(r['limit'], args.n)}"
        for r in rows
    ]
    return Report(
        {"out": args.out.name, "spec": spec, "priors": rows, "note": net.note},
        "\n".join([*([net.note] if net.note else []), *lines, f"wrote {args.out}"]),
    )


def _named(out: Path | None) -> Path:
    if out is None:
        raise TdotError("sample needs --out FILE.npz or FILE.png, found none; --dry-run alone needs no file.")
    return out


def _dry_run(
    args: argparse.Namespace, priors: Sequence[LoadedPrior], net: LoadedNet, settings: SampleSettings
) -> Report:
    """Report which forwards the drawing would take on the device asked for, which need not be here."""
    from tdot_core.maths.samplers import samplers
    from tdot_core.services.compute.chunks import chunk_of
    from tdot_core.services.compute.device import named_device
    from tdot_core.services.sampling.generate import check_priors

    check_priors(priors, net, settings)
    kind = named_device(args.device)
    size, calls = chunk_of(kind), samplers.get(settings.sampler)().calls(settings.n_steps)
    chunks = -(-settings.n // size)
    facts = {
        "device": kind, "chunk": size, "chunks": chunks * len(priors), "calls": calls, "precision": net.precision,
        "forwards": chunks * calls * len(priors), "priors": [prior.id for prior in priors],
    }  # fmt: skip
    text = (
        f"{len(priors)} prior{'s' * (len(priors) > 1)} x {settings.n:,} images on {kind}: {facts['chunks']:,} chunks of {size} images, {calls} calls each, "
        f"{facts['forwards']:,} forwards in {net.precision}; nothing was drawn."
    )
    return Report(facts, text)


def _repeats(limit: int | None, n: int) -> str:
    return f"; it has only {limit} distinct images, so some repeat" if limit is not None and n > limit else ""
