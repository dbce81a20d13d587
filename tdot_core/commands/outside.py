"""What may be given as images made elsewhere, in the words of every command that takes them."""

OUTSIDE = (
    "a folder, zip or tar of images, or arrays (npy, npz, idx, parquet, CIFAR's files), one file or a folder of them"
)
