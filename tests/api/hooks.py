"""Most requests for pictures are for some that there are: of others all that is seen is 404."""

import zlib

import schemathesis

PICTURES = ["a.png", "folder/b.jpg", "a.png", "folder/b.jpg"]


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    """The same for the same, so that a run with one seed is one run."""
    if path_parameters and context.operation.path == "/{path}":
        number = zlib.crc32(repr(path_parameters).encode("utf-8", "backslashreplace"))
        if number % 5 < len(PICTURES):
            path_parameters["path"] = PICTURES[number % 5]
    return path_parameters


@schemathesis.hook
def map_query(context, query):
    """Few parameters at once: of many one is always wrong, and then nothing else is seen."""
    if query and context.operation.path == "/{path}":
        number = zlib.crc32(repr(query).encode("utf-8", "backslashreplace"))
        names = sorted(query, key=lambda name: zlib.crc32(f"{number}{name}".encode("utf-8", "backslashreplace")))
        return {name: query[name] for name in names[: number % 4]}
    return query
