"""New items, from any autoencoder."""

import numpy as np
from sklearn.datasets import load_digits

from isthmus import Autoencoder
from isthmus.uses.generation import CodeDensity

X = load_digits().images
ae = Autoencoder(16, random_state=0).fit(X)
density = CodeDensity().fit(ae.transform(X))
new = ae.inverse_transform(density.sample(100, random_state=0))

vae = Autoencoder.from_preset("vae", 8, random_state=0).fit(X)
drawn = vae.sample(100, random_state=0)

for name, items in (("by the density of codes", new), ("by the prior", drawn)):
    nearest = np.sqrt(np.square(items[:, None] - X[None, :500]).sum((2, 3)).min(1))
    print(f"{name}: {nearest.mean():.1f} from the nearest real digit, on average")
