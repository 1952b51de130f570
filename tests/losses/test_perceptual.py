"""Features of a named network: read from its names, and what the loss makes of them."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from isthmus import Autoencoder
from isthmus.errors import BadFile, BadInput, BadSetting, NoData
from isthmus.losses import Perceptual, Record
from isthmus.losses.vgg import DEVIATION, MEAN, load_feature_maps
from isthmus.uses.features import train_features


def vgg(channels: int, *, normalised: bool) -> nn.Sequential:
    """The layers of a VGG network of torchvision, in small."""
    layers: list[nn.Module] = []
    for width in (4, 4, "pool", 6, "pool", 8, 8):
        if width == "pool":
            layers.append(nn.MaxPool2d(2))
            continue
        layers.append(nn.Conv2d(channels, width, 3, padding=1))
        layers += [nn.BatchNorm2d(width)] if normalised else []
        layers.append(nn.ReLU())
        channels = width
    return nn.Sequential(*layers).eval()


def write(network: nn.Sequential, path: Path) -> str:
    weights = {f"features.{key}": value for key, value in network.state_dict().items()}
    weights["classifier.0.weight"] = torch.zeros(2, 2)
    if path.suffix == ".safetensors":
        save_file(weights, path)
    else:
        torch.save(weights, path)
    return str(path)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("normalised", [False, True])
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_the_network_follows_from_the_names_of_its_weights(tmp_path, channels, normalised, suffix):
    torch.manual_seed(0)
    network = vgg(channels, normalised=normalised)
    maps = load_feature_maps(write(network, tmp_path / f"weights{suffix}"))
    x = torch.rand(2, 16, 12, channels)
    given = (x - torch.tensor(MEAN)) / torch.tensor(DEVIATION) if channels == 3 else x
    found = maps(x)
    assert [tuple(m.shape[1:]) for m in found] == [(4, 16, 12), (6, 8, 6), (8, 4, 3)]
    torch.testing.assert_close(found[-1], network(given.permute(0, 3, 1, 2)))


def record(output: Tensor, target: Tensor) -> Record:
    return Record(target, target, None, target.flatten(1), output, lambda x: x, lambda x: x)


def test_it_is_zero_for_equal_pictures_and_leads_to_them(tmp_path):
    torch.manual_seed(0)
    term = Perceptual(features=write(vgg(1, normalised=False), tmp_path / "w.pth"))
    target = torch.rand(2, 12, 12, 1)
    assert float(term(record(target.clone(), target))) == pytest.approx(0.0, abs=1e-6)
    output = torch.rand(2, 12, 12, 1, requires_grad=True)
    before = term(record(output, target))
    before.backward()
    after = term(record((output - 1e-3 * output.grad / output.grad.norm()).detach(), target))
    assert 0 < float(after) < float(before.detach())


def test_it_is_the_distance_of_unit_features(tmp_path):
    torch.manual_seed(0)
    path = write(vgg(1, normalised=False), tmp_path / "w.pth")
    output, target = torch.rand(2, 2, 8, 8, 1)
    expected = 0.0
    for a, b in zip(*(load_feature_maps(path)(x) for x in (output, target)), strict=True):
        cosine = torch.nn.functional.cosine_similarity(a, b, dim=1)
        # |u - v|^2 = |u|^2 + |v|^2 - 2 |u| |v| cos, for vectors of length one or zero.
        lengths = [(x.norm(dim=1) > 0).float() for x in (a, b)]
        expected += float((lengths[0] + lengths[1] - 2 * cosine).mean())
    found = float(Perceptual(features=path)(record(output, target))) / 64
    assert found == pytest.approx(expected, rel=1e-3)


def test_a_fit_may_use_it(tmp_path, digits):
    path = write(vgg(1, normalised=False), tmp_path / "w.safetensors")
    loss = {"mse": 1.0, "perceptual": {"weight": 0.1, "features": path}}
    ae = Autoencoder(4, network="auto", code="plain", loss=loss, training={"epochs": 2})
    history = ae.set_params(random_state=0).fit(digits[:300]).history_
    assert history[-1].loss < history[1].loss


def test_features_are_learnt_from_the_users_own_labels(tmp_path, digits):
    from sklearn.datasets import load_digits

    labels = load_digits().target.astype(str)
    items = (255 * digits).astype(np.uint8)
    found = train_features(items, labels, tmp_path / "own.safetensors", epochs=3)
    assert found.accuracy > 0.8 > 2 * found.majority
    maps = load_feature_maps(str(tmp_path / "own.safetensors"))
    assert len(maps(torch.from_numpy(digits[:2, :, :, None].astype(np.float32)))) == 3
    again = train_features(items, labels, tmp_path / "twice.safetensors", epochs=3)
    assert again == found


class Evil:
    def __reduce__(self):
        return (print, ("run",))


def test_bad_files_are_one_clear_line_and_nothing_is_run(tmp_path, capsys):
    with pytest.raises(NoData, match="isthmus features"):
        load_feature_maps(str(tmp_path / "none.pth"))
    (tmp_path / "evil.pth").write_bytes(pickle.dumps({"features.0.weight": Evil()}))
    with pytest.raises(BadFile):
        load_feature_maps(str(tmp_path / "evil.pth"))
    assert "run" not in capsys.readouterr().out
    (tmp_path / "cut.safetensors").write_bytes(b"nothing")
    with pytest.raises(BadFile):
        load_feature_maps(str(tmp_path / "cut.safetensors"))
    save_file({"layer.0.weight": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(BadFile, match=r"layer\.0\.weight"):
        load_feature_maps(str(tmp_path / "other.safetensors"))
    with pytest.raises(BadSetting, match="name its file"):
        Autoencoder(loss={"mse": 1.0, "perceptual": 0.1}).fit(np.zeros((4, 8, 8)))
    with pytest.raises(BadInput, match="at least 2"):
        train_features(np.zeros((4, 8, 8)), np.array(["a"] * 4), tmp_path / "x.safetensors")
