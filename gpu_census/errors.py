"""The errors that stop a refresh. Their text names the place and says what to do; the CLI prints it as it is."""

from __future__ import annotations


class CensusError(Exception):
    """Something that a person has to put right; the published database stays as it was."""


class UsageError(CensusError):
    """What was asked for does not exist; the command exits with status 2."""


class ArchiveError(CensusError):
    """An archive that breaks its form: the message names the file, the column or row, and what is allowed."""


class ReferenceTableError(CensusError):
    """A reference table that contradicts itself."""


class SqlModelError(CensusError):
    """A SQL model that cannot be loaded; the message begins with `file:line`."""


class PublishError(CensusError):
    """The build is not fit to be published."""


class AskError(CensusError):
    """A question that a cloud did not answer, or answered in another form. It concerns one source; others go on.

    `told` is the message without the provider's name; `content` the body of an answer with another status than 200.
    `passing` where the same question may be answered a little later, after `wait_seconds` where the cloud says so.
    """

    def __init__(
        self,
        provider: str,
        wrong: str,
        *,
        url: str = "",
        status: int | None = None,
        content: bytes = b"",
        passing: bool = False,
        wait_seconds: float | None = None,
    ) -> None:
        self.told = f"{url}: {wrong}" if url else wrong
        self.url = url
        self.status = status
        self.content = content
        self.passing = passing
        self.wait_seconds = wait_seconds
        super().__init__(f"{provider}: {self.told}")
