"""演示 (the demo): `guiyi/play` is what people do, `proof` what must be true, `run` the whole."""
