"""演示 (the demo): `story` is what people do, `proof` what must be so, `run` the whole."""
