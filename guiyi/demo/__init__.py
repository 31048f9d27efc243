"""演示 (the demo): `stories` is what people do, `proof` what must be true, `run` the whole."""
