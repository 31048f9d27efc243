"""网络回调 (webhooks): one notice as one signed POST, as Standard Webhooks describes it.

https://www.standardwebhooks.com: `webhook-id`, `webhook-timestamp` and `webhook-signature`, which
is an HMAC-SHA-256 over id, timestamp and body. The id is the same at every try.
"""

import base64
import hmac
import http.client
import json
import ssl
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from shared.sender.deadline import EACH_S, WHOLE_S, Overdue, cut_after
from shared.sender.message import NotTaken, Outgoing

_PREFIX = "whsec_"
_SHORTEST_KEY = 24
_GONE = 410
_LONGEST_AFTER = timedelta(hours=12)


def key_of_secret(secret: str) -> bytes:
    """The key in a secret: base64 behind `whsec_`. Raises ValueError."""
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except ValueError:
        raise ValueError("a secret is whsec_ and base64") from None
    if len(key) < _SHORTEST_KEY:
        raise ValueError(f"a secret has {_SHORTEST_KEY} bytes at least")
    return key


def signature(key: bytes, message_id: str, at: datetime, body: bytes) -> str:
    """The value of `webhook-signature`: `v1,` and the HMAC in base64."""
    signed = f"{message_id}.{int(at.timestamp())}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()


@dataclass(frozen=True, slots=True)
class Webhook:
    """网络回调: to this address, signed with this key."""

    url: str
    key: bytes = field(repr=False)
    each_s: float = EACH_S
    whole_s: float = WHOLE_S

    def send(self, message: Outgoing) -> None:
        """As Way.send. Whatever is not 2xx was not taken, redirections too."""
        body = body_of(message)
        headers = {
            "content-type": "application/json",
            "user-agent": "guiyi",
            "webhook-id": message.number,
            "webhook-timestamp": str(int(message.at.timestamp())),
            "webhook-signature": signature(self.key, message.number, message.at, body),
        }
        status, after = self._posted(body, headers)
        if not 200 <= status < 300:  # noqa: PLR2004 - the classes of HTTP
            raise NotTaken(f"http-{status}", final=status == _GONE, after=after)

    def _posted(self, body: bytes, headers: dict[str, str]) -> tuple[int, timedelta | None]:
        """The status of the answer, whose body nobody reads. Raises NotTaken."""
        there = urlsplit(self.url)
        kind = (
            http.client.HTTPSConnection if there.scheme == "https" else http.client.HTTPConnection
        )
        connection = kind(there.hostname or "", there.port, timeout=self.each_s)
        path = there.path or "/"
        try:
            with cut_after(self.whole_s, lambda: connection.sock):
                connection.request(
                    "POST", path + (f"?{there.query}" * bool(there.query)), body, headers
                )
                answer = connection.getresponse()
                return answer.status, _after(answer.getheader("retry-after"))
        except (Overdue, TimeoutError):
            raise NotTaken("timed-out") from None
        except ssl.SSLError:
            raise NotTaken("tls-failed") from None
        except (OSError, http.client.HTTPException, ValueError):
            raise NotTaken("not-reached") from None
        finally:
            connection.close()


def body_of(message: Outgoing) -> bytes:
    """What is posted, the same at every try: see docs/notices.md."""
    said = {
        "type": f"notice.{message.channel}",
        "timestamp": message.asked_at.isoformat(),
        "data": {
            "notice": message.number,
            "kind": message.kind,
            "about": message.about,
            "ticket": message.ticket,
            "branch": message.branch,
            "language": message.language,
            "to": message.to,
            "subject": message.subject,
            "text": message.body,
        },
    }
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def _after(said: str | None) -> timedelta | None:
    """How long the other side asks to be left alone, in seconds; a date counts as nothing."""
    if said is None or not said.isascii() or not said.isdecimal():
        return None
    return min(timedelta(seconds=int(said[:9])), _LONGEST_AFTER)
