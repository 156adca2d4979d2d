"""Addresses are shown and stored without what is secret in them."""

import pytest

from bestfit.errors import SourceError
from bestfit.sources import redacted
from bestfit.sources.secrets import filled

CANARY = "c4n4ry"


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (f"postgresql://ada:{CANARY}@db:5432/x", "postgresql://ada@db:5432/x"),
        (f"mysql://ada:p@ss:{CANARY}@db/x", "mysql://ada@db/x"),
        (f"https://:{CANARY}@x.org/a", "https://@x.org/a"),
        (f"https://x.org/a?sig={CANARY}&se=2030", "https://x.org/a?sig=***&se=2030"),
        (f"https://x.org/a?X-Amz-Signature={CANARY}", "https://x.org/a?X-Amz-Signature=***"),
        (f"https://x.org/a?api%5Fkey={CANARY}#f", "https://x.org/a?api%5Fkey=***#f"),
        (f"mysql://db/x?password={CANARY}&user=a", "mysql://db/x?password=***&user=a"),
        ("https://x.org/a?token=$TOKEN&page=2", "https://x.org/a?token=$TOKEN&page=2"),
        ("postgresql://ada:$PGPW@db/x", "postgresql://ada:$PGPW@db/x"),
        ("s3://bucket/a@b:c/part.csv", "s3://bucket/a@b:c/part.csv"),
        ("C:/sales?key=1.csv", "C:/sales?key=1.csv"),
    ],
)
def test_secrets_are_taken_out_and_nothing_else(address, shown):
    assert redacted(address) == shown
    assert redacted(shown) == shown


def test_secrets_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("TOKEN", "a/b c")
    assert filled("Bearer ${TOKEN}", where="x") == "Bearer a/b c"
    assert filled("x?t=$TOKEN", where="x", in_address=True) == "x?t=a%2Fb%20c"
    with pytest.raises(SourceError, match=r"\$NONE is not set.*export NONE"):
        filled("$NONE", where="x")
    with pytest.raises(SourceError, match="secret of this address was not kept"):
        filled(redacted(f"https://x.org/?key={CANARY}"), where="x")
