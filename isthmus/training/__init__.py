"""The one loop, its schedule, checkpoints and watchers."""

from isthmus.training.loop import Outcome, Saving, train
from isthmus.training.pace import Pace
from isthmus.training.progress import Epoch, Progress, Tracker, Watcher, tracked
from isthmus.training.settings import Training
from isthmus.training.task import Task, chance

__all__ = [
    "Epoch",
    "Outcome",
    "Pace",
    "Progress",
    "Saving",
    "Task",
    "Tracker",
    "Training",
    "Watcher",
    "chance",
    "tracked",
    "train",
]
