"""Rules of images and PDFs: their real type, size and number, read from their headers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from msgspec import Struct

from mockserver.records.budget import LIMITS, Budget
from mockserver.records.errors import Finding
from mockserver.reference import media
from mockserver.reference.decodable import is_decodable
from mockserver.reference.media import Picture
from mockserver.validation.facts import BlockRef, Facts, refuse

# Of the base64 text, not of the bytes.
MOST_BYTES = 10 * 1024 * 1024
LONGEST_SIDE, LONGEST_SIDE_OF_MANY = 8000, 2000
# More images than this make a "many-image request".
MANY = 20
# Domains that no resolver knows, or that serve no files (RFC 2606, RFC 6761; example.com recorded).
_UNREACHABLE = (".invalid", ".test", ".example", ".localhost", ".local", ".internal", ".example.com", ".example.org")


class Image(Struct, frozen=True):
    """An image in the conversation whose content is there; ``picture`` is None when it cannot be decoded."""

    path: str
    ref: BlockRef
    data: str
    picture: Picture | None
    many: bool


def images_sound(facts: Facts) -> Finding | None:
    """Each image, in base64 or a file, can be decoded, is of the declared type, and not too large in bytes or pixels.

    Source: observed 2026-09 and 2026-10; recorded 2025-08 (a PNG with a wrong checksum and no end, JPEG, GIF and WebP
    by analogy).
    """
    refs = facts.survey.of("image")
    many = len(refs) > MANY
    budget = Budget(LIMITS.image_parts, LIMITS.image_bytes)
    for ref in sorted(refs, key=_indices):
        source = ref.block.get("source") or {}
        if source.get("type") != "base64":
            continue
        data = source.get("data", "")
        decoded = media.decode(data)
        at = _locate(ref, "image")
        if not decoded and not _is_file(ref):
            return refuse(f"{at}.data: invalid base64 data")
        decoded = decoded or b""
        image = Image(at, ref, data, media.read_picture(decoded) if is_decodable(decoded, budget) else None, many)
        for check in _IMAGE_CHECKS:
            finding = check(facts, image)
            if finding:
                return finding
    return None


def _check_bytes(_: Facts, image: Image) -> Finding | None:
    size = len(image.data)
    if size <= MOST_BYTES:
        return None
    return refuse(f"{image.path}: image exceeds 10 MB maximum: {size} bytes > {MOST_BYTES} bytes")


def _check_readable(_: Facts, image: Image) -> Finding | None:
    return None if image.picture else refuse("Could not process image", path=image.path)


def _check_type(_: Facts, image: Image) -> Finding | None:
    declared = image.ref.block["source"].get("media_type")
    if image.picture is None or image.picture.media_type == declared:
        return None
    return refuse(
        f"{image.path}: The image was specified using the {declared} media type, "
        f"but the image appears to be a {image.picture.media_type} image"
    )


def _check_size(facts: Facts, image: Image) -> Finding | None:
    limit = LONGEST_SIDE_OF_MANY if image.many else LONGEST_SIDE
    if image.picture is None or max(image.picture.width, image.picture.height) <= limit:
        return None
    kind = " for many-image requests" if image.many else ""
    text = f"At least one of the image dimensions exceed max allowed size{kind}: {limit} pixels"
    return refuse(
        f"{_locate_data(image.ref, 'image')}: {text}",
        details={
            "error_code": "image_dimensions_too_large",
            "max_side_length_pixels": limit,
            "paths": list(_list_large(facts, limit)),
        },
    )


def _list_large(facts: Facts, limit: int) -> Iterator[str]:
    """The paths of all images over the limit, "in the order you sent them", without the names of outer blocks."""
    for ref in sorted(facts.survey.of("image"), key=_indices):
        source = ref.block.get("source") or {}
        found = media.picture(source.get("data", "")) if source.get("type") == "base64" else None
        if found and max(found.width, found.height) > limit:
            yield ref.path.replace(".tool_result.", ".")


def _check_requested_size(facts: Facts, image: Image) -> Finding | None:
    given = image.ref.block.get("transformations") or {}
    if image.picture is None or given.get("oversized_image") != "error":
        return None
    width, height = image.picture.width, image.picture.height
    fitted = media.fit(width, height, facts.model.image_edge, facts.model.image_tokens)
    if fitted == (width, height):
        return None
    size = f"{fitted[0]}x{fitted[1]}"
    # "No position prefix for url/file images" (observed 2026-09).
    place = "" if _is_file(image.ref) else f"{image.ref.path}: "
    return refuse(
        f"{place}image dimensions {width}x{height} exceed the maximum image size of a model named on this "
        f"request and would be downsized to {size}; scale the image to at most {size} or set the image's "
        'oversized_image setting to "downsize"',
        path=image.ref.path,
    )


_IMAGE_CHECKS: tuple[Callable[[Facts, Image], Finding | None], ...] = (
    _check_bytes,
    _check_readable,
    _check_type,
    _check_size,
    _check_requested_size,
)


def documents_sound(facts: Facts) -> Finding | None:
    """Each document in base64, or PDF file, is a PDF that can be opened and is not too long.

    Source: observed 2026-08; the path says ``document`` or ``pdf`` as observed with each text.
    """
    most = facts.model.max_images
    for ref, data in _find_pdfs(facts):
        decoded = media.decode(data)
        if decoded is None:
            return refuse(f"{ref.path}.document.source.base64.data: invalid base64 data")
        pdf = media.read_pdf(decoded)
        at = _locate_data(ref, "pdf")
        if pdf is None:
            return refuse(f"{_locate_data(ref, 'document')}: The PDF specified was not valid.")
        if not pdf.pages:
            return refuse("Could not process PDF", path=at)
        if pdf.is_encrypted:
            return refuse(f"{at}: The PDF specified is password protected.")
        if pdf.pages > most:
            return refuse(f"{at}: A maximum of {most} PDF pages may be provided.")
    return None


def media_counted(facts: Facts) -> Finding | None:
    """Images and pages together stay within the model's limit.

    Source: observed 2026 (too_much_media).
    """
    most = facts.model.max_images
    images = len(facts.survey.of("image"))
    documents = list(_find_pdfs(facts))
    if len(documents) + bool(images) < 2 and images <= most:
        # The pages of a single document were already checked by themselves.
        return None
    pdfs = [media.read_pdf(media.decode(data) or b"") for _, data in documents]
    pages = sum(pdf.pages for pdf in pdfs if pdf)
    if images + pages <= most:
        return None
    return refuse(f"Too much media: {pages} document pages + {images} images > {most}", path="messages")


def _find_pdfs(facts: Facts) -> Iterator[tuple[BlockRef, str]]:
    for ref in sorted(facts.survey.of("document"), key=_indices):
        source = ref.block.get("source") or {}
        if source.get("type") == "base64":
            yield ref, source.get("data", "")


def _is_file(ref: BlockRef) -> bool:
    """Whether the content of the block is that of a file (its place in texts is inferred)."""
    return "file_id" in ref.block["source"]


def _locate(ref: BlockRef, kind: str) -> str:
    return f"{ref.path}.{kind}.source.{'file' if _is_file(ref) else 'base64'}"


def _locate_data(ref: BlockRef, kind: str) -> str:
    return _locate(ref, kind) if _is_file(ref) else f"{_locate(ref, kind)}.data"


def urls_reachable(facts: Facts) -> Finding | None:
    """The API can download each URL: no domain that never resolves, no private address.

    Source: observed 2026; which URLs fail is inferred, as nothing is downloaded here.
    """
    for ref in facts.survey.of("image", "document"):
        source = ref.block.get("source") or {}
        if source.get("type") == "url" and not _is_public(str(source.get("url", ""))):
            return refuse("Unable to download the file. Please verify the URL and try again.", path=ref.path)
    return None


def _is_public(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or not host:
        return False
    try:
        return ip_address(host).is_global
    except ValueError:
        return "." in host and not f".{host}".endswith(_UNREACHABLE)


def _indices(ref: BlockRef) -> tuple[int, int]:
    return ref.message, ref.position
