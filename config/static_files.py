"""Static files: named by what is in them, compressed, kept by browsers for a year.

Nothing is collected beforehand, so there is no second command, no folder to write into and no
manifest that can be out of date. A file is read when it is first named or asked for: 10 ms for
the largest, where `collectstatic` takes a second at each start of a process.
"""

import io
from collections.abc import Iterator
from os import PathLike
from pathlib import Path
from typing import Any
from wsgiref.headers import Headers

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import HashedFilesMixin, StaticFilesStorage
from whitenoise.compress import Compressor
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import Response, StaticFile

compressor = Compressor(quiet=True)


class HashedStorage(HashedFilesMixin, StaticFilesStorage):  # type: ignore[misc]  # as Django does
    """Give each static file an address with the hash of its content, where the apps keep it.

    What files name themselves (an image in a style sheet, a script's worker) has no hash.
    """

    def path(self, name: str | PathLike[str]) -> str:
        """Return where the file is, in an app's folder."""
        return str(finders.find(str(name)) or Path(settings.BASE_DIR, "static", name))

    def stored_name(self, name: str) -> str:
        """Return the name with the hash; a file that is missing keeps its name, and is a 404."""
        if name not in self.hashed_files:
            if not Path(self.path(name)).is_file():
                return name
            self.hashed_files[name] = self.hashed_name(name)
        return self.hashed_files[name]


class CompressedFile(StaticFile):
    """A file of which a compressed copy is kept in memory, where that is smaller."""

    def __init__(self, path: str, headers: list[tuple[str, str]], **_: Any) -> None:
        super().__init__(path, [*headers, ("Vary", "Accept-Encoding")])
        content = Path(path).read_bytes()
        compressed = compressor.compress_gzip(content)
        is_smaller = compressor.is_compressed_effectively("", path, len(content), compressed)
        self.compressed: bytes | None = compressed if is_smaller else None

    def get_response(self, method: str, request_headers: dict[str, Any]) -> Response:
        """Answer with the copy where the browser takes it; a range is one of the file itself."""
        is_taken = "gzip" in request_headers.get("HTTP_ACCEPT_ENCODING", "")
        if self.compressed is None or not is_taken or "HTTP_RANGE" in request_headers:
            return super().get_response(method, request_headers)
        response = super().get_response("HEAD" if method == "GET" else method, request_headers)
        if response.status != 200:
            return response
        headers = {**dict(response.headers), "Content-Encoding": "gzip"}
        headers["Content-Length"] = str(len(self.compressed))
        file = io.BytesIO(self.compressed) if method == "GET" else None
        return Response(response.status, list(headers.items()), file)


class StaticFilesMiddleware(WhiteNoiseMiddleware):
    """Answer for static files, by their names with and without a hash.

    A hash that is not today's gets today's file, for minutes: a page from before an upgrade
    is not left without its style.
    """

    FOREVER = 365 * 24 * 60 * 60

    def find_file(self, url: str) -> StaticFile | None:
        """Look a file up once; names that anybody could make up are not kept."""
        if not url.startswith(self.static_prefix):
            return None
        if url in self.files:
            return self.files[url]
        found = super().find_file(url)  # None, too, where the address is no canonical one
        if found and not settings.DEBUG and self._is_todays(url):
            self.files[url] = found
        return found

    def candidate_paths_for_url(self, url: str) -> Iterator[str]:
        """Try the name as it is, then without its hash."""
        yield from super().candidate_paths_for_url(url)
        if path := finders.find(self.get_name_without_hash(self._name(url))):
            yield path

    def get_static_file(self, path: str, url: str, stat_cache: Any = None) -> StaticFile:
        """Return the file with its headers."""
        headers = Headers([])
        self.add_mime_headers(headers, path, url)
        self.add_cache_headers(headers, path, url)
        return CompressedFile(path, headers.items())

    def _is_todays(self, url: str) -> bool:
        return bool(finders.find(self._name(url))) or self.immutable_file_test("", url)

    def _name(self, url: str) -> str:
        return url.removeprefix(self.static_prefix)
