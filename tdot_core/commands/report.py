"""What a command answers: one JSON document for programs, text for people."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Report:
    """Hold a command's answer: document (JSON values) is printed with --json, text without; exit_code for the shell."""

    document: Any
    text: str
    exit_code: int = 0


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add --json to the parser of a command."""
    parser.add_argument("--json", action="store_true", help="print one JSON document on stdout and nothing else there")
