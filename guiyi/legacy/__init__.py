"""旧单 (another desk's history): its file read row by row (`rows`) and taken in (`importing`)."""
