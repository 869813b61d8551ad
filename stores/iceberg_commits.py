"""A catalog whose answer to a commit is believed only after a look at the table.

Theory of operation. pyiceberg deletes the files of a commit that the catalog has refused. But a
refusal may be wrong: where a proxy or a load balancer repeats a request whose answer was lost, the
first one landed and the second one meets it. Then a table's newest snapshot has no files any more,
and nobody can read the table. So after every failed commit the table is loaded again:

* our snapshot is there, found by its own id: the commit has landed, whatever was answered;
* it is not, and the table has moved on from the snapshot that the commit was built upon: it can
  never land, because the catalog takes it upon that snapshot only. `CommitFailedException`, after
  which files may be deleted and all of it may be done again;
* neither, or the table cannot be loaded: nobody knows. `CommitStateUnknownException`, after which
  pyiceberg deletes nothing. Trying again is safe where the new commit is built upon a snapshot,
  since of two commits upon one snapshot one lands at most.

Source: Iceberg's REST catalog specification, `updateTable`.
"""

from typing import TYPE_CHECKING

from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.exceptions import (
    CommitFailedException,
    CommitStateUnknownException,
    NoSuchTableError,
    RESTError,
)
from pyiceberg.table import CommitTableResponse
from pyiceberg.table.update import AddSnapshotUpdate, AssertRefSnapshotId
from requests import RequestException

if TYPE_CHECKING:
    from pyiceberg.table import Table as IcebergTable
    from pyiceberg.table.metadata import TableMetadata
    from pyiceberg.table.update import TableRequirement, TableUpdate


class VerifyingCatalog(RestCatalog):
    """A REST catalog that looks what became of each commit that seems to have failed."""

    def commit_table(
        self,
        table: "IcebergTable",
        requirements: "tuple[TableRequirement, ...]",
        updates: "tuple[TableUpdate, ...]",
    ) -> CommitTableResponse:
        """Commit updates to a table.

        Raises:
            CommitFailedException: it has not landed and never will.
            CommitStateUnknownException: it may have landed, or may still.
            NoSuchTableError: there is no such table.
        """
        try:
            answer: CommitTableResponse = super().commit_table(table, requirements, updates)
        except NoSuchTableError:
            raise
        except (CommitFailedException, RESTError, RequestException) as error:
            return self._verified(table, requirements, updates, error)
        return answer

    def _verified(
        self,
        table: "IcebergTable",
        requirements: "tuple[TableRequirement, ...]",
        updates: "tuple[TableUpdate, ...]",
        error: Exception,
    ) -> CommitTableResponse:
        name = ".".join(table.name())
        try:
            now = self.load_table(table.name())
        except (RESTError, RequestException) as unseen:
            raise CommitStateUnknownException(
                f"{name}: the commit failed and the table cannot be loaded: {unseen}"
            ) from error
        added = [one.snapshot.snapshot_id for one in updates if isinstance(one, AddSnapshotUpdate)]
        if added and all(now.metadata.snapshot_by_id(one) is not None for one in added):
            landed = {"metadata": now.metadata, "metadata-location": now.metadata_location}
            return CommitTableResponse.model_validate(landed)
        if (not added and isinstance(error, CommitFailedException)) or _moved_on(
            now.metadata, requirements
        ):
            raise CommitFailedException(f"{name}: another commit was first: {error}") from error
        raise CommitStateUnknownException(
            f"{name}: expected an answer to a commit, found {type(error).__name__}: {error}; it "
            "has not landed yet and still may"
        ) from error


def _moved_on(metadata: "TableMetadata", requirements: "tuple[TableRequirement, ...]") -> bool:
    """Return whether a branch is at another snapshot than the commit was built upon."""
    built_upon = [one for one in requirements if isinstance(one, AssertRefSnapshotId)]
    heads = {name: ref.snapshot_id for name, ref in metadata.refs.items()}
    return any(heads.get(one.ref) != one.snapshot_id for one in built_upon)
