"""A code in a pipeline of scikit-learn.

Its size is chosen by a grid search. Arguments, and settings inside a slot, have the names that
scikit-learn gives them, such as `autoencoder__training__epochs`.
"""

from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from isthmus import Autoencoder

digits = load_digits()
code = Autoencoder(training={"epochs": 5}, random_state=0)
steps = make_pipeline(code, LogisticRegression(max_iter=500))
search = GridSearchCV(steps, {"autoencoder__n_components": [4, 16]}, cv=2)
search.fit(digits.data, digits.target)
print(search.best_params_, f"accuracy {search.best_score_:.3f}")
