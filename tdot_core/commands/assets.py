"""`assets`: make what ships with TDOT: models and reference features."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Generator
from dataclasses import asdict
from typing import Any

from tdot_core.commands.bar import show
from tdot_core.commands.report import Report, add_json
from tdot_core.progress import Progress, finish
from tdot_core.services.catalogue.extractors import extractor_help, weights_help
from tdot_core.services.features.extractors import opening
from tdot_core.services.features.reference_files import ReferenceInfo
from tdot_core.services.features.references import shipped_references, write_references
from tdot_core.services.runs.store import find_run, list_runs

NAME = "assets"
HELP = "Build, verify or list what ships with TDOT: models, reference features, the benchmark table"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions and their arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="list the shipped models and references")
    ship = actions.add_parser("ship", help="copy a run to assets/models, in float16 and with its provenance")
    ship.add_argument("run", metavar="RUN", help="id of a run of your own")
    ship.add_argument("--name", required=True, help="what to call it: a-z, 0-9, '.', '-'")
    ship.add_argument("--label", default="", help="a name for people")
    ship.add_argument("--preferred", action="store_true", help="make it the run that its key stands for")
    reference = actions.add_parser("reference", help="write statistics and a sample of a data set's real features")
    reference.add_argument("--dataset", required=True, help="an imported data set, by name or id")
    reference.add_argument("--extractor", required=True, help=extractor_help())
    reference.add_argument("--layer", action="append", default=[], help="a layer, repeatable (default: the deepest)")
    reference.add_argument("--weights", default=None, metavar="PATH", help=weights_help())
    reference.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    build = actions.add_parser(
        "build", help="make everything under assets/ from the data set; what is unchanged is skipped"
    )
    build.add_argument("--preset", default="cpu", help="cpu (hours on two cores, default) or gpu")
    build.add_argument("--only", action="append", default=[], metavar="NAME", help="only this item; repeatable")
    build.add_argument("--dataset", default="cifar10", help="what to train on (default cifar10)")
    build.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    verify = actions.add_parser(
        "verify", help="check every shipped file's hash and rerun a sanity number for each model"
    )
    for leaf in (listing, ship, reference, build, verify):
        add_json(leaf)


def run(args: argparse.Namespace) -> Report:
    """Carry out one action; raises TdotError for the user's mistakes."""
    if args.action == "ship":
        return _ship(args)
    if args.action == "list":
        return _list()
    if args.action == "build":
        return _build(args)
    if args.action == "verify":
        return _verify()
    try:
        infos = finish(_write(args), show)
    finally:
        show.close()
    return Report([_document(info) for info in infos], "\n".join(f"wrote {_row(info)}" for info in infos))


def _build(args: argparse.Namespace) -> Report:
    from tdot_core.recipe.build import build_works

    outcomes: dict[str, str] = {}
    for name, work in build_works(args.preset, args.only, dataset=args.dataset, device=args.device):
        print(f"{name} ...", file=sys.stderr, flush=True)
        try:
            outcomes[name] = work(show)
        finally:
            show.close()
        print(f"{name}: {outcomes[name]}", file=sys.stderr, flush=True)
    return Report(outcomes, "\n".join(f"{name:<24} {outcome}" for name, outcome in outcomes.items()))


def _verify() -> Report:
    from tdot_core.recipe.manifest import verify

    checks = verify()
    broken = [check for check in checks if not check.holds]
    lines = [f"{'ok  ' if check.holds else 'FAIL'} {check.name}: {check.detail}" for check in checks]
    lines.append(f"{len(checks) - len(broken)} of {len(checks)} checks hold.")
    return Report([asdict(check) for check in checks], "\n".join(lines), exit_code=1 if broken else 0)


def _ship(args: argparse.Namespace) -> Report:
    from tdot_core.recipe.shipping import ship

    shipped = ship(find_run(args.run), args.name, label=args.label, preferred=args.preferred)
    size = sum(file.stat().st_size for file in shipped.path.rglob("*") if file.is_file())
    document = {
        "name": shipped.id,
        "kind": shipped.kind,
        "label": shipped.label,
        "run": args.run,
        "preferred": bool(shipped.spec.get("preferred")),
        "bytes": size,
    }
    return Report(document, f"{args.run} now ships as {shipped.id} ({shipped.kind}, {size / 1e6:.1f} MB)")


def _list() -> Report:
    models = [
        {"name": r.id, "kind": r.kind, "label": r.label, "preferred": bool(r.spec.get("preferred"))}
        for r in list_runs()
        if r.shipped
    ]
    infos = shipped_references()
    lines = [f"{m['kind']:<12} {m['name']:<24} {m['label']}{' (preferred)' if m['preferred'] else ''}" for m in models]
    document = {"models": models, "references": [_document(info) for info in infos]}
    return Report(document, "\n".join(lines + [_row(info) for info in infos]) or "Nothing ships yet.")


def _write(args: argparse.Namespace) -> Generator[Progress, None, list[ReferenceInfo]]:
    from tdot_core.services.compute.device import find_device

    extractor = yield from opening(args.extractor, weights=args.weights, device=find_device(args.device))
    layers = list(dict.fromkeys(args.layer)) or [extractor.layers[-1]]
    return (yield from write_references(args.dataset, extractor, layers))


def _document(info: ReferenceInfo) -> dict[str, Any]:
    return {**asdict(info), "classes": list(info.classes), "file": info.path.name, "bytes": info.path.stat().st_size}


def _row(info: ReferenceInfo) -> str:
    size = info.path.stat().st_size / 1e6
    return f"{info.dataset}/{info.path.name} ({info.n:,} images, {info.sample:,} rows of {info.width}, {size:.1f} MB)"
