"""The bodies of a landing zone: `objects/<aa>/<sha256>.zst`, each kept once, by its digest, and never changed.

A body is written beside its place and renamed when it is whole. One that is there already is looked at once before it
is relied on: a disk that damaged it must not keep it damaged for ever.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import zstandard

from gpu_census.errors import CensusError

LEVEL = 1
PIECE_BYTES = 2**20


@contextlib.contextmanager
def keeping(folder: Path) -> Iterator[None]:
    """Writing in the landing zone: what the disk refuses stops the census, for it is nothing that a cloud did."""
    try:
        yield
    except OSError as error:
        wrong = error.strerror or type(error).__name__
        raise CensusError(f"{folder}: answers cannot be kept ({wrong}); make room or give another folder") from None


@dataclass(frozen=True)
class Objects:
    """Bodies below `folder`."""

    folder: Path
    whole: set[str] = field(default_factory=set, compare=False, repr=False)

    def path(self, sha256: str) -> Path:
        """Where the body with this digest is kept."""
        return self.folder / sha256[:2] / f"{sha256}.zst"

    def put(self, content: bytes) -> str:
        """Keep a body; returns its digest."""
        sha256 = hashlib.sha256(content).hexdigest()
        if not self.is_whole(sha256):
            with self.writer() as writer:
                writer.write(content)
        return sha256

    def writer(self) -> ObjectWriter:
        """A body to be written piece by piece."""
        return ObjectWriter(self)

    def read(self, sha256: str) -> bytes:
        """A body. Raises `OSError` where it is not kept, `ValueError` where it is damaged."""
        return b"".join(self._pieces(sha256))

    def is_whole(self, sha256: str) -> bool:
        """Whether the body is kept and undamaged; one that was looked at before is not read again."""
        if sha256 not in self.whole:
            try:
                for _ in self._pieces(sha256):
                    pass
            except (OSError, ValueError):
                return False
        return self.path(sha256).exists()

    def _pieces(self, sha256: str) -> Iterator[bytes]:
        path = self.path(sha256)
        digest = hashlib.sha256()
        with path.open("rb") as file:
            reader = zstandard.ZstdDecompressor().stream_reader(file)
            try:
                while piece := reader.read(PIECE_BYTES):
                    digest.update(piece)
                    yield piece
            except zstandard.ZstdError as error:
                raise ValueError(f"{path}: damaged ({error}); delete it") from None
        if digest.hexdigest() != sha256:
            raise ValueError(f"{path}: damaged, its content has another digest; delete it")
        self.whole.add(sha256)


class ObjectWriter:
    """Writes one body: compresses and digests as it comes, and puts it in place when it is whole."""

    _numbers = itertools.count()

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._digest = hashlib.sha256()
        self._path = objects.folder / f".{next(self._numbers)}.{os.getpid()}.tmp"
        with keeping(objects.folder):
            objects.folder.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("wb")
        packer = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True)
        self._packer = packer.stream_writer(self._file, closefd=False)
        self._is_wanted = True
        self.sha256 = ""

    def write(self, piece: bytes) -> None:
        """The next piece."""
        self._digest.update(piece)
        with keeping(self._objects.folder):
            self._packer.write(piece)

    def discard(self) -> None:
        """Keep nothing: there was no body."""
        self._is_wanted = False

    def __enter__(self) -> ObjectWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None and self._is_wanted:
                with keeping(self._objects.folder):
                    self._keep()
        finally:
            with contextlib.suppress(OSError):
                self._file.close()
            self._path.unlink(missing_ok=True)

    def _keep(self) -> None:
        self._packer.close()
        self._file.close()
        self.sha256 = self._digest.hexdigest()
        target = self._objects.path(self.sha256)
        target.parent.mkdir(exist_ok=True)
        self._path.rename(target)
        self._objects.whole.add(self.sha256)
