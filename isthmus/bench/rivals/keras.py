"""Networks in Keras on TensorFlow, as the teaching notebooks wrote them: compile, then fit.

The layer lines are those of `isthmus.networks.layers`, each made the layer that Keras has for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

if TYPE_CHECKING:
    from isthmus.bench.worker import Judge, Rows, Task

LOSSES = {"mse": "mse", "bce": "binary_crossentropy"}
# Epochs without limit: the judge ends the training.
FOREVER = 1_000_000


def compete(task: Task, judge: Judge) -> None:
    """Train epoch after epoch, judged after each."""
    tf.config.threading.set_intra_op_parallelism_threads(task.threads)
    tf.config.threading.set_inter_op_parallelism_threads(task.threads)
    keras.utils.set_random_seed(task.seed)
    options = task.options
    shape = input_shape(task)
    model = network(shape, [*options["encoder"], *options["decoder"]], options["initial"])
    judge.note(n_parameters=model.count_params())
    optimizer = keras.optimizers.get(options["optimizer"])
    optimizer.learning_rate = options["learning_rate"]
    model.compile(optimizer=optimizer, loss=LOSSES[options["loss"]])
    clean, seen = task.train.reshape(-1, *shape), task.seen().reshape(-1, *shape)
    # Drawn at random: pictures of a folder lie class by class.
    order = np.random.default_rng(task.seed).permutation(len(clean))
    held_out, kept = np.split(order, [round(options.get("validation", 0.0) * len(clean))])
    validation = (seen[held_out], clean[held_out]) if len(held_out) else None
    watching = [*watchers(options), AfterEpoch(judge, shape)]
    more = {"epochs": FOREVER, "verbose": 0, "validation_data": validation, "callbacks": watching}
    if "flip" in options.get("augment", ()):
        model.fit(Flipped(seen, clean, kept, options["batch_size"]), **more)
    elif validation:
        model.fit(seen[kept], clean[kept], batch_size=options["batch_size"], **more)
    else:
        model.fit(seen, clean, batch_size=options["batch_size"], **more)


def input_shape(task: Task) -> tuple[int, ...]:
    """Rows for a dense network, pictures with channels for a convolutional one."""
    if task.options["encoder"][0].startswith("dense"):
        return (task.n_features,)
    return task.item_shape if len(task.item_shape) == 3 else (*task.item_shape, 1)


def network(shape: tuple[int, ...], lines: list[str], initial: str) -> Any:
    """A Sequential of the layer lines; ``initial`` is "glorot" or "lecun"."""
    kernel = "lecun_normal" if initial == "lecun" else "glorot_uniform"
    model = keras.Sequential([keras.Input(shape)])
    for line in lines:
        word, *rest = line.split()
        if word == "dense" and model.layers and len(model.output_shape) > 2:
            model.add(keras.layers.Flatten())
        model.add(LAYERS[word](rest, kernel))
    return model


def _activation(words: list[str]) -> str | None:
    return words[0] if words else None


def _dense(words: list[str], kernel: str) -> Any:
    return keras.layers.Dense(
        int(words[0]), activation=_activation(words[1:]), kernel_initializer=kernel
    )


def _conv(words: list[str], kernel: str) -> Any:
    unpadded = "unpadded" in words
    activation = _activation([word for word in words[1:] if word != "unpadded"])
    padding = "valid" if unpadded else "same"
    return keras.layers.Conv2D(
        int(words[0]), 3, activation=activation, padding=padding, kernel_initializer=kernel
    )


LAYERS = {
    "dense": _dense,
    "conv": _conv,
    "pool": lambda words, kernel: keras.layers.MaxPooling2D(2, padding="same"),
    "maximum": lambda words, kernel: keras.layers.GlobalMaxPooling2D(),
    "up": lambda words, kernel: keras.layers.UpSampling2D(2),
    "reshape": lambda words, kernel: keras.layers.Reshape([int(word) for word in words]),
}


def watchers(options: dict[str, Any]) -> list[Any]:
    """Early stopping and learning-rate reduction, where a source has them."""
    chosen = []
    if options.get("reduce_patience"):
        chosen.append(
            keras.callbacks.ReduceLROnPlateau(patience=options["reduce_patience"], factor=0.5)
        )
    if options.get("patience"):
        chosen.append(keras.callbacks.EarlyStopping(patience=options["patience"]))
    return chosen


class AfterEpoch(keras.callbacks.Callback):
    """Measures after each epoch, or where the time is over."""

    def __init__(self, judge: Judge, shape: tuple[int, ...]):
        super().__init__()
        self.judge, self.shape, self.epoch = judge, shape, 0

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Measure if the time is over."""
        self.judge.step(self.rebuild, self.epoch + (batch + 1) / self.params["steps"])

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Measure."""
        self.epoch = epoch + 1
        self.judge(self.rebuild, self.epoch)

    def rebuild(self, rows: Rows) -> Any:
        """Rows through the network."""
        return self.model.predict(rows.reshape(-1, *self.shape), batch_size=256, verbose=0)


class Flipped(keras.utils.PyDataset):
    """Batches in a new order at each pass, half of the pictures mirrored."""

    def __init__(self, seen: Rows, clean: Rows, kept: NDArray[np.intp], size: int):
        super().__init__()
        self.seen, self.clean, self.order, self.size = seen, clean, kept, size
        self.chance = np.random.default_rng(0)

    def __len__(self) -> int:
        return -(-len(self.order) // self.size)

    def __getitem__(self, index: int) -> tuple[Rows, Rows]:
        picked = self.order[index * self.size : (index + 1) * self.size]
        mirrored = self.chance.random(len(picked)) < 0.5
        return self._some(self.seen, picked, mirrored), self._some(self.clean, picked, mirrored)

    def on_epoch_end(self) -> None:
        """A new order."""
        self.chance.shuffle(self.order)

    @staticmethod
    def _some(pictures: Rows, picked: Any, mirrored: Any) -> Rows:
        batch = pictures[picked]
        batch[mirrored] = batch[mirrored, :, ::-1]
        return batch
