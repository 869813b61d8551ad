"""Pages for people, in an ordinary bucket, since the lake's takes only tables."""

from stores.iceberg import Lake

BUCKET = "reports"


def address(lake: Lake, name: str) -> str:
    """Return where a page is, such as ``s3://reports/quality/2026-11-24.html``.

    Args:
        lake: whose namespace the page belongs to.
        name: folders and file.
    """
    prefix = lake.namespace.prefix
    return f"s3://{'/'.join([BUCKET, *([prefix] if prefix else []), name])}"


def write(lake: Lake, name: str, page: str) -> str:
    """Write a page, replacing an older one, and return its address.

    Raises:
        OSError: the store does not answer, or refuses.
    """
    where = address(lake, name)
    kind = {"Content-Type": "text/html; charset=utf-8"}
    with lake.store.open_output_stream(where.removeprefix("s3://"), metadata=kind) as file:
        file.write(page.encode())
    return where
