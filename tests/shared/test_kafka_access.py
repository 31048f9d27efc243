"""How a process comes to Kafka, by its environment."""

from pathlib import Path

import pytest

from shared.config import SettingMissing, Settings, read
from shared.kafka_access import KafkaAccess, WrongAccess, read_access

AT = {"KAFKA_BOOTSTRAP": "kafka-1:9092,kafka-2:9092"}
INTAKE = {"INTAKE_KAFKA_USERNAME": "intake", "INTAKE_KAFKA_PASSWORD": "s"}
NEEDED = {
    "INTAKE_RUNTIME_URL": "postgresql://r@h/d",
    "INTAKE_RELAY_URL": "postgresql://p@h/d",
    "INTAKE_WORKER_URL": "postgresql://w@h/d",
    "KEYS_URL": "postgresql://k@h/d",
    "KEYS_RELAY_URL": "postgresql://l@h/d",
    "KEYS_WORKER_URL": "postgresql://m@h/d",
    "KEYS_MASTER_FILE": "/m",
    "TOKEN_PUBLIC_KEY_FILE": "/t",
}


def settings(**more: str) -> Settings:
    return read("intake", {**AT, **NEEDED, **more})


def test_without_a_login_kafka_is_come_to_in_the_open() -> None:
    access = read_access(AT, "INTAKE_KAFKA", "KAFKA")
    assert access.client == {
        "bootstrap_servers": ["kafka-1:9092", "kafka-2:9092"],
        "security_protocol": "PLAINTEXT",
    }


def test_a_login_goes_by_tls_unless_the_protocol_says_otherwise() -> None:
    access = read_access(AT | INTAKE, "INTAKE_KAFKA", "KAFKA")
    assert (access.protocol, access.mechanism) == ("SASL_SSL", "SCRAM-SHA-512")
    assert access.tls is not None
    assert access.tls.check_hostname
    open_ = {"KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT"}
    assert read_access(AT | INTAKE | open_, "INTAKE_KAFKA", "KAFKA").tls is None


def test_a_room_has_its_own_login_else_the_one_of_all() -> None:
    common = {"KAFKA_USERNAME": "all", "KAFKA_PASSWORD": "p"}
    assert settings(**common).kafka.username == "all"
    assert settings(**common, **INTAKE).kafka.username == "intake"
    assert settings(**common, **INTAKE).kafka_admin.username == "intake"
    admin = {"KAFKA_ADMIN_USERNAME": "root", "KAFKA_ADMIN_PASSWORD": "x"}
    assert settings(**common, **INTAKE, **admin).kafka_admin.username == "root"
    assert settings(**admin, KAFKA_SECURITY_PROTOCOL="SASL_SSL", **common).kafka.username == "all"


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"KAFKA_SECURITY_PROTOCOL": "TLS"}, "is one of PLAINTEXT"),
        ({"KAFKA_SECURITY_PROTOCOL": "SASL_SSL"}, "go with a SASL protocol"),
        ({**INTAKE, "KAFKA_SECURITY_PROTOCOL": "PLAINTEXT"}, "go with a SASL protocol"),
        ({"INTAKE_KAFKA_USERNAME": "intake"}, "go with a SASL protocol"),
        ({**INTAKE, "KAFKA_SASL_MECHANISM": "GSSAPI"}, "is one of SCRAM"),
        (
            {
                **INTAKE,
                "KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
                "KAFKA_SASL_MECHANISM": "PLAIN",
            },
            "shows the password",
        ),
    ],
)
def test_what_does_not_fit_together_is_told(said: dict[str, str], why: str) -> None:
    with pytest.raises(SettingMissing, match=why):
        settings(**said)


def test_an_access_is_read_back_as_it_was_told() -> None:
    access = KafkaAccess("h:1", "SASL_SSL", username="intake", password="p", ca_file=Path("/ca"))
    assert read_access(access.environment("INTAKE_KAFKA"), "INTAKE_KAFKA", "KAFKA") == access
    assert read_access(KafkaAccess("h:1").environment(), "KAFKA") == KafkaAccess("h:1")


def test_a_password_is_never_shown() -> None:
    access = KafkaAccess("h:1", "SASL_PLAINTEXT", username="intake", password="very-secret")
    assert "very-secret" not in repr(access)
    with pytest.raises(WrongAccess) as wrong:
        KafkaAccess("h:1", "PLAINTEXT", username="intake", password="very-secret")
    assert "very-secret" not in str(wrong.value)
