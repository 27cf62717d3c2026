"""The HTTP of a scripted model: what llama.cpp's server and vLLM have in common, and their own ways
of counting tokens."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from tests.scripted_answers import (
    Answer,
    Asked,
    Cut,
    Endless,
    Garbage,
    Refusal,
    Scripted,
    tokens_of,
)

if TYPE_CHECKING:
    from tests.scripted_model import ScriptedModel

ANSWERED = ("/v1/chat/completions", "/v1/completions")


class ScriptedServer(ThreadingHTTPServer):
    request_queue_size = 64

    def __init__(self, model: ScriptedModel, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Request)
        self.model = model


class _Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ScriptedServer

    def log_message(self, format: str, *args: object) -> None:
        """The test knows what it asked."""

    def handle(self) -> None:
        try:
            super().handle()
        except ConnectionError:
            self.close_connection = True

    def do_GET(self) -> None:
        model = self.server.model
        if self._is_stranger():
            return
        if self.path == "/v1/models":
            more = {"max_model_len": model.context_tokens} if model.counts == "vllm" else {}
            self._say(200, {"object": "list", "data": [{"id": model.name, **more}]})
        elif self.path == "/props" and model.counts == "llama.cpp":
            self._say(200, {"default_generation_settings": {"n_ctx": model.context_tokens}})
        elif self.path == "/health":
            self._say(200, {"status": "ok"})
        else:
            self._refuse(Refusal(404, "there is no such page"))

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self._is_stranger():
            return
        if self.path in ANSWERED:
            self._answer(body)
        elif self.path == "/tokenize" and self.server.model.counts:
            self._say(200, self._counted(body))
        elif self.path == "/v1/embeddings" and self.server.model.embeds:
            vectors = enumerate(self.server.model.embeds(body["input"]))
            data = [{"index": number, "embedding": vector} for number, vector in vectors]
            self._say(200, {"data": data, "usage": {"prompt_tokens": 0}})
        elif self.path == "/apply-template" and self.server.model.counts == "llama.cpp":
            self._say(200, {"prompt": _rendered(body)})
        else:
            self._refuse(Refusal(404, "there is no such page"))

    def _answer(self, body: dict[str, Any]) -> None:
        model = self.server.model
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = model.asked(self.path, body, headers)
        try:
            self._send(asked, self._fitting(asked) or model.answer_to(asked))
        except ConnectionError:
            self.close_connection = True
            model.hung_up += 1
        finally:
            model.answered(asked)

    def _fitting(self, asked: Asked) -> Refusal | None:
        size, most = len(tokens_of(_rendered(asked.body))), self.server.model.context_tokens
        if size < most:
            return None
        said = f"request ({size} tokens) exceeds the available context size ({most} tokens)"
        return Refusal(400, said)

    def _send(self, asked: Asked, found: Scripted) -> None:
        if isinstance(found, Refusal):
            self._refuse(found)
        elif isinstance(found, Garbage):
            self._say_bytes(200, found.body, "text/event-stream")
        elif asked.body.get("stream"):
            self._stream(asked, Answer(found) if isinstance(found, str) else found)
        else:
            self._say(200, _whole(self.server.model.name, asked, found))

    def _stream(self, asked: Asked, found: Answer | Endless | Cut) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self._wait(found.seconds if isinstance(found, Answer) else 0)
        for piece in self._in_time(found, itertools.islice(_pieces(found), asked.max_tokens)):
            self._event({"choices": [_choice(asked, piece, None)]})
        if isinstance(found, Cut):
            self.close_connection = True  # without the chunk that would end it
            return
        self._event({"choices": [_choice(asked, "", _how_it_ended(asked, found))]})
        self._event({"choices": [], "usage": _usage(asked, found)})
        self.server.model.answered(asked)
        self._chunk(b"data: [DONE]\n\n")
        self._chunk(b"")

    def _in_time(self, found: Answer | Endless | Cut, pieces: Iterable[str]) -> Iterator[str]:
        slow = 0.0 if isinstance(found, Cut) else found.piece_seconds
        until = found.until if isinstance(found, Answer) else None
        for piece in pieces:
            yield piece
            self._wait(slow)
            while until is not None and not until.is_set() and not self._wait(0.01):
                continue

    def _wait(self, seconds: float) -> bool:
        """Nobody waits any longer for a server that is being stopped."""
        return seconds > 0 and self.server.model.stopping.wait(seconds)

    def _event(self, event: dict[str, Any]) -> None:
        if self.server.model.stopping.is_set():
            raise ConnectionAbortedError
        self._chunk(b"data: " + json.dumps(event).encode() + b"\n\n")

    def _chunk(self, content: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(content), content))

    def _counted(self, body: dict[str, Any]) -> dict[str, Any]:
        model = self.server.model
        numbers = list(range(len(tokens_of(_rendered(body)))))
        if model.counts == "llama.cpp":
            return {"tokens": numbers}
        return {"count": len(numbers), "max_model_len": model.context_tokens, "tokens": numbers}

    def _is_stranger(self) -> bool:
        key = self.server.model.key
        if key is None or self.headers["authorization"] == f"Bearer {key}":
            return False
        self._refuse(Refusal(401, "Invalid API Key"))
        return True

    def _refuse(self, found: Refusal) -> None:
        body = {"error": {"message": found.message, "code": found.status}}
        self._say_bytes(found.status, json.dumps(body).encode(), "application/json", found.headers)

    def _say(self, status: int, body: dict[str, Any]) -> None:
        self._say_bytes(status, json.dumps(body).encode(), "application/json")

    def _say_bytes(
        self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _pieces(found: Answer | Endless | Cut) -> Iterator[str]:
    return itertools.cycle([found.text]) if isinstance(found, Endless) else iter(_words(found.text))


def _words(text: str) -> list[str]:
    """All of a text: blanks at its end too, and those that are all there is."""
    words = tokens_of(text)
    rest = text[sum(map(len, words)) :]
    return [*words, rest] if rest else words


def _choice(asked: Asked, text: str, finished: str | None) -> dict[str, Any]:
    said = {"text": text} if "prompt" in asked.body else {"delta": {"content": text}}
    return {"index": 0, "finish_reason": finished, **said}


def _how_it_ended(asked: Asked, found: Answer | Endless | Cut) -> str:
    return "length" if _tokens_out(asked, found) == asked.max_tokens else "stop"


def _tokens_out(asked: Asked, found: Answer | Endless | Cut) -> int:
    most = asked.max_tokens
    if isinstance(found, Endless):
        return most or 0
    return len(_words(found.text)[:most])


def _usage(asked: Asked, found: Answer | Endless | Cut) -> dict[str, Any]:
    said = found if isinstance(found, Answer) else Answer("")
    size = len(tokens_of(_rendered(asked.body))) if said.tokens_in is None else said.tokens_in
    usage: dict[str, Any] = {
        "prompt_tokens": size,
        "completion_tokens": _tokens_out(asked, found),
    }
    if said.tokens_cached is not None:
        usage["prompt_tokens_details"] = {"cached_tokens": said.tokens_cached}
    return usage


def _whole(name: str, asked: Asked, found: Answer | Endless | Cut | str) -> dict[str, Any]:
    found = Answer(found) if isinstance(found, str) else found
    text = "".join(itertools.islice(_pieces(found), asked.max_tokens))
    said = {"text": text} if "prompt" in asked.body else {"message": {"content": text}}
    choice = {"index": 0, "finish_reason": _how_it_ended(asked, found), **said}
    return {"model": name, "choices": [choice], "usage": _usage(asked, found)}


def _rendered(body: dict[str, Any]) -> str:
    """As the template of a model for conversations would have it."""
    if "messages" not in body:
        return str(body.get("prompt", body.get("content", "")))
    said = (f"<{each['role']}>{each['content']}\n" for each in body["messages"])
    return "".join((*said, "<assistant>"))
