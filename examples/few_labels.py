"""What forty labels say of all others."""

import numpy as np
from sklearn.datasets import load_digits

from isthmus import Autoencoder, FewLabelsClassifier

digits = load_digits()
y = np.full(len(digits.images), None, object)
y[:40] = digits.target[:40]

ae = Autoencoder.from_preset("contrastive", 16, training__epochs=10)
learner = FewLabelsClassifier(ae).fit(digits.images, y)
right = (learner.predict(digits.images[40:]) == digits.target[40:]).mean()
judged = learner.judged_
print(f"by its own labels {judged.score:.2f}, likely {judged.low:.2f} to {judged.high:.2f}")
print(f"of the others {right:.2f}; label next: {learner.to_label_next(5).tolist()}")
