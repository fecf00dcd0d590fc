"""The hook where a plan will limit."""

import pytest

from passepartout.billing import services
from passepartout.kernel.errors import LimitReached


@pytest.fixture(autouse=True)
def _ten_documents(monkeypatch):
    monkeypatch.setitem(services.LIMITS, "documents", 10)


def use(monkeypatch, amount):
    monkeypatch.setitem(services._used, "documents", lambda: amount)


def test_what_nobody_counts_or_limits_is_a_programming_error():
    with pytest.raises(KeyError):
        services.check_limit("unicorns")


@pytest.mark.parametrize(("used", "amount"), [(10, 1), (9, 2), (11, 0), (0, 11)])
def test_past_the_limit_it_says_what_is_used_and_what_is_allowed(monkeypatch, used, amount):
    use(monkeypatch, used)
    with pytest.raises(LimitReached) as refused:
        services.check_limit("documents", amount)
    assert refused.value.code == "plan_limit"
    assert refused.value.extra == {"resource": "documents", "limit": 10, "used": used}


@pytest.mark.parametrize(("used", "amount"), [(9, 1), (0, 10), (10, 0)])
def test_up_to_the_limit_it_passes(monkeypatch, used, amount):
    use(monkeypatch, used)
    services.check_limit("documents", amount)
