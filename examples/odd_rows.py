"""Odd rows, with a promise about false alarms."""

import numpy as np
from sklearn.datasets import load_breast_cancer

from isthmus import AnomalyDetector

data = load_breast_cancer()
benign, malignant = data.data[data.target == 1], data.data[data.target == 0]
detector = AnomalyDetector(false_alarms=0.05).fit(benign[::2])

alarms = (detector.predict(benign[1::2]) == -1).mean()
found = (detector.predict(malignant) == -1).mean()
print(f"{100 * alarms:.1f} % of benign cells called odd, {100 * found:.1f} % of malignant ones")

reasons = detector.contributions(malignant).mean(0)
print("most by:", ", ".join(data.feature_names[np.argsort(-reasons)[:3]]))
