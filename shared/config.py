"""设置 (settings): what a process is told by its environment variables, read once.

A room's name is the prefix of its own settings: `INTAKE_RUNTIME_URL`, `DISPATCH_OWNER_URL`. For a
secret the setting is the name of a file. So secrets do not appear in process lists and logs.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy.engine import make_url

from shared import limits
from shared.kafka_access import KafkaAccess, WrongAccess, read_access
from shared.limits import Limits

_FILES = ("KEYS_MASTER_FILE", "TOKEN_PUBLIC_KEY_FILE")

LOGINS = {"web": "RUNTIME", "relay": "RELAY", "worker": "WORKER", "sender": "SENDER"}
"""The login of each role at its room's database; `INTAKE_RUNTIME_URL` is the setting of one."""
KEYS_SETTINGS = {
    "web": "KEYS_URL",
    "relay": "KEYS_RELAY_URL",
    "worker": "KEYS_WORKER_URL",
    "sender": "KEYS_SENDER_URL",
}
"""The setting of each role's login at the key store."""
ROLES = ("web", "relay", "worker")
"""The roles that every room plays. A sender is there where NOTICES_FILE is set."""
DATABASE_SECURITY = {"DATABASE_SSLMODE": "sslmode", "DATABASE_CA_FILE": "sslrootcert"}
"""Settings for all database URLs, and the option of libpq that each sets where a URL says none."""
NOTICES_FILE = "NOTICES_FILE"
FREE_MIB = 1024
TOKEN_HOURS = 12.0


class SettingMissing(Exception):
    """A process cannot start without this setting. The message names it and says what to do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one process of one room."""

    room: str
    kafka: KafkaAccess
    """Kafka as this room: it writes its own topics, and reads what it listens to."""
    kafka_admin: KafkaAccess
    """Kafka as its administrator, for commands that cut topics; if none is named, as the room."""
    partitions: int
    runtime_url: str
    """The room's database as the runtime role: it reads, and writes by database functions only.

    Empty where the process is told another login only, as are those that follow."""
    relay_url: str
    """The same database for the relays: they read what they send, and cannot record."""
    worker_url: str
    """The same database for the worker, a member of the runtime role and of the views role."""
    owner_url: str | None
    """The same database as the owner of the tables. Only for migrations and restoring."""
    keys_url: str
    """The key store for web processes: they make and read keys of subjects, and destroy none."""
    keys_relay_url: str
    """The key store for relays: they have the proof keys, and no key of any subject."""
    keys_worker_url: str
    """The key store for workers and for who erases: it also links and destroys."""
    master_key_file: Path
    token_public_key_file: Path
    token_previous_key_file: Path | None
    """The public key from before the current one; None, or no file: no other is accepted."""
    token_life: timedelta
    """How long a token is valid at most."""
    first_operators: frozenset[str]
    """Who may act as operator without a card, so that a new installation can be begun."""
    policy_dir: Path
    host: str
    port: int
    """The HTTP port of this process: the API of a web role, /healthz and so on of other roles."""
    command_days: int
    """For how many days a command over HTTP is remembered, even if it made no fact."""
    peers: Mapping[str, str]
    """Base URLs of the rooms' web roles, by room, for the command line and for links."""
    disk_folder: Path = Path()
    """Where free space is measured: the folder of a local stack, else the present folder."""
    sender_url: str = ""
    """The room's database for the sender: it reads the outbox, and notes what became of it."""
    keys_sender_url: str = ""
    """The key store for the sender: it reads keys of subjects, and makes and destroys none."""
    notices_file: Path | None = None
    """By whom notices are sent; None: nothing is sent."""
    free_mib: int = FREE_MIB
    """With less free space than this, /readyz says so."""
    limits: Limits = limits.DEFAULT

    @property
    def token_keys(self) -> Sequence[Path]:
        """The files of the public keys that are accepted, the current one first."""
        previous = self.token_previous_key_file
        return [self.token_public_key_file, *([previous] if previous else [])]


def read(
    room: str, environ: Mapping[str, str] | None = None, roles: Sequence[str] = ROLES
) -> Settings:
    """The settings of a process of `room` that plays these roles.

    Raises SettingMissing with every missing name.
    """
    env = os.environ if environ is None else environ
    prefix = room.upper()
    logins = [name for role in roles for name in login_settings(room, role)]
    sends = [NOTICES_FILE] if "sender" in roles else []
    _require(env, "KAFKA_BOOTSTRAP", *logins, *_FILES, *sends)
    return Settings(
        room=room,
        kafka=_kafka(env, f"{prefix}_KAFKA", "KAFKA"),
        kafka_admin=_kafka(env, "KAFKA_ADMIN", f"{prefix}_KAFKA", "KAFKA"),
        partitions=int(env.get("PARTITIONS", "24")),
        runtime_url=database_url(env, f"{prefix}_RUNTIME_URL") or "",
        relay_url=database_url(env, f"{prefix}_RELAY_URL") or "",
        worker_url=database_url(env, f"{prefix}_WORKER_URL") or "",
        owner_url=database_url(env, f"{prefix}_OWNER_URL"),
        keys_url=database_url(env, "KEYS_URL") or "",
        keys_relay_url=database_url(env, "KEYS_RELAY_URL") or "",
        keys_worker_url=database_url(env, "KEYS_WORKER_URL") or "",
        master_key_file=Path(env["KEYS_MASTER_FILE"]),
        token_public_key_file=Path(env["TOKEN_PUBLIC_KEY_FILE"]),
        token_previous_key_file=Path(old) if (old := env.get("TOKEN_PREVIOUS_KEY_FILE")) else None,
        token_life=token_life(env),
        first_operators=first_operators(env),
        policy_dir=Path(env.get("POLICY_DIR", "deploy/policies")),
        host=env.get("HOST", "127.0.0.1"),
        port=int(env.get("PORT", "0")),
        command_days=int(env.get("COMMAND_DAYS", "30")),
        peers=_peers(env),
        disk_folder=Path(env.get("GUIYI_STATE", ".")),
        sender_url=database_url(env, f"{prefix}_SENDER_URL") or "",
        keys_sender_url=database_url(env, "KEYS_SENDER_URL") or "",
        notices_file=Path(named) if (named := env.get(NOTICES_FILE)) else None,
        free_mib=least_free(env),
        limits=limits.read(env),
    )


def login_settings(room: str, role: str) -> tuple[str, str]:
    """The names of the settings by which a role of a room comes to its database and the keys."""
    return f"{room.upper()}_{LOGINS[role]}_URL", KEYS_SETTINGS[role]


def database_url(env: Mapping[str, str], name: str) -> str | None:
    """The URL of this setting with its driver, and with the security of those that say none."""
    if not (url := env.get(name)):
        return None
    made = make_url(psycopg2_url(url))
    asked = {option: env.get(name) for name, option in DATABASE_SECURITY.items()}
    more = {option: said for option, said in asked.items() if said and option not in made.query}
    return made.update_query_dict(more).render_as_string(hide_password=False)


def first_operators(env: Mapping[str, str]) -> frozenset[str]:
    """The numbers in FIRST_OPERATORS, separated by commas; nobody if it is not set."""
    named = (each.strip() for each in env.get("FIRST_OPERATORS", "").split(","))
    return frozenset(filter(None, named))


def token_life(env: Mapping[str, str]) -> timedelta:
    """How long a token is valid at most."""
    return timedelta(hours=float(env.get("TOKEN_HOURS") or TOKEN_HOURS))


def least_free(env: Mapping[str, str]) -> int:
    """MiB. With less free space, `guiyi status` and /readyz warn."""
    return int(env.get("FREE_MIB", FREE_MIB))


def _kafka(env: Mapping[str, str], *prefixes: str) -> KafkaAccess:
    try:
        return read_access(env, *prefixes)
    except WrongAccess as error:
        raise SettingMissing(str(error)) from None


def _peers(env: Mapping[str, str]) -> Mapping[str, str]:
    ending = "_WEB_URL"
    return {n.removesuffix(ending).lower(): url for n, url in env.items() if n.endswith(ending)}


def _require(env: Mapping[str, str], *names: str) -> None:
    if missing := [name for name in names if not env.get(name)]:
        raise SettingMissing(
            f"set {', '.join(missing)} in the environment (`guiyi up` sets them for a local stack)"
        )


def psycopg2_url(url: str) -> str:
    """The URL with the name of its driver. Without it SQLAlchemy would choose another one."""
    scheme, separator, rest = url.partition("://")
    if scheme not in ("postgresql", "postgresql+psycopg2") or not separator:
        raise SettingMissing(f"a database URL must begin with postgresql://, not {scheme}://")
    return f"postgresql+psycopg2://{rest}"
