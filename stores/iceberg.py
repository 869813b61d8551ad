"""The lake: one way to reach the Iceberg REST catalog, and the S3 store that holds its files."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyarrow.fs import S3FileSystem

from market.dictionary.names import Namespace
from stores.iceberg_commits import VerifyingCatalog

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog
    from pyiceberg.table import Table as IcebergTable

    from market.dictionary.schemas import Table


@dataclass(frozen=True, slots=True)
class LakeConfig:
    """Addresses and credentials of the lake.

    Attributes:
        catalog_uri: of the Iceberg REST catalog, such as ``http://127.0.0.1:8181``.
        warehouse: such as ``s3://lake``.
        s3_endpoint: such as ``http://127.0.0.1:8333``.
        namespace: prefix of every Iceberg namespace.
    """

    catalog_uri: str
    warehouse: str
    s3_endpoint: str
    s3_access_key: str
    s3_secret_key: str
    s3_region: str
    namespace: Namespace


class Lake:
    """A connection to the lake; opens nothing until it is asked for something."""

    def __init__(self, config: LakeConfig) -> None:
        self._config = config
        self._catalog: Catalog | None = None

    @property
    def namespace(self) -> Namespace:
        """The prefix of every Iceberg namespace."""
        return self._config.namespace

    @property
    def catalog(self) -> "Catalog":
        """The pyiceberg catalog, connected on first use."""
        if self._catalog is None:
            self._catalog = VerifyingCatalog("lake", **_properties(self._config))
        return self._catalog

    @property
    def store(self) -> "S3FileSystem":
        """The object store that holds the tables' files."""
        one = self._config
        return file_system(one.s3_endpoint, one.s3_access_key, one.s3_secret_key, one.s3_region)

    def identifier(self, table: "Table") -> tuple[str, str]:
        """Return a table's full name in the catalog."""
        return (self.namespace.layer(table.layer), table.name)

    def table(self, table: "Table") -> "IcebergTable":
        """Load a table.

        Raises:
            pyiceberg.exceptions.NoSuchTableError: it was never migrated.
        """
        return self.catalog.load_table(self.identifier(table))


def _properties(config: LakeConfig) -> dict[str, str]:
    return {
        "uri": config.catalog_uri,
        "warehouse": config.warehouse,
        "credential": f"{config.s3_access_key}:{config.s3_secret_key}",
        "oauth2-server-uri": f"{config.catalog_uri}/v1/oauth/tokens",
        "s3.endpoint": config.s3_endpoint,
        "s3.access-key-id": config.s3_access_key,
        "s3.secret-access-key": config.s3_secret_key,
        "s3.region": config.s3_region,
        "s3.path-style-access": "true",
    }


def file_system(endpoint: str, access_key: str, secret_key: str, region: str) -> S3FileSystem:
    """Return the object store; nothing is asked of it yet.

    Args:
        endpoint: such as ``http://127.0.0.1:8333``.
        access_key: of an identity that may read and write.
        secret_key: of the same.
        region: as requests are signed with.
    """
    scheme, _, address = endpoint.partition("://")
    return S3FileSystem(
        access_key=access_key,
        secret_key=secret_key,
        endpoint_override=address,
        scheme=scheme,
        region=region,
    )
