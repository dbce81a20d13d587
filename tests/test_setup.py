"""The set-up files: requirements against imports, constraints against ranges, make's messages, the app's settings, what is committed."""

from __future__ import annotations

import ast
import importlib.metadata
import os
import re
import shutil
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.ports import free_port

PROJECT = Path(__file__).resolve().parents[1]
FILES = ("requirements.txt", "requirements-test.txt", "requirements-ray.txt", "requirements-umap.txt")
OPTIONAL = FILES[2:]
ROOMS = ("tdot_core", "ui", "pages")
NEEDED_UNSEEN = {
    "torchvision": "torch-fidelity imports it; it must come from torch's build",
    "tensorboard": "torch.utils.tensorboard imports it",
    "pytest-randomly": "a plug-in",
    "pytest-timeout": "a plug-in",
    "pytest-xdist": "a plug-in",
    "ruff": "a program",
    "mypy": "a program",
}
"""Requirements that no line of ours imports by name, each with its reason."""


def requirements(name: str) -> dict[str, Requirement]:
    """Return the lines of a requirements file by canonical name."""
    lines = [line.split("#")[0].strip() for line in (PROJECT / name).read_text().splitlines()]
    found = [Requirement(line) for line in lines if line]
    names = [canonicalize_name(r.name) for r in found]
    assert len(names) == len(set(names)), f"{name} names a package twice"
    return dict(zip(names, found, strict=True))


def third_party(*rooms: str) -> dict[str, str]:
    """Return the distribution behind every foreign import of the rooms, with one place that imports it."""
    paths = [p for room in rooms for p in sorted((PROJECT / room).rglob("*.py"))] + [PROJECT / "app.py"]
    ours = {"tdot_core", "ui", "pages", "app", "tests", *(p.stem for p in (PROJECT / "tests").rglob("*.py"))}
    distributions = {
        "ray": ["ray"],
        "umap": ["umap-learn"],
        **importlib.metadata.packages_distributions(),
    }  # may be missing here
    found: dict[str, str] = {}
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text())):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
            for top in {name.partition(".")[0] for name in names} - ours - set(sys.stdlib_module_names):
                assert top in distributions, (
                    f"{path.relative_to(PROJECT)} imports {top}, which no installed package has"
                )
                found[canonicalize_name(distributions[top][0])] = f"{path.relative_to(PROJECT)} imports {top}"
    return found


def test_every_import_of_the_product_is_required() -> None:
    required = requirements("requirements.txt")
    optional = {"playwright", *(name for file in OPTIONAL for name in requirements(file))}  # what needs them says so
    missing = {place for name, place in third_party(*ROOMS).items() if name not in {*required, *optional}}
    assert not missing


def test_every_import_of_the_tests_is_required() -> None:
    required = {name: r for file in FILES for name, r in requirements(file).items()}
    assert not {place for name, place in third_party("tests").items() if name not in required}


@pytest.mark.parametrize(
    ("file", "rooms"),
    [("requirements.txt", ROOMS), ("requirements-test.txt", ("tests",)), *((file, ROOMS) for file in OPTIONAL)],
)
def test_every_requirement_is_imported(file: str, rooms: tuple[str, ...]) -> None:
    used = {*third_party(*rooms), *NEEDED_UNSEEN}
    assert not set(requirements(file)) - used


def test_requirements_state_a_lower_bound() -> None:
    for file in FILES:
        for name, requirement in requirements(file).items():
            assert any(s.operator == ">=" for s in requirement.specifier), name


def pins() -> dict[str, str]:
    found = {}
    for name, requirement in requirements("constraints.txt").items():
        (only,) = requirement.specifier
        assert only.operator == "==" and "+" not in only.version, name
        found[name] = only.version
    return found


def test_constraints_satisfy_the_ranges() -> None:
    for file in FILES:
        for name, requirement in requirements(file).items():
            assert requirement.specifier.contains(pins()[name]), name


def dependencies(name: str) -> list[str]:
    try:
        return importlib.metadata.requires(name) or []
    except importlib.metadata.PackageNotFoundError:
        if any(name in requirements(file) for file in OPTIONAL):
            return []
        raise


def test_constraints_cover_all_that_gets_installed_everywhere() -> None:
    """Every dependency of a dependency has its pin, so that tomorrow's install is today's; the CUDA libraries follow torch."""
    todo, seen, pinned = [name for file in FILES for name in requirements(file)], set(), pins()
    while todo:
        name = canonicalize_name(todo.pop())
        if name in seen or re.match(r"nvidia-|cuda-|triton", name):
            continue
        seen.add(name)
        assert name in pinned, name
        needed = [Requirement(line) for line in dependencies(name)]
        todo += [r.name for r in needed if r.marker is None or r.marker.evaluate({"extra": ""})]


def test_constraints_bind_no_package_of_one_platform() -> None:
    assert not [name for name in pins() if re.match(r"nvidia-|cuda-|triton|pyobjc|pywin", name)]


def test_torch_and_torchvision_are_of_one_build() -> None:
    (needed,) = [Requirement(r) for r in importlib.metadata.requires("torchvision") or [] if r.startswith("torch ")]
    assert needed.specifier.contains(pins()["torch"])


def test_the_installation_page_names_the_tested_torch() -> None:
    readme = (PROJECT / "docs" / "install.md").read_text()
    for name in ("torch", "torchvision"):
        assert f'"{name}=={pins()[name]}"' in readme


# The Makefile


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run make as a user would, without what an outer make left in the environment."""
    if shutil.which("make") is None:
        pytest.skip("needs make")
    outer = {"MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEOVERRIDES", "PYTHON", "PORT", "VENV"}
    env = {k: v for k, v in os.environ.items() if k not in outer}
    return subprocess.run(["make", *arguments], cwd=PROJECT, capture_output=True, text=True, env=env, timeout=120)


def fake_python(folder: Path, before: str) -> Path:
    """Write a `python` that runs `before` first, then what it was asked: the real one, in disguise."""
    path = folder / "python-in-disguise"
    path.write_text(
        f'#!/bin/sh\n[ "$1" = -c ] || exit 7\ncode="$2"\nshift 2\nexec {sys.executable} -c "import sys; {before}\n$code" "$@"\n'
    )
    path.chmod(0o755)
    return path


def test_make_alone_lists_what_there_is() -> None:
    done = make()
    assert done.returncode == 0 and "make run" in done.stdout and "make test" in done.stdout


@pytest.mark.parametrize("target", ["run", "test"])
def test_an_old_python_is_named(tmp_path: Path, target: str) -> None:
    python = fake_python(tmp_path, "sys.version_info = (3, 9, 18)")
    done = make(target, f"VENV={tmp_path}/venv", f"PYTHON={python}")
    assert done.returncode != 0 and not (tmp_path / "venv").exists()
    assert "needs Python 3.11 or newer" in done.stderr and "is Python 3.9" in done.stderr and "PYTHON=" in done.stderr


@pytest.mark.parametrize("target", ["run", "test"])
def test_a_python_without_venv_is_named(tmp_path: Path, target: str) -> None:
    python = fake_python(tmp_path, "sys.modules['ensurepip'] = None")
    done = make(target, f"VENV={tmp_path}/venv", f"PYTHON={python}")
    assert done.returncode != 0 and not (tmp_path / "venv").exists()
    assert "has no venv module" in done.stderr and "python3-venv" in done.stderr


@pytest.mark.parametrize("target", ["run", "test"])
def test_no_python_at_all(tmp_path: Path, target: str) -> None:
    done = make(target, f"VENV={tmp_path}/venv", "PYTHON=python-that-is-not-there")
    assert done.returncode != 0 and "python-that-is-not-there was not found: install Python 3.11" in done.stderr


def test_an_environment_of_an_old_python_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "venv" / "bin").mkdir(parents=True)
    fake_python(tmp_path, "sys.version_info = (3, 10, 2)").rename(tmp_path / "venv" / "bin" / "python")
    done = make("run", f"VENV={tmp_path}/venv")
    assert done.returncode != 0 and f"delete {tmp_path}/venv" in done.stderr


def test_a_port_in_use_is_said_before_anything_is_installed(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = make("run", f"PORT={port}", f"VENV={tmp_path}/venv", f"PYTHON={sys.executable}")
    assert done.returncode != 0 and not (tmp_path / "venv").exists()
    assert f"Port {port} is in use" in done.stderr and "make run PORT=" in done.stderr


@pytest.mark.parametrize("port", ["abc", "0", "65536", ""])
def test_a_port_that_is_none(port: str, tmp_path: Path) -> None:
    done = make("run", f"PORT={port}", f"VENV={tmp_path}/venv", f"PYTHON={sys.executable}")
    assert done.returncode != 0 and "PORT takes a number from 1 to 65535" in done.stderr


def installed_environment(folder: Path) -> Path:
    """Make an environment whose stamps say that all is installed, and whose Python writes down what it is asked to run."""
    bin_ = folder / "venv" / "bin"
    bin_.mkdir(parents=True)
    (bin_ / "python").write_text(
        f'#!/bin/sh\nif [ "$1" = -m ]; then echo "$*" >> {folder}/calls; exit 0; fi\nexec {sys.executable} "$@"\n'
    )
    (bin_ / "python").chmod(0o755)
    return folder / "venv"


def calls(folder: Path) -> list[str]:
    path = folder / "calls"
    return path.read_text().splitlines() if path.exists() else []


def test_a_second_call_installs_nothing(tmp_path: Path) -> None:
    venv = installed_environment(tmp_path)
    port = free_port()
    assert make("run", f"VENV={venv}", f"PORT={port}").returncode == 0
    first = calls(tmp_path)
    assert [c.split()[1] for c in first] == ["pip", "streamlit"] and "-c constraints.txt -r requirements.txt" in first[
        0
    ]
    assert make("run", f"VENV={venv}", f"PORT={port}").returncode == 0
    assert calls(tmp_path)[2:] == [f"-m streamlit run app.py --server.port {port}"]


def test_tests_install_their_extras_once_and_take_arguments(tmp_path: Path) -> None:
    venv = installed_environment(tmp_path)
    assert make("test", f"VENV={venv}").returncode == 0
    assert [c.split()[1] for c in calls(tmp_path)] == ["pip", "pip", "tests"]
    assert "-r requirements-test.txt" in calls(tmp_path)[1]
    assert make("test", f"VENV={venv}", "PYTEST_ARGS=tests/maths -x").returncode == 0
    assert calls(tmp_path)[3:] == ["-m tests tests/maths -x"]


@pytest.mark.parametrize(("there", "said"), [(False, True), (True, False)])
def test_a_missing_chromium_is_said_and_the_tests_go_on(tmp_path: Path, there: bool, said: bool) -> None:
    """With a PATH of nothing but what make needs, and a Playwright that has no browser of its own."""
    venv = installed_environment(tmp_path)
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("sh", "cat", "cksum", "cut", "touch", "make", *(["chromium"] if there else [])):
        (tools / name).symlink_to(shutil.which(name) or sys.executable)
    script = (venv / "bin" / "python").read_text()
    (venv / "bin" / "python").write_text(script.replace("exec ", 'case "$2" in *playwright*) exit 1;; esac\nexec '))
    done = subprocess.run(
        ["make", "test", f"VENV={venv}"], cwd=PROJECT, env={"PATH": str(tools)}, capture_output=True, text=True
    )
    assert done.returncode == 0 and calls(tmp_path)[-1] == "-m tests"
    assert ("No Chromium was found" in done.stderr and "playwright install chromium" in done.stderr) == said


def test_changed_requirements_are_installed(tmp_path: Path) -> None:
    """In a copy, because the stamp's name is the checksum of the files."""
    for name in ("Makefile", *FILES, "constraints.txt"):
        shutil.copy(PROJECT / name, tmp_path / name)
    venv = installed_environment(tmp_path)
    arguments = ["make", "-C", str(tmp_path), "run", f"VENV={venv}", f"PORT={free_port()}"]
    for installs in (1, 1, 2):
        subprocess.run(arguments, check=True, capture_output=True)
        assert sum("pip install" in c for c in calls(tmp_path)) == installs
        if len(calls(tmp_path)) == 3:
            (tmp_path / "constraints.txt").write_text("# other\n")


def test_a_failed_installation_is_not_taken_for_done(tmp_path: Path) -> None:
    venv = installed_environment(tmp_path)
    (venv / "bin" / "python").write_text(f'#!/bin/sh\n[ "$1" = -m ] && exit 1\nexec {sys.executable} "$@"\n')
    for _ in range(2):
        done = make("run", f"VENV={venv}", f"PORT={free_port()}")
        assert done.returncode != 0 and "The installation failed" in done.stderr


def test_the_makefile_uses_nothing_newer_than_make_3_81() -> None:
    text = (PROJECT / "Makefile").read_text()
    assert ".ONESHELL" not in text and "!=" not in text and "$(file " not in text and "&:" not in text
    assert not re.search(r"^ +\S.*:=.*\$\(let ", text, re.MULTILINE)


def test_ci_runs_the_readmes_command() -> None:
    script = PROJECT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert subprocess.run(["bash", "-n", str(script)]).returncode == 0
    assert script.read_text().rstrip().endswith("exec make test </dev/null")
    assert "make test" in (PROJECT / "README.md").read_text()


def ci(folder: Path, programs: dict[str, str], user: int) -> tuple[int, list[str]]:
    """Run .ci/run where only the named programs exist, each a shell line, and return its exit code and what it called."""
    (folder / "project" / ".ci").mkdir(parents=True)
    shutil.copy(PROJECT / ".ci" / "run", folder / "project" / ".ci" / "run")
    for name, line in {**programs, "id": f"echo {user}"}.items():
        (folder / "bin").mkdir(exist_ok=True)
        (folder / "bin" / name).write_text(
            f'#!/bin/sh\n[ {name} = id ] || echo "{name} $*" >> {folder}/calls\n{line}\n'
        )
        (folder / "bin" / name).chmod(0o755)
    (folder / "bin" / "dirname").symlink_to(str(shutil.which("dirname")))
    done = subprocess.run(
        [str(shutil.which("bash")), str(folder / "project" / ".ci" / "run")],
        env={"PATH": str(folder / "bin")},
        capture_output=True,
        text=True,
    )
    return done.returncode, calls(folder)


def test_ci_on_a_bare_machine_installs_what_is_missing_first(tmp_path: Path) -> None:
    code, called = ci(tmp_path, {"apt-get": "exit 0", "make": "[ $CI = true ] && exit 3"}, user=0)
    assert code == 3, "the exit code is that of the tests"
    assert called[0] == "apt-get update -q" and called[-1] == "make test"
    assert called[1].startswith("apt-get install") and called[1].endswith("python3 python3-venv chromium")


def test_ci_installs_nothing_that_is_there(tmp_path: Path) -> None:
    programs = {"apt-get": "exit 0", "make": "exit 0", "python3": "exit 0", "chromium": "exit 0"}
    code, called = ci(tmp_path, programs, user=0)
    assert code == 0 and called[-1] == "make test" and not [c for c in called if c.startswith("apt-get")]


@pytest.mark.parametrize(("user", "apt"), [(1000, "exit 0"), (0, "exit 100")])
def test_ci_goes_on_without_a_browser(tmp_path: Path, user: int, apt: str) -> None:
    code, called = ci(tmp_path, {"apt-get": apt, "make": "exit 0", "python3": "exit 0"}, user)
    assert code == 0 and called[-1] == "make test"
    assert bool([c for c in called if c.startswith("apt-get")]) == (user == 0)


# The app's settings


def settings() -> dict[str, object]:
    """Return .streamlit/config.toml flattened: "server.address" -> "127.0.0.1"."""

    def flat(prefix: str, table: dict[str, object]) -> dict[str, object]:
        out: dict[str, object] = {}
        for key, value in table.items():
            out |= flat(f"{prefix}{key}.", value) if isinstance(value, dict) else {f"{prefix}{key}": value}
        return out

    return flat("", tomllib.loads((PROJECT / ".streamlit" / "config.toml").read_text()))


def test_every_setting_exists_in_the_installed_streamlit() -> None:
    from streamlit import config

    known = config.get_config_options()
    assert not [name for name in settings() if name not in known]


def test_the_app_listens_here_only_and_tells_nobody() -> None:
    found = settings()
    assert found["server.address"] == "127.0.0.1" and found["browser.gatherUsageStats"] is False
    assert set(found["server.allowedHosts"]) == {"localhost", "127.0.0.1"}  # type: ignore[call-overload]
    assert found["server.showEmailPrompt"] is False
    assert not [name for name, value in found.items() if "://" in str(value)]


def luminance(colour: str) -> float:
    """Return WCAG's relative luminance of #rrggbb."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["theme.light", "theme.dark"])
def test_both_themes_can_be_read(theme: str) -> None:
    """WCAG: 7 for text, 4.5 for links and the white letters of a button, 3 for what marks a choice."""
    colour = {
        name.rpartition(".")[2]: str(value)
        for name, value in settings().items()
        if name.startswith(f"{theme}.") and name.count(".") == 2
    }
    for ground in (
        colour["backgroundColor"],
        colour["secondaryBackgroundColor"],
        str(settings()[f"{theme}.sidebar.backgroundColor"]),
    ):
        assert contrast(colour["textColor"], ground) > 7
        assert contrast(colour["linkColor"], ground) > 4.5
        assert contrast(colour["primaryColor"], ground) > 3
    assert contrast("#ffffff", colour["primaryColor"]) > 4.5


# What is committed


def committed() -> list[Path]:
    """Return the files git would commit: tracked ones, and new ones that it does not ignore."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=PROJECT, capture_output=True, text=True
    )
    if listed.returncode:
        pytest.skip("needs a git checkout")
    return [path for name in listed.stdout.splitlines() if (path := PROJECT / name).is_file()]


def test_no_text_names_a_path_of_one_machine() -> None:
    pattern = re.compile(rf"(?<![\w.]){re.escape(str(PROJECT))}\b|(?<![\w.])/(?:home|Users)/[a-z]\w+/")
    wrong = []
    for path in committed():
        if (
            path.suffix in (".py", ".md", ".toml", ".txt", ".json", ".jsonl", ".yaml", ".csv", ".svg", "")
            and path.stat().st_size < 5e6
        ):
            found = pattern.search(path.read_text(encoding="utf-8"))
            wrong += [f"{path.relative_to(PROJECT)}: {found.group()}"] if found else []
    assert not wrong, "\n".join(wrong)


def test_committed_files_stay_small_together() -> None:
    assert sum(path.stat().st_size for path in committed()) < 96e6


def test_the_cache_is_committed_with_nothing_but_its_gitignore() -> None:
    assert (PROJECT / "cache" / ".gitignore").read_text().split() == ["*", "!.gitignore"]
    assert [p.name for p in committed() if p.is_relative_to(PROJECT / "cache")] == [".gitignore"]


def test_what_tools_leave_behind_is_ignored() -> None:
    for name in (
        ".venv/x",
        "a/__pycache__/b.pyc",
        ".mypy_cache/x",
        ".pytest_cache/x",
        "cache/runs/x",
        ".streamlit/secrets.toml",
    ):
        ignored = subprocess.run(["git", "check-ignore", "-q", name], cwd=PROJECT)
        if ignored.returncode == 128:
            pytest.skip("needs a git checkout")
        assert ignored.returncode == 0, name
