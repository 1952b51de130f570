"""How to train: the settings of the one loop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

from sklearn.base import BaseEstimator

from isthmus.errors import BadSetting, unknown_name
from isthmus.settings import Interval, Names, Range, Several, check_settings
from isthmus.spaces import IntLog, LogUniform, Space
from isthmus.training.augmentation import AUGMENTATIONS
from isthmus.training.optimizers import OPTIMIZERS, Optimizer
from isthmus.training.schedules import SCHEDULES

__all__ = ["Training"]

DEFAULT_OPTIMIZER = "adam"
# Without a wish from the user: enough steps for a small set, not too many passes over a large one.
STEPS_WANTED = 4000
EPOCHS_BETWEEN = (10, 100)
STEPS_AN_EPOCH = 20
BATCH_BETWEEN = (16, 256)
# A large picture is many examples in one: of photographs of 128x128, steps of 32 learn in one pass
# what steps of 256 do not learn in four; steps of 16 are 0.5 % better after the same minutes.
VALUES_A_STEP = 800_000
RATE_OF_ONE = 1.5e-4


class Training(BaseEstimator):
    """Settings of a fit.

    Parameters
    ----------
    epochs : int or None, default=None
        Passes over the data; None takes as many as make about 4,000 steps, from 10 to 100.
    minutes : float or None, default=None
        Fit this long instead, PCA included; the schedule fits itself to the time. It depends on the
        machine's speed and is not repeatable to the bit.
    batch_size : int or None, default=None
        Items a step; None takes 256, fewer of large pictures (16 of 128x128x3) and where an epoch
        would have under 20 steps, at least 16.
    optimizer : {"adam", "muon", "rmsprop", "sgd"} or None, default=None
        None takes ``adam``, or what the network learns fastest by.
    learning_rate : float or None, default=None
        None takes 1.5e-4 times the square root of the batch size, 2.4e-3 for 256 items: the scaling
        under which Adam behaves alike at all batch sizes (Malladi et al., "On the SDEs and scaling
        rules for adaptive gradient algorithms", NeurIPS 2022). For large pictures the batch size
        counts as the geometric mean of itself and of what it would be for small ones.
    schedule : {"cosine", "constant"}, default="cosine"
        How the learning rate moves: up over the first tenth and down to zero, or not at all.
    validation : float, default=0.1
        Share of the items held out to judge each epoch, at most 10,000 items; the weights of the
        best epoch are kept. With 0 nothing is held out and the last weights are kept.
    patience : int or None, default=None
        Stop after this many epochs without a better held-out loss.
    reduce_patience : int or None, default=None
        Multiply the learning rate by ``reduce_factor`` after this many epochs without a better one.
    reduce_factor : float, default=0.5
        What the learning rate is multiplied by, in (0, 1).
    augment : sequence of {"flip", "turn", "shift", "crop"}, default=()
        Random changes of pictures while training.
    patch : int or None, default=None
        Train on squares of so many pixels on a side, cut out of pictures at random, for networks
        that take pictures of any size; None takes whole pictures.
    precision : {"auto", "float32", "bfloat16"}, default="auto"
        Of the products; weights stay float32. ``auto`` takes bfloat16 where the device has
        instructions for it and a step multiplies enough for it to pay.
    device : {"auto", "cpu", "cuda"}, default="auto"
        ``auto`` takes a CUDA device where there is one.
    """

    name: ClassVar[str] = "training"
    ranges: ClassVar[Mapping[str, Range]] = {
        "epochs": Interval(int, 0, optional=True),
        "minutes": Interval(float, 0.0, closed="neither", optional=True),
        "batch_size": Interval(int, 1, optional=True),
        "optimizer": Names(tuple(OPTIMIZERS), optional=True),
        "learning_rate": Interval(float, 0.0, closed="neither", optional=True),
        "schedule": Names(tuple(SCHEDULES)),
        "validation": Interval(float, 0.0, 0.9),
        "patience": Interval(int, 1, optional=True),
        "augment": Several(tuple(AUGMENTATIONS)),
        "patch": Interval(int, 8, optional=True),
        "reduce_patience": Interval(int, 1, optional=True),
        "reduce_factor": Interval(float, 0.0, 1.0, closed="neither"),
        "precision": Names(("auto", "float32", "bfloat16")),
        "device": Names(("auto", "cpu", "cuda")),
    }
    # Not the optimiser: of dense layers a step of Muon costs up to ten of Adam's and gains nothing.
    search: ClassVar[Mapping[str, Space]] = {
        "learning_rate": LogUniform(3e-4, 1e-2),
        "batch_size": IntLog(32, 512),
    }

    def __init__(
        self,
        epochs: int | None = None,
        minutes: float | None = None,
        batch_size: int | None = None,
        optimizer: str | None = None,
        learning_rate: float | None = None,
        schedule: str = "cosine",
        validation: float = 0.1,
        patience: int | None = None,
        reduce_patience: int | None = None,
        reduce_factor: float = 0.5,
        augment: Sequence[str] = (),
        patch: int | None = None,
        precision: str = "auto",
        device: str = "auto",
    ):
        self.epochs = epochs
        self.minutes = minutes
        self.batch_size = batch_size
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.validation = validation
        self.patience = patience
        self.reduce_patience = reduce_patience
        self.reduce_factor = reduce_factor
        self.augment = augment
        self.patch = patch
        self.precision = precision
        self.device = device

    @classmethod
    def resolve(cls, choice: Mapping[str, Any] | Training | None) -> Self:
        """The settings from a mapping, checked; None gives the defaults.

        Raises
        ------
        BadSetting
            If a setting is unknown or out of its range.
        """
        if choice is None or isinstance(choice, Mapping):
            settings = dict(choice or {})
            for setting in settings:
                if setting not in cls._get_param_names():
                    raise unknown_name("training setting", setting, cls._get_param_names())
            choice = cls(**settings)
        if not isinstance(choice, cls):
            raise BadSetting(f"training={choice!r}, expected a mapping of settings or a Training.")
        check_settings(choice)
        if choice.validation == 0 and (choice.patience or choice.reduce_patience):
            raise BadSetting(
                "patience and reduce_patience watch the held-out loss, and validation=0 holds "
                "nothing out; set validation=0.1."
            )
        return choice

    def optimizer_class(self) -> type[Optimizer]:
        """What moves the weights."""
        return OPTIMIZERS[self.optimizer or DEFAULT_OPTIMIZER]

    def batch_size_for(self, n_items: int, n_values: int = 1) -> int:
        """Items a step, chosen by their number and their size where the user named none."""
        if self.batch_size is not None:
            return self.batch_size
        low, high = BATCH_BETWEEN
        high = min(high, max(VALUES_A_STEP // n_values, low))
        return min(max(n_items // STEPS_AN_EPOCH, low), high)

    def rate_for(self, batch_size: float) -> float:
        """The largest learning rate of the fit, chosen by the batch size where none was named."""
        if self.learning_rate is not None:
            return self.learning_rate
        return RATE_OF_ONE * batch_size**0.5

    def epochs_for(self, steps_per_epoch: int) -> int:
        """The number of epochs, chosen by the size of the data where the user named none."""
        if self.epochs is not None:
            return self.epochs
        low, high = EPOCHS_BETWEEN
        return min(max(round(STEPS_WANTED / steps_per_epoch), low), high)
