"""The public originals of the built-in data sets: where they lie, how large, which checksum."""

from dataclasses import dataclass

from core.datasets.licences import LICENCES


@dataclass(frozen=True)
class RemoteFile:
    """One file: its name below the data set's folder, address, checksum and size in bytes."""

    name: str
    url: str
    checksum: str
    size: int


@dataclass(frozen=True)
class Original:
    """A data set as its authors publish it."""

    title: str
    licence: str
    files: tuple[RemoteFile, ...]


def _idx(base: str, files: tuple[tuple[str, str, int], ...]) -> tuple[RemoteFile, ...]:
    return tuple(
        RemoteFile(name, f"{base}/{name}", f"md5:{checksum}", size)
        for name, checksum, size in files
    )


ORIGINALS: dict[str, Original] = {
    "mnist": Original(
        title="MNIST",
        licence=LICENCES["mnist"],
        files=_idx(
            "https://ossci-datasets.s3.amazonaws.com/mnist",
            (
                ("train-images-idx3-ubyte.gz", "f68b3c2dcbeaaa9fbdd348bbdeb94873", 9912422),
                ("train-labels-idx1-ubyte.gz", "d53e105ee54ea40749a09fcbcd1e9432", 28881),
                ("t10k-images-idx3-ubyte.gz", "9fb629c4189551a2d022fa330f9573f3", 1648877),
                ("t10k-labels-idx1-ubyte.gz", "ec29112dd5afa0611ce80d1b7f02629c", 4542),
            ),
        ),
    ),
    "fashion_mnist": Original(
        title="Fashion-MNIST",
        licence=LICENCES["fashion_mnist"],
        files=_idx(
            "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion",
            (
                ("train-images-idx3-ubyte.gz", "8d4fb7e6c68d591d4c3dfef9ec88bf0d", 26421880),
                ("train-labels-idx1-ubyte.gz", "25c81989df183df01b3e8a0aad5dffbe", 29515),
                ("t10k-images-idx3-ubyte.gz", "bef4ecab320f06d8554ea6380940ec79", 4422102),
                ("t10k-labels-idx1-ubyte.gz", "bb300cfdad3c16e7a12a480ee83cd310", 5148),
            ),
        ),
    ),
    "cifar10": Original(
        title="CIFAR-10, binary version",
        licence=LICENCES["cifar10"],
        files=(
            RemoteFile(
                "cifar-10-binary.tar.gz",
                "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
                "md5:c32a1d4ab5d03f1284b67883e8d87530",
                170052171,
            ),
        ),
    ),
    "cifar100": Original(
        title="CIFAR-100, binary version",
        licence=LICENCES["cifar100"],
        files=(
            RemoteFile(
                "cifar-100-binary.tar.gz",
                "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",
                "md5:03b5dce01913d631647c71ecec9e9cb8",
                168513733,
            ),
        ),
    ),
}
