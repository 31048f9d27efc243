"""网关: a file that cannot be used is named at the start, and no secret is shown."""

from pathlib import Path

import pytest

from shared.events.notices import NoticeChannel
from shared.policy.source import PolicyBroken
from shared.sender.gateways import read_gateways
from tests.notices.test_webhook import SECRET


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ('[sms]\nurl = "http://sms.example.org/x"\nsecret = "S"', "plain text"),
        ('[sms]\nurl = "ftp://sms.example.org/x"\nsecret = "S"', "https"),
        ('[sms]\nurl = "https://sms.example.org/x"\nsecret = "whsec_x"', "a secret"),
        ('[email]\nhost = "mail.example.org"\nsender = "nobody"', "an address"),
        ('[email]\nhost = "10.0.0.1"\nsender = "a@b.c"\nsecurity = "none"', "plain text"),
        ('[fax]\nnumber = "1"', "fax"),
    ],
)
def test_gateways_that_cannot_be_used_are_named_and_no_secret_is_shown(
    tmp_path: Path, text: str, wrong: str
) -> None:
    file = tmp_path / "notices.toml"
    file.write_text(text.replace('"S"', f'"{SECRET}"'), "utf-8")
    with pytest.raises(PolicyBroken, match=wrong) as no:
        read_gateways(file)
    assert SECRET not in str(no.value)


def test_a_way_that_is_not_named_is_closed(tmp_path: Path) -> None:
    file = tmp_path / "notices.toml"
    file.write_text('[email]\nhost = "localhost"\nsender = "a@b.c"\nsecurity = "none"', "utf-8")
    assert [*read_gateways(file).ways()] == [NoticeChannel.EMAIL]
