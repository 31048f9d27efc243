"""令牌的拒绝 (refusals of tokens): why a token does not speak for anybody, each with its code."""

from typing import ClassVar


class TokenInvalid(Exception):
    """令牌无效: the token is refused. The message shows nothing of it."""

    code: ClassVar[str] = "token-invalid"


class TokenMalformed(TokenInvalid):
    """It is no signed token, or a claim has the wrong form."""

    code = "token-malformed"


class TokenForged(TokenInvalid):
    """It was not signed with our key, or not in our way."""

    code = "token-signature"


class TokenClaimMissing(TokenInvalid):
    """It is ours, but a claim is missing that every token must have."""

    code = "token-claim-missing"


class TokenForeign(TokenInvalid):
    """It names another issuer, although it was signed with our key."""

    code = "token-issuer"


class TokenNotYet(TokenInvalid):
    """Its time of issue is in the future: one of the two clocks is wrong."""

    code = "token-not-yet"


class TokenElsewhere(TokenInvalid):
    """It is ours, but was made for another audience."""

    code = "token-audience"


class TokenTooLong(TokenInvalid):
    """It would be valid for longer than any token may be."""

    code = "token-too-long"


class TokenReserved(TokenInvalid):
    """It speaks for a service: a reaction, a timer, an import. None of them needs a token."""

    code = "token-reserved"


class TokenExpired(TokenInvalid):
    """过期: it was valid once; its owner needs a new one."""

    code = "token-expired"


class TokenKeyUnusable(Exception):
    """The file of a key is missing, or has no Ed25519 key of the right kind."""
