"""`cache`: what the cache takes, and keeping it within a limit."""

from __future__ import annotations

import argparse

from tdot_core.commands.report import Report, add_json
from tdot_core.services.storage import cache as cache_space
from tdot_core.services.storage.readonly import refuse_when_read_only

NAME = "cache"
HELP = "Show what the cache takes, or trim what can be made again"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the two actions."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    add_json(actions.add_parser("show", help="sizes, limit and free space"))
    trim = actions.add_parser("trim", help="throw away drawn images and features, the least recently used first")
    trim.add_argument("--limit", help="what may stay, such as 500MB or 0 (default: TDOT_LIMIT, else 10GB)")
    add_json(trim)


def run(args: argparse.Namespace) -> Report:
    """Carry out one action."""
    limit = cache_space.cache_limit()
    if args.action == "trim":
        refuse_when_read_only()
        wanted = limit if args.limit is None else cache_space.parse_limit(args.limit)
        freed = cache_space.trim(wanted)
        return Report({"freed": freed}, f"Freed {freed / 1e6:,.1f} MB. Runs, data sets and weights were not touched.")
    sizes, free = cache_space.sizes(), cache_space.free_bytes()
    again = sum(sizes.get(part, 0) for part in cache_space.AGAIN)
    lines = [f"{name:<12} {size / 1e6:>12,.1f} MB" for name, size in sizes.items()] or ["The cache is empty."]
    allowed = "no limit" if limit is None else f"limit {limit / 1e6:,.0f} MB"
    lines.append(
        f"Can be made again (samples, features): {again / 1e6:,.1f} MB, {allowed}. Free on disk: {free / 1e9:,.1f} GB."
    )
    return Report({"parts": sizes, "again": again, "limit": limit, "free": free}, "\n".join(lines))
