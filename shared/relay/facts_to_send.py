"""待发事实 (facts to send): how a relay reads them, each with what belongs to its place."""

from shared.record.queries import STORED

# At most `limit` facts and `bytes` bytes, but at least one fact. The generation and the number of
# the latest proof key are read in the same statement: they begin before the first of their facts is
# recorded, so they are never missed. Before them: how many void numbers lie before the fact.
_BOUNDED = f"""
SELECT {STORED}, f.public, g.generation, g.first_seq, (
    SELECT v.last_seq - v.first_seq + 1 FROM record.void_numbers AS v
    WHERE v.partition = f.partition AND v.last_seq = f.seq - 1
), (
    SELECT coalesce(max(p.n), 0) FROM record.proofs AS p
    WHERE p.room = %(room)s AND p.partition = %(partition)s
)
FROM (
    SELECT w.*, sum(w.bytes) OVER (ORDER BY w.seq) - w.bytes AS before FROM (
        SELECT f.*, octet_length(f.body) + coalesce(octet_length(f.public), 0) AS bytes
        FROM record.facts AS f WHERE {{}} ORDER BY f.seq LIMIT %(limit)s
    ) AS w
) AS f LEFT JOIN LATERAL (
    SELECT n.generation, n.first_seq FROM record.generations AS n
    WHERE n.partition = f.partition AND n.first_seq <= f.seq ORDER BY n.first_seq DESC LIMIT 1
) AS g ON true WHERE f.before < %(bytes)s ORDER BY f.seq
"""  # noqa: S608 - the names of our own columns
# seq has no gaps but those that are void, so `limit` facts are a range of it. No plan of the
# database can read more.
_FROM = """(coalesce((SELECT v.last_seq FROM record.void_numbers AS v
    WHERE v.partition = %(partition)s AND v.first_seq = %(after)s + 1), %(after)s))"""
AFTER = _BOUNDED.format(
    f"f.partition = %(partition)s AND f.seq > {_FROM} AND f.seq <= {_FROM} + %(limit)s"
)
MILESTONES = _BOUNDED.format(
    "f.partition = %(partition)s AND f.type = %(type)s AND f.public IS NOT NULL"
    " AND f.seq > %(after)s AND f.seq <= %(until)s"
)
