"""The public interface: about 20 documented names, and no torch before it is needed."""

from __future__ import annotations

import subprocess
import sys

import tdot_core


def test_every_public_name_exists_and_explains_itself() -> None:
    assert len(tdot_core.__all__) <= 24
    for name in tdot_core.__all__:
        thing = getattr(tdot_core, name)
        assert (thing.__doc__ or type(thing).__doc__ or "").strip(), name


def test_the_package_itself_loads_no_torch() -> None:
    code = "import sys, tdot_core, tdot_core.__main__ as m; m.command_modules(); print('torch' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"
