"""Users who ask, listen to streams, and try again when the API is overloaded.

pip install locust; locust -f locustfile.py --headless --users 200 --spawn-rate 50 --run-time 1m --host http://127.0.0.1:8000
"""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

from locust import HttpUser, constant_throughput, task

BODY: dict[str, Any] = {"model": "claude-haiku-4-5", "max_tokens": 256}


class Caller(HttpUser):
    """A user with a key, so a session, of its own, who does something once a second."""

    wait_time = constant_throughput(1)

    def on_start(self) -> None:
        """Choose a key."""
        self.client.headers.update({"x-api-key": f"load-{uuid4().hex}", "anthropic-version": "2023-06-01"})

    @task(5)
    def ask(self) -> None:
        """A whole answer."""
        self.client.post("/v1/messages", json=self.say("hello"), name="ask")

    @task(3)
    def listen(self) -> None:
        """A stream: locust's own time is that of its first byte; the time to its end is a row of its own."""
        began = time.perf_counter()
        with self.client.post(
            "/v1/messages", json={**self.say("hello"), "stream": True}, stream=True, catch_response=True, name="listen"
        ) as answer:
            size, last = 0, b""
            for line in answer.iter_lines():
                size, last = size + len(line), line or last
            if b"message_stop" not in last:
                answer.failure("the stream broke off")
        self.environment.events.request.fire(
            request_type="SSE",
            name="listen to the end",
            response_time=(time.perf_counter() - began) * 1000,
            response_length=size,
            exception=None,
            context={},
        )

    @task(2)
    def insist(self) -> None:
        """What a client does that is told to wait: the overload is expected, a second one is a failure."""
        for is_last in (False, True):
            with self.client.post(
                "/v1/messages", json=self.say("sometimes"), catch_response=True, name="insist"
            ) as answer:
                if answer.status_code == 529 and not is_last:
                    answer.success()
                    time.sleep(float(answer.headers["retry-after"]))
                    continue
            return

    def say(self, text: str) -> dict[str, Any]:
        """The body of a request."""
        return {**BODY, "messages": [{"role": "user", "content": text}]}
