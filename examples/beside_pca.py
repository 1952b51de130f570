"""Several presets, PCA beside each.

`compare` fits each preset to the same items and measures it on the same test items, at one code
size.
"""

from sklearn.datasets import load_digits

from isthmus import compare

X = load_digits().images
table = compare(X, ["default", "single-size", "linear", "vae"], n_components=8, random_state=0)
print(table[["mse", "pca_mse", "ratio", "seconds"]].round(4))
