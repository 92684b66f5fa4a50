"""Kill -9 under load: nothing accepted is lost, nothing goes out twice, the books are exact. `make crash` is the long form."""

import random

import pytest

from e2e.crash import Plan, crash


@pytest.mark.parametrize("policy", ["hold", "resend"])
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_kill_9_under_load_loses_and_doubles_nothing(database, policy, request):
    url = request.getfixturevalue("postgres").create_database(empty=True) if database == "postgresql" else ""
    plan = Plan(kills=6, seed=random.SystemRandom().randrange(10**6), database=database, policy=policy)
    print(f"make crash KILLS={plan.kills} SEED={plan.seed} DATABASE={database} POLICY={policy}")
    line, findings = crash(plan, url)
    print(line)
    assert not findings.problems, "\n".join([line, *findings.problems])
    assert findings.accepted > 500
    assert (findings.lost, findings.stuck, findings.ledger) == (0, 0, True)
    if policy == "hold":
        assert findings.duplicates == 0
    else:
        assert findings.in_doubt == 0
