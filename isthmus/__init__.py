"""Short codes for your data: autoencoders that start from PCA and only improve on it."""

__version__ = "0.1.0.dev0"
