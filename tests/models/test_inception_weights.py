"""Weights files that may be hostile, and the safe copies made of them; downloads from a real local server."""

from __future__ import annotations

import http.server
import json
import os
import pickle
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
import torchvision
from safetensors.torch import load_file, save_file

from tdot_core.errors import TdotError
from tdot_core.models import inception_weights as weights
from tdot_core.models.inception import available_layers, expected_shapes
from tdot_core.progress import Progress, finish
from tdot_core.services.storage.download import download


class Bomb:
    """Make a directory when unpickled, which proves that code ran."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.mark),)


@pytest.mark.parametrize("form", ["torch", "legacy", "pickle", "nested"])
def test_a_file_that_carries_code_is_refused_and_nothing_runs(tmp_path: Path, form: str) -> None:
    path, mark = tmp_path / "evil.pth", tmp_path / "executed"
    if form == "pickle":
        path.write_bytes(pickle.dumps(Bomb(mark)))
    else:
        content = {"Conv2d_1a_3x3.conv.weight": torch.zeros(1), "x": Bomb(mark)} if form == "nested" else Bomb(mark)
        torch.save(content, path, _use_new_zipfile_serialization=form != "legacy")
    with pytest.raises(TdotError, match=r"evil.pth (is refused|cannot be read)"):
        weights.safe_copy(path, tmp_path / "store")
    assert not mark.exists() and not (tmp_path / "store").exists()
    # The bomb is real: full unpickling would have set it off.
    if form == "pickle":
        pickle.loads(path.read_bytes())
        assert mark.exists()


def test_what_is_missing_damaged_or_something_else_is_told_apart(tmp_path: Path) -> None:
    whole = tmp_path / "linear.pth"
    torch.save(torch.nn.Linear(300, 300).state_dict(), whole)
    with pytest.raises(TdotError, match="linear.pth holds no Inception weights"):
        weights.safe_copy(whole, tmp_path / "store")
    (tmp_path / "short.pth").write_bytes(whole.read_bytes()[:-1000])
    (tmp_path / "empty.pth").write_bytes(b"")
    (tmp_path / "short.safetensors").write_bytes(b"\xff" * 100)
    for name in ("short.pth", "empty.pth", "short.safetensors"):
        with pytest.raises(TdotError, match=f"{name} (cannot be read|is refused)"):
            weights.safe_copy(tmp_path / name, tmp_path / "store")
    torch.save([torch.zeros(2)], tmp_path / "list.pth")
    with pytest.raises(TdotError, match="holds no state dict"):
        weights.safe_copy(tmp_path / "list.pth", tmp_path / "store")
    for place in (tmp_path / "none.pth", tmp_path):
        with pytest.raises(TdotError, match="do not exist there"):
            weights.safe_copy(place, tmp_path / "store")


def test_a_file_beyond_a_gibibyte_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "huge.pth"
    with path.open("wb") as file:
        file.truncate(2**30 + 1)
    with pytest.raises(TdotError, match="larger than 1 GiB"):
        weights.read_state(path)


def _torchvisions() -> dict[str, torch.Tensor]:
    return dict(torchvision.models.inception_v3(weights=None, init_weights=False).state_dict())


@pytest.mark.parametrize("lacking", ["nothing", "AuxLogits", "fc"])
def test_torchvisions_inception_is_refused_by_name(tmp_path: Path, lacking: str) -> None:
    state = {name: tensor for name, tensor in _torchvisions().items() if not name.startswith(lacking)}
    assert all(state[name].shape == shape for shapes in expected_shapes().values() for name, shape in shapes.items())
    path = tmp_path / "inception_v3_google.pth"
    torch.save(state, path)
    with pytest.raises(TdotError, match=r"inception_v3_google.pth is refused.*weights of torchvision's Inception-v3"):
        weights.safe_copy(path, tmp_path / "store")
    assert not (tmp_path / "store").exists()


def test_a_copy_that_was_made_of_torchvisions_before_serves_no_more(tmp_path: Path) -> None:
    path, store = tmp_path / "inception.pth", tmp_path / "store"
    state = _torchvisions()
    torch.save(state, path)
    store.mkdir()
    kept = {name: state[name] for shapes in expected_shapes().values() for name in shapes}
    facts = {"contents": json.dumps({"layers": ["64", "192", "768", "2048"], "classifies": False})}
    save_file(kept, weights.copy_path(path, store), facts)
    with pytest.raises(TdotError, match="torchvision"):
        weights.safe_copy(path, store)


def test_a_network_trained_further_is_no_fid_network_either(tmp_path: Path) -> None:
    state = {name: tensor for name, tensor in _torchvisions().items() if not name.startswith(("AuxLogits", "fc"))}
    torch.save({**state, "fc.weight": torch.zeros(10, 2048)}, tmp_path / "tuned.pth")
    with pytest.raises(TdotError, match=r"fc.weight of 10 rows"):
        weights.safe_copy(tmp_path / "tuned.pth", tmp_path / "store")
    torch.save({**state, "fc.weight": torch.zeros(1008, 2048)}, tmp_path / "fid.pth")
    assert weights.copied_layers(weights.safe_copy(tmp_path / "fid.pth", tmp_path / "store"))[-1] == "2048"


@pytest.mark.filterwarnings("ignore")
def test_a_torchscript_program_is_named_as_such(tmp_path: Path) -> None:
    path = tmp_path / "inception-2015-12-05.pt"
    torch.jit.script(torch.nn.Linear(3, 3)).save(path)
    with pytest.raises(TdotError, match="is a TorchScript program") as error:
        weights.safe_copy(path, tmp_path / "store")
    assert "truncated" not in str(error.value)


@pytest.mark.real
def test_a_safe_copy_keeps_what_the_layers_need_under_the_hash_of_the_source(
    inception_weights: Path, tmp_path: Path
) -> None:
    copy = weights.safe_copy(inception_weights, tmp_path / "store")
    tensors, fingerprint = weights.load_copy(copy)
    assert copy.name == f"inception-{fingerprint}.safetensors" and len(fingerprint) == 64
    assert weights.copied_layers(copy) == available_layers(tensors) == ("64", "192", "768")
    source = torch.load(inception_weights, weights_only=True)
    assert all(torch.equal(tensor, source[name].float()) for name, tensor in tensors.items())
    made = copy.stat().st_mtime_ns
    assert weights.safe_copy(inception_weights, tmp_path / "store") == copy and copy.stat().st_mtime_ns == made


@pytest.mark.real
def test_a_damaged_copy_is_made_again(inception_weights: Path, tmp_path: Path) -> None:
    copy = weights.safe_copy(inception_weights, tmp_path / "store")
    whole = copy.read_bytes()
    copy.write_bytes(whole[: len(whole) // 2])
    assert not weights.whole(copy)
    with pytest.raises(TdotError, match="missing or damaged"):
        weights.load_copy(copy)
    assert weights.safe_copy(inception_weights, tmp_path / "store").read_bytes() == whole


@pytest.mark.real
def test_safetensors_are_taken_too(inception_weights: Path, tmp_path: Path) -> None:
    state = torch.load(inception_weights, weights_only=True)
    first = {k: v.contiguous() for k, v in state.items() if k.startswith(("Conv2d_1a", "Conv2d_2"))}
    save_file(first, tmp_path / "first.safetensors")
    copy = weights.safe_copy(tmp_path / "first.safetensors", tmp_path / "store")
    assert weights.copied_layers(copy) == ("64",)
    assert load_file(copy).keys() == {k for k in first if not k.endswith("num_batches_tracked")}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """The address of a real HTTP server on this machine that serves tmp_path."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: object) -> None:
            super().__init__(*args, directory=str(tmp_path))  # type: ignore[arg-type]

        def log_message(self, *args: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{running.server_address[1]}"
        running.shutdown()
        thread.join()


def test_a_download_with_another_hash_is_discarded(server: str, tmp_path: Path) -> None:
    torch.save({"x": torch.zeros(2**19)}, tmp_path / "weights.pth")
    seen: list[Progress] = []
    with pytest.raises(TdotError, match="gave a file with SHA256 .* instead of 6726825d"):
        finish(weights.download(tmp_path / "store", download, f"{server}/weights.pth"), seen.append)
    assert seen[-1].step == seen[-1].total > 2**21 and seen[0].phase == "downloading"
    assert list((tmp_path / "store").iterdir()) == []
    assert weights.downloaded_copy(tmp_path / "store") is None


def test_no_file_and_no_network_say_what_to_do(server: str, tmp_path: Path) -> None:
    with pytest.raises(TdotError, match=r"cannot be downloaded .*404.*Use extractor cifar-cnn.*TDOT_INCEPTION"):
        finish(weights.download(tmp_path / "store", download, f"{server}/none.pth"))
    with pytest.raises(TdotError, match="cannot be downloaded"):
        finish(weights.download(tmp_path / "store", download, "http://127.0.0.1:9/weights.pth"))
    assert list((tmp_path / "store").iterdir()) == []


def test_a_connection_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    class Short(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "100000")
            self.end_headers()
            self.wfile.write(b"x" * 1000)

        def log_message(self, *args: object) -> None: ...

    with http.server.HTTPServer(("127.0.0.1", 0), Short) as running:
        thread = threading.Thread(target=running.handle_request)
        thread.start()
        with pytest.raises(TdotError, match=r"broke off after 1,000 of 100,000 bytes"):
            finish(weights.download(tmp_path / "store", download, f"http://127.0.0.1:{running.server_address[1]}/x"))
        thread.join()
    assert list((tmp_path / "store").iterdir()) == []


def test_a_copy_of_the_official_file_counts_as_downloaded(tmp_path: Path) -> None:
    path = tmp_path / f"inception-{weights.OFFICIAL}{'0' * 56}.safetensors"
    save_file({"x": torch.zeros(1)}, path, {"contents": json.dumps({"layers": ["64", "192"]})})
    assert weights.downloaded_copy(tmp_path) == path
    path.write_bytes(path.read_bytes()[:10])
    assert weights.downloaded_copy(tmp_path) is None
