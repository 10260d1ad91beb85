"""The recipe of the trained encoder, on a network and views that the test makes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
pytest.importorskip("onnxscript", reason="onnxscript is not installed")

RECIPE = Path(__file__).parents[1] / "train_encoder"
SIDE, DIM, VIEWS = 32, 6, 256


@pytest.fixture
def recipe(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(RECIPE)
    for name in ("student", "cut", "distil", "views", "pictures", "export"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    import cut
    import distil
    import student

    torch.manual_seed(0)
    monkeypatch.setattr(distil, "BATCH", 32)
    return type("Recipe", (), {"cut": cut, "distil": distil, "student": student})


@pytest.fixture
def network(recipe: Any) -> Any:
    s = recipe.student

    def unit(widen: Any, outside: int, *, residual: bool) -> Any:
        wide = widen.out_channels
        alone = s.convolution(wide, wide, kernel=3, alone=True)
        return s.Unit(widen, alone, s.convolution(wide, outside), residual=residual)

    units = [
        unit(s.convolution(3, 16, kernel=3, stride=2), 8, residual=False),
        unit(s.convolution(8, 48), 8, residual=True),
    ]
    return s.Network(units, s.convolution(8, 24), torch.nn.Identity()).eval()


@pytest.fixture
def pictures() -> Any:
    return torch.rand(VIEWS, 3, SIDE, SIDE) * 2 - 1


def targets_of(network: Any, pictures: Any) -> Any:
    with torch.no_grad():
        return network(pictures)[:, :DIM]


def test_a_network_of_which_nothing_is_cut_says_what_it_said(recipe: Any, network: Any, pictures: Any) -> None:
    wanted = targets_of(network, pictures)
    made = recipe.cut.cut(network, pictures, [pictures], wanted, share=1.0, stem=16, last=24)
    with torch.no_grad():
        assert torch.allclose(made(pictures), wanted, atol=1e-2 * float(wanted.abs().max()))


def test_cutting_half_keeps_more_of_what_is_said_than_dropping_the_last_half(
    recipe: Any, network: Any, pictures: Any
) -> None:
    inside = torch.rand(500, 8) @ torch.rand(8, 40)  # 40 channels that say what 8 say
    outside = inside @ torch.rand(40, 3)
    kept, weight, bias = recipe.cut._chosen(inside, outside, 8)
    assert len(kept) == len(set(kept.tolist())) == 8
    assert (inside[:, kept] @ weight.T + bias - outside).abs().max() < 0.05 * outside.std()


def test_a_cut_network_has_the_widths_asked_for(recipe: Any, network: Any, pictures: Any) -> None:
    made = recipe.cut.cut(network, pictures, [pictures], targets_of(network, pictures), share=0.4, stem=8, last=12)
    assert [unit.narrow.in_channels for unit in made.units] == [8, 16]  # 0.4 of 48 is 19: the nearest 16
    assert made.last.out_channels == 12 and made(pictures).shape == (VIEWS, DIM)


def test_batch_normalisation_changes_nothing_before_training(recipe: Any, network: Any, pictures: Any) -> None:
    with torch.no_grad():
        before = network(pictures)
        after = recipe.student.normalised(network, pictures).eval()(pictures)
    assert torch.allclose(before, after, atol=1e-4)
    assert sum(isinstance(layer, torch.nn.BatchNorm2d) for layer in network.modules()) == 7


def test_training_comes_nearer_to_what_is_to_be_said_and_goes_on_where_it_was_stopped(
    recipe: Any, network: Any, pictures: Any, tmp_path: Path
) -> None:
    distil, file = recipe.distil, tmp_path / "state.pt"
    wanted = torch.nn.functional.normalize(torch.randn(VIEWS, 24))
    pixels = ((pictures.permute(0, 2, 3, 1).numpy() + 1) * 127).astype(np.uint8)
    rows = np.arange(VIEWS)
    views = distil.Views(pixels, wanted, rows[32:], rows[:32])
    run = distil.Run.begin(recipe.student.normalised(network, pictures))
    first = distil._step(run, views, views.train[:32], 0.7)
    distil.train(run, views, steps=10, seed=0, file=file)
    again = torch.load(file, weights_only=False)
    assert again.step == 10
    distil.train(again, views, steps=30, seed=0, file=file)
    assert again.step == 30 and distil._step(again, views, views.train[:32], 0.99) < first


def test_what_is_to_be_said_has_unit_length_and_agrees_more_within_a_scene(recipe: Any, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    np.save(tmp_path / "teacher.npy", rng.random((480, 400), np.float32))
    np.save(tmp_path / "scene.npy", np.repeat(np.arange(120), 4))
    np.save(tmp_path / "views.npy", np.zeros((480, 8, 8, 3), np.uint8))
    alone, drawn = (recipe.distil.load(tmp_path, agree).targets.numpy() for agree in (0.0, 0.5))
    assert np.allclose(np.linalg.norm(drawn, axis=1), 1, atol=1e-5) and drawn.shape[1] == recipe.distil.DIM

    def likeness(targets: Any) -> float:
        return float((targets[0::4] * targets[1::4]).sum(axis=1).mean())

    assert likeness(drawn) > likeness(alone) + 0.2


def test_scenes_are_held_out_whole(recipe: Any, tmp_path: Path) -> None:
    scene = np.repeat(np.arange(100), 4)
    np.save(tmp_path / "teacher.npy", np.random.default_rng(0).random((400, 390), np.float32))
    np.save(tmp_path / "scene.npy", scene)
    np.save(tmp_path / "views.npy", np.zeros((400, 8, 8, 3), np.uint8))
    views = recipe.distil.load(tmp_path, 0.0)
    assert not set(scene[views.held]) & set(scene[views.train])
    assert set(scene[views.held].tolist()) == {0, 40, 80}


def test_evened_vectors_spread_more_alike_in_all_directions(recipe: Any) -> None:
    import export

    plain = torch.nn.functional.normalize(torch.randn(400, 5) * torch.tensor([8.0, 4, 2, 1, 0.5]))
    with torch.no_grad():
        even = export.evened(plain)(plain)
    before, after = (torch.linalg.eigvalsh(torch.cov(rows.T)) for rows in (plain, even))
    assert float(after[-1] / after[0]) < 0.5 * float(before[-1] / before[0])
    assert even.mean(dim=0).abs().max() < 1e-4
