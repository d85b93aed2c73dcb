"""A token lets one caller in, once, for the tenant that it names; any other lets nobody in."""

from __future__ import annotations

import base64
import hmac
import json
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from msp_rules.prompts.store import Memory, upgrade
from msp_rules.prompts.store.used_tokens import UsedTokens
from msp_rules.service.client_keys import ClientKeys
from msp_rules.service.configuration import ClientSettings, Limits
from msp_rules.service.tokens import Caller, TokenChecker, TokenRefused
from tests.support.clients import ISS, claims_for, key_file, key_named, key_set, published, token

CALLED = "https://prompts.example.org/events"


@pytest.fixture(scope="module")
def where(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tokens") / "memory.db"
    upgrade(path)
    return path


@pytest.fixture(scope="module")
def uses(where: Path) -> Any:
    with Memory(where) as memory:
        yield {"anytown": UsedTokens(memory.database), "othertown": UsedTokens(memory.database)}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> ClientSettings:
    keys = key_file(tmp_path_factory.mktemp("keys"), "ec", "rsa")
    return ClientSettings(iss=ISS, keys=keys, tenants=frozenset({"anytown"}))


@pytest.fixture(scope="module")
def checker(client: ClientSettings, uses: Any) -> TokenChecker:
    return TokenChecker([client], Limits(), uses.get)


def reason(checker: TokenChecker, text: str) -> str:
    with pytest.raises(TokenRefused) as refused:
        checker.check(text, CALLED)
    return refused.value.reason


@pytest.mark.parametrize("kid", ["ec", "rsa"])
def test_a_sound_token_of_either_algorithm_says_who_calls(checker: TokenChecker, kid: str) -> None:
    caller = checker.check(token(claims_for(CALLED), kid=kid), CALLED)

    assert caller == Caller(iss=ISS, tenant="anytown")


def test_one_of_several_audiences_may_be_the_called_url(checker: TokenChecker) -> None:
    assert checker.check(token(claims_for(CALLED, aud=["https://x.example.org", CALLED])), CALLED)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"iss": None}, "iss"),
        ({"iss": "https://other.example.org"}, "issuer"),
        ({"aud": None}, "audience"),
        ({"aud": "https://prompts.example.org/event"}, "audience"),
        ({"aud": {"https://prompts.example.org/events": 1}}, "audience"),
        ({"tenant": None}, "tenant"),
        ({"tenant": "othertown"}, "tenant"),
        ({"tenant": ["anytown"]}, "tenant"),
        ({"jti": None}, "jti"),
        ({"jti": 7}, "jti"),
        ({"jti": "x" * 201}, "jti"),
        ({"iat": None}, "iat"),
        ({"exp": None}, "exp"),
        ({"exp": True}, "exp"),
        ({"exp": "tomorrow"}, "exp"),
    ],
)
def test_a_claim_that_is_missing_or_another_is_refused(
    checker: TokenChecker, changed: dict[str, Any], expected: str
) -> None:
    assert reason(checker, token(claims_for(CALLED, **changed))) == expected


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"iat": 900, "exp": 995}, "expired"),
        ({"iat": 900, "exp": 996}, None),
        ({"iat": 1005, "exp": 1050}, None),
        ({"iat": 1006, "exp": 1050}, "early"),
        ({"iat": 1000, "exp": 1050, "nbf": 1006}, "early"),
        ({"iat": 1000, "exp": 1050, "nbf": 1005}, None),
        ({"iat": 1000, "exp": 1300}, None),
        ({"iat": 1000, "exp": 1301}, "lifetime"),
        ({"iat": 1003, "exp": 1002}, "lifetime"),
    ],
)
def test_a_token_counts_in_its_time_with_the_leeway_of_two_clocks(
    client: ClientSettings, uses: Any, changed: dict[str, Any], expected: str | None
) -> None:
    checker = TokenChecker([client], Limits(), uses.get, clock=lambda: 1000.0)
    text = token(claims_for(CALLED, **changed))

    assert (reason(checker, text) if expected else checker.check(text, CALLED).iss) == (
        expected or ISS
    )


def test_a_token_counts_once_also_in_another_process(
    checker: TokenChecker, client: ClientSettings, where: Path
) -> None:
    text = token(claims_for(CALLED))
    checker.check(text, CALLED)

    with Memory(where) as memory:
        other = TokenChecker([client], Limits(), {"anytown": UsedTokens(memory.database)}.get)

        assert reason(checker, text) == reason(other, text) == "replayed"


def test_a_token_of_another_key_or_a_changed_one_is_refused(checker: TokenChecker) -> None:
    head, _, signature = token(claims_for(CALLED)).split(".")
    other = token(claims_for(CALLED), kid="other").split(".")
    forged = f"{head}.{other[1]}.{other[2]}"

    assert reason(checker, forged) == "signature"
    assert reason(checker, f"{head}.{other[1]}.{signature}") == "signature"
    assert reason(checker, token(claims_for(CALLED), kid="other")) == "key"
    assert reason(checker, f"{head}.{other[1]}.") == "signature"


def encoded(part: object) -> str:
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def test_no_token_is_checked_by_a_shared_secret_or_not_at_all(checker: TokenChecker) -> None:
    public = key_named("rsa").as_pem(private=False)  # the secret of the best-known attack
    signed = f"{encoded({'alg': 'HS384', 'kid': 'rsa'})}.{encoded(claims_for(CALLED))}"
    secret = f"{signed}.{encoded(hmac.digest(public, signed.encode(), 'sha384'))}"
    plain = f"{encoded({'alg': 'none', 'kid': 'ec'})}.{encoded(claims_for(CALLED))}."
    other = ECKey.generate_key("P-256", {"kid": "ec"})
    weaker = jwt.encode({"alg": "ES256", "kid": "ec"}, claims_for(CALLED), other)

    assert [reason(checker, one) for one in (secret, plain, weaker)] == ["algorithm"] * 3


@pytest.mark.parametrize("text", ["", "a", "a.b", "a.b.c", "..", "é", "x" * 9000, "e30.e30.e30"])
def test_what_is_not_a_token_is_refused(checker: TokenChecker, text: str) -> None:
    assert reason(checker, text) in ("form", "iss")


def test_keys_of_weak_kinds_private_use_or_no_id_are_not_taken(tmp_path: Path) -> None:
    keys = [
        *key_set("ec")["keys"],
        ECKey.generate_key("P-256", {"kid": "short"}).as_dict(private=False),
        OctKey.generate_key(384, {"kid": "secret"}).as_dict(),
        ECKey.generate_key("P-384", {"kid": "enc", "use": "enc"}).as_dict(private=False),
        ECKey.generate_key("P-384").as_dict(private=False) | {"kid": None},
        "no key",
    ]
    (tmp_path / "keys.json").write_text(json.dumps({"keys": keys}))
    client = ClientSettings(iss=ISS, keys=tmp_path / "keys.json", tenants=frozenset())

    found = ClientKeys(client, seconds=60)

    assert found.find("ec") is not None
    assert [found.find(kid) for kid in ("short", "secret", "enc")] == [None] * 3


def test_a_new_key_is_fetched_when_a_token_names_it_and_an_old_one_stops_counting() -> None:
    now = [0.0]
    with published() as (url, server):
        client = ClientSettings(iss=ISS, jku=url, tenants=frozenset())
        keys = ClientKeys(client, seconds=600, clock=lambda: now[0])
        server.publish("ec")
        assert keys.find("ec") is not None
        server.publish("new")

        now[0] = 9.0
        assert (keys.find("new"), server.fetched) == (None, 1)  # not again within ten seconds
        now[0] = 10.0
        assert keys.find("new") is not None
        assert (keys.find("ec"), server.fetched) == (None, 2)


def test_a_made_up_kid_can_not_make_the_service_call_again_and_again() -> None:
    now = [0.0]
    with published() as (url, server):
        server.publish("ec")
        client = ClientSettings(iss=ISS, jku=url, tenants=frozenset())
        keys = ClientKeys(client, seconds=600, clock=lambda: now[0])
        for tenth in range(200):
            now[0] = tenth / 10
            assert keys.find(f"made up {tenth}") is None

    assert server.fetched == 2


@pytest.mark.parametrize("fault", ["gone", "redirect", "rubbish", "huge"])
def test_keys_that_can_not_be_fetched_again_count_for_an_hour(fault: str) -> None:
    now = [0.0]
    with published() as (url, server):
        server.publish("ec")
        client = ClientSettings(iss=ISS, jku=url, tenants=frozenset())
        keys = ClientKeys(client, seconds=600, clock=lambda: now[0])
        assert keys.find("ec") is not None
        if fault == "gone":
            server.status = 500
        elif fault == "redirect":
            server.status = 302
        else:
            server.answer = b"{}" if fault == "rubbish" else server.answer + b" " * 300_000

        now[0] = 3599.0
        assert keys.find("ec") is not None
        assert server.fetched == 2
        now[0] = 3609.0
        assert keys.find("ec") is None


def test_only_the_listed_jku_is_named_and_no_other_is_ever_fetched(uses: Any) -> None:
    with published() as (url, server), published() as (elsewhere, other):
        server.publish("ec")
        other.publish("stolen")
        client = ClientSettings(iss=ISS, jku=url, tenants=frozenset({"anytown"}))
        checker = TokenChecker([client], Limits(), uses.get)
        stolen = token(claims_for(CALLED), kid="stolen", jku=elsewhere)

        assert checker.check(token(claims_for(CALLED), jku=url), CALLED).tenant == "anytown"
        assert reason(checker, stolen) == "jku"
        assert other.fetched == 0
