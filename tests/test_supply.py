"""What is committed holds no secrets, and what is pinned has no published hole; the second needs a network and is skipped without."""

from __future__ import annotations

import json
import re
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
SECRETS = {
    "a private key": r"-----BEGIN (?:RSA |EC |OPENSSH |DSA |PGP )?PRIVATE KEY",
    "an AWS key": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "a GitHub token": r"\bgh[pousr]_[A-Za-z0-9]{36,}\b|\bgithub_pat_\w{40,}",
    "a Hugging Face token": r"\bhf_[A-Za-z0-9]{30,}\b",
    "a Slack token": r"\bxox[abprs]-[0-9A-Za-z-]{20,}",
    "a Google key": r"\bAIza[0-9A-Za-z_-]{35}\b",
    "an OpenAI or Anthropic key": r"\bsk-(?:ant-|proj-)?[A-Za-z0-9_-]{32,}",
    "a password in an address": r"\b[a-z][a-z0-9+.-]*://[^\s/:@\"'{}<>]+:[^\s/:@\"'{}<>]{3,}@",
    "an assigned secret": r"(?i)\b(?:api[_-]?key|secret[_-]?key|passwd|password|auth[_-]?token)\b[\"']?\s*[:=]\s*[\"'][^\"'\s]{8,}[\"']",
}
LARGEST = 2**20
OSV = "https://api.osv.dev/v1/querybatch"
ACCEPTED: dict[str, str] = {}
"""Published holes that do not concern TDOT: id -> why."""


def committed() -> list[Path]:
    """Return the files under version control; without git, all but what is made."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, text=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs git and a clone to know what is committed")
    return [PROJECT / name for name in listed.split("\0") if name]


def secrets_in(text: str) -> list[str]:
    return [f"{what}: {found[0][:24]}..." for what, pattern in SECRETS.items() if (found := re.search(pattern, text))]


def test_nothing_that_is_committed_looks_like_a_secret() -> None:
    found = []
    for path in committed():
        if path.is_file() and path.stat().st_size < LARGEST:
            found += [f"{path.relative_to(PROJECT)}: {what}" for what in secrets_in(path.read_text(errors="ignore"))]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "parts",
    [
        ("-----BEGIN ", "PRIVATE KEY-----"),
        ("AKIA", "ABCDEFGHIJKLMNOP"),
        ("ghp_", "a" * 36),
        ("hf_", "b" * 34),
        ("https://me:", "geheim@host/x"),
        ("api_key", ' = "0123456789abcdef"'),
        ("sk-ant-", "c" * 40),
    ],
)
def test_the_search_finds_secrets(parts: tuple[str, str]) -> None:
    assert secrets_in(f"x = 1\n{''.join(parts)}\n")


def pinned() -> dict[str, str]:
    lines = (PROJECT / "constraints.txt").read_text().splitlines()
    pairs = (line.split("#")[0].strip().split("==") for line in lines)
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2}


def test_no_pinned_package_has_a_published_hole() -> None:
    """Ask the Open Source Vulnerabilities database about the exact set; fails only where it can be asked."""
    packages = pinned()
    assert len(packages) > 50
    queries = [
        {"package": {"name": name, "ecosystem": "PyPI"}, "version": version} for name, version in packages.items()
    ]
    request = urllib.request.Request(
        OSV, json.dumps({"queries": queries}).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            results = json.load(answer)["results"]
    except (urllib.error.URLError, OSError, ValueError, KeyError) as error:
        pytest.skip(f"the database cannot be asked from here ({str(error)[:60]})")
    holes = {
        f"{name} {packages[name]}: {hole['id']}"
        for name, result in zip(packages, results, strict=True)
        for hole in result.get("vulns", [])
        if hole["id"] not in ACCEPTED
    }
    assert not holes, "\n".join(sorted(holes))
