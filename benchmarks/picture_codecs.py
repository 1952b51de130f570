"""Other codecs by Pillow: the best picture that fits into so many bytes."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

__all__ = ["CODECS", "best_under", "ms_ssim", "psnr", "smallest_over"]

Pixels = NDArray[np.uint8]

# Rates of JPEG 2000 are ratios of sizes; a step of 2 % is finer than a byte at 307.
RATES = [float(rate) for rate in np.geomspace(4000, 1, 420)]
QUALITIES = [float(quality) for quality in range(101)]


def jpeg2000(picture: Pixels, rate: float, **settings: Any) -> bytes:
    """A bare codestream: ``no_jp2`` leaves the boxes of a JP2 file out."""
    return saved(
        picture,
        format="JPEG2000",
        no_jp2=True,
        irreversible=True,
        quality_mode="rates",
        quality_layers=[rate],
        **settings,
    )


def webp(picture: Pixels, quality: float, **settings: Any) -> bytes:
    return saved(picture, format="WEBP", quality=quality, method=6, **settings)


def jpeg(picture: Pixels, quality: float, **settings: Any) -> bytes:
    return saved(picture, format="JPEG", quality=max(1, int(quality)), optimize=True, **settings)


def avif(picture: Pixels, quality: float, **settings: Any) -> bytes:
    return saved(picture, format="AVIF", quality=int(quality), speed=6, **settings)


def saved(picture: Pixels, **settings: Any) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, **settings)
    return file.getvalue()


#: Name -> how, in settings from coarse to fine, and variants of which the best counts.
CODECS: dict[str, tuple[Callable[..., bytes], list[float], list[dict[str, Any]]]] = {
    "JPEG 2000": (jpeg2000, RATES, [{"num_resolutions": n} for n in (5, 6)]),
    "WebP": (webp, QUALITIES, [{}, {"use_sharp_yuv": True}]),
    "JPEG": (
        jpeg,
        QUALITIES,
        [{"subsampling": s, "progressive": p} for s in ("4:4:4", "4:2:0") for p in (False, True)],
    ),
    "AVIF": (avif, QUALITIES, [{"subsampling": s} for s in ("4:4:4", "4:2:0")]),
}


def best_under(name: str, picture: Pixels, n_bytes: int) -> tuple[Pixels, int] | None:
    """The best picture, by squared error, of a file not larger, and its bytes; None if none is."""
    encode, settings, variants = CODECS[name]
    found = []
    for variant in variants:
        data = finest(lambda value, kw=variant: encode(picture, value, **kw), settings, n_bytes)
        if data is not None:
            with Image.open(io.BytesIO(data)) as image:
                found.append((np.asarray(image.convert("RGB")), len(data)))
    return max(found, key=lambda one: psnr(picture, one[0]), default=None)


def smallest_over(name: str, picture: Pixels, quality: float) -> int:
    """Bytes of the smallest file of a grey picture with at least so many decibels, by halving."""
    encode, settings, variants = CODECS[name]
    found = []
    for variant in variants:
        low, high = 0, len(settings) - 1
        while low < high:
            middle = (low + high) // 2
            good = psnr(picture, grey(encode(picture, settings[middle], **variant))) >= quality
            low, high = (low, middle) if good else (middle + 1, high)
        data = encode(picture, settings[low], **variant)
        if psnr(picture, grey(data)) >= quality:
            found.append(len(data))
    return min(found)


def grey(data: bytes) -> Pixels:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("L"))


def finest(
    encode: Callable[[float], bytes], settings: Iterable[float], n_bytes: int
) -> bytes | None:
    """The file of the last setting that is not larger, by halving."""
    settings = list(settings)
    low, high, best = 0, len(settings) - 1, None
    while low <= high:
        middle = (low + high) // 2
        data = encode(settings[middle])
        if len(data) <= n_bytes:
            best, low = data, middle + 1
        else:
            high = middle - 1
    return best


def psnr(one: Pixels, other: Pixels) -> float:
    """Peak signal-to-noise ratio of RGB bytes, in decibels."""
    error = np.square(one.astype(float) - other.astype(float)).mean()
    return float(10 * np.log10(255**2 / max(error, 1e-10)))


def ms_ssim(one: Pixels, other: Pixels) -> float:
    """Multi-scale structural similarity by torchmetrics; a window of 7, since 11 needs 160 pixels.

    Wang, Simoncelli and Bovik, "Multiscale structural similarity for image quality assessment"
    (Asilomar 2003).
    """
    import torch
    from torchmetrics.functional.image import multiscale_structural_similarity_index_measure

    a, b = (torch.from_numpy(x.copy()).permute(2, 0, 1)[None].float() for x in (one, other))
    return float(
        multiscale_structural_similarity_index_measure(a, b, kernel_size=7, data_range=255.0)
    )
