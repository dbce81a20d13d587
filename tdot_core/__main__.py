"""Command line: `python -m tdot_core COMMAND`."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import pkgutil
import sys
from collections.abc import Sequence
from types import ModuleType

from tdot_core import commands
from tdot_core.errors import TdotError

BAD_INPUT = 2


def command_modules() -> dict[str, ModuleType]:
    """Return the command modules by name: every file of tdot_core.commands that has a NAME."""
    found = [importlib.import_module(f"{commands.__name__}.{m.name}") for m in pkgutil.iter_modules(commands.__path__)]
    return {module.NAME: module for module in found if hasattr(module, "NAME")}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:  # type: ignore[override]
        raise TdotError(
            f"{message}. See `python -m tdot_core {' '.join(self.prog.split()[1:])} --help`.".replace("..", ".")
        )


def build_parser(modules: dict[str, ModuleType]) -> argparse.ArgumentParser:
    """Return the parser with one subcommand per module."""
    parser = _Parser(prog="tdot", description="Truncated diffusion with learned priors: train, sample, evaluate.")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)
    for name, module in modules.items():
        module.add_arguments(subparsers.add_parser(name, help=module.HELP, description=module.HELP))
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0, 2 for a mistake in what was asked, 130 when interrupted."""
    modules = command_modules()
    try:
        args, extra = build_parser(modules).parse_known_args(argv)
        module = modules[args.command]
        if hasattr(module, "take_settings"):
            module.take_settings(args, extra)
        elif extra:
            raise TdotError(f"Unknown argument {extra[0][:80]!r}. See `python -m tdot_core {args.command} --help`.")
        report = module.run(args)
        print(json.dumps(report.document, indent=2, allow_nan=False) if args.json else report.text, flush=True)
    except TdotError as error:
        print(f"error: {error}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # Whoever read our output has left; pointing stdout elsewhere keeps Python's last flush quiet.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return int(report.exit_code)


if __name__ == "__main__":
    sys.exit(main())
