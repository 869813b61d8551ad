"""S3 as a file system: one way to reach the object store besides the catalog."""

from pyarrow.fs import S3FileSystem


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
