"""Forms as clients write them, and as they should not."""

from __future__ import annotations

import random
from io import BytesIO

import httpx2 as httpx
import pytest

from mockserver.endpoints.multipart import HEAD, Form, Limits, read_form
from mockserver.records.errors import ApiError
from mockserver.records.settings import Settings
from mockserver.store import MemoryStore
from mockserver.store.errors import StoreFullError

BOUNDARY = "----x0y1"
TYPE = f"multipart/form-data; boundary={BOUNDARY}"
LIMITS = Limits(content=1000, total=1500, parts=5)


def make_store(blob_bytes: int = 100_000) -> MemoryStore:
    return MemoryStore(Settings(blob_bytes=blob_bytes))


def part(disposition: str, content: bytes = b"data", *headers: str) -> bytes:
    head = "\r\n".join((f"Content-Disposition: {disposition}", *headers))
    return f"--{BOUNDARY}\r\n{head}\r\n\r\n".encode() + content + b"\r\n"


def close(*parts: bytes) -> bytes:
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def read(body: bytes, content_type: str = TYPE, store: MemoryStore | None = None, limits: Limits = LIMITS) -> Form:
    return read_form(BytesIO(body), content_type, ("file",), (store or make_store()).blobs.create, limits)


def refusal(body: bytes, content_type: str = TYPE, limits: Limits = LIMITS) -> tuple[int, str]:
    store = make_store()
    with pytest.raises(ApiError) as raised:
        read(body, content_type, store, limits)
    assert store.blobs.held() == 0
    return raised.value.finding.status, raised.value.finding.message


def test_form_gives_fields_and_contents() -> None:
    store = make_store()
    body = close(part('form-data; name="file"; filename="a.txt"', b"abc", "Content-Type: Text/Plain; charset=utf-8"),
                 part('form-data; name="expires_in_seconds"', b"3600"))  # fmt: skip
    with read(body, store=store) as form:
        (file,), (field,) = form.find("file"), form.find("expires_in_seconds")
        assert (file.filename, file.content_type, file.size, file.head) == ("a.txt", "text/plain", 3, b"abc")
        assert (field.value, field.writer) == (b"3600", None)
        assert file.writer is not None
        store.objects.add("s", "file", "f1", b"{}", blobs=[name := file.writer.finish()])
    opened = store.blobs.open(name)
    assert opened is not None
    assert opened.read() == b"abc"


def test_files_of_other_names_are_left_out() -> None:
    store = make_store()
    with read(close(part('form-data; name="other"; filename="a"', b"x" * 2000), FILE), store=store) as form:
        assert [(each.name, each.size) for each in form.parts] == [("file", 4)]


def test_first_of_two_names_counts() -> None:
    (file,) = read(close(part('form-data; name="file"; name="other"; filename="a"; filename="b"'))).parts
    assert (file.name, file.filename) == ("file", "a")


def test_content_that_no_object_takes_is_given_up() -> None:
    store = make_store()
    with read(close(part('form-data; name="file"', b"abc")), store=store) as form:
        (file,) = form.find("file")
        assert file.writer is not None
        file.writer.finish()
        assert store.blobs.held() == 3
    assert store.blobs.held() == 0


@pytest.mark.parametrize(
    ("parameters", "filename"),
    [
        ("", None),
        ('; filename=""', ""),
        ("; filename=plain.txt", "plain.txt"),
        ('; filename="räksmörgås.txt"', "räksmörgås.txt"),
        ('; filename="a; b=c.txt"', "a; b=c.txt"),
        (r'; filename="say \"hi\".txt"', 'say "hi".txt'),
        ('; filename="say %22hi%22.txt"', 'say "hi".txt'),
        ('; filename="line%0D%0Aend.txt"', "line\r\nend.txt"),
        ('; filename="100%25 of %41.txt"', "100%25 of %41.txt"),
        ("; filename=\"a.txt\"; filename*=UTF-8''r%C3%A4ksm%C3%B6rg%C3%A5s.txt", "räksmörgås.txt"),
        ("; filename*=iso-8859-1'en'%A3.txt", "£.txt"),
        ("; filename*=utf-7''x; filename=\"a.txt\"", "a.txt"),
        ('; filename="../../etc/passwd"', "../../etc/passwd"),
    ],
)
def test_file_name_is_read_as_clients_write_it(parameters: str, filename: str | None) -> None:
    (file,) = read(close(part(f'form-data; name="file"{parameters}'))).find("file")
    assert file.filename == filename


def test_file_name_in_latin_1_is_read() -> None:
    body = close(part('form-data; name="file"; filename="X.txt"')).replace(b"X.txt", b"\xe5.txt")
    assert read(body).find("file")[0].filename == "å.txt"


@pytest.mark.parametrize("filename", ["ä.txt", 'a"b.txt', "a;b=c.txt", "a\\b.txt", "100%22.txt", "日本.pdf", "‮fdp.exe"])
def test_file_name_survives_the_form_of_httpx(filename: str) -> None:
    request = httpx.Request("POST", "http://mock/v1/files", files={"file": (filename, b"x")})
    (file,) = read(request.read(), request.headers["content-type"]).find("file")
    # httpx writes a quote as browsers do; it leaves a "%" as it is.
    assert file.filename == filename.replace("%22", '"')


@pytest.mark.parametrize("size", [1, 3, 7, 64, 1000])
def test_pieces_do_not_change_a_form(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockserver.endpoints.multipart._PIECE", size)
    content = b"\r\n--" + BOUNDARY.encode()[:-1] + b"\r\r\n" * 10 + bytes(range(256))
    (file,) = read(close(part('form-data; name="file"; filename="f"', content))).find("file")
    assert (file.size, file.head) == (len(content), content)


FILE = part('form-data; name="file"; filename="a.txt"')


@pytest.mark.parametrize(
    ("body", "content_type", "message"),
    [
        (close(FILE), "application/json", "Expected the content type multipart/form-data, got 'application/json'."),
        (close(FILE), "", "Expected the content type multipart/form-data, got none."),
        (close(FILE), "multipart/form-data", "has no boundary"),
        (close(FILE), "multipart/form-data; boundary=", "has no boundary"),
        (close(FILE), f"multipart/form-data; boundary={'x' * 300}", "cannot be read"),
        (close(FILE), "multipart/form-data; boundary=other", "cannot be read"),
        (b"", TYPE, "ends before its closing boundary"),
        (FILE, TYPE, "ends before its closing boundary"),
        (close(FILE)[:-6], TYPE, "ends before its closing boundary"),
        (b"{}", TYPE, "cannot be read"),
        (close(b"--" + BOUNDARY.encode() + b"\r\nno header\r\n\r\nx\r\n"), TYPE, "cannot be read"),
        (close(part("attachment; name=file")), TYPE, "Content-Disposition: form-data"),
        (close(part("form-data; filename=file")), TYPE, "Content-Disposition: form-data"),
        (close(part(f'form-data; name="{"n" * 256}"')), TYPE, "at most 255 characters"),
        (close(part('form-data; name="file"', b"eA==", "Content-Transfer-Encoding: base64")), TYPE, "'base64'"),
        (close(part("form-data; name=a", b"x" * 65_537)), TYPE, "at most 65536 bytes"),
        (close(*(part("form-data; name=a") for _ in range(6))), TYPE, "more than 5 parts"),
        (close(part("form-data; name=file; filename=" + "x" * 9000)), TYPE, "cannot be read"),
        (close(part("form-data; name=file", b"", *(f"X-{n}: y" for n in range(20)))), TYPE, "cannot be read"),
    ],
)
def test_bad_form_is_refused_with_nothing_kept(body: bytes, content_type: str, message: str) -> None:
    status, text = refusal(body, content_type)
    assert status == 400
    assert message in text


def test_contents_above_the_limits_are_413() -> None:
    assert refusal(close(part("form-data; name=file", b"x" * 1001))) == (413, "Request exceeds the maximum size")
    two = part("form-data; name=file", b"x" * 900)
    assert refusal(close(two, two))[0] == 413


@pytest.mark.parametrize("full", [0, 3])
def test_full_store_keeps_nothing(full: int) -> None:
    store = make_store(blob_bytes=full)
    with pytest.raises(StoreFullError):
        read(close(part("form-data; name=file", b"xxxx")), store=store)
    assert store.blobs.held() == 0


def test_parser_prints_nothing_of_a_bad_form(capfd: pytest.CaptureFixture[str]) -> None:
    assert refusal(b"--other\r\n")[0] == 400
    assert capfd.readouterr() == ("", "")


def test_whole_form_needs_no_more_memory_than_its_pieces() -> None:
    largest, body = 0, close(part("form-data; name=file", b"x" * 2_000_000))

    class Stream(BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            nonlocal largest
            largest = max(largest, size if size and size > 0 else 10**9)
            return super().read(size)

    limits = Limits(content=10**7, total=10**7)
    with read_form(Stream(body), TYPE, ("file",), make_store(10**7).blobs.create, limits) as form:
        assert (form.find("file")[0].size, len(form.find("file")[0].head)) == (2_000_000, HEAD)
    assert largest < 1_000_000


LINE = b"--" + BOUNDARY.encode()
BITS = (LINE, b"\r\n", b'"', b";", b"\\", b"%0D", b"\x00", b"\xff", b"filename*=utf-8''%ff", b"name=", b":")


@pytest.mark.parametrize("seed", range(40))
def test_mangled_form_is_read_or_refused_with_nothing_kept(seed: int) -> None:
    chance, store = random.Random(seed), make_store()
    for _ in range(25):
        body = bytearray(close(FILE, part("form-data; name=expires_in_seconds", b"3600")))
        for _ in range(chance.randint(1, 5)):
            at = chance.randrange(len(body))
            body[at : at + chance.choice((0, 0, 1, 9))] = chance.choice(BITS)
        assert try_to_read(bytes(body), store) in (200, 400)
        assert store.blobs.held() == 0


def try_to_read(body: bytes, store: MemoryStore) -> int:
    try:
        with read(body, store=store):
            return 200
    except ApiError as error:
        return error.finding.status
