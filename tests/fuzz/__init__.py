"""Fuzzing 乱试: schemathesis asks every route of every room whatever comes to its mind."""
