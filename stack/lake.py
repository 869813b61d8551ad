"""The lake of a pipeline, from its settings."""

from stack.settings import WAREHOUSE, Settings
from stores.iceberg import Lake, LakeConfig


def lake(settings: Settings) -> Lake:
    """Return the lake of a pipeline."""
    store = settings.object_store
    return Lake(
        LakeConfig(
            catalog_uri=store.iceberg_uri,
            warehouse=WAREHOUSE,
            s3_endpoint=store.endpoint,
            s3_access_key=store.access_key,
            s3_secret_key=store.secret_key,
            s3_region=store.region,
            namespace=settings.namespace,
        )
    )
