"""Look after runs."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tdot_core.commands.report import Report, add_json
from tdot_core.services.jobs import launcher
from tdot_core.services.runs.export import export_runs
from tdot_core.services.runs.importing import import_runs
from tdot_core.services.runs.store import Run, delete_run, find_run, list_runs

NAME = "runs"
HELP = "List, show, stop, resume, delete, export, import or examine runs"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="list shipped and own runs")
    listing.add_argument("--kind", default=None, help="only this kind, such as ot or evaluation")
    add_json(listing)
    for name, text in (
        ("show", "show one run"),
        ("stop", "checkpoint and stop a run"),
        ("resume", "continue a run in the background"),
        ("delete", "delete a run of your own"),
    ):
        action = actions.add_parser(name, help=text)
        action.add_argument("run", help="run id")
        if name == "resume":
            action.add_argument("--epochs", type=int, default=None, help="train it further, also when it is done")
        add_json(action)
    export = actions.add_parser("export", help="write runs as one zip file")
    export.add_argument("runs", metavar="RUN", nargs="+", help="run ids")
    export.add_argument("--out", type=Path, required=True, help="where to write the .zip")
    add_json(export)
    doctor = actions.add_parser("doctor", help="find what is wrong with the runs on disk")
    doctor.add_argument("--mend", action="store_true", help="mend what can be mended")
    add_json(doctor)
    bring = actions.add_parser("import", help="take in a zip that `runs export` wrote elsewhere")
    bring.add_argument("source", metavar="ZIP", type=Path, help="the .zip")
    add_json(bring)


def describe(run: Run) -> dict[str, Any]:
    """Return one run as plain values."""
    return {
        "id": run.id,
        "kind": run.kind,
        "label": run.label,
        "shipped": run.shipped,
        "dataset": (run.spec.get("dataset") or {}).get("name"),
        "created": run.spec.get("created"),
        **asdict(run.status()),
    }


def run(args: argparse.Namespace) -> Report:
    """Carry out one action."""
    if args.action == "list":
        rows = [describe(found) for found in list_runs(args.kind)]
        lines = [f"{r['id']:<40} {r['kind']:<12} {r['state']:<9} {r['step']}/{r['total']}" for r in rows]
        return Report(rows, "\n".join(lines) or "No runs yet. Start one: python -m tdot_core train ot --dataset digits")
    if args.action == "import":
        taken = import_runs(args.source)
        text = "\n".join(f"{found.id}: a {found.kind} run, ready to sample." for found in taken)
        return Report([describe(found) for found in taken], text)
    if args.action == "doctor":
        return _doctor(args.mend)
    if args.action == "export":
        ids = list(dict.fromkeys(args.runs))
        size = export_runs([find_run(name) for name in ids], args.out)
        return Report({"runs": ids, "out": args.out.name, "bytes": size}, f"wrote {args.out} ({size / 1e6:.1f} MB)")
    found = find_run(args.run)
    if args.action == "show":
        document = {**describe(found), "config": found.config, "last": next(reversed(found.metrics()), None)}
        return Report(document, "\n".join(f"{key}: {value}" for key, value in document.items()))
    if args.action == "delete":
        delete_run(found)
        return Report({"run": found.id, "deleted": True}, f"deleted {found.id}")
    said = ""
    if args.action == "resume" and args.epochs is not None:
        from tdot_core.services.training.longer import lengthen

        found, said = lengthen(found, args.epochs)
    status = launcher.stop(found) if args.action == "stop" else launcher.resume(found)
    text = f"{found.id}: {status.state}. {said or status.message}"
    return Report({"run": found.id, **asdict(status), **({"note": said} if said else {})}, text)


def _doctor(wanted: bool) -> Report:
    from tdot_core.services.runs.doctor import examine, mend

    findings = examine()
    left = mend(findings) if wanted else findings
    remaining = {(finding.place, finding.what) for finding in left}
    rows = [
        {"run": f.place, "what": f.what, "remedy": f.remedy, "mended": (f.place, f.what) not in remaining}
        for f in [*(f for f in findings if (f.place, f.what) not in remaining), *left]
    ]
    lines = [f"{row['run']}: {row['what']} {_outcome(row)}" for row in rows]
    if not rows:
        lines = ["Every run is in order."]
    elif left and not wanted:
        lines.append("`python -m tdot_core runs doctor --mend` mends what can be mended.")
    return Report(rows, "\n".join(lines), exit_code=1 if left else 0)


def _outcome(row: dict[str, Any]) -> str:
    return f"-> {row['remedy']}" if row["mended"] else f"-> to do: {row['remedy']}"
