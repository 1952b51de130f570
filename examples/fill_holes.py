"""Holes in pictures, filled in."""

import numpy as np
from sklearn.datasets import load_digits

from isthmus import Autoencoder

X = load_digits().images
train, test = X[::2], X[1::2]
ae = Autoencoder.from_preset("restore-mask", random_state=0).fit(train)

hidden = np.zeros(test.shape, bool)
hidden[:, 2:5, 2:5] = True
restored = ae.restore(test, hidden)
assert np.array_equal(restored[~hidden], test[~hidden])

mean = np.broadcast_to(train.mean(0), test.shape)
for name, guess in (("restored", restored), ("mean picture", mean)):
    error = np.square(guess - test)[hidden].mean()
    print(f"{name}: mean squared error {error:.2f} where it was hidden")
