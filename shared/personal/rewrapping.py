"""重新包裹 (rewrapping): the keys of all subjects, by a master key that has just been exchanged.

As the owner of the key store. Other processes go on meanwhile: they unwrap by either key, and a key
that is destroyed meanwhile stays destroyed.
"""

from sqlalchemy import Engine

from shared.personal.key_database import keys_transaction
from shared.personal.keys import check_value, unwrapped, wrapped
from shared.personal.master import MasterKey
from shared.record.statements import columns

CHUNK = 1_000
_NEXT = """
SELECT subject, wrapped FROM keys.key WHERE subject > %s AND state = 'live'
ORDER BY subject LIMIT %s
"""
_REWRAP = """
UPDATE keys.key AS k SET wrapped = n.made
FROM unnest(%s::text[], %s::bytea[], %s::bytea[]) AS n (subject, was, made)
WHERE k.subject = n.subject AND k.wrapped = n.was
"""


def rewrap_subjects(owner: Engine, master: MasterKey) -> int:
    """Wrap every key by the present master key; how many were wrapped by a former one.

    Raises MasterKeyWrong, KeysUnavailable.
    """
    with keys_transaction(owner) as db:
        db.execute("UPDATE keys.master SET value = %s", (check_value(master),))
    after, count = "", 0
    while True:
        with keys_transaction(owner) as db:
            found = db.query(_NEXT, (after, CHUNK))
            lines = [
                (subject, bytes(was), wrapped(master, subject, unwrapped(master, subject, was)))
                for subject, was in found
            ]
            # AES-SIV gives the same bytes again, so what is wrapped already does not change.
            late = [line for line in lines if line[1] != line[2]]
            if late:
                count += db.execute(_REWRAP, columns(late, 3))
        if not found:
            return count
        after = found[-1][0]
