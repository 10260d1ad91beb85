"""One file from pixels to probability, and the lines of the documentation that run it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import media_making as making
import numpy as np
import onnx
import onnx_making
import pytest
from PIL import Image

from raravis import flow
from raravis.classify import open_classifier
from raravis.embed import Encoder
from raravis.embed.builtin import Builtin
from raravis.embed.onnx import OnnxEncoder
from raravis.embed.toy import Toy
from raravis.errors import InputError, ModelError
from raravis.flow import export_model as exporting
from raravis.flow.export_model import Made, Source, export_model, write_model
from raravis.flow.levels import train_folder
from raravis.media.pictures import read_picture
from raravis.store import Project, labels
from raravis.types import Head, Label, Pixels

DOCS = Path(__file__).parents[2] / "docs" / "export.md"


def head(dim: int, encoder: str = "e", *, exclusive: bool = False, hidden: bool = False) -> Head:
    rng = np.random.default_rng(0)
    layer = ((rng.normal(size=(dim, 5)).astype(np.float32), rng.normal(size=5).astype(np.float32)),)
    weight, bias = rng.normal(size=(5 if hidden else dim, 2)).astype(np.float32), np.zeros(2, np.float32)
    calibration, threshold = np.array([[2, 2], [0.5, -0.5]], np.float32), np.array([0.25, 0.5], np.float32)
    layers = layer if hidden else ()
    return Head(("fox", "owl"), weight, bias, calibration, threshold, encoder, hidden=layers, exclusive=exclusive)


def photos(n: int = 6) -> list[Pixels]:
    rng = np.random.default_rng(1)
    sizes = rng.integers(10, 400, (n, 2)).tolist()
    return [np.asarray(Image.fromarray(rng.integers(0, 256, (4, 4, 3), np.uint8)).resize(size)) for size in sizes]


def written(encoder: Encoder, spec: str, folder: Path, **kind: bool) -> Made:
    return write_model(head(encoder.dim, encoder.id, **kind), encoder, Source(encoder.id, spec, None), photos(), folder)


@pytest.mark.parametrize("exclusive", [False, True])
@pytest.mark.parametrize("hidden", [False, True])
def test_the_joined_model_says_what_encoder_and_head_say(tmp_path: Path, exclusive: bool, hidden: bool) -> None:
    made = written(Builtin(), "builtin", tmp_path, exclusive=exclusive, hidden=hidden)
    assert made.why_vectors == "" and made.worst < 1e-5 and made.tried == 6
    opened = open_classifier(tmp_path)
    wanted = head(384, exclusive=exclusive, hidden=hidden).probability(Builtin()(photos()))
    assert opened(photos()) == pytest.approx(wanted, abs=1e-5) and opened([]).shape == (0, 2)
    assert opened.names == ("fox", "owl") and opened.threshold.tolist() == [0.25, 0.5]
    assert opened.exclusive == exclusive and opened.short_side == 160
    told = json.loads((tmp_path / "classifier.json").read_text())
    assert told["task"] == "classify" and told["about"]["encoder_spec"] == "builtin" and told["divide"] == 1


def test_the_json_stands_in_the_model_too_and_nothing_but_the_probability_comes_out(tmp_path: Path) -> None:
    model = onnx.load(written(Builtin(), "builtin", tmp_path).path)
    (kept,) = (json.loads(prop.value) for prop in model.metadata_props if prop.key == "raravis")
    told = json.loads((tmp_path / "classifier.json").read_text())
    assert told.pop("sha256") and kept == told
    assert [output.name for output in model.graph.output] == ["probability"]


def test_a_model_whose_batch_is_fixed_takes_any_number_once_joined(tmp_path: Path) -> None:
    model = onnx_making.mean_colour(tmp_path / "colours.onnx", batch=1)
    onnx_making.sidecar(model)
    encoder = OnnxEncoder(str(model))
    assert written(encoder, f"onnx:{model}", tmp_path / "out").why_vectors == ""
    assert open_classifier(tmp_path / "out").model.batch == 8  # type: ignore[attr-defined]


def test_what_is_no_onnx_file_is_kept_as_a_head_and_why_is_said(tmp_path: Path) -> None:
    made = written(Toy(), "toy", tmp_path, exclusive=True)
    assert made.why_vectors == "toy-1 is not one ONNX file that takes pictures" and made.why_vectors in str(made)
    opened = open_classifier(made.path)
    assert opened(photos()) == pytest.approx(head(28, exclusive=True).probability(Toy()(photos())), abs=1e-6)
    assert opened.exclusive and opened([]).shape == (0, 2) and opened.id.startswith("head-")


def test_a_joined_model_that_says_something_else_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "WITHIN", -1.0)
    made = written(Builtin(), "builtin", tmp_path)
    assert re.fullmatch("the joined model differs by .* of a probability, wanted .* at most", made.why_vectors)
    assert "encoder_spec" in json.loads((tmp_path / "classifier.json").read_text())


@pytest.fixture
def answered(seen: Project) -> Project:
    with seen.begin() as c:
        labels.add(c, [Label(item, "red", 1 if item < 7 else -1, "ann") for item in range(1, 20)])
    return seen


def test_a_concepts_newest_head_is_written_into_its_exports(answered: Project, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no classifier for 'red' yet; train one .*: raravis train --for red"):
        export_model(answered, "red")
    trained = flow.train(answered, "red")
    made = export_model(answered, "red")
    assert made.path == answered.exports / "red" / "model" / "classifier.onnx"
    opened = open_classifier(made.path.with_suffix(".json"))
    frame = making.picture(red=True)
    assert opened([frame]) == pytest.approx(trained.probability(Toy()([frame])), abs=1e-5)
    with pytest.raises(InputError, match="unknown concept 'owl'"):
        export_model(answered, "owl", out=tmp_path)


def doc_lines() -> str:
    (lines,) = re.findall(
        r"<!-- a test runs these lines as they stand -->\n```python\n(.*?)```", DOCS.read_text(), re.S
    )
    return str(lines)


@pytest.mark.parametrize("size", [(300, 200), (1600, 1100), (40, 90)])
def test_the_lines_in_the_documentation_give_the_probabilities_of_infer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    written(Builtin(), "builtin", tmp_path / "model")
    noise = np.random.default_rng(2).integers(0, 256, (9, 12, 3), np.uint8)
    Image.fromarray(noise).resize(size, Image.Resampling.BICUBIC).save(tmp_path / "photo.jpg", quality=90)
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(doc_lines(), names)
    opened = open_classifier("model")
    wanted = opened([read_picture(tmp_path / "photo.jpg", short_side=opened.short_side)])
    assert names["found"] == pytest.approx(wanted, abs=1e-4)
    assert len([line for line in doc_lines().splitlines() if line]) == 12  # ten, and two of imports


@pytest.mark.data
def test_on_real_photos_the_joined_model_of_a_trained_head_is_within_a_ten_thousandth(
    data: Path, tmp_path: Path
) -> None:
    photos = sorted((data / "photos" / "images").glob("*"))[:40]
    for row, photo in enumerate(photos):
        home = tmp_path / "set" / ("one", "other")[row % 2]
        home.mkdir(parents=True, exist_ok=True)
        (home / photo.name).write_bytes(photo.read_bytes())
    made = train_folder(tmp_path / "set", level="mlp", out=tmp_path / "out").made
    assert made is not None and made.why_vectors == "" and made.worst < 1e-4 and made.tried == 32


def test_files_that_do_not_belong_together_or_are_damaged_are_told_in_one_line(tmp_path: Path) -> None:
    written(Builtin(), "builtin", tmp_path / "a")
    written(Toy(), "toy", tmp_path / "b")
    with pytest.raises(ModelError, match="no such file; wanted a classifier"):
        open_classifier(tmp_path / "nowhere.onnx")
    (tmp_path / "a" / "classifier.onnx").write_bytes((tmp_path / "b" / "classifier.onnx").read_bytes())
    with pytest.raises(ModelError, match=r"its sidecar wants .*: another model"):
        open_classifier(tmp_path / "a")
    (tmp_path / "b" / "classifier.onnx").write_bytes(b"no model")
    with pytest.raises(ModelError, match="not a readable ONNX model"):
        open_classifier(tmp_path / "b")
    (tmp_path / "b" / "classifier.json").write_text('{"names": ["fo')
    with pytest.raises(ModelError, match="not a JSON object; it is cut off or damaged"):
        open_classifier(tmp_path / "b")
    (tmp_path / "b" / "classifier.json").unlink()
    with pytest.raises(ModelError, match=r"no classifier\.json beside it"):
        open_classifier(tmp_path / "b")
    (tmp_path / "b" / "classifier.json").write_text("{}")
    with pytest.raises(ModelError, match="no classifier; wanted what `raravis export model`"):
        open_classifier(tmp_path / "b")


def changed(file: Path, **fields: object) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | fields))


def test_a_json_that_says_what_the_model_is_not_is_told_in_one_line(tmp_path: Path) -> None:
    about = written(Toy(), "toy", tmp_path).path.with_suffix(".json")
    changed(about, names=["fox"])
    with pytest.raises(ModelError, match="got 2 thresholds for 1 names"):
        open_classifier(tmp_path)
    changed(about, threshold=[0.5])
    with pytest.raises(ModelError, match=r"got a model from \[28\] to \[2\] .* its JSON says \[28\] to \[1\]"):
        open_classifier(tmp_path)
    changed(about, encoder="toy-9")
    with pytest.raises(ModelError, match="toy makes toy-1 here, wanted toy-9; put the encoder's files back"):
        open_classifier(tmp_path)
    changed(about, encoder_spec={"spec": "gone:x"})
    with pytest.raises(ModelError, match="its encoder gone:x cannot be had: unknown encoder 'gone'"):
        open_classifier(tmp_path)
    about = written(Builtin(), "builtin", tmp_path / "of-pixels").path.with_suffix(".json")
    changed(about, threshold=[0.5])
    with pytest.raises(ModelError, match="'threshold': got 1 numbers for 2 names; wanted one for each class"):
        open_classifier(about)
    for field, got, wanted in (("threshold", [2, 0], "a list of probabilities"), ("exclusive", 1, "true or false")):
        changed(about, threshold=[0.5, 0.5], exclusive=False)
        changed(about, **{field: got})
        with pytest.raises(ModelError, match=f"sidecar field '{field}': got .* wanted {wanted}"):
            open_classifier(about)
