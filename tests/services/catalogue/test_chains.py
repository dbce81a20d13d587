"""The catalogue of samplers and grids says what the classes themselves say."""

from __future__ import annotations

from pathlib import Path

from tdot_core.maths.grids import grids
from tdot_core.maths.samplers import samplers
from tdot_core.services.catalogue.chains import grid_labels, sampler_catalogue, sampler_labels
from tdot_core.services.catalogue.sources import find_source


def test_every_sampler_is_read_as_it_is() -> None:
    found, classes = sampler_catalogue(), samplers.all()
    assert list(found) == list(classes) == list(sampler_labels())
    for key, cls in classes.items():
        info = found[key]
        assert (info.label, info.reference, info.calls_per_step, info.takes_eta) == (
            cls.label,
            cls.reference,
            cls.calls_per_step,
            cls.takes_eta,
        )
        assert [info.calls(n) for n in (1, 2, 10)] == [cls().calls(n) for n in (1, 2, 10)]
        assert find_source(cls.reference) and cls.order in (1, 2, 3)


def test_every_grid_has_a_label_and_a_source() -> None:
    assert list(grid_labels()) == list(grids.all()) and list(grid_labels())[0] == "uniform"
    assert all(find_source(cls.reference) and cls.summary for cls in grids.all().values())


NEW = '''"""A sampler in one new file."""

from tdot_core.maths.samplers.ddim import Ddim


class Twice(Ddim):
    key = "twice"
    label = "DDIM once more"
    rank = 9
'''


def test_a_new_sampler_is_one_new_file(tmp_path: Path) -> None:
    """In a copy of the core, which a fresh interpreter imports instead of this one."""
    import shutil
    import subprocess
    import sys

    project = Path(__file__).resolve().parents[3]
    shutil.copytree(project / "tdot_core", tmp_path / "tdot_core", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "tdot_core" / "maths" / "samplers" / "twice.py").write_text(NEW)
    code = (
        "import torch; from tdot_core.maths.chain import walk; from tdot_core.maths.schedule import NoiseSchedule\n"
        "from tdot_core.services.catalogue.chains import sampler_labels\n"
        "net = lambda x, t: 0.1 * x\n"
        "ends = [list(walk(net, torch.ones(1, 3), [9, 4, 0], NoiseSchedule(), sampler=s))[-1].x for s in ('ddim', 'twice')]\n"
        "print(torch.equal(*ends), sampler_labels()['twice'])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.strip() == "True DDIM once more", done.stderr[-800:]
