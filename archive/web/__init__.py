"""The reading room: pages for researchers and archivists over an index, as a plugin of Datasette.

``datasette published.db`` and ``gazette serve`` show the same pages. Beside them stand Datasette's own: SQL,
tables, facets, JSON and CSV. Where none of the databases is an index of Gazette, the plugin does nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datasette import hookimpl

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from datasette.app import Datasette
    from datasette.utils.asgi import Request, Response

    from archive.web.headers import App

# Datasette loads its plugins while it is being imported itself: what needs it is imported in the hooks.


@hookimpl  # type: ignore[untyped-decorator]
def register_routes(datasette: Datasette) -> list[tuple[str, Callable[..., Awaitable[Any]]]]:
    """Our pages; they come before those of Datasette."""
    from archive.web import room
    from archive.web.routes import ROUTES
    from archive.web.visit import view

    if room.of(datasette) is None:
        return []
    room.give_way(datasette)
    room.bound(datasette)
    return [(route, view(page)) for route, page in ROUTES]


@hookimpl  # type: ignore[untyped-decorator]
def asgi_wrapper(datasette: Datasette) -> Callable[[App], App]:
    """Headers that keep what is archived from acting in a reader's browser."""
    from archive.web import headers, room, statics, theirs

    found = room.of(datasette)
    if found is None:
        return lambda app: app
    theirs.mend(datasette)  # first: the policy names what stands in the pages
    replay = found.replay.origin if found.replay is not None else None
    guarded = headers.guarded(replay, _policy(datasette))
    return lambda app: guarded(statics.kept(app))


@hookimpl  # type: ignore[untyped-decorator]
def handle_exception(
    datasette: Datasette, request: Request, exception: Exception
) -> Awaitable[Response] | None:
    """What nobody has a page for is told as on our pages; to programs, as Datasette does."""
    from datasette.utils.asgi import NotFound

    from archive.web import room
    from archive.web.visit import lost, view

    ours = isinstance(exception, NotFound) and room.of(datasette) is not None
    return view(lost)(request, datasette) if ours and not request.path.endswith((".json", ".csv")) else None


def _policy(datasette: Datasette) -> str:
    """What Datasette's own pages may do: run the scripts of its templates, as they are installed."""
    from archive.web import headers

    environment = datasette.jinja_env
    names = [name for name in environment.list_templates(["html"]) if not name.startswith("gazette/")]
    sources = [environment.loader.get_source(environment, name)[0] for name in names]
    allowed = str(datasette.setting("allow_facet")).lower()
    return headers.policy(sources, [f"DATASETTE_ALLOW_FACET = {allowed};"])
