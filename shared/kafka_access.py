"""Kafka 的入口 (access to Kafka): where the brokers are, and as whom a process goes there."""

import logging
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

SCRAM = "SCRAM-SHA-512"
MECHANISMS = (SCRAM, "SCRAM-SHA-256", "PLAIN")
PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")

# kafka-python warns at each connection as if SCRAM showed the password; it shows none.
logging.getLogger("kafka.net.sasl.scram").setLevel(logging.ERROR)


class WrongAccess(ValueError):
    """These settings do not fit together; the message says which and what to do."""


@dataclass(frozen=True)
class KafkaAccess:
    """入口: everything that a client of Kafka has to know to be let in."""

    bootstrap: str
    """HOST:PORT of some brokers, with commas between."""
    protocol: str = "PLAINTEXT"
    mechanism: str = SCRAM
    username: str = ""
    password: str = field(default="", repr=False)
    ca_file: Path | None = None
    """Whose certificates are believed; None: those the system believes."""

    def __post_init__(self) -> None:
        if self.protocol not in PROTOCOLS:
            raise WrongAccess(f"KAFKA_SECURITY_PROTOCOL is one of {', '.join(PROTOCOLS)}")
        if self.mechanism not in MECHANISMS:
            raise WrongAccess(f"KAFKA_SASL_MECHANISM is one of {', '.join(MECHANISMS)}")
        if self.has_login != bool(self.username and self.password):
            raise WrongAccess("KAFKA_USERNAME and KAFKA_PASSWORD go with a SASL protocol")

    @property
    def has_login(self) -> bool:
        """Whether the brokers ask who comes."""
        return self.protocol.startswith("SASL_")

    @property
    def has_tls(self) -> bool:
        """Whether the connection is encrypted, and the broker's certificate checked."""
        return self.protocol.endswith("SSL")

    @cached_property
    def tls(self) -> ssl.SSLContext | None:
        """What the broker's certificate is checked by. The name it is asked by must be in it."""
        return ssl.create_default_context(cafile=self.ca_file) if self.has_tls else None

    @property
    def client(self) -> dict[str, Any]:
        """The settings by which a client of kafka-python or of aiokafka gets in."""
        said: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap.split(","),
            "security_protocol": self.protocol,
        }
        if self.has_tls:
            said["ssl_context"] = self.tls
        if self.has_login:
            said["sasl_mechanism"] = self.mechanism
            said["sasl_plain_username"] = self.username
            said["sasl_plain_password"] = self.password
        return said

    def environment(self, prefix: str = "KAFKA") -> Mapping[str, str]:
        """The environment variables from which `read_access` makes this again."""
        said = {
            "KAFKA_BOOTSTRAP": self.bootstrap,
            "KAFKA_SECURITY_PROTOCOL": self.protocol,
            "KAFKA_SASL_MECHANISM": self.mechanism,
            "KAFKA_CA_FILE": str(self.ca_file or ""),
        }
        if self.has_login:
            said |= {f"{prefix}_USERNAME": self.username, f"{prefix}_PASSWORD": self.password}
        return said


def read_access(env: Mapping[str, str], *prefixes: str) -> KafkaAccess:
    """The access that the environment gives to the first of these whose name is there.

    `INTAKE_KAFKA` reads `INTAKE_KAFKA_USERNAME` and `INTAKE_KAFKA_PASSWORD`. A login goes over TLS
    unless the protocol says otherwise. Raises WrongAccess.
    """
    chosen = next((each for each in prefixes if env.get(f"{each}_USERNAME")), prefixes[-1])
    name = env.get(f"{chosen}_USERNAME", "")
    found = KafkaAccess(
        bootstrap=env["KAFKA_BOOTSTRAP"],
        protocol=env.get("KAFKA_SECURITY_PROTOCOL") or ("SASL_SSL" if name else "PLAINTEXT"),
        mechanism=env.get("KAFKA_SASL_MECHANISM") or SCRAM,
        username=name,
        password=env.get(f"{chosen}_PASSWORD", ""),
        ca_file=Path(file) if (file := env.get("KAFKA_CA_FILE")) else None,
    )
    if found.has_login and found.mechanism == "PLAIN" and not found.has_tls:
        raise WrongAccess("PLAIN shows the password on the wire: set SASL_SSL, or use SCRAM")
    return found
