"""The rooms of the design, read from the source: which way imports point, and what each room may not hold."""

from __future__ import annotations

import ast
import graphlib
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
BASE = {"tdot_core.config", "tdot_core.errors", "tdot_core.processors", "tdot_core.progress", "tdot_core.registry"}
"""Words that every room shares; they import nothing of the project but each other."""

SERVICES = ("tdot_core.maths", "tdot_core.models", "tdot_core.metrics", "tdot_core.priors", "tdot_core.services")
CORE = (*SERVICES, "tdot_core.recipe", "tdot_core.bench")
MAY_IMPORT = {
    "tdot_core.maths": ("tdot_core.maths",),
    "tdot_core.models": ("tdot_core.models", "tdot_core.maths"),
    "tdot_core.metrics": ("tdot_core.metrics", "tdot_core.maths"),
    "tdot_core.priors": ("tdot_core.priors", "tdot_core.models", "tdot_core.maths"),
    "tdot_core.services": SERVICES,
    "tdot_core.recipe": (*SERVICES, "tdot_core.recipe"),
    "tdot_core.bench": (*SERVICES, "tdot_core.bench"),
    "tdot_core.commands": ("tdot_core.commands", *CORE),
    "ui": ("ui", *SERVICES),
    "pages": ("ui", "tdot_core.services"),
    "app": ("ui",),
}
"""app -> pages -> ui -> services -> {priors, metrics, models} -> maths; recipe and bench stand above services.

app reaches its pages by file name.
"""

SCREENS = tuple(sorted(path.stem for path in (PROJECT / "pages").glob("*.py")))
"""The folders of ui/ that are one screen each, named as their files in pages/."""

TORCH_FREE = [
    "tdot_core", "tdot_core.services.storage.paths", "tdot_core.services.storage.files", "tdot_core.services.storage.version",
    "tdot_core.services.datasets", "tdot_core.services.runs.store", "tdot_core.services.runs.status",
    "tdot_core.services.jobs.launcher", "tdot_core.services.features.extractors", "tdot_core.services.catalogue.priors",
    "tdot_core.services.features.references", "tdot_core.services.evaluation", "tdot_core.services.results.commands", "ui.benchmark.screen", "tdot_core.maths.grid", "tdot_core.maths.schedule",
    "tdot_core.metrics.value", "tdot_core.__main__", "ui.palette", "ui.server.navigation",
]  # fmt: skip
"""What screens and short commands need before anybody asked for a network; torch takes seconds to import."""

SLOW = {
    "diffusers", "huggingface_hub", "ot", "pandas", "plotly", "pyarrow", "safetensors.torch", "scipy", "sklearn", "torch",
    "torch_fidelity", "torchvision",
}  # fmt: skip
"""What takes a noticeable time to import."""

PERHAPS_MISSING = {"playwright", "ray", "resource", "umap"}
"""What a machine may do without: three extras, and a module of POSIX systems."""


def sources(*rooms: str) -> list[Path]:
    """Return the Python files of the rooms (dotted names), in order."""
    files: list[Path] = []
    for room in rooms:
        path = PROJECT / room.replace(".", "/")
        files += sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]
    return files


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Give (line, dotted name) of everything a file imports, wherever in the file, `from a import b` as a.b when that is a module."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively; the rest of the project does not"
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                yield node.lineno, name if is_module(name) else str(node.module)


def is_module(name: str) -> bool:
    path = PROJECT / name.replace(".", "/")
    return path.with_suffix(".py").is_file() or path.is_dir()


def within(name: str, rooms: tuple[str, ...]) -> bool:
    return any(name == room or name.startswith(room + ".") for room in rooms)


def is_ours(name: str) -> bool:
    return within(name, ("tdot_core", "ui", "pages", "app", "tests"))


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_imports_point_one_way(room: str) -> None:
    assert sources(room), f"{room} has no files"
    wrong = [
        f"{path.relative_to(PROJECT)}:{line} imports {name}"
        for path in sources(room)
        for line, name in imports(path)
        if is_ours(name) and name not in BASE and not within(name, MAY_IMPORT[room])
    ]
    assert not wrong, "\n".join(wrong)


def graph() -> dict[str, set[str]]:
    """Return the modules that each module of ours imports, wherever in the file."""
    rooms = ("tdot_core", "ui", "pages", "app")
    named = {path: ".".join(path.relative_to(PROJECT).with_suffix("").parts) for path in sources(*rooms)}
    return {
        name.removesuffix(".__init__"): {
            to for _, to in imports(path) if is_ours(to) and to != name.removesuffix(".__init__")
        }
        for path, name in named.items()
    }


def test_no_imports_go_round_in_a_circle() -> None:
    circle: list[str] = []
    try:
        ordered = set(graphlib.TopologicalSorter(graph()).static_order())
    except graphlib.CycleError as error:
        circle, ordered = error.args[1], set(graph())
    assert not circle, " -> ".join(circle)
    assert set(graph()) <= ordered


def test_the_search_for_circles_finds_one() -> None:
    with pytest.raises(graphlib.CycleError):
        list(graphlib.TopologicalSorter(graph() | {"tdot_core.errors": {"tdot_core.registry"}}).static_order())


def heads(body: list[ast.stmt]) -> Iterator[ast.Import | ast.ImportFrom]:
    """Give the imports that run when a module is imported."""
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif isinstance(node, ast.If | ast.Try) and "TYPE_CHECKING" not in ast.unparse(getattr(node, "test", node)):
            for handler in getattr(node, "handlers", []):
                yield from heads(handler.body)
            yield from heads([*node.body, *node.orelse])


def imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    """Return the modules that one statement imports."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    names = [f"{node.module}.{alias.name}" for alias in node.names]
    return [name if is_module(name) else str(node.module) for name in names]


@cache
def burden(name: str) -> frozenset[str]:
    """Return the packages of SLOW and PERHAPS_MISSING that importing a module imports, by way of whatever it imports."""
    seen: set[str] = set()
    todo, found = [name], set()
    while todo:
        module = todo.pop()
        if module in seen:
            continue
        seen.add(module)
        if not is_ours(module):
            found |= {package for package in SLOW | PERHAPS_MISSING if within(module, (package,))}
            continue
        todo += [module.rpartition(".")[0]] if "." in module else []
        (path,) = sources(module)[:1] if not (PROJECT / module.replace(".", "/")).is_dir() else [init_of(module)]
        todo += [to for node in heads(tree(path).body) for to in imported(node)] if path.exists() else []
    return frozenset(found)


def init_of(package: str) -> Path:
    return PROJECT / package.replace(".", "/") / "__init__.py"


def test_late_imports_are_of_what_is_slow_or_may_be_missing() -> None:
    """A function imports what its module can do without: a package that is slow to import, or that may not be there.

    Everything else is imported at the top, where a reader looks for it. So rooms that need torch import it, rooms that do not
    stay quick for screens and short commands, and only the border between them is crossed inside a function. The same holds
    for imports for the type checker alone; the package's own `__init__` gives all its names late.
    """
    wrong = []
    for path in sources("tdot_core", "ui", "pages", "app"):
        module = ".".join(path.relative_to(PROJECT).with_suffix("").parts).removesuffix(".__init__")
        at_once = {id(node) for node in heads(tree(path).body)}
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Import | ast.ImportFrom) and id(node) not in at_once and module != "tdot_core":
                brought = frozenset[str]().union(*(burden(name) for name in imported(node)))
                wrong += [f"{path.relative_to(PROJECT)}:{node.lineno} {ast.unparse(node)}"] * (
                    brought <= burden(module)
                )
    assert not wrong, "imported in a function though quick, or slow and imported at the top anyway:\n" + "\n".join(
        wrong
    )


def test_the_search_for_burdens_sees_what_is_imported_further_down() -> None:
    assert {"torch"} <= burden("tdot_core.services.training.session")
    assert not burden("tdot_core.errors") and not burden("ui.server.navigation")
    assert "plotly" in burden("tdot_core.services.report.charts")


def test_no_screen_imports_another() -> None:
    wrong = [
        f"{path.relative_to(PROJECT)}:{line} imports {name}"
        for screen in SCREENS
        for path in sources(f"ui.{screen}")
        for line, name in imports(path)
        if within(name, tuple(f"ui.{other}" for other in SCREENS if other != screen))
    ]
    assert not wrong, "\n".join(wrong)
    shared = [
        f"{path.relative_to(PROJECT)}:{line} imports {name}"
        for path in sources("ui")
        if path.relative_to(PROJECT).parts[1] not in SCREENS
        for line, name in imports(path)
        if within(name, tuple(f"ui.{screen}" for screen in SCREENS))
    ]
    assert not shared, "what screens share must not know one of them:\n" + "\n".join(shared)


def test_every_screen_has_its_folder() -> None:
    assert len(SCREENS) >= 8 and set(SCREENS) <= {path.name for path in (PROJECT / "ui").iterdir() if path.is_dir()}


def test_services_holds_rooms_and_nothing_loose() -> None:
    services = PROJECT / "tdot_core" / "services"
    assert [path.name for path in services.glob("*.py")] == ["__init__.py"]


def test_every_room_says_what_lives_there() -> None:
    rooms = {path.parent for path in sources("tdot_core", "ui")}
    silent = [
        str(room.relative_to(PROJECT)) for room in sorted(rooms) if not ast.get_docstring(tree(room / "__init__.py"))
    ]
    assert not silent, "\n".join(silent)


def test_the_shared_words_depend_on_nothing() -> None:
    for name in BASE:
        assert {n for _, n in imports(sources(name)[0]) if is_ours(n)} <= BASE


def test_no_streamlit_below_ui() -> None:
    wrong = [
        f"{p.relative_to(PROJECT)}:{n}"
        for p in sources("tdot_core")
        for n, m in imports(p)
        if within(m, ("streamlit",))
    ]
    assert not wrong, "\n".join(wrong)


def entries(room: str) -> list[Path]:
    """Return the files that register something: a class with a `key` of its own."""
    return [
        path
        for path in sources(room)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef)
        for item in node.body
        if isinstance(item, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "key" for t in item.targets)
    ]


@pytest.mark.parametrize("room", ["tdot_core.priors", "tdot_core.metrics"])
def test_registered_files_do_not_know_each_other(room: str) -> None:
    found = entries(room)
    assert len(found) >= 7
    siblings = {f"{room}.{path.stem}" for path in found}
    wrong = [f"{path.name} imports {name}" for path in found for _, name in imports(path) if name in siblings]
    assert not wrong, "\n".join(wrong)


GLOBAL_DRAWS = {
    "random": {"random", "randint", "choice", "shuffle", "sample", "seed", "gauss", "uniform"},
    "np.random": {"rand", "randn", "randint", "random", "normal", "uniform", "choice", "shuffle", "permutation", "seed", "standard_normal"},
    "torch": {"manual_seed", "seed"},
}  # fmt: skip
TORCH_DRAWS = {"rand", "randn", "randint", "randperm", "normal", "bernoulli", "multinomial"}


def global_draws(path: Path) -> Iterator[str]:
    """Give the calls that draw from, or set, a random state shared by the whole process."""
    modules = {name for _, name in imports(path)}
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute):
            owner = ast.unparse(node.value)
            if node.attr in GLOBAL_DRAWS.get(owner, ()) and (owner != "random" or "random" in modules):
                yield f"{path.relative_to(PROJECT)}:{node.lineno} {owner}.{node.attr}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            name = ast.unparse(node.func)
            drawn = name.startswith("torch.") and node.func.attr.removesuffix("_like") in TORCH_DRAWS
            if drawn and not any(k.arg == "generator" for k in node.keywords):
                yield f"{path.relative_to(PROJECT)}:{node.lineno} {name} without a generator"


def test_no_global_randomness_in_the_core() -> None:
    # models/seeded.py seeds torch's own state inside a fork of it: layers take no generator when they are built.
    allowed = PROJECT / "tdot_core" / "models" / "seeded.py"
    wrong = [found for path in sources(*CORE) if path != allowed for found in global_draws(path)]
    assert not wrong, "\n".join(wrong)


def test_the_search_for_global_randomness_finds_some() -> None:
    assert any("manual_seed" in found for found in global_draws(PROJECT / "tdot_core" / "models" / "seeded.py"))


@pytest.mark.parametrize("opened", ["open", "read_text", "write_text", "read_bytes", "write_bytes", "mkdir"])
def test_maths_touches_no_files(opened: str) -> None:
    for path in sources("tdot_core.maths"):
        calls = {ast.unparse(n.func).rpartition(".")[2] for n in ast.walk(tree(path)) if isinstance(n, ast.Call)}
        assert opened not in calls, f"{path.relative_to(PROJECT)} calls {opened}"


def test_no_drawer_for_everything() -> None:
    drawers = {"utils", "util", "helpers", "misc", "common"}
    assert not [p for p in sources("tdot_core", "ui", "pages", "tests") if p.stem in drawers]


def public(body: list[ast.stmt]) -> Iterator[ast.FunctionDef | ast.ClassDef]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from (n for n in public(node.body) if not inherited(node, n))


def inherited(owner: ast.ClassDef, node: ast.FunctionDef | ast.ClassDef) -> bool:
    """Tell whether a method may leave its docstring to a base class."""
    return bool(owner.bases) and isinstance(node, ast.FunctionDef)


def test_public_names_are_documented() -> None:
    missing = [f"{p.relative_to(PROJECT)}: module" for p in sources("tdot_core", "ui", "app") if needs_docstring(p)]
    for path in sources("tdot_core", "ui"):
        names = [node for node in public(tree(path).body) if not ast.get_docstring(node)]
        missing += [f"{path.relative_to(PROJECT)}:{node.lineno} {node.name}" for node in names]
    assert not missing, "\n".join(missing)


def needs_docstring(path: Path) -> bool:
    return bool(tree(path).body) and not ast.get_docstring(tree(path))


def test_a_class_name_means_one_thing() -> None:
    """A registered class is called by its key, wherever it is registered; any other by its name alone."""
    places: dict[str, list[str]] = {}
    for path in sources("tdot_core", "ui"):
        for node in tree(path).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_") and not registers(node):
                places.setdefault(node.name, []).append(str(path.relative_to(PROJECT)))
    assert not {name: paths for name, paths in places.items() if len(paths) > 1}


def test_no_public_function_is_left_over() -> None:
    """Every public function or class at the top of a module is named somewhere else: in the project, its screens or its tests."""
    rooms = ("tdot_core", "ui", "pages", "app", "tests")
    used: dict[str, set[Path]] = {}
    for path in sources(*rooms):
        for node in ast.walk(tree(path)):
            names = {
                ast.Name: lambda n: [n.id],
                ast.Attribute: lambda n: [n.attr],
                ast.Constant: lambda n: [n.value],
                ast.ImportFrom: lambda n: [a.name for a in n.names],
            }.get(type(node), lambda n: [])(node)
            for name in names:
                if isinstance(name, str):
                    used.setdefault(name, set()).add(path)
    called_by_name = {"add_arguments", "take_settings", "run", "Config"}
    left = [
        f"{path.relative_to(PROJECT)}:{node.lineno} {node.name}"
        for path in sources("tdot_core", "ui")
        for node in tree(path).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
        if node.name not in used and node.name not in called_by_name and not registers(node)
    ]
    assert not left, "\n".join(left)


def registers(node: ast.stmt) -> bool:
    return isinstance(node, ast.ClassDef) and any(
        isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) == "key" for n in node.body
    )


@pytest.mark.parametrize("module", TORCH_FREE)
def test_imports_without_torch(module: str) -> None:
    code = f"import sys, {module}; print(sorted({{'torch', 'diffusers', 'torch_fidelity'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr[-500:]
