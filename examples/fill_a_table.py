"""Missing cells, filled in by a fit to the incomplete table."""

import numpy as np
from sklearn.datasets import load_wine

from isthmus import Autoencoder

whole = load_wine().data
missing = np.random.default_rng(0).random(whole.shape) < 0.2
table = np.where(missing, np.nan, whole)

ae = Autoencoder.from_preset("restore-cells", scale="columns", random_state=0).fit(table)
filled = ae.restore(table)

deviation = whole.std(0)
for name, guess in (("filled", filled), ("column means", np.nanmean(table, axis=0) + 0 * whole)):
    error = np.square((guess - whole) / deviation)[missing].mean() ** 0.5
    print(f"{name}: {error:.2f} standard deviations off")
