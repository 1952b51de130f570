"""The network slot: what shape the data have."""

from isthmus.networks.auto import Auto
from isthmus.networks.block_start import BlockStart
from isthmus.networks.conv import Conv
from isthmus.networks.dense import Dense, Linear
from isthmus.networks.gaussian_start import GaussianStart
from isthmus.networks.layers import Layers
from isthmus.networks.looks import Looks
from isthmus.networks.mixed import Mixed
from isthmus.networks.neighbours import Neighbours
from isthmus.networks.network import Banks, Network, Site, Start
from isthmus.networks.pca_start import PCAStart
from isthmus.networks.picture_start import PictureStart
from isthmus.networks.placing import VOTERS, Arrangement, settled
from isthmus.networks.trust import give_trust
from isthmus.networks.u_net import UNet

__all__ = [
    "VOTERS",
    "Arrangement",
    "Auto",
    "Banks",
    "BlockStart",
    "Conv",
    "Dense",
    "GaussianStart",
    "Layers",
    "Linear",
    "Looks",
    "Mixed",
    "Neighbours",
    "Network",
    "PCAStart",
    "PictureStart",
    "Site",
    "Start",
    "UNet",
    "give_trust",
    "settled",
]
