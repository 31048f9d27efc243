"""旧单 (another desk's history): `rows` reads its file, `imports` takes it into the record."""
