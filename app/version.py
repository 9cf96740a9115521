"""Which Parley this is."""


def version() -> str:
    """-> as installed; "(not installed)" in a checkout that is not."""
    from importlib import metadata  # 50 ms that only this needs

    try:
        return metadata.version("parley")
    except metadata.PackageNotFoundError:        # run from a checkout that is not installed
        return "(not installed)"
