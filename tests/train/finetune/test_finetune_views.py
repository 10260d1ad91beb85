"""What a network is shown in training, and what a mixture teaches."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from raravis.onnx import Sidecar
from raravis.onnx.prepare import prepare

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

from raravis.train.finetune import network  # noqa: E402  # needs PyTorch
from raravis.train.finetune.views import Draw, changed, draw, mixed, shown, whole  # noqa: E402

PLAIN = Sidecar("tiny", "1", 8, 8, divide=1.0)
CPU = torch.device("cpu")


def pictures(n: int = 4, side: int = 8) -> Any:
    return np.random.default_rng(0).integers(0, 256, (n, side, side, 3)).astype(np.uint8)


def drawn(n: int, **given: Any) -> Draw:
    return whole(n)._replace(**given)


def test_a_picture_in_use_is_shown_as_it_is_prepared() -> None:
    sidecar = Sidecar("tiny", "1", 8, 8, mean=(0.4, 0.5, 0.6), std=(0.2, 0.3, 0.4))
    some = pictures()
    assert np.allclose(shown(sidecar, some, CPU).numpy(), prepare(sidecar, list(some)), atol=1e-6)
    last = Sidecar("tiny", "1", 8, 8, layout="NHWC", mean=(0.4, 0.5, 0.6))
    assert np.allclose(shown(last, some, CPU).numpy(), prepare(last, list(some)), atol=1e-6)


def test_with_nothing_left_to_chance_all_of_a_picture_is_shown() -> None:
    some = pictures()
    assert np.allclose(changed(PLAIN, some, whole(4), CPU), shown(PLAIN, some, CPU), atol=1e-3)


def test_a_flipped_picture_is_mirrored_and_its_neighbour_is_not() -> None:
    some = pictures(2)
    out = changed(PLAIN, some, drawn(2, flipped=np.array([True, False])), CPU)
    straight = shown(PLAIN, some, CPU)
    assert np.allclose(out[0], straight[0].flip(-1), atol=1e-3) and np.allclose(out[1], straight[1], atol=1e-3)


def test_a_crop_shows_its_window_at_the_size_of_the_input() -> None:
    large = pictures(1, side=16)
    lower_right = np.array([[0.5, 0.5, 0.5, 0.5]], np.float32)
    out = changed(PLAIN, large, drawn(1, windows=lower_right), CPU)
    assert np.allclose(out[0].permute(1, 2, 0), large[0, 8:, 8:], atol=1e-3)


def test_crops_lie_inside_and_show_as_much_as_asked() -> None:
    x, y, w, h = draw(np.random.default_rng(0), 1000, smallest=0.3, mixup=0.0).windows.T
    assert min(x.min(), y.min()) >= 0 and max((x + w).max(), (y + h).max()) <= 1 + 1e-6
    assert 0.25 < (w * h).min() < 0.35 and (w * h).max() > 0.9
    assert (w / h).min() >= 0.75 and (w / h).max() <= 4 / 3 + 1e-6


def test_each_picture_has_a_share_of_its_own_and_is_more_itself_than_its_partner() -> None:
    share = draw(np.random.default_rng(0), 1000, smallest=1.0, mixup=0.4).share
    assert len(np.unique(share)) > 900 and share.min() >= 0.5 and share.max() <= 1


def test_without_mixup_every_picture_is_itself() -> None:
    one = draw(np.random.default_rng(0), 5, smallest=1.0, mixup=0.0)
    assert (one.share == 1).all()
    assert torch.equal(mixed(torch.arange(5.0), one), torch.arange(5.0))


def test_pictures_are_mixed_each_by_its_own_share() -> None:
    how = drawn(3, partner=np.array([1, 2, 0]), share=np.array([1, 0.75, 0.5], np.float32))
    assert mixed(torch.tensor([0.0, 100, 200]), how).tolist() == [0, 125, 100]


@pytest.mark.parametrize("exclusive", [True, False])
def test_the_loss_of_a_mixture_is_each_pictures_two_losses_by_its_own_share_not_a_share_of_the_mean(
    exclusive: bool,
) -> None:
    rng = np.random.default_rng(0)
    logits = torch.from_numpy(rng.normal(0, 2, (4, 3)).astype(np.float32))
    yes = torch.eye(4)[:, :3].contiguous()
    no = 1 - yes
    how = drawn(4, partner=np.array([2, 3, 1, 0]), share=np.array([0.9, 0.6, 0.5, 1], np.float32))
    got = network.loss(logits, mixed(yes, how), mixed(no, how), exclusive=exclusive)

    def own(of: int, taught_by: int) -> float:
        row = slice(of, of + 1), slice(taught_by, taught_by + 1)
        return float(network.loss(logits[row[0]], yes[row[1]], no[row[1]], exclusive=exclusive))

    wanted = [s * own(i, i) + (1 - s) * own(i, int(how.partner[i])) for i, s in enumerate(how.share)]
    assert float(got) == pytest.approx(np.mean(wanted), rel=1e-5)


def test_the_loss_of_exclusive_classes_is_cross_entropy() -> None:
    logits, true = torch.randn(5, 3, generator=torch.Generator().manual_seed(0)), torch.tensor([0, 2, 1, 1, 0])
    yes = torch.nn.functional.one_hot(true, 3).float()
    got = network.loss(logits, yes, torch.zeros(5, 3), exclusive=True)
    assert float(got) == pytest.approx(float(torch.nn.functional.cross_entropy(logits, true)))


def test_an_answer_that_is_not_known_teaches_nothing() -> None:
    logits = torch.zeros(1, 2, requires_grad=True)
    network.loss(logits, torch.tensor([[1.0, 0]]), torch.zeros(1, 2), exclusive=False).backward()
    assert logits.grad is not None and logits.grad[0].tolist() == [-0.5, 0.0]
