"""Data sets: importing, downloading, listing, loading and deleting them.

Each is 32x32 RGB images as memory-mapped uint8 arrays with a train and a test split, kept under the hash of its
content.
"""

from tdot_core.services.datasets.catalogue import delete_dataset, hide_dataset, list_datasets, load_dataset
from tdot_core.services.datasets.cifar10 import download_cifar10
from tdot_core.services.datasets.dataset import Dataset
from tdot_core.services.datasets.importing import import_images
from tdot_core.services.datasets.info import DatasetInfo

__all__ = [
    "Dataset",
    "DatasetInfo",
    "delete_dataset",
    "download_cifar10",
    "hide_dataset",
    "import_images",
    "list_datasets",
    "load_dataset",
]
