"""Bytes on their way in: rupload, the app's resumable uploads; streamed, counted, never held whole."""

from __future__ import annotations

import hashlib
import json
from contextlib import nullcontext
from typing import IO, TYPE_CHECKING, Any, Final

from starlette.responses import JSONResponse, Response

from postwire.simulator.meta import processing
from postwire.simulator.meta.records import Container, Upload, Video
from postwire.simulator.meta.refusal import GraphError, UploadError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from postwire.simulator.exchange import Call, Handler
    from postwire.simulator.meta.state import Meta

HEAD: Final = 64  # bytes kept to tell the format
PARTIAL, OFFSET, FAILED, UNAUTHORIZED = (
    "PartialRequestError",
    "OffsetInvalidError",
    "ProcessingFailedError",
    "NotAuthorizedError",
)


def rupload(state: Meta) -> Handler:
    """Make the handler of rupload.facebook.com."""

    async def handle(call: Call) -> Response:
        try:
            node, upload = _target(state, call)
            await _take(state, node, upload, call)
        except UploadError as error:
            return refused(error)
        # Meta sheet 6.4: Reels; sheet 8.2: Resumable binary
        message = {"message": "Upload successful."} if isinstance(node, Container) else {}
        return JSONResponse({"success": True, **message})

    return handle


def refused(error: UploadError) -> Response:
    """Send a refusal in rupload's own shape."""
    # Meta sheet 5: Error envelope (rupload)
    inner = json.dumps({"success": False, "error": {"message": error.message}}, separators=(",", ":"))
    about = {"retriable": error.retriable, "type": error.kind, "message": inner}
    return JSONResponse({"debug_info": about}, error.status)


def oauth_token(headers: Mapping[str, str]) -> str:
    """Read `Authorization: OAuth <token>`."""
    # Meta sheet 1: Hosts, versions, general rules (auth placement: header only, OAuth)
    scheme, _, text = headers.get("authorization", "").partition(" ")
    return text.strip() if scheme.lower() == "oauth" else ""


def _target(state: Meta, call: Call) -> tuple[Container | Video, Upload]:
    node = state.objects.get(call.params.get("id", ""))
    wanted = Container if call.path.startswith("/ig-api-upload/") else Video
    try:
        token = state.token(oauth_token(call.headers), "facebook")
    except GraphError:
        raise UploadError(UNAUTHORIZED, "unauthorized user request", status=401) from None
    owner = state.page_of(node.owner) if isinstance(node, wanted) else None
    grant = token.grant
    mine = (
        token.page_id == owner.id if owner and token.page_id else owner and grant and owner.id in grant.pages
    )
    if not isinstance(node, Container | Video) or not mine or node.upload is None:
        raise UploadError(UNAUTHORIZED, "unauthorized user request", status=401)
    return node, node.upload


async def _take(state: Meta, node: Container | Video, upload: Upload, call: Call) -> None:
    if upload.complete or upload.url or node.failure:
        # Sheet silent on a second upload of the same: refused.
        raise UploadError(FAILED, "The upload is over already.")
    if url := call.headers.get("file_url"):
        # Meta sheet 6.4: Reels (fbcdn addresses refused)
        if not url.startswith(("http://", "https://")) or "fbcdn" in url:
            raise UploadError(FAILED, "The file_url cannot be fetched.")
        upload.url = url
        return
    offset, size = _number(call, "offset"), _number(call, "file_size")
    # Meta sheet 15: Simulator recipe (rupload: mismatch of file_size, wrong offset)
    if offset is None or not size or (upload.total and size != upload.total):
        raise UploadError(PARTIAL, "The headers offset and file_size are needed, and stay the same.")
    if offset != upload.received or upload.busy:
        raise UploadError(OFFSET, f"The upload is at {upload.received}.", retriable=True, status=412)
    upload.total = size
    await receive(upload, call.stream(), state.settings.keep_uploads)
    if upload.received != upload.total:
        raise UploadError(PARTIAL, "The body is not the rest of the file.", retriable=True)
    processing.arrived(state, node)


def _number(call: Call, name: str) -> int | None:
    text = call.headers.get(name, "")
    return int(text) if text.isdigit() and len(text) < 16 else None  # noqa: PLR2004 - no sane size is longer


async def receive(upload: Upload, stream: AsyncIterator[bytes], folder: Path | None) -> None:
    """Take bytes as they come; what arrived before a break stays."""
    # Meta sheet 6.4: Reels (resume: go on from bytes_transfered)
    upload.busy = True
    digest = upload.digest
    try:
        with _keeper(folder, upload) as kept:
            async for data in stream:
                if upload.received + len(data) > upload.total:
                    upload.received, upload.head = 0, b""  # sheet silent on too much: it begins anew
                    upload.digest = digest and hashlib.sha256()
                    raise UploadError(PARTIAL, "The body is longer than the rest of the file.")
                if len(upload.head) < HEAD:
                    upload.head += data[: HEAD - len(upload.head)]
                if digest:
                    digest.update(data)
                if kept:
                    kept.write(data)
                upload.received += len(data)
    finally:
        upload.busy = False


def _keeper(folder: Path | None, upload: Upload) -> Any:
    if folder is None:
        return nullcontext()
    file: IO[bytes] = (folder / upload.id.replace(":", "_")).open("ab")
    file.truncate(upload.received)
    return file


def app_upload(state: Meta) -> Handler:
    """Make the handler of `/{upload id}`: bytes in, or where it is."""

    async def handle(call: Call) -> Response:
        name = call.path.rpartition("/")[2]
        upload = state.objects.get(name)
        try:
            token = state.token(oauth_token(call.headers), "facebook")
        except GraphError as error:
            return JSONResponse(error.envelope("A0"), error.status)
        signed = isinstance(upload, Upload) and call.query.get("sig") == upload.handle
        if (
            not isinstance(upload, Upload)
            or not signed
            or token.app_id != upload.owner
            or token.kind != "USER"
        ):
            return JSONResponse(GraphError("100/33").envelope("A0"), 400)
        if call.method == "GET":
            return JSONResponse({"id": upload_id(upload), "file_offset": upload.received})
        return await _app_bytes(state, upload, call)

    return handle


async def _app_bytes(state: Meta, upload: Upload, call: Call) -> Response:
    # Meta sheet 6.3: Video (Resumable Upload API: header file_offset)
    if _number(call, "file_offset") != upload.received or upload.busy:
        data = {"start_offset": str(upload.received), "end_offset": str(upload.total)}
        return JSONResponse(GraphError("6000/1363037", data=data).envelope("A0"), 400)
    try:
        await receive(upload, call.stream(), state.settings.keep_uploads)
    except UploadError as error:
        return refused(error)
    return JSONResponse({"h": f"4:{upload.id.removeprefix('upload:')}"})


def upload_id(upload: Upload) -> str:
    """Write an upload's id as it is to be sent back, with its signature."""
    return f"{upload.id}?sig={upload.handle}"


def by_handle(state: Meta, handle: str) -> Upload | None:
    """Find a finished upload by its handle."""
    found = state.objects.get(f"upload:{handle.removeprefix('4:')}")
    return found if isinstance(found, Upload) and found.complete else None
