"""An encoder by name that was exported to ONNX is joined to a head like any other."""

from __future__ import annotations

from pathlib import Path

import by_name_making
import numpy as np
import pytest
from PIL import Image

from raravis.classify import open_classifier
from raravis.embed.without_torchvision import tell_transformers
from raravis.flow.export_model import Source, write_model
from raravis.plugins import make
from raravis.types import Head

pytest.importorskip("torch", reason="torch")
tell_transformers()
pytest.importorskip("transformers", reason="transformers")
pytest.importorskip("onnxscript", reason="onnxscript")

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the libraries about themselves


@pytest.mark.parametrize(("backend", "joined"), [("onnxruntime", True), ("torch", False)])
def test_where_its_network_is_one_onnx_file_it_takes_pixels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, backend: str, joined: bool
) -> None:
    monkeypatch.setenv("RARAVIS_CACHE", str(tmp_path / "cache"))
    spec = f"hf:name={by_name_making.vit(tmp_path / 'vit')},backend={backend}"
    encoder = make("embed", spec)
    rng = np.random.default_rng(0)
    weight, ones = rng.normal(size=(encoder.dim, 2)).astype(np.float32), np.ones(2, np.float32)
    head = Head(("fox", "owl"), weight, 0 * ones, np.stack([ones, 0 * ones]), ones / 2, encoder.id)
    noise = rng.integers(0, 256, (4, 4, 3), np.uint8)
    pictures = [np.asarray(Image.fromarray(noise).resize(size)) for size in ((50, 40), (300, 700), (9, 9))]
    made = write_model(head, encoder, Source(encoder.id, spec, None), pictures, tmp_path / "out")
    assert (made.why_vectors == "") == joined
    assert open_classifier(made.path)(pictures) == pytest.approx(head.probability(encoder(pictures)), abs=1e-4)
